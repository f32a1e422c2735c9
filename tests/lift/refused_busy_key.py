def f(x):  # lift
    return x


def g():  # lift
    return min((f(x) for x in [1]), key=print)
# --- refused: evaluation-order

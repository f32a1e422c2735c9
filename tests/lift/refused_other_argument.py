def f(x):  # lift
    return x


def g():  # lift
    return sum((f(x) for x in [1]), print() or 1)
# --- refused: evaluation-order

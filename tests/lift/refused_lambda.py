def f(x):  # lift
    return x


def g():  # lift
    return list(map(lambda x: f(x), [1]))
# --- refused: in-lambda

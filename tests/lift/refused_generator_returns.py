def f(x):  # lift
    return x


def g():  # lift
    yield f(1)
    return 2


def use():  # lift
    for _ in g(): pass
# --- refused: generator-returns

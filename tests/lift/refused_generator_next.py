def f(x):  # lift
    return x


def g():  # lift
    yield f(1)


def use():  # lift
    next(g())
# --- refused: generator-escapes

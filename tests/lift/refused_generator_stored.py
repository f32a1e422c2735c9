def f(x):  # lift
    return x


def g():  # lift
    yield f(1)


def use():  # lift
    it = g()
# --- refused: generator-escapes

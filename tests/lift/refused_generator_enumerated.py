def f(x):  # lift
    return x


def g():  # lift
    yield f(1)


def use():  # lift
    for _ in enumerate(g()): pass
# --- refused: generator-escapes

def f(x):  # lift
    return x


def g():  # lift
    yield from f.items
    f(1)


def use():  # lift
    for _ in g(): pass
# --- refused: yield-from

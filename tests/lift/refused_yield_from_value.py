def f(x):  # lift
    return x


def g():  # lift
    x = yield from f([1])


def use():  # lift
    for _ in g(): pass
# --- refused: yield-from

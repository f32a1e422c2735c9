def f(x):  # lift
    return x


def g():  # lift
    with open("x"):
        yield f(1)


def use():  # lift
    [1 // x for x in g()]
# --- refused: generator-left-early

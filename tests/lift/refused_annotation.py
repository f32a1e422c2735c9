def f(x):  # lift
    return x


def g():  # lift
    def inner(x: f(1)):
        pass
    return inner
# --- refused: in-annotation

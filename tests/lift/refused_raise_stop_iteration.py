def f(x):  # lift
    return x


def g():  # lift
    f(1)
    raise StopIteration
# --- refused: stop-iteration

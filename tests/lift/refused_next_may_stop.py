def f(x):  # lift
    return x


def g():  # lift
    return next(iter(f([])))


def h():
    try:
        pass
    except StopIteration:
        pass
# --- refused: stop-iteration

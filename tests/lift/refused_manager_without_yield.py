import contextlib


def items(x):  # lift
    return x


@contextlib.contextmanager
def opened(x):  # lift
    items(x)
    return other(x)


def other(x):
    yield x
# --- refused: manager-without-yield

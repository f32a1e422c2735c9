from contextlib import ExitStack, contextmanager


def f(x):  # lift
    return x


@contextmanager
def g():  # lift
    yield f(1)


def use():  # lift
    with ExitStack() as stack:
        stack.enter_context(g())
# --- refused: manager-escapes

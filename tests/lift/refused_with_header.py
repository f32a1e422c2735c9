import contextlib


@contextlib.contextmanager
def opened(x):  # lift
    yield x


def main():  # lift
    with (
        open("a") as file,  # of the system
        opened(1) as other,
    ):
        print(file, other)
# --- refused: with-header

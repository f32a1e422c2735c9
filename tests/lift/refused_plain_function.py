def f(x):  # lift
    return x


def g():  # lift
    def inner():
        return f(1)
    return inner()
# --- refused: in-plain-function

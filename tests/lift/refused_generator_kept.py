def f(x):  # lift
    return x


def g():  # lift
    return (f(x) for x in [1])
# --- refused: generator-escapes

def f(x):  # lift
    return x


def g():  # lift
    return list(zip((f(x) for x in [1]), [2]))
# --- refused: generator-escapes

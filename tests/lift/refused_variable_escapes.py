def f(x):  # lift
    return x


def g():  # lift
    yield f(1)


def use():  # lift
    rows = g()
    print(list(rows))
    return rows
# --- refused: generator-escapes

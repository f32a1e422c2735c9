def f(x):  # lift
    return x


def g():  # lift
    return any(f(x) for x in [1])
# --- refused: short-circuit

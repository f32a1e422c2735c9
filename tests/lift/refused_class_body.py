def f(x):  # lift
    return x


def g():  # lift
    class A:
        x = f(1)
    return A.x
# --- refused: in-class-body

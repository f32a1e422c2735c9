def f(x):  # lift
    return x


def g():  # lift
    return f"{f(1)=}"
# --- refused: text-is-shown

def f(x):  # lift
    return x


def cleaning():  # lift
    try:
        yield f(1)
    finally:
        print("closed")


def consume():  # lift
    it = cleaning()
    for x in it:
        break
    print("left")


consume()
# --- refused: generator-escapes

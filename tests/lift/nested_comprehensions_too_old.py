# target: py310
def f(x):  # lift
    return [x]


def consume():  # lift
    print([[f(y) for y in range(x)] for x in range(3)])


consume()
# --- refused: nested-comprehension

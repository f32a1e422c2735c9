def pages():  # lift
    try:
        yield 1, 2
    finally:
        print("closed")


def main():  # lift
    for (
        first,  # of them
        second,
    ) in pages():
        print(first, second)
# --- refused: loop-header

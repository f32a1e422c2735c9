asyncio = 1


def main():  # lift
    pass


main()
# --- refused: name-taken

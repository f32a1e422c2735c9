def pages():  # lift
    yield 1


def more():  # lift
    print("more"); yield from pages()
# --- refused: shares-its-line, generator-escapes

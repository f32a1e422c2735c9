def pages():  # lift
    yield 1


pages()
# --- refused: no-coroutine-to-run

from typing import Generator


def pages() -> "Generator[int, None, None]":  # lift
    yield 1


def main():  # lift
    return [page for page in pages()]
# --- refused: annotation-text

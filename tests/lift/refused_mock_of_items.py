# tests: strict
from unittest import mock


def pages():  # lift
    yield 1


def test_pages():  # lift
    with mock.patch("app.pages", return_value=[1]):
        assert [page for page in pages()]
# --- refused: mock-of-items

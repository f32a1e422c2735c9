# tests: strict
# answers: respx
# calls: load
from somewhere import load


def test_load(requests_mock):  # lift
    requests_mock.get("https://api.example.org/a?b=1", json=1)
    load(1)
# --- refused: stand-in-for-requests

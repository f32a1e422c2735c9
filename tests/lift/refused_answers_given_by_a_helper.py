# tests: strict
# answers: respx
# calls: load
import responses
from somewhere import load


def answer():
    responses.add(responses.GET, "https://api.example.org/a", json=1)


@responses.activate
def test_load():  # lift
    answer()
    load(1)
# --- refused: stand-in-for-requests

# tests: strict
# answers: respx
# calls: load
import responses
from somewhere import load


@responses.activate
def test_load():  # lift
    responses.add(responses.GET, "https://api.example.org/a", match=[], json=1)
    load(1)
# --- refused: stand-in-for-requests

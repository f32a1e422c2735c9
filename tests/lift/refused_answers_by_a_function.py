# tests: strict
# answers: respx
# calls: load
import responses
from somewhere import load


@responses.activate
def test_load():  # lift
    responses.add_callback(responses.GET, "https://api.example.org/a", callback=print)
    load(1)
# --- refused: stand-in-for-requests

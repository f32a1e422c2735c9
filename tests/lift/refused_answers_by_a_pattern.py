# tests: strict
# answers: respx
# calls: load
import re
import responses
from somewhere import load


@responses.activate
def test_load():  # lift
    responses.add(responses.GET, re.compile("https://.*"), json=1)
    load(1)
# --- refused: stand-in-for-requests

# tests: strict
# answers: respx
# calls: load
import pytest
import requests
import responses
from somewhere import load


@responses.activate
def test_load():  # lift
    responses.add(responses.GET, "https://api.example.org/a", status=404)
    with pytest.raises(requests.HTTPError, match="404"):
        load(1)
# --- refused: stand-in-for-requests

# tests: strict
# answers: respx
# calls: load
from somewhere import load


def test_load(requests_mock, client):  # lift
    requests_mock.get("https://api.example.org/items", json=[1, 2], status_code=200)
    requests_mock.post("https://api.example.org/items", text="ok", headers={"X-A": "1"})
    requests_mock.delete(
        "https://api.example.org/items/1"
    )
    assert load("/items") == [1, 2]
# --- becomes
# tests: strict
# answers: respx
# calls: load
import pytest
from somewhere import load


@pytest.mark.asyncio
@pytest.mark.respx(assert_all_called=False)
async def test_load(respx_mock, client):  # lift
    respx_mock.get("https://api.example.org/items").respond(json=[1, 2], status_code=200)
    respx_mock.post("https://api.example.org/items").respond(text="ok", headers={"X-A": "1"})
    respx_mock.delete("https://api.example.org/items/1").respond()
    assert await load("/items") == [1, 2]

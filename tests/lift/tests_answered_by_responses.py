# tests: strict
# answers: respx
# calls: load send
import json

import pytest
import requests
import responses
from requests.exceptions import HTTPError
from somewhere import load, send

BASE = "https://api.example.org"


@responses.activate
def test_load():  # lift
    responses.add(responses.GET, "https://api.example.org/items?sort=name",
                  json={"a": 1}, status=200)
    responses.add(
        responses.POST,
        f"{BASE}/items",
        body='{"b": 2}',
        content_type="application/json",
        status=201,
    )
    responses.add("DELETE", "{}/items/{}".format(BASE, 1))
    assert load("/items", sort="name") == {"a": 1}
    assert send("/items") == {"b": 2}


@responses.activate
def test_no_such_item(client):  # lift
    responses.get(BASE + "/items/2", status=404, body=json.dumps({}))
    with pytest.raises(HTTPError):
        load("/items/2")


@responses.activate
def test_no_connection():  # lift
    """Nobody answers."""
    with pytest.raises((requests.ConnectionError, LookupError)):
        load("/items")


@responses.activate
def test_something_else():
    responses.add(responses.GET, BASE, body=b"")
    assert requests.get(BASE).content == b""
# --- becomes
# tests: strict
# answers: respx
# calls: load send
import json

import httpx
import pytest
import requests
import responses
from requests.exceptions import HTTPError
from somewhere import load, send

BASE = "https://api.example.org"


@pytest.mark.asyncio
@pytest.mark.respx(assert_all_called=False)
async def test_load(respx_mock):  # lift
    respx_mock.get("https://api.example.org/items?sort=name").respond(
                  json={"a": 1}, status_code=200)
    respx_mock.post(f"{BASE}/items").respond(
        content='{"b": 2}',
        content_type="application/json",
        status_code=201,
    )
    respx_mock.delete("{}/items/{}".format(BASE, 1)).respond(content_type="text/plain")
    assert await load("/items", sort="name") == {"a": 1}
    assert await send("/items") == {"b": 2}


@pytest.mark.asyncio
@pytest.mark.respx(assert_all_called=False)
async def test_no_such_item(client, respx_mock):  # lift
    respx_mock.get(BASE + "/items/2").respond(status_code=404, content=json.dumps({}), content_type="text/plain")
    with pytest.raises(httpx.HTTPStatusError):
        await load("/items/2")


@pytest.mark.asyncio
@pytest.mark.respx(assert_all_called=False)
async def test_no_connection(respx_mock):  # lift
    """Nobody answers."""
    respx_mock.route().mock(side_effect=httpx.ConnectError("no answer"))
    with pytest.raises((httpx.ConnectError, LookupError)):
        await load("/items")


@responses.activate
def test_something_else():
    responses.add(responses.GET, BASE, body=b"")
    assert requests.get(BASE).content == b""

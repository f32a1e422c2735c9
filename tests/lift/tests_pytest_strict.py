# tests: strict
# calls: fetch get
from unittest import mock

import pytest
from somewhere import Client, fetch


@pytest.fixture
def client():  # lift
    client = Client()
    yield client
    client.get("close")


@pytest.fixture(autouse=True)
# a comment
def other():  # lift
    return fetch(1)


def test_one(client):  # lift
    assert client.get(1) == 1


@pytest.mark.parametrize("x", [1, 2])
def test_parameters(x):  # lift
    assert fetch(x) == x
    with pytest.raises(ValueError):
        fetch(x)


class TestAll:
    def test_in_class(self, mocker, monkeypatch):  # lift
        found = mocker.patch("somewhere.fetch", return_value=1)
        assert fetch(1) == 1
        found.assert_called_once_with(1)
        monkeypatch.setattr("somewhere.fetch", lambda x: x)
        monkeypatch.setattr(Client, "get", mocker.Mock())
        with mock.patch("somewhere.fetch") as patched, mock.patch("somewhere.time") as time:
            fetch(2)
        patched.assert_called_once()
        time.sleep.assert_called()

    @pytest.mark.asyncio
    def test_marked(self):  # lift
        fetch(1)


def helper():  # lift
    return fetch(1)


def test_plain():
    pass
# --- becomes
# tests: strict
# calls: fetch get
import pytest_asyncio
from unittest import mock

import pytest
from somewhere import Client, fetch


@pytest_asyncio.fixture
async def client():  # lift
    client = Client()
    yield client
    await client.get("close")


@pytest_asyncio.fixture(autouse=True)
# a comment
async def other():  # lift
    return await fetch(1)


@pytest.mark.asyncio
async def test_one(client):  # lift
    assert await client.get(1) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("x", [1, 2])
async def test_parameters(x):  # lift
    assert await fetch(x) == x
    with pytest.raises(ValueError):
        await fetch(x)


class TestAll:
    @pytest.mark.asyncio
    async def test_in_class(self, mocker, monkeypatch):  # lift
        found = mocker.patch("somewhere.fetch", return_value=1)
        assert await fetch(1) == 1
        found.assert_awaited_once_with(1)
        monkeypatch.setattr("somewhere.fetch", mock.AsyncMock(side_effect=lambda x: x))
        monkeypatch.setattr(Client, "get", mocker.AsyncMock(return_value=mocker.Mock()))
        with mock.patch("somewhere.fetch", return_value=mock.MagicMock()) as patched, mock.patch("somewhere.time") as time:
            await fetch(2)
        patched.assert_awaited_once()
        time.sleep.assert_called()

    @pytest.mark.asyncio
    async def test_marked(self):  # lift
        await fetch(1)


async def helper():  # lift
    return await fetch(1)


def test_plain():
    pass

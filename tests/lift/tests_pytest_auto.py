# tests: auto
# calls: fetch
import pytest
from somewhere import fetch


@pytest.fixture
def client():  # lift
    return fetch(1)


def test_one(client):  # lift
    assert fetch(1) == client
# --- becomes
# tests: auto
# calls: fetch
import pytest
from somewhere import fetch


@pytest.fixture
async def client():  # lift
    return await fetch(1)


async def test_one(client):  # lift
    assert await fetch(1) == client

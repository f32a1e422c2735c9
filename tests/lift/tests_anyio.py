# tests: anyio
# calls: fetch
import pytest
from somewhere import fetch

pytestmark = [pytest.mark.slow]


@pytest.fixture
def client():  # lift
    return fetch(1)


def test_one(client):  # lift
    assert fetch(1) == client
# --- becomes
# tests: anyio
# calls: fetch
import pytest
from somewhere import fetch

pytestmark = [pytest.mark.slow]


@pytest.fixture
async def client():  # lift
    return await fetch(1)


@pytest.mark.anyio
async def test_one(client):  # lift
    assert await fetch(1) == client

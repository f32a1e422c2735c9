# tests: strict
# calls: fetch
from somewhere import fetch


def test_one():  # lift
    assert fetch(1)
# --- becomes
# tests: strict
# calls: fetch
import pytest
from somewhere import fetch


@pytest.mark.asyncio
async def test_one():  # lift
    assert await fetch(1)

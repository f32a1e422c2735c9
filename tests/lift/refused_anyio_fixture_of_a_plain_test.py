# tests: anyio
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


@pytest.fixture
def one():  # lift
    return fetch(1)


def test_one(one):
    assert one
# --- refused: fixture-of-a-plain-test

# tests: auto
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


@pytest.fixture(scope="module")
def one():  # lift
    return fetch(1)
# --- refused: fixture-scope

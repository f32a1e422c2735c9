# tests: strict
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


def test_one():  # lift
    with mock.patch("somewhere.requests.get") as get:
        fetch(1)
# --- refused: patch-of-what-is-gone

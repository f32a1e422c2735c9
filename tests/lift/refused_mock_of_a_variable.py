# tests: strict
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


def test_one(fake):  # lift
    with mock.patch("somewhere.fetch", fake):
        fetch(1)
# --- refused: mock-unclear

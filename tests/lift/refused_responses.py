# tests: strict
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


def test_one(requests_mock):  # lift
    fetch(1)
# --- refused: stand-in-for-requests

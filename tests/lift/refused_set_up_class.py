# tests: strict
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):  # lift
        fetch(1)
# --- refused: test-setup

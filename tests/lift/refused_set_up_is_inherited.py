# tests: strict
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


class Base(unittest.TestCase):
    def setUp(self):
        pass


class Case(Base):
    def setUp(self):  # lift
        super().setUp()
        fetch(1)
# --- refused: test-setup

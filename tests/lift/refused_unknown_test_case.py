# tests: strict
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


from project import BaseTestCase


class Case(BaseTestCase):
    def test_one(self):  # lift
        fetch(1)
# --- refused: unknown-test-base

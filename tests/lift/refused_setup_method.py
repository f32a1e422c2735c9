# tests: strict
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


class TestAll:
    def setup_method(self):  # lift
        fetch(1)
# --- refused: test-setup

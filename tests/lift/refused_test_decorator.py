# tests: strict
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


@retry
def test_one():  # lift
    fetch(1)
# --- refused: test-decorator

# tests: none
# calls: fetch
import unittest
from unittest import mock

import pytest
from somewhere import fetch


def test_one():  # lift
    fetch(1)
# --- refused: no-async-test-plugin

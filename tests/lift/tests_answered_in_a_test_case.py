# tests: strict
# answers: respx
# calls: load
import unittest

import responses
from somewhere import load


class TestLoad(unittest.TestCase):
    def setUp(self):
        self.base = "https://api.example.org"

    @responses.activate
    def test_load(self):  # lift
        responses.add(responses.GET, self.base + "/items", json=[1, 2])
        self.assertEqual(load("/items"), [1, 2])
# --- becomes
# tests: strict
# answers: respx
# calls: load
import respx
import unittest

import responses
from somewhere import load


class TestLoad(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.base = "https://api.example.org"

    @respx.mock(assert_all_called=False)
    async def test_load(self, respx_mock):  # lift
        respx_mock.get(self.base + "/items").respond(json=[1, 2])
        self.assertEqual(await load("/items"), [1, 2])

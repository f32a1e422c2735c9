# tests: unittest
# calls: fetch get
import sys
import types
import unittest
from unittest import TestCase, mock
from unittest.mock import MagicMock, Mock, patch

module = types.ModuleType("module")
exec("def raw(x):\n    return x", module.__dict__)
sys.modules["module"] = module


def fetch(x):  # lift
    return module.raw(x)


class Client:
    def get(self, x):  # lift
        return fetch(x)


class Case(TestCase):
    def setUp(self):  # lift
        super().setUp()
        self.client = Client()
        self.first = self.client.get(1)

    def tearDown(self):  # lift
        print("down", fetch(2))

    def test_first(self):  # lift
        self.assertEqual(self.first, 1)
        with self.assertRaises(ZeroDivisionError):
            1 / fetch(0)

    @unittest.skip("later")
    def test_skipped(self):  # lift
        self.fail(fetch(1))

    def test_plain(self):
        self.assertEqual(1, 1)

    def helper(self, x):  # lift
        return fetch(x)

    def test_helper(self):  # lift
        self.assertEqual(self.helper(3), 3)


class Derived(Case):
    def test_derived(self):  # lift
        print(self.client.get(5))


class Wrong(unittest.TestCase):
    def test_wrong(self):  # lift
        self.assertEqual(fetch(1), 2)


class Mocks(unittest.TestCase):
    def test_objects(self):  # lift
        with patch.object(Client, "get", Mock(return_value=3)):
            self.assertEqual(Client().get(1), 3)
        with patch.object(Client, "get", lambda x: 4):
            self.assertEqual(Client.get(1), 4)
        with patch.object(Client, "get", new_callable=mock.MagicMock) as get:
            get.return_value = 5
            self.assertEqual(Client().get(1), 5)
            get.assert_called_once_with(1)

    def test_attributes(self):  # lift
        client = Client()
        get = Mock(side_effect=[1, KeyError("x")])
        client.get = get
        self.assertEqual(client.get(2), 1)
        with self.assertRaises(KeyError):
            client.get(3)
        get.assert_any_call(2)
        client.get.assert_called_with(3)
        get.other.assert_not_called()
        other = MagicMock()
        other()
        other.assert_called()

    @patch("builtins.print")
    @patch.object(Client, "get", new=MagicMock(return_value=1))
    @patch.object(Client, "get")
    def test_decorated(self, get, printed):  # lift
        get.return_value = 7
        self.assertEqual(Client().get(1), 7)
        get.assert_called_once()
        print(1)
        printed.assert_called_with(1)


if __name__ == "__main__":
    unittest.main()
# --- becomes
# tests: unittest
# calls: fetch get
import sys
import types
import unittest
from unittest import TestCase, mock
from unittest.mock import MagicMock, Mock, patch

module = types.ModuleType("module")
exec("def raw(x):\n    return x", module.__dict__)
sys.modules["module"] = module


async def fetch(x):  # lift
    return module.raw(x)


class Client:
    async def get(self, x):  # lift
        return await fetch(x)


class Case(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):  # lift
        await super().asyncSetUp()
        self.client = Client()
        self.first = await self.client.get(1)

    async def asyncTearDown(self):  # lift
        print("down", await fetch(2))

    async def test_first(self):  # lift
        self.assertEqual(self.first, 1)
        with self.assertRaises(ZeroDivisionError):
            1 / await fetch(0)

    @unittest.skip("later")
    async def test_skipped(self):  # lift
        self.fail(await fetch(1))

    def test_plain(self):
        self.assertEqual(1, 1)

    async def helper(self, x):  # lift
        return await fetch(x)

    async def test_helper(self):  # lift
        self.assertEqual(await self.helper(3), 3)


class Derived(Case):
    async def test_derived(self):  # lift
        print(await self.client.get(5))


class Wrong(unittest.IsolatedAsyncioTestCase):
    async def test_wrong(self):  # lift
        self.assertEqual(await fetch(1), 2)


class Mocks(unittest.IsolatedAsyncioTestCase):
    async def test_objects(self):  # lift
        with patch.object(Client, "get", mock.AsyncMock(return_value=3)):
            self.assertEqual(await Client().get(1), 3)
        with patch.object(Client, "get", mock.AsyncMock(side_effect=lambda x: 4)):
            self.assertEqual(await Client.get(1), 4)
        with patch.object(Client, "get", new_callable=mock.AsyncMock) as get:
            get.return_value = 5
            self.assertEqual(await Client().get(1), 5)
            get.assert_awaited_once_with(1)

    async def test_attributes(self):  # lift
        client = Client()
        get = mock.AsyncMock(side_effect=[1, KeyError("x")])
        client.get = get
        self.assertEqual(await client.get(2), 1)
        with self.assertRaises(KeyError):
            await client.get(3)
        get.assert_any_await(2)
        client.get.assert_awaited_with(3)
        get.other.assert_not_called()
        other = MagicMock()
        other()
        other.assert_called()

    @patch("builtins.print")
    @patch.object(Client, "get", new=mock.AsyncMock(return_value=1))
    @patch.object(Client, "get")
    async def test_decorated(self, get, printed):  # lift
        get.return_value = 7
        self.assertEqual(await Client().get(1), 7)
        get.assert_awaited_once()
        print(1)
        printed.assert_called_with(1)


if __name__ == "__main__":
    unittest.main()

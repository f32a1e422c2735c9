# twins: fetch names get build parse __secret _hidden
import asyncio

LIMIT = 3


def fetch(url, *rest, limit: int = LIMIT, sign=-1, **more) -> str:  # lift
    """Gets a page.

    In two lines."""
    # the work
    return f"{url} {rest} {limit} {sign} {more}"


def names(url):  # lift
    return [fetch(url, 1, limit=number).upper() for number in range(2)]


def shown(function):
    print("decorates", function.__name__)
    return function


@shown
def _hidden(url): return fetch(url)  # lift


def plain(url):
    return sorted([url, "b"], key=fetch), (lambda: fetch(url))()


class Client:
    def __init__(self, base):
        self.base = base

    def get(self, path, /, times=1):  # lift
        """Gets."""
        if times > 1:
            return self.get(path, times - 1)
        return fetch(self.base + path) + self.__secret()

    def __secret(self):  # lift
        return self.parse("x")

    @classmethod
    def build(cls, base):  # lift
        return cls(fetch(base))

    @staticmethod
    def parse(text):  # lift
        return text * 2


async def gathered():
    client = await_nothing(Client.build("c"))
    return [fetch("a"), client.get("b", 2), Client.parse("y"), *names("z"), _hidden("h")]


def await_nothing(value):
    return value


print(fetch("a", 2, sign=0, other=1), names("b"), plain("c"), _hidden("d"))
print(Client("e").get("f", times=3), Client.build("g").base, Client("i").parse("h"))
print(asyncio.run(gathered()))
print(fetch.__name__, fetch.__doc__)
# --- becomes
# twins: fetch names get build parse __secret _hidden
import asyncio

LIMIT = 3


def fetch(url, *rest, limit: int = LIMIT, sign=-1, **more) -> str:
    """Gets a page.

    In two lines."""
    return asyncio.run(fetch_async(url, *rest, limit=limit, sign=sign, **more))


async def fetch_async(url, *rest, limit: int = LIMIT, sign=-1, **more) -> str:  # lift
    # the work
    return f"{url} {rest} {limit} {sign} {more}"


def names(url):
    return asyncio.run(names_async(url))


async def names_async(url):  # lift
    return [(await fetch_async(url, 1, limit=number)).upper() for number in range(2)]


def shown(function):
    print("decorates", function.__name__)
    return function


@shown
def _hidden(url):
    return asyncio.run(_hidden_async(url))


async def _hidden_async(url): return await fetch_async(url)  # lift


def plain(url):
    return sorted([url, "b"], key=fetch), (lambda: fetch(url))()


class Client:
    def __init__(self, base):
        self.base = base

    def get(self, path, /, times=1):
        """Gets."""
        return asyncio.run(self.get_async(path, times))

    async def get_async(self, path, /, times=1):  # lift
        if times > 1:
            return await self.get_async(path, times - 1)
        return await fetch_async(self.base + path) + await self.__secret_async()

    def __secret(self):
        return asyncio.run(self.__secret_async())

    async def __secret_async(self):  # lift
        return await self.parse_async("x")

    @classmethod
    def build(cls, base):
        return asyncio.run(cls.build_async(base))

    @classmethod
    async def build_async(cls, base):  # lift
        return cls(await fetch_async(base))

    @staticmethod
    def parse(text):
        return asyncio.run(Client.parse_async(text))

    @staticmethod
    async def parse_async(text):  # lift
        return text * 2


async def gathered():
    client = await_nothing(await Client.build_async("c"))
    return [await fetch_async("a"), await client.get_async("b", 2), await Client.parse_async("y"), *await names_async("z"), await _hidden_async("h")]


def await_nothing(value):
    return value


print(fetch("a", 2, sign=0, other=1), names("b"), plain("c"), _hidden("d"))
print(Client("e").get("f", times=3), Client.build("g").base, Client("i").parse("h"))
print(asyncio.run(gathered()))
print(fetch.__name__, fetch.__doc__)

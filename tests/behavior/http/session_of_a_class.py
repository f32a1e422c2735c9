# /// case
# shows = "A session that objects keep becomes their client, with its settings and adapters."
# changes = ["requests-to-httpx"]
# flags = ["--unsafe", "--http-client-scope", "call"]
# ///
import asyncio
import sys
import uuid

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

BASE = sys.argv[1]


class Api:
    """Keeps a session with settings."""

    def __init__(self, base, verify=None, proxies=None, session: requests.Session = None):
        self.base = base
        self.verify = verify
        self.proxies = proxies or {}
        self.session = session or requests.Session()
        self.session.headers.update({"X-A": "api"})
        self.session.auth = ("user", "password")

    async def headers(self):
        answer = self.session.get(
            self.base + "/echo", verify=self.verify, proxies=self.proxies, timeout=5
        )
        sent = dict(map(tuple, answer.json()["headers"]))
        return sent["X-A"], sent["Authorization"], sent.get("Cookie")


class Cookies(Api):
    """Uses the session of its base class."""

    async def log_in(self):
        url = f"{self.base}/cookies"
        return self.session.get(url, verify=self.verify, proxies=self.proxies).status_code

    async def probe(self):
        url = f"{self.base}/redirect/1"
        return self.session.head(url, verify=self.verify, proxies=self.proxies).status_code

    def name(self, name):
        self.session.headers["X-A"] = name


class Patient:
    """Tries again."""

    def __init__(self, tries):
        self._client = None
        self.tries = tries

    async def load(self, url):
        if self._client is None:
            self._client = requests.Session()
            rules = Retry(total=3, backoff_factor=0.01, status_forcelist=[503])
            self._client.mount("http://", HTTPAdapter(max_retries=rules))
        return self._client.get(url).json()

    async def post(self, url):
        return self._client.post(url, json={}).status_code

    async def close(self):
        if self._client is not None:
            self._client.close()


class Pool:
    """Told about connections when it is made."""

    def __init__(self, pool=None):
        self.session = requests.Session()
        if pool:
            adapter = HTTPAdapter(**pool)
            self.session.mount("http://", adapter)

    async def load(self, url):
        return self.session.get(url, verify=False).status_code


async def main():
    one = Cookies(BASE)
    print(await one.headers())
    print(await one.log_in(), await one.probe())
    one.name("other")
    print(await one.headers())
    print(await Api("http://example.invalid", proxies={"http": BASE}, verify=True).load_nothing())


async def others():
    patient = Patient(3)
    print(await patient.load(f"{BASE}/flaky/{uuid.uuid4()}/3"))
    try:
        await patient.load(f"{BASE}/flaky/{uuid.uuid4()}/4")
    except Exception:
        print("gave up")
    print(await patient.post(f"{BASE}/flaky/{uuid.uuid4()}/1"))
    await patient.close()
    print(await Pool({"pool_maxsize": 2, "max_retries": 1}).load(BASE + "/json"))
    print(await Pool().load(BASE + "/json"))


async def nothing(self):
    return "nothing"


Api.load_nothing = nothing
asyncio.run(main())
asyncio.run(others())

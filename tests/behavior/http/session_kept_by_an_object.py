# /// case
# shows = "A session of an object, of the module and one with an adapter."
# ///
import asyncio
import sys

import requests
from requests.adapters import HTTPAdapter

BASE = sys.argv[1]
shared = requests.Session()


class Api:
    def __init__(self):
        self.session = requests.Session()
        self.session.headers["X-A"] = "api"

    async def header(self):
        answer = self.session.get(BASE + "/echo").json()
        return dict(map(tuple, answer["headers"]))["X-A"]


async def module_session():
    shared.get(BASE + "/cookies")
    return dict(map(tuple, shared.get(BASE + "/echo").json()["headers"]))["Cookie"]


async def adapted():
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=1))
    return session.get(BASE + "/json").status_code


async def local_session():
    session = requests.Session()
    session.headers["X-A"] = "local"
    session.auth = ("user", "password")
    answer = session.get(BASE + "/echo").json()
    session.close()
    return dict(map(tuple, answer["headers"]))["X-A"]


for function in (Api().header, module_session, adapted, local_session, module_session):
    print(asyncio.run(function()))

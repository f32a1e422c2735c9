# twins: fetch
def fetch(url):  # lift
    return url


async def fetch_async(url):
    return "mine"


async def total():
    return fetch("a")
# --- refused: name-taken

# twins: fetch
def fetch(url, seen=[]):  # lift
    seen.append(url)
    return len(seen)


async def total():
    return fetch("a") + fetch("b")
# --- refused: no-twin

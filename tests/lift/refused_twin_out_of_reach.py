# twins: fetch
def fetch(url):  # lift
    return url


def other(function):
    async def total():
        fetch = function
        return fetch("a")

    return total
# --- refused: twin-out-of-reach

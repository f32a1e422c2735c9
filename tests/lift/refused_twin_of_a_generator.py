# twins: pages
def pages(count):  # lift
    for number in range(count):
        yield number


async def total():
    return [page for page in pages(3)]
# --- refused: no-twin

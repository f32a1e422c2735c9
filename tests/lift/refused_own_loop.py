def f(x):  # lift
    return x


def g():  # lift
    import asyncio
    asyncio.run(asyncio.sleep(0))
    return f(1)
# --- refused: runs-an-event-loop

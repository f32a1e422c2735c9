# threads: load
def load(items):
    return list(items)


async def main(numbers):
    return load(number for number in numbers)
# --- refused: not-safe-in-a-thread

# tests: anyio-without-backend
def fetch(x):  # lift
    return x


def test_fetch():  # lift
    assert fetch(1) == 1
# --- refused: anyio-backend

# twins: get
def twice(function):
    return lambda *args: function(*args) * 2


class Client:
    @twice
    def get(self, url):  # lift
        return url
# --- refused: no-twin

import requests


class Shop:
    def __init__(self, base: str):
        self.base = base

    def load(self, path):
        return requests.get(self.base + path).json()

    def field(self, path, name):
        return self.load(path)[name]

    @staticmethod
    def title(text):
        return text.title()


class Cached(Shop):
    def __init__(self, base: str):
        super().__init__(base)
        self.known = {}

    def load(self, path):
        if path not in self.known:
            self.known[path] = super().load(path)
        return self.known[path]

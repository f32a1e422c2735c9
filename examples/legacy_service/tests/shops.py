"""Three shops, a bank and a purchasing desk on the loopback interface."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PRICES = {
    "alpha": {"MX-100": (10.0, 3), "MX-200": (20.0, 0)},
    "bravo": {"MX-100": (9.0, 1), "MX-300": (30.0, 5)},
    "crown": {"MX-100": (8.0, 2)},
}
PAGE_SIZE = 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        self.server.seen.append((self.command, self.path, self.headers.get("User-Agent", "")))
        if parts.path == "/rates":
            return self._answer(200, {"rates": {"GBP": "1.25"}})
        _, shop, *rest = parts.path.split("/")
        if shop == "garbled":
            return self._answer(200, b"<html>maintenance</html>")
        if shop not in PRICES:
            return self._answer(503, {"error": "closed"})
        if rest == ["health"]:
            return self._answer(200, {})
        if rest == ["catalogue"]:
            return self._catalogue(shop, int(parse_qs(parts.query)["page"][0]))
        if len(rest) == 2 and rest[0] == "prices" and rest[1] in PRICES[shop]:
            price, stock = PRICES[shop][rest[1]]
            return self._answer(200, {"price": price, "stock": stock})
        return self._answer(404, {"error": "unknown part"})

    do_HEAD = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(body))
        refused = self.server.refusals.pop() if self.server.refusals else False
        self._answer(502 if refused else 204, b"")

    def _catalogue(self, shop, page):
        skus = sorted(PRICES[shop])[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        if not skus:
            return self._answer(404, {"error": "no such page"})
        return self._answer(200, {"items": [{"sku": sku} for sku in skus]})

    def _answer(self, status, payload):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


class ShopServer:
    """Context manager: a running server and what it was asked."""

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.seen, self._server.posted, self._server.refusals = [], [], []
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def seen(self):
        return self._server.seen

    @property
    def posted(self):
        return self._server.posted

    @property
    def refusals(self):
        return self._server.refusals

    def settings(self, cache_dir, **more):
        """Return the content of a settings.json for this server."""
        shops = [
            {"name": "alpha", "base_url": f"{self.url}/alpha"},
            {"name": "bravo", "base_url": f"{self.url}/bravo", "token": "s3cret"},
            {"name": "crown", "base_url": f"{self.url}/crown", "currency": "GBP"},
        ]
        raw = {
            "shops": shops,
            "rates_url": f"{self.url}/rates",
            "cache_dir": str(cache_dir),
            "idle_timeout": 0.1,
        }
        raw.update(more)
        return raw

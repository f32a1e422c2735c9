"""Serve the answers that the HTTP programs ask for, on a free loopback port.

The port is printed on the first line. The server ends when its standard input is closed.
"""

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

JSON = "application/json"


class Answer(BaseHTTPRequestHandler):
    """Answer one request according to the first part of its path."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Keep quiet."""

    def answer(self):
        """Read the whole request and dispatch it."""
        self.target = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        kind, *rest = self.target.path.strip("/").split("/")
        method = getattr(self, "on_" + kind.replace("-", "_"), None)
        if method is None:
            self.reply(404, b'{"error": "no such path"}')
        else:
            method(*rest)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def reply(self, status, body=b"", kind=JSON, headers=()):
        """Send a complete answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def on_echo(self):
        """Tell the client what it has sent."""
        request = {
            "method": self.command,
            "raw_path": self.path,
            "headers": sorted([name.title(), value] for name, value in self.headers.items()),
            "body": self.body.decode("latin-1"),
        }
        self.reply(200, json.dumps(request).encode())

    def on_json(self):
        """Send a small object."""
        self.reply(200, b'{"a": 1, "b": 1.5}')

    def on_status(self, status):
        """Send an empty object with the status asked for."""
        self.reply(int(status), b"{}" if int(status) not in (204, 304) else b"")

    def on_flaky(self, key, failures):
        """Fail as often as asked for each key, then say how often."""
        count = self.server.failed.get(key, 0)
        if count < int(failures):
            self.server.failed[key] = count + 1
            self.reply(503, b"{}")
        else:
            self.reply(200, json.dumps({"failed": count}).encode())

    def on_redirect(self, count):
        """Redirect as often as asked, to the echo in the end."""
        rest = int(count) - 1
        where = f"/redirect/{rest}" if rest else "/echo"
        self.reply(302, headers=[("Location", where)])

    def on_slow(self):
        """Answer after `s` seconds."""
        time.sleep(float(parse_qs(self.target.query)["s"][0]))
        self.reply(200, b'{"slow": 1}')

    def on_cookies(self):
        """Set two cookies."""
        values = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")]
        self.reply(200, b"{}", headers=values)

    def on_text(self):
        """Send UTF-8 text without saying so."""
        self.reply(200, "café €".encode(), kind="text/plain")

    def on_html(self):
        """Send something that is no JSON."""
        self.reply(200, b"<html>", kind="text/html; charset=utf-8")

    def on_lines(self):
        """Send lines with every kind of ending."""
        body = "one\nzwei ü\r\n\nfour\rlast".encode()
        self.reply(200, body, kind="text/plain; charset=utf-8")

    def on_bytes(self):
        """Send ten thousand bytes."""
        self.reply(200, bytes(range(250)) * 40, kind="application/octet-stream")

    def on_drop(self):
        """Close the connection without an answer."""
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """A server for many programs at once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *arguments):
        """Start with nothing that has failed."""
        super().__init__(*arguments)
        self.failed = {}

    def handle_error(self, *_):
        """Keep quiet about clients that hang up."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()

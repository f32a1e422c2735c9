"""Opens a page of `aiolift report` in headless Chromium and uses it: page.py CHROMIUM PAGE SCREENSHOT.

It speaks the DevTools protocol over a pipe, so that nothing but Chromium is needed. Prints JSON
with what it has seen; exits with 1 and a sentence when the page does not do what it should.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 60


class Browser:
    """A page in a browser of its own, without a network."""

    def __init__(self, program: str) -> None:
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self.input = os.pipe()
        self.output, from_browser = os.pipe()
        # The browser reads from its descriptor 3 and writes to 4.
        shell = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, program, "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
             "--remote-debugging-pipe", f"--user-data-dir={self.profile.name}",
             "--window-size=1400,900", "about:blank"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.number = 0
        self.events: list[dict] = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Network.emulateNetworkConditions", offline=True, latency=0,
                  downloadThroughput=-1, uploadThroughput=-1)  # fmt: skip

    def call(self, method: str, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.input, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def read(self) -> dict:
        while b"\0" not in self.buffer:
            piece = os.read(self.output, 1 << 20)
            if not piece:
                raise AssertionError("the browser has gone away")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def value(self, expression: str):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)  # fmt: skip
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def press(self, key: str, shift: bool = False) -> None:
        code = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowRight": 39, "ArrowLeft": 37, "ArrowDown": 40}
        named = key in code
        common = {"key": key, "windowsVirtualKeyCode": code.get(key, ord(key[0].upper())),
                  "modifiers": 8 if shift else 0}  # fmt: skip
        text = {} if named and key != "Enter" else {"text": "\r" if named else key}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def until(self, expression: str) -> float:
        """Waits for something to be true; returns the seconds it took."""
        start = time.monotonic()
        while not self.value(expression):
            if time.monotonic() - start > PATIENCE:
                raise AssertionError(f"never true: {expression}")
            time.sleep(0.01)
        return time.monotonic() - start

    def screenshot(self, path: str) -> None:
        data = self.call("Page.captureScreenshot", format="png")["data"]
        Path(path).write_bytes(base64.b64decode(data))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.profile.cleanup()


def check(condition, what: str) -> None:
    if not condition:
        raise AssertionError(what)


def use(browser: Browser, page: str, shots: str) -> dict:
    seen: dict = {}
    start = time.monotonic()
    browser.call("Page.navigate", url=Path(page).absolute().as_uri())
    browser.until("document.documentElement?.dataset.ready === 'yes'")
    browser.until("document.querySelectorAll('table.diff').length > 0")
    seen["open_seconds"] = round(time.monotonic() - start, 2)
    seen["files"] = browser.value("document.querySelectorAll('#changes .file').length")
    seen["drawn_at_first"] = browser.value("document.querySelectorAll('table.diff').length")
    seen["elements"] = browser.value("document.querySelectorAll('*').length")
    browser.screenshot(f"{shots}-changes.png")
    count = "document.getElementById('count').textContent"
    active = "document.activeElement"

    # A filter with the keyboard alone: to the list of transforms, down by one.
    before = browser.value(count)
    browser.press("t")
    check(browser.value(f"{active}.id") == "transform", "`t` does not go to the transforms")
    options = browser.value("[...document.getElementById('transform').options].map(o => o.value)")
    seen["transforms"] = options[1:]
    took = []
    for option in options[1:]:
        start = time.monotonic()
        browser.press("ArrowDown")
        browser.until(f"document.getElementById('transform').value === {option!r}")
        took.append(time.monotonic() - start)
        wrong = browser.value(
            "[...document.querySelectorAll('.hunk')].filter(hunk => !hunk.textContent.includes("
            "document.getElementById('transform').value)).length")
        check(wrong == 0, f"a change of another transform is shown with {option}")
    seen["filter_seconds"] = round(max(took), 3)
    browser.press("Escape")
    browser.press("x")
    check(browser.value(count) == before, "`x` does not take the filters away")

    # From file to file.
    for step in range(1, 4):
        browser.press("j")
        check(browser.value(f"{active}.matches('.file')"), "`j` does not go to a file")
        place = browser.value(f"[...document.querySelectorAll('.file')].indexOf({active})")
        check(place == step - 1, f"`j` goes to file {place}")
        check(browser.value(f"{active}.querySelector('table.diff') !== null"), "the file has no diff")
    browser.press("k")
    check(browser.value(f"[...document.querySelectorAll('.file')].indexOf({active})") == 1, "`k`")

    # By a part of a path.
    browser.press("/")
    for letter in "m7":
        browser.press(letter)
    check(browser.value(f"{active}.value") == "m7", "the path is not typed")
    names = browser.value("[...document.querySelectorAll('.file')].map(f => f.ariaLabel)")
    check(names and all("m7" in name for name in names), f"paths without m7: {names[:3]}")
    browser.press("Escape")
    browser.press("x")

    # The sites, by reason.
    browser.press("2")
    check(browser.value("!document.getElementById('sites').hidden"), "`2` does not show the sites")
    seen["sites"] = browser.value(count)
    browser.press("r")
    browser.press("ArrowDown")
    reason = browser.value("document.getElementById('reason').value")
    check(reason, "no reason is chosen")
    rows = browser.value("[...document.querySelectorAll('table.sites tr.item')].map(r => r.textContent)")
    check(rows and all(reason in row for row in rows), f"sites without {reason}")
    browser.press("Escape")
    browser.screenshot(f"{shots}-sites.png")
    browser.press("x")

    # The graph, by the arrow keys of the tabs.
    browser.value("document.getElementById('tab-sites').focus()")
    browser.press("ArrowRight")
    check(browser.value(f"{active}.id") == "tab-frontier", "the arrow does not go to the next tab")
    browser.until("document.querySelectorAll('#frontier svg .node').length > 0")
    seen["nodes"] = browser.value("document.querySelectorAll('#frontier svg .node').length")
    labels = browser.value("[...document.querySelectorAll('#frontier .node')].map(n => n.ariaLabel)")
    check(any("becomes a coroutine function" in label for label in labels), f"{labels}")
    check(any("obstacle" in label for label in labels), f"{labels}")
    browser.press("j")
    for _ in range(2):
        browser.press("Tab")
    check(browser.value(f"{active}.matches('.node')"), "Tab does not reach a node")
    browser.screenshot(f"{shots}-frontier.png")

    # Every control is reached with the Tab key, and has a name.
    browser.press("?", shift=True)
    check(browser.value("document.getElementById('help').open"), "`?` does not show the keys")
    browser.press("Escape")
    browser.until("!document.getElementById('help').open")
    nameless = browser.value(
        "[...document.querySelectorAll('button, select, input')].filter("
        "e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).length")
    check(nameless == 0, "a control has no name")

    asked = [event["params"]["request"]["url"] for event in browser.events
             if event.get("method") == "Network.requestWillBeSent"]  # fmt: skip
    check(all(url.startswith("file:") for url in asked), f"it asks for {asked}")
    said = [event["params"] for event in browser.events
            if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")]  # fmt: skip
    check(not said, f"the console says {said}")
    return seen


def main() -> int:
    program, page, shots = sys.argv[1:]
    browser = Browser(program)
    try:
        print(json.dumps(use(browser, page, shots)))
    except AssertionError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        browser.close()
    return 0


sys.exit(main())

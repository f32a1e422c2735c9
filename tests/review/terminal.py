"""Reviews changes in a real terminal: terminal.py PROGRAM. Exits with 1 and a sentence when it fails."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

PATIENCE = 60
PROGRAM = sys.argv[1]
PROMPT = "Apply this? [y,n,a,e,w,d,q,?] "

FILES = {
    "pyproject.toml": '[project]\nname = "app"\nrequires-python = ">=3.12"\ndependencies = ["requests", "httpx"]\n',
    "a.py": "import asyncio\n\n\nasync def first(queue: asyncio.Queue):\n    return await asyncio.wait_for(queue.get(), 1)\n\n\nasync def second(queue: asyncio.Queue):\n    return await asyncio.wait_for(queue.get(), 2)\n",
    "b.py": "import asyncio\n\n\nasync def one():\n    return 1\n\n\nasync def both(queue: asyncio.Queue):\n    item = await asyncio.wait_for(queue.get(), 3)\n    a, b = await asyncio.gather(one(), one())\n    return item, a, b\n",
    "script.py": 'import requests\n\n\ndef fetch(url):\n    return requests.get(url).text\n\n\ndef main():\n    print(fetch("https://example.org"))\n\n\nif __name__ == "__main__":\n    main()\n',
}
DECISIONS = 5


class Project:
    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        for name, text in FILES.items():
            (self.root / name).write_text(text)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "before")

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout

    def changed(self) -> list[str]:
        return [line[3:] for line in self.git("status", "--porcelain").splitlines()]

    def text(self, name: str) -> str:
        return (self.root / name).read_text()


class Terminal:
    """The program in a terminal of its own."""

    def __init__(self, project: Project, *arguments: str, editor: str = "false") -> None:
        self.leader, follower = pty.openpty()
        environment = {**os.environ, "EDITOR": editor, "VISUAL": "", "TERM": "xterm", "NO_COLOR": ""}
        environment.pop("NO_COLOR")

        def own_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [PROGRAM, *arguments], cwd=project.root, env=environment, stdin=follower,
            stdout=follower, stderr=follower, preexec_fn=own_terminal,
        )  # fmt: skip
        os.close(follower)
        self.seen = ""
        self.at = 0

    def read(self) -> bool:
        ready, _, _ = select.select([self.leader], [], [], 0.2)
        if not ready:
            return True
        try:
            piece = os.read(self.leader, 1 << 16)
        except OSError:  # The other side is closed.
            return False
        self.seen += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)

    def expect(self, words: str) -> str:
        """Waits for words, and returns what came before them."""
        end = time.monotonic() + PATIENCE
        while True:
            found = self.seen.find(words, self.at)
            if found >= 0:
                before = self.seen[self.at : found]
                self.at = found + len(words)
                return before
            if not self.read() or time.monotonic() > end:
                raise AssertionError(f"there is no {words!r} in:\n{self.seen[self.at:]}")

    def say(self, line: str) -> None:
        os.write(self.leader, (line + "\n").encode())

    def answer(self, line: str, number: int) -> str:
        """Waits for the question about a decision, answers it, and returns what was shown."""
        shown = self.expect(f"[{number}/{DECISIONS}] {PROMPT}")
        self.say(line)
        return shown

    def end(self) -> tuple[int, str]:
        while self.read():
            if self.process.poll() is not None and not select.select([self.leader], [], [], 0)[0]:
                break
        code = self.process.wait(PATIENCE)
        os.close(self.leader)
        return code, self.seen[self.at :]


def check(condition, what) -> None:
    if not condition:
        raise AssertionError(what)


def yes_and_no() -> None:
    project = Project()
    terminal = Terminal(project, "run", "--interactive")
    shown = terminal.answer("what?", 1)
    check("[1/5] wait-for-to-timeout a.py:5" in shown, shown)
    check("\x1b[32m+" in shown, "the diff has no colour in a terminal")
    shown = terminal.answer("?", 1)
    check("One of these letters" in shown, shown)
    shown = terminal.answer("y", 1)
    check("q  quit: write nothing now" in shown, shown)
    terminal.answer("n", 2)
    # Two sites on their own lines of one function are two decisions.
    shown = terminal.answer("n", 3)
    check("wait-for-to-timeout b.py:9" in shown and "gather" not in shown.split("@@")[0], shown)
    terminal.answer("y", 4)
    # A function, its caller and the request in it are one.
    shown = terminal.answer("w", 5)
    check("asyncify script.py:4, script.py:5, script.py:8" in shown, shown)
    shown = terminal.answer("y", 5)
    check("requests-to-httpx would be rewritten" in shown and "D-H" in shown, shown)
    code, rest = terminal.end()
    check(code == 0, rest)
    check("changed in 3 files" in rest and "not-chosen" in rest, rest)
    check(project.changed() == ["a.py", "b.py", "script.py"], project.changed())
    a = project.text("a.py")
    check("timeout(1)" in a and "wait_for(queue.get(), 2)" in a, a)
    b = project.text("b.py")
    check("wait_for(queue.get(), 3)" in b and "TaskGroup" in b, b)
    check("async def fetch(" in project.text("script.py"), project.text("script.py"))
    # What a review writes is a run as any other.
    subprocess.run([PROGRAM, "undo"], cwd=project.root, check=True, capture_output=True)
    check(project.changed() == [], project.changed())


def quit_and_go_on() -> None:
    project = Project()
    terminal = Terminal(project, "run", "-i")
    terminal.answer("n", 1)
    terminal.answer("y", 2)
    terminal.answer("q", 3)
    code, rest = terminal.end()
    check(code == 0 and "Nothing was written. 2 of 5 decisions decided" in rest, rest)
    check(project.changed() == [], project.changed())
    # Lines that move are the same decisions, and Ctrl-C loses nothing.
    path = project.root / "a.py"
    path.write_text("# moved\n" + path.read_text())
    project.git("commit", "--quiet", "--all", "--message", "moved")
    terminal = Terminal(project, "run", "-i")
    terminal.expect("Going on: 2 of 5 decisions decided before.")
    terminal.answer("n", 3)
    terminal.expect(f"[4/{DECISIONS}] {PROMPT}")
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.end()
    check(project.changed() == [], project.changed())
    terminal = Terminal(project, "run", "-i")
    terminal.expect("Going on: 3 of 5 decisions decided before.")
    # What is not decided is left.
    terminal.answer("d", 4)
    code, rest = terminal.end()
    check(code == 0, rest)
    check(project.changed() == ["a.py"], project.changed())
    a = project.text("a.py")
    check("timeout(2)" in a and "wait_for(queue.get(), 1)" in a, a)


def all_of_one_transform() -> None:
    project = Project()
    terminal = Terminal(project, "run", "-i")
    terminal.answer("a", 1)
    terminal.answer("n", 4)
    terminal.answer("n", 5)
    code, rest = terminal.end()
    check(code == 0, rest)
    check(project.changed() == ["a.py", "b.py"], project.changed())
    texts = project.text("a.py") + project.text("b.py")
    check(texts.count("asyncio.timeout(") == 3 and "gather" in texts, texts)


def edited() -> None:
    project = Project()
    editor = "sed -i -e 's/await queue.get()/await queue.get()  # edited/'"
    terminal = Terminal(project, "run", "-i", editor=editor)
    terminal.answer("e", 1)
    terminal.answer("y", 2)
    terminal.answer("e", 3)
    terminal.answer("y", 4)
    terminal.answer("n", 5)
    code, rest = terminal.end()
    check(code == 0, rest)
    a = project.text("a.py")
    check(a.count("# edited") == 1 and a.count("asyncio.timeout(") == 2, a)
    b = project.text("b.py")
    check("item = await queue.get()  # edited" in b and "TaskGroup" in b, b)


def edited_badly() -> None:
    project = Project()
    terminal = Terminal(project, "run", "-i", editor="sed -i -e 's/await queue.get()/await (/'")
    terminal.answer("e", 1)
    shown = terminal.expect("Edit it again? [y,n] ")
    check("This is not valid Python" in shown, shown)
    terminal.say("y")
    terminal.expect("Edit it again? [y,n] ")
    terminal.say("n")
    terminal.answer("n", 1)
    terminal.answer("d", 2)
    code, rest = terminal.end()
    check(code == 0 and project.changed() == [], rest)
    terminal = Terminal(project, "run", "-i", editor="no-such-editor")
    terminal.answer("e", 1)
    shown = terminal.expect("Edit it again? [y,n] ")
    check("`no-such-editor` ended with" in shown, shown)
    terminal.say("n")
    terminal.answer("q", 1)
    terminal.end()


def only_some() -> None:
    project = Project()
    terminal = Terminal(project, "run", "-i", "--only", "script.py:5", "--only", "a.py:5")
    terminal.expect(f"[1/2] {PROMPT}")
    terminal.say("n")
    terminal.expect(f"[2/2] {PROMPT}")
    terminal.say("y")
    code, rest = terminal.end()
    check(code == 0 and project.changed() == ["script.py"], rest)


def uncommitted() -> None:
    project = Project()
    (project.root / "a.py").write_text(FILES["a.py"] + "# more\n")
    terminal = Terminal(project, "run", "-i")
    code, rest = terminal.end()
    check(code == 2 and "uncommitted changes" in rest and "Apply" not in rest, rest)


for scenario in (yes_and_no, quit_and_go_on, all_of_one_transform, edited, edited_badly, only_some, uncommitted):
    try:
        scenario()
    except AssertionError as error:
        print(f"{scenario.__name__}: {error}", file=sys.stderr)
        sys.exit(1)
    print(scenario.__name__)

"""The language server, spoken to by a client library as editors use it."""

import json
import os
import pathlib
import subprocess

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

WAIT_FOR = '''\
import asyncio


async def main(queue: asyncio.Queue):
    "𝔘"; item = await asyncio.wait_for(queue.get(), 1)
    return await asyncio.wait_for(queue.get(), 2), item
'''


def capabilities(encodings=None, document_changes=True):
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(
                document_changes=document_changes
            ),
        ),
    )


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[os.environ["AIOLIFT_BINARY"], "server"]))
async def client(lsp_client: LanguageClient):
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def project(tmp_path: pathlib.Path):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "app"\nrequires-python = ">=3.12"\n'
    )
    return tmp_path


class Editor:
    """A text that is open, with what the server says about it."""

    def __init__(self, client: LanguageClient, path: pathlib.Path, text: str):
        self.client, self.uri, self.text, self.version = client, path.as_uri(), text, 1
        client.text_document_did_open(
            types.DidOpenTextDocumentParams(
                types.TextDocumentItem(self.uri, "python", self.version, text)
            )
        )

    async def diagnostics(self):
        while True:
            await self.client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
            if self.client.diagnostics.get(self.uri) is not None:
                return list(self.client.diagnostics[self.uri])

    def change(self, *changes):
        self.version += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=self.version, uri=self.uri),
                list(changes),
            )
        )

    async def actions(self, line, only=None, diagnostics=()):
        place = types.Position(line, 25)
        actions = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(self.uri),
                types.Range(place, place),
                types.CodeActionContext(list(diagnostics), only=only),
            )
        )
        return list(actions)

    def applied(self, action, unit="utf-16-le"):
        """The text after an action on this file alone, as an editor would apply it."""
        [(uri, version, edits)] = edited(action)
        assert (uri, version or self.version) == (self.uri, self.version)
        return after(self.text, edits, unit)


def edited(action):
    """The files of an action: address, version, edits."""
    if action.edit.document_changes:
        changes = action.edit.document_changes
        return [(one.text_document.uri, one.text_document.version, one.edits) for one in changes]
    return [(uri, None, edits) for uri, edits in action.edit.changes.items()]


def after(text, edits, unit="utf-16-le"):
    """The text with the edits, as an editor would apply them."""
    width = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[unit]
    lines = text.split("\n")

    def offset(place):
        before = "".join(line + "\n" for line in lines[: place.line])
        rest = lines[place.line] if place.line < len(lines) else ""
        return len(before) + len(rest.encode(unit)[: place.character * width].decode(unit))

    for edit in sorted(edits, key=lambda one: one.range.start.line, reverse=True):
        start, end = offset(edit.range.start), offset(edit.range.end)
        text = text[:start] + edit.new_text + text[end:]
    return text


async def begin(client, **options):
    settings = options.pop("settings", None)
    return await client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities(**options), initialization_options=settings
        )
    )


@pytest.mark.asyncio
async def test_sites_are_diagnostics_while_one_types(client, project):
    await begin(client)
    # Nothing of it is on the disk.
    editor = Editor(client, project / "app.py", WAIT_FOR)
    found = await editor.diagnostics()
    assert [one.code for one in found] == ["wait-for-to-timeout"] * 2
    assert {one.severity for one in found} == {types.DiagnosticSeverity.Warning}
    # Positions count units of UTF-16, of which the letter has two.
    assert found[0].range.start == types.Position(4, 23)
    assert found[0].range.end == types.Position(4, 55)

    away = types.Range(types.Position(5, 0), types.Position(6, 0))
    editor.change(types.TextDocumentContentChangePartial(range=away, text="    return item\n"))
    found = await editor.diagnostics()
    assert [one.range.start.line for one in found] == [4]

    client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(editor.uri))
    )
    assert await editor.diagnostics() == []


@pytest.mark.asyncio
async def test_a_fix_rewrites_one_site(client, project):
    await begin(client)
    editor = Editor(client, project / "app.py", WAIT_FOR)
    found = await editor.diagnostics()
    actions = await editor.actions(5, diagnostics=found)
    titles = [action.title for action in actions]
    assert titles == [
        "Rewrite with wait-for-to-timeout (safe): D-W1, D-W5",
        "Keep this as it is (wait-for-to-timeout)",
        "aiolift: rewrite everything in this file",
    ]
    assert actions[0].is_preferred
    assert [one.range.start.line for one in actions[0].diagnostics] == [5]
    assert editor.applied(actions[0]) == WAIT_FOR.replace(
        "    return await asyncio.wait_for(queue.get(), 2), item\n",
        "    async with asyncio.timeout(2):\n        return await queue.get(), item\n",
    )
    kept = editor.applied(actions[1])
    assert kept.endswith("item  # aiolift: keep[wait-for-to-timeout]\n")


@pytest.mark.asyncio
async def test_the_whole_file_has_a_fix(client, project):
    await begin(client, encodings=["utf-8", "utf-16"], document_changes=False)
    editor = Editor(client, project / "app.py", WAIT_FOR)
    found = await editor.diagnostics()
    assert found[0].range.start == types.Position(4, 25)
    [action] = await editor.actions(0, only=["source.fixAll"])
    assert action.kind == "source.fixAll.aiolift"
    after = editor.applied(action, "utf-8")
    assert "wait_for" not in after
    compile(after, "app.py", "exec")
    editor.change(types.TextDocumentContentChangeWholeDocument(text=after))
    assert await editor.diagnostics() == []


@pytest.mark.asyncio
async def test_hovering_explains(client, project):
    await begin(client)
    text = WAIT_FOR.replace("return await", "return").replace(", item", "")
    editor = Editor(client, project / "app.py", text)
    found = await editor.diagnostics()
    assert [one.severity for one in found] == [types.DiagnosticSeverity.Warning]
    hover = await client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(editor.uri), types.Position(4, 30))
    )
    assert "wait-for-to-timeout would be rewritten" in hover.contents.value
    assert "D-W1" in hover.contents.value
    nothing = await client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(editor.uri), types.Position(0, 3))
    )
    assert nothing is None


@pytest.mark.asyncio
async def test_the_other_files_count(client, project):
    """A test that replaces the function by its name keeps the site that it runs, saved or not."""
    await begin(client)
    app = Editor(client, project / "app.py", WAIT_FOR)
    assert len(await app.diagnostics()) == 2
    (project / "test_app.py").write_text(
        "from unittest.mock import patch\nimport app\n\n\nasync def test(queue):\n"
        '    with patch("app.asyncio.wait_for"):\n        await app.main(queue)\n'
    )
    test = Editor(client, project / "test_app.py", (project / "test_app.py").read_text())
    await test.diagnostics()
    client.text_document_did_save(
        types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(test.uri))
    )
    found = await app.diagnostics()
    assert {one.severity for one in found} == {types.DiagnosticSeverity.Information}
    assert {one.data["reason"] for one in found} == {"patched-name"}
    change, keep = await app.actions(5, only=["quickfix"])
    assert "unsafe" in change.title
    assert keep.title.startswith("Keep this")


@pytest.mark.asyncio
async def test_consent_is_asked_for(client, project):
    await begin(client)
    text = (
        "import asyncio\n\n\nasync def fetch(url): ...\n\n\nasync def main():\n"
        "    try:\n        await asyncio.gather(fetch(1), fetch(2))\n"
        "    except ValueError:\n        print('no value')\n"
    )
    (project / "aiolift.toml").write_text('exceptions = "group"\n')
    editor = Editor(client, project / "app.py", text)
    [found] = await editor.diagnostics()
    assert found.severity == types.DiagnosticSeverity.Information
    actions = await editor.actions(8, only=["quickfix"])
    fix = actions[0]
    assert "(unsafe)" in fix.title and not fix.is_preferred
    assert "except* ValueError" in editor.applied(fix)


@pytest.mark.asyncio
async def test_settings_of_the_client(client, project):
    await begin(client, settings={"select": ["gather-to-taskgroup"]})
    editor = Editor(client, project / "app.py", WAIT_FOR)
    assert await editor.diagnostics() == []


@pytest.mark.asyncio
async def test_nothing_of_a_project_is_executed(client, project):
    """Neither for its own settings nor for those that its editor sends."""
    proof = project / "executed"
    (project / "steps.py").write_text(f"open({str(proof)!r}, 'w').close()\n")
    (project / "aiolift.toml").write_text('pipeline = ["python:steps:Step", "wait-for-to-timeout"]\n')
    await begin(client, settings={"select": ["python:steps:Step", "wait-for-to-timeout"]})
    editor = Editor(client, project / "app.py", WAIT_FOR)
    assert len(await editor.diagnostics()) == 2
    await editor.actions(5)
    [message] = client.messages
    assert "`python:steps:Step` is left out" in message.message
    other = project / "sub"
    other.mkdir()
    (other / "pyproject.toml").write_text('[tool.aiolift]\npipeline = ["python:steps:Step"]\n')
    await Editor(client, other / "app.py", WAIT_FOR).diagnostics()
    assert not proof.exists()


@pytest.mark.asyncio
async def test_wrong_settings_are_told_once(client, project):
    (project / "aiolift.toml").write_text("selct = []\n")
    await begin(client)
    editor = Editor(client, project / "app.py", WAIT_FOR)
    assert await editor.diagnostics() == []
    editor.change(types.TextDocumentContentChangeWholeDocument(text=WAIT_FOR + "\n"))
    assert await editor.diagnostics() == []
    [message] = client.messages
    assert "selct" in message.message and "select" in message.message


@pytest.mark.asyncio
async def test_texts_in_the_making(client, project):
    """A text that cannot be parsed, or that is in no file, is no reason to stop."""
    await begin(client)
    editor = Editor(client, project / "app.py", WAIT_FOR + "def (\n")
    assert await editor.diagnostics() == []
    editor.change(types.TextDocumentContentChangeWholeDocument(text="# coding: latin-1\n" + WAIT_FOR))
    assert len(await editor.diagnostics()) == 2
    editor.change(types.TextDocumentContentChangeWholeDocument(text=WAIT_FOR.replace("\n", "\r\n")))
    assert len(await editor.diagnostics()) == 2
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            types.TextDocumentItem("untitled:Untitled-1", "python", 1, WAIT_FOR)
        )
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    assert len(client.diagnostics["untitled:Untitled-1"]) == 2


API = """\
import requests


def fetch(url):
    "😀"; return requests.get(url, timeout=5).text
"""

MAIN = """\
from api import fetch


def main():
    print("😀", fetch("https://example.org"))


if __name__ == "__main__":
    main()
"""


@pytest.mark.asyncio
@pytest.mark.parametrize("document_changes", [True, False])
async def test_a_fix_edits_all_files_that_belong_together(client, project, document_changes):
    (project / "pyproject.toml").write_text(
        '[project]\nname = "app"\nrequires-python = ">=3.12"\ndependencies = ["httpx"]\n'
    )
    (project / "main.py").write_text(MAIN)
    (project / "open.py").write_text("what is on the disk does not count\n")
    await begin(client, document_changes=document_changes, settings={"asyncify": True})
    other_text = MAIN.replace("main()", "go()").replace("# ", "")
    other = Editor(client, project / "open.py", other_text)
    assert [one.code for one in await other.diagnostics()] == []
    editor = Editor(client, project / "api.py", API)
    found = await editor.diagnostics()
    assert {one.code for one in found} == {"asyncify", "requests-to-httpx"}
    assert {one.range.start.line for one in found} == {3, 4}
    fix, *_ = await editor.actions(4, only=["quickfix"])
    assert fix.title.endswith(" (and in 2 other files)")
    [everything] = await editor.actions(0, only=["source.fixAll"])
    assert everything.title == "aiolift: rewrite everything in this file (and in 2 other files)"
    for action in (fix, everything):
        texts = {editor.uri: API, other.uri: other_text, (project / "main.py").as_uri(): MAIN}
        for uri, version, edits in edited(action):
            is_open = uri in (editor.uri, other.uri)
            assert version == (1 if is_open and document_changes else None)
            texts[uri] = after(texts[uri], edits)
        api, opened, main = texts.values()
        assert "async def fetch(url):\n" in api and "await client.get(url, timeout=5)" in api
        assert 'async def main():\n    print("😀", await fetch("https://example.org"))\n' in main
        assert "asyncio.run(main())" in main
        assert 'async def go():\n    print("😀", await fetch(' in opened
    assert (project / "main.py").read_text() == MAIN


class Wire:
    """A server without a client library, for what no client library would do."""

    def __init__(self):
        command = [os.environ["AIOLIFT_BINARY"], "server"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, **pipes)

    def send(self, *messages):
        for message in messages:
            content = json.dumps({"jsonrpc": "2.0", **message}).encode()
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def begin(self):
        self.send({"id": 0, "method": "initialize", "params": {"capabilities": {}}})
        self.send({"method": "initialized", "params": {}})
        return self.answer(0)

    def answer(self, number):
        while True:
            length = 0
            while line := self.process.stdout.readline().strip():
                length = int(line.split()[1])
            message = json.loads(self.process.stdout.read(length))
            if message.get("id") == number:
                return message

    def end(self):
        # What the server still says is read, or it would wait for that.
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


def test_the_exit_code_says_whether_there_was_a_goodbye():
    shutdown, leave = {"id": 9, "method": "shutdown"}, {"method": "exit"}
    opened = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": WAIT_FOR}
    late = {"method": "textDocument/didOpen", "params": {"textDocument": opened}}
    for messages, code in [
        ([shutdown, leave], 0),
        ([shutdown, late, leave], 0),
        ([shutdown], 0),
        ([leave], 1),
        ([], 1),
    ]:
        server = Wire()
        server.begin()
        server.send(*messages)
        assert server.end() == (code, b""), messages
    assert Wire().end() == (1, b"")


def test_nothing_is_answered_after_the_goodbye():
    server = Wire()
    server.begin()
    server.send({"id": 1, "method": "shutdown"})
    assert server.answer(1)["result"] is None
    server.send({"id": 2, "method": "textDocument/hover", "params": {}})
    assert server.answer(2)["error"]["code"] == -32600
    assert server.end() == (0, b"")


def test_a_request_that_is_taken_back_is_not_worked_on(tmp_path):
    server = Wire()
    server.begin()
    uri = (tmp_path / "app.py").as_uri()
    opened = {"uri": uri, "languageId": "python", "version": 1, "text": WAIT_FOR * 200}
    place = {"line": 4, "character": 25}
    wanted = {
        "textDocument": {"uri": uri},
        "range": {"start": place, "end": place},
        "context": {"diagnostics": []},
    }
    # While the first is worked on, the second is waiting.
    server.send(
        {"method": "textDocument/didOpen", "params": {"textDocument": opened}},
        {"id": 1, "method": "textDocument/codeAction", "params": wanted},
        {"id": 2, "method": "textDocument/codeAction", "params": wanted},
        {"method": "$/cancelRequest", "params": {"id": 2}},
    )
    assert server.answer(1)["result"]
    assert server.answer(2)["error"]["code"] == -32800
    server.send({"id": 3, "method": "shutdown"})
    assert server.end() == (0, b"")

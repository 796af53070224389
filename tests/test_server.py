"""The editor server, asked by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra 'lsp'")

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.client import LanguageClient

from dimlint.server.texts import Text
from tests.editor import CAPABILITIES, ROOT, TIMEOUT, WHOLE, Editor, editor, run

GOOD = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.ReLU(),
        )
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.body(x)
        return self.head(x.mean((2, 3)))

print(Net()(torch.zeros(1, 3, 32, 32)).shape)
"""
BAD = GOOD.replace("nn.Linear(8, 10)", "nn.Linear(7, 10)")
WRONG_CALL = "self.head(x.mean((2, 3)))"


def test_diagnostics_come_with_their_chain_and_vanish(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", BAD)
            (found,) = await it.diagnostics(uri, 1)
            assert (found.code, found.source, found.severity) == ("feature-mismatch", "dimlint", lsp.DiagnosticSeverity.Error)
            assert it.part(uri, found.range) == WRONG_CALL
            assert found.code_description is not None and found.code_description.href.endswith("#e8704-feature-mismatch")
            places = [(it.part(uri, item.location.range), item.message) for item in found.related_information or ()]
            assert any("nn.Conv2d(3, 8, 3, padding=1)" in part for part, _ in places), places
            assert await it.diagnostics(uri, it.replace(uri, "nn.Linear(7", "nn.Linear(8")) == []
            it.client.text_document_did_close(lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri)))
            await it.until(lambda: it.published[-1].version is None)
            assert it.messages == []

    run(scenario)


def test_hints_and_hover(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", GOOD)
            assert await it.diagnostics(uri, 1) == []
            identifier = lsp.TextDocumentIdentifier(uri)
            hints = await it.client.text_document_inlay_hint_async(lsp.InlayHintParams(identifier, WHOLE))
            lines = GOOD.split("\n")
            shown = {(lines[hint.position.line][: hint.position.character].strip(), hint.label) for hint in hints or ()}
            assert ("nn.Conv2d(3, 8, 3, padding=1)", "→ 8×32×32") in shown
            assert ("x = self.body(x)", "→ 8×32×32") in shown and ("return self.head(x.mean((2, 3)))", "→ 10") in shown
            first = lsp.Range(lsp.Position(0, 0), lsp.Position(8, 0))
            fewer = await it.client.text_document_inlay_hint_async(lsp.InlayHintParams(identifier, first))
            assert [hint.position.line for hint in fewer or ()] == [7]
            hover = await it.client.text_document_hover_async(lsp.HoverParams(identifier, lsp.Position(7, 18)))
            assert hover is not None and isinstance(hover.contents, lsp.MarkupContent)
            text = hover.contents.value
            assert "(1, 3, 32, 32) → (1, 8, 32, 32)" in text and "height: (32 + 2 - 3) // 1 + 1 = 32" in text
            assert "parameters: 224 (weight (8, 3, 3, 3), bias (8,))" in text
            assert "torch.nn.Conv2d(in_channels, out_channels, kernel_size, stride=1" in text
            assert await it.client.text_document_hover_async(lsp.HoverParams(identifier, lsp.Position(0, 3))) is None

    run(scenario)


def test_columns_are_counted_as_the_editor_does(tmp_path: Path) -> None:
    odd = BAD.replace("return self.head", 'a, b = "🎉日本\u2028é", self.head').replace("print(", '"\x0c\u2028🎉"; print(')

    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", odd)
            (found,) = await it.diagnostics(uri, 1)
            assert it.part(uri, found.range) == WRONG_CALL and found.range.start == lsp.Position(14, 8 + len('a, b = "') + 6 + len('", '))
            assert await it.diagnostics(uri, it.replace(uri, "🎉日本\u2028é", "日🎉"))
            last = it.published[-1].diagnostics[0]
            assert it.part(uri, last.range) == WRONG_CALL

    run(scenario)


def test_many_quick_changes_give_one_result(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", BAD)
            await it.diagnostics(uri, 1)
            it.published.clear()
            for _ in range(20):
                version = it.replace(uri, "import torch\n", "import torch\n\n")
                identifier = lsp.TextDocumentIdentifier(uri)
                await it.client.text_document_hover_async(lsp.HoverParams(identifier, lsp.Position(7, 18)))
            (found,) = await it.diagnostics(uri, version)
            assert found.range.start.line == 34 and [item.version for item in it.published] == [version]

    run(scenario)


def test_imports_see_what_is_not_saved(tmp_path: Path) -> None:
    (tmp_path / "sizes.py").write_text("WIDTH = 8\n", encoding="utf-8")
    main = "from sizes import WIDTH\n" + GOOD.replace("nn.Linear(8, 10)", "nn.Linear(WIDTH, 10)")

    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", main)
            assert await it.diagnostics(uri, 1) == []
            it.published.clear()
            sizes = it.open(tmp_path / "sizes.py", "WIDTH = 8\n")
            it.replace(sizes, "8", "9")
            await it.until(lambda: any(item.uri == uri and item.diagnostics for item in it.published))

    run(scenario)


def test_the_configuration_is_read_again(tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_text('[tool.dimlint]\nignore = ["feature-mismatch"]\n', encoding="utf-8")

    async def scenario() -> None:
        async with editor({"delay": 10, "select": ["nothing"]}) as it:
            uri = it.open(tmp_path / "net.py", BAD)
            assert await it.diagnostics(uri, 1) == []
            assert any("there is no rule 'nothing'" in message for message in it.messages)
            project.write_text("[tool.dimlint]\n", encoding="utf-8")
            changed = lsp.FileEvent(uris.from_fs_path(str(project)) or "", lsp.FileChangeType.Changed)
            it.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([changed]))
            await it.until(lambda: bool(it.published[-1].diagnostics))
            settings = {"dimlint": {"ignore": ["E87"], "inlayHints": False}}
            it.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))
            await it.until(lambda: not it.published[-1].diagnostics)
            hints = lsp.InlayHintParams(lsp.TextDocumentIdentifier(uri), WHOLE)
            assert not await it.client.text_document_inlay_hint_async(hints)
            project.write_text("[tool.dimlint]\nnonsense = 1\n", encoding="utf-8")
            it.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([changed]))
            await it.until(lambda: any("nonsense" in message for message in it.messages))

    run(scenario)


def test_the_exit_status_and_nothing_but_protocol() -> None:
    def status(*messages: str) -> tuple[int, bytes]:
        command = [sys.executable, "-c", "from dimlint.cli import main; main()", "server"]
        raw = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(text), text.encode()) for text in messages)
        done = subprocess.run(command, input=raw, cwd=ROOT, capture_output=True, timeout=TIMEOUT, env={**os.environ})
        return done.returncode, done.stdout

    start = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"processId":null,"rootUri":null}}'
    leave = '{"jsonrpc":"2.0","id":2,"method":"shutdown"}', '{"jsonrpc":"2.0","method":"exit"}'
    code, output = status(start, *leave)
    assert code == 0 and output.startswith(b"Content-Length: ") and output.count(b"Content-Length: ") == 2
    assert status(start, leave[1])[0] == 1
    assert status(start)[0] == 1


def test_the_analysing_process_may_hang_or_die(monkeypatch: pytest.MonkeyPatch) -> None:
    from dimlint.server import analyst
    from dimlint.server.worker import Request

    async def scenario() -> None:
        asked, request, start = analyst.Analyst(), Request("net.py", BAD, {}), analyst._START
        monkeypatch.setattr(analyst, "PATIENCE", 0.1)
        monkeypatch.setattr(analyst, "_START", "import time; time.sleep(1000)")
        waiting = asyncio.ensure_future(asked.ask(request))
        await asyncio.sleep(0.2)
        asked.outdate()
        assert await waiting is None
        monkeypatch.setattr(analyst, "TIME_LIMIT", 0.1)
        with pytest.raises(analyst.Died, match="longer than"):
            await asked.ask(request)
        monkeypatch.setattr(analyst, "TIME_LIMIT", TIMEOUT)
        monkeypatch.setattr(analyst, "_START", "pass")
        with pytest.raises(analyst.Died, match="died"):
            await asked.ask(request)
        monkeypatch.setattr(analyst, "_START", start)
        found = await asked.ask(request)
        assert found is not None and len(found.report.findings) == 1
        await asked.stop()

    run(scenario)


def test_what_goes_wrong_is_logged_and_the_next_change_is_analysed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dimlint.server import analyst
    from dimlint.server.documents import Document
    from dimlint.server.session import Session

    async def scenario() -> None:
        told: list[Document] = []
        messages: list[str] = []
        session, start = Session(told.append, messages.append), analyst._START
        uri = uris.from_fs_path(str(tmp_path / "net.py")) or ""
        monkeypatch.setattr(analyst, "_START", "import sys; sys.exit(3)")
        session.open(uri, 1, GOOD)
        await _until(lambda: bool(messages))
        assert "died" in messages[0] and not told
        monkeypatch.setattr(analyst, "_START", start)
        session.change(uri, 2, [lsp.TextDocumentContentChangeWholeDocument(BAD)])
        await _until(lambda: bool(told))
        assert told[0].known is not None and len(told[0].known.report.findings) == 1 and len(messages) == 1
        await session.end()

    run(scenario)


async def _until(condition: Callable[[], bool]) -> None:
    async def wait() -> None:
        while not condition():
            await asyncio.sleep(0.02)

    await asyncio.wait_for(wait(), TIMEOUT)


UNSTATED = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        return self.head(x)

class Wide(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.head = nn.Linear(width, 2 * width)

    def forward(self, x):
        return self.head(x.reshape(1, -1))
"""


@pytest.mark.parametrize(("stated", "assumed", "shapes"), [("", True, []), ("# dimlint: input=(2, 5, 8)\n", False, ["→ 5×10"])])
def test_hints_are_of_stated_inputs_only(stated: str, assumed: bool, shapes: list[str]) -> None:
    from dimlint.analyze import analyze
    from dimlint.server.documents import Document, Known
    from dimlint.server.drawn import hints, hover

    text = UNSTATED.replace("class Net", f"{stated}class Net")
    report = analyze(text, layers=True)
    document = Document("", "", 1, Text(text))
    document.learn(Known(document.text, report, frozenset(), {}, True))
    assert [(layer.name, layer.assumed) for layer in report.layers] == [("torch.nn.Linear", assumed), ("torch.nn.Linear", True)]
    assert [hint.label for hint in hints(document, document.pages[0], WHOLE)] == shapes
    line = text[: text.index("self.head(x)")].count("\n")
    found = hover(document, document.pages[0], lsp.Position(line, 20))
    assert found is not None and isinstance(found.contents, lsp.MarkupContent)
    assert ("nobody states the input" in found.contents.value) == assumed


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        (BAD, "self.head(x.mean", ["torch.nn.Linear", "(1, 8) → refused", "in_features=7", "parameters: 80 (weight (10, 7), bias (10,))"]),
        (GOOD.replace(", padding=1", ", dilation=20"), "nn.Conv2d", ["(1, 3, 32, 32) → refused", "(32 - (20*(3 - 1) + 1)) // 1 + 1"]),
    ],
)
def test_hover_tells_why_a_layer_is_refused(text: str, place: str, told: list[str]) -> None:
    from dimlint.analyze import analyze
    from dimlint.server.documents import Document, Known
    from dimlint.server.drawn import hints, hover

    document = Document("", "", 1, Text(text))
    document.learn(Known(document.text, analyze(text, layers=True), frozenset(), {}, True))
    before = text[: text.index(place)].split("\n")
    position = lsp.Position(len(before) - 1, len(before[-1]) + 1)
    found = hover(document, document.pages[0], position)
    assert found is not None and isinstance(found.contents, lsp.MarkupContent)
    assert all(part in found.contents.value for part in told), found.contents.value
    assert position.line not in [hint.position.line for hint in hints(document, document.pages[0], WHOLE)]


def test_settings() -> None:
    from dimlint.server.settings import Settings

    found, complaints = Settings.read({"dimlint": {"select": ["E8701"], "delay": 100, "inlayHints": 1, "colour": "red"}})
    assert found == Settings(select=("E8701",), delay=0.1) and len(complaints) == 2
    assert Settings.read(None) == (Settings(), []) and Settings.read({"delay": True, "ignore": "E"})[0] == Settings()


def test_unknown_sizes_and_several_shapes() -> None:
    from dimlint.server.drawn import _label, _short

    assert [_short(shape) for shape in ((1, 2, 3), (None, 4), (1, None), (5,), None, ((1, 2), ((3, 4), (5, 6))))] == (
        ["2×3", "4", None, None, None, "2"]
    )
    assert _label(["2×3", "4"]) == "→ 2×3 | 4" and _label(["64×112×112", "128×56×56", "256×28×28"]) == "→ 3 shapes"


@pytest.mark.parametrize("address", ["1234", ":1234", "localhost:", "localhost:99999999"])
def test_a_wrong_address(address: str) -> None:
    from click.testing import CliRunner

    from dimlint.cli import main

    result = CliRunner().invoke(main, ["server", "--tcp", address])
    assert result.exit_code == 2 and "HOST:PORT" in result.stderr


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from dimlint.cli import main

    for name in [name for name in sys.modules if name.startswith("dimlint.server.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygls", None)
    result = CliRunner().invoke(main, ["server"])
    assert result.exit_code == 2 and "pip install 'dimlint[lsp]'" in result.stderr
    assert "--tcp HOST:PORT" in CliRunner().invoke(main, ["server", "--help"]).stdout


def test_a_server_at_an_address(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from dimlint.cli import main; main()", "server", "--tcp", f"127.0.0.1:{port}"]

    async def connected() -> LanguageClient:
        for _ in range(10 * TIMEOUT):
            with suppress(OSError):
                client = LanguageClient("test", "1")
                await client.start_tcp("127.0.0.1", port)
                return client
            await asyncio.sleep(0.1)
        raise TimeoutError

    async def scenario() -> None:
        client = await connected()
        it = Editor(client)
        await asyncio.wait_for(client.initialize_async(lsp.InitializeParams(CAPABILITIES)), TIMEOUT)
        uri = it.open(tmp_path / "net.py", BAD)
        assert len(await it.diagnostics(uri, 1)) == 1
        await asyncio.wait_for(client.shutdown_async(None), TIMEOUT)
        client.exit(None)

    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        try:
            run(scenario)
            process.communicate(timeout=TIMEOUT)
            assert process.returncode == 0
        finally:
            process.kill()

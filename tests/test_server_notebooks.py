"""Notebooks in the editor server, asked by a real client over standard input and output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="needs the extra 'lsp'")

from lsprotocol import types as lsp
from pygls import uris

from dimlint.server.texts import Text
from tests.editor import ROOT, WHOLE, Editor, editor, run

IMPORTS = "%matplotlib inline\nimport torch\r\nfrom torch import nn"
NET = "x, e = torch.randn(2, 3, 32, 32), '🎉'; body = nn.Sequential(nn.Conv2d(3, 6, 5), nn.Flatten()); head = nn.Linear(4704, 10)"
WRONG = NET.replace("4704", "4700")
CALL = "!ls it's\nclass Net(nn.Module):\n    def forward(self, x): return head(body(x))\ny = Net()(x)"


class Notebook:
    """A notebook that a client shows."""

    def __init__(self, it: Editor, path: Path, *texts: str) -> None:
        self.it = it
        self.uri = uris.from_fs_path(str(path)) or ""
        self.version = 1
        self.texts = {f"vscode-notebook-cell:{self.uri[7:]}#{index}": (1, Text(text)) for index, text in enumerate(texts)}
        self.cells = list(self.texts)
        cells = [lsp.NotebookCell(lsp.NotebookCellKind.Code, uri) for uri in self.cells]
        items = [lsp.TextDocumentItem(uri, "python", 1, text.text) for uri, (_, text) in self.texts.items()]
        told = lsp.NotebookDocument(self.uri, "jupyter-notebook", 1, cells)
        it.client.notebook_document_did_open(lsp.DidOpenNotebookDocumentParams(told, items))

    def change(self, changes: lsp.NotebookDocumentCellChanges) -> None:
        self.version += 1
        identifier = lsp.VersionedNotebookDocumentIdentifier(self.version, self.uri)
        event = lsp.NotebookDocumentChangeEvent(cells=changes)
        self.it.client.notebook_document_did_change(lsp.DidChangeNotebookDocumentParams(identifier, event))

    def replace(self, index: int, old: str, new: str) -> None:
        """Replace the one place of a cell, incrementally."""
        uri = self.cells[index]
        version, text = self.texts[uri]
        assert text.text.count(old) == 1
        start = text.text.index(old)
        where = lsp.Range(*(text.position(*text.place(offset)) for offset in (start, start + len(old))))
        edits = [lsp.TextDocumentContentChangePartial(where, new)]
        self.texts[uri] = version + 1, text.changed(edits)
        content = lsp.NotebookDocumentCellContentChanges(lsp.VersionedTextDocumentIdentifier(version + 1, uri), edits)
        self.change(lsp.NotebookDocumentCellChanges(text_content=[content]))

    def splice(self, start: int, count: int, *cells: tuple[str, str], kind: lsp.NotebookCellKind = lsp.NotebookCellKind.Code) -> None:
        """Put other cells, each an address and a text, in place of some; an address that is there stays open."""
        before = set(self.cells)
        self.cells[start : start + count] = [uri for uri, _ in cells]
        opened = [lsp.TextDocumentItem(uri, "python", 1, text) for uri, text in cells if uri not in before]
        closed = [lsp.TextDocumentIdentifier(uri) for uri in before - set(self.cells)]
        self.texts |= {item.uri: (1, Text(item.text)) for item in opened}
        array = lsp.NotebookCellArrayChange(start, count, [lsp.NotebookCell(kind, uri) for uri, _ in cells])
        self.change(lsp.NotebookDocumentCellChanges(structure=lsp.NotebookDocumentCellChangeStructure(array, opened, closed)))

    async def diagnostics(self, index: int) -> list[lsp.Diagnostic]:
        """What is told of the newest version of a cell."""
        uri = self.cells[index]
        return await self.it.diagnostics(uri, self.texts[uri][0])

    def part(self, index: int, where: lsp.Range) -> str:
        text = self.texts[self.cells[index]][1]
        return text.text[text.offset(where.start) : text.offset(where.end)]

    def applied(self, change: lsp.WorkspaceEdit | None) -> dict[int, str]:
        """The cells that a proposed change touches, as they are then."""
        assert change is not None and change.document_changes is not None
        found = {}
        for item in change.document_changes:
            assert isinstance(item, lsp.TextDocumentEdit)
            uri = item.text_document.uri
            assert item.text_document.version == self.texts[uri][0]
            text = self.texts[uri][1]
            for edit in item.edits:
                assert isinstance(edit, lsp.TextEdit)
                text = text.changed([lsp.TextDocumentContentChangePartial(edit.range, edit.new_text)])
            found[self.cells.index(uri)] = text.text
        return found

    async def actions(self, index: int, **context: Any) -> list[lsp.CodeAction]:
        identifier = lsp.TextDocumentIdentifier(self.cells[index])
        asked = lsp.CodeActionParams(identifier, WHOLE, lsp.CodeActionContext([], **context))
        found = await self.it.client.text_document_code_action_async(asked)
        return [item for item in found or () if isinstance(item, lsp.CodeAction)]

    async def hints(self, index: int) -> list[tuple[int, str]]:
        identifier = lsp.TextDocumentIdentifier(self.cells[index])
        found = await self.it.client.text_document_inlay_hint_async(lsp.InlayHintParams(identifier, WHOLE))
        return [(hint.position.line, str(hint.label)) for hint in found or ()]


def test_what_is_found_goes_to_its_cell(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            book = Notebook(it, tmp_path / "train.ipynb", IMPORTS, WRONG, CALL)
            (found,) = await book.diagnostics(2)
            assert found.code == "feature-mismatch" and book.part(2, found.range) == "head(body(x))" and found.range.start.line == 2
            assert await book.diagnostics(0) == await book.diagnostics(1) == []
            places = {item.location.uri: book.part(1, item.location.range) for item in found.related_information or ()}
            assert places[book.cells[1]] == "4700"
            it.published.clear()
            book.replace(1, "4700", "4704")
            assert await book.diagnostics(1) == []
            await it.until(lambda: any(item.uri == book.cells[2] and not item.diagnostics for item in it.published))
            assert await book.hints(2) == [(2, "→ 10"), (2, "→ 4704"), (3, "→ 10")] and await book.hints(0) == []
            line = WRONG.index("nn.Conv2d") + 1  # the emoji is two units
            hover = await it.client.text_document_hover_async(
                lsp.HoverParams(lsp.TextDocumentIdentifier(book.cells[1]), lsp.Position(0, line + 4))
            )
            assert hover is not None and hover.range is not None and book.part(1, hover.range) == "nn.Conv2d(3, 6, 5)"
            assert isinstance(hover.contents, lsp.MarkupContent) and "(2, 3, 32, 32) → (2, 6, 28, 28)" in hover.contents.value
            it.published.clear()
            closed = [lsp.TextDocumentIdentifier(uri) for uri in book.cells]
            it.client.notebook_document_did_close(
                lsp.DidCloseNotebookDocumentParams(lsp.NotebookDocumentIdentifier(book.uri), closed)
            )
            await it.until(lambda: {item.uri for item in it.published if item.version is None} == set(book.cells))
            assert it.messages == []

    run(scenario)


def test_actions_change_the_cell_that_is_meant(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            book = Notebook(it, tmp_path / "train.ipynb", IMPORTS, WRONG, CALL)
            assert len(await book.diagnostics(2)) == 1
            fix, ignore = await book.actions(2)
            assert fix.is_preferred and book.applied(fix.edit) == {1: NET}
            assert book.applied(ignore.edit) == {2: CALL.replace("(x))", "(x))  # dimlint: ignore[feature-mismatch]")}
            (there,) = await book.actions(1)  # where the argument stands, the comment would not help
            assert there.title == fix.title and book.applied(there.edit) == {1: NET} and await book.actions(0) == []
            everywhere = await book.actions(2, only=["notebook.source.fixAll"])
            assert [book.applied(item.edit) for item in everywhere] == [{1: NET}]
            (here,) = await book.actions(1, only=["source.fixAll"])
            assert book.applied(here.edit) == {1: NET} and await book.actions(2, only=["source.fixAll"]) == []
            book.replace(2, "head(body(x))", "head(body(x))  # dimlint: ignore[feature-mismatch]")
            assert await book.diagnostics(2) == []

    run(scenario)


def test_a_cell_that_is_being_typed_keeps_the_last_result(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            book = Notebook(it, tmp_path / "train.ipynb", IMPORTS, WRONG, CALL)
            await book.diagnostics(2)
            book.replace(1, "x, e =", "if (\nx, e =")
            await book.diagnostics(1)
            await it.until(lambda: it.published[-1].uri == book.cells[2])
            (found,) = it.published[-1].diagnostics
            assert book.part(2, found.range) == "head(body(x))" and await book.hints(1) == [(1, "→ 6×28×28"), (1, "→ 4704")]
            it.published.clear()
            book.replace(0, "import torch", "import torch ")  # the other cell is left as it is: what it says is unknown now
            await it.until(lambda: any(item.uri == book.cells[2] and not item.diagnostics for item in it.published))
            book.replace(1, "if (\n", "")
            await it.until(lambda: bool(it.published[-1].diagnostics))
            assert it.messages == []

    run(scenario)


def test_cells_come_go_and_move(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor({"delay": 10}) as it:
            book = Notebook(it, tmp_path / "train.ipynb", IMPORTS, WRONG, CALL)
            await book.diagnostics(2)
            new = f"{book.cells[0]}new"
            it.published.clear()
            book.splice(2, 1, (new, "y = 1"))  # the call is gone
            await it.until(lambda: any(item.uri.endswith("#2") and item.version is None for item in it.published))
            assert await book.diagnostics(2) == []
            call = f"{book.cells[0]}call"
            book.splice(3, 0, (call, CALL))
            (found,) = await book.diagnostics(3)
            assert book.part(3, found.range) == "head(body(x))"
            book.splice(1, 1)
            it.published.clear()
            await it.until(lambda: any(item.uri == call and not item.diagnostics for item in it.published))
            array = lsp.NotebookCellArrayChange(0, 99)
            book.change(lsp.NotebookDocumentCellChanges(structure=lsp.NotebookDocumentCellChangeStructure(array)))
            await it.until(lambda: any(item.uri == call and item.version is None for item in it.published))
            assert it.messages == []

    run(scenario)


def test_what_is_no_code_or_expects_an_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor({"delay": 10}) as it:
            book = Notebook(it, tmp_path / "train.ipynb", IMPORTS, WRONG, CALL)
            assert await book.diagnostics(2)
            tagged: Any = {"metadata": {"tags": ["raises-exception"]}}
            cell = lsp.NotebookCell(lsp.NotebookCellKind.Code, book.cells[2], tagged)
            it.published.clear()
            book.change(lsp.NotebookDocumentCellChanges(data=[cell]))
            await it.until(lambda: any(item.uri == book.cells[2] for item in it.published))
            assert not it.published[-1].diagnostics
            text = lsp.NotebookCell(lsp.NotebookCellKind.Markup, book.cells[2])
            book.change(lsp.NotebookDocumentCellChanges(data=[text]))
            await it.until(lambda: it.published[-1].uri == book.cells[2] and it.published[-1].version is None)
            assert await book.hints(2) == [] and it.messages == []

    run(scenario)


def test_many_quick_changes_give_one_result(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            book = Notebook(it, tmp_path / "train.ipynb", IMPORTS, WRONG, CALL)
            await book.diagnostics(2)
            it.published.clear()
            for _ in range(20):
                book.replace(0, "%matplotlib inline\n", "%matplotlib inline\n\n")
                await book.hints(2)
            assert await book.diagnostics(0) == []
            await it.until(lambda: it.published[-1].uri == book.cells[2])
            assert [item.uri for item in it.published] == book.cells and len(it.published[-1].diagnostics) == 1

    run(scenario)


def test_a_notebook_sees_files_that_are_not_saved(tmp_path: Path) -> None:
    (tmp_path / "sizes.py").write_text("WIDTH = 4704\n", encoding="utf-8")

    async def scenario() -> None:
        async with editor({"delay": 10}) as it:
            book = Notebook(it, tmp_path / "train.ipynb", IMPORTS, "from sizes import WIDTH", NET.replace("4704", "WIDTH"), CALL)
            assert await book.diagnostics(3) == []
            sizes = it.open(tmp_path / "sizes.py", "WIDTH = 4704\n")
            it.replace(sizes, "4704", "4700")
            await it.until(lambda: any(item.uri == book.cells[3] and item.diagnostics for item in it.published))

    run(scenario)


def test_the_server_asks_for_notebooks_of_any_kind_with_cells_of_python() -> None:
    """Told as a message by itself: the client's own reader of this answer has no hook for its kinds."""
    asked = {"textDocument": {}, "notebookDocument": {"synchronization": {}}}
    parameters = {"processId": None, "rootUri": None, "capabilities": asked}
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters})
    command = [sys.executable, "-c", "from dimlint.cli import main; main()", "server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(f"Content-Length: {len(message)}\r\n\r\n{message}".encode())
            process.stdin.flush()
            headers = dict(line.decode().strip().lower().split(": ") for line in iter(process.stdout.readline, b"\r\n"))
            told = json.loads(process.stdout.read(int(headers["content-length"])))
        finally:
            process.kill()
    assert told["result"]["capabilities"]["notebookDocumentSync"] == {
        "notebookSelector": [{"cells": [{"language": "python"}]}],
        "save": True,
    }


def test_a_notebook_that_was_never_saved_and_one_that_is_not_known() -> None:
    async def scenario() -> None:
        async with editor() as it:
            unknown = lsp.VersionedNotebookDocumentIdentifier(2, "untitled:none.ipynb")
            it.client.notebook_document_did_change(
                lsp.DidChangeNotebookDocumentParams(unknown, lsp.NotebookDocumentChangeEvent())
            )
            book = Notebook(it, Path("x.ipynb"), IMPORTS)
            it.client.notebook_document_did_save(lsp.DidSaveNotebookDocumentParams(lsp.NotebookDocumentIdentifier(book.uri)))
            assert await book.diagnostics(0) == [] and it.messages == []

    run(scenario)

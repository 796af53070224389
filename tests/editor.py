"""A client of the editor server, over standard input and output, for tests."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="needs the extra 'lsp'")

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.client import LanguageClient

from dimlint.core.report import Edit, Span
from dimlint.editing import Editable
from dimlint.server.texts import Text

ROOT = Path(__file__).parent.parent
TIMEOUT = 60


class Editor:
    """A client with documents, and what the server has told it."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.published: list[lsp.PublishDiagnosticsParams] = []
        self.messages: list[str] = []
        self._told = asyncio.Event()
        self._texts: dict[str, tuple[int, Text]] = {}

        @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams) -> None:
            self.published.append(params)
            self._told.set()

        @client.feature(lsp.WINDOW_LOG_MESSAGE)
        def log(params: lsp.LogMessageParams) -> None:
            self.messages.append(params.message)
            self._told.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the server has told enough."""

        async def wait() -> None:
            while not condition():
                self._told.clear()
                await self._told.wait()

        await asyncio.wait_for(wait(), TIMEOUT)

    def open(self, path: Path, text: str) -> str:
        uri = uris.from_fs_path(str(path))
        assert uri is not None
        self._texts[uri] = (1, Text(text))
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "python", 1, text)))
        return uri

    def replace(self, uri: str, old: str, new: str) -> int:
        """Replace the one place of a text, incrementally; the new version."""
        text = self._texts[uri][1]
        assert text.text.count(old) == 1
        start = text.text.index(old)
        return self._change(uri, lsp.Range(*(text.position(*text.place(offset)) for offset in (start, start + len(old)))), new)

    def insert(self, uri: str, line: int, new: str) -> int:
        """Write something before a line, counted from 0; the new version."""
        return self._change(uri, lsp.Range(lsp.Position(line, 0), lsp.Position(line, 0)), new)

    def _change(self, uri: str, where: lsp.Range, new: str) -> int:
        version, text = self._texts[uri]
        changes = [lsp.TextDocumentContentChangePartial(where, new)]
        self._texts[uri] = (version + 1, text.changed(changes))
        identifier = lsp.VersionedTextDocumentIdentifier(version + 1, uri)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, changes))
        return version + 1

    def text(self, uri: str) -> str:
        return self._texts[uri][1].text

    async def diagnostics(self, uri: str, version: int) -> list[lsp.Diagnostic]:
        """What is told of a version."""
        await self.until(lambda: any(item.uri == uri and item.version == version for item in self.published))
        return list([item for item in self.published if (item.uri, item.version) == (uri, version)][-1].diagnostics)

    def part(self, uri: str, where: lsp.Range) -> str:
        """The text of a range."""
        text = self._texts[uri][1]
        return text.text[text.offset(where.start) : text.offset(where.end)]

    def applied(self, uri: str, edit: lsp.WorkspaceEdit | None) -> str:
        """The text after a change that the server proposes."""
        assert edit is not None and edit.document_changes is not None
        (change,) = edit.document_changes
        assert isinstance(change, lsp.TextDocumentEdit) and change.text_document.uri == uri
        version, text = self._texts[uri]
        assert change.text_document.version == version
        edits = []
        for item in change.edits:
            assert isinstance(item, lsp.TextEdit)
            places = [text.place(text.offset(end)) for end in (item.range.start, item.range.end)]
            edits.append(Edit(Span("", *places[0], *places[1]), item.new_text))
        return Editable(text.text).edited(edits)


CAPABILITIES = lsp.ClientCapabilities(
    workspace=lsp.WorkspaceClientCapabilities(workspace_edit=lsp.WorkspaceEditClientCapabilities(document_changes=True)),
)


@asynccontextmanager
async def editor(options: Any = None, capabilities: lsp.ClientCapabilities = CAPABILITIES) -> AsyncIterator[Editor]:
    """A server that runs, and its client."""
    client = LanguageClient("test", "1")
    told = Editor(client)
    await client.start_io(sys.executable, "-m", "dimlint", "server", cwd=ROOT)
    try:
        params = lsp.InitializeParams(capabilities, initialization_options=options)
        await asyncio.wait_for(client.initialize_async(params), TIMEOUT)
        client.initialized(lsp.InitializedParams())
        yield told
        await asyncio.wait_for(client.shutdown_async(None), TIMEOUT)
        client.exit(None)
        process = client._server
        assert process is not None and await asyncio.wait_for(process.wait(), TIMEOUT) == 0
    finally:
        process = client._server
        if process is not None and process.returncode is None:
            process.kill()
        await client.stop()


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 4 * TIMEOUT))  # type: ignore[arg-type]


WHOLE = lsp.Range(lsp.Position(0, 0), lsp.Position(1000, 0))

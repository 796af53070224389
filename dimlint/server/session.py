"""The open documents, what is known of each, and when they are analysed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from pygls import uris

from dimlint.core.report import FAILED, Report
from dimlint.gate import Unreadable
from dimlint.project import read_text
from dimlint.server.analyst import Analyst, Died
from dimlint.server.documents import Document, Known, OpenNotebook, Page
from dimlint.server.settings import Settings
from dimlint.server.texts import Text
from dimlint.server.worker import Answer, Request

FIX_TIME = 10.0
"""Seconds for which one who asks for fixes waits until they have been tried out."""
LATER = 4
"""A document whose imports have changed waits so many times as long as one that has changed itself."""


class Session:
    """What one editor has open. published: called with each document of which something new is known. log: takes what went wrong."""

    def __init__(self, published: Callable[[Document], None], log: Callable[[str], None]) -> None:
        self.documents: dict[str, Document] = {}
        self.settings = Settings()
        self.encoding = "utf-16"
        self._published = published
        self._log = log
        self._analyst = Analyst()
        self._due: dict[str, float] = {}
        self._running: str | None = None
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._complaints: dict[str, str] = {}
        self._completed = asyncio.Event()

    # -- what the editor tells

    def open(self, uri: str, version: int, text: str) -> None:
        """A document is shown."""
        self._open(Document(uri, path_of(uri), version, Text(text, self.encoding)))

    def open_notebook(self, told: lsp.NotebookDocument, texts: Iterable[lsp.TextDocumentItem]) -> None:
        """A notebook is shown."""
        self._open(OpenNotebook(path_of(told.uri), told, texts, self.encoding))

    def _open(self, document: Document) -> None:
        self.documents[document.uri] = document
        self.schedule(document.uri, 0)
        self._reconsider(document.real, document.uri)

    def change(self, uri: str, version: int, changes: Iterable[lsp.TextDocumentContentChangeEvent]) -> None:
        """A document is edited."""
        document = self.documents.get(uri)
        if document is not None:
            document.change(version, document.text.changed(changes))
            self.schedule(uri)
            self._reconsider(document.real, uri)

    def change_notebook(self, uri: str, version: int, changes: lsp.NotebookDocumentCellChanges | None) -> list[str]:
        """A notebook is edited; the cells that are no longer a part of the program."""
        document = self.documents.get(uri)
        if not isinstance(document, OpenNotebook) or changes is None:
            return []
        before = document.pages
        document.edit(version, changes)
        self.schedule(uri)
        shown = {page.uri for page in document.pages}
        return [page.uri for page in before if page.uri not in shown]

    def find(self, uri: str) -> tuple[Document, Page] | None:
        """What the editor shows at an address: a document, and the part of it."""
        for document in self.documents.values():
            for page in document.pages:
                if page.uri == uri:
                    return document, page
        return None

    def save(self, uri: str) -> None:
        """A document is written to the disk."""
        if uri in self.documents:
            self.schedule(uri, 0)

    def close(self, uri: str) -> None:
        """A document is no longer shown; what was not saved is gone."""
        document = self.documents.pop(uri, None)
        self._due.pop(uri, None)
        if document is not None:
            if self._running == uri:
                self._analyst.outdate()
            self._reconsider(document.real, uri)

    def configure(self, data: object) -> None:
        """The editor's settings are these."""
        self.settings, complaints = Settings.read(data)
        for complaint in complaints:
            self._log(complaint)
        self.schedule_all()

    def files_changed(self, paths: Iterable[str]) -> None:
        """Files have changed on the disk."""
        for path in paths:
            if os.path.basename(path) == "pyproject.toml":
                self.schedule_all()
            else:
                self._reconsider(os.path.realpath(path), "")

    # -- when what is analysed

    def schedule(self, uri: str, times: float = 1) -> None:
        """Analyse a document when nothing has happened to it for a while; one that runs is outdated."""
        self._due[uri] = time.monotonic() + times * self.settings.delay
        if self._running == uri:
            self._analyst.outdate()
        self._woken.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())

    def schedule_all(self) -> None:
        """Analyse every document again."""
        for uri in self.documents:
            self.schedule(uri)

    def _reconsider(self, real: str, besides: str) -> None:
        """Analyse the documents again that depend on a file."""
        for uri, document in self.documents.items():
            if uri != besides and document.known is not None and real in document.known.read:
                self.schedule(uri, LATER)

    async def _work(self) -> None:
        """Analyse what is due, the earliest first, until nothing is left."""
        while self._due:
            uri = min(self._due, key=self._due.__getitem__)
            wait = self._due[uri] - time.monotonic()
            if wait > 0:
                self._woken.clear()
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), wait)
                continue
            del self._due[uri]
            self._running = uri
            try:
                await self._analyse(self.documents[uri])
            except Died as died:
                self._log(f"{self.documents[uri].path if uri in self.documents else uri}: {died}")
            except Exception as error:  # a mistake of dimlint's own costs this run only
                self._log(f"{uri}: internal error: {type(error).__name__}: {error}")
            finally:
                self._running = None
                self._completed.set()

    async def _analyse(self, document: Document) -> None:
        """Analyse a document, and tell of it if it is still the same then; the fixes are found afterwards. Raises Died."""
        others = {other.real: other.text.text for other in self.documents.values() if other is not document and other.cells is None}
        request = Request(document.path, document.text.text, others, self.settings.select, self.settings.ignore, cells=document.cells)
        found = await self._ask(document, request)
        if found is None:
            return
        for complaint in self._new_complaints(document.uri, found.complaint, found.report):
            self._log(complaint)
        self._published(document)
        if found.report.findings and document.is_current:
            await self._ask(document, replace(request, fixes=True))

    async def _ask(self, document: Document, request: Request) -> Answer | None:
        """What is found out of a document is known then; None if it has changed meanwhile. Raises Died."""
        text = document.text
        try:
            found = await self._analyst.ask(request)
            if found is None or self.documents.get(document.uri) is not document or document.text is not text:
                return None
            if found.report.failure is None and not document.is_broken(found.left_out):
                complete = request.fixes or not found.report.findings
                document.learn(Known(text, found.report, found.read, found.documentation, complete))
            return found
        finally:
            self._completed.set()

    async def fixes(self, document: Document) -> None:
        """Wait until the fixes of a document are known, unless that takes too long or it is not analysed at present."""
        until = time.monotonic() + FIX_TIME
        while document.known is not None and not document.known.complete and self._running == document.uri:
            self._completed.clear()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._completed.wait(), max(0, until - time.monotonic()))
            if time.monotonic() >= until:
                return

    def _new_complaints(self, uri: str, complaint: str | None, report: Report) -> Iterator[str]:
        """What was not said of the last run."""
        failures = [gap.reason for gap in report.gaps if gap.reason.startswith(FAILED)]
        if report.internal or report.skipped:
            failures.append(f"{report.path}: {report.failure}")
        told = "\n".join(filter(None, (complaint, *failures)))
        if told and self._complaints.get(uri) != told:
            yield told
        self._complaints[uri] = told

    async def end(self) -> None:
        """Nothing is wanted any more."""
        self._due.clear()
        if self._task is not None:
            self._task.cancel()
        await self._analyst.stop()

    def kill(self) -> None:
        """End the analysing process at once."""
        self._analyst.kill()

    # -- places

    def locate(self, path: str) -> tuple[str, Text | None]:
        """The address of a file and its text, as far as it can be read."""
        real = os.path.realpath(path)
        for document in self.documents.values():
            if document.real == real:
                return document.uri, document.text
        with suppress(Unreadable):
            return uris.from_fs_path(os.path.abspath(path)) or path, Text(read_text(path), self.encoding)
        return uris.from_fs_path(os.path.abspath(path)) or path, None


def path_of(uri: str) -> str:
    """The path of a document; of one that was never saved, a name in the working directory."""
    if urlsplit(uri).scheme == "file":
        return uris.to_fs_path(uri) or uri
    return os.path.abspath(os.path.basename(unquote(urlsplit(uri).path)) or "untitled")

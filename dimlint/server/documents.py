"""The open documents: files, and notebooks whose cells are one program; what is known of each, and where that stands now."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lsprotocol import types as lsp

from dimlint.cells import doubt_of, first_lines, with_plain_ends
from dimlint.core.report import Report, Span
from dimlint.server.shifts import Shift
from dimlint.server.texts import BOM, Text
from dimlint.server.worker import Documentation

LANGUAGE = "python"
"""Of the cells that are looked at."""


@dataclass(frozen=True)
class Known:
    """The last good result for a document: the text that it is about, the report, the files it depends on, what its layers are.

    complete: whether the findings have their fixes.
    """

    text: Text
    report: Report
    read: frozenset[str]
    documentation: Mapping[str, Documentation]
    complete: bool


@dataclass(frozen=True)
class Page:
    """A text that the editor shows: a file, or a cell of a notebook. first: the line of the program that it begins with."""

    uri: str
    version: int
    text: Text
    first: int = 1

    def position(self, line: int, column: int) -> lsp.Position:
        """The editor's position of a place in the program."""
        return self.text.position(line - self.first + 1, column)

    def range(self, span: Span) -> lsp.Range:
        """The editor's range of a span of the program."""
        return lsp.Range(self.position(span.line, span.column), self.position(span.end_line, span.end_column))

    def place(self, position: lsp.Position) -> tuple[int, int]:
        """Line and column of the program at an editor's position."""
        line, column = self.text.place(self.text.offset(position))
        return line + self.first - 1, column

    def own(self, span: Span) -> Span:
        """A span of the program as one of this text alone."""
        before = self.first - 1
        return replace(span, line=span.line - before, end_line=span.end_line - before)

    def program(self, span: Span) -> Span:
        """A span of this text as one of the program."""
        before = self.first - 1
        return replace(span, line=span.line + before, end_line=span.end_line + before)


@dataclass(eq=False)
class Document:
    """An open document: a file. text: the program that it is."""

    uri: str
    path: str
    version: int
    text: Text
    known: Known | None = None
    _shift: Shift | None = field(default=None, repr=False)

    @property
    def real(self) -> str:
        """Its path without links."""
        return os.path.realpath(self.path)

    @property
    def is_current(self) -> bool:
        """Whether what is known is about the text as it is."""
        return self.known is not None and self.known.text.text == self.text.text

    @property
    def pages(self) -> Sequence[Page]:
        """What of it the editor shows."""
        return (Page(self.uri, self.version, self.text),)

    @property
    def cells(self) -> tuple[tuple[str, str | None], ...] | None:
        """The cells of a notebook, each with a reason to doubt it."""
        return None

    def page(self, line: int) -> Page:
        """Where a line of the program is shown."""
        return next((page for page in reversed(self.pages) if page.first <= line), Page(self.uri, self.version, self.text))

    def location(self, span: Span) -> lsp.Location:
        """Where a span of the program as it is now stands for the editor."""
        page = self.page(span.line)
        return lsp.Location(page.uri, page.range(span))

    def change(self, version: int, text: Text) -> None:
        """The text is now another one."""
        self.version, self.text, self._shift = version, text, None

    def learn(self, known: Known) -> None:
        """This is the newest result."""
        self.known, self._shift = known, None

    def now(self, span: Span) -> Span | None:
        """Where a span of the report stands in the text as it is; None if what stood there has changed."""
        if self.known is None:
            return None
        if self._shift is None:
            self._shift = Shift(self.known.text, self.text)
        return self._shift(span)

    def is_broken(self, left_out: frozenset[int]) -> bool:
        """Whether what is being typed is no Python at present, so that the last result says more. left_out: cells, by index."""
        return False


class OpenNotebook(Document):
    """An open notebook: its code cells in order are one program."""

    def __init__(self, path: str, told: lsp.NotebookDocument, texts: Iterable[lsp.TextDocumentItem], encoding: str) -> None:
        super().__init__(told.uri, path, told.version, Text("", encoding))
        self._encoding = encoding
        self._order = list(told.cells)
        self._items: dict[str, tuple[int, Text]] = {}
        self._pages: list[Page] = []
        self._edited: str | None = None
        """The cell that was changed last."""
        self._open(texts)
        self._assemble(told.version)

    @property
    def pages(self) -> Sequence[Page]:
        return self._pages

    @property
    def cells(self) -> tuple[tuple[str, str | None], ...]:
        doubts = {cell.document: doubt_of(_metadata(cell.metadata)) for cell in self._order}
        return tuple((_plain(page.text), doubts.get(page.uri)) for page in self._pages)

    def edit(self, version: int, changes: lsp.NotebookDocumentCellChanges) -> None:
        """Cells are added, taken away, edited, or described otherwise."""
        if changes.structure is not None:
            array = changes.structure.array
            self._order[array.start : array.start + array.delete_count] = array.cells or ()
            for closed in changes.structure.did_close or ():
                self._items.pop(closed.uri, None)
            self._open(changes.structure.did_open or ())
            self._edited = None
        described = {cell.document: cell for cell in changes.data or ()}
        self._order = [described.get(cell.document, cell) for cell in self._order]
        for content in changes.text_content or ():
            uri = content.document.uri
            if uri in self._items:
                self._items[uri] = content.document.version, self._items[uri][1].changed(content.changes)
                self._edited = uri
        self._assemble(version)

    def is_broken(self, left_out: frozenset[int]) -> bool:
        return self.known is not None and any(self._pages[index].uri == self._edited for index in left_out)

    def _open(self, items: Iterable[lsp.TextDocumentItem]) -> None:
        for item in items:
            if item.language_id == LANGUAGE:
                self._items[item.uri] = item.version, Text(item.text, self._encoding)

    def _assemble(self, version: int) -> None:
        shown = [cell.document for cell in self._order if cell.kind is lsp.NotebookCellKind.Code and cell.document in self._items]
        texts = [_plain(self._items[uri][1]) for uri in shown]
        self._pages = [Page(uri, *self._items[uri], first) for uri, first in zip(shown, first_lines(texts))]
        self.change(version, Text("\n".join(texts), self._encoding))


def _plain(text: Text) -> str:
    return with_plain_ends(text.text.removeprefix(BOM))


def _metadata(held: object) -> Mapping[str, object]:
    """What is said of a cell, where editors put what the file says."""
    found: dict[str, object] = {}
    for level in _levels(held):
        found.update(level)
    return found


def _levels(held: object) -> Iterator[Mapping[str, object]]:
    if isinstance(held, Mapping):
        yield held
        for name in ("metadata", "custom"):
            yield from _levels(held.get(name))

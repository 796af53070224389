"""Texts of open documents: places as editors count them, and changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from lsprotocol import types as lsp

from dimlint.core.report import Span
from dimlint.scan import line_starts

BOM = "\ufeff"
UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
"""Of each encoding of positions, the codec and the size of its unit."""


class Text:
    """A text whose places are converted between dimlint's (from 1, in code points, without a mark) and an editor's (from 0, in units)."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self.encoding = encoding
        self._starts = line_starts(text)
        self._mark = len(BOM) if text.startswith(BOM) else 0

    def position(self, line: int, column: int) -> lsp.Position:
        """The editor's position of a place; one beyond the end of its line is at the end."""
        line = min(max(line, 1), len(self._starts))
        content = self._line(line)
        before = content[: column - 1 + (self._mark if line == 1 else 0)]
        return lsp.Position(line - 1, self._units(before))

    def range(self, span: Span) -> lsp.Range:
        """The editor's range of a span."""
        return lsp.Range(self.position(span.line, span.column), self.position(span.end_line, span.end_column))

    def offset(self, position: lsp.Position) -> int:
        """Code points before an editor's position; one beyond the end of its line is at the end, as the protocol says."""
        if position.line >= len(self._starts):
            return len(self.text)
        content = self._line(position.line + 1)
        if content.isascii():
            return self._starts[position.line] + min(position.character, len(content))
        codec, size = UNITS[self.encoding]
        head = content.encode(codec, "surrogatepass")[: position.character * size]
        return self._starts[position.line] + len(head.decode(codec, "ignore" if codec != "utf-16-le" else "surrogatepass"))

    def place(self, offset: int) -> tuple[int, int]:
        """dimlint's line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1 - (self._mark if line == 1 else 0)

    def offset_of(self, line: int, column: int) -> int:
        """Code points before a place of dimlint's."""
        return self._starts[line - 1] + column - 1 + (self._mark if line == 1 else 0)

    def changed(self, changes: Iterable[lsp.TextDocumentContentChangeEvent]) -> Text:
        """The text after an editor's changes, one after the other."""
        text = self
        for change in changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                start, end = text.offset(change.range.start), text.offset(change.range.end)
                text = Text(text.text[:start] + change.text + text.text[max(start, end) :], self.encoding)
            else:
                text = Text(change.text, self.encoding)
        return text

    @property
    def lines(self) -> list[str]:
        """The lines with their ends."""
        return [self.text[start:end] for start, end in zip(self._starts, (*self._starts[1:], len(self.text)))]

    def line_end(self, line: int) -> int:
        """The offset at which a line ends, its end not included."""
        return self._starts[line - 1] + len(self._line(line))

    def _line(self, line: int) -> str:
        """A line without its end."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        content = self.text[start:end]
        return content if line == len(self._starts) else content.removesuffix("\n").removesuffix("\r")

    def _units(self, text: str) -> int:
        if text.isascii():
            return len(text)
        codec, size = UNITS[self.encoding]
        return len(text.encode(codec, "surrogatepass")) // size

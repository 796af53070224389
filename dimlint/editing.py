"""Edits of a text: put in, checked for overlaps, and where places stand afterwards."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property

from dimlint.core.report import Edit, Fix, Span
from dimlint.scan import line_starts

BOM = "\ufeff"


class Editable:
    """A text whose lines and columns are counted as findings count them: without a byte order mark."""

    def __init__(self, text: str) -> None:
        self.mark = BOM if text.startswith(BOM) else ""
        self.text = text.removeprefix(BOM)

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.text)

    def offset(self, line: int, column: int) -> int:
        """Where a place stands, in code points from the beginning."""
        return self._starts[line - 1] + column - 1

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def range(self, span: Span) -> tuple[int, int]:
        """Both ends of a span as offsets."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def of(self, span: Span) -> str:
        """The text of a span."""
        start, end = self.range(span)
        return self.text[start:end]

    def edited(self, edits: Iterable[Edit]) -> str:
        """The whole text after edits that do not overlap; all else stays as it is."""
        parts, done = [self.mark], 0
        for start, end, new in self._ordered(edits):
            parts += [self.text[done:start], new]
            done = end
        return "".join((*parts, self.text[done:]))

    def moved(self, span: Span, edits: Iterable[Edit]) -> int:
        """The offset at which a span starts after edits."""
        start = self.offset(span.line, span.column)
        return start + sum(len(new) - (end - begin) for begin, end, new in self._ordered(edits) if end <= start)

    def before(self, edit: Edit, new: Editable, edits: Iterable[Edit]) -> Edit | None:
        """An edit of the new text, as it is one of this text before ``edits``; None if it touches one of them."""
        start, end = new.range(edit.span)
        shift = 0
        for begin, stop, text in self._ordered(edits):
            first = begin + shift
            if first <= end and start <= first + len(text):
                return None
            if first + len(text) < start:
                shift += len(text) - (stop - begin)
        places = (*self.place(start - shift), *self.place(end - shift))
        return Edit(Span(edit.span.path, *places), edit.text)

    def _ordered(self, edits: Iterable[Edit]) -> list[tuple[int, int, str]]:
        return sorted((*self.range(edit.span), edit.text) for edit in set(edits))


def compatible(fixes: Sequence[Fix]) -> list[Fix]:
    """As many of the fixes as can be made together, the first ones first: their edits are the same or do not touch."""
    chosen: list[Fix] = []
    taken: set[Edit] = set()
    for fix in fixes:
        if all(edit in taken or not any(_touch(edit.span, other.span) for other in taken) for edit in fix.edits):
            chosen.append(fix)
            taken.update(fix.edits)
    return chosen


def _touch(a: Span, b: Span) -> bool:
    return (a.line, a.column) <= (b.end_line, b.end_column) and (b.line, b.column) <= (a.end_line, a.end_column)

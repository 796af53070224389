"""Code frames: the line of a finding with what is refused underlined, and the line of the argument to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dimlint.core.report import Finding, Span
from dimlint.render.places import CellOf, line_number, relative_place
from dimlint.render.shown import Line, shown, width

LineOf = Callable[[str, int], "str | None"]
"""The text of a line of a file, None where there is none."""

MAX_CODE = 150
"""Characters of a line that are shown."""
BEYOND = 10**9
"""A place behind the end of any line."""


class Underline(NamedTuple):
    """A part of a line, from ``start`` up to ``end``, and the sign that underlines it."""

    start: int
    end: int
    sign: str


def frames(finding: Finding, line_of: LineOf, cell_of: CellOf) -> Iterator[Line]:
    """What is refused, underlined with ``^``; the argument to blame likewise, with its name, and then the rest of the call with ``~``.

    An argument that is written elsewhere has a frame of its own, below; one in another file or cell is told with its place.
    """
    blamed, number = finding.blamed, str(line_number(finding.span.path, finding.span.line, cell_of))
    if blamed is None or line_of(blamed.span.path, blamed.span.line) is None:
        yield from _frame(finding.span, line_of, [_underline(finding.span, "^")], number)
        return
    argument = _underline(blamed.span, "^")
    label = f" {blamed.message}"
    if (blamed.span.path, blamed.span.line) == (finding.span.path, finding.span.line):
        yield from _frame(finding.span, line_of, [_underline(finding.span, "~"), argument], number, label)
        return
    other = str(line_number(blamed.span.path, blamed.span.line, cell_of))
    margin = max(len(number), len(other))
    yield from _frame(finding.span, line_of, [_underline(finding.span, "^")], number.rjust(margin))
    where = relative_place(blamed.span, finding.span, cell_of)
    if not where.startswith("line "):
        yield ((f"  {' ' * margin} : {where}", "frame"),)
    yield from _frame(blamed.span, line_of, [argument], other.rjust(margin), label)


def _underline(span: Span, sign: str) -> Underline:
    return Underline(span.column - 1, BEYOND if span.end_line > span.line else span.end_column - 1, sign)


def _frame(span: Span, line_of: LineOf, marks: Sequence[Underline], number: str, label: str = "") -> Iterator[Line]:
    """A line of code, cut around its first mark if it is long, and the marks below it; a later one covers an earlier one."""
    text = line_of(span.path, span.line)
    if text is None:
        return
    text = text.rstrip()
    start = min(min(mark.start for mark in marks), len(text))
    cut = max(0, start - MAX_CODE // 3) if len(text) > MAX_CODE else len(text) - len(text.lstrip()) - 4
    cut = max(0, min(cut, start))
    signs = [" "] * (len(text) + 1)
    for mark in marks:
        first = min(mark.start, len(text))
        end = max(first + 1, min(mark.end, len(text)))
        signs[first:end] = [mark.sign] * (end - first)
    code = text[cut : cut + MAX_CODE]
    below = "".join(sign * width(shown(char)) for char, sign in zip(code + " ", signs[cut:]))
    yield ((f"  {number} | ", "frame"), (shown(code), ""))
    yield ((f"  {' ' * len(number)} | ", "frame"), (below.rstrip() + label, "mark"))

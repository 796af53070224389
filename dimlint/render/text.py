"""Reports as text for people: a line for each finding, with its code and the chain of shapes that led there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Union

from dimlint.core.report import Finding, Model, Related, Report, Span
from dimlint.core.rules import BY_SYMBOL, UNVERIFIED
from dimlint.render.shown import shown, shown_path, width

Line = tuple[tuple[str, str], ...]
"""A line in pieces of (text, style); styles are ``path``, ``code``, ``rule``, ``frame``, ``mark``, ``good``, ``bad`` or none."""

CellOf = Callable[[str, int], Union[tuple[int, int], None]]
"""The cell of a notebook, and the line of that cell, that a line of the program is which the notebook is."""

MAX_CHAIN = 24
MAX_CODE = 150


def no_cells(path: str, line: int) -> tuple[int, int] | None:
    """The cell of a line where there are no notebooks."""
    return None


def render_text(
    reports: Sequence[Report],
    line_of: Callable[[str, int], str | None],
    *,
    gaps: bool,
    statistics: bool,
    hidden: int = 0,
    fixed: int = 0,
    cell_of: CellOf = no_cells,
) -> Iterator[Line]:
    """Findings with code frames, gaps and counts if wanted, and a closing line.

    line_of: the text of a line of a file, None where there is none. hidden: how many findings the baseline holds back.
    fixed: how many were fixed.
    """
    for finding in sorted_findings(reports):
        yield _headline(finding, cell_of)
        yield from _frame(finding.span, line_of(finding.span.path, finding.span.line), cell_of)
        yield from _chain(finding, cell_of)
        yield ()
    if gaps:
        yield from gap_lines(reports, cell_of)
    if statistics:
        yield from statistic_lines(reports)
    yield ((closing(reports, hidden, fixed), "bad" if any(report.findings for report in reports) else "good"),)


def render_concise(reports: Sequence[Report], cell_of: CellOf, *, gaps: bool, statistics: bool) -> Iterator[Line]:
    """One line for each finding, and gaps and counts if wanted."""
    yield from (_headline(finding, cell_of) for finding in sorted_findings(reports))
    if gaps:
        yield from gap_lines(reports, cell_of)
    if statistics:
        yield from statistic_lines(reports)


def sorted_findings(reports: Iterable[Report]) -> list[Finding]:
    """All findings by path, line and column."""
    return sorted((finding for report in reports for finding in report.findings), key=lambda finding: (finding.span, finding.code))


def gap_lines(reports: Iterable[Report], cell_of: CellOf) -> Iterator[Line]:
    """What could not be verified, and what could not be followed."""
    for report in reports:
        for model in report.models:
            if model.status == "partial":
                reason = f"{model.name} is not fully verified: {model.reason}"
                rule = ((f"{UNVERIFIED.code} ", "code"), (f"{UNVERIFIED.symbol} ", "rule"))
                yield (*_place(model.span, cell_of), *rule, (shown(reason), ""))
        for gap in report.gaps:
            yield (*_place(gap.span, cell_of), ("gap ", "rule"), (shown(gap.reason), ""))


def statistic_lines(reports: Iterable[Report]) -> Iterator[Line]:
    """How often each rule was broken, the most frequent first."""
    counts = Counter(finding.rule for report in reports for finding in report.findings)
    for symbol, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield (f"{count:5}  ", ""), (f"{BY_SYMBOL[symbol].code} ", "code"), (symbol, "rule")


def place(span: Span, cell_of: CellOf) -> str:
    """Where a span begins, behind the path: ``:12``, or ``:cell 3:12`` in a notebook."""
    return numbered(span.path, span.line, cell_of)


def numbered(path: str, line: int, cell_of: CellOf) -> str:
    """A line as it is written behind its path."""
    cell = cell_of(path, line)
    return f":{line}" if cell is None else f":cell {cell[0]}:{cell[1]}"


def _place(span: Span, cell_of: CellOf) -> Line:
    return (shown_path(span.path), "path"), (f"{place(span, cell_of)}:{span.column}: ", "")


def _headline(finding: Finding, cell_of: CellOf) -> Line:
    return (*_place(finding.span, cell_of), (f"{finding.code} ", "code"), (f"{finding.rule} ", "rule"), (shown(finding.message), ""))


def _frame(span: Span, text: str | None, cell_of: CellOf) -> Iterator[Line]:
    if text is None:
        return
    text = text.rstrip()
    start = min(span.column - 1, len(text))
    end = len(text) if span.end_line > span.line else min(span.end_column - 1, len(text))
    cut = max(0, start - MAX_CODE // 3) if len(text) > MAX_CODE else len(text) - len(text.lstrip()) - 4
    cut = max(0, min(cut, start))
    before, marked, after = shown(text[cut:start]), shown(text[start:end][:MAX_CODE]), shown(text[end : cut + MAX_CODE])
    number = str((cell_of(span.path, span.line) or (0, span.line))[1])
    margin = " " * len(number)
    yield ((f"  {number} | ", "frame"), (before + marked + after, ""))
    yield ((f"  {margin} | ", "frame"), (" " * width(before) + "^" * max(1, width(marked)), "mark"))


def _chain(finding: Finding, cell_of: CellOf) -> Iterator[Line]:
    related = finding.related
    hidden = len(related) - MAX_CHAIN
    rows = [_row(finding.span, item, cell_of) for item in related]
    column = max((width(where) for where, _, _ in rows), default=0)
    middle = max((width(label) for _, label, rest in rows if rest), default=0)
    for index, (where, label, rest) in enumerate(rows):
        if hidden > 0 and MAX_CHAIN // 3 <= index < MAX_CHAIN // 3 + hidden:
            if index == MAX_CHAIN // 3:
                yield ((f"    ... {hidden} more steps", "frame"),)
            continue
        padding = " " * (column - width(where))
        filled = label + " " * (middle - width(label)) if rest else label
        yield (f"    {where}{padding}  ", "frame"), (f"{filled}  {rest}".rstrip(), "")


def _row(origin: Span, related: Related, cell_of: CellOf) -> tuple[str, str, str]:
    """Where, what, and the shapes of one link of the chain."""
    span = related.span
    where, cell = place(span, cell_of), cell_of(span.path, span.line)
    if span.path != origin.path:
        where = shown_path(span.path) + where
    elif cell is None:
        where = f"line {span.line}"
    else:
        where = f"line {cell[1]}" if cell[0] == (cell_of(origin.path, origin.line) or cell)[0] else f"cell {cell[0]}:{cell[1]}"
    label, separator, rest = shown(related.message).partition(": ")
    return where, label, rest if separator else ""


def closing(reports: Sequence[Report], hidden: int = 0, fixed: int = 0) -> str:
    """How much was found in how many files. hidden: by the baseline. fixed: and no longer there."""
    found = sum(len(report.findings) for report in reports)
    checked = sum(report.failure is None for report in reports)
    text = f"{counted(found, 'problem')} in {counted(checked, 'file')}"
    if hidden:
        text += f", {hidden} more in the baseline"
    if fixed:
        text += f", {fixed} fixed"
    safe = [item.fix.safe for report in reports for item in report.findings if item.fix is not None]
    for number, option in ((safe.count(True), "--fix"), (safe.count(False), "--unsafe-fixes")):
        text += f", {number} fixable with {option}" if number else ""
    unread = len(reports) - checked
    if unread:
        text += f", {counted(unread, 'file')} not analysed"
    models: list[Model] = [model for report in reports for model in report.models]
    statuses = Counter(model.status for model in models)
    words = {"verified": "verified", "partial": "partly verified", "wrong": "wrong"}
    if models:
        counts = ", ".join(f"{statuses[key]} {word}" for key, word in words.items() if statuses[key])
        text += f"; {counted(len(models), 'model')}: {counts}"
    return text


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")

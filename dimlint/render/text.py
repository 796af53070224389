"""Reports as text for people: a line for each finding, with its code and the chain of shapes that led there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from dimlint.core.report import Finding, Model, Related, Report, Span
from dimlint.core.rules import BY_SYMBOL, UNVERIFIED
from dimlint.render.frame import LineOf, frames
from dimlint.render.places import CellOf, no_cells, place, relative_place
from dimlint.render.shown import Line, shown, shown_path, width

MAX_CHAIN = 24
"""Links of a chain that are shown."""
MAX_ALIKE = 6
"""Links in a row with the same shape that are all shown."""


def render_text(
    reports: Sequence[Report],
    line_of: LineOf,
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
        yield from frames(finding, line_of, cell_of)
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


def _place(span: Span, cell_of: CellOf) -> Line:
    return (shown_path(span.path), "path"), (f"{place(span, cell_of)}:{span.column}: ", "")


def _headline(finding: Finding, cell_of: CellOf) -> Line:
    return (*_place(finding.span, cell_of), (f"{finding.code} ", "code"), (f"{finding.rule} ", "rule"), (shown(finding.message), ""))


Row = tuple[str, str, str]
"""Where, what, and the shapes of one link of a chain; only the second for links that are not shown."""


def _chain(finding: Finding, cell_of: CellOf) -> Iterator[Line]:
    rows = _cut(_folded([_row(finding.span, item, cell_of) for item in finding.related]))
    column = max((width(where) for where, _, _ in rows), default=0)
    middle = max((width(label) for _, label, rest in rows if rest), default=0)
    for where, label, rest in rows:
        if not where:
            yield ((f"    ... {label}", "frame"),)
            continue
        padding = " " * (column - width(where))
        filled = label + " " * (middle - width(label)) if rest else label
        yield (f"    {where}{padding}  ", "frame"), (f"{filled}  {rest}".rstrip(), "")


def _folded(rows: Sequence[Row]) -> list[Row]:
    """The rows with a word in place of many in a row that leave the shape as it is."""
    found: list[Row] = []
    for _, group in groupby(rows, key=_kept_shape):
        links = list(group)
        shape = _kept_shape(links[0])
        found += links if shape is None or len(links) <= MAX_ALIKE else [("", f"{len(links)} steps that leave {shape}", "")]
    return found


def _kept_shape(row: Row) -> str | None:
    """The shape that goes into a link, if the same comes out."""
    before, arrow, after = row[2].partition(" -> ")
    return before if arrow and before == after else None


def _cut(rows: Sequence[Row]) -> list[Row]:
    """The first and the last rows, if there are many."""
    hidden = len(rows) - MAX_CHAIN
    return [*rows[: MAX_CHAIN // 3], ("", f"{hidden} more steps", ""), *rows[MAX_CHAIN // 3 + hidden :]] if hidden > 0 else [*rows]


def _row(origin: Span, related: Related, cell_of: CellOf) -> Row:
    """One link of the chain."""
    label, separator, rest = shown(related.message).partition(": ")
    return relative_place(related.span, origin, cell_of), label, rest if separator else ""


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

"""Reports on notebooks with the places that review bots can show: lines of the notebook's own file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dimlint.core.report import Finding, Fix, Model, Report, Span
from dimlint.lines import FileLines
from dimlint.notebook import NotEditable
from dimlint.render.checked import Checked


def in_files(checked: Checked) -> Checked:
    """The same run; what is found in a notebook stands at its place in the file's JSON, and the message names the cell."""
    lines = checked.lines
    paths = {span.path for report in checked.reports for span in _spans(report)}
    notebooks = {path: notebook for path in paths if (notebook := lines.notebook(path)) is not None}
    if not notebooks:
        return checked
    raw = FileLines()
    raw.texts = lines.texts | {path: notebook.text for path, notebook in notebooks.items()}
    raw.raw, raw.notebooks = lines.raw, dict.fromkeys(notebooks)
    return replace(checked, reports=[_located(report, lines) for report in checked.reports], lines=raw)


def _spans(report: Report) -> Iterable[Span]:
    for finding in report.findings:
        yield finding.span
        yield from (item.span for item in (*finding.related, *filter(None, [finding.blamed])))
    yield from (model.span for model in report.models)
    yield from (gap.span for gap in report.gaps)


def _located(report: Report, lines: FileLines) -> Report:
    findings = (_finding(item, lines) for item in report.findings)
    gaps = (replace(gap, span=_span(gap.span, lines), reason=gap.reason + _cell(gap.span, lines)) for gap in report.gaps)
    models = (_model(model, lines) for model in report.models)
    return replace(report, findings=tuple(findings), gaps=tuple(gaps), models=tuple(models))


def _finding(finding: Finding, lines: FileLines) -> Finding:
    related = tuple(replace(item, span=_span(item.span, lines)) for item in finding.related)
    blamed = None if finding.blamed is None else replace(finding.blamed, span=_span(finding.blamed.span, lines))
    fix = None if finding.fix is None else _fix(finding.fix, lines)
    message = finding.message + _cell(finding.span, lines)
    return replace(finding, span=_span(finding.span, lines), message=message, related=related, fix=fix, blamed=blamed)


def _fix(fix: Fix, lines: FileLines) -> Fix | None:
    """A fix as one of the files; None if it cannot be one. All of its edits are in one file, the one that is checked."""
    notebook = lines.notebook(fix.edits[0].span.path)
    try:
        return fix if notebook is None else replace(fix, edits=tuple(notebook.edits_in_file(fix.edits)))
    except NotEditable:
        return None


def _model(model: Model, lines: FileLines) -> Model:
    reason = None if model.reason is None else model.reason + _cell(model.span, lines)
    return replace(model, span=_span(model.span, lines), reason=reason)


def _cell(span: Span, lines: FileLines) -> str:
    cell = lines.cell(span.path, span.line)
    return "" if cell is None else f" [cell {cell[0]}, line {cell[1]}]"


def _span(span: Span, lines: FileLines) -> Span:
    notebook = lines.notebook(span.path)
    if notebook is None:
        return span
    return Span(span.path, *notebook.in_file(span.line, span.column), *notebook.in_file(span.end_line, span.end_column))

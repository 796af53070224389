"""Reports as one JSON object, version 1."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dimlint import __version__
from dimlint.core.report import Finding, Fix, Model, Report, Span
from dimlint.render.checked import Checked
from dimlint.render.places import CellOf, line_number, no_cells
from dimlint.render.text import sorted_findings


def render(checked: Checked) -> str:
    """The whole result of a run, gaps included."""
    return render_json(checked.reports, checked.lines.cell)


def render_json(reports: Sequence[Report], cell_of: CellOf = no_cells) -> str:
    """The whole result of a run, ASCII only, with a newline at the end. In a notebook ``cell`` is the cell that the lines count in."""
    document = {
        "version": 1,
        "tool": {"name": "dimlint", "version": __version__},
        "findings": [_finding(finding, cell_of) for finding in sorted_findings(reports)],
        "models": [_model(model, cell_of) for report in reports for model in report.models],
        "gaps": [
            {**_start(gap.span, cell_of), "reason": gap.reason}
            for gap in sorted((gap for report in reports for gap in report.gaps), key=lambda gap: (gap.span, gap.reason))
        ],
        "files": {
            "checked": sum(report.failure is None for report in reports),
            "skipped": sum(report.failure is not None and report.skipped for report in reports),
            "failed": sum(report.failure is not None and not report.skipped for report in reports),
        },
    }
    return json.dumps(document, indent=1) + "\n"


def _start(span: Span, cell_of: CellOf) -> dict[str, Any]:
    return start(span.path, span.line, cell_of)


def start(path: str, line: int, cell_of: CellOf) -> dict[str, Any]:
    """Where a line stands."""
    cell = cell_of(path, line)
    return {"path": path, "line": line} if cell is None else {"path": path, "cell": cell[0], "line": cell[1]}


def _finding(finding: Finding, cell_of: CellOf) -> dict[str, Any]:
    span = finding.span
    return {
        **_whole(span, cell_of),
        "code": finding.code,
        "rule": finding.rule,
        "message": finding.message,
        "related": [
            {**_start(item.span, cell_of), "column": item.span.column, "message": item.message} for item in finding.related
        ],
        "blamed": None if finding.blamed is None else {**_whole(finding.blamed.span, cell_of), "argument": finding.blamed.message},
        "fix": None if finding.fix is None else _fix(finding.fix, cell_of),
    }


def _whole(span: Span, cell_of: CellOf) -> dict[str, Any]:
    end_line = line_number(span.path, span.end_line, cell_of)
    return {**_start(span, cell_of), "column": span.column, "end_line": end_line, "end_column": span.end_column}


def _fix(fix: Fix, cell_of: CellOf) -> dict[str, Any]:
    return {
        "message": fix.message,
        "edits": [
            {
                **{name: value for name, value in _whole(edit.span, cell_of).items() if name != "path"},
                "text": edit.text,
            }
            for edit in fix.edits
        ],
        "safe": fix.safe,
    }


def _model(model: Model, cell_of: CellOf) -> dict[str, Any]:
    return {
        **_start(model.span, cell_of),
        "name": model.name,
        "status": model.status,
        "reason": model.reason,
        "input_shapes": nested(model.input_shapes),
        "output_shape": nested(model.output_shape),
        "layers": model.layers,
    }


def nested(value: object) -> Any:
    """Shapes as JSON nests them: tuples as lists, dictionaries as objects."""
    if isinstance(value, Mapping):
        return {str(key): nested(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [nested(item) for item in value]
    return value if isinstance(value, (int, str)) else None

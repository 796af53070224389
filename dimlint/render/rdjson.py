"""reviewdog's diagnostic format, as one JSON object. Columns are in bytes of UTF-8, the end is exclusive."""

from __future__ import annotations

import json
from typing import Any

from dimlint.core.report import Edit, Finding, Span
from dimlint.render.checked import ERROR, WARNING, Checked, severity
from dimlint.render.shown import shown, well_formed

SEVERITIES = {ERROR: "ERROR", WARNING: "WARNING"}
SOURCE = {"name": "dimlint"}


def render(checked: Checked) -> str:
    """A DiagnosticResult."""
    return json.dumps({"source": SOURCE, "diagnostics": diagnostics(checked)}) + "\n"


def diagnostics(checked: Checked) -> list[dict[str, Any]]:
    """A Diagnostic for each finding."""
    return [_diagnostic(finding, checked) for finding in checked.everything()]


def _diagnostic(finding: Finding, checked: Checked) -> dict[str, Any]:
    diagnostic: dict[str, Any] = {
        "message": shown(finding.message),
        "location": _location(finding.span, checked),
        "severity": SEVERITIES.get(severity(finding.code), "INFO"),
        "source": SOURCE,
        "code": {"value": f"{finding.code} {finding.rule}"},
    }
    edits = finding.fix.edits if finding.fix is not None else ()
    if len(edits) == 1 and edits[0].span.path == finding.span.path:  # a half of a change would be no suggestion
        diagnostic["suggestions"] = [_suggestion(edits[0], checked)]
    if finding.related:
        diagnostic["related_locations"] = [
            {"message": shown(item.message), "location": _location(item.span, checked)} for item in finding.related
        ]
    return diagnostic


def _suggestion(edit: Edit, checked: Checked) -> dict[str, Any]:
    return {"range": _range(edit.span, checked), "text": well_formed(edit.text)}


def _location(span: Span, checked: Checked) -> dict[str, Any]:
    return {"path": checked.local(span.path), "range": _range(span, checked)}


def _range(span: Span, checked: Checked) -> dict[str, Any]:
    places = {"start": (span.line, span.column), "end": (span.end_line, span.end_column)}
    return {
        key: {"line": line, "column": checked.lines.column(span.path, line, column, "utf-8")} for key, (line, column) in places.items()
    }

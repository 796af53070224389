"""Workflow commands of GitHub Actions: each finding is an annotation of the pull request."""

from __future__ import annotations

from dimlint.core.report import Finding
from dimlint.render.checked import ERROR, WARNING, Checked, severity
from dimlint.render.shown import shown
from dimlint.render.text import closing

COMMANDS = {ERROR: "error", WARNING: "warning"}


def render(checked: Checked) -> str:
    """One command for each finding, and a closing line: GitHub shows only the first ten of a step."""
    lines = [_command(finding, checked) for finding in checked.everything()]
    return "\n".join([*lines, closing(checked.reports, checked.hidden, checked.fixed)]) + "\n"


def _command(finding: Finding, checked: Checked) -> str:
    span = finding.span
    properties = {"file": checked.path(span.path), "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:
        properties |= {"col": span.column, "endColumn": span.end_column}
    properties["title"] = f"{finding.code} {finding.rule}"
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{COMMANDS.get(severity(finding.code), 'notice')} {given}::{_data(shown(finding.message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

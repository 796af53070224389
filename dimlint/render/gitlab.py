"""GitLab's Code Quality report."""

from __future__ import annotations

import json

from dimlint.fingerprint import unique_fingerprints
from dimlint.render.checked import ERROR, WARNING, Checked, severity
from dimlint.render.shown import shown

SEVERITIES = {ERROR: "critical", WARNING: "minor"}


def render(checked: Checked) -> str:
    """A list of issues. GitLab compares fingerprints, so they stay when lines move and no two are equal."""
    findings = checked.everything()
    issues = [
        {
            "description": shown(finding.message),
            "check_name": finding.rule,
            "fingerprint": known_by,
            "severity": SEVERITIES.get(severity(finding.code), "info"),
            "location": {"path": checked.path(finding.span.path), "lines": {"begin": finding.span.line, "end": finding.span.end_line}},
        }
        for finding, known_by in zip(findings, unique_fingerprints(findings, checked.path, checked.lines))
    ]
    return json.dumps(issues, indent=1) + "\n"

"""Checkstyle's XML."""

from __future__ import annotations

from itertools import groupby
from xml.etree.ElementTree import Element

from dimlint.render.checked import NOTE, Checked, severity
from dimlint.render.xml_text import child, document


def render(checked: Checked) -> str:
    """The findings of each file."""
    root = Element("checkstyle", {"version": "4.3"})
    for path, findings in groupby(checked.everything(), key=lambda finding: finding.span.path):
        file = child(root, "file", name=checked.local(path))
        for finding in findings:
            level = severity(finding.code)
            child(
                file,
                "error",
                line=finding.span.line,
                column=finding.span.column,
                severity="info" if level == NOTE else level,
                message=f"{finding.code} {finding.message}",
                source=f"dimlint.{finding.rule}",
            )
    return document(root)

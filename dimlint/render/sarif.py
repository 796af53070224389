"""SARIF 2.1.0, for code scanning and editors. Columns are in units of UTF-16, as most readers count, the end is exclusive."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from dimlint import __version__
from dimlint.core.report import Edit, Finding, Related, Span
from dimlint.core.rules import ANALYSIS, RULES, UNVERIFIED, Rule
from dimlint.fingerprint import line_hashes, unique_fingerprints
from dimlint.relative import below
from dimlint.render.checked import ERROR, NOTE, Checked, severity
from dimlint.render.rule_text import example_text, examples
from dimlint.render.shown import shown, well_formed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
MAX_DESCRIPTION, MAX_RELATED = 1000, 1000
"""GitHub takes no more."""


def render(checked: Checked) -> str:
    """The log of a run of dimlint. What could not be analysed is a notification, not a result."""
    remarks = checked.remarks()
    gaps = [item for item in remarks if item.code == UNVERIFIED.code]
    return Log(checked, RULES, {"name": "dimlint", "version": __version__, "semanticVersion": __version__}).text(
        sorted(checked.findings() + gaps, key=lambda item: (item.span, item.code)),
        [item for item in remarks if item.code == ANALYSIS.code],
        successful=not checked.reports or any(report.failure is None for report in checked.reports),
    )


@dataclass(frozen=True)
class Log:
    """One run of a tool: its rules, and the files that its findings are in. ``driver`` names the tool, ``artifacts`` is filled here."""

    checked: Checked
    rules: Sequence[Rule]
    driver: dict[str, Any]
    artifacts: dict[str, dict[str, str]] = field(default_factory=dict)

    def text(self, findings: Sequence[Finding], notifications: Sequence[Finding], *, successful: bool) -> str:
        """The whole document, ASCII only; on one line, since json indents slowly."""
        invocation = {
            "executionSuccessful": successful,
            "toolExecutionNotifications": [self._notification(item) for item in notifications],
        }
        rules: dict[str, Any] = {"rules": [_rule(rule) for rule in self.rules]}
        if notifications:
            rules["notifications"] = [_rule(ANALYSIS)]
        run = {
            "tool": {"driver": {**self.driver, **rules}},
            "columnKind": "utf16CodeUnits",
            "invocations": [invocation],
            "results": self._results(findings),
        }
        return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"

    def _results(self, findings: Sequence[Finding]) -> list[dict[str, Any]]:
        place = {rule.code: index for index, rule in enumerate(self.rules)}
        lines = self.checked.lines
        hashes = {path: line_hashes(lines.of(path)) for path in {finding.span.path for finding in findings}}
        return [
            {"ruleId": finding.code, "ruleIndex": place[finding.code], **self._result(finding)}
            | {"partialFingerprints": {"dimlint/v1": known_by} | _line_hash(hashes[finding.span.path], finding.span.line)}
            for finding, known_by in zip(findings, unique_fingerprints(findings, self.checked.path, lines))
        ]

    def _result(self, finding: Finding) -> dict[str, Any]:
        result: dict[str, Any] = {
            "level": severity(finding.code),
            "message": _message(finding.message),
            "locations": [self._location(finding.span)],
        }
        related = finding.related[-MAX_RELATED:]
        if related:
            result["relatedLocations"] = [{"id": number} | self._explained(item) for number, item in enumerate(related, 1)]
            steps = [*related, Related(finding.span, finding.message)]
            result["codeFlows"] = [{"threadFlows": [{"locations": [{"location": self._explained(item)} for item in steps]}]}]
        if finding.fix is not None:
            edits = groupby(sorted(finding.fix.edits, key=lambda edit: edit.span), key=lambda edit: edit.span.path)
            changes = [self._change(path, list(group)) for path, group in edits]
            result["fixes"] = [{"description": _message(finding.fix.message), "artifactChanges": changes}]
        return result

    def _change(self, path: str, edits: Sequence[Edit]) -> dict[str, Any]:
        replacements = [
            {"deletedRegion": self._region(edit.span) | self._end(edit.span), "insertedContent": {"text": well_formed(edit.text)}}
            for edit in edits
        ]
        return {"artifactLocation": self._artifact(path), "replacements": replacements}

    def _notification(self, finding: Finding) -> dict[str, Any]:
        return {
            "descriptor": {"id": finding.code, "index": 0},
            "level": severity(finding.code),
            "message": _message(finding.message),
            "locations": [self._location(finding.span)],
        }

    def _explained(self, related: Related) -> dict[str, Any]:
        return self._location(related.span) | {"message": _message(related.message)}

    def _location(self, span: Span) -> dict[str, Any]:
        end = self._end(span) if (span.end_line, span.end_column) > (span.line, span.column) else {}
        return {"physicalLocation": {"artifactLocation": self._artifact(span.path), "region": self._region(span) | end}}

    def _region(self, span: Span) -> dict[str, int]:
        return {"startLine": span.line, "startColumn": self.checked.lines.column(span.path, span.line, span.column, "utf-16-le")}

    def _end(self, span: Span) -> dict[str, int]:
        return {"endLine": span.end_line, "endColumn": self.checked.lines.column(span.path, span.end_line, span.end_column, "utf-16-le")}

    def _artifact(self, path: str) -> dict[str, str]:
        if path not in self.artifacts:
            self.artifacts[path] = _artifact(path, self.checked.root)
        return self.artifacts[path]


def _artifact(path: str, root: str) -> dict[str, str]:
    inside = below(path, root)
    if inside is not None:
        return {"uri": _quoted(inside), "uriBaseId": ROOT}
    absolute = PurePath(os.path.abspath(path)).as_posix()
    return {"uri": f"file:///{_quoted(absolute.lstrip('/'), ':')}"}


def _quoted(path: str, safe: str = "") -> str:
    try:
        raw = path.encode("utf-8", "surrogateescape")  # the bytes that the name has on the disk
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "replace")
    return quote(raw, safe=f"/{safe}")


def _message(text: str) -> dict[str, str]:
    """Plain text in which nothing is a link or a placeholder."""
    return {"text": re.sub(r"\{(\d+)\}", r"{{\1}}", shown(text).replace("](", "] (")) or "?"}


def _line_hash(hashes: Sequence[str], line: int) -> dict[str, str]:
    return {"primaryLocationLineHash": hashes[line - 1]} if line <= len(hashes) else {}


def _rule(rule: Rule) -> dict[str, Any]:
    level = severity(rule.code)
    why = rule.why or rule.summary
    return {
        "id": rule.code,
        "name": rule.symbol,
        "shortDescription": {"text": rule.summary[:1].upper() + rule.summary[1:]},
        "fullDescription": {"text": why[:MAX_DESCRIPTION]},
        "help": {
            "text": "\n\n".join([why, *(f"{title}:\n\n{program}" for title, program in examples(rule))]),
            "markdown": "\n\n".join(filter(None, (why, example_text(rule)))),
        },
        "defaultConfiguration": {"level": level},
        "properties": {"problem.severity": "recommendation" if level == NOTE else level}
        | ({"precision": "very-high", "tags": ["correctness", "shapes"]} if rule in RULES and level == ERROR else {}),
    }

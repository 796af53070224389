"""The reporter ``dimlint-sarif``: every message of a pylint run as SARIF, dimlint's own with the chain of shapes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pylint import __version__ as pylint_version
from pylint.exceptions import UnknownMessageError
from pylint.message import Message
from pylint.reporters import BaseReporter

from dimlint.core.report import Finding, Report, Span
from dimlint.core.rules import Rule, find
from dimlint.lines import FileLines
from dimlint.render.checked import Checked
from dimlint.render.sarif import Log

if TYPE_CHECKING:
    from pylint.reporters.ureports.nodes import Section

Place = tuple[str, int, int, str]


def place_of(finding: Finding) -> Place:
    """What a finding and its message have in common: absolute path, line, column and symbol."""
    return os.path.abspath(finding.span.path), finding.span.line, finding.span.column, finding.rule


class SarifReporter(BaseReporter):
    """Writes one SARIF log at the end. Checkers that have an attribute ``found`` tell more of their messages there."""

    name = "dimlint-sarif"
    extension = "sarif"

    def display_messages(self, layout: Section | None) -> None:
        """Write the log."""
        found: dict[Place, Finding] = {}
        for checker in self.linter.get_checkers():
            found |= getattr(checker, "found", {})
        findings = sorted((_finding(message, found) for message in self.messages), key=lambda item: (item.span, item.code))
        driver = {"name": "pylint", "version": pylint_version}
        log = Log(Checked([Report("", tuple(findings))], FileLines()), list(self._rules(findings)), driver)
        self.writeln(log.text(findings, (), successful=True).rstrip("\n"))

    def display_reports(self, layout: Section) -> None:
        """Scores and tables have no place in SARIF."""

    def _display(self, layout: Section) -> None:
        """Nothing is drawn."""

    def _rules(self, findings: Iterable[Finding]) -> Iterable[Rule]:
        for code, symbol in sorted({(finding.code, finding.rule) for finding in findings}):
            yield find(code) or self._foreign(code, symbol)

    def _foreign(self, code: str, symbol: str) -> Rule:
        try:
            [definition] = self.linter.msgs_store.get_message_definitions(code)
        except (UnknownMessageError, ValueError):
            return Rule(code, symbol, symbol, "")
        return Rule(code, symbol, " ".join(definition.msg.split()) or symbol, " ".join(definition.description.split()))


def _finding(message: Message, found: dict[Place, Finding]) -> Finding:
    line, column = max(1, message.line), max(0, message.column or 0) + 1
    known = found.get((os.path.abspath(message.abspath), line, column, message.symbol))
    if known is not None:
        return known
    end_line = message.end_line or line
    end_column = message.end_column + 1 if message.end_column is not None else column
    return Finding(Span(message.abspath, line, column, end_line, end_column), message.msg_id, message.symbol, message.msg)

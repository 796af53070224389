"""The pylint plugin: ``pylint --load-plugins=dimlint``.

While pylint lints, the directory of the linted file comes first on ``sys.path``: an import now would run the linted
project's code. So everything that an analysis may need is imported here, before ``register`` returns.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pylint.checkers import BaseRawFileChecker
from pylint.constants import WarningScope
from pylint.interfaces import HIGH, UNDEFINED

from dimlint.analyze import analyze
from dimlint.comments import Comments
from dimlint.config import Config, ConfigError, load_config, read_config
from dimlint.core.report import Finding, Report, Span
from dimlint.core.rules import ANALYSIS, RULES, UNVERIFIED
from dimlint.notation import parse_shapes
from dimlint.pylint_reporter import Place, SarifReporter, place_of
from dimlint.run import prepare
from dimlint.scan import Scan, mentions_framework

if TYPE_CHECKING:
    from astroid import nodes
    from pylint.lint import PyLinter


TELLS_FIXES = "dimlint_tells_fixes"
"""Beside pylint's options, which its worker processes get: whether the reporter shows fixes, which take several times as long."""


class DimlintChecker(BaseRawFileChecker):
    """Finds the shape errors of Keras and PyTorch models."""

    name = "dimlint"
    msgs = {
        rule.code: (
            "%s",
            rule.symbol,
            f"{rule.summary[0].upper()}{rule.summary[1:]}. {rule.why}",
            {"scope": WarningScope.LINE, "default_enabled": rule is not UNVERIFIED},
        )
        for rule in RULES
    }
    options = (
        (
            "dimlint-config",
            {"default": "", "type": "string", "metavar": "<file>", "help": "TOML file whose [tool.dimlint] table to use."},
        ),
        (
            "dimlint-input-shape",
            {
                "default": "",
                "type": "string",
                "metavar": "<shape>",
                "help": "Input shape of models that state none, such as 1x3x32x32; several inputs are separated by commas.",
            },
        ),
    )

    def __init__(self, linter: PyLinter) -> None:
        super().__init__(linter)
        self.found: dict[Place, Finding] = {}
        """What the reporter tells beyond a message."""

    def get_map_data(self) -> dict[Place, Finding]:
        """The findings of a worker process."""
        found, self.found = self.found, {}
        return found

    def reduce_map_data(self, linter: PyLinter, data: list[Any]) -> None:
        """Gather the findings of the worker processes."""
        for found in data:
            self.found |= found

    def process_module(self, node: nodes.Module) -> None:
        """Check one module. Whatever goes wrong becomes a message: an exception would end pylint's run."""
        try:
            self._check(node)
        except ConfigError as error:
            self._fail(f"configuration: {error}")
        except Exception as error:
            self._fail(f"internal error: {type(error).__name__}: {error}".removesuffix(": "))

    def _check(self, node: nodes.Module) -> None:
        text = source_of(node)
        if text is None or not mentions_framework(text):
            return
        path = node.file or "<string>"
        report = analyze(text, path, self._config(path), fixes=getattr(self.linter.config, TELLS_FIXES, False))
        if report.failure is not None:
            self._fail(report.failure)
        self.found |= {place_of(finding): finding for finding in report.findings}
        comments = Comments(Scan(text)) if report.findings or report.models else None
        for span, symbol, message in sorted(_messages(report)):
            self._report(span, symbol, message, comments)

    def _config(self, path: str) -> Config:
        options = self.linter.config
        config = read_config(options.dimlint_config) if options.dimlint_config else load_config(os.path.dirname(os.path.abspath(path)))
        if options.dimlint_input_shape:
            try:
                shapes = parse_shapes(options.dimlint_input_shape)
            except ValueError as error:
                raise ConfigError(f"dimlint-input-shape: {error}") from None
            config = replace(config, inputs={**config.inputs, "*": shapes})
        return replace(config, pylint_comments=False)

    def _report(self, span: Span, symbol: str, message: str, comments: Comments | None) -> None:
        """Add a message, unless it is disabled where it ends, or where the statement around it begins or ends."""
        for line in comments.lines_around(span)[1:] if comments is not None else ():
            if not self.linter.is_message_enabled(symbol, line):
                self.linter.add_ignored_message(symbol, line)  # so that the comment does not count as useless
                return
        self.add_message(
            symbol,
            line=span.line,
            col_offset=span.column - 1,
            end_lineno=span.end_line,
            end_col_offset=span.end_column - 1,
            args=(message,),
            confidence=HIGH,
        )

    def _fail(self, message: str) -> None:
        line = " ".join(message.split())[:300].encode("ascii", "backslashreplace").decode()
        self.add_message(ANALYSIS.symbol, line=1, args=(line,), confidence=UNDEFINED)


def source_of(node: nodes.Module) -> str | None:
    """The module's text as pylint has read it, also from standard input; None for a module without source."""
    stream = node.stream()
    if stream is None:
        return None
    with stream:
        raw: bytes = stream.read()
    return raw.decode(node.file_encoding or "utf-8", "replace")


def _messages(report: Report) -> Iterable[tuple[Span, str, str]]:
    """Place, symbol and text of everything to say about a file."""
    findings: Iterable[Finding] = report.findings
    for finding in findings:
        yield finding.span, finding.rule, finding.message
    for model in report.models:
        if model.status == "partial":
            yield model.span, UNVERIFIED.symbol, f"{model.name} is not fully verified: {model.reason}"
    for gap in report.gaps:
        if gap.is_warning:
            yield gap.span, ANALYSIS.symbol, gap.reason


def register(linter: PyLinter) -> None:
    """Make the checker known to pylint, once: before 4.1 its worker processes register a plugin that they already have."""
    prepare()
    if not any(isinstance(checker, DimlintChecker) for checker in linter.get_checkers()):
        linter.register_checker(DimlintChecker(linter))
    linter.register_reporter(SarifReporter)


def load_configuration(linter: PyLinter) -> None:
    """Look for fixes if the reporter of dimlint is wanted; the worker processes, which have none, are told so by the first."""
    reporter = linter.reporter
    if any(isinstance(item, SarifReporter) for item in (reporter, *getattr(reporter, "_sub_reporters", ()))):
        setattr(linter.config, TELLS_FIXES, True)

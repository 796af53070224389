"""A run of ``dimlint check`` as the formats see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dimlint.core.report import Finding, Report, Span
from dimlint.core.rules import ANALYSIS, UNVERIFIED
from dimlint.lines import FileLines
from dimlint.relative import portable, repository
from dimlint.render.shown import shown
from dimlint.render.text import sorted_findings

ERROR, WARNING, NOTE = "error", "warning", "note"


def severity(code: str) -> str:
    """How grave the messages of a rule are, by the letter of its code."""
    return {"E": ERROR, "F": ERROR, "W": WARNING}.get(code[:1], NOTE)


@dataclass(frozen=True)
class Checked:
    """What there is to show. ``hidden``: how many findings the baseline holds back; ``fixed``: how many were fixed."""

    reports: Sequence[Report]
    lines: FileLines
    gaps: bool = False
    statistics: bool = False
    hidden: int = 0
    fixed: int = 0
    root: str = field(default_factory=repository)
    _paths: dict[tuple[str, str], str] = field(default_factory=dict)

    def findings(self) -> list[Finding]:
        """All findings by path, line and column."""
        return sorted_findings(self.reports)

    def remarks(self) -> list[Finding]:
        """What kept files from being analysed, malformed comments and, if wanted, gaps, each as a finding of its rule."""
        return sorted((item for report in self.reports for item in self._remarks(report)), key=lambda item: (item.span, item.code))

    def everything(self) -> list[Finding]:
        """Findings and remarks."""
        return sorted(self.findings() + self.remarks(), key=lambda item: (item.span, item.code))

    def path(self, path: str) -> str:
        """A path relative to the repository, free of control characters: for services that know the repository."""
        return self._relative(path, self.root)

    def local(self, path: str) -> str:
        """A path relative to the current directory, free of control characters: for programs that run here."""
        return self._relative(path, ".")

    def _relative(self, path: str, root: str) -> str:
        if (path, root) not in self._paths:
            self._paths[path, root] = shown(portable(path, root))
        return self._paths[path, root]

    def _remarks(self, report: Report) -> Iterator[Finding]:
        if report.failure is not None:
            yield Finding(Span(report.path, 1, 1, 1, 1), ANALYSIS.code, ANALYSIS.symbol, report.failure)
        for gap in report.gaps:
            if gap.is_warning:
                yield Finding(gap.span, ANALYSIS.code, ANALYSIS.symbol, gap.reason)
            elif self.gaps:
                yield Finding(gap.span, UNVERIFIED.code, UNVERIFIED.symbol, gap.reason)
        for model in report.models if self.gaps else ():
            if model.status == "partial":
                yield Finding(model.span, UNVERIFIED.code, UNVERIFIED.symbol, f"{model.name} is not fully verified: {model.reason}")

"""Fixes that are known to work: each is put into the text, and the text analysed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dimlint.config import Config
from dimlint.core.report import Edit, Finding, Fix, Report
from dimlint.editing import Editable
from dimlint.gate import Unreadable
from dimlint.project import Loader, ProjectLoader
from dimlint.run import Told, run

MAX_TRIALS = 4
"""Fixes of one file that are tried; each costs a run of the file."""

STATUSES = ("wrong", "partial", "verified")
"""From the least to the most that is known to work."""


def examine(text: str, path: str, config: Config, loader: Loader | None, *, fixes: bool) -> Report:
    """What is known of a file, its findings with fixes if wanted. Raises Unreadable."""
    loader = loader or ProjectLoader.for_file(path, config)
    told = run(text, path, config, loader)
    return _with_fixes(told, text, config, loader) if fixes and told.report.findings else told.report


def _with_fixes(told: Told, text: str, config: Config, loader: Loader) -> Report:
    """The report with the fixes that stand the trial."""
    report, proposals, trials = told.report, told.proposals(), 0
    findings: list[Finding] = []
    for finding in report.findings:
        proven = None
        for fix in proposals.get((finding.span, finding.rule), ()):
            if proven is None and trials < MAX_TRIALS:
                trials += 1
                proven = _proven(fix, finding, report, text, config, loader)
        if proven is not None and told.assumed:
            proven = replace(proven, safe=False)  # with other arguments the literal may be right
        findings.append(finding if proven is None else replace(finding, fix=proven))
    return replace(report, findings=tuple(findings))


def _proven(fix: Fix, finding: Finding, report: Report, text: str, config: Config, loader: Loader) -> Fix | None:
    """The fix if it works; no safe one if something is not known afterwards."""
    try:
        after = run(Editable(text).edited(fix.edits), report.path, config, loader).report
    except Unreadable:
        return None
    if not mends([finding], fix.edits, report, after, text):
        return None
    return replace(fix, safe=fix.safe and _is_understood(report, after))


def mends(cured: Iterable[Finding], edits: Sequence[Edit], before: Report, after: Report, text: str) -> bool:
    """Whether edits take these findings away and bring nothing new, and no model is less verified than before.

    text: the one that ``before`` is about.
    """
    if after.failure is not None:
        return False
    old, new = Editable(text), Editable(Editable(text).edited(edits))
    gone = {(old.moved(item.span, edits), item.code) for item in cured}
    known = {(old.moved(item.span, edits), item.code) for item in before.findings}
    found = {(new.offset(item.span.line, item.span.column), item.code) for item in after.findings}
    return found <= known - gone and all(STATUSES.index(now) >= STATUSES.index(then) for then, now in _models(before, after))


def _is_understood(before: Report, after: Report) -> bool:
    """Whether the models that were wrong are now verified, or wrong for another reason, and nothing new is left open."""
    fresh = {gap.reason for gap in after.gaps} - {gap.reason for gap in before.gaps}
    return not fresh and not any(then == "wrong" and now == "partial" for then, now in _models(before, after))


def _models(before: Report, after: Report) -> list[tuple[str, str]]:
    """The status of each model before and after; one that is no longer there is wrong."""
    later: defaultdict[str, list[str]] = defaultdict(list)
    for model in after.models:
        later[model.name].append(model.status)
    return [(model.status, later[model.name].pop(0) if later[model.name] else "wrong") for model in before.models]

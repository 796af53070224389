"""Fixes that are known to work: each is put into the text, and the text analysed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dimlint.config import Config
from dimlint.core.report import FAILED, Edit, Finding, Fix, Gap, Report
from dimlint.editing import Editable
from dimlint.gate import Unreadable
from dimlint.project import Loader, ProjectLoader
from dimlint.run import Told, run

MAX_TRIALS = 8
"""Trials of the fixes of one file; each costs a run of the file."""
MAX_CHAIN = 5
"""Mistakes that are mended together, since each shows only when the one before it is mended."""

STATUSES = ("wrong", "partial", "verified")
"""From the least to the most that is known to work."""


def examine(text: str, path: str, config: Config, loader: Loader | None, *, fixes: bool, layers: bool = False) -> Report:
    """What is known of a file, its findings with fixes and the calls of its layers if wanted. Raises Unreadable."""
    loader = loader or ProjectLoader.for_file(path, config)
    told = run(text, path, config, loader, layers=layers)
    if not fixes or not told.report.findings:
        return told.report
    try:
        return _with_fixes(told, text, config, loader)
    except Exception as error:  # a bug in making fixes must not hide what was found
        span = told.report.findings[0].span
        gap = Gap(span, f"{FAILED} to make a fix: {type(error).__name__}: {error}"[:300])
        return replace(told.report, gaps=(*told.report.gaps, gap))


def _with_fixes(told: Told, text: str, config: Config, loader: Loader) -> Report:
    """The report with the fixes that stand the trial."""
    proposals, trial = told.proposals(), Trial(text, told.report, config, loader)
    findings: list[Finding] = []
    for finding in told.report.findings:
        fixes = (trial.proven(finding, fix) for fix in proposals.get((finding.span, finding.rule), ()))
        proven = next((fix for fix in fixes if fix is not None), None)
        if proven is not None and told.assumed:
            proven = replace(proven, safe=False)  # with other arguments the literal may be right
        findings.append(finding if proven is None else replace(finding, fix=proven))
    return replace(told.report, findings=tuple(findings))


class Trial:
    """Tries fixes of one file; report: what is known of its text."""

    def __init__(self, text: str, report: Report, config: Config, loader: Loader) -> None:
        self.text = text
        self.report = report
        self.config = config
        self.loader = loader
        self.left = MAX_TRIALS

    def proven(self, finding: Finding, fix: Fix) -> Fix | None:
        """The fix if it works, with what mends the mistakes that stood behind this one; no safe one if something is not known then."""
        for _ in range(MAX_CHAIN):
            if self.left == 0:
                return None
            self.left -= 1
            try:
                told = run(Editable(self.text).edited(fix.edits), self.report.path, self.config, self.loader, worded=False)
            except Unreadable:
                return None
            if mends([finding], fix.edits, self.report, told.report, self.text):
                return replace(fix, safe=fix.safe and _is_understood(self.report, told.report))
            further = self._further(finding, fix, told)
            if further is None:
                return None
            fix = further
        return None

    def _further(self, finding: Finding, fix: Fix, told: Told) -> Fix | None:
        """The fix with that of the one finding that shows only now, for places in the text as it is."""
        old, new = Editable(self.text), Editable(Editable(self.text).edited(fix.edits))
        known = {(old.moved(item.span, fix.edits), item.code) for item in self.report.findings}
        fresh = [item for item in told.report.findings if (new.offset(item.span.line, item.span.column), item.code) not in known]
        if len(fresh) != 1 or (old.moved(finding.span, fix.edits), finding.code) in _places(told.report, new):
            return None
        behind = next(iter(told.proposals().get((fresh[0].span, fresh[0].rule), ())), None)
        edits = [old.before(edit, new, fix.edits) for edit in behind.edits] if behind is not None else []
        if behind is None or None in edits:
            return None
        message = f"{fix.message} and {behind.message[:1].lower()}{behind.message[1:]}"
        return Fix(message, (*fix.edits, *(edit for edit in edits if edit is not None)), fix.safe and behind.safe)


def _places(report: Report, text: Editable) -> set[tuple[int, str]]:
    """Where the findings of a report on a text stand, with their codes."""
    return {(text.offset(item.span.line, item.span.column), item.code) for item in report.findings}


def mends(cured: Iterable[Finding], edits: Sequence[Edit], before: Report, after: Report, text: str) -> bool:
    """Whether edits take these findings away and bring nothing new, and no model is less verified than before.

    text: the one that ``before`` is about.
    """
    if after.failure is not None:
        return False
    old, new = Editable(text), Editable(Editable(text).edited(edits))
    gone = {(old.moved(item.span, edits), item.code) for item in cured}
    known = {(old.moved(item.span, edits), item.code) for item in before.findings}
    return _places(after, new) <= known - gone and all(STATUSES.index(now) >= STATUSES.index(then) for then, now in _models(before, after))


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

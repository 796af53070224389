"""The baseline: a file of findings that are known already, so that only new ones count."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from dimlint.core.report import Finding, Report
from dimlint.fingerprint import fingerprint
from dimlint.lines import FileLines
from dimlint.relative import portable
from dimlint.render.shown import well_formed

VERSION = 1


class BaselineError(Exception):
    """There is no baseline, or it cannot be understood."""


@dataclass(frozen=True, order=True)
class Entry:
    """One known finding; equal ones have an entry each. The path is relative to the directory of the baseline."""

    path: str
    code: str
    fingerprint: str


@dataclass(frozen=True)
class Compared:
    """What is new, how many findings are not, and which entries have no finding any more."""

    reports: list[Report]
    hidden: int
    gone: list[Entry]


class Baseline:
    """A baseline file; it need not exist yet."""

    def __init__(self, file: str, lines: FileLines) -> None:
        self.file = file
        self._root = os.path.dirname(os.path.abspath(file))
        self._lines = lines

    def read(self) -> list[Entry]:
        """The entries of the file. Raises BaselineError."""
        if not os.path.exists(self.file):
            raise BaselineError("there is no such baseline; --write-baseline makes it")
        try:
            with open(self.file, encoding="utf-8") as stream:
                document = json.load(stream)
        except OSError as error:
            raise BaselineError(f"cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError):
            raise BaselineError("is no baseline of dimlint: not JSON") from None
        if not isinstance(document, dict) or document.get("version") != VERSION or not isinstance(document.get("findings"), list):
            raise BaselineError(f"is no baseline of dimlint: an object with version {VERSION} and a list of findings is expected")
        return [_entry(item, number) for number, item in enumerate(document["findings"], 1)]

    def write(self, reports: Sequence[Report]) -> int:
        """Write all findings, one on a line; returns how many. Raises OSError."""
        entries = sorted(self._entry(finding) for report in reports for finding in report.findings)
        lines = ",\n".join(f"  {json.dumps(asdict(entry))}" for entry in entries)
        with open(self.file, "w", encoding="utf-8") as stream:
            stream.write(f'{{"version": {VERSION}, "findings": [\n{lines}\n]}}\n')
        return len(entries)

    def compare(self, reports: Sequence[Report], known: Sequence[Entry], selects: Callable[[str, str], bool]) -> Compared:
        """Take the known findings out of the reports.

        selects: whether a rule is looked for in a file, by path and code; what is not looked for is not gone.
        """
        left = Counter(known)
        new = []
        for report in reports:
            kept = tuple(self._unknown(sorted(report.findings, key=lambda finding: finding.span), left))
            new.append(replace(report, findings=kept))
        hidden = sum(len(report.findings) for report in reports) - sum(len(report.findings) for report in new)
        checked = {self._path(report.path): report for report in reports}
        gone = [entry for entry in left.elements() if self._is_gone(entry, checked.get(entry.path), selects)]
        return Compared(new, hidden, sorted(gone))

    def _unknown(self, findings: Sequence[Finding], left: Counter[Entry]) -> Iterator[Finding]:
        for finding in findings:
            entry = self._entry(finding)
            if left[entry] > 0:
                left[entry] -= 1
            else:
                yield finding

    def _is_gone(self, entry: Entry, report: Report | None, selects: Callable[[str, str], bool]) -> bool:
        if report is None:
            return not os.path.lexists(os.path.join(self._root, entry.path))
        return report.failure is None and selects(report.path, entry.code)

    def _entry(self, finding: Finding) -> Entry:
        path = self._path(finding.span.path)
        return Entry(path, finding.code, fingerprint(finding, path, self._lines(finding.span.path, finding.span.line)))

    def _path(self, path: str) -> str:
        return well_formed(portable(path, self._root))


def _entry(item: object, number: int) -> Entry:
    path, code, known_by = (item.get(name) for name in ("path", "code", "fingerprint")) if isinstance(item, dict) else (None,) * 3
    if not isinstance(path, str) or not isinstance(code, str) or not isinstance(known_by, str) or not _is_path(path):
        raise BaselineError(f"is no baseline of dimlint: finding {number} lacks path, code or fingerprint")
    return Entry(path, code, known_by)


def _is_path(text: str) -> bool:
    return "\0" not in text and text == well_formed(text)

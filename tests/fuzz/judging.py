"""Whether dimlint bears a program: a report comes, in time, and every format can show it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

from dimlint import Report
from dimlint.batch import check_file
from dimlint.config import Config
from dimlint.core.report import FAILED
from dimlint.lines import FileLines
from dimlint.render.checked import Checked
from dimlint.render.formats import FOR_PROGRAMS, drawn, written

FUEL = 3_000
SECONDS = 5.0
"""Processor time that so little fuel and texts of this size may take; some thirty times what is usual."""


class Judge:
    """Checks texts one after the other at one place.

    slowest: the most seconds that one took. parsed: how many could be parsed.
    """

    def __init__(self, folder: str, fuel: int = FUEL) -> None:
        self.path = os.path.join(folder, "program.py")
        self.config = Config(follow_imports="none", fuel=fuel, root=folder)
        self.slowest = 0.0
        self.parsed = 0

    def trouble(self, raw: bytes) -> str | None:
        """What is wrong with how dimlint takes it, or None."""
        with open(self.path, "wb") as stream:
            stream.write(raw)
        start = process_time()
        try:
            report = check_file(self.path, self.config)
            seconds = process_time() - start
            self.slowest = max(self.slowest, seconds)
            self.parsed += isinstance(report, Report) and report.failure is None
            if not isinstance(report, Report):
                return "no report"
            if seconds > SECONDS:
                return f"took {seconds:.1f} s"
            return _in_the_report(report) or _in_the_formats(report)
        except Exception as error:
            return f"{type(error).__name__}: {error}"[:300]


def _in_the_report(report: Report) -> str | None:
    if report.internal:
        return report.failure
    return next((gap.reason for gap in report.gaps if gap.reason.startswith(FAILED)), None)


def _in_the_formats(report: Report) -> str | None:
    checked = Checked([report], FileLines(), gaps=True, statistics=True)
    shown = [written(checked, name) for name in FOR_PROGRAMS]
    shown += ["".join(text for line in drawn(checked, name) for text, _ in line) for name in ("text", "concise")]
    bad = next((char for text in shown for char in text if char < " " and char not in "\n\t"), None)
    return f"the output holds the character {bad!a}" if bad else None


@contextmanager
def judge(fuel: int = FUEL) -> Iterator[Judge]:
    """A judge with a place of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Judge(folder, fuel)

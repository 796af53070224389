"""Many files: each is read and analysed on its own, in this process or in several, and the order stays."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.report import Gap, Report, Span
from dimlint.gate import Unreadable, is_notebook
from dimlint.project import read_notebook, read_text
from dimlint.scan import mentions_framework

if TYPE_CHECKING:
    from dimlint.notebook import Notebook

Task = tuple[str, Config]
_NAMED = re.compile(r"^[ \t]*(?:(?:class|(?:async[ \t]+)?def)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]*)?=)", re.MULTILINE)
"""What defines or assigns a name."""


def check_file(path: str, config: Config) -> Report:
    """The report on one file, whatever happens."""
    try:
        if is_notebook(path):
            return check_notebook(read_notebook(path), path, config)
        return analyze(read_text(path), path, config)
    except Unreadable as unreadable:
        return Report(path, failure=unreadable.reason, skipped=unreadable.kind == "skipped")


def check_notebook(notebook: Notebook, path: str, config: Config) -> Report:
    """The report on a notebook: its lines are those of the program that it is. Nothing is fixed there."""
    report = analyze(notebook.program, path, config, fixes=False)
    if report.failure is not None:
        return report
    left_out = (Gap(Span(path, line, 1, line, 1), reason) for line, reason in notebook.notices)
    return replace(report, gaps=tuple(sorted([*report.gaps, *left_out], key=lambda gap: (gap.span, gap.reason))))


def _is_of_interest(path: str) -> bool:
    """Whether a file can be read and speaks of a framework."""
    try:
        return mentions_framework(read_text(path))
    except Unreadable:
        return False


def check_files(tasks: Sequence[Task], jobs: int, step: Callable[[], None] = lambda: None) -> list[Report]:
    """The reports in the order of the tasks. A process that dies costs only the file it was at. step: called after each file."""
    if jobs <= 1 or len(tasks) <= 1:
        return [_stepping(task, step) for task in tasks]
    from dimlint.workers import check_together

    if any(_is_of_interest(path) for path, _ in tasks):
        from dimlint.run import prepare

        prepare()  # once, before processes are forked
    return check_together(check_file, tasks, jobs, step)


def _stepping(task: Task, step: Callable[[], None]) -> Report:
    report = check_file(*task)
    step()
    return report


def useless_inputs(tasks: Sequence[Task]) -> Iterator[str]:
    """A notice for each configured input shape that is for nothing in the files: its name is misspelt, or no longer there."""
    configs = {config.root: config for _, config in tasks if config.inputs}
    for root, config in configs.items():
        names: set[str] = set()
        for path, used in tasks:
            with suppress(Unreadable):
                names.update(name for pair in (_NAMED.findall(read_text(path)) if used.root == root else ()) for name in pair)
        for pattern in config.inputs:
            if not any(fnmatchcase(name, pattern) for name in names if name):
                where = os.path.join(root, "pyproject.toml")
                yield f"{where}: [tool.dimlint] inputs: nothing in the checked files is named {pattern[:60]!a}"

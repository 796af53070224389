"""Many files: each is read and analysed on its own, in this process or in several, and the order stays."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.report import Gap, Report, Span
from dimlint.files import Files
from dimlint.gate import MAX_NOTEBOOK, Unreadable, is_notebook
from dimlint.project import ProjectLoader, decode_notebook, read_text
from dimlint.scan import mentions_framework

if TYPE_CHECKING:
    from dimlint.cache import Cache
    from dimlint.notebook import Notebook

Task = tuple[str, Config]
Elsewhere = Callable[[Callable[[str, Config], Report], Sequence[Task], Callable[[], None]], list[Report]]
_NAMED = re.compile(r"^[ \t]*(?:(?:class|(?:async[ \t]+)?def)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]*)?=)", re.MULTILINE)
"""What defines or assigns a name."""


def check_file(path: str, config: Config, cache: Cache | None = None) -> Report:
    """The report on one file, whatever happens. cache: where it is kept."""
    files = Files()
    loader = ProjectLoader.for_file(path, config, files)
    try:
        if is_notebook(path):
            notebook = decode_notebook(files.read(path, MAX_NOTEBOOK))
            text, report = notebook.program, check_notebook(notebook, path, config, loader)
        else:
            text = files.text(path)
            report = analyze(text, path, config, loader)
    except Unreadable as unreadable:
        return Report(path, failure=unreadable.reason, skipped=unreadable.kind == "skipped")
    if cache is not None and report.failure is None and mentions_framework(text):  # other texts cost nothing
        cache.keep(path, config, report, files.seen)
    return report


def check_notebook(notebook: Notebook, path: str, config: Config, loader: ProjectLoader | None = None) -> Report:
    """The report on a notebook: its lines are those of the program that it is."""
    report = analyze(notebook.program, path, config, loader)
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


def check_files(
    tasks: Sequence[Task],
    jobs: int,
    step: Callable[[], None] = lambda: None,
    cache: Cache | None = None,
    elsewhere: Elsewhere | None = None,
) -> list[Report]:
    """The reports in the order of the tasks. A process that dies costs only the file it was at. step: called after each file.

    cache: holds reports of earlier runs, and is given those of this one. elsewhere: checks them, if no process of this machine shall.
    """
    known = [cache.find(*task) if cache is not None else None for task in tasks]
    rest = [task for task, report in zip(tasks, known, strict=True) if report is None]
    for _ in range(len(tasks) - len(rest)):
        step()
    check = partial(check_file, cache=cache) if cache is not None else check_file
    found = iter(elsewhere(check, rest, step) if elsewhere is not None and rest else _check_anew(rest, jobs, step, check))
    return [next(found) if report is None else report for report in known]


def _check_anew(tasks: Sequence[Task], jobs: int, step: Callable[[], None], check: Callable[[str, Config], Report]) -> list[Report]:
    if jobs <= 1 or len(tasks) <= 1:
        return [_stepping(check, task, step) for task in tasks]
    from dimlint.workers import check_together

    if any(_is_of_interest(path) for path, _ in tasks):
        from dimlint.run import prepare

        prepare()  # once, before processes are forked
    return check_together(check, tasks, jobs, step)


def _stepping(check: Callable[[str, Config], Report], task: Task, step: Callable[[], None]) -> Report:
    report = check(*task)
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

"""Many files: each is read and analysed on its own, in this process or in several, and the order stays."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.report import Report
from dimlint.project import read_text
from dimlint.source import Unreadable

Task = tuple[str, Config]


def check_file(path: str, config: Config) -> Report:
    """The report on one file, whatever happens."""
    try:
        return analyze(read_text(path), path, config)
    except Unreadable as unreadable:
        return Report(path, failure=unreadable.reason, skipped=unreadable.kind == "skipped")


def check_files(tasks: Sequence[Task], jobs: int) -> list[Report]:
    """The reports in the order of the tasks. A process that dies costs only the file it was at."""
    if jobs <= 1 or len(tasks) <= 1:
        return [check_file(*task) for task in tasks]
    reports: dict[int, Report] = {}
    pending = list(range(len(tasks)))
    while pending:
        reports |= _together([(index, tasks[index]) for index in pending], jobs)
        pending = [index for index in pending if index not in reports]
        # Tasks are handed out in order, so the one that killed a process is among those handed out and not answered.
        for index in pending[: 2 * jobs + 1]:
            reports[index] = _alone(tasks[index])
        pending = [index for index in pending if index not in reports]
    return [reports[index] for index in range(len(tasks))]


def _together(tasks: Sequence[tuple[int, Task]], jobs: int) -> dict[int, Report]:
    """The reports of those tasks that were done before a process died, or of all."""
    reports: dict[int, Report] = {}
    with ProcessPoolExecutor(min(jobs, len(tasks))) as pool:
        try:
            futures = [(index, pool.submit(check_file, *task)) for index, task in tasks]
        except BrokenProcessPool:
            return reports
        for index, future in futures:
            try:
                reports[index] = future.result()
            except BrokenProcessPool:
                continue
    return reports


def _alone(task: Task) -> Report:
    with ProcessPoolExecutor(1) as pool:
        try:
            return pool.submit(check_file, *task).result()
        except BrokenProcessPool:
            return Report(task[0], failure="internal error: the analysing process died", internal=True)

"""Several processes for many files; one that dies costs only the file it was at."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from dimlint.config import Config
from dimlint.core.report import Report

DIED = "internal error: the analysing process died"
Task = tuple[str, Config]
Check = Callable[[str, Config], Report]


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, initializer=_follow)


def _follow() -> None:
    """End this process when the one that hands out the tasks is gone: one that is killed cannot tell its workers.

    The system's word on who the parent is would be another one where a server forks the workers.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def check_together(check: Check, tasks: Sequence[Task], jobs: int, step: Callable[[], None] = lambda: None) -> list[Report]:
    """The reports in the order of the tasks. step: called after each."""
    reports: dict[int, Report] = {}
    pending = list(range(len(tasks)))
    while pending:
        reports |= _together(check, [(index, tasks[index]) for index in pending], jobs, step)
        pending = [index for index in pending if index not in reports]
        # Tasks are handed out in order, so the one that killed a process is among those handed out and not answered.
        for index in pending[: 2 * jobs + 1]:
            reports[index] = _alone(check, tasks[index])
            step()
        pending = [index for index in pending if index not in reports]
    return [reports[index] for index in range(len(tasks))]


def _together(check: Check, tasks: Sequence[tuple[int, Task]], jobs: int, step: Callable[[], None]) -> dict[int, Report]:
    """The reports of those tasks that were done before a process died, or of all."""
    reports: dict[int, Report] = {}
    with _pool(min(jobs, len(tasks))) as pool:
        try:
            futures = [(index, pool.submit(check, *task)) for index, task in tasks]
        except BrokenProcessPool:
            return reports
        for index, future in futures:
            try:
                reports[index] = future.result()
                step()
            except BrokenProcessPool:
                continue
    return reports


def _alone(check: Check, task: Task) -> Report:
    with _pool(1) as pool:
        try:
            return pool.submit(check, *task).result()
        except BrokenProcessPool:
            return Report(task[0], failure=DIED, internal=True)

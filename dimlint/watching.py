"""``dimlint check --watch``: the files are looked at every so often, and what a change may concern is checked again."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from dimlint.checking import Configs, Tasks, Unusable, cache_for, check_tasks, find_tasks, tell
from dimlint.core.report import Report

INTERVAL = 0.5
"""Seconds between two looks."""

Stamps = Mapping[str, tuple[int, int]]


def watch(paths: Sequence[str], options: dict[str, Any]) -> int:
    """Check, wait for a change, and check again, until interrupted; the exit status is that of the last check."""
    if "-" in paths or any(options[name] for name in ("fix", "diff", "write_baseline", "output_file")):
        raise Unusable("--watch goes with no standard input, --fix, --diff, --write-baseline or --output-file")
    watched = _Watched(paths, options)
    complaint = ""
    with suppress(KeyboardInterrupt), _noting_interrupts() as interrupts:
        while not interrupts:
            try:
                watched.look()
                complaint = ""
            except Unusable as error:
                if not watched.stamps:
                    raise
                if error.message != complaint:  # a file that is being edited
                    complaint = error.message
                    error.show()
            time.sleep(INTERVAL)
    return watched.status


@contextmanager
def _noting_interrupts() -> Iterator[list[int]]:
    """The interrupts so far. One that arrives within an import or a finalizer raises its exception in vain: Python goes on there."""
    interrupts: list[int] = []

    def note(number: int, frame: object) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # which gets the signals
        yield interrupts
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)


class _Watched:
    """What is watched: the last report on each file, and when each was changed; status is that of the last check."""

    def __init__(self, paths: Sequence[str], options: dict[str, Any]) -> None:
        self.status = 0
        self.stamps: Stamps = {}
        self._paths = paths
        self._folder = tempfile.TemporaryDirectory() if options["no_cache"] else None
        # What a report rests on is read off the cache.
        self._options = {**options, "no_cache": False, "cache_dir": self._folder.name} if self._folder else options
        self._known: dict[str, Report] = {}
        self._rests: dict[str, frozenset[str]] = {}

    def look(self) -> None:
        """Check what changed since the last look, if anything did. Raises Unusable."""
        configs = Configs(self._options["select"], self._options["ignore"])
        tasks = find_tasks(self._paths, self._options, configs)
        now = self._stamps(tasks)
        if now == self.stamps:
            return
        changed = {path for path in now.keys() | self.stamps.keys() if now.get(path) != self.stamps.get(path)}
        stale = [task for task in tasks if task[0] not in self._known or self._concerns(changed, task[0])]
        reports = check_tasks(stale, self._options)
        self._known |= {report.path: report for report in reports}
        cache = cache_for(tasks, self._options)
        if cache is not None:
            self._rests |= {path: cache.rests_on(path, config) for path, config in stale}
        self.stamps = {**self._stamps(tasks), **now}
        self.status = _tell([self._known[path] for path, _ in tasks], self._options, configs)

    def _concerns(self, changed: set[str], path: str) -> bool:
        """Whether one of these changes may change what is known of a file: any may if it is not known what that rests on."""
        rests = self._rests.get(path)
        return not rests or path in changed or any(item in rests or os.path.basename(item) == "pyproject.toml" for item in changed)

    def _stamps(self, tasks: Tasks) -> Stamps:
        """When each file, all that it rests on, and each configuration was last changed, and how large it is."""
        paths = {path for path, _ in tasks} | {os.path.join(config.root or ".", "pyproject.toml") for _, config in tasks}
        found = {}
        for path in paths.union(*(self._rests.get(path, ()) for path, _ in tasks)):
            with suppress(OSError):
                status = os.stat(path)
                found[path] = (status.st_mtime_ns, status.st_size)
        return found or {"": (0, 0)}


def _tell(reports: list[Report], options: dict[str, Any], configs: Configs) -> int:
    from dimlint.lines import FileLines

    if sys.stdout.isatty() and options["output_format"] == "text":
        click.clear()
    status = tell(reports, options, configs, FileLines())
    sys.stdout.flush()
    if sys.stderr.isatty():
        click.echo("Waiting for changes; Ctrl+C ends.", err=True)
    return status

"""``dimlint check --watch``: the files are looked at every so often, and what a change may concern is checked again."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

from dimlint.checking import Configs, Tasks, Unusable, check_tasks, find_tasks, tell
from dimlint.core.report import Report
from dimlint.gate import Unreadable

INTERVAL = 0.5
"""Seconds between two looks."""

Stamps = Mapping[str, tuple[int, int]]


def watch(paths: Sequence[str], options: dict[str, Any]) -> int:
    """Check, wait for a change, and check again, until interrupted; the exit status is that of the last check."""
    if "-" in paths or any(options[name] for name in ("fix", "diff", "write_baseline", "output_file")):
        raise Unusable("--watch goes with no standard input, --fix, --diff, --write-baseline or --output-file")
    watched = _Watched(paths, options)
    complaint = ""
    with suppress(KeyboardInterrupt):
        while True:
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


class _Watched:
    """What is watched: the last report on each file, and when each was changed; status is that of the last check."""

    def __init__(self, paths: Sequence[str], options: dict[str, Any]) -> None:
        self.status = 0
        self.stamps: Stamps = {}
        self._paths = paths
        self._options = options
        self._known: dict[str, Report] = {}

    def look(self) -> None:
        """Check what changed since the last look, if anything did. Raises Unusable."""
        configs = Configs(self._options["select"], self._options["ignore"])
        tasks = find_tasks(self._paths, self._options, configs)
        seen = _stamps(tasks)
        if seen == self.stamps:
            return
        stale = _stale(tasks, self.stamps, seen)
        reports = check_tasks([task for task in tasks if task[0] in stale or task[0] not in self._known], self._options)
        self._known |= {report.path: report for report in reports}
        self.stamps = seen
        self.status = _tell([self._known[path] for path, _ in tasks], self._options, configs)


def _tell(reports: list[Report], options: dict[str, Any], configs: Configs) -> int:
    from dimlint.lines import FileLines

    if sys.stdout.isatty() and options["output_format"] == "text":
        click.clear()
    status = tell(reports, options, configs, FileLines())
    sys.stdout.flush()
    if sys.stderr.isatty():
        click.echo("Waiting for changes; Ctrl+C ends.", err=True)
    return status


def _stamps(tasks: Tasks) -> Stamps:
    """When each file, and each configuration, was last changed, and how large it is."""
    paths = {path for path, _ in tasks} | {os.path.join(config.root or ".", "pyproject.toml") for _, config in tasks}
    found = {}
    for path in paths:
        with suppress(OSError):
            status = os.stat(path)
            found[path] = (status.st_mtime_ns, status.st_size)
    return found or {"": (0, 0)}


def _stale(tasks: Tasks, before: Stamps, now: Stamps) -> set[str]:
    """The files that changed, and those that may import one of them, directly or not."""
    paths = {path for path, _ in tasks}
    changed = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
    if not before or any(os.path.basename(path) == "pyproject.toml" for path in changed):
        return paths
    words = {path: _words(path) for path in paths}
    stale, fresh = changed & paths, changed
    while fresh:
        names = _names(fresh)
        fresh = {path for path in paths - stale if names & words[path]}
        stale |= fresh
    return stale


def _names(paths: Iterable[str]) -> set[str]:
    """What imports call files."""
    names = set()
    for path in paths:
        directory, file = os.path.split(os.path.abspath(path))
        names.add(os.path.basename(directory) if file == "__init__.py" else os.path.splitext(file)[0])
    return names


def _words(path: str) -> set[str]:
    from dimlint.project import read_text

    try:
        return set(re.findall(r"\w+", read_text(path)))
    except Unreadable:
        return set()

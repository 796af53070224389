"""The run of ``dimlint check``: which files, what is found in them, and what is said of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

import click

from dimlint.config import Config, ConfigError, load_config
from dimlint.core.report import Report
from dimlint.core.rules import find
from dimlint.gate import is_notebook
from dimlint.render.formats import FOR_PROGRAMS
from dimlint.render.shown import shown, shown_path
from dimlint.terminal import paint, progress, wants_colour

if TYPE_CHECKING:
    from dimlint.cache import Cache
    from dimlint.lines import FileLines
    from dimlint.render.checked import Checked

Tasks = Sequence[tuple[str, Config]]
FOUND, UNUSABLE = 1, 2
FEW_FILES = 16
"""Up to so many files, starting further processes costs more than it saves."""
CLOSED = ("text", "github")
"""Formats that have a closing line."""
MAX_GONE = 20
"""Of the entries of a baseline that are no longer found, so many are named."""


class Unusable(click.ClickException):
    """Wrong usage, or nothing could be read."""

    exit_code = UNUSABLE

    def __init__(self, message: str) -> None:
        super().__init__(shown(message))


def _refuse_combinations(options: dict[str, Any]) -> None:
    if options["write_baseline"] and options["baseline"] is None:
        raise Unusable("--write-baseline needs --baseline FILE")
    if options["executor"] and options["jobs"]:
        raise Unusable("--executor has processes of its own: it does not go with --jobs")
    if options["unsafe_fixes"] and not (options["fix"] or options["diff"]):
        raise Unusable("--unsafe-fixes needs --fix or --diff")
    if options["diff"] and options["fix"]:
        raise Unusable("--diff changes nothing: it does not go with --fix")
    if options["diff"] and (options["baseline"] or options["output_file"] or options["output_format"] != "text"):
        raise Unusable("--diff shows nothing but the diffs: it goes with no --output-format, --output-file or --baseline")
    if options["diff"] and (options["show_gaps"] or options["statistics"]):
        raise Unusable("--diff shows nothing but the diffs: it goes with no --show-gaps or --statistics")


def check_once(paths: Sequence[str], options: dict[str, Any]) -> int:
    """One run of the command; its exit status."""
    from dimlint.lines import FileLines

    _refuse_combinations(options)
    lines = FileLines()
    configs = Configs(options["select"], options["ignore"])
    tasks = find_tasks(paths, options, configs)
    found = _reports(paths, tasks, options, configs, lines)
    fixed = 0
    if options["diff"] or options["fix"]:
        from dimlint.fix_mode import FixMode

        mode = FixMode(found, lines, configs.for_file, unsafe=options["unsafe_fixes"])
        if options["diff"]:
            _complain(found, lines)
            changes = mode.show(sys.stdout, sys.stderr)
            return UNUSABLE if _nothing_read(found, options) else FOUND if changes and not options["exit_zero"] else 0
        found, fixed = mode.fix(lambda: check_tasks(tasks, options), sys.stdout, sys.stderr)
        if fixed and options["output_format"] not in CLOSED:
            click.echo(f"{fixed} fixed", err=True)
    return tell(found, options, configs, lines, fixed)


def tell(found: list[Report], options: dict[str, Any], configs: Configs, lines: FileLines, fixed: int = 0) -> int:
    """Write what was found and the baseline does not hold; the exit status."""
    reports, hidden = _without_known(found, options, configs, lines)
    _complain(reports, lines)
    _output(reports, hidden, fixed, options, lines)
    if _nothing_read(reports, options):
        return UNUSABLE
    return FOUND if any(report.findings for report in reports) and not options["exit_zero"] else 0


def _without_known(reports: list[Report], options: dict[str, Any], configs: Configs, lines: FileLines) -> tuple[list[Report], int]:
    """The reports without the findings that the baseline holds, and how many these are."""
    file: str | None = options["baseline"]
    if file is None or _nothing_read(reports, options):
        return reports, 0
    from dimlint.baseline import Baseline, BaselineError
    from dimlint.render.text import counted

    baseline = Baseline(file, lines)
    try:
        if options["write_baseline"]:
            click.echo(f"{shown_path(file)}: {counted(baseline.write(reports), 'finding')} written", err=True)
        found = baseline.compare(reports, baseline.read(), lambda path, code: _selects(configs, path, code))
    except BaselineError as error:
        raise Unusable(f"{file}: {error}") from None
    except OSError as error:
        raise Unusable(f"{file}: cannot be written: {error.strerror}") from None
    if found.hidden and options["output_format"] not in CLOSED:
        click.echo(f"{shown_path(file)}: {counted(found.hidden, 'known finding')} not shown", err=True)
    for entry in found.gone[:MAX_GONE]:
        click.echo(f"{shown_path(file)}: no longer found: {shown(entry.code)} in {shown(entry.path)}", err=True)
    if len(found.gone) > MAX_GONE:
        click.echo(f"{shown_path(file)}: and {len(found.gone) - MAX_GONE} more; --write-baseline takes them out", err=True)
    return found.reports, found.hidden


def _nothing_read(reports: Sequence[Report], options: dict[str, Any]) -> bool:
    """Whether no file could be read; with --force-exclude it is no mistake that none is left."""
    return all(report.failure is not None for report in reports) and bool(reports or not options["force_exclude"])


def _selects(configs: Configs, path: str, code: str) -> bool:
    rule = find(code)
    return rule is None or configs.for_file(path).selects(code, rule.symbol, path)


def find_tasks(paths: Sequence[str], options: dict[str, Any], configs: Configs) -> Tasks:
    """The files to check, each once."""
    from dimlint.project import find_files

    tasks: dict[str, tuple[str, Config]] = {}
    for path in paths:
        try:
            for file in find_files([path], configs.for_file(path), force_exclude=options["force_exclude"]) if path != "-" else ():
                tasks.setdefault(os.path.realpath(file), (file, configs.for_file(file)))
        except ConfigError as error:
            raise Unusable(str(error)) from None
    if "-" in paths:
        tasks.pop(os.path.realpath(options["stdin_filename"] or "<stdin>"), None)  # standard input is its newer text
    return list(tasks.values())


def _reports(paths: Sequence[str], tasks: Tasks, options: dict[str, Any], configs: Configs, lines: FileLines) -> list[Report]:
    from dimlint.batch import useless_inputs

    reports = [_check_stdin(options["stdin_filename"] or "<stdin>", configs, lines)] if "-" in paths else []
    if not tasks and "-" not in paths and not options["force_exclude"]:
        click.echo("No Python files found.", err=True)
    for notice in useless_inputs(tasks) if any(map(os.path.isdir, paths)) else ():  # single files are a part of a project
        click.echo(shown(notice), err=True)
    return reports + check_tasks(tasks, options)


def check_tasks(tasks: Tasks, options: dict[str, Any]) -> list[Report]:
    """The reports on files, in order."""
    from dimlint.batch import check_files

    jobs = options["jobs"] or (os.cpu_count() or 1 if len(tasks) > FEW_FILES else 1)
    with progress(len(tasks), sys.stderr) as step:
        if options["executor"]:
            return _check_on_cluster(tasks, options["executor"], step, cache_for(tasks, options))
        return check_files(tasks, jobs, step, cache_for(tasks, options))


def _check_on_cluster(tasks: Tasks, executor: str, step: Callable[[], None], cache: Cache | None) -> list[Report]:
    """The reports of the workers of a cluster."""
    from dimlint.batch import check_files

    scheme, _, address = executor.partition("://")
    host, _, port = address.rpartition(":")
    if scheme != "dask" or not host or not port.isdecimal() or int(port) > 65535:
        raise Unusable("--executor: must be dask://HOST:PORT")
    try:
        from dimlint.cluster import ClusterError, check_on_cluster
    except ImportError as error:
        raise Unusable(f"--executor needs more packages (pip install 'dimlint[dask]'): {error}") from None
    try:
        return check_files(tasks, 1, step, cache, partial(check_on_cluster, address))
    except ClusterError as error:
        raise Unusable(f"--executor: {error}") from None


def cache_for(tasks: Tasks, options: dict[str, Any]) -> Cache | None:
    """Where reports are kept, unless the user does not want that."""
    if options["no_cache"] or not tasks:
        return None
    from dimlint.cache import DIRECTORY, Cache

    return Cache(options["cache_dir"] or os.path.join(tasks[0][1].root or os.getcwd(), DIRECTORY))


def _check_stdin(path: str, configs: Configs, lines: FileLines) -> Report:
    from dimlint.analyze import analyze
    from dimlint.batch import check_notebook
    from dimlint.files import decode
    from dimlint.gate import MAX_BYTES, MAX_NOTEBOOK, Unreadable
    from dimlint.project import decode_notebook

    config = configs.for_file(path)
    try:
        lines.raw[path] = sys.stdin.buffer.read((MAX_NOTEBOOK if is_notebook(path) else MAX_BYTES) + 1)
        if is_notebook(path):
            lines.notebooks[path] = notebook = decode_notebook(lines.raw[path])
            return check_notebook(notebook, path, config)
        lines.texts[path] = decode(lines.raw[path])
    except Unreadable as unreadable:
        return Report(path, failure=unreadable.reason, skipped=unreadable.kind == "skipped")
    return analyze(lines.texts[path], path, config)


class Configs:
    """The configuration of each file, read once for each directory, with what the command line says on top."""

    def __init__(self, select: tuple[str, ...], ignore: tuple[str, ...]) -> None:
        self._select = select
        self._ignore = ignore
        self._known: dict[str, Config] = {}

    def for_file(self, path: str) -> Config:
        directory = os.path.abspath(path) if os.path.isdir(path) else os.path.dirname(os.path.abspath(path))
        if directory not in self._known:
            try:
                config = load_config(directory)
            except ConfigError as error:
                raise Unusable(str(error)) from None
            self._known[directory] = config.narrowed(self._select, self._ignore)
        return self._known[directory]


def _complain(reports: Iterable[Report], lines: FileLines) -> None:
    """One line for each file that was not analysed, and for each malformed comment."""
    from dimlint.render.places import place

    for report in reports:
        if report.failure is not None:
            click.echo(f"{shown_path(report.path)}: {shown(report.failure)}", err=True)
        for gap in report.gaps:
            if gap.is_warning:
                click.echo(f"{shown_path(gap.span.path)}{place(gap.span, lines.cell)}: {shown(gap.reason)}", err=True)


def _output(reports: Sequence[Report], hidden: int, fixed: int, options: dict[str, Any], lines: FileLines) -> None:
    from dimlint.render.checked import Checked

    path = options["output_file"]
    checked = Checked(reports, lines, options["show_gaps"], options["statistics"], hidden, fixed)
    usual = sys.stderr if options["fix"] and lines.raw else sys.stdout
    if checked.statistics and options["output_format"] in FOR_PROGRAMS:
        from dimlint.render.text import statistic_lines

        paint(statistic_lines(reports), sys.stderr, colour=wants_colour(sys.stderr))
    with opened(path, usual) as stream:
        _render(checked, options["output_format"], stream, colour=not path and wants_colour(usual))


@contextmanager
def opened(path: str | None, usual: TextIO | None = None) -> Iterator[TextIO]:
    """Where the output goes: a file, or else the usual stream, which is standard output."""
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") if path else nullcontext(usual or sys.stdout) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unusable(f"{path or 'the output'}: cannot be written: {error.strerror}") from None


def _render(checked: Checked, name: str, stream: TextIO, *, colour: bool) -> None:
    from dimlint.render.formats import drawn, written

    if name in FOR_PROGRAMS:
        stream.write(written(checked, name))
    else:
        paint(drawn(checked, name), stream, colour=colour)



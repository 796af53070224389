"""The command line: ``dimlint check``, ``summary``, ``rule`` and ``layers``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

import click

from dimlint import __version__
from dimlint.config import Config, ConfigError, check_selectors, load_config
from dimlint.core.report import Report
from dimlint.core.rules import RULES, UNVERIFIED, Rule, find
from dimlint.render.shown import shown
from dimlint.terminal import paint, wants_colour

if TYPE_CHECKING:
    from dimlint.render.text import Line

FOUND, UNUSABLE = 1, 2
FEW_FILES = 16
"""Up to so many files, starting further processes costs more than it saves."""


class Unusable(click.ClickException):
    """Wrong usage, or nothing could be read."""

    exit_code = UNUSABLE

    def __init__(self, message: str) -> None:
        super().__init__(shown(message))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dimlint", message="%(prog)s %(version)s")
def main() -> None:
    """Find the shape errors of Keras and PyTorch models without running them."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _selectors(context: click.Context, parameter: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for text in given for name in text.split(",") if name.strip())
    try:
        return check_selectors(names, f"--{parameter.name}")
    except ConfigError as error:
        raise Unusable(str(error)) from None


@main.command(short_help="Check files and directories.")
@click.argument("paths", nargs=-1, type=click.Path(allow_dash=True))
@click.option("--stdin-filename", metavar="P", help="Name of what is read from standard input (PATH is -).")
@click.option("--select", multiple=True, callback=_selectors, metavar="RULES", help="Report only these (codes, beginnings, symbols).")
@click.option("--ignore", multiple=True, callback=_selectors, metavar="RULES", help="Do not report these rules.")
@click.option("--output-format", type=click.Choice(["text", "concise", "json"]), default="text", show_default=True)
@click.option("--output-file", type=click.Path(dir_okay=False, writable=True), help="Write there, not to standard output.")
@click.option("--show-gaps", is_flag=True, help="Also list what could not be followed.")
@click.option("--statistics", is_flag=True, help="Also count the findings of each rule.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also when there are findings.")
@click.option("--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Number of processes; 0 chooses.")
@click.pass_context
def check(context: click.Context, /, paths: tuple[str, ...], **options: Any) -> None:
    """Check files and directories (by default the current one); - is standard input.

    Exit status: 0 nothing found, 1 findings, 2 wrong usage or nothing could be read.
    """
    lines = _Lines()
    reports = _reports(paths or (".",), options, lines)
    _complain(reports)
    _output(reports, options, lines)
    if reports and all(report.failure is not None for report in reports):
        context.exit(UNUSABLE)
    context.exit(FOUND if any(report.findings for report in reports) and not options["exit_zero"] else 0)


class _Lines:
    """Lines of the checked files for code frames; ``texts`` holds what did not come from a file."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._split: dict[str, list[str]] = {}

    def __call__(self, path: str, number: int) -> str | None:
        if path not in self._split:
            self._split[path] = re.split(r"\r\n|\r|\n", self._text(path))
        lines = self._split[path]
        return lines[number - 1] if 0 < number <= len(lines) else None

    def _text(self, path: str) -> str:
        from dimlint.gate import Unreadable
        from dimlint.project import read_text

        try:
            return self.texts[path] if path in self.texts else read_text(path)
        except Unreadable:
            return ""


def _reports(paths: Sequence[str], options: dict[str, Any], lines: _Lines) -> list[Report]:
    from dimlint.batch import check_files, useless_inputs
    from dimlint.project import find_files

    configs = _Configs(options["select"], options["ignore"])
    given = options["stdin_filename"] or "<stdin>"
    reports = [_check_stdin(given, configs, lines)] if "-" in paths else []
    tasks: dict[str, tuple[str, Config]] = {}
    for path in paths:
        try:
            for file in find_files([path], configs.for_file(path)) if path != "-" else ():
                tasks.setdefault(os.path.realpath(file), (file, configs.for_file(file)))
        except ConfigError as error:
            raise Unusable(str(error)) from None
    if reports:
        tasks.pop(os.path.realpath(given), None)  # standard input is its newer text
    jobs = options["jobs"] or (os.cpu_count() or 1 if len(tasks) > FEW_FILES else 1)
    if not tasks and "-" not in paths:
        click.echo("No Python files found.", err=True)
    for notice in useless_inputs(list(tasks.values())) if any(map(os.path.isdir, paths)) else ():  # single files are a part of a project
        click.echo(shown(notice), err=True)
    return reports + check_files(list(tasks.values()), jobs)


def _check_stdin(path: str, configs: _Configs, lines: _Lines) -> Report:
    from dimlint.analyze import analyze
    from dimlint.gate import MAX_BYTES, Unreadable, refuse_notebook
    from dimlint.project import decode

    config = configs.for_file(path)
    try:
        refuse_notebook(path)
        lines.texts[path] = decode(sys.stdin.buffer.read(MAX_BYTES + 1))
    except Unreadable as unreadable:
        return Report(path, failure=unreadable.reason, skipped=unreadable.kind == "skipped")
    return analyze(lines.texts[path], path, config)


class _Configs:
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
            if self._select:
                config = replace(config, select=self._select, ignore=())
            self._known[directory] = replace(config, ignore=config.ignore + self._ignore)
        return self._known[directory]


def _complain(reports: Iterable[Report]) -> None:
    """One line for each file that was not analysed, and for each malformed comment."""
    for report in reports:
        if report.failure is not None:
            click.echo(f"{shown(report.path)}: {shown(report.failure)}", err=True)
        for gap in report.gaps:
            if gap.is_warning:
                click.echo(f"{shown(gap.span.path)}:{gap.span.line}: {shown(gap.reason)}", err=True)


def _output(reports: Sequence[Report], options: dict[str, Any], lines: _Lines) -> None:
    path = options["output_file"]
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") if path else nullcontext(sys.stdout) as stream:
            _render(reports, options, lines, stream, colour=not path and wants_colour(sys.stdout))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unusable(f"{path}: cannot be written: {error.strerror}") from None


def _render(reports: Sequence[Report], options: dict[str, Any], lines: _Lines, stream: TextIO, *, colour: bool) -> None:
    from dimlint.render.json_format import render_json
    from dimlint.render.text import render_concise, render_text

    gaps, statistics = options["show_gaps"], options["statistics"]
    drawn: Iterable[Line]
    if options["output_format"] == "json":
        stream.write(render_json(reports))
        return
    if options["output_format"] == "concise":
        drawn = render_concise(reports, gaps=gaps, statistics=statistics)
    else:
        drawn = render_text(reports, lines, gaps=gaps, statistics=statistics)
    paint(drawn, stream, colour=colour)


@main.command(short_help="Show a model layer by layer.")
@click.argument("target")
@click.option("--input-shape", "shapes", multiple=True, metavar="SHAPE", help="Shape of an input, as 1x3x224x224; once for each input.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def summary(target: str, shapes: tuple[str, ...], output_format: str) -> None:
    """Show the layers that a model applies to its input, with shapes and parameters.

    TARGET is path.py, path.py::name, or path.py::expression.

    Exit status: 0 the model works as far as is known, 1 it does not, 2 there is no such model.
    """
    from dimlint.notation import parse_shapes
    from dimlint.render.summary import summary_json, summary_lines
    from dimlint.summary import NoSummary, summarize

    path, _, name = target.partition("::")
    try:
        given = [shape for text in shapes for shape in parse_shapes(text)]
        found = summarize(path, name.strip() or None, given, _Configs((), ()).for_file(path))
    except ValueError as error:
        raise Unusable(f"--input-shape: {error}") from None
    except NoSummary as error:
        click.echo(shown(str(error)), err=True)
        sys.exit(FOUND if error.refused else UNUSABLE)
    if output_format == "json":
        sys.stdout.write(summary_json(found))
    else:
        paint(summary_lines(found), sys.stdout, colour=wants_colour(sys.stdout))
    sys.exit(FOUND if found.status == "wrong" else 0)


@main.command(short_help="Explain a rule, or list the rules.")
@click.argument("name", metavar="[SYMBOL|CODE]", required=False)
@click.option("--all", "everything", is_flag=True, help="Explain every rule.")
def rule(name: str | None, everything: bool) -> None:
    """Explain a rule, with an example that breaks it and one that does not; without a name, list the rules."""
    colour = wants_colour(sys.stdout)
    if everything:
        for number, item in enumerate(RULES):
            paint([()] * bool(number) + _explained(item), sys.stdout, colour=colour)
    elif name is None:
        table = [((f"{item.code}  ", "code"), (f"{item.symbol:24}", "rule"), (item.summary, "")) for item in RULES]
        paint(table, sys.stdout, colour=colour)
    else:
        item_or_none = find(name)
        if item_or_none is None:
            raise Unusable(f"there is no rule {name[:60]!r}; 'dimlint rule' lists them")
        paint(_explained(item_or_none), sys.stdout, colour=colour)


def _explained(item: Rule) -> list[Line]:
    import textwrap

    lines: list[Line] = [((f"{item.code} ", "code"), (item.symbol, "rule"), (f": {item.summary}", "")), ()]
    lines += [((text, ""),) for text in textwrap.wrap(item.why, 100)]
    titles = ("Partly verified", "Verified") if item is UNVERIFIED else ("Refused", "Accepted")
    for title, program in zip(titles, (item.bad, item.good)):
        if program:
            lines += [(), ((f"{title}:", "rule"),), ()] + [((f"    {text}".rstrip(), "frame"),) for text in program.splitlines()]
    return lines


@main.command(short_help="List the layers that dimlint knows.")
@click.argument("pattern", required=False)
def layers(pattern: str | None) -> None:
    """List the layers that dimlint knows, with their arguments; PATTERN is a part of a name or a glob."""
    from dimlint.libraries import LIBRARIES
    from dimlint.render.layers import layer_lines

    lines = layer_lines(LIBRARIES, pattern)
    if not lines:
        raise Unusable(f"no layer is named {pattern!r}" if pattern else "no layers")
    paint(lines, sys.stdout, colour=wants_colour(sys.stdout))

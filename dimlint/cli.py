"""The command line: ``dimlint check``, ``summary``, ``rule``, ``layers`` and ``server``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

import click

from dimlint import __version__
from dimlint.config import Config, ConfigError, check_selectors, load_config
from dimlint.core.report import Report, Summary
from dimlint.core.rules import RULES, UNVERIFIED, Rule, find
from dimlint.render.formats import FOR_PROGRAMS, FORMATS
from dimlint.render.shown import shown, shown_path
from dimlint.terminal import paint, wants_colour

if TYPE_CHECKING:
    from dimlint.lines import FileLines
    from dimlint.render.checked import Checked
    from dimlint.render.text import Line

Tasks = Sequence[tuple[str, Config]]
FOUND, UNUSABLE = 1, 2
FEW_FILES = 16
"""Up to so many files, starting further processes costs more than it saves."""
CLOSED = ("text", "github")
"""Formats that have a closing line."""
MAX_GONE = 20
"""Of the entries of a baseline that are no longer found, so many are named."""


_ONE_OF = f"One of {', '.join(FORMATS)}."


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
@click.option("--output-format", type=click.Choice(FORMATS), default="text", show_default=True, metavar="FORMAT", help=_ONE_OF)
@click.option("--output-file", type=click.Path(dir_okay=False, writable=True), help="Write there, not to standard output.")
@click.option("--baseline", type=click.Path(dir_okay=False), metavar="FILE", help="Report only findings that this file does not hold.")
@click.option("--write-baseline", is_flag=True, help="Write what is found now to the file of --baseline first.")
@click.option("--fix", is_flag=True, help="Make the safe fixes: a number that says what a layer's input is like.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also fixes that change what the network does.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--show-gaps", is_flag=True, help="Also list what could not be followed.")
@click.option("--statistics", is_flag=True, help="Also count the findings of each rule.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also when there are findings.")
@click.option("--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Number of processes; 0 chooses.")
@click.pass_context
def check(context: click.Context, /, paths: tuple[str, ...], **options: Any) -> None:
    """Check files and directories (by default the current one); - is standard input.

    With --fix, the fixed text of standard input goes to standard output, and the report to standard error.

    Exit status: 0 nothing found (with --fix: nothing left; with --diff: nothing to change), 1 findings that no baseline holds,
    2 wrong usage or nothing could be read.
    """
    from dimlint.lines import FileLines

    _refuse_combinations(options)
    lines = FileLines()
    configs = _Configs(options["select"], options["ignore"])
    tasks = _tasks(paths or (".",), options, configs)
    found = _reports(paths or (".",), tasks, options, configs, lines)
    fixed = 0
    if options["diff"] or options["fix"]:
        from dimlint.fix_mode import FixMode

        mode = FixMode(found, lines, configs.for_file, unsafe=options["unsafe_fixes"])
        if options["diff"]:
            _complain(found)
            changes = mode.show(sys.stdout, sys.stderr)
            context.exit(UNUSABLE if _nothing_read(found) else FOUND if changes and not options["exit_zero"] else 0)
        found, fixed = mode.fix(lambda: _check(tasks, options), sys.stdout, sys.stderr)
        if fixed and options["output_format"] not in CLOSED:
            click.echo(f"{fixed} fixed", err=True)
    reports, hidden = _without_known(found, options, configs, lines)
    _complain(reports)
    _output(reports, hidden, fixed, options, lines)
    if _nothing_read(reports):
        context.exit(UNUSABLE)
    context.exit(FOUND if any(report.findings for report in reports) and not options["exit_zero"] else 0)


def _refuse_combinations(options: dict[str, Any]) -> None:
    if options["write_baseline"] and options["baseline"] is None:
        raise Unusable("--write-baseline needs --baseline FILE")
    if options["unsafe_fixes"] and not (options["fix"] or options["diff"]):
        raise Unusable("--unsafe-fixes needs --fix or --diff")
    if options["diff"] and options["fix"]:
        raise Unusable("--diff changes nothing: it does not go with --fix")
    if options["diff"] and (options["baseline"] or options["output_file"] or options["output_format"] != "text"):
        raise Unusable("--diff shows nothing but the diffs: it goes with no --output-format, --output-file or --baseline")


def _without_known(reports: list[Report], options: dict[str, Any], configs: _Configs, lines: FileLines) -> tuple[list[Report], int]:
    """The reports without the findings that the baseline holds, and how many these are."""
    from dimlint.baseline import Baseline, BaselineError
    from dimlint.render.text import counted

    file: str | None = options["baseline"]
    if file is None or _nothing_read(reports):
        return reports, 0
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


def _nothing_read(reports: Sequence[Report]) -> bool:
    return bool(reports) and all(report.failure is not None for report in reports)


def _selects(configs: _Configs, path: str, code: str) -> bool:
    rule = find(code)
    return rule is None or configs.for_file(path).selects(code, rule.symbol, path)


def _tasks(paths: Sequence[str], options: dict[str, Any], configs: _Configs) -> Tasks:
    """The files to check, each once."""
    from dimlint.project import find_files

    tasks: dict[str, tuple[str, Config]] = {}
    for path in paths:
        try:
            for file in find_files([path], configs.for_file(path)) if path != "-" else ():
                tasks.setdefault(os.path.realpath(file), (file, configs.for_file(file)))
        except ConfigError as error:
            raise Unusable(str(error)) from None
    if "-" in paths:
        tasks.pop(os.path.realpath(options["stdin_filename"] or "<stdin>"), None)  # standard input is its newer text
    return list(tasks.values())


def _reports(paths: Sequence[str], tasks: Tasks, options: dict[str, Any], configs: _Configs, lines: FileLines) -> list[Report]:
    from dimlint.batch import useless_inputs

    reports = [_check_stdin(options["stdin_filename"] or "<stdin>", configs, lines)] if "-" in paths else []
    if not tasks and "-" not in paths:
        click.echo("No Python files found.", err=True)
    for notice in useless_inputs(tasks) if any(map(os.path.isdir, paths)) else ():  # single files are a part of a project
        click.echo(shown(notice), err=True)
    return reports + _check(tasks, options)


def _check(tasks: Tasks, options: dict[str, Any]) -> list[Report]:
    from dimlint.batch import check_files

    return check_files(tasks, options["jobs"] or (os.cpu_count() or 1 if len(tasks) > FEW_FILES else 1))


def _check_stdin(path: str, configs: _Configs, lines: FileLines) -> Report:
    from dimlint.analyze import analyze
    from dimlint.gate import MAX_BYTES, Unreadable, refuse_notebook
    from dimlint.project import decode

    config = configs.for_file(path)
    try:
        lines.raw[path] = sys.stdin.buffer.read(MAX_BYTES + 1)
        refuse_notebook(path)
        lines.texts[path] = decode(lines.raw[path])
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
            click.echo(f"{shown_path(report.path)}: {shown(report.failure)}", err=True)
        for gap in report.gaps:
            if gap.is_warning:
                click.echo(f"{shown_path(gap.span.path)}:{gap.span.line}: {shown(gap.reason)}", err=True)


def _output(reports: Sequence[Report], hidden: int, fixed: int, options: dict[str, Any], lines: FileLines) -> None:
    from dimlint.render.checked import Checked

    path = options["output_file"]
    checked = Checked(reports, lines, options["show_gaps"], options["statistics"], hidden, fixed)
    usual = sys.stderr if options["fix"] and lines.raw else sys.stdout
    with _opened(path, usual) as stream:
        _render(checked, options["output_format"], stream, colour=not path and wants_colour(usual))


@contextmanager
def _opened(path: str | None, usual: TextIO | None = None) -> Iterator[TextIO]:
    """Where the output goes: a file, or else the usual stream, which is standard output."""
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") if path else nullcontext(usual or sys.stdout) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unusable(f"{path}: cannot be written: {error.strerror}") from None


def _render(checked: Checked, name: str, stream: TextIO, *, colour: bool) -> None:
    from dimlint.render.formats import drawn, written

    if name in FOR_PROGRAMS:
        stream.write(written(checked, name))
    else:
        paint(drawn(checked, name), stream, colour=colour)


@main.command(short_help="Show a model layer by layer.")
@click.argument("target")
@click.option("--input-shape", "shapes", multiple=True, metavar="SHAPE", help="Shape of an input, as 1x3x224x224; once for each input.")
@click.option("--depth", type=click.IntRange(min=0), metavar="N", help="Show the tree down to this depth; deeper parts are added up.")
@click.option("--expand", is_flag=True, help="Show each of several equal blocks.")
@click.option("--output-format", type=click.Choice(["text", "json", "csv", "mermaid", "dot", "html"]), default="text", show_default=True)
@click.option("--html", is_flag=True, help="Short for --output-format html: a page with a drawing, the table and the source.")
@click.option("--output-file", type=click.Path(dir_okay=False, writable=True), help="Write there, not to standard output.")
def summary(target: str, shapes: tuple[str, ...], **options: Any) -> None:
    """Show the layers that a model applies to its input: shapes, parameters, multiply-adds, memory.

    TARGET is path.py, path.py::name, or path.py::expression. A model of several inputs takes several --input-shape, in order.

    Exit status: 0 the model works as far as is known, 1 it does not, 2 there is no such model.
    """
    from dimlint.notation import parse_shapes
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
    with _opened(options["output_file"]) as stream:
        _write_summary(found, options, stream)
    sys.exit(FOUND if found.status == "wrong" else 0)


def _write_summary(found: Summary, options: dict[str, Any], stream: TextIO) -> None:
    from dimlint.lines import FileLines
    from dimlint.render import diagram, page
    from dimlint.render import summary as table

    form, depth, rolled = "html" if options["html"] else options["output_format"], options["depth"], not options["expand"]
    if form == "text":
        on_screen = stream is sys.stdout
        plain = _is_plain(stream)
        paint(table.summary_lines(found, depth, rolled=rolled, plain=plain), stream, colour=on_screen and wants_colour(stream))
    elif form == "html":
        stream.write(page.summary_page(found, FileLines().of, depth, rolled=rolled))
    elif form == "json":
        stream.write(table.summary_json(found))
    else:
        write = {"csv": table.summary_csv, "mermaid": diagram.summary_mermaid, "dot": diagram.summary_dot}[form]
        stream.write(write(found, depth))


def _is_plain(stream: TextIO) -> bool:
    """Whether a stream cannot show lines and crosses."""
    try:
        "├─└│×".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


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


@main.command(short_help="Serve an editor.")
@click.option("--tcp", metavar="HOST:PORT", help="Wait there for one editor, instead of standard input and output.")
def server(tcp: str | None) -> None:
    """Serve an editor by the Language Server Protocol: diagnostics, fixes, and shapes beside layers and under the pointer.

    Exit status: 0 the editor has ended the server as it should, 1 the connection broke, 2 wrong usage.
    """
    host, _, port = (tcp or "").rpartition(":")
    if tcp is not None and not (host and port.isdecimal() and int(port) < 65536):
        raise Unusable("--tcp: must be HOST:PORT")
    try:
        from dimlint.server.features import serve
    except ImportError as error:
        raise Unusable(f"the server needs more packages (pip install 'dimlint[lsp]'): {error}") from None
    sys.exit(serve((host, int(port)) if tcp else None))

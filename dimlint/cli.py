"""The command line: ``dimlint check``, ``summary``, ``rule``, ``layers`` and ``server``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

import click

from dimlint import __version__
from dimlint.checking import FOUND, UNUSABLE, Configs, Unusable, check_once, opened
from dimlint.config import ConfigError, check_selectors
from dimlint.core.report import Summary
from dimlint.core.rules import RULES, Rule, find
from dimlint.render.formats import FORMATS
from dimlint.render.shown import shown
from dimlint.terminal import paint, wants_colour

if TYPE_CHECKING:
    from dimlint.render.shown import Line

_ONE_OF = f"One of {', '.join(FORMATS)}."


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


def _complete_rule(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of rules, for the completion in shells."""
    before, comma, last = incomplete.rpartition(",")
    names = [name for item in RULES for name in (item.symbol, item.code)]
    return [before + comma + name for name in names if name.lower().startswith(last.strip().lower())]


_RULE_NAMES: dict[str, Any] = {"multiple": True, "callback": _selectors, "metavar": "RULES", "shell_complete": _complete_rule}


@main.command(short_help="Check files and directories.")
@click.argument("paths", nargs=-1, type=click.Path(allow_dash=True, readable=False))
@click.option("--stdin-filename", metavar="P", help="Name of what is read from standard input (PATH is -).")
@click.option("--select", **_RULE_NAMES, help="Report only these (codes, beginnings, symbols).")
@click.option("--ignore", **_RULE_NAMES, help="Do not report these rules.")
@click.option("--output-format", type=click.Choice(FORMATS), default="text", show_default=True, metavar="FORMAT", help=_ONE_OF)
@click.option("--output-file", type=click.Path(dir_okay=False, writable=True), help="Write there, not to standard output.")
@click.option("--baseline", type=click.Path(dir_okay=False), metavar="FILE", help="Report only findings that this file does not hold.")
@click.option("--write-baseline", is_flag=True, help="Write what is found now to the file of --baseline first.")
@click.option("--fix", is_flag=True, help="Make the safe fixes: a number that says what a layer's input is like.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also fixes that change what the network does.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--show-gaps", is_flag=True, help="Also list what could not be followed.")
@click.option("--statistics", is_flag=True, help="Also count the findings of each rule.")
@click.option("--force-exclude", is_flag=True, help="Leave out excluded and ignored files also if they are named.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until interrupted.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also when there are findings.")
@click.option("--cache-dir", type=click.Path(file_okay=False), metavar="DIR", help="Keep reports there, not in .dimlint_cache.")
@click.option("--no-cache", is_flag=True, help="Neither read nor keep reports of earlier runs.")
@click.option("--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Number of processes; 0 chooses.")
@click.option("--executor", metavar="dask://HOST:PORT", help="Have the files checked by the workers of a dask cluster.")
@click.pass_context
def check(context: click.Context, /, paths: tuple[str, ...], **options: Any) -> None:
    """Check files and directories (by default the current one); - is standard input.

    With --fix, the fixed text of standard input goes to standard output, and the report to standard error.

    Exit status: 0 nothing found (with --fix: nothing left; with --diff: nothing to change), 1 findings that no baseline holds,
    2 wrong usage or nothing could be read.
    """
    if options["watch"]:
        from dimlint.watching import watch

        context.exit(watch(paths or (".",), options))
    context.exit(check_once(paths or (".",), options))


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
        found = summarize(path, name.strip() or None, given, Configs((), ()).for_file(path))
    except ValueError as error:
        raise Unusable(f"--input-shape: {error}") from None
    except NoSummary as error:
        click.echo(shown(str(error) + _two_colons(path)), err=True)
        sys.exit(FOUND if error.refused else UNUSABLE)
    with opened(options["output_file"]) as stream:
        _write_summary(found, options, stream)
    sys.exit(FOUND if found.status == "wrong" else 0)


def _two_colons(path: str) -> str:
    """What is added where a name follows its file after one colon, as lines do."""
    file, colon, name = path.rpartition(":")
    return f". Did you mean {file}::{name}?" if colon and not os.path.exists(path) and os.path.isfile(file) else ""


def _write_summary(found: Summary, options: dict[str, Any], stream: TextIO) -> None:
    from dimlint.lines import FileLines
    from dimlint.render import diagram, page
    from dimlint.render import summary as table

    form, depth, rolled = "html" if options["html"] else options["output_format"], options["depth"], not options["expand"]
    files = FileLines()
    if form == "text":
        on_screen = stream is sys.stdout
        lines = table.summary_lines(found, depth, rolled=rolled, plain=_is_plain(stream), cell_of=files.cell)
        paint(lines, stream, colour=on_screen and wants_colour(stream))
    elif form == "html":
        stream.write(page.summary_page(found, files.of, depth, rolled=rolled, cell_of=files.cell))
    elif form == "json":
        stream.write(table.summary_json(found, files.cell))
    else:
        write = {"csv": table.summary_csv, "mermaid": diagram.summary_mermaid, "dot": diagram.summary_dot}[form]
        stream.write(write(found, depth, files.cell))


def _is_plain(stream: TextIO) -> bool:
    """Whether a stream cannot show lines and crosses."""
    try:
        "├─└│×".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


@main.command(short_help="Explain a rule, or list the rules.")
@click.argument("name", metavar="[SYMBOL|CODE]", required=False, shell_complete=_complete_rule)
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

    from dimlint.render.rule_text import examples

    lines: list[Line] = [((f"{item.code} ", "code"), (item.symbol, "rule"), (f": {item.summary}", "")), ()]
    lines += [((text, ""),) for text in textwrap.wrap(item.why, 100)]
    for title, program in examples(item):
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

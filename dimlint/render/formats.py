"""The formats of ``dimlint check``: a new one is a module with ``render(checked) -> str`` and an entry here."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dimlint.render.checked import Checked
    from dimlint.render.shown import Line

FOR_PROGRAMS = {
    "json": "dimlint.render.json_format",
    "sarif": "dimlint.render.sarif",
    "github": "dimlint.render.github",
    "gitlab": "dimlint.render.gitlab",
    "rdjson": "dimlint.render.rdjson",
    "rdjsonl": "dimlint.render.rdjsonl",
    "junit": "dimlint.render.junit",
    "checkstyle": "dimlint.render.checkstyle",
}
"""Name of the format and its module."""

FORMATS = ("text", "concise", *FOR_PROGRAMS)


def written(checked: Checked, name: str) -> str:
    """The whole output of a format for programs."""
    if name != "json":
        from dimlint.render.located import in_files

        checked = in_files(checked)
    output: str = import_module(FOR_PROGRAMS[name]).render(checked)
    return output


def drawn(checked: Checked, name: str) -> Iterable[Line]:
    """The lines of a format for people."""
    from dimlint.render.text import render_concise, render_text

    if name == "concise":
        return render_concise(checked.reports, checked.lines.cell, gaps=checked.gaps, statistics=checked.statistics)
    options = {"gaps": checked.gaps, "statistics": checked.statistics}
    return render_text(checked.reports, checked.lines, **options, hidden=checked.hidden, fixed=checked.fixed, cell_of=checked.lines.cell)

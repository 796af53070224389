"""Where something stands, as it is written behind a path: the line, in a notebook the cell and its line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Union

from dimlint.core.report import Span
from dimlint.render.shown import shown_path

CellOf = Callable[[str, int], Union[tuple[int, int], None]]
"""The cell of a notebook, and the line of that cell, that a line of the program is which the notebook is."""


def no_cells(path: str, line: int) -> tuple[int, int] | None:
    """The cell of a line where there are no notebooks."""
    return None


def place(span: Span, cell_of: CellOf) -> str:
    """Where a span begins, behind the path: ``:12``, or ``:cell 3:12`` in a notebook."""
    return numbered(span.path, span.line, cell_of)


def numbered(path: str, line: int, cell_of: CellOf) -> str:
    """A line as it is written behind its path."""
    cell = cell_of(path, line)
    return f":{line}" if cell is None else f":cell {cell[0]}:{cell[1]}"


def line_number(path: str, line: int, cell_of: CellOf) -> int:
    """The number of a line; in a notebook that among the lines of its cell."""
    return (cell_of(path, line) or (0, line))[1]


def relative_place(span: Span, origin: Span, cell_of: CellOf) -> str:
    """Where a span begins, as it is named beside another place: ``line 12``, ``cell 3:12``, or the path and the line."""
    cell = cell_of(span.path, span.line)
    if span.path != origin.path:
        return shown_path(span.path) + numbered(span.path, span.line, cell_of)
    if cell is None:
        return f"line {span.line}"
    return f"line {cell[1]}" if cell[0] == (cell_of(origin.path, origin.line) or cell)[0] else f"cell {cell[0]}:{cell[1]}"

"""A summary as JSON, as CSV and as text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from dimlint.core.report import Part, Summary, known_sum
from dimlint.render.json_format import nested, start
from dimlint.render.places import CellOf, no_cells, numbered
from dimlint.render.rows import Shown, shown_rows, unreached
from dimlint.render.shown import Line, shown, width

TITLES = ("layer", "output shape", "parameters", "trainable", "multiply-adds")
REFUSED = "refused"
TREE = {False: ("├─ ", "└─ ", "│  ", "×"), True: ("|- ", "`- ", "|  ", "x")}
"""How branches are drawn, the last of them, what goes on past them, and the sign of repetition; with and without Unicode."""
COLUMNS = (
    *("name", "layer", "depth", "input_shapes", "output_shape", "parameters", "trainable_parameters", "multiply_adds"),
    *("activation_bytes", "path", "line", "refused"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula."""
MEGA = 1_000_000


def summary_json(summary: Summary, cell_of: CellOf = no_cells) -> str:
    """One object, ASCII only, with a newline at the end. In a notebook ``cell`` is the cell that the lines count in."""
    failure = summary.failure
    document = {
        "version": 1,
        "name": summary.name,
        **start(summary.path, summary.line, cell_of),
        "status": summary.status,
        "reason": summary.reason,
        "input_shapes": nested(summary.input_shapes),
        "output_shape": nested(summary.output_shape),
        "parameters": summary.parameters,
        "trainable_parameters": summary.trainable_parameters,
        "smallest_input": nested(summary.smallest_input),
        "works_on": summary.works_on,
        "steps": [_step(step, cell_of) for step in summary.steps],
        "framework": summary.framework,
        "multiply_adds": summary.multiply_adds,
        "input_bytes": summary.input_bytes,
        "activation_bytes": summary.activation_bytes,
        "parameter_bytes": summary.parameter_bytes,
        "failure": None if failure is None else {**start(failure.path, failure.line, cell_of), "column": failure.column},
        "tree": [_row(part, cell_of) for part in summary.parts],
        "flow": [
            {"kind": node.kind, "label": node.label, "row": node.part, "output_shape": nested(node.shape), "sources": list(node.sources)}
            for node in summary.flow
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _step(step: Part, cell_of: CellOf) -> dict[str, Any]:
    return {
        "name": step.name,
        "layer": step.layer,
        **start(step.span.path, step.span.line, cell_of),
        "input_shapes": nested(step.input_shapes),
        "output_shape": nested(step.output_shape),
        "parameters": step.parameters,
    }


def _row(part: Part, cell_of: CellOf) -> dict[str, Any]:
    return {
        **_step(part, cell_of),
        "depth": part.depth,
        "leaf": part.is_leaf,
        "applied": part.is_applied,
        "refused": part.failed,
        "trainable_parameters": part.trainable_parameters,
        "held_parameters": part.held_parameters,
        "held_trainable_parameters": part.held_trainable_parameters,
        "multiply_adds": part.multiply_adds,
        "activation_bytes": part.activation_bytes,
    }


def summary_csv(summary: Summary, depth: int | None = None, cell_of: CellOf = no_cells) -> str:
    """One line for each row of the tree; numbers that belong to rows below are not repeated, so each column can be added up."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in shown_rows(summary.parts, depth, rolled=False):
        part, span = row.part, row.part.span
        shapes = (json.dumps(nested(part.input_shapes)), json.dumps(nested(part.output_shape)))
        counts = (row.parameters, row.trainable_parameters, row.multiply_adds, row.activation_bytes)
        file, line = numbered(span.path, span.line, cell_of).rpartition(":")[::2]
        cells = (_cell(part.name), _cell(part.layer), part.depth, *shapes, *counts, _cell(span.path + file), line, int(part.failed))
        writer.writerow(["" if cell is None else cell for cell in cells])
    return stream.getvalue()


def _cell(text: str) -> str:
    """Text that no spreadsheet evaluates."""
    text = shown(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def summary_lines(
    summary: Summary, depth: int | None = None, *, rolled: bool = True, plain: bool = False, cell_of: CellOf = no_cells
) -> Iterator[Line]:
    """A table of the parts as a tree, between a line on the whole and the sums. plain: without Unicode."""
    inputs = ", ".join(shape_text(shape, summary.framework) for shape in summary.input_shapes)
    output = shape_text(summary.output_shape, summary.framework)
    where = f"{shown(summary.path)}{numbered(summary.path, summary.line, cell_of)}: "
    yield (where, "path"), (f"{shown(summary.name)}: {inputs} -> {output}", "")
    rows = shown_rows(summary.parts, depth, rolled=rolled)
    table = [TITLES, *(_cells(row, summary, plain=plain) for row in rows)]
    widths = [max(width(line[column]) for line in table) for column in range(len(TITLES))]
    for index, line in enumerate(table):
        padding = [" " * (size - width(text)) for text, size in zip(line, widths)]
        cells = [text + blank if column < 2 else blank + text for column, (text, blank) in enumerate(zip(line, padding))]
        yield (("  ".join(cells).rstrip(), "frame" if not index else "bad" if rows[index - 1].part.failed else ""),)
    for text in sums(summary):
        yield ((text, ""),)
    if summary.works_on is not None:
        yield ((f"works on: {shown(summary.works_on)}", ""),)
    if summary.status != "verified":
        yield ((verdict(summary, cell_of), "bad"),)


def _cells(row: Shown, summary: Summary, *, plain: bool) -> tuple[str, ...]:
    going, last, past, _ = TREE[plain]
    branch = "".join(past if goes_on else "   " for goes_on in row.lines[:-1])
    branch += (going if row.lines[-1] else last) if row.lines else ""
    return (branch + title(row, plain=plain), *values(row, summary))


def title(row: Shown, *, plain: bool = False) -> str:
    """``conv1 (Conv2d)``, ``1-5 (Bottleneck) ×5``."""
    first, end = row.part.label, row.alike[-1].part.label
    between = "-" if first.isdigit() and end.isdigit() else " ... "
    label = first if first == end else f"{first}{between}{end}"
    layer = row.part.layer or "?"
    text = label if row.is_rest else f"{label} ({layer})" if label else layer
    return shown(text) + (f" {TREE[plain][3]}{len(row.alike)}" if len(row.alike) > 1 else "")


def values(row: Shown, summary: Summary) -> tuple[str, str, str, str]:
    """Output shape, parameters, those that are trained, multiply-adds."""
    part = row.part
    shape = REFUSED if part.failed else shape_text(part.output_shape, summary.framework) if part.is_applied else ""
    if not row.has_sums and not row.parameters and row.parameters is not None:
        return shape, "", "", ""
    shared = part.held_parameters and row.parameters == 0 and row.has_sums
    adds = _count(row.multiply_adds) if row.has_sums and not row.is_rest else ""
    return shape, "shared" if shared else _count(row.parameters), "" if shared else _count(row.trainable_parameters), adds


def sums(summary: Summary) -> Sequence[str]:
    """What the whole model takes, and why not all of that is known."""
    known = (summary.parameters, summary.trainable_parameters)
    rest = None if None in known else (known[0] or 0) - (known[1] or 0)
    sizes = (summary.input_bytes, summary.activation_bytes, summary.parameter_bytes)
    names = ("input", "forward/backward pass", "parameters", "together")
    left = unreached(summary.parts)
    told = f" ({_count(left.parameters)} of them not reached)" if left is not None and left.parameters is not None else ""
    return (
        f"Total params: {_count(summary.parameters)}{told}",
        f"Trainable params: {_count(summary.trainable_parameters)}",
        f"Non-trainable params: {_count(rest)}",
        f"{'Total mult-adds' if summary.status == 'verified' else 'Mult-adds of these layers'}: {_count(summary.multiply_adds)}",
        "Memory: " + ", ".join(f"{name} {_megabytes(size)}" for name, size in zip(names, (*sizes, known_sum(sizes)))),
        *_not_read(summary),
    )


def _not_read(summary: Summary) -> Iterator[str]:
    """What to do about a part that is shown by its whole name, since the layers inside it are not read."""
    names = dict.fromkeys(part.layer for part in summary.parts if part.is_leaf and part.parameters is None and "." in part.layer)
    if names:
        package = next(iter(names)).partition(".")[0]
        yield (
            f"not known: the layers inside {shown(' and '.join(names))}, whose source is not read. Install {package} beside dimlint "
            f'(pip install {package}) and set follow-imports = "installed" below [tool.dimlint] in pyproject.toml'
        )


def verdict(summary: Summary, cell_of: CellOf = no_cells) -> str:
    """What is wrong, or kept the model from being verified."""
    place = summary.failure
    where = f"{shown(place.path)}{numbered(place.path, place.line, cell_of)}: " if place is not None else ""
    word = {"partial": "partly verified", "wrong": "wrong"}.get(summary.status, summary.status)
    return f"{word}: {where}{shown(summary.reason or '')}"


def shape_text(value: object, framework: str = "torch") -> str:
    """A shape, or several in what holds them; sizes that are not known as the framework's users know them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{shown(str(name))}: {shape_text(item, framework)}" for name, item in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(_size(item, framework) for item in value) + ("," if len(value) == 1 else "") + ")"
    return "?"


def _size(item: object, framework: str) -> str:
    if isinstance(item, (tuple, list, dict)):
        return shape_text(item, framework)
    return str(item) if item is not None else "None" if framework == "keras" else "?"


def _megabytes(size: int | None) -> str:
    return "?" if size is None else f"{size / MEGA:.2f} MB"


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"

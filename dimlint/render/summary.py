"""A summary as JSON and as text."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dimlint.core.report import Summary
from dimlint.render.json_format import nested
from dimlint.render.shown import shown
from dimlint.render.text import Line


def summary_json(summary: Summary) -> str:
    """One object, ASCII only, with a newline at the end."""
    document = {
        "version": 1,
        "name": summary.name,
        "path": summary.path,
        "line": summary.line,
        "status": summary.status,
        "reason": summary.reason,
        "input_shapes": nested(summary.input_shapes),
        "output_shape": nested(summary.output_shape),
        "parameters": summary.parameters,
        "trainable_parameters": summary.trainable_parameters,
        "smallest_input": nested(summary.smallest_input),
        "works_on": summary.works_on,
        "steps": [
            {
                "name": step.name,
                "layer": step.layer,
                "path": step.span.path,
                "line": step.span.line,
                "input_shapes": nested(step.input_shapes),
                "output_shape": nested(step.output_shape),
                "parameters": step.parameters,
            }
            for step in summary.steps
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def summary_lines(summary: Summary) -> Iterator[Line]:
    """A table of the steps between two lines on the whole."""
    inputs = ", ".join(map(_shape, summary.input_shapes))
    yield ((f"{shown(summary.path)}:{summary.line}: ", "path"), (f"{shown(summary.name)}: {inputs} -> {_shape(summary.output_shape)}", ""))
    rows = [("name", "layer", "output shape", "parameters")]
    rows += [(shown(step.name), shown(step.layer), _shape(step.output_shape), _count(step.parameters)) for step in summary.steps]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for index, row in enumerate(rows):
        cells = [text.ljust(width) for text, width in zip(row[:3], widths)] + [row[3].rjust(widths[3])]
        yield (("  ".join(cells), "frame" if not index else ""),)
    yield ((f"{_count(summary.parameters)} parameters, {_count(summary.trainable_parameters)} of them trained", ""),)
    if summary.works_on is not None:
        yield ((f"works on: {shown(summary.works_on)}", ""),)
    if summary.status != "verified":
        word = {"partial": "partly verified", "wrong": "wrong"}[summary.status]
        yield ((f"{word}: {shown(summary.reason or '')}", "bad"),)


def _shape(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{shown(str(name))}: {_shape(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(_shape, value)) + ("," if len(value) == 1 else "") + ")"
    return "?" if value is None else str(value)


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"

"""Rows of ``fixtures/golden``: what real frameworks answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent.parent / "fixtures" / "golden"
Row = Mapping[str, Any]


def rows(pattern: str) -> Iterator[Row]:
    """The rows of all files of that pattern."""
    for path in sorted(GOLDEN.glob(pattern)):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def nested(value: list[Any]) -> list[list[Any]]:
    """All shapes in a row's nested ``output_shapes``."""
    if all(not isinstance(item, list) for item in value):
        return [value]
    return [shape for item in value for shape in nested(item)]


def has_unknown(row: Row) -> bool:
    """Whether a size of the input is not known."""
    return any(d is None for s in input_shapes(row) for d in s)


def input_shapes(row: Row) -> list[list[int | None]]:
    """The shapes that go in."""
    return list(row["input_shapes"]) if "input_shapes" in row else [row["input_shape"]] if "input_shape" in row else []


def wanted_shapes(row: Row) -> list[list[int | None]]:
    """The shapes that came out, nested ones flattened."""
    if "output_shape" in row:
        return [list(row["output_shape"])]
    return [list(shape) for shape in nested(row["output_shapes"])] if row["output_shapes"] else []

"""New rows from golden ones, as hypothesis draws them: a few of a row's sizes and arguments are changed.

Values come from a small pool of sizes and from what the other rows of the same layer have in the same place, so that no layer needs
a generator of its own. A failing row shrinks towards an early golden row with few and small changes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

Draw = Any
SIZES = (1, 2, 3, 4, 5, 6, 8, 0, 7, 9, 12, 16, -1)
"""From the plainest to the oddest."""
LARGEST = 64
"""Inputs of more than this number along an axis take long to run."""


@st.composite
def changed_row(draw: Draw, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One of the rows without its answer, changed in up to three places."""
    source = draw(st.sampled_from(rows))
    row = {name: copy.deepcopy(value) for name, value in source.items() if name not in ANSWER}
    for _ in range(draw(st.integers(1, 3))):
        change = draw(st.sampled_from([resize, exchange, rekey, rerank]))
        change(draw, row, rows)
    return row


ANSWER = ("output_shape", "output_shapes", "error", "stage", "params", "buffers", "variants", "exception")


def resize(draw: Draw, row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """Another size of an input."""
    shape = draw(st.sampled_from(inputs(row) or [[]]))
    if shape:
        index = draw(st.integers(0, len(shape) - 1))
        sizes = [size for size in SIZES if size >= 0]
        shape[index] = draw(st.sampled_from([*sizes, None] if row["framework"].startswith("keras") else sizes))


def rerank(draw: Draw, row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """An axis more or less in an input."""
    shape = draw(st.sampled_from(inputs(row) or [[]]))
    if shape and draw(st.booleans()):
        shape.pop(draw(st.integers(0, len(shape) - 1)))
    elif len(shape) < 6 and inputs(row):
        shape.insert(draw(st.integers(0, len(shape))), draw(st.sampled_from(SIZES[:6])))


def exchange(draw: Draw, row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """Another number, or what another row has at the same place."""
    places = list(leaves(row["args"], ("args",))) + list(leaves(row["kwargs"], ("kwargs",)))
    if not places:
        return
    path = draw(st.sampled_from(places))
    old = at(row, path)
    pool = [value for other in rows if (value := at(other, path[:2], missing=old)) is not old]
    if isinstance(old, int) and not isinstance(old, bool) and draw(st.booleans()):
        sizes = [size for size in SIZES if size >= 0 or "tensor" not in path]
        put(row, path, draw(st.sampled_from([*sizes, old + 1, max(old - 1, 0)])))
    elif isinstance(old, bool):
        put(row, path, not old)
    elif pool:
        put(row, path[:2], copy.deepcopy(draw(st.sampled_from(pool))))


def rekey(draw: Draw, row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """One keyword argument of another row more, or one less."""
    if row["kwargs"] and draw(st.booleans()):
        row["kwargs"].pop(draw(st.sampled_from(sorted(row["kwargs"]))))
        return
    offered = draw(st.sampled_from(rows))["kwargs"]
    if offered:
        name = draw(st.sampled_from(sorted(offered)))
        row["kwargs"][name] = copy.deepcopy(offered[name])


def inputs(row: dict[str, Any]) -> list[list[Any]]:
    """The input shapes themselves, to be changed in place."""
    return row["input_shapes"] if "input_shapes" in row else [row["input_shape"]] if "input_shape" in row else []


def leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The places of all plain values in nested lists and dictionaries."""
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else None
    if items is None:
        yield path
    else:
        for key, item in items:
            yield from leaves(item, (*path, key))


def at(row: Any, path: tuple[Any, ...], missing: Any = None) -> Any:
    """What stands at a place."""
    for key in path:
        try:
            row = row[key]
        except (KeyError, IndexError, TypeError):
            return missing
    return row


def put(row: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value there."""
    for key in path[:-1]:
        row = row[key]
    row[path[-1]] = value


def is_affordable(row: dict[str, Any]) -> bool:
    """Whether running it is quick: no large numbers anywhere."""
    numbers = [at(row, path) for part in ("args", "kwargs") for path in leaves(row[part], (part,))]
    numbers += [size for shape in inputs(row) for size in shape]
    return all(abs(number) <= LARGEST for number in numbers if isinstance(number, (int, float)) and not isinstance(number, bool))

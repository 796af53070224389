"""Intervals of integers, as pairs of bounds; ``None`` is unbounded."""

from __future__ import annotations

from typing import Union

Bound = Union[int, None]


def interval_product(a: tuple[Bound, Bound], b: tuple[Bound, Bound]) -> tuple[Bound, Bound]:
    """An interval that holds the products of what two intervals hold."""
    if a[0] is not None and a[0] >= 0 and b[0] is not None and b[0] >= 0:
        zero = a[1] == 0 or b[1] == 0
        return a[0] * b[0], 0 if zero else None if a[1] is None or b[1] is None else a[1] * b[1]
    if None in (*a, *b):
        return None, None
    corners = [x * y for x in a for y in b]  # type: ignore[operator]
    return min(corners), max(corners)

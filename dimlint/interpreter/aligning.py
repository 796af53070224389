"""Sizes that two paths have in common though each writes them its own way: ``if h != 8: x = resize(x, 8)`` leaves 8 on either side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dimlint.core.axis import Condition
from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal
from dimlint.core.opening import OpenShape
from dimlint.core.results import TorchSize
from dimlint.core.solving import condition, excluded, parts
from dimlint.core.value import Tensor, Value, is_size
from dimlint.interpreter.joining import join_values

Known = tuple[Condition, ...]
"""What is assumed of open sizes on a path."""
MAX_PARTS = 16
"""Items of a tuple that are looked at."""


def joining(first: Known, second: Known) -> Callable[[Value, Value], Value]:
    """How the values of two paths are joined, by what is known on each."""

    def join(a: Value, b: Value) -> Value:
        return join_values(*_aligned(a, b, first, second))

    return join_values if first == second else join


def concerning(asked: Condition, known: Known) -> list[Condition]:
    """The condition with those that share symbols with it, directly or through others."""
    return next(part for part in parts([*known, asked]) if any(member is asked for member in part))


def _aligned(a: Value, b: Value, first: Known, second: Known) -> tuple[Value, Value]:
    """The values, with a size that is right on both paths wherever one is."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if isinstance(a.shape, OpenShape) or isinstance(b.shape, OpenShape) or a.shape.rank != b.shape.rank:
            return a, b
        pairs = [_agreed(x, y, first, second) for x, y in zip(a.shape, b.shape)]
        changed = [any(pair[side] is not size for pair, size in zip(pairs, held.shape)) for side, held in enumerate((a, b))]
        left, right = (Shape(*(pair[side] for pair in pairs)) for side in (0, 1))
        return replace(a, shape=left) if changed[0] else a, replace(b, shape=right) if changed[1] else b
    if type(a) is type(b) and type(a) in (tuple, TorchSize) and len(a) == len(b) <= MAX_PARTS:
        found = [_aligned(x, y, first, second) if not isinstance(x, tuple) else (x, y) for x, y in zip(a, b)]
        return type(a)(x for x, _ in found), type(a)(y for _, y in found)
    return _agreed(a, b, first, second) if isinstance(a, SymbolicDim) or isinstance(b, SymbolicDim) else (a, b)


def _agreed(a: Value, b: Value, first: Known, second: Known) -> tuple[Value, Value]:
    """A size that is right on both paths, twice; the two as they are if there is none."""
    if not (is_size(a) and is_size(b)) or isinstance(a, bool) or isinstance(b, bool) or always_equal(a, b):
        return a, b
    if _are_equal(a, b, second):
        return a, a
    return (b, b) if _are_equal(a, b, first) else (a, b)


def _are_equal(a: Dim, b: Dim, known: Known) -> bool:
    """Whether sizes are surely equal where all of this is known."""
    for difference in (a - b, b - a):
        larger = condition(difference, positive=True)
        if isinstance(larger, Condition) and excluded(concerning(larger, known)):
            continue
        if larger is not False:
            return False
    return True

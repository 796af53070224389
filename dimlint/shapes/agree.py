"""Shapes that have to agree: broadcasting, concatenation, stacking."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dimlint.core.axis import Condition, expect_agreement, is_open, require_equal
from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal, always_positive, join, maximum, never_equal
from dimlint.core.problem import Problem, doubt

MERGE = "merge-mismatch"

Lenient = Callable[[Dim], bool]
"""Tells the sizes that a framework does not check (``None`` in Keras): they agree with every other one."""


def broadcast(
    shapes: Sequence[Shape], what: str, *, whole: Sequence[Shape] | None = None, lenient: Lenient | None = None, firm: bool = False
) -> Shape:
    """NumPy broadcasting of all shapes. Raises Problem(merge-mismatch).

    whole: the shapes as messages show them, if axes were left out in front. A lenient size wins over every other one, unless
    ``firm``: then a size above 1 wins over it.
    """
    shown = shapes if whole is None else whole
    result = Shape()
    for shape in shapes:
        rank = max(result.rank, shape.rank)
        offset = 0 if whole is None else max(s.rank for s in whole) - rank
        a, b = _pad(result, rank), _pad(shape, rank)
        result = Shape(*(_broadcast_dim(p, q, axis + offset, shown, what, lenient, firm) for axis, (p, q) in enumerate(zip(a, b))))
    return result


def _pad(shape: Shape, rank: int) -> Shape:
    return Shape(*(1,) * (rank - shape.rank), *shape)


def _broadcast_dim(a: Dim, b: Dim, axis: int, shapes: Sequence[Shape], what: str, lenient: Lenient | None, firm: bool) -> Dim:
    if always_equal(a, b) or always_equal(b, 1):
        return a
    if always_equal(a, 1):
        return b
    if lenient is not None and (lenient(a) or lenient(b)):
        if axis:  # an open batch size is whatever it has to be
            _leave_open(a, b, f"whether {a} and {b} agree in {what} is not checked before the model runs")
        open_one, other = (a, b) if lenient(a) else (b, a)
        if not firm or lenient(other):
            return open_one
        return other if never_equal(other, 1) else join(open_one, other)
    listed = " and ".join(map(str, shapes))
    problem = Problem(MERGE, f"{what} cannot broadcast {listed}: sizes {a} and {b} at axis {axis} differ and neither is 1")
    if never_equal(a, b) and never_equal(a, 1) and never_equal(b, 1):
        raise problem
    expect_agreement(a, b, f"whether {a} and {b} agree in {what} is not known", problem)
    if never_equal(a, 1):
        return a
    if never_equal(b, 1):
        return b
    # unless one of them is 0, the size is the larger one
    return maximum(a, b) if is_open(a) and is_open(b) and always_positive(a) and always_positive(b) else join(a, b)


def trimmed(given: Shape, rank: int) -> Shape:
    """A shape without the leading axes of size 1 that it has beyond a rank."""
    while given.rank > rank and always_equal(given[0], 1):
        given = Shape(*given[1:])
    return given


def require_written(given: Shape, part: Shape, problem: Problem) -> bool:
    """Refuse what never broadcasts to the place that it is written to (``trimmed`` to its rank); whether it surely does."""
    if given.rank > part.rank and never_equal(given[0], 1):
        raise problem
    pairs = list(zip(reversed(given), reversed(part)))
    if any(never_equal(size, place) and never_equal(size, 1) for size, place in pairs):
        raise problem
    return all(always_equal(size, place) or always_equal(size, 1) for size, place in pairs)


def concatenate(shapes: Sequence[Shape], axis: int, what: str, *, lenient: Lenient | None = None, firm: bool = False) -> Shape:
    """Join along ``axis`` (already non-negative); all other sizes must agree. Raises Problem(merge-mismatch).

    A lenient size agrees with every other one; the first input's size is kept, or one that is not lenient if ``firm``.
    """
    first, *others = shapes
    dims = list(first)
    for position, other in enumerate(others, 2):
        if other.rank != first.rank:
            raise Problem(MERGE, f"{what} of {first} and {other}: ranks {first.rank} and {other.rank} differ")
        for index, size in enumerate(other):
            if index == axis:
                dims[index] = dims[index] + size
            elif not always_equal(dims[index], size):
                _agree(dims[index], size, index, lenient, f"{what} along axis {axis}: input {position} is {other}, but input 1 is {first}")
                dims[index] = size if firm and lenient is not None and lenient(dims[index]) else dims[index]
    return Shape(*dims)


def _agree(first: Dim, other: Dim, index: int, lenient: Lenient | None, text: str) -> None:
    """Require two sizes to be equal, as far as that can be known. The batch axis of lenient sizes raises no doubt."""
    if lenient is not None and (lenient(first) or lenient(other)):
        if index:
            _leave_open(first, other, f"{text}: whether axis {index} agrees is not checked before the model runs")
        return
    problem = Problem(MERGE, f"{text}: axis {index} is {other}, not {first}")
    require_equal(first, other, f"whether {first} equals {other} is not known ({text})", problem)


def _leave_open(first: Dim, other: Dim, text: str) -> None:
    """Note that two sizes have to agree, which the framework finds out only when the model runs: both are positive there."""
    difference = first - other
    if isinstance(difference, SymbolicDim) and isinstance(first, SymbolicDim):
        doubt(text, Condition(first, True, text))
        doubt(text, Condition(difference, False, text))
    else:
        doubt(text)


def stack(shapes: Sequence[Shape], axis: int, what: str, *, lenient: Lenient | None = None, firm: bool = False) -> Shape:
    """Join along a new ``axis`` (already non-negative); all sizes must agree. Raises Problem(merge-mismatch).

    A lenient size agrees with every other one; the first input's size is kept, or one that is not lenient if ``firm``.
    """
    first, *others = shapes
    dims = list(first)
    for position, other in enumerate(others, 2):
        text = f"{what}: input {position} is {other}, but input 1 is {first}"
        if other.rank != first.rank:
            raise Problem(MERGE, text)
        for index, (a, b) in enumerate(zip(dims, other)):
            if not always_equal(a, b):
                _agree(a, b, index, lenient, text)
                dims[index] = b if firm and lenient is not None and lenient(a) else a
    return Shape(*dims[:axis], len(shapes), *dims[axis:])

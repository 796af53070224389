"""Shapes that have to agree: broadcasting, concatenation, stacking."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import Dim, Shape, always_equal, join, never_equal
from dimlint.core.problem import Problem, doubt

MERGE = "merge-mismatch"


def broadcast(shapes: Sequence[Shape], what: str) -> Shape:
    """NumPy broadcasting of all shapes. Raises Problem(merge-mismatch)."""
    result = Shape()
    for shape in shapes:
        rank = max(result.rank, shape.rank)
        a, b = _pad(result, rank), _pad(shape, rank)
        result = Shape(*(_broadcast_dim(p, q, axis, shapes, what) for axis, (p, q) in enumerate(zip(a, b))))
    return result


def _pad(shape: Shape, rank: int) -> Shape:
    return Shape(*(1,) * (rank - shape.rank), *shape)


def _broadcast_dim(a: Dim, b: Dim, axis: int, shapes: Sequence[Shape], what: str) -> Dim:
    if always_equal(a, b) or always_equal(b, 1):
        return a
    if always_equal(a, 1):
        return b
    if never_equal(a, b) and never_equal(a, 1) and never_equal(b, 1):
        listed = " and ".join(map(str, shapes))
        raise Problem(MERGE, f"{what} cannot broadcast {listed}: sizes {a} and {b} at axis {axis} differ and neither is 1")
    doubt(f"whether {a} and {b} agree in {what} is not known")
    if never_equal(a, 1):
        return a
    return b if never_equal(b, 1) else join(a, b)


def concatenate(shapes: Sequence[Shape], axis: int, what: str) -> Shape:
    """Join along ``axis`` (already non-negative); all other sizes must agree. Raises Problem(merge-mismatch)."""
    first, *others = shapes
    dims = list(first)
    for position, other in enumerate(others, 2):
        if other.rank != first.rank:
            raise Problem(MERGE, f"{what} of {first} and {other}: ranks {first.rank} and {other.rank} differ")
        for index, size in enumerate(other):
            if index == axis:
                dims[index] = dims[index] + size
            elif never_equal(dims[index], size):
                raise Problem(
                    MERGE, f"{what} along axis {axis}: input {position} is {other}, but input 1 is {first}: axis {index} is {size}, not {first[index]}"
                )
            elif not always_equal(dims[index], size):
                doubt(f"whether {dims[index]} equals {size} in {what} is not known")
    return Shape(*dims)

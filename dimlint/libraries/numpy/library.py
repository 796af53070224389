"""The table of NumPy's names, and what its declarations share."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import Dim, Shape, bounds
from dimlint.core.library import Library, modules_of
from dimlint.core.problem import Undecided
from dimlint.core.value import Unknown

MODULES = """attributes calculation creation numbers rearranging"""
"""Modules of this package that declare names."""

LIBRARY = Library("numpy", ("numpy",), modules=modules_of(__package__, MODULES), inert=True)
function = LIBRARY.function

UNKNOWN_NUMBER = Unknown("the values of an array are not known")


def axis_of(axis: int, rank: int) -> int:
    """A non-negative axis. Raises Undecided for one that does not exist."""
    if not -rank <= axis < rank:
        raise Undecided(f"axis {axis} does not exist in an array of {rank} axes")
    return axis % rank


def sized(dims: Sequence[Dim]) -> Shape:
    """A new array's shape. Raises Undecided for a size that may be negative."""
    for size in dims:
        low = bounds(size)[0]
        if low is None or low < 0:
            raise Undecided(f"the size {size} of a new array may be negative")
    return Shape(*dims)


@LIBRARY.type("ndarray")
class NdArray:
    """The class of arrays; its methods are declared as those of tensors."""

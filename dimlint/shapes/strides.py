"""Where the elements of a tensor stand in memory: the distance of neighbours along each axis, and which views they allow."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import Dim, Shape, Strides, always_equal, always_positive, less, never_equal


class Impossible(Exception):
    """No view of the elements has the wanted shape: they would have to be copied."""


def contiguous(shape: Shape) -> Strides:
    """Row after row, without gaps."""
    found: list[Dim] = []
    size: Dim = 1
    for length in reversed(shape):
        found.append(size)
        size = size * length
    return tuple(reversed(found))


def is_contiguous(shape: Shape, strides: Strides | None) -> bool:
    """Whether the elements surely stand row after row, with the distances along axes of size 1 as they would be if there were more.

    Those hold nothing apart, but from them torch tells which order of the axes to prefer for a result.
    """
    return strides is not None and all(map(always_equal, strides, contiguous(shape)))


def is_dense(shape: Shape, strides: Strides) -> bool:
    """Whether the elements surely fill their memory without gaps, in some order of the axes."""
    expected: Dim = 1
    open_axes = [axis for axis in range(shape.rank) if not always_equal(shape[axis], 1)]
    while open_axes:
        axis = next((axis for axis in open_axes if always_equal(strides[axis], expected)), None)
        if axis is None:
            return False
        expected = expected * shape[axis]
        open_axes.remove(axis)
    return True


def view(shape: Shape, strides: Strides, target: Sequence[Dim]) -> Strides | None:
    """Strides of the same elements in another shape, None if that is not known. Raises Impossible.

    Axes of the tensor form one block as long as each one's distance is what the axes behind it take; each block is cut anew.
    """
    if not all(map(always_positive, (*shape, *target))):
        return None
    found: list[Dim] = []
    remaining = list(target)
    for size, step in _blocks(shape, strides) or ((None, None),):
        if size is None or step is None:
            return None
        taken: Dim = 1
        while remaining and (more := _takes(taken, size, remaining[-1])) is not False:
            if more is None:
                return None
            found.append(taken * step)
            taken = taken * remaining.pop()
        if never_equal(taken, size):
            raise Impossible
        if not always_equal(taken, size):
            return None
    return tuple(reversed(found)) if not remaining else None


def _takes(taken: Dim, size: Dim, following: Dim) -> bool | None:
    """Whether the next axis belongs to a block of which so much is taken; None if that is not known."""
    if always_equal(following, 1):
        return True
    smaller = less(taken, size)
    if smaller or (smaller is False and never_equal(following, 1)):
        return smaller
    return None


def _blocks(shape: Shape, strides: Strides) -> list[tuple[Dim, Dim]] | None:
    """Number of elements and distance of each block, the last one first; None if that is not known."""
    blocks: list[tuple[Dim, Dim]] = []
    size: Dim = 1
    base: Dim = strides[-1] if strides else 1
    for axis in range(shape.rank - 1, -1, -1):
        size = size * shape[axis]
        if axis == 0:
            break
        if always_equal(shape[axis - 1], 1) or always_equal(strides[axis - 1], size * base):
            continue
        if not never_equal(shape[axis - 1], 1) or not never_equal(strides[axis - 1], size * base):
            return None
        blocks.append((size, base))
        size, base = 1, strides[axis - 1]
    return [*blocks, (size, base)]

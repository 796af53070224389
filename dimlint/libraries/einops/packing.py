"""``pack`` and ``unpack``: tensors joined along one axis that stands for any number of them. Source: https://einops.rocks/api/pack_unpack."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, product
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.einops.functions import like
from dimlint.libraries.einops.library import function, text_of
from dimlint.shapes.agree import concatenate
from dimlint.shapes.pattern import RANK, RESHAPE, is_axis_name, refused
from dimlint.shapes.rearrange import reshape
from dimlint.shapes.select import slice_length


def _around(pattern: str, what: str) -> tuple[int, int]:
    """How many axes stand before and behind the ``*``. Raises Problem."""
    axes = pattern.split()
    if len(set(axes)) != len(axes) or "*" not in axes:
        raise refused(what, "the pattern needs one '*', and each name once")
    for axis in axes:
        if axis != "*" and not is_axis_name(axis):
            raise refused(what, f"{axis[:30]!a} is no name for an axis. Needs an identifier without underscores at its ends")
    before = axes.index("*")
    return before, len(axes) - before - 1


@function("pack")
def pack(tensors: Value, pattern: Value) -> tuple[Tensor, list[tuple[Dim, ...]]]:
    """The tensors joined, and the shapes that ``*`` stands for in each: ``pack([a, b], "b * c")``."""
    before, behind = _around(text_of(pattern, "pack"), f"pack {show(pattern)}")
    what = f"pack {show(pattern)}"
    if isinstance(tensors, Unknown) or not isinstance(tensors, (tuple, list)) or not all(isinstance(x, Tensor) for x in tensors):
        raise Undecided(tensors.reason if isinstance(tensors, Unknown) else "the tensors given to pack are not known")
    if not tensors:
        raise Problem(ARGUMENT, f"{what} needs at least one tensor")
    parts: list[Shape] = []
    shapes: list[tuple[Dim, ...]] = []
    for index, x in enumerate(tensors):
        if x.shape.rank < before + behind:
            wanted = f"at least {before + behind} dimensions"
            raise Problem(RANK, f"{what}: tensor {index} is {x.shape}, but the pattern names {wanted}")
        end = x.shape.rank - behind
        front, back = x.shape[:before], x.shape[end:]
        shapes.append(tuple(x.shape[before:end]))
        parts.append(reshape(x.shape, (*front, -1, *back), what))
    return like(tensors[0], concatenate(parts, before, what)), shapes


@function("unpack")
def unpack(tensor: Tensor, packed_shapes: Value, pattern: Value) -> list[Tensor]:
    """The tensors that ``pack`` has joined; one size of their shapes may be -1."""
    before, behind = _around(text_of(pattern, "unpack"), f"unpack {show(pattern)}")
    what = f"unpack {show(pattern)}"
    x = tensor.shape
    if x.rank != before + 1 + behind:
        raise Problem(RANK, f"{what}: the pattern names {before + 1 + behind} dimensions, but the input {x} has {x.rank}")
    shapes = _shapes(packed_shapes, what)
    open_at = [index for index, shape in enumerate(shapes) if any(always_equal(size, -1) for size in shape)]
    if len(open_at) > 1:
        raise Problem(RESHAPE, f"{what}: more than one of the shapes {show(tuple(shapes))} holds -1")
    front, size, back = x[:before], x[before], x[before + 1 :]
    try:
        lengths = _lengths(size, shapes, open_at[0] if open_at else None)
        return [like(tensor, reshape(Shape(*front, n, *back), (*front, *shape, *back), what)) for n, shape in zip(lengths, shapes)]
    except Problem:
        wanted = show(tuple(shapes))
        raise Problem(RESHAPE, f"{what}: the size {size} of the input {x} cannot be split into the shapes {wanted}") from None


def _shapes(value: Value, what: str) -> list[tuple[Dim, ...]]:
    """The shapes to split into. Raises Problem, Undecided."""
    found: list[tuple[Dim, ...]] = []
    if not isinstance(value, (tuple, list)):
        raise Undecided(value.reason if isinstance(value, Unknown) else f"the shapes given to {what} are not known")
    for shape in value:
        if isinstance(shape, int):
            raise Problem(ARGUMENT, f"{what} needs a list of shapes, but gets {show(value)}", blame="packed_shapes")
        if not isinstance(shape, (tuple, list)) or not all(map(is_size, shape)):
            raise Undecided(shape.reason if isinstance(shape, Unknown) else f"the shapes given to {what} are not known")
        found.append(tuple(shape))
    return found


def _lengths(size: Dim, shapes: Sequence[Sequence[Dim]], open_at: int | None) -> list[Dim]:
    """How many elements of the split axis each shape gets, as slices between running sums give them. Raises Problem, Undecided."""
    counts = [product(shape) for shape in shapes]
    if not counts:
        return []
    if isinstance(size, int) and all(isinstance(count, int) for count in counts):
        cuts = [0, *counts]
        if open_at is None:
            edges = [sum(cuts[: index + 1]) for index in range(len(counts))] + [size]
        else:
            edges = [sum(cuts[: index + 1]) for index in range(open_at + 1)]
            edges += [size - sum(counts[index:]) for index in range(open_at + 1, len(counts) + 1)]
        return [slice_length(size, slice(start, stop)) for start, stop in pairwise(edges)]
    last = len(counts) - 1 if open_at is None else open_at
    rest = size - sum((count for index, count in enumerate(counts) if index != last), start=0)
    if open_at is None and never_equal(rest, counts[last]):
        raise Problem(RESHAPE, "the lengths do not add up")
    if open_at is None and not always_equal(rest, counts[last]):
        doubt(f"whether the shapes have {size} elements together is not known")
    return [(rest if open_at is not None else count) if index == last else count for index, count in enumerate(counts)]

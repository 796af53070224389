"""Tensors joined along axes, and their parts. Source: https://keras.io/api/ops/numpy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, product, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, Shapes, axis_of, concatenated, late, replaced, require_rank, values_of
from dimlint.shapes import agree, select


@keras.function("ops.concatenate")
def concatenate(xs: Shapes, axis: Value = 0) -> Shape:
    """Join along an axis. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    if not xs:
        raise Undecided("concatenating nothing is not modelled")
    if len(xs) == 1:
        with late():
            axis_of(xs[0], axis, "concatenate")
    return concatenated(xs, axis_of(xs[0], axis, "concatenate"), "concatenate")


@keras.function("ops.stack")
def stack(x: Shapes, axis: Value = 0) -> Shape:
    """Join along a new axis. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    if not x:
        raise Undecided("stacking nothing is not modelled")
    return agree.stack(x, axis_of(x[0], axis, "stack", 1), "stack", lenient=shows_none)


@keras.function("ops.hstack")
def hstack(xs: Shapes) -> Shape:
    """Join along the second axis; vectors along their only one. Raises Problem(merge-mismatch), Undecided."""
    if not xs or xs[0].rank == 1:
        raise Undecided("hstack of vectors differs between Keras' symbolic and eager calls")
    require_rank(xs[0], "hstack", 1, 99)
    return concatenated(xs, 1, "hstack")


@keras.function("ops.vstack")
def vstack(xs: Shapes) -> Shape:
    """Join along the first axis, also vectors. Raises Problem(merge-mismatch), Undecided."""
    if not xs:
        raise Undecided("joining nothing is not modelled")
    require_rank(xs[0], "vstack", 1, 99)
    return concatenated(xs, 0, "vstack")


@keras.function("ops.dstack")
def dstack(xs: Shapes) -> Shape:
    """Join along the third axis, which matrices do not have yet. Raises Problem(merge-mismatch), Undecided."""
    raised = [Shape(1, *(x or (1,)), 1) if x.rank < 2 else Shape(*x, 1) if x.rank == 2 else x for x in xs]
    return concatenated(raised, 2, "dstack")


@keras.function("ops.append")
def append(x1: Shape, x2: Shape, axis: Value = None) -> Shape:
    """One tensor behind another along an axis; flat for None. Raises Problem(merge-mismatch, rank-mismatch)."""
    if axis is None:
        return Shape(product(x1) + product(x2))
    index = axis_of(x1, axis, "append")
    if x2.rank == x1.rank and (shows_none(x1[index]) or shows_none(x2[index])):
        raise Undecided("Keras' symbolic calls refuse to add up an open size")
    return concatenated([x1, x2], index, "append")


@keras.function("ops.split")
def split(x: Shape, indices_or_sections: Value, axis: Value = 0) -> list[Shape]:
    """Equal parts along an axis, or parts between the given indices. Raises Problem, Undecided."""
    return divided(x, values_of(indices_or_sections), axis_of(x, axis, "split"), "split")


@keras.function("ops.hsplit")
def hsplit(x: Shape, indices_or_sections: Value) -> list[Shape]:
    """``split`` along the second axis, or the only one. Raises Problem, Undecided."""
    require_rank(x, "hsplit", 1, 99)
    return divided(x, values_of(indices_or_sections), 0 if x.rank == 1 else 1, "hsplit")


@keras.function("ops.vsplit")
def vsplit(x: Shape, indices_or_sections: Value) -> list[Shape]:
    """``split`` along the first axis. Raises Problem, Undecided."""
    if x.rank == 1 and not (isinstance(indices_or_sections, int) and indices_or_sections < 1):
        divided(x, values_of(indices_or_sections), 0, "vsplit")
        raise Undecided("vsplit of vectors differs between Keras' symbolic and eager calls")
    require_rank(x, "vsplit", 2, 99)
    return divided(x, values_of(indices_or_sections), 0, "vsplit")


@keras.function("ops.dsplit")
def dsplit(x: Shape, indices_or_sections: Value) -> list[Shape]:
    """``split`` along the third axis. Raises Problem, Undecided."""
    require_rank(x, "dsplit", 3, 99)
    return divided(x, values_of(indices_or_sections), 2, "dsplit")


def divided(x: Shape, cuts: Value, index: int, what: str) -> list[Shape]:
    """Equal parts, or parts between indices. Raises Problem(merge-mismatch, invalid-layer-argument), Undecided."""
    size = x[index]
    if isinstance(cuts, int):
        return parts(x, equal_sizes(x, index, cuts, what), index)
    if not isinstance(cuts, (tuple, list)) or any(not isinstance(cut, int) for cut in cuts):
        raise Undecided(cuts.reason if isinstance(cuts, Unknown) else f"where {x} is split is not known")
    select.require_few(len(cuts))
    bounds = [0, *cuts, size]
    sizes = [stop - start for start, stop in pairwise(bounds)]
    if any(cut < 0 for cut in cuts):
        raise Undecided(f"{x} is split at {list(cuts)}")
    if any(isinstance(part, int) and part < 0 for part in sizes):
        text = f"{what}: axis {index} of {x} with the size {size} cannot be split at {list(cuts)}, which leaves a negative size"
        raise Problem(MERGE, text, blame="indices_or_sections")
    return parts(x, sizes, index)


def equal_sizes(x: Shape, index: int, count: int, what: str) -> list[Dim]:
    """The sizes of equal parts along an axis. Raises Problem(merge-mismatch, invalid-layer-argument), Undecided."""
    size = x[index]
    if count == 0 and not shows_none(size):
        raise Problem(ARGUMENT, f"{what} into {count} parts", blame="indices_or_sections")
    if count < 1:
        raise Undecided(f"{what} into {count} parts is not modelled")
    select.require_few(count)
    if shows_none(size):
        return [unknown_dim("None", none=True)] * count
    if never_equal(size % count, 0):
        raise Problem(MERGE, f"{what}: the size {size} of axis {index} of {x} is not divisible by {count}", blame="axis")
    if not always_equal(size % count, 0):
        raise Undecided(f"whether {size} can be split into {count} equal parts is not known")
    return [size // count] * count


def parts(x: Shape, sizes: Sequence[Dim], axis: int) -> list[Shape]:
    """The shapes of the parts of ``x`` with these sizes along an axis."""
    return [replaced(x, {axis: size}) for size in sizes]


@keras.function("ops.array_split")
def array_split(x: Shape, indices_or_sections: Value, axis: Value = 0) -> list[Shape]:
    """Parts that are as equal as they can be. Raises Problem(invalid-layer-argument), Undecided."""
    if not isinstance(indices_or_sections, int):
        raise Undecided("where a tensor is split is not known")
    if indices_or_sections < 1:
        raise Problem(ARGUMENT, f"array_split into {indices_or_sections} parts", blame="indices_or_sections")
    index = axis_of(x, axis, "array_split")
    if shows_none(x[index]):
        return parts(x, equal_sizes(x, index, indices_or_sections, "array_split"), index)
    return parts(x, select.tensor_split(x[index], indices_or_sections), index)


@keras.function("ops.unstack")
def unstack(x: Shape, num: Value = None, axis: Value = 0) -> list[Shape]:
    """The slices along an axis. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    return slices(x, num, axis_of(x, axis, "unstack"))


def slices(x: Shape, num: Value, index: int) -> list[Shape]:
    """The slices along a non-negative axis, of which there are ``num``. Raises Problem(invalid-layer-argument), Undecided."""
    count = x[index] if num is None else num
    if shows_none(count):
        raise Undecided(f"unstack: how many slices axis {index} of {x} has is open. Needs num=")
    if not isinstance(count, int) or (never_equal(x[index], count) and not shows_none(x[index])):
        raise Undecided(f"how many slices {x} has is not known, {show(num)} are asked for")
    select.require_few(count)
    return [Shape(*x[:index], *x[index + 1 :])] * count

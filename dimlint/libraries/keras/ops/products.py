"""Products of tensors. Source: https://keras.io/api/ops/numpy."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, maximum, minimum, never_equal
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, broadcast, late, require_rank, values_of
from dimlint.shapes import contract
from dimlint.shapes.einsum import compared_einsum


@keras.function("ops.matmul")
def matmul(x1: Shape, x2: Shape) -> Shape:
    """The matrix product. Raises Problem(merge-mismatch, rank-mismatch)."""
    return contract.matmul(x1, x2, "matmul", shows_none)


@keras.function("ops.dot")
def dot(x1: Shape, x2: Shape) -> Shape:
    """Product over the last axis of ``x1`` and the second to last of ``x2``. Raises Problem(merge-mismatch)."""
    if not x1 or not x2:
        return broadcast("dot", x1, x2)
    if x1.rank == 1 and x2.rank == 1:
        with late():
            contract.require_same(x1[0], x2[0], "dot")
        return Shape()
    return contract.tensordot(x1, x2, [x1.rank - 1], [max(x2.rank - 2, 0)], "dot")


@keras.function("ops.einsum")
def einsum(subscripts: str, *operands: Value, **kwargs: object) -> Shape:
    """Sums of products named by letters. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else operands
    return compared_einsum(subscripts, [to_shape(x, "an operand") for x in given], shows_none, loose=True)


@keras.function("ops.tensordot")
def tensordot(x1: Shape, x2: Shape, axes: Value = 2) -> Shape:
    """Product summed over pairs of axes. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    axes = values_of(axes)
    if isinstance(axes, int):
        if axes < 0 or axes > min(x1.rank, x2.rank):
            raise Undecided(f"tensordot of {x1} and {x2} over {axes} axes is not modelled")
        with late():
            return contract.tensordot(x1, x2, range(x1.rank - axes, x1.rank), range(axes), "tensordot", whole=True)
    if not isinstance(axes, (tuple, list)) or len(axes) != 2:
        raise Undecided(axes.reason if isinstance(axes, Unknown) else f"the axes {show(axes)} of tensordot are not known")
    sides = [(side,) if isinstance(side, int) else values_of(side) for side in axes]
    if any(not isinstance(side, (tuple, list)) for side in sides):
        raise Undecided("the axes of tensordot are not known")
    first, second = ([axis_of(x, axis, "tensordot") for axis in side] for x, side in zip((x1, x2), sides))
    if len(first) != len(second) or len(set(first)) < len(first) or len(set(second)) < len(second):
        raise Undecided(f"the axes {show(axes)} of tensordot are no pairs")
    return contract.tensordot(x1, x2, first, second, "tensordot")


@keras.function("ops.inner")
def inner(x1: Shape, x2: Shape) -> Shape:
    """Product over the last axes. Raises Problem(merge-mismatch)."""
    if not x1 or not x2:
        return Shape(*x1, *x2)
    return contract.tensordot(x1, x2, [x1.rank - 1], [x2.rank - 1], "inner")


@keras.function("ops.outer")
def outer(x1: Shape, x2: Shape) -> Shape:
    """All products of the elements of two tensors."""
    total: list[Dim] = []
    for x in (x1, x2):
        size: Dim = 1
        for factor in x:
            size = size * factor
        total.append(size)
    return Shape(*total)


@keras.function("ops.cross")
def cross(x1: Shape, x2: Shape, axisa: Value = -1, axisb: Value = -1, axisc: Value = -1, axis: Value = None) -> Shape:
    """The vector product along an axis of size 3 (or 2). Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    axisa, axisb, axisc = (axis, axis, axis) if axis is not None else (axisa, axisb, axisc)
    first, second = axis_of(x1, axisa, "cross"), axis_of(x2, axisb, "cross")
    for x, index in ((x1, first), (x2, second)):
        if never_equal(x[index], 2) and never_equal(x[index], 3):
            raise Problem(MERGE, f"cross: the size of axis {index} of {x} must be 2 or 3", blame="axis")
        if not always_equal(x[index], 2) and not always_equal(x[index], 3):
            doubt("whether vectors lie in the plane is not known")
    rest = broadcast("cross", *(Shape(*(s for i, s in enumerate(x) if i != index)) for x, index in ((x1, first), (x2, second))))
    if not always_equal(x1[first], 3) and not always_equal(x2[second], 3):
        with late():
            axis_of(rest, axisc, "cross")
        return rest
    place = axis_of(rest, axisc, "cross", 1)
    return Shape(*rest[:place], 3, *rest[place:])


@keras.function("ops.kron")
def kron(x1: Shape, x2: Shape) -> Shape:
    """Each element of the first tensor times the second one. Raises Undecided."""
    if x1.rank != x2.rank:
        raise Undecided(f"the Kronecker product of {x1} and {x2} differs between Keras' symbolic and eager calls")
    return Shape(*(a * b for a, b in zip(x1, x2)))


@keras.function("ops.cdist")
def cdist(x: Shape, y: Shape) -> Shape:
    """Distances between the rows of two batches of matrices. Raises Problem(rank-mismatch, merge-mismatch)."""
    require_rank(x, "cdist", 2, 99)
    require_rank(y, "cdist", 2, 99)
    contract.require_same(x[-1], y[-1], f"cdist of {x} and {y}")
    return Shape(*broadcast("cdist", Shape(*x[:-2]), Shape(*y[:-2])), x[-2], y[-2])


@keras.function("ops.correlate")
def correlate(x1: Shape, x2: Shape, mode: Value = "valid") -> Shape:
    """Correlation of two vectors. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    require_rank(x1, "correlate", 1)
    require_rank(x2, "correlate", 1)
    if isinstance(mode, Unknown):
        raise Undecided(mode.reason)
    if mode not in ("valid", "same", "full"):
        raise Problem(ARGUMENT, f"correlate: mode must be 'valid', 'same' or 'full', got {show(mode)}", blame="mode")
    a, b = x1[0], x2[0]
    if shows_none(a) or shows_none(b) or always_equal(a, 0) or always_equal(b, 0):
        raise Undecided(f"the correlation of {x1} and {x2} is not modelled")
    longer = maximum(a, b)
    return Shape({"same": longer, "full": a + b - 1}.get(mode, longer - minimum(a, b) + 1))


@keras.function("ops.corrcoef")
def corrcoef(x: Shape) -> Shape:
    """Correlation of the rows of a matrix with each other. Raises Undecided."""
    if x.rank == 2 and always_equal(x[0], x[1]):
        return x
    raise Undecided(f"correlations of {x} are not modelled")

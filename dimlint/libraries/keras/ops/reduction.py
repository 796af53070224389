"""Functions that leave one value along axes. Source: https://keras.io/api/ops/numpy."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, maximum, never_equal, product
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, axes_of, axis_of, broadcast, late, replaced, require_rank
from dimlint.shapes import select

MATRIX_NORMS = ("fro", "nuc", 1, -1, 2, -2)
REDUCTIONS = """all amax amin any argmax argmin logsumexp max mean median min nanargmax nanargmin nanmax nanmean nanmedian nanmin nanprod
nanstd nansum nanvar prod ptp std sum var"""


@keras.function(*(f"ops.{name}" for name in REDUCTIONS.split()))
def reduce(x: Shape, axis: Value = None, keepdims: Value = False, *args: object, **kwargs: object) -> Shape:
    """One value along the axes, all of them by default. Raises Problem(rank-mismatch), Undecided."""
    if isinstance(keepdims, Unknown):
        raise Undecided("whether a reduction keeps its axes is not known")
    return select.reduce(x, axes_of(x, axis, "the reduction"), bool(keepdims))


@keras.function("ops.count_nonzero")
def count_nonzero(x: Shape, axis: Value = None) -> Shape:
    """How many are not zero along the axes. Raises Problem(rank-mismatch)."""
    return reduce(x, axis)


@keras.function("ops.moments")
def moments(x: Shape, axes: Value, keepdims: Value = False, synchronized: object = False) -> tuple[Shape, Shape]:
    """Mean and variance along the axes. Raises Problem(rank-mismatch), Undecided."""
    found = reduce(x, axes, keepdims)
    return found, found


@keras.function("ops.percentile", "ops.nanpercentile")
def percentile(x: Shape, q: Value, axis: Value = None, method: object = "linear", keepdims: Value = False) -> Shape:
    """One value for each percentage in ``q``, along the axes. Raises Problem(rank-mismatch), Undecided."""
    found, shares = reduce(x, axis, keepdims), to_shape(q, "q")
    if shares.rank > 1:
        raise Undecided("shares in more than one dimension are not followed")
    return Shape(*shares, *found)


@keras.function("ops.quantile", "ops.nanquantile")
def quantile(x: Shape, q: Value, axis: Value = None, method: object = "linear", keepdims: Value = False) -> Shape:
    """``percentile`` with shares of 1, where a list of a single one counts as a number. Raises Problem(rank-mismatch), Undecided."""
    single = isinstance(q, (tuple, list)) and len(q) == 1
    return percentile(x, q[0] if single else q, axis, method, keepdims)


@keras.function("ops.average")
def average(x: Shape, axis: Value = None, weights: Shape | None = None) -> Shape:
    """The weighted mean along an axis. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    found = reduce(x, axis)
    if weights is not None and not (weights.rank == x.rank and not any(map(never_equal, weights, x))):
        if axis is None:
            broadcast("average", x, weights)
            raise Undecided(f"weights of the shape {weights} for {x}, which Keras' symbolic calls refuse and its eager ones may take")
        size = x[axis_of(x, axis, "average")]
        if weights.rank != 1:
            raise Undecided("Keras' symbolic and eager calls differ on weights that are no vector")
        if never_equal(weights[0], size) and not shows_none(weights[0]) and not shows_none(size):
            raise Problem(MERGE, f"average: the weights {weights} do not fit {x} along axis {axis}", blame="weights")
    return found


@keras.function("ops.norm")
def norm(x: Shape, ord: Value = None, axis: Value = None, keepdims: Value = False) -> Shape:
    """Length of vectors or size of matrices. Raises Problem(rank-mismatch), Undecided."""
    axes = axes_of(x, axis, "norm")
    if (len(axes) == 1 and isinstance(ord, str)) or (len(axes) == 2 and isinstance(ord, (int, str)) and ord not in MATRIX_NORMS):
        raise Problem(ARGUMENT, f"norm: ord={show(ord)} does not exist for {len(axes)} axes", blame="ord")
    if not (ord is None or (isinstance(ord, (int, float)) and len(axes) == 1) or (ord in MATRIX_NORMS and len(axes) == 2)):
        raise Undecided(f"the norm {ord!r} over {len(axes)} axes is not followed")
    return reduce(x, axis, keepdims)


@keras.function("ops.trapezoid")
def trapezoid(y: Shape, x: object = None, dx: object = 1.0, axis: Value = -1) -> Shape:
    """The area below a curve along an axis. Raises Problem(rank-mismatch), Undecided."""
    if x is not None:
        raise Undecided("places of the points are not followed")
    with late():
        return reduce(y, axis_of(y, axis, "trapezoid"))


@keras.function("ops.allclose", "ops.vdot")
def scalar(x1: object, x2: object, *args: object, **kwargs: object) -> Shape:
    """One number from two tensors."""
    return Shape()


@keras.function("ops.psnr")
def psnr(x1: Shape, x2: Shape, max_val: object) -> Shape:
    """Signal-to-noise ratio of two tensors. Raises Problem(rank-mismatch)."""
    if x1.rank != x2.rank:
        raise Problem(RANK, f"psnr: the ranks of {x1} and {x2} differ")
    return Shape()


def whole(x: Shape, axis: Value, what: str) -> Shape:
    """The tensor as it is, or flat for None. Raises Problem(rank-mismatch)."""
    if axis is None:
        return Shape(product(x))
    axis_of(x, axis, what)
    return x


@keras.function("ops.nancumsum", "ops.nancumprod")
def nan_cumulate(x: Shape, axis: Value = None, dtype: object = None) -> Shape:
    """``cumsum`` without what is no number. Raises Undecided."""
    with late():
        return whole(x, axis, "the cumulation")


@keras.function("ops.cumsum", "ops.cumprod")
def cumulate(x: Shape, axis: Value = None, dtype: object = None) -> Shape:
    """What has come so far along an axis; flat for None. Raises Problem(rank-mismatch)."""
    return whole(x, axis, "the cumulation")


@keras.function("ops.argsort")
def argsort(x: Shape, axis: Value = -1) -> Shape:
    """The places in order along an axis; flat for None. Raises Problem(rank-mismatch), Undecided."""
    if not x.rank and axis is not None:
        raise Undecided("the order of a number is not modelled")
    return sort(x, axis)


@keras.function("ops.sort")
def sort(x: Shape, axis: Value = -1) -> Shape:
    """In order along an axis; flat for None. Raises Problem(rank-mismatch)."""
    return whole(x, axis, "sort")


@keras.function("ops.argpartition")
def argpartition(x: Shape, kth: object, axis: Value = -1) -> Shape:
    """In partial order along an axis. Raises Problem(rank-mismatch)."""
    with late():
        return whole(x, axis, "argpartition")


@keras.function("ops.top_k")
def top_k(x: Shape, k: Dim, sorted: object = True) -> tuple[Shape, Shape]:
    """The largest values of the last axis and their places. Raises Problem(rank-mismatch), Undecided."""
    require_rank(x, "top_k", 1, 99)
    found = Shape(*x[:-1], k)
    return found, found


@keras.function("ops.in_top_k")
def in_top_k(targets: Shape, predictions: Shape, k: object) -> Shape:
    """Whether the class is among the most likely ones, for each sample."""
    return targets


@keras.function("ops.diff")
def diff(a: Shape, n: int = 1, axis: Value = -1) -> Shape:
    """Differences of neighbours along an axis. Raises Problem(rank-mismatch), Undecided."""
    if n < 0 or (not a.rank and not n):
        raise Undecided(f"{n} differences along an axis of {a} are not modelled")
    index = axis_of(a, axis, "diff")
    return replaced(a, {index: a[index] if shows_none(a[index]) else maximum(a[index] - n, 0)})

"""Functions that leave one value along axes, and those that go along one axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, less, maximum, minimum, never_equal, never_positive, product
from dimlint.core.layer import ARGUMENT, show, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.numpy.known import compute, elements_of, is_number, kind_of, vector
from dimlint.libraries.numpy.library import (
    MERGE,
    RANK,
    array,
    axes_of,
    axis_of,
    function,
    is_array,
    lost,
    number,
    shape_of,
    with_parameters,
)
from dimlint.libraries.numpy.library import replaced as resized
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import reduce

INTEGRAL = ("argmax", "argmin", "count_nonzero", "nanargmax", "nanargmin")
TRUTHS = ("all", "any")
EXTREMES = ("max", "min", "amax", "amin", "ptp", "argmax", "argmin", "nanmax", "nanmin", "nanargmax", "nanargmin")
"""Reductions that no elements cannot have."""
MODES = {
    "sum prod nansum nanprod": ("axis", "dtype", "out", "keepdims", "initial", "where"),
    "mean nanmean": ("axis", "dtype", "out", "keepdims"),
    "std var nanstd nanvar": ("axis", "dtype", "out", "ddof", "keepdims"),
    "max min amax amin nanmax nanmin": ("axis", "out", "keepdims", "initial", "where"),
    "ptp any all": ("axis", "out", "keepdims"),
    "median nanmedian": ("axis", "out", "overwrite_input", "keepdims"),
    "argmax argmin nanargmax nanargmin": ("axis", "out"),
    "count_nonzero": ("axis",),
}
"""What stands behind the array, in order; the rest is given by name."""
KEYWORD = ("keepdims", "where", "initial", "mean", "correction")
METHODS = ["sum", "prod", "mean", "std", "var", "max", "min", "ptp", "any", "all", "argmax", "argmin"]
STRICT = ("mean", "std", "var", "median", "nanmedian")
"""Reductions for which a number has no axis at all; for the others it has one."""
ONE_AXIS = ("argmax", "argmin", "nanargmax", "nanargmin")


def _fold(pick: Callable[[Dim, Dim], Dim]) -> Callable[[Sequence[Any]], Value]:
    def folded(values: Sequence[Any]) -> Value:
        if not all(map(is_size, values)):
            return (max if pick is maximum else min)(values)
        result = values[0]
        for size in values[1:]:
            result = pick(result, size)
        return result

    return folded


def _total(sign: str, start: int) -> Callable[[Sequence[Any]], Value]:
    def total(values: Sequence[Any]) -> Value:
        result: Value = start if values else float(start)
        for item in values:
            result = compute(sign, result, item) if not isinstance(result, Tensor) else result
        return result

    return total


def _mean(values: Sequence[Any]) -> Value:
    return compute("/", _total("+", 0)(values), len(values)) if values else number()


def _place(pick: Callable[..., Any]) -> Callable[[Sequence[Any]], Value]:
    def place(values: Sequence[Any]) -> Value:
        return values.index(pick(values)) if all(isinstance(item, (int, float)) for item in values) else number("int64")

    return place


ON_VALUES: dict[str, Callable[[Sequence[Any]], Value]] = {
    "sum": _total("+", 0), "prod": _total("*", 1), "mean": _mean, "argmax": _place(max), "argmin": _place(min),
    "max": _fold(maximum), "amax": _fold(maximum), "min": _fold(minimum), "amin": _fold(minimum),
}
"""Reductions of vectors of which the elements are known."""


def _reduced(name: str, a: Value, axis: Value, keepdims: Value, dtype: Value, where: Value) -> Value:
    """The result of a reduction. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    lost(a)
    lost(axis)
    shape = shape_of(a, name)
    if isinstance(keepdims, Unknown) or not isinstance(keepdims, (bool, int)):
        raise Undecided("whether a reduction keeps its axes is not known")
    if isinstance(axis, (tuple, list)) and name in ONE_AXIS:
        raise Problem(ARGUMENT, f"numpy.{name}: axis must be an integer, got {show(axis)}", blame="axis")
    forgiven = not shape and axis in (0, -1) and name not in STRICT
    axes = None if axis is None or forgiven else axes_of(axis, shape.rank, name)
    if name in EXTREMES:
        _require_elements(shape, axes, name)
    known = elements_of(a) if is_array(a) else (a,) if is_number(a) else None
    if known is not None and shape.rank < 2 and not keepdims and dtype is None and where is True and (known or name in ("sum", "prod")):
        found = ON_VALUES[name](known) if name in ON_VALUES else number()
        return found if is_number(found) else number(_kind(name, a))
    result = reduce(shape, axes, bool(keepdims))
    return array(result, _kind(name, a)) if dtype is None else array(result)


def _kind(name: str, a: Value) -> str | None:
    if name in INTEGRAL:
        return "int64"
    if name in TRUTHS:
        return "bool"
    return a.dtype if name in EXTREMES and isinstance(a, Tensor) else None


def _require_elements(shape: Shape, axes: Sequence[int] | None, name: str) -> None:
    """An extremum of no elements is refused, unless there is nothing to give."""
    gone = range(shape.rank) if axes is None else axes
    rest = [size for axis, size in enumerate(shape) if axis not in gone]
    if any(never_positive(shape[axis]) for axis in gone) and all(never_equal(size, 0) for size in rest):
        raise Problem(ARGUMENT, f"numpy.{name} of no elements: an axis that disappears has size 0 in the array {shape}")


def _declare(name: str, order: tuple[str, ...]) -> None:
    def body(a: Value, *args: Value, **given: Value) -> Value:
        """A reduction over some axes, or over all."""
        given = {**dict(zip(order, args)), **given}
        initial = given.get("initial")
        chosen = "sum" if initial is not None and name in EXTREMES else name
        where = given.get("where", True) if initial is None else None
        return _reduced(chosen, a, given.get("axis"), given.get("keepdims", False), given.get("dtype"), where)

    body.__name__ = name
    with_parameters(body, ("a",), *order, keyword=KEYWORD, keepdims=False, where=True, ddof=0, overwrite_input=False)
    function(name)(body)
    if name in METHODS:
        function(f"Tensor.{name}")(body)


for _names, _order in MODES.items():
    for _name in _names.split():
        _declare(_name, _order)


@function("average")
def average(a: Shape, axis: Value = None, weights: Value = None, returned: Value = False, *, keepdims: bool = False) -> Value:
    """A mean with weights of the array's shape, or along the axis."""
    axes = None if axis is None else axes_of(axis, a.rank, "average")
    if weights is not None:
        _require_weights(a, axes, shape_of(weights, "average"))
    if not isinstance(returned, bool):
        raise Undecided("whether average returns the weights is not known")
    found = reduce(a, axes, keepdims)
    return (found, found) if returned else found


def _require_weights(a: Shape, axes: Sequence[int] | None, given: Shape) -> None:
    whole = given.rank == a.rank and all(map(always_equal, given, a))
    if whole:
        return
    wanted = Shape(*(a[axis] for axis in axes)) if axes is not None else a
    text = f"numpy.average: weights of shape {given} do not fit the array {a}"
    if given.rank not in (a.rank, wanted.rank) or (given.rank != wanted.rank and any(map(never_equal, given, a))):
        raise Problem(MERGE, text, blame="weights")
    for size, other in zip(given, a if given.rank == a.rank else wanted):
        unify(size, other, MERGE, text, blame="weights")


def _quantile(name: str) -> None:
    def body(
        a: Shape, q: Shape, axis: Value = None, out: Value = None, overwrite_input: Value = False, method: Value = "linear",
        keepdims: bool = False, **options: Value,
    ) -> Shape:  # fmt: skip
        """One value for each share asked for, along axes."""
        axes = None if axis is None else axes_of(axis, a.rank, name)
        if q.rank > 2:
            raise Undecided(f"{name} with shares of more than 2 dimensions is not modelled")
        if any(never_positive(a[index]) for index in (range(a.rank) if axes is None else axes)):
            raise Undecided(f"{name} of no elements")
        if name.startswith("nan") and any(map(never_positive, a)):
            raise Undecided(f"{name} of no elements")  # NumPy then leaves out the axis of the shares
        if q.rank == 2 and name.startswith("nan") and axes is not None and len(axes) != 1 and len(axes) < a.rank:
            return _scattered(a, q, axes, keepdims)
        return Shape(*q, *reduce(a, axes, keepdims))

    body.__name__ = name
    function(name)(body)


def _scattered(a: Shape, q: Shape, axes: Sequence[int], keepdims: bool) -> Shape:
    """Where NumPy leaves a table of shares over several axes at once: the second axis of it first, the first one last."""
    found = [q[1], *reduce(a, axes, False), q[0]]
    if not keepdims:
        return Shape(*found)
    front = len(found) - (a.rank - len(axes))
    rest = iter(found[front:])  # the axes are put back as if those of the table stood in front
    return Shape(*found[:front], *(1 if index in axes else next(rest) for index in range(a.rank)))


for _name in ("percentile", "quantile", "nanpercentile", "nanquantile"):
    _quantile(_name)


# -- along one axis


def _running(name: str, sign: str | None) -> None:
    def body(a: Value, axis: Value = None, dtype: Value = None, out: Value = None) -> Tensor:
        """Sums or products of all elements so far."""
        lost(a)
        shape = shape_of(a, name)
        if axis is not None:
            axis_of(axis, max(shape.rank, 1), name)
        if shape.rank > 1 and axis is not None:
            return array(shape, a.dtype if isinstance(a, Tensor) and a.dtype == "int64" and dtype is None else None)
        known = elements_of(a) if dtype is None and sign is not None else None
        values = None if known is None else tuple(accumulate(known, lambda x, y: compute(str(sign), x, y)))
        length = product(shape)
        return vector(values, length, kind_of(values) if values else None)

    body.__name__ = name
    function(name)(body)
    if not name.startswith("nan"):
        function(f"Tensor.{name}")(body)


for _name, _sign in (("cumsum", "+"), ("cumprod", "*"), ("nancumsum", None), ("nancumprod", None)):
    _running(_name, _sign)


@function("diff")
def diff(a: Value, n: int = 1, axis: Value = -1, prepend: Value = None, append: Value = None) -> Tensor:
    """Differences of neighbours along an axis."""
    shape = shape_of(a, "diff")
    if n == 0:
        return array(shape)
    if not shape:
        raise Problem(RANK, "numpy.diff needs an array of at least 1 dimension")
    index = axis_of(axis, shape.rank, "diff")
    if prepend is not None or append is not None or n < 0:
        raise Undecided("diff with elements before or behind is not modelled")
    known = elements_of(a)
    if known is not None and n == 1:
        return vector(tuple(compute("-", y, x) for x, y in pairwise(known)), max(len(known) - 1, 0), None)
    return array(resized(shape, index, maximum(shape[index] - n, 0)))


@function("gradient")
def gradient(f: Shape, *varargs: Value, axis: Value = None, edge_order: Value = 1) -> Value:
    """Central differences along each axis."""
    axes = list(range(f.rank)) if axis is None else axes_of(axis, f.rank, "gradient")
    if any(less(f[index], 2) is not False for index in axes) or not axes:
        raise Undecided("the gradient of so few elements is not modelled")
    return f if len(axes) == 1 or isinstance(axis, int) else [f] * len(axes)


@function("trapezoid", "trapz")
def trapezoid(y: Shape, x: Value = None, dx: Value = 1.0, axis: Value = -1) -> Value:
    """The integral along an axis."""
    index = axis_of(axis, y.rank, "trapezoid")
    if x is not None:
        given = shape_of(x, "trapezoid")
        if given.rank != 1:
            raise Undecided("an integral over places of several dimensions is not modelled")
        if never_equal(given[0], 2) and never_equal(y[index], 2):  # one distance stands for all
            unify(given[0], y[index], MERGE, f"numpy.trapezoid: {given[0]} places for {y[index]} values along axis {index} of {y}")
    return Shape(*y[:index], *y[index + 1 :])


@function("correlate")
def correlate(a: Shape, v: Shape, mode: Value = "valid") -> Shape:
    """One vector moved along the other."""
    return convolve(a, v, mode)


@function("convolve")
def convolve(a: Shape, v: Shape, mode: Value = "full") -> Shape:
    """Two vectors moved along each other."""
    if a.rank != 1 or v.rank != 1 or mode not in ("full", "same", "valid"):
        raise Undecided("a convolution of what is no vector")
    if always_equal(a[0], 0) or always_equal(v[0], 0):
        raise Problem(ARGUMENT, f"numpy.convolve of {a} and {v}: there are no elements")
    longer, shorter = maximum(a[0], v[0]), minimum(a[0], v[0])
    return Shape({"full": a[0] + v[0] - 1, "same": longer}.get(mode, longer - shorter + 1))


@function("interp")
def interp(x: Shape, xp: Shape, fp: Shape, left: Value = None, right: Value = None, period: Value = None) -> Shape:
    """Values between known ones, one for each place."""
    if xp.rank != 1 or fp.rank != 1:
        raise Problem(RANK, f"numpy.interp needs vectors of places and values, got {xp} and {fp}")
    unify(xp[0], fp[0], MERGE, f"numpy.interp: {xp[0]} places and {fp[0]} values")
    return x


@function("cov")
def covariance(
    m: Shape,
    y: Value = None,
    rowvar: Value = True,
    bias: Value = False,
    ddof: Value = None,
    fweights: Value = None,
    aweights: Value = None,
    *,
    dtype: Value = None,
) -> Shape:
    """Each variable with each other one; variables are rows."""
    return correlation(m, y, rowvar)


@function("corrcoef", m="x")
def correlation(m: Shape, y: Value = None, rowvar: Value = True, **options: Value) -> Shape:
    """Each variable with each other one; variables are rows."""
    if m.rank > 2 or y is not None or not isinstance(rowvar, bool):
        raise Undecided("correlations of several arrays are not modelled")
    if m.rank < 2:
        return Shape()
    count = m[0] if rowvar or always_equal(m[0], 1) else m[1]
    if not rowvar and not never_equal(m[0], 1):
        raise Undecided("correlations of one variable are not modelled")
    return Shape(count, count) if never_equal(count, 1) else Shape()


@function("polyval")
def polyval(p: Shape, x: Shape) -> Shape:
    """A polynomial at each place."""
    if p.rank != 1:
        raise Undecided("several polynomials are not modelled")
    return x


@function("polyfit")
def polyfit(x: Shape, y: Shape, deg: int, *args: Value, **options: Value) -> Shape:
    """The coefficients of a polynomial through points."""
    if args or options or x.rank != 1 or y.rank not in (1, 2):
        raise Undecided("a fit with more results is not modelled")
    unify(x[0], y[0], MERGE, f"numpy.polyfit: {x[0]} places and {y[0]} values")
    return Shape(deg + 1, *y[1:])


@function("array_equal", "array_equiv", "allclose", "may_share_memory", "shares_memory", "can_cast", "isscalar", "iterable")
def truth(*args: Value, **options: Value) -> Value:
    """One truth value that depends on the elements."""
    return number("bool")


@function("broadcast_shapes")
def broadcast_shapes(*args: Value) -> Value:
    """The sizes that shapes broadcast to."""
    if not all(isinstance(sizes, (tuple, list)) and all(map(is_size, sizes)) for sizes in args):
        raise Undecided("the shapes to be broadcast are not known")
    return tuple(broadcast([Shape(*sizes) for sizes in args], "numpy.broadcast_shapes"))

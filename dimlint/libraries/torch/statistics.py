"""Counts, quantiles, differences and distances.

https://docs.pytorch.org/docs/stable/torch.html#reduction-ops
"""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, less, maximum, never_positive, product, unknown_dim
from dimlint.core.layer import ARGUMENT, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.results import Named
from dimlint.core.value import Tensor, Value, is_size
from dimlint.libraries.torch.arguments import MERGE, RANK, axis_of, refuse_rank
from dimlint.libraries.torch.library import torch
from dimlint.libraries.torch.reduction import known_flag
from dimlint.shapes.agree import broadcast, concatenate
from dimlint.shapes.select import reduce


def _quantile(label: str) -> None:
    def body(
        input: Shape, q: Value, dim: Value = None, keepdim: Value = False, *, interpolation: Value = "linear", out: Value = None
    ) -> Shape:
        """Quantiles of all elements or along one axis; a vector of them gives a new first axis."""
        if isinstance(q, (int, float)) and not 0 <= q <= 1:
            raise Problem(ARGUMENT, f"{label}: q must be between 0 and 1, got {q}", blame="q")
        front = q.shape if isinstance(q, Tensor) else Shape()
        if not isinstance(q, (Tensor, int, float)):
            raise Undecided("whether q is one number or several is not known")
        if front.rank > 1:
            raise refuse_rank(label, "q of at most 1 dimension", front)
        if never_positive(product(input)):
            raise Problem(ARGUMENT, f"{label} needs at least one element, got the input {input}")
        axes = None if dim is None else [axis_of(dim, input, label)]
        return Shape(*front, *reduce(input, axes, known_flag(keepdim, "keepdim")))

    torch.function(label, f"Tensor.{label}")(body)


for _name in ("quantile", "nanquantile"):
    _quantile(_name)


@torch.function("histc", "Tensor.histc")
def histc(input: Shape, bins: Dim = 100, min: Value = 0, max: Value = 0, *, out: Value = None) -> Shape:
    """The number of elements in each of ``bins`` equal intervals."""
    if never_positive(bins):
        raise Problem(ARGUMENT, f"histc: bins must be greater than zero, got {bins}", blame="bins")
    return Shape(bins)


@torch.function("histogram", "Tensor.histogram")
def histogram(input: Shape, bins: Value, *, range: Value = None, weight: Value = None, density: Value = False) -> Named:
    """The number of elements in each interval, and the ends of the intervals."""
    if isinstance(bins, Tensor):
        if bins.shape.rank != 1:
            raise refuse_rank("histogram", "1-d bins", bins.shape)
        count = bins.shape[0] - 1
    elif is_size(bins):
        count = bins
    else:
        raise Undecided("the number of bins is not known")
    if never_positive(count):
        raise Problem(ARGUMENT, f"histogram needs at least one bin, got {count}", blame="bins")
    return Named(hist=Shape(count), bin_edges=Shape(count + 1))


@torch.function("bincount", "Tensor.bincount")
def bincount(input: Shape, weights: Value = None, minlength: Dim = 0) -> Shape:
    """How often each whole number occurs: one more than the largest, and at least ``minlength`` of them."""
    if input.rank != 1:
        raise refuse_rank("bincount", "a 1-d input", input)
    if less(minlength, 0):
        raise Problem(ARGUMENT, f"bincount: minlength must not be negative, got {minlength}", blame="minlength")
    if isinstance(weights, Tensor) and not always_equal(input[0], 0):
        text = f"bincount: the weights {weights.shape} need the shape {input} of the input"
        if weights.shape.rank != 1:
            raise Problem(RANK, text)
        unify(weights.shape[0], input[0], MERGE, text)
    low = minlength if isinstance(minlength, int) else 0
    return Shape(0 if always_equal(input[0], 0) and low == 0 else unknown_dim("n", low=low, reason="the largest number is not known"))


def _covariance(label: str) -> None:
    def body(input: Shape, **options: Value) -> Shape:
        """One number for each pair of rows; a single number for a single row."""
        if input.rank > 2:
            raise refuse_rank(label, "an input of at most 2 dimensions", input)
        if input.rank < 2 or always_equal(input[0], 1):
            return Shape()
        if less(input[0], 2) is not False and less(0, input[0]) is not False:
            raise Undecided(f"whether there is one row in {input} is not known")
        return Shape(input[0], input[0])

    torch.function(label, f"Tensor.{label}")(body)


for _name in ("cov", "corrcoef"):
    _covariance(_name)


@torch.function("diff", "Tensor.diff")
def diff(input: Shape, n: int = 1, dim: Value = -1, prepend: Value = None, append: Value = None, *, out: Value = None) -> Shape:
    """The n-th differences along one axis, which becomes shorter by n."""
    if input.rank == 0:
        raise refuse_rank("diff", "an input of at least 1 dimension", input)
    if n < 0:
        raise Problem(ARGUMENT, f"diff: n must not be negative, got {n}", blame="n")
    parts = [part.shape for part in (prepend, append) if isinstance(part, Tensor)]
    if n == 0 and not parts:
        return input
    axis = axis_of(dim, input, "diff")
    joined = concatenate([input, *parts], axis, "diff")
    if n == 0:
        return input
    return Shape(*joined[:axis], maximum(joined[axis] - n, 0), *joined[axis + 1 :])


def _trapezoid(y: Shape, x: Value, dim: Value) -> tuple[int, Dim]:
    if y.rank == 0:
        raise refuse_rank("trapezoid", "an input of at least 1 dimension", y)
    axis = axis_of(dim, y, "trapezoid")
    if isinstance(x, Tensor):
        if x.shape.rank != 1:
            raise Undecided("sample points of other than one dimension are not followed")
        unify(x.shape[0], y[axis], MERGE, f"trapezoid: {x.shape[0]} sample points for axis {axis} of size {y[axis]} of {y}")
    elif x is not None:
        raise Undecided("the sample points are not known")
    return axis, y[axis]


@torch.function("trapezoid", "trapz")
def trapezoid(y: Shape, x: Value = None, *, dx: Value = None, dim: Value = -1) -> Shape:
    """The integral along one axis, which disappears."""
    axis, _ = _trapezoid(y, x, dim)
    return Shape(*y[:axis], *y[axis + 1 :])


@torch.function("cumulative_trapezoid")
def cumulative_trapezoid(y: Shape, x: Value = None, *, dx: Value = None, dim: Value = -1) -> Shape:
    """The integral so far along one axis, which becomes shorter by one."""
    axis, size = _trapezoid(y, x, dim)
    return Shape(*y[:axis], maximum(size - 1, 0), *y[axis + 1 :])


@torch.function("cdist")
def cdist(x1: Shape, x2: Shape, p: Value = 2.0, compute_mode: Value = None) -> Shape:
    """Distances between the rows of two batches of matrices."""
    if x1.rank < 2 or x2.rank < 2:
        raise refuse_rank("cdist", "inputs of at least 2 dimensions", x1 if x1.rank < 2 else x2)
    unify(x1[-1], x2[-1], MERGE, f"cdist of {x1} and {x2}: the rows have {x1[-1]} and {x2[-1]} elements")
    return Shape(*broadcast([Shape(*x1[:-2]), Shape(*x2[:-2])], "cdist"), x1[-2], x2[-2])


@torch.function("renorm", "Tensor.renorm", "Tensor.renorm_")
def renorm(input: Shape, p: Value, dim: Value, maxnorm: Value) -> Shape:
    """Parts along one axis scaled down to a norm: the shape stays."""
    if input.rank < 2:
        raise refuse_rank("renorm", "an input of at least 2 dimensions", input)
    axis_of(dim, input, "renorm")
    return input


@torch.function("gradient")
def gradient(input: Shape, *, spacing: Value = None, dim: Value = None, edge_order: Value = 1) -> tuple[Shape, ...]:
    """Estimated derivatives along each axis, or along the given ones."""
    axes = range(input.rank) if dim is None else dim if isinstance(dim, (tuple, list)) else [dim]
    if input.rank == 0 and dim is not None:
        raise refuse_rank("gradient", "an input of at least 1 dimension where dim is given", input)
    found = [axis_of(axis, input, "gradient") for axis in axes]
    order = edge_order if isinstance(edge_order, int) else 1
    for axis in found:
        if less(input[axis], order + 1):
            raise Problem(ARGUMENT, f"gradient needs at least {order + 1} elements along axis {axis}, from input {input}")
        if less(input[axis], order + 1) is None:
            doubt(f"whether gradient has enough elements along axis {axis} is not known")
    return tuple(input for _ in found)

"""Reductions over axes, and functions along one axis that leave the shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dimlint.core.axis import expect_positive
from dimlint.core.dim import Dim, Shape, less, never_positive
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import Named
from dimlint.core.value import Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import RANK, axis_of
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.types import kind_of
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import ARGUMENT, INTEGERS, reduce

SEVERAL = "sum nansum mean nanmean amax amin all any count_nonzero logsumexp"
"""Reductions over one axis, several, or all."""

ALONG = "cumsum cumprod logcumsumexp softmax log_softmax"
"""Functions along one axis that leave the shape."""

TRUTHS = ("all", "any")
COUNTS = ("sum", "nansum", "cumsum", "cumprod")
WITHOUT_IDENTITY = ("amax", "amin")
"""Reductions that nothing has a result for."""
KEEPDIM_NEEDS_DIM = ("sum", "mean", "max", "min", "median", "nanmedian", "prod")

NOT_GIVEN: Any = object()
"""Default of an argument whose presence changes what a function does."""


def axes_of(dim: Value, x: Shape, label: str) -> list[int] | None:
    """Axes of a reduction; None is all of them. Raises Problem, Undecided."""
    if dim is None or dim == ():
        return None
    given = list(dim) if isinstance(dim, (tuple, list)) else [dim]
    found = [axis_of(axis, x, label) for axis in given]
    if len(set(found)) != len(found):
        raise Problem(RANK, f"{label}: dim={tuple(found)} names an axis twice, from input {x}", blame="dim")
    return found


def known_flag(value: Value, name: str) -> bool:
    """A truth value that decides on the shape. Raises Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    if isinstance(value, (bool, int)) or value is None:
        return bool(value)
    raise Undecided(f"{name} is not a known truth value")


def _kept(label: str, keepdim: Value, *, dim: Value = None) -> bool:
    """Whether reduced axes stay, with size 1. Some functions take ``keepdim`` only together with ``dim``. Raises Problem, Undecided."""
    if dim is NOT_GIVEN and keepdim is not NOT_GIVEN and label in KEEPDIM_NEEDS_DIM:
        raise Problem(ARGUMENT, f"{label} takes keepdim only together with dim", blame="keepdim")
    return keepdim is not NOT_GIVEN and known_flag(keepdim, "keepdim")


def _require_elements(x: Shape, axes: Sequence[int] | None, label: str) -> None:
    """An extremum of no elements is refused."""
    gone = range(x.rank) if axes is None else axes
    if any(never_positive(size) for axis, size in enumerate(x) if axis in gone):
        raise Problem(ARGUMENT, f"{label} of no elements: an axis that disappears has size 0 in the input {x}")


def _over_axes(label: str) -> Callable[..., Shape | Tensor]:
    def body(
        input: Tensor,
        dim: Value = NOT_GIVEN,
        keepdim: Value = NOT_GIVEN,
        *,
        dtype: Value = None,
        out: Value = None,
    ) -> Shape | Tensor:
        keep = _kept(label, keepdim, dim=dim)
        if label == "logsumexp" and dim in (NOT_GIVEN, None):
            raise Problem(ARGUMENT, "logsumexp is missing the required argument 'dim'")
        x = input.shape
        axes = [] if dim == () and label in TRUTHS else axes_of(None if dim is NOT_GIVEN else dim, x, label)
        if label in WITHOUT_IDENTITY:
            _require_elements(x, axes, label)
        return Tensor(reduce(x, axes, keep), "torch", _reduced_type(label, input.dtype, dtype))

    return body


for _name in SEVERAL.split():
    torch.function(_name, f"Tensor.{_name}")(_over_axes(_name))


def _reduced_type(label: str, given: str | None, wanted: Value) -> str | None:
    """The element type of a reduction, where it may select elements: truth values, counts, and sums of whole numbers."""
    if wanted is not None:
        return kind_of(wanted)
    if label in TRUTHS:
        return "bool"
    if label == "count_nonzero" or (label in COUNTS and given in (*INTEGERS, "bool")):
        return "int64"
    return given if label in WITHOUT_IDENTITY else None


def _along(label: str) -> Callable[..., Tensor]:
    def body(input: Tensor, dim: Value = NOT_GIVEN, dtype: Value = None, *, out: Value = None) -> Tensor:
        if dim is NOT_GIVEN:
            raise Problem(ARGUMENT, f"{label} is missing the required argument 'dim'")
        axis_of(dim, input.shape, label)
        return Tensor(input.shape, "torch", _reduced_type(label, input.dtype, dtype))

    return body


for _name in ALONG.split():
    torch.function(_name, f"Tensor.{_name}")(_along(_name))
for _name in ("cumsum", "cumprod"):
    torch.function(f"Tensor.{_name}_")(_along(f"{_name}_"))
for _name in ("softmax", "log_softmax"):
    torch.function(f"special.{_name}")(_along(_name))
torch.function("special.logsumexp")(_over_axes("logsumexp"))


@torch.function("argsort", "Tensor.argsort")
def argsort(input: Shape, dim: Value = -1, descending: Value = False, *, stable: Value = False, out: Value = None) -> Tensor:
    """Where the sorted values along one axis were."""
    axis_of(dim, input, "argsort")
    return Tensor(input, "torch", "int64")


def _spread(label: str) -> Callable[..., Shape]:
    """Standard deviation and variance: ``(dim, unbiased, keepdim)``, or ``(unbiased)`` alone."""

    def body(
        input: Shape,
        dim: Value = NOT_GIVEN,
        unbiased: Value = NOT_GIVEN,
        keepdim: Value = NOT_GIVEN,
        *,
        correction: Value = 1,
        out: Value = None,
    ) -> Shape:
        if unbiased is not NOT_GIVEN and keepdim is not NOT_GIVEN and dim is NOT_GIVEN:
            raise Problem(ARGUMENT, f"{label} takes unbiased and keepdim together only with dim", blame="keepdim")
        chosen = None if dim is NOT_GIVEN or isinstance(dim, bool) else dim
        return reduce(input, axes_of(chosen, input, label), _kept(label, keepdim))

    return body


for _name in ("std", "var"):
    torch.function(_name, f"Tensor.{_name}")(_spread(_name))


@torch.function("std_mean", "var_mean")
def std_mean(
    input: Shape, dim: Value = None, unbiased: Value = True, keepdim: Value = False, *, correction: Value = 1
) -> tuple[Shape, Shape]:
    """Standard deviation or variance, and the mean."""
    out = reduce(input, None if isinstance(dim, bool) else axes_of(dim, input, "std_mean"), known_flag(keepdim, "keepdim"))
    return out, out


@torch.function("prod", "Tensor.prod")
def prod(input: Shape, dim: Value = NOT_GIVEN, keepdim: Value = NOT_GIVEN, *, dtype: Value = None) -> Shape:
    """Product of all elements, or along one axis."""
    keep = _kept("prod", keepdim, dim=dim)
    return reduce(input, None if dim is NOT_GIVEN else [axis_of(dim, input, "prod")], keep)


def _position(label: str) -> Callable[..., Tensor]:
    def body(input: Shape, dim: Value = None, keepdim: Value = NOT_GIVEN, *, out: Value = None) -> Tensor:
        axes = None if dim is None else [axis_of(dim, input, label)]
        _require_elements(input, axes, label)
        return Tensor(reduce(input, axes, _kept(label, keepdim)), "torch", "int64")

    return body


for _name in ("argmax", "argmin"):
    torch.function(_name, f"Tensor.{_name}")(_position(_name))


def _pair(values: Shape, indices: Shape | None = None) -> Named:
    """Values and where they were."""
    return Named(values=values, indices=Tensor(values if indices is None else indices, "torch", "int64"))


def _extremum(label: str) -> Callable[..., Shape | Tensor | Named]:
    """``max`` and its kin: of all elements, along an axis with the positions, or of two tensors."""

    def body(
        input: Tensor,
        dim: Value = NOT_GIVEN,
        keepdim: Value = NOT_GIVEN,
        *,
        other: Value = None,
        out: Value = None,
    ) -> Shape | Tensor | Named:
        pair = dim if isinstance(dim, Tensor) else other
        if isinstance(pair, Tensor):
            return Tensor(broadcast([input.shape, pair.shape], label), "torch", input.dtype if input.dtype == pair.dtype else None)
        x = input.shape
        keep = _kept(label, keepdim, dim=dim)
        if dim is NOT_GIVEN:
            if label in ("max", "min"):
                _require_elements(x, None, label)
            return Shape()
        axes = [axis_of(dim, x, label)]
        _require_elements(x, axes, label)
        return _pair(reduce(x, axes, keep))

    return body


for _name in ("max", "min", "median", "nanmedian"):
    torch.function(_name, f"Tensor.{_name}")(_extremum(_name))


@torch.function("mode", "Tensor.mode")
def mode(input: Shape, dim: Value = -1, keepdim: Value = False) -> Named:
    """The most frequent value along one axis, and its position."""
    axes = [axis_of(dim, input, "mode")]
    _require_elements(input, axes, "mode")
    return _pair(reduce(input, axes, known_flag(keepdim, "keepdim")))


@torch.function("aminmax", "Tensor.aminmax")
def aminmax(input: Shape, *, dim: Value = None, keepdim: Value = False, out: Value = None) -> Named:
    """Smallest and largest value of all elements or along one axis."""
    axes = None if dim is None else [axis_of(dim, input, "aminmax")]
    _require_elements(input, axes, "aminmax")
    found = reduce(input, axes, known_flag(keepdim, "keepdim"))
    return Named(min=found, max=found)


@torch.function("cummax", "cummin", "Tensor.cummax", "Tensor.cummin")
def cummax(input: Shape, dim: Value) -> Named:
    """Extremum so far along one axis, and its position."""
    if not any(map(never_positive, input)):  # nothing is checked where there is nothing
        axis_of(dim, input, "cummax")
    return _pair(input)


@torch.function("sort", "Tensor.sort")
def sort(input: Shape, dim: Value = -1, descending: Value = False, stable: Value = False, *, out: Value = None) -> Named:
    """Sorted values along one axis, and where they were."""
    axis_of(dim, input, "sort")
    return _pair(input)


@torch.function("msort", "Tensor.msort")
def msort(input: Shape, *, out: Value = None) -> Shape:
    """Sorted values along the first axis."""
    return input


@torch.function("topk", "Tensor.topk")
def topk(input: Shape, k: Dim, dim: Value = -1, largest: Value = True, sorted: Value = True, *, out: Value = None) -> Named:
    """The k largest values along one axis, and where they were."""
    axis = axis_of(dim, input, "topk")
    size: Dim = input[axis] if input.rank else 1
    problem = Problem(ARGUMENT, f"topk: k={k} is out of range for axis {axis} of size {size}, from input {input}", blame="k")
    if (isinstance(k, int) and k < 0) or less(size, k):
        raise problem
    if less(size, k) is None:
        expect_positive(size - k + 1, f"whether the size {size} holds {k} values is not known", problem)
    return _pair(Shape(*input[:axis], k, *input[axis + 1 :]) if input.rank else input)


@torch.function("kthvalue", "Tensor.kthvalue")
def kthvalue(input: Shape, k: Dim, dim: Value = -1, keepdim: Value = False, *, out: Value = None) -> Named:
    """The k-th smallest value along one axis, and where it was."""
    axis = axis_of(dim, input, "kthvalue")
    size: Dim = input[axis] if input.rank else 1
    problem = Problem(ARGUMENT, f"kthvalue: k={k} is out of range for axis {axis} of size {size}, from input {input}", blame="k")
    if never_positive(k) or less(size, k):
        raise problem
    if less(size, k) is None:
        expect_positive(size - k + 1, f"whether the size {size} holds {k} values is not known", problem)
    return _pair(reduce(input, [axis], known_flag(keepdim, "keepdim")))


@torch.function("Tensor.norm")
def norm_method(self: Shape, p: Value = "fro", dim: Value = None, keepdim: Value = False, dtype: Value = None) -> Shape:
    """Norm of all elements, or over axes."""
    return norm(self, p, dim, keepdim)


@torch.function("norm")
def norm(input: Shape, p: Value = "fro", dim: Value = None, keepdim: Value = False, out: Value = None, dtype: Value = None) -> Shape:
    """Norm of all elements, or over axes."""
    axes = axes_of(dim, input, "norm")
    if isinstance(p, (int, float)) and (p < 0 or p == float("inf")):
        _require_elements(input, axes, "norm")
    return reduce(input, axes, known_flag(keepdim, "keepdim"))


@torch.function("dist", "Tensor.dist")
def dist(input: Shape, other: Shape, p: Value = 2) -> Shape:
    """Norm of the difference; the tensors broadcast."""
    broadcast([input, other], "dist")
    return Shape()


@torch.function("equal", "Tensor.equal", "allclose", "Tensor.allclose", "is_nonzero", "Tensor.is_nonzero")
def comparison(input: Shape, *args: Value, **kwargs: Value) -> Value:
    """A truth value that depends on the elements."""
    return Unknown("a truth value that depends on the elements of a tensor")


KEEPING = "sort msort topk kthvalue mode max min median nanmedian aminmax cummax cummin amax amin"
"""Functions that choose among elements: the type of the elements stays."""
for _name in KEEPING.split():
    torch.keeping |= {_name, f"Tensor.{_name}"}

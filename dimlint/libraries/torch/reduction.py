"""Reductions over axes, and functions along one axis that leave the shape."""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import Dim, Shape, less, never_positive
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import RANK, axis_of
from dimlint.libraries.torch.module import torch
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import ARGUMENT, reduce

SEVERAL = "sum nansum mean nanmean logsumexp amax amin aminmax all any count_nonzero"
"""Reductions over one axis, several, or all."""

ALONG = "cumsum cumprod logcumsumexp softmax log_softmax argsort"
"""Functions along one axis that leave the shape."""


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


def _over_axes(label: str) -> Callable[..., Shape]:
    def body(
        input: Shape,
        dim: Value = None,
        keepdim: Value = False,
        *,
        axis: Value = None,
        keepdims: Value = False,
        dtype: Value = None,
        out: Value = None,
    ) -> Shape:
        chosen = dim if axis is None else axis
        return reduce(input, axes_of(chosen, input, label), known_flag(keepdim, "keepdim") or known_flag(keepdims, "keepdims"))

    return body


for _name in SEVERAL.split():
    torch.function(_name, f"Tensor.{_name}")(_over_axes(_name))


def _along(label: str) -> Callable[..., Shape]:
    def body(input: Shape, dim: Value = -1, *args: Value, axis: Value = None, **kwargs: Value) -> Shape:
        axis_of(dim if axis is None else axis, input, label)
        return input

    return body


for _name in ALONG.split():
    torch.function(_name, f"Tensor.{_name}")(_along(_name))


def _spread(label: str) -> Callable[..., Shape]:
    """Standard deviation and variance: ``(dim, unbiased, keepdim)``, or ``(unbiased)`` alone."""

    def body(
        input: Shape, dim: Value = None, unbiased: Value = True, keepdim: Value = False, *, correction: Value = 1, out: Value = None
    ) -> Shape:
        chosen = None if isinstance(dim, bool) else dim
        return reduce(input, axes_of(chosen, input, label), known_flag(keepdim, "keepdim"))

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
def prod(input: Shape, dim: Value = None, keepdim: Value = False, *, dtype: Value = None) -> Shape:
    """Product of all elements, or along one axis."""
    return reduce(input, None if dim is None else [axis_of(dim, input, "prod")], known_flag(keepdim, "keepdim"))


def _position(label: str) -> Callable[..., Tensor]:
    def body(input: Shape, dim: Value = None, keepdim: Value = False, *, out: Value = None) -> Tensor:
        axes = None if dim is None else [axis_of(dim, input, label)]
        return Tensor(reduce(input, axes, known_flag(keepdim, "keepdim")), "torch", "int64")

    return body


for _name in ("argmax", "argmin"):
    torch.function(_name, f"Tensor.{_name}")(_position(_name))


def _extremum(label: str) -> Callable[..., Shape | tuple[Shape, Shape]]:
    """``max`` and its kin: of all elements, along an axis with the positions, or of two tensors."""

    def body(
        input: Shape, dim: Value = None, keepdim: Value = False, *, other: Value = None, out: Value = None
    ) -> Shape | tuple[Shape, Shape]:
        pair = dim if isinstance(dim, Tensor) else other
        if isinstance(pair, Tensor):
            return broadcast([input, pair.shape], label)
        if dim is None:
            return Shape()
        found = reduce(input, [axis_of(dim, input, label)], known_flag(keepdim, "keepdim"))
        return found, found

    return body


for _name in ("max", "min", "median", "nanmedian"):
    torch.function(_name, f"Tensor.{_name}")(_extremum(_name))


@torch.function("mode", "Tensor.mode")
def mode(input: Shape, dim: Value = -1, keepdim: Value = False) -> tuple[Shape, Shape]:
    """The most frequent value along one axis, and its position."""
    found = reduce(input, [axis_of(dim, input, "mode")], known_flag(keepdim, "keepdim"))
    return found, found


@torch.function("cummax", "cummin", "Tensor.cummax", "Tensor.cummin")
def cummax(input: Shape, dim: Value) -> tuple[Shape, Shape]:
    """Extremum so far along one axis, and its position."""
    axis_of(dim, input, "cummax")
    return input, input


@torch.function("sort", "Tensor.sort", "msort")
def sort(input: Shape, dim: Value = -1, descending: Value = False, stable: Value = False) -> tuple[Shape, Shape]:
    """Sorted values along one axis, and where they were."""
    axis_of(dim, input, "sort")
    return input, input


@torch.function("topk", "Tensor.topk")
def topk(input: Shape, k: Dim, dim: Value = -1, largest: Value = True, sorted: Value = True) -> tuple[Shape, Shape]:
    """The k largest values along one axis, and where they were."""
    axis = axis_of(dim, input, "topk")
    size: Dim = input[axis] if input.rank else 1
    if (isinstance(k, int) and k < 0) or less(size, k):
        raise Problem(ARGUMENT, f"topk: k={k} is out of range for axis {axis} of size {size}, from input {input}", blame="k")
    if less(size, k) is None:
        doubt(f"whether the size {size} holds {k} values is not known")
    out = Shape(*input[:axis], k, *input[axis + 1 :]) if input.rank else input
    return out, out


@torch.function("kthvalue", "Tensor.kthvalue")
def kthvalue(input: Shape, k: Dim, dim: Value = -1, keepdim: Value = False) -> tuple[Shape, Shape]:
    """The k-th smallest value along one axis, and where it was."""
    if never_positive(k):
        raise Problem(ARGUMENT, f"kthvalue: k must be greater than zero, got {k}", blame="k")
    out = reduce(input, [axis_of(dim, input, "kthvalue")], known_flag(keepdim, "keepdim"))
    return out, out


@torch.function("norm", "Tensor.norm")
def norm(input: Shape, p: Value = "fro", dim: Value = None, keepdim: Value = False, out: Value = None, dtype: Value = None) -> Shape:
    """Norm of all elements, or over axes."""
    return reduce(input, axes_of(dim, input, "norm"), known_flag(keepdim, "keepdim"))


@torch.function("linalg.norm", "linalg.vector_norm")
def linalg_norm(x: Shape, ord: Value = None, dim: Value = None, keepdim: Value = False, *, dtype: Value = None, out: Value = None) -> Shape:
    """Norm of all elements, or over axes."""
    return reduce(x, axes_of(dim, x, "norm"), known_flag(keepdim, "keepdim"))


@torch.function("dist", "Tensor.dist")
def dist(input: Shape, other: Shape, p: Value = 2) -> Shape:
    """Norm of the difference; the tensors broadcast."""
    broadcast([input, other], "dist")
    return Shape()


@torch.function("equal", "Tensor.equal", "allclose", "Tensor.allclose", "is_nonzero", "Tensor.is_nonzero")
def comparison(input: Shape, *args: Value, **kwargs: Value) -> Value:
    """A truth value that depends on the elements."""
    return Unknown("a truth value that depends on the elements of a tensor")

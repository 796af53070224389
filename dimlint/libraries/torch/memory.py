"""Where the elements of results stand in memory, as far as it is known: what ``view`` may take, and what it refuses.

https://docs.pytorch.org/docs/stable/tensor_view.html. Nothing is known of tensors from outside, of results of functions that are not
listed here, and in programs that speak of memory formats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.problem import Problem
from dimlint.core.value import Strides, Tensor, Unknown, Value, tensors_in
from dimlint.libraries.torch.arguments import RESHAPE
from dimlint.libraries.torch.library import torch
from dimlint.shapes import strides

FRESH = """zeros ones empty rand randn full randint randperm arange linspace logspace eye tensor
Tensor.new_zeros Tensor.new_ones Tensor.new_empty Tensor.new_full Tensor.new_tensor
nn.Linear nn.functional.linear mm Tensor.mm bmm Tensor.bmm baddbmm Tensor.baddbmm addmm Tensor.addmm
nn.LayerNorm nn.functional.layer_norm nn.Embedding nn.functional.embedding Tensor.repeat"""
"""Functions and layers that write their results row after row, whatever goes in."""

MATMUL = "matmul Tensor.matmul Tensor.__matmul__"

ROWWISE = """zeros_like ones_like empty_like rand_like randn_like full_like clone Tensor.clone cat concat stack Tensor.contiguous
nn.Conv1d nn.Conv2d nn.Conv3d nn.ConvTranspose1d nn.ConvTranspose2d nn.ConvTranspose3d nn.functional.conv1d nn.functional.conv2d
nn.BatchNorm1d nn.BatchNorm2d nn.BatchNorm3d nn.GroupNorm nn.InstanceNorm1d nn.InstanceNorm2d nn.Dropout nn.Dropout1d nn.Dropout2d
nn.Identity nn.ReLU nn.GELU nn.Sigmoid nn.Tanh nn.Softmax nn.MaxPool1d nn.MaxPool2d nn.MaxPool3d nn.AvgPool1d nn.AvgPool2d nn.AvgPool3d
nn.AdaptiveAvgPool1d nn.AdaptiveAvgPool2d nn.AdaptiveAvgPool3d nn.ZeroPad2d nn.Upsample nn.PixelShuffle nn.functional.relu
nn.functional.gelu nn.functional.dropout nn.functional.softmax nn.functional.max_pool2d nn.functional.avg_pool2d nn.functional.interpolate
softmax Tensor.softmax log_softmax Tensor.log_softmax relu Tensor.relu sigmoid Tensor.sigmoid tanh Tensor.tanh exp Tensor.exp
Tensor.__add__ Tensor.__radd__ Tensor.__sub__ Tensor.__rsub__ Tensor.__mul__ Tensor.__rmul__ Tensor.__truediv__ Tensor.__neg__
Tensor.__iadd__ Tensor.__imul__ add mul sub div Tensor.add Tensor.mul Tensor.sub Tensor.div where Tensor.masked_fill sum Tensor.sum mean
Tensor.mean gather Tensor.gather index_select Tensor.index_select tril Tensor.tril triu Tensor.triu"""
"""Functions and layers that do so if all tensors that go in stand row after row."""

MOVED = "cpu cuda to float double half bfloat16 type_as long int bool type"
"""Methods that keep the order in memory of a tensor without gaps; they may copy."""

PARTS = """narrow Tensor.narrow chunk Tensor.chunk split Tensor.split split_with_sizes Tensor.split_with_sizes tensor_split
Tensor.tensor_split"""
"""Parts of a tensor, which stay where they are."""

Rule = Callable[[Sequence[Value], Mapping[str, Value], Shape], "Strides | None"]


def _rule(names: str) -> Callable[[Rule], Rule]:
    def declare(rule: Rule) -> Rule:
        torch.memory |= dict.fromkeys(names.split(), rule)
        return rule

    return declare


def _first(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Tensor | None:
    """The tensor that is looked at in another way, if its place in memory is known."""
    found = next(iter(tensors_in((*args, *kwargs.values()))), None)
    return found if found is not None and found.strides is not None else None


@_rule(FRESH)
def fresh(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    return strides.contiguous(out)


@_rule(MATMUL)
def multiplied(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    """Products of batches, and of anything with one matrix."""
    given = [tensor.shape.rank for tensor in tensors_in(tuple(args))]
    return strides.contiguous(out) if len(given) == 2 and given[0] >= 2 and given[1] in (2, given[0]) else None


@_rule(ROWWISE)
def rowwise(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    given = list(tensors_in((*args, *kwargs.values())))
    known = all(strides.is_contiguous(tensor.shape, tensor.strides) for tensor in given)
    return strides.contiguous(out) if given and known and not any(isinstance(value, Unknown) for value in args) else None


@_rule("Tensor.contiguous")
def made_contiguous(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    return strides.contiguous(out)


@_rule(" ".join(f"Tensor.{name}" for name in MOVED.split()))
def moved(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    x = _first(args, kwargs)
    return x.strides if x is not None and x.strides is not None and strides.is_dense(x.shape, x.strides) else None


# -- other views of the same elements


@_rule("Tensor.view Tensor.view_as")
def view(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    """What cannot be seen in the other shape without a copy is refused."""
    x = _first(args, kwargs)
    if x is None or x.strides is None:
        return None
    try:
        return strides.view(x.shape, x.strides, out)
    except strides.Impossible:
        after = f" after {x.step.label}" if x.step is not None else ""
        text = f"view cannot take {x.shape} as {out}: the elements do not stand row after row in memory{after}"
        raise Problem(RESHAPE, f"{text}. Needs reshape instead of view, or contiguous() before it") from None


@_rule(
    "reshape Tensor.reshape Tensor.reshape_as flatten Tensor.flatten unflatten Tensor.unflatten ravel Tensor.ravel nn.Flatten nn.Unflatten"
)
def reshape(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    """A view where there is one, else a copy."""
    x = _first(args, kwargs)
    if x is None or x.strides is None:
        return None
    try:
        return strides.view(x.shape, x.strides, out)
    except strides.Impossible:
        return strides.contiguous(out)


def _reordered(names: str, order: Callable[[Sequence[Value], Mapping[str, Value], int], Sequence[int] | None]) -> None:
    @_rule(names)
    def rule(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
        x = _first(args, kwargs)
        axes = order(args[1:], kwargs, out.rank) if x is not None else None
        return None if x is None or x.strides is None or axes is None else tuple(x.strides[axis] for axis in axes)


def _permutation(args: Sequence[Value], kwargs: Mapping[str, Value], rank: int) -> Sequence[int] | None:
    given = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else args
    given = kwargs.get("dims", given)
    return [axis % rank for axis in given] if all(isinstance(axis, int) for axis in given) and len(given) == rank else None


def _exchange(args: Sequence[Value], kwargs: Mapping[str, Value], rank: int) -> Sequence[int] | None:
    given = (*args, *(kwargs[name] for name in ("dim0", "dim1", "axis0", "axis1") if name in kwargs))
    if len(given) != 2 or not all(isinstance(axis, int) for axis in given) or not rank:
        return None
    order = list(range(rank))
    first, second = (axis % rank for axis in given)
    order[first], order[second] = order[second], order[first]
    return order


def _reversed(args: Sequence[Value], kwargs: Mapping[str, Value], rank: int) -> Sequence[int] | None:
    return list(reversed(range(rank)))


def _last_exchanged(args: Sequence[Value], kwargs: Mapping[str, Value], rank: int) -> Sequence[int] | None:
    return [*range(rank - 2), rank - 1, rank - 2] if rank > 1 else None


_reordered("permute Tensor.permute", _permutation)
_reordered("transpose Tensor.transpose swapaxes Tensor.swapaxes swapdims Tensor.swapdims", _exchange)
_reordered("t Tensor.t Tensor.@T", _reversed)
_reordered("Tensor.@mT adjoint Tensor.adjoint", _last_exchanged)


@_rule("unsqueeze Tensor.unsqueeze")
def unsqueeze(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    """A new axis of size 1 counts as one in front of the next axis."""
    x, dim = _first(args, kwargs), args[1] if len(args) > 1 else kwargs.get("dim")
    if x is None or x.strides is None or not isinstance(dim, int):
        return None
    axis = dim % out.rank
    step = x.shape[axis] * x.strides[axis] if axis < x.shape.rank else 1
    return (*x.strides[:axis], step, *x.strides[axis:])


@_rule("expand Tensor.expand Tensor.expand_as broadcast_to Tensor.broadcast_to")
def expand(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    """A repeated element stands in one place."""
    x = _first(args, kwargs)
    if x is None or x.strides is None or any(isinstance(value, Unknown) for value in args):
        return None
    new = out.rank - x.shape.rank
    found: list[Dim] = [0] * new
    for size, wanted, step in zip(x.shape, out[new:], x.strides):
        if not always_equal(size, wanted) and not (always_equal(size, 1) and never_equal(wanted, 1)):
            return None
        found.append(step if always_equal(size, wanted) else 0)
    return tuple(found)


@_rule(PARTS)
def parts(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    x = _first(args, kwargs)
    return None if x is None else x.strides


@_rule("select Tensor.select unbind Tensor.unbind")
def without_axis(args: Sequence[Value], kwargs: Mapping[str, Value], out: Shape) -> Strides | None:
    """One position of an axis."""
    x, dim = _first(args, kwargs), args[1] if len(args) > 1 else kwargs.get("dim", 0)
    if x is None or x.strides is None or not isinstance(dim, int):
        return None
    axis = dim % x.shape.rank
    return (*x.strides[:axis], *x.strides[axis + 1 :])

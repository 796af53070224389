"""Unpooling: the partial inverse of max pooling.

https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
"""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import Dim, Shape, less, never_positive
from dimlint.core.layer import ARGUMENT, Layer, axes, show, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.torch.arguments import MERGE, NONPOSITIVE, each_axis, refuse_rank, require_positive, twin
from dimlint.libraries.torch.module import torch
from dimlint.shapes.window import AXIS_WORDS


class Unpool(Layer):
    """The partial inverse of max pooling: (N, C, *positions) and their indices -> (N, C, *spatial)."""

    kernel_size: tuple[Dim, ...] = axes()
    stride: Value = axes(None, optional=True)
    padding: tuple[Dim, ...] = axes(0)

    def attribute(self, name: str) -> Value:
        return self.kernel_size if name == "stride" and self.stride is None else super().attribute(name)

    def output(self, x: Shape, indices: Shape, output_size: Value = None) -> Shape:
        n = self.rank
        if x.rank not in (n + 1, n + 2):
            raise refuse_rank(self.label, f"a {n + 2}-d input, or a {n + 1}-d one without the batch", x)
        message = f"{self.label} needs one index for each value of its input {x}, got {indices}"
        if indices.rank != x.rank:
            raise Problem(MERGE, message)
        for actual, size in zip(indices, x):
            unify(actual, size, MERGE, message)
        if any(map(never_positive, x[1:])):
            raise Problem(NONPOSITIVE, f"{self.label} input {x} has an empty axis")
        kernel = each_axis(self, "kernel_size", broadcast=False)
        stride = kernel if self.stride is None else each_axis(self, "stride", broadcast=False)
        padding = each_axis(self, "padding", broadcast=False)
        if n == 3:
            require_positive(self, "stride", stride)
        sizes = [(size - 1) * s - 2 * p + k for size, k, s, p in zip(x[-n:], kernel, stride, padding)]
        if output_size is not None:
            sizes = self.chosen(output_size, sizes, stride)
        for word, size in zip(AXIS_WORDS[n], sizes):
            if less(size, 0):
                raise Problem(NONPOSITIVE, f"{self.label} output {word} is {size}, from input {x}", blame="padding")
        return Shape(*x[:-n], *sizes)

    def chosen(self, given: Value, sizes: Sequence[Dim], stride: Sequence[Dim]) -> list[Dim]:
        """``output_size``, which must be less than a stride away from the usual one."""
        n = self.rank
        if isinstance(given, Unknown):
            raise Undecided(given.reason)
        if is_size(given) or (isinstance(given, (tuple, list)) and len(given) not in (n, n + 2)):
            message = f"{self.label} output_size must be a sequence of {n} or {n + 2} sizes, got {show(given)}"
            raise Problem(ARGUMENT, message, blame="output_size")
        if not isinstance(given, (tuple, list)):
            raise Undecided("output_size is not a known sequence")
        for wanted, size, step in zip(given[-n:], sizes, stride):
            if isinstance(wanted, float):
                raise Problem(ARGUMENT, f"{self.label} output_size must hold integers, got {show(given)}", blame="output_size")
            if not is_size(wanted):
                raise Undecided("output_size is not known")
            inside = (less(size - step, wanted), less(wanted, size + step))
            if False in inside:
                message = f"{self.label} output_size={show(given)}: {wanted} must be above {size - step} and below {size + step}"
                raise Problem(ARGUMENT, message, blame="output_size")
            if None in inside:
                doubt(f"whether the output_size {wanted} fits {self.label} is not known")
        return list(given[-n:])


@torch.layer("nn.MaxUnpool1d")
class MaxUnpool1d(Unpool):
    """Undoes ``MaxPool1d`` given its indices."""

    rank = 1


@torch.layer("nn.MaxUnpool2d")
class MaxUnpool2d(Unpool):
    """Undoes ``MaxPool2d`` given its indices."""

    rank = 2


@torch.layer("nn.MaxUnpool3d")
class MaxUnpool3d(Unpool):
    """Undoes ``MaxPool3d`` given its indices."""

    rank = 3


for _layer in (MaxUnpool1d, MaxUnpool2d, MaxUnpool3d):
    _order = ("kernel_size", "stride", "padding", "output_size")
    twin((f"nn.functional.max_unpool{_layer.rank}d",), _layer, order=_order, inputs=("input", "indices"), late=("output_size",))

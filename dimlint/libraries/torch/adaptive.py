"""Adaptive pooling: the output size is given, the windows follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, never_positive
from dimlint.core.layer import ARGUMENT, REQUIRED, Field, Layer, flag, refuse, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.torch.arguments import NONPOSITIVE, refuse_rank, twin
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.pooling import declare_pairs
from dimlint.shapes.window import AXIS_WORDS


def target() -> Any:
    """An output size: an integer, or one for each axis, where ``None`` keeps that axis."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, (float, str)):
            raise refuse(owner, name, "an integer or a sequence of integers", value)
        known = value is None or is_size(value) or isinstance(value, (tuple, list))
        return value if known or isinstance(value, Unknown) else Unknown(f"{name} is not known")

    return Field(convert, REQUIRED)


class AdaptivePool(Layer):
    """Pools to a given size, upwards too: (N, C, *spatial) -> (N, C, *output_size)."""

    windowed = True
    output_size: Value = target()

    def sizes(self, x: Shape) -> tuple[Dim, ...]:
        """The output size along each axis. Raises Problem for what torch refuses."""
        n, given = self.rank, self.output_size
        if isinstance(given, Unknown):
            raise Undecided(given.reason)
        if given is None:
            raise Problem(ARGUMENT, f"{self.label} output_size must not be None as a whole", blame="output_size")
        if not isinstance(given, (tuple, list)):
            given = (given,) * n
        if len(given) != n:
            wanted = "one integer" if n == 1 else f"an integer or {n} integers"
            raise Problem(ARGUMENT, f"{self.label} output_size must be {wanted}, got {show(given)}", blame="output_size")
        if self.none_is_refused and None in [item for item in given if item is None]:
            raise Problem(ARGUMENT, f"{self.label} output_size must not hold None, got {show(given)}", blame="output_size")
        if x.rank < n or (x.rank == n and isinstance(self.output_size, (tuple, list))):
            raise refuse_rank(self.label, f"a {n + 2}-d input, or a {n + 1}-d one without the batch", x)
        sizes = tuple(size if wanted is None else wanted for wanted, size in zip(given, x[-n:]))
        if not all(map(is_size, sizes)):
            raise Undecided(f"output_size of {self.label} is not known")
        for axis, size in enumerate(sizes):
            if never_positive(size):
                word = AXIS_WORDS[n][axis]
                message = f"{self.label} output {word} is {size}, from input {x}; output_size={show(self.output_size)}. Needs at least 1"
                raise Problem(NONPOSITIVE, message, blame="output_size")
        return sizes

    @property
    def none_is_refused(self) -> bool:
        """The 1-d functions hand the size to C++ as it is."""
        return self.rank == 1

    def require_input(self, x: Shape) -> None:
        """Rank, and that no axis but the first is empty: the batch, or the channels where there is no batch."""
        n = self.rank
        if x.rank not in (n + 1, n + 2):
            raise refuse_rank(self.label, f"a {n + 2}-d input, or a {n + 1}-d one without the batch", x)
        for axis, size in enumerate(x[1:], n + 1 - x.rank):
            if never_positive(size) and (axis >= 0 or self.needs_channels):
                word = "channel axis" if axis < 0 else AXIS_WORDS[n][axis]
                raise Problem(NONPOSITIVE, f"{self.label} input {word} is {size}, from input {x}. Needs at least 1")

    needs_channels = True


class AdaptiveMaxPool(AdaptivePool):
    """Adaptive pool that keeps the largest value; a pair with ``return_indices``."""

    return_indices: bool = flag(False)

    def output(self, x: Shape) -> Shape | tuple[Shape, Shape]:
        sizes = self.sizes(x)
        self.require_input(x)
        out = Shape(*x[: -self.rank], *sizes)
        return (out, out) if self.return_indices else out


class AdaptiveAveragePool(AdaptivePool):
    """Adaptive pool that takes the mean."""

    needs_channels = False

    def output(self, x: Shape) -> Shape:
        sizes = self.sizes(x)
        if not self.is_mean(sizes):
            self.require_input(x)
        elif self.rank == 1 and x.rank not in (2, 3):
            raise refuse_rank(self.label, "a 3-d input, or a 2-d one without the batch", x)
        return Shape(*x[: -self.rank], *sizes)

    def is_mean(self, sizes: Sequence[Dim]) -> bool:
        """An output of 1 everywhere is computed by ``mean``, which takes empty axes and, but for the 1-d pool, any rank."""
        return all(always_equal(size, 1) for size in sizes)


@torch.layer("nn.AdaptiveMaxPool1d")
class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """Adaptive max pooling over sequences: (N, C, L) -> (N, C, output_size)."""

    rank = 1


@torch.layer("nn.AdaptiveMaxPool2d")
class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """Adaptive max pooling over images: (N, C, H, W) -> (N, C, *output_size)."""

    rank = 2


@torch.layer("nn.AdaptiveMaxPool3d")
class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """Adaptive max pooling over volumes: (N, C, D, H, W) -> (N, C, *output_size)."""

    rank = 3


@torch.layer("nn.AdaptiveAvgPool1d")
class AdaptiveAvgPool1d(AdaptiveAveragePool):
    """Adaptive average pooling over sequences: (N, C, L) -> (N, C, output_size)."""

    rank = 1


@torch.layer("nn.AdaptiveAvgPool2d")
class AdaptiveAvgPool2d(AdaptiveAveragePool):
    """Adaptive average pooling over images: (N, C, H, W) -> (N, C, *output_size)."""

    rank = 2


@torch.layer("nn.AdaptiveAvgPool3d")
class AdaptiveAvgPool3d(AdaptiveAveragePool):
    """Adaptive average pooling over volumes: (N, C, D, H, W) -> (N, C, *output_size)."""

    rank = 3
    needs_channels = True


for _kind, _layers in (
    ("max", (AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d)),
    ("avg", (AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d)),
):
    for _layer in _layers:
        _name = f"adaptive_{_kind}_pool{_layer.rank}d"
        twin((f"nn.functional.{_name}", *([_name] if _layer.rank == 1 else [])), _layer)
        if _kind == "max":
            declare_pairs((f"nn.functional.{_name}_with_indices",), _layer)

"""Convolution and pooling as Keras 2 has them; see ``layers2``."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.layer import ARGUMENT, axes, choice, dim, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras import convolution, pooling, recurrent
from dimlint.libraries.keras.base import NONPOSITIVE, axis_words, rank_problem
from dimlint.libraries.keras.former.versions import former, whole


@former(1, convolution.Convolution)
@former(2, convolution.Convolution)
class Convolution(convolution.Convolution):
    """TensorFlow refuses some convolutions without channels."""

    def channels(self, x: Shape) -> Dim:
        found = super().channels(x)
        if always_equal(found, 0):
            raise Undecided(f"{self.label} of no channels is not modelled for former versions")
        return found


@former(2, convolution.DepthwiseConv, convolution.SeparableConv)
class Strided(convolution.Convolution):
    """Strides and dilation exclude each other here too."""

    def check(self) -> None:
        super().check()
        self.check_strides()

    def slide(self, x: Shape) -> list[Dim]:
        if any(always_equal(x[axis], 0) for axis in self.spatial_axes(x)):
            raise Undecided(f"{self.label} of an empty input is not modelled for Keras 2")
        return super().slide(x)


@former(2, convolution.Conv)
class Conv(convolution.Conv):
    """Further leading axes count as batch axes; ``groups=0`` is one group."""

    filters: Any = whole(convolution.Conv.fields["filters"])

    def check(self) -> None:
        self.groups = 1 if always_equal(self.groups, 0) else self.groups
        super().check()

    def require_rank(self, x: Shape, rank: int) -> None:
        if x.rank < rank:
            raise rank_problem(self, x, f"at least {rank} dimensions {self.layout()}", False)


@former(2, convolution.SeparableConv1D)
class SeparableConv1D(convolution.SeparableConv1D):
    """Pads causally too."""

    filters: Any = whole(convolution.SeparableConv.fields["filters"])
    padding: Any = choice("valid", "same", "causal", default="valid", fold=True)


@former(2, convolution.ConvTranspose)
class ConvTranspose(convolution.ConvTranspose):
    """Takes ``groups``, which only has to divide the filters."""

    filters: Any = whole(convolution.ConvTranspose.fields["filters"])
    groups: Dim = dim(1, keyword=True)

    def check(self) -> None:
        super().check()
        if self.filters is not None and not always_equal(self.groups, 0) and never_equal(self.filters % self.groups, 0):
            raise Problem(ARGUMENT, f"{self.label} filters={self.filters} must be divisible by groups={self.groups}", blame="filters")


@former(2, convolution.Conv2DTranspose)
class Conv2DTranspose(convolution.Conv2DTranspose):
    """Dilates by the same factor along both axes."""

    def output(self, x: Shape) -> Shape:
        if never_equal(*self.dilation_rate):
            text = f"{self.label} dilation_rate must be the same along both axes in Keras 2, got {show(self.dilation_rate)}"
            raise Problem(ARGUMENT, text, blame="dilation_rate")
        return super().output(x)


@former(2, convolution.Conv3DTranspose)
class Conv3DTranspose(convolution.Conv3DTranspose):
    """Does not dilate."""

    def check(self) -> None:
        super().check()
        self.dilation_rate = (1, 1, 1)


@former(2, recurrent.ConvLSTM)
class ConvLSTM(recurrent.ConvLSTM):
    """Frames of open sizes pass."""

    def fixed_axes(self, step: Shape) -> list[int]:
        return [self.channel_axis(step)]

    def output(self, x: Shape, initial_state: Value = None, mask: Value = None, training: Value = None) -> Any:
        result = super().output(x, initial_state)
        if any(always_equal(size, 0) for size in x[1:]):
            raise Undecided(f"{self.label} of {x} is not modelled for Keras 2")
        return result


@former(2, pooling.Pooling)
class Pooling(pooling.Pooling):
    """Case does not matter in ``padding``, which is checked at construction."""

    padding: Any = choice("valid", "same", default="valid", fold=True)


@former(1, pooling.Pooling)
@former(2, pooling.Pooling)
class Occupied(pooling.Pooling):
    """TensorFlow refuses some pooling without channels."""

    def output(self, x: Shape) -> Shape:
        result = super().output(x)
        if always_equal(x[self.channel_axis(x)], 0):
            raise Undecided(f"{self.label} of no channels is not modelled for former versions")
        return result


@former(1, pooling.AveragePooling)
@former(2, pooling.AveragePooling)
class AveragePooling(pooling.AveragePooling):
    """``pool_size`` has a default."""

    pool_size: Any = axes(2)


@former(2, pooling.GlobalPooling)
class GlobalPooling(pooling.GlobalPooling):
    """Refuses empty maps."""

    def output(self, x: Shape, mask: object = None) -> Shape:
        result = super().output(x)
        for word, axis in zip(axis_words(self.rank), self.spatial_axes(x)):
            if always_equal(x[axis], 0):
                raise Problem(NONPOSITIVE, f"{self.label} needs a {word} of at least 1 in Keras 2, but the input is {x}")
        return result

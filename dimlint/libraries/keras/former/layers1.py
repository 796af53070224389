"""What Keras 1 does otherwise, and the layers that only it had; judged by Keras 1.2.2 on symbolic TensorFlow inputs.

Source: https://github.com/keras-team/keras/tree/1.2.2/keras/layers. How its arguments are read is in ``arguments1``.
"""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.layer import Field, Layer, choice, dim, flag, plain, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.keras import activation, convolution, core, normalization, padding, pooling, recurrent, reshaping
from dimlint.libraries.keras.base import CHANNEL, FEATURE, KerasLayer, rank_problem, require_known, require_same, shows_none
from dimlint.libraries.keras.former.versions import former
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.window import WindowLayer
from dimlint.shapes.window import effective_kernel


@former(1, WindowLayer)
class Window(WindowLayer):
    """Messages in the words of Keras 1."""

    words = {"kernel_size": "kernel size", "padding": "border_mode", "strides": "subsample", "dilation_rate": "atrous_rate"}
    late = " Keras 1 refuses this on TensorFlow when the model is built, on Theano when it runs."


@former(1, pooling.Pooling)
class Pooling(pooling.Pooling):
    """Strides have the name of today."""

    words = {"padding": "border_mode"}


@former(1, convolution.Conv)
class Conv(convolution.Conv):
    """Theano also pads fully: each window that touches the input counts."""

    padding: Any = choice("valid", "same", "full", default="valid")

    def slide(self, x: Shape) -> list[Dim]:
        if self.padding != "full":
            return super().slide(x)
        dims = list(x)
        for axis, size, dilation in zip(self.spatial_axes(x), self.kernel_size, self.dilation_rate):
            dims[axis] = x[axis] + 2 * (effective_kernel(size, dilation) - 1)
        valid = copy.copy(self)
        valid.padding = "valid"
        return valid.slide(Shape(*dims))


@former(1, convolution.Conv2DTranspose)
class Conv2DTranspose(convolution.Conv2DTranspose):
    """``Deconvolution2D``: its output shape, the batch size included, is an argument."""

    stated_shape: Any = plain(None)

    def slide(self, x: Shape) -> list[Dim]:
        if self.stated_shape is None:
            return super().slide(x)
        stated = self.stated_shape
        if isinstance(stated, Unknown) or not isinstance(stated, (tuple, list)) or len(stated) != 4:
            raise Undecided(f"output_shape of {self.label} is not known")
        if is_size(stated[self.channel_axis(x)]) and never_equal(stated[self.channel_axis(x)], self.filters):
            raise Problem(CHANNEL, f"{self.label} output_shape {show(stated)} does not have the {self.filters} channels of its filters")
        dims = list(x)
        for index, axis in enumerate(self.spatial_axes(x)):
            size = stated[axis]
            if not is_size(size):
                raise Undecided(f"output_shape of {self.label} is not known")
            self.check_stated(x, axis, index, size)
            dims[axis] = size
        return dims

    def check_stated(self, x: Shape, axis: int, index: int, size: Dim) -> None:
        """Leave undecided what a convolution does not lead back to the input: it is refused when the model runs. Raises Undecided."""
        kernel, stride = self.kernel_size[index], self.strides[index]
        back = (size - 1) // stride + 1 if self.padding == "same" else (size - kernel) // stride + 1
        if not (shows_none(x[axis]) or always_equal(back, x[axis])):
            raise Undecided(f"output_shape {show(self.stated_shape)} of {self.label} may not belong to the input {x}")


@former(1, padding.Cropping)
class Cropping(padding.Cropping):
    """Nothing is checked: what is cropped away is an empty axis."""

    def check_size(self, x: Shape, axis: int, index: int, out: Dim) -> None:
        try:
            super().check_size(x, axis, index, out)
        except Problem as problem:
            raise Undecided(f"Keras 1 does not refuse: {problem.message}") from None


@former(1, core.SpatialDropout)
class SpatialDropout(core.SpatialDropout):
    """Further axes pass."""

    def require_rank(self, x: Shape, rank: int) -> None:
        if x.rank > rank:
            raise Undecided(f"{self.label} of {x} is not modelled for Keras 1")
        super().require_rank(x, rank)


@former(1, core.Embedding)
class Embedding(core.Embedding):
    """Of sequences, whose length may be an argument: (N, length) -> (N, length, output_dim)."""

    def output(self, x: Shape) -> Shape:
        length = self.common.get("input_length")
        if x.rank < 2 or not (length is None or is_size(length)):
            raise Undecided(f"{self.label} of {x} with input_length={show(length)} is not modelled for Keras 1")
        return Shape(x[0], length or x[1], self.output_dim)


@former(1, reshaping.Flatten)
class Flatten(reshaping.Flatten):
    """Of maps whose sizes are fixed."""

    def output(self, x: Shape) -> Shape:
        if x.rank < 3:
            raise rank_problem(self, x, "at least 3 dimensions in Keras 1", False)
        if any(map(shows_none, x[1:])):
            raise Problem(FEATURE, f"{self.label} needs an input of fixed sizes in Keras 1, got {x}")
        return super().output(x)


def _whole_shape(value: Value, owner: type[Layer], name: str) -> object:
    if isinstance(value, (tuple, list)) and any(isinstance(size, float) for size in value):
        raise Undecided(f"{owner.label} {name}={show(value)}: sizes that were divided are whole numbers in Python 2 only")
    return reshaping.Reshape.fields[name].convert(value, owner, name)


@former(1, reshaping.Reshape)
class Reshape(reshaping.Reshape):
    """Sizes may come from a division in Python 2."""

    target_shape: Any = Field(_whole_shape)


@former(1, recurrent.GRU)
class GRU(recurrent.GRU):
    """One bias vector."""

    reset_after: Any = flag(False)


@former(1, normalization.BatchNormalization)
class BatchNormalization(normalization.BatchNormalization):
    """``mode`` chooses between features, samples and batches; all keep the shape."""

    mode: Any = plain(0)


def _edges(default: Field) -> Any:
    """Sizes before and after each axis: also four in a row, or a dictionary by side."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, dict):
            sides = ("top", "bottom", "left", "right") if owner.rank == 2 else ("left", "right")
            value = tuple(value.get(f"{side}_{'pad' if name == 'padding' else 'crop'}", 0) for side in sides)
        if owner.rank == 2 and isinstance(value, (tuple, list)) and len(value) == 4:
            value = (tuple(value[:2]), tuple(value[2:]))
        return default.convert(value, owner, name)

    return Field(convert, default.default)


@former(1, padding.ZeroPadding1D)
class ZeroPadding1D(padding.ZeroPadding1D):
    """Also by side."""

    padding: Any = _edges(padding.ZeroPadding1D.fields["padding"])


@former(1, padding.ZeroPadding2D)
class ZeroPadding2D(padding.ZeroPadding2D):
    """Also by side."""

    padding: Any = _edges(padding.ZeroPadding2D.fields["padding"])


class Past(KerasLayer):
    """A layer that came to its end with Keras 1."""

    def check(self) -> None:
        if self.keras_version > 1:
            raise Undecided(f"Keras {self.keras_version} has no {self.label}")


@keras.layer("layers.AtrousConvolution1D", "layers.AtrousConv1D")
class AtrousConvolution1D(Past, convolution.Conv1D):
    """``Conv1D`` with holes."""

    def check(self) -> None:
        Past.check(self)
        convolution.Conv1D.check(self)


@keras.layer("layers.AtrousConvolution2D", "layers.AtrousConv2D")
class AtrousConvolution2D(Past, convolution.Conv2D):
    """``Conv2D`` with holes."""

    def check(self) -> None:
        Past.check(self)
        convolution.Conv2D.check(self)


class Vectors(Past):
    """A layer of vectors: (N, F)."""

    def features(self, x: Shape) -> Dim:
        """The last size. Raises Problem(rank-mismatch, feature-mismatch)."""
        if x.rank != 2:
            raise rank_problem(self, x, "2 dimensions (batch, features)", x.rank > 2)
        require_known(self, x[1], "number of features", x, FEATURE)
        return x[1]

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        require_same(self, self.features(inputs[0]), built[0][-1], "input features", inputs[0], FEATURE)


@keras.layer("layers.MaxoutDense")
class MaxoutDense(Vectors):
    """Largest of several affine maps: (N, F) -> (N, units)."""

    units: Dim = dim()
    nb_feature: Dim = dim(4)
    use_bias: Any = flag(True)

    def output(self, x: Shape) -> Shape:
        self.features(x)
        return Shape(x[0], self.units)

    def weights(self, x: Shape) -> dict[str, Shape]:
        bias = {"b": Shape(self.nb_feature, self.units)} if self.use_bias else {}
        return {"W": Shape(self.nb_feature, x[1], self.units)} | bias


@keras.layer("layers.Highway")
class Highway(Vectors):
    """A dense layer beside a gate that lets the input pass: (N, F) -> (N, F)."""

    activation: Any = plain(None)
    use_bias: Any = flag(True)

    def output(self, x: Shape) -> Shape:
        self.features(x)
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        kernels = dict.fromkeys(("W", "W_carry"), Shape(x[1], x[1]))
        return kernels | (dict.fromkeys(("b", "b_carry"), Shape(x[1])) if self.use_bias else {})


@keras.layer("layers.TimeDistributedDense")
class TimeDistributedDense(Past, core.Dense):
    """``Dense`` on each step: (N, T, F) -> (N, T, units)."""

    def check(self) -> None:
        Past.check(self)
        core.Dense.check(self)

    def features(self, x: Shape) -> Dim:
        if x.rank != 3:
            raise rank_problem(self, x, "3 dimensions (batch, steps, features)", x.rank > 3)
        return super().features(x)


class Slopes(Past, activation.PReLU):
    """Learned numbers for each element, shared along ``shared_axes``.

    kinds: what is learned.
    """

    kinds: ClassVar[tuple[str, ...]]

    def weights(self, x: Shape) -> dict[str, Shape]:
        return dict.fromkeys(self.kinds, self.slopes(x))


@keras.layer("layers.ParametricSoftplus")
class ParametricSoftplus(Slopes):
    """A softplus with two learned numbers for each element."""

    kinds = ("alphas", "betas")


@keras.layer("layers.SReLU")
class SReLU(Slopes):
    """A rectifier of three straight pieces."""

    kinds = ("t_left", "a_left", "t_right", "a_right")

"""Convolutions: plain, transposed, depthwise and separable. Source: https://keras.io/api/layers/convolution_layers."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, less, maximum, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, axes, choice, dim, flag, ignored, show
from dimlint.core.problem import Problem, Undecided
from dimlint.libraries.keras.base import (
    CHANNEL,
    NONPOSITIVE,
    activation_argument,
    axis_words,
    data_format,
    positive,
    require_known,
    require_same,
    shows_none,
    spans,
    tuple_of,
)
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.window import WindowLayer, brief
from dimlint.shapes.window import effective_kernel, spread


class Convolution(WindowLayer):
    """What all convolutions check."""

    ranked = True
    kernel_size: Any
    use_bias: Any

    def check_window(self) -> None:
        """Sizes of the kernel, strides and dilation. Raises Problem."""
        for name in ("kernel_size", "strides", "dilation_rate"):
            tuple_of(self, getattr(self, name), name, self.rank)
            positive(self, getattr(self, name), name)

    def check_strides(self) -> None:
        """Refuse strides together with dilation. Raises Problem."""
        strided = any(less(1, stride) for stride in self.strides)
        if strided and any(less(1, rate) for rate in self.dilation_rate):
            given = f"strides={brief(self.strides)} and dilation_rate={brief(self.dilation_rate)}"
            raise Problem(ARGUMENT, f"{self.label} cannot combine strides > 1 with dilation_rate > 1, got {given}", blame="strides")

    def channels(self, x: Shape) -> Dim:
        """The channels of the input, which must be known. Raises Problem(rank-mismatch, channel-mismatch)."""
        if self.made and self.eager and x.rank > self.rank + 2 and self.keras_version >= 3:
            raise Undecided(f"{self.label} takes further axes of the batch once it is built, which is not followed")
        self.require_rank(x, self.rank + 2)
        channels = x[self.channel_axis(x)]
        require_known(self, channels, "number of channels", x, CHANNEL)
        return channels

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        """The channels are fixed by the first call."""
        known, given, x = self.channels(built[0]), self.channels(inputs[0]), inputs[0]
        if not self.compared and not always_equal(given, known) and not never_equal(given % known, 0):
            raise Undecided(f"TensorFlow may take the channels that {self.label} is given inside of a wrapper for those of several groups")
        require_same(self, given, known, "channels", x, CHANNEL)

    def with_channels(self, x: Shape, channels: Dim | None) -> Shape:
        """The output shape with that many channels; ``None`` filters are for sub-classes that make their own kernel."""
        if channels is None:
            raise Problem(ARGUMENT, f"{self.label} needs a number of filters to make its kernel, got filters=None", blame="filters")
        dims = self.slide(x)
        dims[self.channel_axis(x)] = channels
        return Shape(*dims)


class Conv(Convolution):
    """Convolution: (N, *spatial, C) -> (N, *out, filters)."""

    filters: Any = dim(optional=True)
    kernel_size: Any = axes()
    strides: Any = spans(1)
    padding: Any = choice("valid", "same", default="valid", fold=True)
    data_format: Any = data_format()
    dilation_rate: Any = spans(1)
    groups: Dim = dim(1)
    activation: Any = activation_argument()
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    bias_constraint: Any = ignored()

    def check(self) -> None:
        self.check_window()
        positive(self, self.filters, "filters")
        positive(self, self.groups, "groups")
        if self.filters is not None and never_equal(self.filters % self.groups, 0):
            raise Problem(ARGUMENT, f"{self.label} filters={self.filters} must be divisible by groups={self.groups}", blame="filters")
        self.check_strides()

    def output(self, x: Shape) -> Shape:
        channels = self.channels(x)
        if never_equal(channels % self.groups, 0):
            text = f"{self.label} input channels {channels} of {x} must be divisible by groups={self.groups}"
            raise Problem(CHANNEL, text, blame="groups")
        return self.with_channels(x, self.filters)

    def weights(self, x: Shape) -> dict[str, Shape]:
        kernel = Shape(*self.kernel_size, self.channels(x) // self.groups, self.filters)
        return {"kernel": kernel} | ({"bias": Shape(self.filters)} if self.use_bias else {})


@keras.layer("layers.Conv1D", "layers.Convolution1D")
class Conv1D(Conv):
    """Convolution over a sequence: (N, steps, C) -> (N, out, filters). Also pads causally."""

    rank = 1
    padding: Any = choice("valid", "same", "causal", default="valid", fold=True)


@keras.layer("layers.Conv2D", "layers.Convolution2D")
class Conv2D(Conv):
    """Convolution over images: (N, H, W, C) -> (N, H', W', filters)."""

    rank = 2
    strides: Any = spans((1, 1))
    dilation_rate: Any = spans((1, 1))


@keras.layer("layers.Conv3D", "layers.Convolution3D")
class Conv3D(Conv):
    """Convolution over volumes: (N, D, H, W, C) -> (N, D', H', W', filters)."""

    rank = 3
    strides: Any = spans((1, 1, 1))
    dilation_rate: Any = spans((1, 1, 1))


class ConvTranspose(Convolution):
    """Transposed convolution; sizes grow by the strides."""

    dropped = frozenset(("groups",))
    ranked = False  # inside of a wrapper a missing axis goes unnoticed
    filters: Any = dim(optional=True)
    kernel_size: Any = axes()
    strides: Any = axes(1)
    padding: Any = choice("valid", "same", default="valid", fold=True)
    output_padding: Any = axes(None, optional=True)
    data_format: Any = data_format()
    dilation_rate: Any = axes(1)
    activation: Any = activation_argument()
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    bias_constraint: Any = ignored()

    def check(self) -> None:
        self.check_window()
        positive(self, self.filters, "filters")
        if isinstance(self.output_padding, tuple):
            tuple_of(self, self.output_padding, "output_padding", self.rank)
            positive(self, self.output_padding, "output_padding", zero=True)
            for extra, stride in zip(self.output_padding, self.strides):
                if less(extra, stride) is False:
                    text = f"{self.label} output_padding={show(extra)} must be smaller than strides={show(stride)}"
                    raise Problem(ARGUMENT, text, blame="output_padding")
        self.check_strides()

    def output(self, x: Shape) -> Shape:
        self.channels(x)
        return self.with_channels(x, self.filters)

    def slide(self, x: Shape) -> list[Dim]:
        dims = list(x)
        for index, axis in enumerate(self.spatial_axes(x)):
            dims[axis] = self.grown(x[axis], index)
            empty = always_equal(x[axis], 0) and always_equal(dims[axis], 0)  # an empty input stays empty, as in Keras
            if never_positive(dims[axis]) and not (empty or shows_none(x[axis])):
                word = axis_words(self.rank)[index]
                given = f"kernel_size={brief(self.kernel_size)}, strides={brief(self.strides)}, padding={self.padding!r}"
                text = f"{self.label} output {word} is {dims[axis]}, from input {x}; {given}, output_padding={brief(self.output_padding)}"
                raise Problem(NONPOSITIVE, text, blame="output_padding")
        return dims

    def grown(self, size: Dim, index: int) -> Dim:
        """Size after the transposed convolution along one axis."""
        kernel = effective_kernel(self.kernel_size[index], self.dilation_rate[index])
        stride: Dim = self.strides[index]
        if self.output_padding is None:
            return size * stride if self.padding == "same" else size * stride + maximum(kernel - stride, 0)
        padding = 2 * (kernel // 2) if self.padding == "same" else 0
        return spread(size, kernel, stride, padding=padding, output_padding=self.output_padding[index])

    def weights(self, x: Shape) -> dict[str, Shape]:
        kernel = Shape(*self.kernel_size, self.filters, self.channels(x))
        return {"kernel": kernel} | ({"bias": Shape(self.filters)} if self.use_bias else {})


@keras.layer("layers.Conv1DTranspose", "layers.Convolution1DTranspose")
class Conv1DTranspose(ConvTranspose):
    """Transposed convolution over a sequence: (N, steps, C) -> (N, out, filters)."""

    rank = 1


@keras.layer("layers.Conv2DTranspose", "layers.Convolution2DTranspose", "layers.Deconvolution2D", "layers.Deconv2D")
class Conv2DTranspose(ConvTranspose):
    """Transposed convolution over images: (N, H, W, C) -> (N, H', W', filters)."""

    rank = 2
    strides: Any = axes((1, 1))
    dilation_rate: Any = axes((1, 1))


@keras.layer("layers.Conv3DTranspose", "layers.Convolution3DTranspose", "layers.Deconvolution3D")
class Conv3DTranspose(ConvTranspose):
    """Transposed convolution over volumes; its signature swaps ``data_format`` and ``output_padding``."""

    rank = 3
    strides: Any = axes((1, 1, 1))
    dilation_rate: Any = axes((1, 1, 1))


_order = list(Conv3DTranspose.fields)
_order.remove("data_format")
_order.insert(_order.index("output_padding"), "data_format")
Conv3DTranspose.fields = {name: Conv3DTranspose.fields[name] for name in _order}


class DepthwiseConv(Convolution):
    """One kernel for each channel: (N, *spatial, C) -> (N, *out, C * depth_multiplier)."""

    kernel_size: Any = axes()
    strides: Any = spans(1)
    padding: Any = choice("valid", "same", default="valid", fold=True)
    depth_multiplier: Dim = dim(1)
    data_format: Any = data_format()
    dilation_rate: Any = spans(1)
    activation: Any = activation_argument()
    use_bias: Any = flag(True)
    depthwise_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    depthwise_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    depthwise_constraint: Any = ignored()
    bias_constraint: Any = ignored()

    def check(self) -> None:
        self.check_window()
        positive(self, self.depth_multiplier, "depth_multiplier")

    def output(self, x: Shape) -> Shape:
        return self.with_channels(x, self.channels(x) * self.depth_multiplier)

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels = self.channels(x)
        kernel = Shape(*self.kernel_size, channels, self.depth_multiplier)
        return {"kernel": kernel} | ({"bias": Shape(channels * self.depth_multiplier)} if self.use_bias else {})


@keras.layer("layers.DepthwiseConv1D")
class DepthwiseConv1D(DepthwiseConv):
    """Depthwise convolution over a sequence."""

    rank = 1


@keras.layer("layers.DepthwiseConv2D", "layers.DepthwiseConvolution2D")
class DepthwiseConv2D(DepthwiseConv):
    """Depthwise convolution over images."""

    rank = 2
    strides: Any = spans((1, 1))
    dilation_rate: Any = spans((1, 1))


class SeparableConv(Convolution):
    """Depthwise convolution, then a pointwise one that mixes the channels."""

    filters: Any = dim(optional=True)
    kernel_size: Any = axes()
    strides: Any = spans(1)
    padding: Any = choice("valid", "same", default="valid", fold=True)
    data_format: Any = data_format()
    dilation_rate: Any = spans(1)
    depth_multiplier: Dim = dim(1)
    activation: Any = activation_argument()
    use_bias: Any = flag(True)
    depthwise_initializer: Any = ignored("glorot_uniform")
    pointwise_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    depthwise_regularizer: Any = ignored()
    pointwise_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    depthwise_constraint: Any = ignored()
    pointwise_constraint: Any = ignored()
    bias_constraint: Any = ignored()

    def check(self) -> None:
        self.check_window()
        positive(self, self.depth_multiplier, "depth_multiplier")
        positive(self, self.filters, "filters")

    def output(self, x: Shape) -> Shape:
        self.channels(x)
        return self.with_channels(x, self.filters)

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels = self.channels(x)
        depthwise = Shape(*self.kernel_size, channels, self.depth_multiplier)
        pointwise = Shape(*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        kernels = {"depthwise_kernel": depthwise, "pointwise_kernel": pointwise}
        return kernels | ({"bias": Shape(self.filters)} if self.use_bias else {})


@keras.layer("layers.SeparableConv1D", "layers.SeparableConvolution1D")
class SeparableConv1D(SeparableConv):
    """Separable convolution over a sequence."""

    rank = 1


@keras.layer("layers.SeparableConv2D", "layers.SeparableConvolution2D")
class SeparableConv2D(SeparableConv):
    """Separable convolution over images."""

    rank = 2
    strides: Any = spans((1, 1))
    dilation_rate: Any = spans((1, 1))

"""Convolutions and poolings: ``tf.nn``. Source: https://www.tensorflow.org/api_docs/python/tf/nn."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, less, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.keras.base import CHANNEL, RANK, shows_none
from dimlint.libraries.keras.ops.arguments import MERGE, replaced, require_rank, sizes_of, values_of
from dimlint.libraries.keras.ops.windows import gather_blocks, slid, spatial_axes, spread_blocks
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.shapes.window import effective_kernel


def is_first(data_format: Value, rank: int, what: str) -> bool:
    """Whether the channels are axis 1. Raises Problem(invalid-layer-argument), Undecided."""
    if data_format is None:
        return False
    if not isinstance(data_format, str):
        raise Undecided(data_format.reason if isinstance(data_format, Unknown) else "where the channels are is not known")
    if not data_format.startswith("N") or sorted(data_format.replace("C", "")) != sorted("NDHW"[0:1] + "DHW"[5 - rank :]):
        raise Undecided(f"{what}: the data format {show(data_format)} for {rank} dimensions is not modelled")
    return data_format.startswith("NC")


def per_axis(value: Value, count: int, first: bool, name: str) -> tuple[Dim, ...]:
    """One size for each spatial axis, of a list that may hold those of batch and channels too. Raises Problem, Undecided."""
    value = values_of(value)
    if value is None:
        return (1,) * count
    if is_size(value):
        return (value,) * count
    if isinstance(value, Unknown) or not isinstance(value, (tuple, list)) or not all(map(is_size, value)):
        raise Undecided(value.reason if isinstance(value, Unknown) else f"{name} is not known")
    if len(value) == 1:
        return tuple(value) * count
    if len(value) == count + 2:
        if not always_equal(value[0], 1) or not always_equal(value[1 if first else -1], 1):
            raise Undecided(f"{name}={show(value)} in the batch or the channels is not modelled")
        return tuple(value[2:] if first else value[1:-1])
    if len(value) != count:
        raise Problem(ARGUMENT, f"{name} must hold 1, {count} or {count + 2} numbers, got {show(value)}", blame=name)
    return tuple(value)


def word_of(padding: Value, what: str) -> str:
    """``valid`` or ``same``; TensorFlow spells them in capitals. Raises Problem(invalid-layer-argument), Undecided."""
    if not isinstance(padding, str):
        raise Undecided(padding.reason if isinstance(padding, Unknown) else f"explicit paddings of {what} are not followed")
    if padding not in ("VALID", "SAME"):
        raise Problem(ARGUMENT, f"{what}: padding must be 'VALID' or 'SAME', got {show(padding)}", blame="padding")
    return padding.lower()


def convolved(
    x: Shape, kernel: Shape, strides: Value, padding: Value, data_format: Value, dilations: Value, what: str, *, grouped: bool = True
) -> tuple[Shape, int]:
    """The input with its windows counted, and the axis of the channels. Raises Problem, Undecided."""
    rank = kernel.rank
    if not 3 <= rank <= 5 or x.rank < rank:
        raise Problem(RANK, f"{what}: the input {x} and the kernel {kernel} must have as many dimensions")
    if x.rank > rank:
        raise Undecided(f"{what} of an input {x} with more than one batch axis is not modelled")
    first, count = is_first(data_format, rank, what), rank - 2
    channel = 1 if first else rank - 1
    channels, wanted = x[channel], kernel[-2]
    if never_equal(channels % wanted if isinstance(wanted, int) and wanted and grouped else channels - wanted, 0):
        raise Problem(CHANNEL, f"{what}: the input {x} has {channels} channels, but the kernel {kernel} is made for {wanted}")
    if not always_equal(channels, wanted) and grouped:
        groups = channels // wanted
        if shows_none(channels) or not always_equal(kernel[-1] % groups if isinstance(groups, int) and groups else 1, 0):
            raise Undecided(f"{what}: groups of {channels} channels with the kernel {kernel} are not modelled")
    steps, rates = per_axis(strides, count, first, "strides"), per_axis(dilations, count, first, "dilations")
    if any(less(1, step) for step in steps) and any(less(1, rate) for rate in rates):
        raise Undecided(f"{what}: strides and dilations together are not modelled")
    return replaced(x, slid(x, spatial_axes(x, first), kernel[:-2], steps, rates, word_of(padding, what), what)), channel


@tensorflow.function("nn.conv1d")
def conv1d(
    input: Shape,
    filters: Shape,
    stride: Value,
    padding: Value,
    data_format: Value = "NWC",
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """Convolution of sequences: (N, L, C) and (window, C, filters) -> (N, L', filters). Raises Problem, Undecided."""
    return conv(_of_rank(input, filters, 1), filters, stride, padding, data_format, dilations)


@tensorflow.function("nn.conv2d")
def conv2d(
    input: Shape,
    filters: Shape,
    strides: Value,
    padding: Value,
    data_format: Value = "NHWC",
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """Convolution of images: (N, H, W, C) and (h, w, C, filters) -> (N, H', W', filters). Raises Problem, Undecided."""
    return conv(_of_rank(input, filters, 2), filters, strides, padding, data_format, dilations)


@tensorflow.function("nn.conv3d")
def conv3d(
    input: Shape,
    filters: Shape,
    strides: Value,
    padding: Value,
    data_format: Value = "NDHWC",
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """Convolution of volumes. Raises Problem, Undecided."""
    return conv(_of_rank(input, filters, 3), filters, strides, padding, data_format, dilations)


def _of_rank(x: Shape, kernel: Shape, count: int) -> Shape:
    """Refuse a kernel without so many spatial axes. Raises Problem(rank-mismatch)."""
    if kernel.rank != count + 2:
        raise Problem(RANK, f"the kernel {kernel} for the input {x} must have {count + 2} dimensions", blame="filters")
    return x


def conv(
    input: Shape,
    filters: Shape,
    strides: Value = None,
    padding: Value = None,
    data_format: Value = None,
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """Convolution: (N, *spatial, C) and (*window, C, filters) -> (N, *out, filters). Raises Problem, Undecided."""
    found, channel = convolved(input, filters, strides, padding, data_format, dilations, "conv")
    return replaced(found, {channel: filters[-1]})


@tensorflow.function("nn.convolution")
def convolution(
    input: Shape,
    filters: Shape,
    strides: Value = None,
    padding: Value = "VALID",
    data_format: Value = None,
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """Convolution of 1, 2 or 3 spatial axes. Raises Problem, Undecided."""
    return conv(input, filters, strides, padding, data_format, dilations)


@tensorflow.function("nn.depthwise_conv2d")
def depthwise_conv2d(
    input: Shape,
    filter: Shape,
    strides: Value,
    padding: Value,
    data_format: Value = None,
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """One kernel for each channel: (N, H, W, C) and (h, w, C, m) -> (N, H', W', C * m). Raises Problem, Undecided."""
    x = _of_rank(input, filter, 2)
    found, channel = convolved(x, filter, strides, padding, data_format, dilations, "depthwise_conv2d", grouped=False)
    return replaced(found, {channel: filter[-1] * filter[-2]})


@tensorflow.function("nn.separable_conv2d")
def separable_conv2d(
    input: Shape,
    depthwise_filter: Shape,
    pointwise_filter: Shape,
    strides: Value,
    padding: Value,
    data_format: Value = None,
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """Depthwise convolution, then a pointwise one. Raises Problem, Undecided."""
    found = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return conv(found, pointwise_filter, 1, "VALID", data_format)


@tensorflow.function("nn.conv_transpose")
def conv_transpose(
    input: Shape,
    filters: Shape,
    output_shape: Value,
    strides: Value,
    padding: Value = "SAME",
    data_format: Value = None,
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """Transposed convolution to a given shape: (*window, filters, C). Raises Problem, Undecided."""
    return grown_to(input, filters, output_shape, strides, padding, data_format, dilations)


def _transposed(label: str, layout: str) -> None:
    def body(
        input: Shape, filters: Shape, output_shape: Value, strides: Value, padding: Value = "SAME", data_format: Value = layout,
        dilations: Value = None, name: object = None,
    ) -> Shape:  # fmt: skip
        """Transposed convolution to a given shape: (*window, filters, C). Raises Problem, Undecided."""
        return grown_to(input, filters, output_shape, strides, padding, data_format, dilations)

    tensorflow.function(f"nn.{label}_transpose")(body)


for _label, _layout in (("conv1d", "NWC"), ("conv2d", "NHWC"), ("conv3d", "NDHWC")):
    _transposed(_label, _layout)


def grown_to(x: Shape, kernel: Shape, output_shape: Value, strides: Value, padding: Value, data_format: Value, dilations: Value) -> Shape:
    """The stated shape, if a convolution of it gives ``x``. Raises Problem(channel-mismatch, merge-mismatch), Undecided."""
    what = "conv_transpose"
    if kernel.rank != x.rank or not 3 <= x.rank <= 5:
        raise Undecided(f"{what} of {x} with the kernel {kernel} is not modelled")
    first = is_first(data_format, x.rank, what)
    channel, count = (1 if first else x.rank - 1), x.rank - 2
    target = sizes_of(output_shape, "output_shape")
    if len(target) == count:
        target = (x[0], kernel[-2], *target) if first else (x[0], *target, kernel[-2])
    if len(target) != x.rank:
        raise Undecided(f"{what} to the shape {show(tuple(target))} is not modelled")
    if never_equal(kernel[-1], x[channel]):
        raise Problem(CHANNEL, f"{what}: the input {x} has {x[channel]} channels, but the kernel {kernel} is made for {kernel[-1]}")
    if never_equal(target[channel], kernel[-2]):
        text = f"{what}: the output shape {Shape(*target)} has {target[channel]} channels, but the kernel {kernel} makes {kernel[-2]}"
        raise Problem(CHANNEL, text, blame="output_shape")
    steps, rates = per_axis(strides, count, first, "strides"), per_axis(dilations, count, first, "dilations")
    word = word_of(padding, what)
    for index, axis in enumerate(spatial_axes(x, first)):
        if never_positive(steps[index]) or not always_equal(rates[index], 1):
            raise Undecided(f"{what} with strides {steps} and dilations {rates} is not modelled")
        size = target[axis]
        windows = (size - 1) // steps[index] + 1
        if word == "valid":
            windows = (size - effective_kernel(kernel[index])) // steps[index] + 1
        if never_equal(windows, x[axis]):
            text = f"{what}: a convolution of the output shape {Shape(*target)} gives {windows} along axis {axis}, not {x[axis]}"
            raise Problem(MERGE, text, blame="output_shape")
    return Shape(*target)


@tensorflow.function("nn.max_pool1d", "nn.avg_pool1d")
def pool1d(input: Shape, ksize: Value, strides: Value, padding: Value, data_format: Value = "NWC", name: object = None) -> Shape:
    """Pooling of sequences. Raises Problem, Undecided."""
    require_rank(input, "pooling of sequences", 3)
    return pool(input, ksize, strides, padding, data_format)


@tensorflow.function("nn.max_pool2d", "nn.avg_pool2d")
def pool2d(input: Shape, ksize: Value, strides: Value, padding: Value, data_format: Value = "NHWC", name: object = None) -> Shape:
    """Pooling of images. Raises Problem, Undecided."""
    require_rank(input, "pooling of images", 4)
    return pool(input, ksize, strides, padding, data_format)


@tensorflow.function("nn.max_pool3d", "nn.avg_pool3d")
def pool3d(input: Shape, ksize: Value, strides: Value, padding: Value, data_format: Value = "NDHWC", name: object = None) -> Shape:
    """Pooling of volumes. Raises Problem, Undecided."""
    require_rank(input, "pooling of volumes", 5)
    return pool(input, ksize, strides, padding, data_format)


@tensorflow.function("nn.max_pool", "nn.avg_pool")
def pool(input: Shape, ksize: Value, strides: Value, padding: Value, data_format: Value = None, name: object = None) -> Shape:
    """One value for each window: (N, *spatial, C) -> (N, *out, C). Raises Problem, Undecided."""
    if not 3 <= input.rank <= 5:
        raise Undecided(f"pooling of {input} is not modelled")
    first, count = is_first(data_format, input.rank, "pool"), input.rank - 2
    window, steps = per_axis(ksize, count, first, "ksize"), per_axis(strides, count, first, "strides")
    return replaced(input, slid(input, spatial_axes(input, first), window, steps, (1,) * count, word_of(padding, "pool"), "pool"))


@tensorflow.function("nn.pool")
def pool_any(
    input: Shape,
    window_shape: Value,
    pooling_type: object,
    strides: Value = None,
    padding: Value = "VALID",
    data_format: Value = None,
    dilations: Value = None,
    name: object = None,
) -> Shape:
    """Pooling of 1, 2 or 3 spatial axes. Raises Problem, Undecided."""
    if dilations is not None:
        raise Undecided("a pooling with dilations is not followed")
    return pool(input, window_shape, strides, padding, data_format)


@tensorflow.function("nn.bias_add")
def bias_add(value: Shape, bias: Shape, data_format: Value = None, name: object = None) -> Shape:
    """One number for each channel added. Raises Problem(rank-mismatch, channel-mismatch), Undecided."""
    if bias.rank != 1 or value.rank < 2:
        raise Problem(RANK, f"bias_add needs a vector for a tensor with channels, got {bias} for {value}", blame="bias")
    if data_format is not None and not isinstance(data_format, str):
        raise Undecided("where the channels are is not known")
    first = data_format is not None and data_format.startswith("NC")
    if data_format is not None and not first and not (data_format.startswith("N") and data_format.endswith("C")):
        raise Problem(ARGUMENT, f"bias_add data_format must be like 'N...C' or 'NC...', got {show(data_format)}", blame="data_format")
    channel = 1 if first else value.rank - 1
    if never_equal(value[channel], bias[0]):
        raise Problem(CHANNEL, f"bias_add: {value} has {value[channel]} channels, but the bias has {bias[0]}", blame="bias")
    return value


@tensorflow.function("nn.depth_to_space")
def depth_to_space(input: Shape, block_size: Value, data_format: Value = "NHWC", name: object = None) -> Shape:
    """Channels moved into blocks of space: (N, H, W, C) -> (N, H*b, W*b, C/b**2). Raises Problem, Undecided."""
    return spread_blocks(input, block_size, is_first(data_format, 4, "depth_to_space"), "depth_to_space")


@tensorflow.function("nn.space_to_depth")
def space_to_depth(input: Shape, block_size: Value, data_format: Value = "NHWC", name: object = None) -> Shape:
    """Blocks of space moved into channels: (N, H, W, C) -> (N, H/b, W/b, C*b**2). Raises Problem, Undecided."""
    return gather_blocks(input, block_size, is_first(data_format, 4, "space_to_depth"), "space_to_depth")


@tensorflow.function("image.extract_patches")
def extract_patches(images: Shape, sizes: Value, strides: Value, rates: Value, padding: Value, name: object = None) -> Shape:
    """Windows of images as vectors: (N, H, W, C) -> (N, H', W', h * w * C). Raises Problem, Undecided."""
    if images.rank != 4:
        raise Problem(RANK, f"extract_patches needs images with 4 dimensions, got {images}", blame="images")
    if any(not isinstance(item, (tuple, list)) or len(item) != 4 for item in (sizes, strides, rates)):
        raise Undecided(f"patches of {images} are not modelled")
    window, steps, spaces = (per_axis(item, 2, False, "sizes") for item in (sizes, strides, rates))
    found = slid(images, range(1, 3), window, steps, spaces, word_of(padding, "extract_patches"), "extract_patches")
    return replaced(images, {**found, 3: images[3] * window[0] * window[1]})

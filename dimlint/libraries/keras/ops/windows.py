"""Convolutions and poolings as functions. Source: https://keras.io/api/ops/nn."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.binding import Settings
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, maximum, never_equal, never_positive, product
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.keras.base import CHANNEL, NONPOSITIVE, RANK, axis_words, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import replaced, values_of
from dimlint.shapes.window import effective_kernel, slide, slide_text, smallest


def is_channels_first(settings: Settings, data_format: Value, what: str) -> bool:
    """Whether the channels are axis 1; ``None`` stands for the program's setting. Raises Problem(invalid-layer-argument), Undecided."""
    chosen = settings.get("image_data_format", "channels_last") if data_format is None else data_format
    if not isinstance(chosen, str):
        raise Undecided(chosen.reason if isinstance(chosen, Unknown) else "where the channels are is not known")
    if chosen.lower() not in ("channels_first", "channels_last"):
        raise Problem(ARGUMENT, f"{what}: data_format must be 'channels_first' or 'channels_last', got {show(chosen)}", blame="data_format")
    return chosen.lower() == "channels_first"


def spatial_axes(x: Shape, first: bool) -> range:
    """The axes that are neither batch nor channels."""
    return range(2, x.rank) if first else range(1, x.rank - 1)


def per_axis(value: Value, count: int, name: str) -> tuple[Dim, ...]:
    """One size for each spatial axis. Raises Problem(invalid-layer-argument), Undecided."""
    value = values_of(value)
    if is_size(value):
        return (value,) * count
    if isinstance(value, Unknown) or not isinstance(value, (tuple, list)) or not all(map(is_size, value)):
        raise Undecided(value.reason if isinstance(value, Unknown) else f"{name} is not known")
    if len(value) == 1:
        return tuple(value) * count
    if len(value) != count and count < 2:
        raise Undecided(f"{name}={show(value)} for {count} axes is not modelled")
    if len(value) != count:
        raise Problem(ARGUMENT, f"{name} must be one number or {count}, got {show(value)}", blame=name)
    return tuple(value)


def word_of(padding: Value, what: str, words: Sequence[str] = ("valid", "same")) -> str:
    """The padding in small letters. Raises Problem(invalid-layer-argument), Undecided."""
    if isinstance(padding, Unknown) or not isinstance(padding, str):
        raise Undecided(padding.reason if isinstance(padding, Unknown) else "a padding is not known")
    if padding.lower() not in words:
        raise Problem(ARGUMENT, f"{what}: padding must be one of {', '.join(map(repr, words))}, got {show(padding)}", blame="padding")
    return padding.lower()


def slid(
    x: Shape, axes: Sequence[int], kernel: Sequence[Dim], strides: Sequence[Dim], dilations: Sequence[Dim], padding: str, what: str
) -> dict[int, Dim]:
    """The number of windows along each axis. Raises Problem(nonpositive-dimension, invalid-layer-argument)."""
    for name, sizes in (("window", kernel), ("strides", strides), ("dilations", dilations)):
        if any(map(never_positive, sizes)):
            raise Problem(ARGUMENT, f"{what}: {name} must be positive, got {show(tuple(sizes))}", blame=name)
    found: dict[int, Dim] = {}
    for index, axis in enumerate(axes):
        size, stride = x[axis], strides[index]
        if padding != "valid":
            found[axis] = (size - 1) // stride + 1
            continue
        found[axis] = slide(size, kernel[index], stride, dilations[index])
        word = (axis_words(len(axes)) or ("size",) * len(axes))[index]
        if never_positive(found[axis]) and not shows_none(size):
            counted = slide_text(size, kernel[index], stride, dilations[index])
            text = f"{what} output {word} is {found[axis]}: {counted}, from input {x}; padding='valid'"
            raise Problem(NONPOSITIVE, f"{text}. Needs a {word} of at least {smallest(kernel[index], dilations[index])}, or padding='same'")
        if not (always_positive(found[axis]) or shows_none(size)):
            doubt(f"whether {what} has room for its window is not known: its {word} is {size}")
    return found


def require_channels(x: Shape, axis: int, wanted: Dim, what: str) -> None:
    """Refuse an input whose channels are not those of the kernel. Raises Problem(channel-mismatch)."""
    if never_equal(x[axis], wanted):
        raise Problem(CHANNEL, f"{what}: the input {x} has {x[axis]} channels, but the kernel is made for {wanted}")
    if not always_equal(x[axis], wanted):
        doubt(f"whether {x[axis]} channels of {what} equal {wanted} is not known")


def require_window_rank(x: Shape, kernel: Shape | None, what: str) -> None:
    """Refuse inputs that have no spatial axes, and kernels of another rank. Raises Problem(rank-mismatch), Undecided."""
    if kernel is not None and kernel.rank != x.rank:
        raise Problem(RANK, f"{what}: the kernel {kernel} must have as many dimensions as the input {x}")
    if kernel is not None and kernel.rank < 2:
        raise Problem(RANK, f"{what}: the kernel {kernel} has no channels")


@keras.function("ops.conv")
def conv(
    settings: Settings,
    inputs: Shape,
    kernel: Shape,
    strides: Value = 1,
    padding: Value = "valid",
    data_format: Value = None,
    dilation_rate: Value = 1,
) -> Shape:
    """Convolution: (N, *spatial, C) and (*window, C, filters) -> (N, *out, filters). Raises Problem, Undecided."""
    return convolved(settings, inputs, kernel, strides, padding, data_format, dilation_rate, kernel[-1] if kernel.rank else 1, "conv")


def convolved(
    settings: Settings,
    x: Shape,
    kernel: Shape,
    strides: Value,
    padding: Value,
    data_format: Value,
    dilations: Value,
    filters: Dim,
    what: str,
) -> Shape:
    """The output of a convolution with that many channels. Raises Problem, Undecided."""
    first = is_channels_first(settings, data_format, what)
    require_window_rank(x, kernel, what)
    channel = 1 if first else x.rank - 1
    require_channels(x, channel, kernel[-2], what)
    if not 3 <= x.rank <= 5:
        raise Undecided(f"{what} of {x} is not modelled")
    word = word_of(padding, what, ("valid", "same", "causal"))
    if word == "causal" and (x.rank != 3 or what != "conv"):
        raise Undecided(f"{what} of {x} with padding='causal' is not modelled")
    axes, count = spatial_axes(x, first), x.rank - 2
    steps, rates = per_axis(strides, count, "strides"), per_axis(dilations, count, "dilation_rate")
    found = slid(x, axes, kernel[:-2], steps, rates, word, what)
    return replaced(x, {**found, channel: filters})


@keras.function("ops.depthwise_conv")
def depthwise_conv(
    settings: Settings,
    inputs: Shape,
    kernel: Shape,
    strides: Value = 1,
    padding: Value = "valid",
    data_format: Value = None,
    dilation_rate: Value = 1,
) -> Shape:
    """One kernel for each channel: (N, *spatial, C) and (*window, C, m) -> (N, *out, C * m). Raises Problem, Undecided."""
    filters = kernel[-1] * kernel[-2] if kernel.rank > 1 else 1
    return convolved(settings, inputs, kernel, strides, padding, data_format, dilation_rate, filters, "depthwise_conv")


@keras.function("ops.separable_conv")
def separable_conv(
    settings: Settings,
    inputs: Shape,
    depthwise_kernel: Shape,
    pointwise_kernel: Shape,
    strides: Value = 1,
    padding: Value = "valid",
    data_format: Value = None,
    dilation_rate: Value = 1,
) -> Shape:
    """Depthwise convolution, then a pointwise one. Raises Problem, Undecided."""
    if depthwise_kernel.rank < 2 or pointwise_kernel.rank < 2:
        raise Undecided(f"the kernels {depthwise_kernel} and {pointwise_kernel} of separable_conv are not modelled")
    between = depthwise_kernel[-1] * depthwise_kernel[-2]
    found = convolved(
        settings, inputs, depthwise_kernel, strides, padding, data_format, dilation_rate, pointwise_kernel[-1], "separable_conv"
    )
    if pointwise_kernel.rank != inputs.rank:
        raise Undecided(f"the pointwise kernel {pointwise_kernel} of the input {inputs} is not modelled")
    if not always_equal(pointwise_kernel[-2], between) or any(not always_equal(size, 1) for size in pointwise_kernel[:-2]):
        raise Undecided(f"the pointwise kernel {pointwise_kernel} does not fit {between} channels")
    return found


@keras.function("ops.conv_transpose")
def conv_transpose(
    settings: Settings,
    inputs: Shape,
    kernel: Shape,
    strides: Value = 1,
    padding: Value = "valid",
    output_padding: Value = None,
    data_format: Value = None,
    dilation_rate: Value = 1,
) -> Shape:
    """Transposed convolution: (N, *spatial, C) and (*window, filters, C) -> (N, *out, filters). Raises Problem, Undecided."""
    what = "conv_transpose"
    first = is_channels_first(settings, data_format, what)
    require_window_rank(inputs, kernel, what)
    channel = 1 if first else inputs.rank - 1
    require_channels(inputs, channel, kernel[-1], what)
    if not 3 <= inputs.rank <= 5:
        raise Undecided(f"{what} of {inputs} is not modelled")
    word = word_of(padding, what)
    count = inputs.rank - 2
    steps, rates = per_axis(strides, count, "strides"), per_axis(dilation_rate, count, "dilation_rate")
    extra = None if output_padding is None else per_axis(output_padding, count, "output_padding")
    if any(map(never_positive, (*steps, *rates))):
        raise Undecided("strides and dilations of a transposed convolution that are not positive")
    changes: dict[int, Dim] = {channel: kernel[-2]}
    for index, axis in enumerate(spatial_axes(inputs, first)):
        window = effective_kernel(kernel[index], rates[index])
        if extra is not None and not 0 <= extra[index] < steps[index]:
            raise Undecided("an output_padding outside of the strides is not modelled")
        changes[axis] = grown(inputs[axis], window, steps[index], word, None if extra is None else extra[index])
        if never_positive(changes[axis]):
            raise Undecided(f"{what} of {inputs} gives nothing")
    return replaced(inputs, changes)


def grown(size: Dim, window: Dim, stride: Dim, padding: str, extra: Dim | None) -> Dim:
    """Size after a transposed convolution along one axis."""
    if extra is None:
        return size * stride if padding == "same" else (size - 1) * stride + maximum(window, stride)
    return (size - 1) * stride + (window % 2 if padding == "same" else window) + extra


@keras.function("ops.max_pool", "ops.average_pool")
def pool(
    settings: Settings, inputs: Shape, pool_size: Value, strides: Value = None, padding: Value = "valid", data_format: Value = None
) -> Shape:
    """One value for each window: (N, *spatial, C) -> (N, *out, C). Raises Problem, Undecided."""
    first = is_channels_first(settings, data_format, "pool")
    word = word_of(padding, "pool")
    if not inputs.rank or (inputs.rank < 3 and any(isinstance(v, (tuple, list)) and len(v) > 1 for v in (pool_size, strides))):
        raise Problem(RANK, f"pool needs an input (batch, *spatial, channels), got {inputs}")
    if not 3 <= inputs.rank <= 5:
        raise Undecided(f"pool of {inputs} is not modelled")
    count = inputs.rank - 2
    window = per_axis(pool_size, count, "pool_size")
    steps = window if strides is None else per_axis(strides, count, "strides")
    return replaced(inputs, slid(inputs, spatial_axes(inputs, first), window, steps, (1,) * count, word, "pool"))


@keras.function("ops.adaptive_average_pool", "ops.adaptive_max_pool")
def adaptive_pool(settings: Settings, inputs: Shape, output_size: Value, data_format: Value = None) -> Shape:
    """Windows of varying size, as many as asked for: (N, *spatial, C) -> (N, *output_size, C). Raises Problem, Undecided."""
    first = is_channels_first(settings, data_format, "adaptive_pool")
    if inputs.rank < 3 and is_size(output_size):
        raise Problem(RANK, f"adaptive_pool needs an input (batch, *spatial, channels), got {inputs}")
    if not 3 <= inputs.rank <= 5 or (isinstance(output_size, (tuple, list)) and len(output_size) != inputs.rank - 2):
        raise Undecided(f"adaptive_pool of {inputs} to {show(output_size)} is not modelled")
    sizes = per_axis(output_size, inputs.rank - 2, "output_size")
    if any(isinstance(size, int) and size < 1 for size in (*sizes, *inputs[1:])):
        raise Undecided("an adaptive pooling to or of nothing is not modelled")
    return replaced(inputs, dict(zip(spatial_axes(inputs, first), sizes)))


@keras.function("ops.unfold")
def unfold(x: Shape, kernel_size: Value, dilation: Value = 1, padding: Value = 0, stride: Value = 1) -> Shape:
    """All windows as columns: (N, C, H, W) -> (N, C * kh * kw, windows). Raises Problem(rank-mismatch), Undecided."""
    if x.rank != 4:
        raise Problem(RANK, f"unfold needs images (batch, channels, height, width), got {x}")
    window, rates = per_axis(kernel_size, 2, "kernel_size"), per_axis(dilation, 2, "dilation")
    borders, steps = per_axis(padding, 2, "padding"), per_axis(stride, 2, "stride")
    found = [slide(x[2 + i], window[i], steps[i], rates[i], 2 * borders[i]) for i in (0, 1)]
    if any(isinstance(size, int) and size < 0 for size in found) or any(not isinstance(size, int) for size in x[1:]):
        raise Undecided(f"the windows of {x} are not modelled")
    return Shape(x[0], x[1] * product(window), product(found))


@keras.function("ops.fold")
def fold(x: Shape, output_size: Value, kernel_size: Value, dilation: Value = 1, padding: Value = 0, stride: Value = 1) -> Shape:
    """Windows added up to images: (N, C * kh * kw, windows) -> (N, C, H, W). Raises Problem(rank-mismatch), Undecided."""
    if x.rank != 3:
        raise Problem(RANK, f"fold needs columns (batch, channels * window, windows), got {x}")
    sizes, window = per_axis(output_size, 2, "output_size"), per_axis(kernel_size, 2, "kernel_size")
    rates, borders, steps = (per_axis(v, 2, n) for v, n in ((dilation, "dilation"), (padding, "padding"), (stride, "stride")))
    count = product(slide(sizes[i], window[i], steps[i], rates[i], 2 * borders[i]) for i in (0, 1))
    if never_equal(x[1] % product(window), 0):
        raise Problem(
            "reshape-mismatch", f"fold: {x[1]} channels of {x} cannot be divided by a window of {product(window)}", blame="kernel_size"
        )
    if not always_equal(x[1] % product(window), 0) or not always_equal(count, x[2]):
        raise Undecided(f"the columns of {x} do not surely make images")
    return Shape(x[0], x[1] // product(window), *sizes)


@keras.function("ops.depth_to_space")
def depth_to_space(x: Shape, block_size: Value, data_format: Value = "channels_last") -> Shape:
    """Channels moved into blocks of space: (N, H, W, C) -> (N, H*b, W*b, C/b**2). Raises Problem, Undecided."""
    first = is_channels_first({}, data_format, "depth_to_space")
    return spread_blocks(x, block_size, first, "depth_to_space")


def spread_blocks(x: Shape, block: Value, first: bool, what: str) -> Shape:
    """Channels moved into blocks of space. Raises Problem(rank-mismatch, channel-mismatch, invalid-layer-argument), Undecided."""
    channel, (height, width) = _blocks(x, block, first, what)
    if never_equal(x[channel] % block**2, 0):
        raise Problem(CHANNEL, f"{what}: {x[channel]} channels of {x} cannot be divided by {block}**2", blame="block_size")
    return replaced(x, {height: x[height] * block, width: x[width] * block, channel: x[channel] // block**2})


@keras.function("ops.space_to_depth")
def space_to_depth(x: Shape, block_size: Value, data_format: Value = "channels_last") -> Shape:
    """Blocks of space moved into channels: (N, H, W, C) -> (N, H/b, W/b, C*b**2). Raises Problem, Undecided."""
    first = is_channels_first({}, data_format, "space_to_depth")
    return gather_blocks(x, block_size, first, "space_to_depth")


def gather_blocks(x: Shape, block: Value, first: bool, what: str) -> Shape:
    """Blocks of space moved into channels. Raises Problem(rank-mismatch, merge-mismatch, invalid-layer-argument), Undecided."""
    channel, (height, width) = _blocks(x, block, first, what)
    for axis in (height, width):
        if never_equal(x[axis] % block, 0):
            raise Problem("reshape-mismatch", f"{what}: the size {x[axis]} of {x} is not divisible by {block}", blame="block_size")
    return replaced(x, {height: x[height] // block, width: x[width] // block, channel: x[channel] * block**2})


def _blocks(x: Shape, block: Value, first: bool, what: str) -> tuple[int, tuple[int, int]]:
    """The axis of the channels, and those of height and width. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    if not isinstance(block, int):
        raise Undecided("the size of the blocks is not known")
    if block < 2:
        raise Problem(ARGUMENT, f"{what}: block_size must be at least 2, got {block}", blame="block_size")
    if x.rank != 4:
        raise Problem(RANK, f"{what} needs images with 4 dimensions, got {x}")
    return (1, (2, 3)) if first else (3, (1, 2))

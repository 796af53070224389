"""Convolutions, poolings and losses among the backend functions of Keras 2, and those without influence on shapes."""

from __future__ import annotations

from dimlint.core.binding import Settings
from dimlint.core.dim import Shape, always_equal, never_equal
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, Tensor, Unknown, Value
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, broadcast, replaced, require_rank
from dimlint.libraries.keras.ops.control import over_slices
from dimlint.libraries.keras.ops.image import resize
from dimlint.libraries.keras.ops.rearranging import pad
from dimlint.libraries.keras.ops.windows import is_channels_first
from dimlint.libraries.tensorflow import windows
from dimlint.shapes.window import effective_kernel

keras.function("backend.pad")(pad)
keras.function("backend.resize")(resize)

NOTHING = "batch_set_value update update_add update_sub moving_average_update"
"""Functions without a result that matters."""
OPAQUE = """align_input_shape_by_image_data_format batch_get_value ctc_decode ctc_label_dense_to_sparse deserialize_keras_object dtype
foldl foldr function get_file get_session gradients is_keras_tensor is_sparse learning_phase learning_phase_scope name_scope rnn
serialize_keras_object standardize_dtype switch symbolic"""
"""Functions whose result is not followed."""


@keras.function(*(f"backend.{name}" for name in NOTHING.split()))
def nothing(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """Has no influence on shapes."""


@keras.function(*(f"backend.{name}" for name in OPAQUE.split()))
def opaque(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """A result that is not followed."""
    return Unknown("this result of the backend of Keras is not followed")


@keras.function("backend.map_fn")
def map_fn(machine: Machine, fn: Value, elems: Value, name: Value = None, dtype: Value = None) -> Value:
    """A function applied to each slice along the first axis. Raises Undecided."""
    return over_slices(machine, fn, elems)


def _format(settings: Settings, data_format: Value, rank: int, what: str) -> str:
    """The data format in TensorFlow's words. Raises Problem(invalid-layer-argument), Undecided."""
    axes = "DHW"[5 - rank :]
    return f"NC{axes}" if is_channels_first(settings, data_format, what) else f"N{axes}C"


def _word(padding: Value, what: str) -> str:
    """The padding in TensorFlow's words. Raises Problem(invalid-layer-argument), Undecided."""
    if isinstance(padding, Unknown):
        raise Undecided(padding.reason)
    if padding not in ("same", "valid"):
        raise Problem(ARGUMENT, f"{what}: padding must be 'same' or 'valid', got {show(padding)}", blame="padding")
    return str(padding).upper()


def convolved(
    settings: Settings, x: Shape, kernel: Shape, strides: Value, padding: Value, data_format: Value, dilations: Value, what: str
) -> tuple[Shape, int]:
    """The input with its windows counted, and the axis of the channels. Raises Problem, Undecided."""
    form = _format(settings, data_format, kernel.rank, what)
    return windows.convolved(x, kernel, strides, _word(padding, what), form, dilations, what, grouped="depthwise" not in what)


@keras.function("backend.conv1d")
def conv1d(
    settings: Settings,
    x: Shape,
    kernel: Shape,
    strides: Value = 1,
    padding: Value = "valid",
    data_format: Value = None,
    dilation_rate: Value = 1,
) -> Shape:
    """Convolution of sequences, which may be padded causally. Raises Problem, Undecided."""
    require_rank(kernel, "K.conv1d", 3)
    if padding == "causal":
        if not isinstance(dilation_rate, int) or x.rank != 3 or is_channels_first(settings, data_format, "K.conv1d"):
            raise Undecided("a causal convolution of this form is not followed")
        x, padding = replaced(x, {1: x[1] + effective_kernel(kernel[0], dilation_rate) - 1}), "valid"
    found, channel = convolved(settings, x, kernel, strides, padding, data_format, dilation_rate, "K.conv1d")
    return replaced(found, {channel: kernel[-1]})


@keras.function("backend.conv2d", "backend.conv3d")
def conv(
    settings: Settings,
    x: Shape,
    kernel: Shape,
    strides: Value = 1,
    padding: Value = "valid",
    data_format: Value = None,
    dilation_rate: Value = 1,
) -> Shape:
    """Convolution of images or volumes. Raises Problem, Undecided."""
    if kernel.rank not in (4, 5):
        raise Undecided(f"a convolution with the kernel {kernel} is not modelled")
    found, channel = convolved(settings, x, kernel, strides, padding, data_format, dilation_rate, "K.conv")
    return replaced(found, {channel: kernel[-1]})


@keras.function("backend.depthwise_conv2d")
def depthwise_conv2d(
    settings: Settings,
    x: Shape,
    depthwise_kernel: Shape,
    strides: Value = (1, 1),
    padding: Value = "valid",
    data_format: Value = None,
    dilation_rate: Value = (1, 1),
) -> Shape:
    """One kernel for each channel. Raises Problem, Undecided."""
    require_rank(depthwise_kernel, "K.depthwise_conv2d", 4)
    what = "K.depthwise_conv2d"
    found, channel = convolved(settings, x, depthwise_kernel, strides, padding, data_format, dilation_rate, what)
    return replaced(found, {channel: depthwise_kernel[-1] * depthwise_kernel[-2]})


@keras.function("backend.separable_conv2d")
def separable_conv2d(
    settings: Settings,
    x: Shape,
    depthwise_kernel: Shape,
    pointwise_kernel: Shape,
    strides: Value = (1, 1),
    padding: Value = "valid",
    data_format: Value = None,
    dilation_rate: Value = (1, 1),
) -> Shape:
    """Depthwise convolution, then a pointwise one. Raises Problem, Undecided."""
    between = depthwise_conv2d(settings, x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(settings, between, pointwise_kernel, 1, "valid", data_format)


@keras.function("backend.conv2d_transpose")
def conv2d_transpose(
    settings: Settings,
    x: Shape,
    kernel: Shape,
    output_shape: Value,
    strides: Value = (1, 1),
    padding: Value = "valid",
    data_format: Value = None,
    dilation_rate: Value = (1, 1),
) -> Shape:
    """Transposed convolution to a given shape. Raises Problem, Undecided."""
    form = _format(settings, data_format, 4, "K.conv2d_transpose")
    return windows.grown_to(x, kernel, output_shape, strides, _word(padding, "K.conv2d_transpose"), form, dilation_rate)


@keras.function("backend.pool2d")
def pool2d(
    settings: Settings,
    x: Shape,
    pool_size: Value,
    strides: Value = (1, 1),
    padding: Value = "valid",
    data_format: Value = None,
    pool_mode: object = "max",
) -> Shape:
    """One value for each window of images. Raises Problem, Undecided."""
    require_rank(x, "K.pool2d", 4)
    return pool(settings, x, pool_size, strides, padding, data_format)


@keras.function("backend.pool3d")
def pool3d(
    settings: Settings,
    x: Shape,
    pool_size: Value,
    strides: Value = (1, 1, 1),
    padding: Value = "valid",
    data_format: Value = None,
    pool_mode: object = "max",
) -> Shape:
    """One value for each window of volumes. Raises Problem, Undecided."""
    require_rank(x, "K.pool3d", 5)
    return pool(settings, x, pool_size, strides, padding, data_format)


def pool(
    settings: Settings,
    x: Shape,
    pool_size: Value,
    strides: Value,
    padding: Value,
    data_format: Value,
) -> Shape:
    """One value for each window. Raises Problem, Undecided."""
    return windows.pool(x, pool_size, strides, _word(padding, "K.pool"), _format(settings, data_format, x.rank, "K.pool"))


@keras.function("backend.binary_crossentropy")
def binary_crossentropy(target: Shape, output: Shape, from_logits: Value = False) -> Shape:
    """A loss for each element. Raises Problem(merge-mismatch), Undecided."""
    if from_logits is False:
        return broadcast("binary_crossentropy", target, output)
    if from_logits is not True:
        raise Undecided("whether predictions are logits is not known")
    if target.rank != output.rank or any(map(never_equal, target, output)):
        raise Problem(MERGE, f"binary_crossentropy: target {target} and output {output} must have the same shape", blame="target")
    return output


@keras.function("backend.categorical_crossentropy")
def categorical_crossentropy(target: Shape, output: Shape, from_logits: object = False, axis: Value = -1) -> Shape:
    """A loss for each place, of classes along an axis. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    if target.rank != output.rank or any(map(never_equal, target, output)):
        raise Problem(MERGE, f"categorical_crossentropy: target {target} and output {output} must have the same shape", blame="target")
    index = axis_of(output, axis, "categorical_crossentropy")
    return Shape(*output[:index], *output[index + 1 :])


@keras.function("backend.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(
    target: Shape, output: Shape, from_logits: object = False, axis: Value = -1, ignore_class: object = None
) -> Shape:
    """A loss for each class number. Raises Undecided."""
    wanted = output[:-1]
    given = target[:-1] if target.rank == output.rank and target.rank and always_equal(target[-1], 1) else tuple(target)
    if axis != -1 or output.rank < 2 or len(given) != len(wanted) or any(map(never_equal, given, wanted)):
        raise Undecided(f"a loss of class numbers {target} and predictions {output} is not modelled")
    return Shape(*wanted)


@keras.function("backend.ctc_batch_cost")
def ctc_batch_cost(y_true: Shape, y_pred: Shape, input_length: object, label_length: object) -> Shape:
    """One loss for each sample: (N, T), (N, T', classes) -> (N, 1). Raises Undecided."""
    if y_true.rank != 2 or y_pred.rank != 3 or never_equal(y_true[0], y_pred[0]):
        raise Undecided(f"the CTC loss of {y_true} and {y_pred} is not modelled")
    return Shape(y_true[0], 1)


@keras.function("backend.normalize_batch_in_training")
def normalize_batch_in_training(x: Shape, *args: Value, **kwargs: Value) -> Value:
    """A normalized batch, its mean and its variance; only the first is followed."""
    return Tensor(x, "keras"), Unknown("the mean of a batch is not known"), Unknown("the variance of a batch is not known")

"""Helpers of the models in ``keras.applications``, which programs borrow. Source: https://keras.io/api/applications."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import less
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.layer import keras, shape_value

PLACE = "applications.imagenet_utils"


@keras.function(f"{PLACE}.obtain_input_shape", f"{PLACE}._obtain_input_shape")
def obtain_input_shape(
    machine: Machine,
    input_shape: Value,
    default_size: Value,
    min_size: Value,
    data_format: Value,
    require_flatten: Value = True,
    weights: Value = None,
    include_top: Value = None,
) -> Value:
    """The stated input shape if it is allowed, else the default one. Raises Problem(invalid-layer-argument), Undecided."""
    given = machine.plain(input_shape)
    first = _first(data_format)
    flatten = require_flatten if include_top is None else include_top
    if isinstance(given, list):
        given = tuple(given)
    if isinstance(given, Unknown) or not isinstance(flatten, bool) or isinstance(weights, Unknown):
        raise Undecided("whether a model has a top, or its input shape, is not known")
    if given is not None and not isinstance(given, tuple):
        raise Undecided("the input shape of a model is not known")
    channels: Value = 3
    if weights != "imagenet" and given and len(given) == 3:
        channels = given[0] if first else given[-1]
    default = (channels, default_size, default_size) if first else (default_size, default_size, channels)
    if weights == "imagenet" and flatten:
        return _only(given, default)
    if not given:
        return default if flatten else (3, None, None) if first else (None, None, 3)
    _check(given, min_size, weights, first, flatten)
    return given


def _first(data_format: Value) -> bool:
    if not isinstance(data_format, str):
        raise Undecided("where the channels are is not known")
    return data_format == "channels_first"


def _only(given: Value, default: tuple[Value, ...]) -> Value:
    """The default shape, which is the only one allowed. Raises Problem(invalid-layer-argument), Undecided."""
    if given is None or given == default:
        return default
    if all(isinstance(size, int) or size is None for size in (*given, *default)):
        raise Problem(ARGUMENT, f"the input_shape has to be {show(default)} here, got {show(given)}", blame="input_shape")
    raise Undecided("the input shape of a model is not known")


def _check(given: tuple[Value, ...], least: Value, weights: Value, first: bool, flatten: bool) -> None:
    """Refuse shapes that the model cannot take. Raises Problem(invalid-layer-argument), Undecided."""
    if len(given) != 3:
        raise Problem(ARGUMENT, f"the input_shape has to hold three sizes, got {show(given)}", blame="input_shape")
    channels, sizes = (given[0], given[1:]) if first else (given[-1], given[:2])
    if weights == "imagenet" and channels != 3:
        raise Problem(ARGUMENT, f"the weights of ImageNet need 3 channels, got the input_shape {show(given)}", blame="input_shape")
    for size in sizes:
        if size is None:
            if flatten:
                raise Problem(ARGUMENT, f"the top needs a fixed input_shape, got {show(given)}", blame="input_shape")
            continue
        if not is_size(size) or not is_size(least):
            raise Undecided("the input shape of a model is not known")
        if less(size, least):
            raise Problem(ARGUMENT, f"the input_shape {show(given)} is too small: needs at least {least}x{least}", blame="input_shape")


@keras.function(f"{PLACE}.correct_pad")
def correct_pad(machine: Machine, inputs: Value, kernel_size: Value) -> Value:
    """Padding for a strided convolution with ``valid`` padding, by the parity of the input. Raises Undecided."""
    sizes = shape_value(inputs)
    first = _first(machine.settings.get("image_data_format", "channels_last"))
    kernel = machine.plain(kernel_size)
    kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
    if not isinstance(inputs, Tensor) or not isinstance(kernel, (tuple, list)) or len(kernel) != 2:
        raise Undecided("the padding of a convolution is not known")
    spatial = sizes[2:4] if first else sizes[1:3]
    spatial = (2, 2) if len(spatial) == 2 and spatial[0] is None else spatial  # Keras takes an open size for an even one
    if len(spatial) != 2 or not all(isinstance(size, int) for size in (*spatial, *kernel)):
        raise Undecided("the padding of a convolution is not known")
    adjust = tuple(1 - size % 2 for size in spatial)
    return tuple((size // 2 - less_, size // 2) for size, less_ in zip(kernel, adjust))


@keras.function(f"{PLACE}.preprocess_input")
def preprocess_input(machine: Machine, x: Value, *args: Value, **kwargs: Value) -> Value:
    """The images with other values."""
    return x


@keras.function(f"{PLACE}.validate_activation")
def validate_activation(machine: Machine, classifier_activation: Value = None, weights: Value = None) -> None:
    """Refuses other activations than those of the stored weights; not checked."""


@keras.function(f"{PLACE}.decode_predictions")
def decode_predictions(machine: Machine, preds: Value, top: Value = 5, **kwargs: Value) -> Value:
    """Names of the classes."""
    return Unknown("the names of classes are not followed")

"""The arguments of Keras 1 in today's words. Source: https://github.com/keras-team/keras/tree/1.2.2/keras/layers.

``SIGNATURES`` has the order of each layer's arguments, ``RENAMED`` their names of today, ``VALUES`` the names of their values. What has
neither influence on shapes nor a name today is left out. Keras 2.0 to 2.3 read such calls too, and both manners in one call, so a call that
fits no signature is read by today's, with its keywords renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import COMMON, KerasLayer

Arguments = tuple[Sequence[Value], Mapping[str, Value]]

_REGULAR = "W_regularizer b_regularizer activity_regularizer W_constraint b_constraint"
_CONV = f"init activation weights border_mode subsample dim_ordering {_REGULAR} bias"
_CONV1D = f"nb_filter filter_length init activation weights border_mode subsample_length {_REGULAR} bias input_dim input_length"
_DENSE = f"init activation weights {_REGULAR} bias input_dim input_length"
_GATES = "W_regularizer U_regularizer b_regularizer dropout_W dropout_U"
_RECURRENT = f"{_GATES} weights return_sequences go_backwards stateful unroll consume_less input_dim input_length"
_POOL = "pool_size strides border_mode dim_ordering"
_PLANES = {f"{name}{rank}D": order for rank in (2, 3) for name, order in {
    "MaxPooling": _POOL, "AveragePooling": _POOL, "GlobalMaxPooling": "dim_ordering", "GlobalAveragePooling": "dim_ordering",
    "UpSampling": "size dim_ordering", "ZeroPadding": "padding dim_ordering", "Cropping": "cropping dim_ordering",
    "SpatialDropout": "p dim_ordering",
}.items()}  # fmt: skip

SIGNATURES: Mapping[str, str] = _PLANES | {
    "Dense": f"output_dim {_DENSE}",
    "TimeDistributedDense": f"output_dim {_DENSE}",
    "MaxoutDense": f"output_dim nb_feature {_DENSE.replace('activation weights', 'weights')}",
    "Highway": _DENSE,
    "Conv1D": _CONV1D,
    "LocallyConnected1D": _CONV1D,
    "AtrousConvolution1D": _CONV1D.replace("subsample_length", "subsample_length atrous_rate"),
    "Conv2D": f"nb_filter nb_row nb_col {_CONV}",
    "LocallyConnected2D": f"nb_filter nb_row nb_col {_CONV}",
    "AtrousConvolution2D": f"nb_filter nb_row nb_col {_CONV.replace('subsample', 'subsample atrous_rate')}",
    "Conv2DTranspose": f"nb_filter nb_row nb_col output_shape {_CONV}",
    "SeparableConv2D": "nb_filter nb_row nb_col init activation weights border_mode subsample depth_multiplier dim_ordering "
    "depthwise_regularizer pointwise_regularizer b_regularizer activity_regularizer depthwise_constraint pointwise_constraint "
    "b_constraint bias",
    "Conv3D": f"nb_filter kernel_dim1 kernel_dim2 kernel_dim3 {_CONV}",
    "ConvLSTM2D": "nb_filter nb_row nb_col init inner_init forget_bias_init activation inner_activation dim_ordering border_mode subsample "
    f"{_GATES} weights return_sequences go_backwards stateful",
    "MaxPooling1D": "pool_length stride border_mode",
    "AveragePooling1D": "pool_length stride border_mode",
    "UpSampling1D": "length",
    "ZeroPadding1D": "padding",
    "SimpleRNN": f"output_dim init inner_init activation {_RECURRENT}",
    "GRU": f"output_dim init inner_init activation inner_activation {_RECURRENT}",
    "LSTM": f"output_dim init inner_init forget_bias_init activation inner_activation {_RECURRENT}",
    "Embedding": "input_dim output_dim init input_length W_regularizer activity_regularizer W_constraint mask_zero weights dropout",
    "BatchNormalization": "epsilon mode axis momentum weights beta_init gamma_init gamma_regularizer beta_regularizer",
    "Dropout": "p noise_shape seed",
    "SpatialDropout1D": "p",
    "GaussianDropout": "p",
    "GaussianNoise": "sigma",
    "PReLU": "init weights shared_axes",
    "ParametricSoftplus": "alpha_init beta_init weights shared_axes",
    "SReLU": "t_left_init a_left_init t_right_init a_right_init shared_axes",
}

RENAMED: Mapping[str, str] = {
    "nb_filter": "filters", "output_dim": "units", "filter_length": "kernel_size", "border_mode": "padding", "subsample": "strides",
    "subsample_length": "strides", "stride": "strides", "atrous_rate": "dilation_rate", "dim_ordering": "data_format", "bias": "use_bias",
    "pool_length": "pool_size", "length": "size", "p": "rate", "sigma": "stddev", "inner_activation": "recurrent_activation",
    "output_shape": "stated_shape",
}  # fmt: skip

JOINED: Mapping[str, tuple[str, ...]] = {"nb_row": ("nb_row", "nb_col"), "kernel_dim1": ("kernel_dim1", "kernel_dim2", "kernel_dim3")}
"""Arguments that are one tuple today, ``kernel_size``."""

VALUES: Mapping[str, Mapping[Value, Value]] = {"dim_ordering": {"th": "channels_first", "tf": "channels_last", "default": None}}

_LEFT_OUT = frozenset(name for order in SIGNATURES.values() for name in order.split()) - set(RENAMED)
_WORDS = frozenset({"init", "inner_init", "activation", "inner_activation"})
"""Never numbers: Keras 0 had sizes in their places."""


def readings(layer: type[KerasLayer], args: Sequence[Value], kwargs: Mapping[str, Value]) -> Iterator[Arguments]:
    """What a call may mean today, the likeliest first."""
    given = _by_signature(layer, args, kwargs)
    if given is not None:
        yield (), _today(layer, given)
    yield args, _today(layer, kwargs)


def _by_signature(layer: type[KerasLayer], args: Sequence[Value], kwargs: Mapping[str, Value]) -> dict[str, Value] | None:
    """The arguments by the names that Keras 1 had for them, or None if the call does not fit there."""
    order = SIGNATURES.get(layer.label, "").split()
    given = dict(zip(order, args))
    if not order or len(args) > len(order) or any(name in given or not (name in order or name in COMMON) for name in kwargs):
        return None
    given |= kwargs
    joined = next((names for first, names in JOINED.items() if first in order), ())
    if not all(name in given and not isinstance(given[name], (tuple, list)) for name in joined):
        return None
    return None if any(isinstance(given.get(name), (int, float, tuple)) for name in _WORDS) else given


def _today(layer: type[KerasLayer], given: Mapping[str, Value]) -> dict[str, Value]:
    """Arguments by the names of today."""
    found: dict[str, Value] = {}
    pending = dict(given)
    for names in JOINED.values():
        if "kernel_size" in layer.fields and all(name in pending for name in names):
            found["kernel_size"] = tuple(pending.pop(name) for name in names)
    for name, value in pending.items():
        today = name if name in layer.fields or name in COMMON else RENAMED.get(name, name)
        if today in layer.fields or today in COMMON or name not in _LEFT_OUT:
            found[today] = _value(name, value)
    return found


def _value(name: str, value: Value) -> Value:
    return value if isinstance(value, Unknown) or not isinstance(value, str) else VALUES.get(name, {}).get(value, value)

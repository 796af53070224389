"""What all Keras layers share: common keyword arguments, data formats, input ranks, sizes that must be known."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from dimlint.core.axis import expect_equal
from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, REQUIRED, Field, Layer, axes, refuse, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import NumPyInt
from dimlint.core.value import Ref, Tensor, Unknown, Value

RANK = "rank-mismatch"
CHANNEL = "channel-mismatch"
FEATURE = "feature-mismatch"
NONPOSITIVE = "nonpositive-dimension"

COMMON = frozenset(
    {
        "name", "dtype", "trainable", "autocast", "activity_regularizer", "weights", "dynamic",
        "input_shape", "batch_input_shape", "batch_shape", "input_dim", "input_length", "batch_size", "input_dtype",
    }
)  # fmt: skip
"""Keyword arguments that every layer takes; they say nothing about the layer, some state its input."""

LEGACY = frozenset(
    {
        "nb_filter", "nb_row", "nb_col", "filter_length", "kernel_dim1", "kernel_dim2", "kernel_dim3", "border_mode", "subsample",
        "subsample_length", "dim_ordering", "init", "inner_init", "forget_bias_init", "inner_activation", "W_regularizer",
        "b_regularizer", "U_regularizer", "W_constraint", "b_constraint", "bias", "output_dim", "nb_feature", "p", "pool_length",
        "dropout_W", "dropout_U", "consume_less", "mode", "atrous_rate", "output_shape", "theta", "sigma", "groups", "alpha",
        "time_major", "implementation", "virtual_batch_size", "adjustment", "fused", "experimental_autocast", "rms_scaling",
    }
)  # fmt: skip
"""Keyword arguments of former versions: a call with one is undecided."""

ACTIVATIONS = frozenset(
    {
        "relu", "leaky_relu", "relu6", "softmax", "celu", "elu", "selu", "softplus", "softsign", "squareplus", "soft_shrink",
        "sparse_plus", "silu", "swish", "gelu", "glu", "tanh", "tanh_shrink", "threshold", "sigmoid", "exponential",
        "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "hard_shrink", "linear", "mish", "log_softmax",
        "log_sigmoid", "sparsemax", "sparse_sigmoid",
    }
)  # fmt: skip
"""Names of activations; https://keras.io/api/layers/activations."""


MAX_ITEMS = 64


def items_of(value: Value) -> Value:
    """What Keras finds in an argument that it only iterates over: an array or range does as well as a tuple. Unknown if it is lost."""
    if isinstance(value, range) and len(value) <= MAX_ITEMS:
        return tuple(value)
    if isinstance(value, Tensor) and value.shape and value.values is not None:
        return tuple(value.values)
    if isinstance(value, (Tensor, range, Ref)):
        return Unknown("what an argument holds is not known")
    return value


class KerasLayer(Layer):
    """Base of the Keras layers.

    many: takes a list of tensors as its first input. listed: which must not be a tuple. older: keyword arguments of former versions.
    dropped: those that Keras 3 refuses. strict: arguments that it takes as integers of Python's own only, not as NumPy's.
    ranked: building checks the number of dimensions. recurrent: takes initial states.
    frozen: names of the variables that training does not change.
    common: the shared keyword arguments that were given. keras_version: the Keras that decides, 1, 2 or 3.
    compared: whether Keras holds the input of a later symbolic call against that of the first one.
    made: whether the weights exist. eager: whether it is called on eager tensors.
    """

    many: ClassVar[bool] = False
    listed: ClassVar[bool] = False
    older: ClassVar[frozenset[str]] = frozenset()
    dropped: ClassVar[frozenset[str]] = frozenset()
    strict: ClassVar[frozenset[str]] = frozenset()
    ranked: ClassVar[bool] = False
    recurrent: ClassVar[bool] = False
    frozen: ClassVar[tuple[str, ...]] = ("moving_mean", "moving_variance")
    compared: bool = True
    made: bool = False
    eager: bool = False
    common: Mapping[str, Value]
    keras_version: ClassVar[int] = 3
    data_format: Any = None

    @classmethod
    def bind(cls, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Layer:
        """Bind the layer's own arguments; set the shared ones aside. Raises Problem, Undecided."""
        shared = {name: value for name, value in kwargs.items() if name in COMMON and name not in cls.fields}
        for name in kwargs:
            strange = name not in cls.fields and name not in shared and name not in LEGACY and name not in cls.older
            close = difflib.get_close_matches(name, list(cls.fields), 1, 0.85) if strange else []
            if close:
                raise Problem(ARGUMENT, f"{cls.label}() has no argument {name!r}. Did you mean {close[0]!r}?", blame=name)
            if name in cls.dropped and cls.keras_version >= 3:
                raise Problem(ARGUMENT, f"{cls.label}() has no argument {name!r} in Keras 3", blame=name)
        if cls.strict and cls.keras_version >= 3:
            cls._require_own({**dict(zip(cls.fields, args)), **kwargs})
        layer = super().bind(args, {name: value for name, value in kwargs.items() if name not in shared})
        assert isinstance(layer, KerasLayer)
        layer.common = shared
        return layer

    @classmethod
    def _require_own(cls, given: Mapping[str, Value]) -> None:
        """Keras asks ``isinstance(units, int)``, which NumPy's integers are not. Measured in Keras 3.15. Raises Problem."""
        for name in cls.strict:
            value = given.get(name)
            if isinstance(value, NumPyInt):
                message = f"{cls.label} {name} must be an int of Python's own in Keras 3, got {value} from NumPy. Needs int(...) around it"
                raise Problem(ARGUMENT, message, blame=name)

    def with_settings(self, settings: Mapping[str, Value], *, made: bool = False, eager: bool = False) -> KerasLayer:
        """This layer at a call, under the program's settings: the default data format."""
        format_ = settings.get("image_data_format", "channels_last") if "data_format" in self.fields else None
        if (made, eager) == (self.made, self.eager) and (self.data_format is not None or format_ in (None, "channels_last")):
            return self
        changed = copy.copy(self)
        changed.made, changed.eager = made, eager
        changed.data_format = format_ if self.data_format is None else self.data_format
        return changed

    def touched(self) -> KerasLayer:
        """This layer after code that is not followed had it in its hands."""
        return self

    def attribute(self, name: str) -> Value:
        """A public attribute: an argument, or the given name."""
        if name in self.common and name in ("name", "trainable", "dtype"):
            return self.common[name]
        return super().attribute(name)

    def member(self, name: str, built: tuple[Shape, ...] | None) -> Value:
        """A public attribute once the layer was built: a variable as a tensor, or None in place of a bias that it has not."""
        if built is None or self.recurrent:
            return self.attribute(name)
        made = self.variables(built)
        if name in made and not any(map(shows_none, made[name])):
            return Tensor(made[name], "keras")
        return None if name == "bias" and getattr(self, "use_bias", None) is False else self.attribute(name)

    @property
    def channels_first(self) -> bool:
        """Whether the channels are axis 1. Raises Undecided."""
        if isinstance(self.data_format, Unknown):
            raise Undecided(self.data_format.reason)
        return bool(self.data_format == "channels_first")

    @property
    def runs(self) -> bool:
        """Whether a call carries out the calculation: on eager tensors, and symbolically before Keras 3."""
        return self.eager or self.keras_version < 3

    def channel_axis(self, x: Shape) -> int:
        """Index of the channel axis."""
        return x.rank - self.rank - 1 if self.channels_first else x.rank - 1

    def spatial_axes(self, x: Shape) -> list[int]:
        """Indices of the spatial axes; leading batch axes are not among them."""
        first = x.rank - self.rank if self.channels_first else x.rank - self.rank - 1
        return list(range(first, first + self.rank))

    def require_rank(self, x: Shape, rank: int) -> None:
        """Refuse an input of another rank. Raises Problem(rank-mismatch)."""
        if x.rank != rank:
            raise rank_problem(self, x, f"{rank} dimensions {self.layout()}", x.rank > rank)

    def require_list(self, first: Value) -> None:
        """Refuse one tensor, or a tuple of them, where a list is wanted. Raises Problem(invalid-layer-argument)."""
        tuples = self.listed and isinstance(first, tuple)
        if self.many and self.keras_version >= 3 and (tuples or isinstance(first, Tensor)):
            given = "a tuple" if tuples else f"one of shape {first.shape}"
            raise Problem(ARGUMENT, f"{self.label} must be called on a list of tensors, got {given}")

    def layout(self) -> str:
        """The meaning of the axes, for messages: ``(batch, height, width, channels)``."""
        if not self.rank:
            return ""
        words = axis_words(self.rank)
        axes = ["batch", "channels", *words] if self.data_format == "channels_first" else ["batch", *words, "channels"]
        return f"({', '.join(axes)})"


def major(settings: Mapping[str, Value]) -> int:
    """The Keras that decides: 1, 2 or 3."""
    version = settings.get("keras_version", 3)
    return int(version) if isinstance(version, (int, float)) else 3


def spans(default: object = REQUIRED, *, optional: bool = False) -> Any:
    """Windows or steps, one for each axis: in a sequence Keras also takes numbers with a fraction, and rounds results in several ways."""
    whole: Field = axes(default, optional=optional)

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, (tuple, list)):
            if any(isinstance(item, float) and item % 1 for item in value):
                raise Undecided(f"{name} {show(value)} with fractions is not followed")
            value = tuple(int(item) if isinstance(item, float) else item for item in value)
        return whole.convert(value, owner, name)

    return Field(convert, default)


def rank_problem(layer: Layer, x: Shape, wanted: str, too_many: bool) -> Problem:
    """The Problem of an input with the wrong number of dimensions."""
    hint = ". Is the batch size inside the input shape?" if too_many else ""
    return Problem(RANK, f"{layer.label} expects an input of {wanted.strip()}, got {x} with {x.rank} dimensions{hint}")


def axis_words(rank: int) -> tuple[str, ...]:
    """Names of the spatial axes."""
    return {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}.get(rank, ())


def shows_none(dim: Dim) -> bool:
    """Whether Keras shows this size as ``None``."""
    return isinstance(dim, SymbolicDim) and dim.is_none


def may_fit(a: Dim, b: Dim) -> bool:
    """Whether two sizes are the same, or one of them is left open."""
    return always_equal(a, b) or shows_none(a) or shows_none(b)


def require_known(layer: KerasLayer, dim: Dim, what: str, x: Shape, rule: str) -> None:
    """Refuse ``None`` where Keras has to create a variable of this size, which the first call does. Raises Problem."""
    if shows_none(dim) and not layer.made:
        raise Problem(rule, f"{layer.label} needs to know the {what} to create its weights, but the input is {x}. Needs a fixed size there")


def require_same(layer: KerasLayer, actual: Dim, expected: Dim, what: str, x: Shape, rule: str) -> None:
    """Refuse a later input whose size differs from the one that the weights were built for. Raises Problem, Undecided."""
    if shows_none(actual) or shows_none(expected):
        return
    if always_equal(actual, expected):
        return
    order = channel_order(layer, x, expected) if rule == CHANNEL else ""
    message = f"{layer.label} was built for {expected} {what}, but this input {x} has {actual}{order}"
    problem = Problem(rule, message, expected=expected)
    if never_equal(actual, expected):
        if not (layer.compared or layer.eager):
            raise Undecided(f"{layer.label} was built for {expected} {what}, not {actual}, which Keras notices only when the model runs")
        raise problem
    expect_equal(actual, expected, f"whether {actual} equals {expected} is not known", problem)


def channel_order(layer: KerasLayer, x: Shape, channels: Dim) -> str:
    """What a message adds where the other end of an input's axes holds the channels that are asked for."""
    if x.rank < 4 or not isinstance(channels, int):
        return ""
    first, last = always_equal(x[1], channels), always_equal(x[-1], channels)
    if first == last or always_equal(x[2], channels):
        return ""
    return f". Channels seem to come {'first' if first else 'last'} in it: {layer.label} wants them {'last' if first else 'first'}"


def positive(layer: Layer, value: object, name: str, *, zero: bool = False) -> None:
    """Refuse a size below one (below zero with ``zero``). Raises Problem(invalid-layer-argument)."""
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, (int, SymbolicDim)) and never_positive(item + 1 if zero else item):
            wanted = "zero or positive" if zero else "positive"
            raise Problem(ARGUMENT, f"{layer.label} {name} must be {wanted}, got {show(value)}", blame=name)


def tuple_of(layer: Layer, value: object, name: str, count: int) -> None:
    """Refuse a tuple of another length. Raises Problem(invalid-layer-argument)."""
    if isinstance(value, tuple) and len(value) != count:
        raise Problem(ARGUMENT, f"{layer.label} {name} must be an integer or a tuple of {count} integers, got {show(value)}", blame=name)


def activation_argument(default: object = None) -> Any:
    """An activation: a name, a function, a layer, or None. An unheard-of name is refused."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, (bool, int, float, tuple)):
            raise refuse(owner, name, "the name of an activation or a function", value)
        if isinstance(value, str) and value not in ACTIVATIONS:
            close = difflib.get_close_matches(value, sorted(ACTIVATIONS), 1)
            hint = f". Did you mean {close[0]!r}?" if close else ""
            raise Problem(ARGUMENT, f"{owner.label} {name} {show(value)} is not a known activation{hint}", blame=name)
        return value

    return Field(convert, default)


def data_format() -> Any:
    """``channels_first``, ``channels_last``, or None for the program's setting."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if value is None or isinstance(value, Unknown):
            return value
        folded = value.lower() if isinstance(value, str) else value
        if folded not in ("channels_first", "channels_last"):
            raise refuse(owner, name, "'channels_first' or 'channels_last'", value)
        return folded

    return Field(convert, None)

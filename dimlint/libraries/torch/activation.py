"""Activations and dropout."""

from __future__ import annotations

from dimlint.core.axis import require_equal
from dimlint.core.dim import Dim, Shape, always_equal, never_positive
from dimlint.core.layer import ARGUMENT, REQUIRED, Layer, ignored, number, plain, unify
from dimlint.core.problem import Problem, doubt
from dimlint.core.value import Unknown, Value
from dimlint.libraries.torch.arguments import CHANNELS, FEATURES, axis_of, count, index, probability, refuse_rank, twin
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.parameters import Parametrized


class Elementwise(Layer):
    """Every element by itself: the shape stays."""

    def output(self, x: Shape) -> Shape:
        return x


class Bare(Elementwise):
    """Elementwise, without arguments of its own."""


class InPlace(Elementwise):
    """Elementwise, on request in place."""

    inplace: bool = ignored(False)


def _declare(base: type[Layer], *names: str) -> None:
    """Layers that differ in the function alone."""
    for name in names:
        doc = f"{name} of each element: the shape stays."
        torch.layer(f"nn.{name}")(type(name, (base,), {"__doc__": doc}))


_declare(InPlace, "ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardsigmoid", "Hardswish")
_declare(Bare, "Sigmoid", "Tanh", "LogSigmoid", "Softsign", "Tanhshrink")


@torch.layer("nn.ELU")
class ELU(Elementwise):
    """Exponential linear unit of each element: the shape stays."""

    alpha: Value = number(1.0)
    inplace: bool = ignored(False)


@torch.layer("nn.CELU")
class CELU(ELU):
    """Continuously differentiable exponential linear unit of each element: the shape stays."""


@torch.layer("nn.GELU")
class GELU(Elementwise):
    """Gaussian error linear unit of each element: the shape stays."""

    approximate: Value = plain("none")


@torch.layer("nn.LeakyReLU")
class LeakyReLU(Elementwise):
    """Rectifier with a slope below zero: the shape stays."""

    negative_slope: Value = number(0.01)
    inplace: bool = ignored(False)


@torch.layer("nn.RReLU")
class RReLU(Elementwise):
    """Rectifier with a random slope below zero: the shape stays."""

    lower: Value = number(1.0 / 8)
    upper: Value = number(1.0 / 3)
    inplace: bool = ignored(False)


@torch.layer("nn.Hardtanh")
class Hardtanh(Elementwise):
    """Each element clamped to an interval: the shape stays."""

    unkept = frozenset(["min_value", "max_value"])
    min_val: Value = number(-1.0)
    max_val: Value = number(1.0)
    inplace: bool = ignored(False)
    min_value: Value = number(None)
    max_value: Value = number(None)

    def check(self) -> None:
        low, high = self.min_val, self.max_val
        if (
            self.min_value is None
            and self.max_value is None
            and isinstance(low, (int, float))
            and isinstance(high, (int, float))
            and high <= low
        ):
            raise Problem(ARGUMENT, f"{self.label} max_val={high} must be larger than min_val={low}", blame="max_val")


@torch.layer("nn.Hardshrink")
class Hardshrink(Elementwise):
    """Zero for elements near zero: the shape stays."""

    lambd: Value = number(0.5)


@torch.layer("nn.Softshrink")
class Softshrink(Hardshrink):
    """Elements moved towards zero: the shape stays."""


@torch.layer("nn.Softplus")
class Softplus(Elementwise):
    """Smooth rectifier of each element: the shape stays."""

    beta: Value = number(1.0)
    threshold: Value = number(20.0)


@torch.layer("nn.Threshold")
class Threshold(Elementwise):
    """A value for each element below a threshold: the shape stays."""

    threshold: Value = number()
    value: Value = number()
    inplace: bool = ignored(False)


@torch.layer("nn.Softmax")
class Softmax(Layer):
    """Shares along one axis: the shape stays."""

    dim: Value = index(None, optional=True)

    def output(self, x: Shape) -> Shape:
        if self.dim is not None:
            axis_of(self.dim, x, self.label)
        return x


@torch.layer("nn.LogSoftmax")
class LogSoftmax(Softmax):
    """Logarithms of shares along one axis: the shape stays."""


@torch.layer("nn.Softmin")
class Softmin(Softmax):
    """Shares along one axis, the smallest the largest: the shape stays."""


@torch.layer("nn.Softmax2d")
class Softmax2d(Layer):
    """Shares of the channels at each position of an image: (N, C, H, W) stays."""

    def output(self, x: Shape) -> Shape:
        if x.rank not in (3, 4):
            raise refuse_rank(self.label, "a 4-d input (N, C, H, W) or a 3-d one without the batch", x)
        return x


@torch.layer("nn.GLU")
class GLU(Layer):
    """One half of an axis gated by the other: that axis is halved."""

    dim: Value = index(-1)

    def output(self, x: Shape) -> Shape:
        if x.rank == 0:
            raise refuse_rank(self.label, "an input of at least 1 dimension", x)
        axis = axis_of(self.dim, x, self.label)
        message = f"{self.label} halves axis {axis}, whose size in the input {x} is {x[axis]}: needs an even one"
        problem = Problem(FEATURES, message, blame="dim")
        require_equal(x[axis] % 2, 0, f"whether {x[axis]} is even is not known", problem)
        return Shape(*x[:axis], x[axis] // 2, *x[axis + 1 :])


@torch.layer("nn.PReLU")
class PReLU(Parametrized):
    """Rectifier with a learned slope below zero, one for all or one for each channel (axis 1): the shape stays."""

    num_parameters: Dim = count(1)
    init: Value = number(0.25)
    device: object = ignored()
    dtype: object = ignored()

    def output(self, x: Shape) -> Shape:
        require_slopes(x, self.num_parameters, self.label)
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": Shape(self.num_parameters)}


def require_slopes(x: Shape, slopes: Dim, label: str) -> None:
    """One slope, or one for each channel on axis 1."""
    if always_equal(slopes, 1):
        return
    channels: Dim = x[1] if x.rank > 1 else 1
    unify(
        channels,
        slopes,
        CHANNELS,
        f"{label} has num_parameters={slopes}, but the input {x} has {channels} channels",
        blame="num_parameters",
    )


@torch.layer("nn.Dropout")
class Dropout(Layer):
    """Random zeros in training: the shape stays."""

    p: Value = probability(0.5)
    inplace: bool = ignored(False)

    def output(self, x: Shape) -> Shape:
        return x


@torch.layer("nn.AlphaDropout")
class AlphaDropout(Dropout):
    """Dropout that keeps mean and variance: the shape stays."""


class ChannelDropout(Dropout):
    """Whole channels dropped: in training, the input needs a channel axis.

    training: the mode, which ``train()`` and ``eval()`` change.
    """

    training: Value = True

    least = 2

    def output(self, x: Shape) -> Shape:
        drops = isinstance(self.p, (int, float)) and self.p > 0
        if x.rank < self.least and not any(map(never_positive, x)) and drops and self.training is True:
            raise refuse_rank(self.label, "an input of at least 2 dimensions", x)
        return x


@torch.layer("nn.Dropout1d")
class Dropout1d(Dropout):
    """Whole channels of sequences dropped: (N, C, L) stays."""

    def output(self, x: Shape) -> Shape:
        if x.rank not in (2, 3):
            raise refuse_rank(self.label, "a 3-d input (N, C, L) or a 2-d one without the batch", x)
        return x


@torch.layer("nn.Dropout2d")
class Dropout2d(ChannelDropout):
    """Whole channels of images dropped: (N, C, H, W) stays."""


@torch.layer("nn.Dropout3d")
class Dropout3d(ChannelDropout):
    """Whole channels of volumes dropped: (N, C, D, H, W) stays."""

    least = 1


@torch.layer("nn.FeatureAlphaDropout")
class FeatureAlphaDropout(ChannelDropout):
    """Whole channels dropped, mean and variance kept: the shape stays."""


for _name in ("relu", "relu6", "selu", "silu", "mish", "hardsigmoid", "hardswish"):
    twin((f"nn.functional.{_name}",), InPlace)
for _name in ("relu_", "selu_"):
    twin((f"nn.functional.{_name}",), Elementwise)
for _name in ("sigmoid", "tanh", "logsigmoid", "softsign", "tanhshrink"):
    twin((f"nn.functional.{_name}",), Bare)
for _name, _layer in (
    ("elu", ELU),
    ("celu", CELU),
    ("gelu", GELU),
    ("leaky_relu", LeakyReLU),
    ("hardshrink", Hardshrink),
    ("softshrink", Softshrink),
    ("softplus", Softplus),
    ("threshold", Threshold),
    ("glu", GLU),
):
    twin((f"nn.functional.{_name}",), _layer)
twin(("nn.functional.elu_",), ELU, order=("alpha", "scale", "input_scale"), scale=1, input_scale=1)
twin(("nn.functional.celu_",), CELU, order=("alpha",))
twin(("nn.functional.leaky_relu_",), LeakyReLU, order=("negative_slope",))
twin(("nn.functional.threshold_",), Threshold, order=("threshold", "value"))
twin(("nn.functional.hardtanh", "nn.functional.hardtanh_"), Hardtanh, order=("min_val", "max_val", "inplace"))
twin(("nn.functional.rrelu",), RReLU, order=("lower", "upper", "training", "inplace"), training=False)
twin(("nn.functional.rrelu_",), RReLU, order=("lower", "upper", "training", "generator"), training=False)
twin(("hardshrink", "Tensor.hardshrink"), Hardshrink)
twin(("threshold", "threshold_"), Threshold, order=("threshold", "value"))
for _name in ("softmax", "log_softmax", "softmin"):
    twin((f"nn.functional.{_name}",), Softmax, extra=("_stacklevel", "dtype"), _stacklevel=3)
for _name in ("dropout", "alpha_dropout"):
    twin((f"nn.functional.{_name}",), Dropout, order=("p", "training", "inplace"), training=_name == "dropout")
twin(("nn.functional.dropout1d",), Dropout1d, order=("p", "training", "inplace"), training=True)


for _name in ("dropout", "alpha_dropout"):
    twin((_name, f"{_name}_"), Dropout, order=("p", "train"), p=REQUIRED, train=REQUIRED)


@torch.function(*(f"{name}{end}" for name in ("feature_dropout", "feature_alpha_dropout") for end in ("", "_")))
def feature_dropout(input: Shape, p: Value, train: Value) -> Shape:
    """Whole channels dropped; the shape stays. A 1-d input is refused where something is dropped."""
    Dropout.bind((p,), {})
    if input.rank < 2 and not any(map(never_positive, input)):
        if isinstance(train, Unknown) or isinstance(p, Unknown):
            doubt(f"whether something is dropped from the input {input} is not known")
        elif train and p not in (0, 1):
            raise refuse_rank("feature_dropout", "an input of at least 2 dimensions (N, C, *)", input)
    return input


@torch.function("nn.functional.dropout2d")
def dropout2d(input: Shape, p: Value = 0.5, training: Value = True, inplace: Value = False) -> Shape:
    """Whole channels dropped; the shape stays."""
    return feature_dropout(input, p, training)


@torch.function("nn.functional.dropout3d")
def dropout3d(input: Shape, p: Value = 0.5, training: Value = True, inplace: Value = False) -> Shape:
    """Whole channels dropped, with or without a batch; the shape stays."""
    return input if input.rank and feature_dropout(Shape(1, *input), p, training) else feature_dropout(input, p, training)


@torch.function("nn.functional.feature_alpha_dropout")
def feature_alpha_dropout(input: Shape, p: Value = 0.5, training: Value = False, inplace: Value = False) -> Shape:
    """Whole channels dropped where ``training`` says so; the shape stays."""
    return feature_dropout(input, p, training)


@torch.function("nn.functional.prelu", "prelu")
def prelu(input: Shape, weight: Shape) -> Shape:
    """Rectifier with the slopes of ``weight`` below zero: the shape stays."""
    if weight.rank > 1:
        raise refuse_rank("prelu", "a weight of at most 1 dimension", weight)
    require_slopes(input, weight[0] if weight.rank else 1, "prelu")
    return input


@torch.function("nn.functional.gumbel_softmax")
def gumbel_softmax(logits: Shape, tau: Value = 1, hard: Value = False, eps: Value = 1e-10, dim: Value = -1) -> Shape:
    """Random shares along one axis: the shape stays."""
    axis = axis_of(dim, logits, "gumbel_softmax")
    if hard is True and logits.rank and never_positive(logits[axis]):
        raise Problem(FEATURES, f"gumbel_softmax cannot choose from the empty axis {axis} of the input {logits}")
    return logits

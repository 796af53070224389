"""Blocks of a few layers. Source: https://docs.pytorch.org/vision/stable/ops.html#layers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import Dim
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Raised, Ref, Value
from dimlint.libraries.torch.containers import Sequential
from dimlint.libraries.torchvision.building import apply, known, nn, start, through
from dimlint.libraries.torchvision.ops.library import GIVEN_BY_DEFAULT, module_type


def _padding(machine: Machine, kernel: Value, dilation: Value) -> Value:
    """What keeps the size where the stride is 1 and the kernel odd."""
    half = machine.binary("//", machine.binary("-", kernel, 1), 2)
    return machine.binary("*", half, dilation)


def _windows(machine: Machine, kernel: Value, dilation: Value, padding: Value) -> tuple[Value, Value, Value]:
    """Kernel size, dilation and padding as the convolution is given them."""
    kernel, dilation, padding = (machine.plain(value) for value in (kernel, dilation, padding))
    listed = next((value for value in (kernel, dilation) if isinstance(value, (tuple, list))), None)
    if padding is not None:
        return kernel, dilation, padding
    if listed is None:
        return kernel, dilation, _padding(machine, kernel, dilation)
    kernels, dilations = (tuple(value) if isinstance(value, (tuple, list)) else (value,) * len(listed) for value in (kernel, dilation))
    return kernels, dilations, tuple(_padding(machine, *pair) for pair in zip(kernels, dilations))


def _constructor(rank: int) -> Callable[..., None]:
    """``__init__`` of the block with convolutions of that many axes; 0 for the one that is told which."""

    def __init__(
        machine: Machine,
        self: Ref,
        in_channels: Value,
        out_channels: Dim,
        kernel_size: Value = 3,
        stride: Value = 1,
        padding: Value = None,
        groups: Value = 1,
        norm_layer: Value = GIVEN_BY_DEFAULT,
        activation_layer: Value = GIVEN_BY_DEFAULT,
        dilation: Value = 1,
        inplace: Value = True,
        bias: Value = None,
        conv_layer: Value = GIVEN_BY_DEFAULT,
    ) -> None:
        if rank and conv_layer is not GIVEN_BY_DEFAULT:
            raise Undecided(f"Conv{rank}dNormActivation is called with another convolution")
        conv, norm, activation = (
            machine.lookup(f"torch.nn.{usual}") if given is GIVEN_BY_DEFAULT else known(given)
            for given, usual in (
                (conv_layer, f"Conv{rank or 2}d"),
                (norm_layer, f"BatchNorm{rank or 2}d"),
                (activation_layer, "ReLU"),
            )
        )
        kernel_size, dilation, padding = _windows(machine, kernel_size, dilation, padding)
        options = {"dilation": dilation, "groups": groups, "bias": norm is None if bias is None else bias}
        layers = [machine.call(conv, (in_channels, out_channels, kernel_size, stride, padding), options)]
        layers += [machine.call(norm, (out_channels,))] if norm is not None else []
        if activation is not None:
            layers.append(machine.call(activation, (), {} if known(inplace) is None else {"inplace": inplace}))
        Sequential.__init__(machine, self, *layers)
        machine.set_attribute(self, "out_channels", out_channels)

    return __init__


@module_type("ConvNormActivation", base="nn.Sequential")
class ConvNormActivation:
    """A convolution, a normalization and an activation, as far as they are wanted."""

    __init__ = _constructor(0)


@module_type("Conv2dNormActivation", base="ConvNormActivation")
class Conv2dNormActivation:
    """Such a block for images."""

    __init__ = _constructor(2)


@module_type("Conv3dNormActivation", base="ConvNormActivation")
class Conv3dNormActivation:
    """Such a block for volumes."""

    __init__ = _constructor(3)


@module_type("SqueezeExcitation")
class SqueezeExcitation:
    """Channels weighted by what their means tell."""

    def __init__(
        machine: Machine,
        self: Ref,
        input_channels: Value,
        squeeze_channels: Value,
        activation: Value = GIVEN_BY_DEFAULT,
        scale_activation: Value = GIVEN_BY_DEFAULT,
    ) -> None:
        start(
            machine,
            self,
            avgpool=nn(machine, "AdaptiveAvgPool2d", 1),
            fc1=nn(machine, "Conv2d", input_channels, squeeze_channels, 1),
            fc2=nn(machine, "Conv2d", squeeze_channels, input_channels, 1),
            activation=nn(machine, "ReLU") if activation is GIVEN_BY_DEFAULT else machine.call(activation),
            scale_activation=nn(machine, "Sigmoid") if scale_activation is GIVEN_BY_DEFAULT else machine.call(scale_activation),
        )

    def _scale(machine: Machine, self: Ref, input: Value) -> Value:
        return through(machine, self, input, "avgpool fc1 activation fc2 scale_activation")

    def forward(machine: Machine, self: Ref, input: Value) -> Value:
        return machine.binary("*", through(machine, self, input, "_scale"), input)


@module_type("MLP", base="nn.Sequential")
class Mlp:
    """Dense layers, each with a dropout behind it; activations between them."""

    def __init__(
        machine: Machine,
        self: Ref,
        in_channels: Value,
        hidden_channels: Value,
        norm_layer: Value = None,
        activation_layer: Value = GIVEN_BY_DEFAULT,
        inplace: Value = None,
        bias: Value = True,
        dropout: Value = 0.0,
    ) -> None:
        params = {} if known(inplace) is None else {"inplace": inplace}
        activation = machine.lookup("torch.nn.ReLU") if activation_layer is GIVEN_BY_DEFAULT else activation_layer
        widths = machine.elements(hidden_channels)
        if not widths:
            raise Raised("IndexError", "list index out of range")
        layers, channels = [], in_channels
        for index, width in enumerate(widths, 1):
            layers.append(nn(machine, "Linear", channels, width, bias=bias))
            if index < len(widths):
                layers += [machine.call(norm_layer, (width,))] if known(norm_layer) is not None else []
                layers.append(machine.call(activation, (), params))
            layers.append(nn(machine, "Dropout", dropout, **params))
            channels = width
        Sequential.__init__(machine, self, *layers)


@module_type("Permute")
class Permute:
    """The axes in another order."""

    def __init__(machine: Machine, self: Ref, dims: Value) -> None:
        start(machine, self, dims=dims)

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        return apply(machine, "permute", x, machine.attribute(self, "dims"))


@module_type("FrozenBatchNorm2d")
class FrozenBatchNorm2d:
    """A batch normalization that never changes: its numbers are buffers, no parameters."""

    def __init__(machine: Machine, self: Ref, num_features: Value, eps: Value = 1e-5) -> None:
        start(machine, self, eps=eps)
        for name in ("weight", "bias", "running_mean", "running_var"):
            machine.call(machine.attribute(self, "register_buffer"), (name, apply(machine, "ones", num_features)))

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        names = ("weight", "bias", "running_mean", "running_var")
        weight, bias, mean, variance = (apply(machine, "reshape", machine.attribute(self, name), (1, -1, 1, 1)) for name in names)
        scale = machine.binary("*", weight, apply(machine, "rsqrt", machine.binary("+", variance, machine.attribute(self, "eps"))))
        shift = machine.binary("-", bias, machine.binary("*", mean, scale))
        return machine.binary("+", machine.binary("*", x, scale), shift)

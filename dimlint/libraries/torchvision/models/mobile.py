"""MobileNet of the second version. Source: https://docs.pytorch.org/vision/stable/models/mobilenetv2.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Raised, Ref, Value
from dimlint.libraries.torchvision.building import apply, nn, number, numbers, stack, start, through
from dimlint.libraries.torchvision.models.library import MODELS, make, model, module_type
from dimlint.libraries.torchvision.ops.library import use


def divisible(value: float, by: int) -> int:
    """The nearest multiple, one higher if that took away more than a tenth."""
    near = max(by, int(value + by / 2) // by * by)
    return near if near >= 0.9 * value else near + by


def _convolution(machine: Machine, channels: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> Value:
    activation = machine.lookup("torch.nn.ReLU6")
    return use(machine, "Conv2dNormActivation", channels, width, kernel, stride, groups=groups, activation_layer=activation)


@module_type("InvertedResidual")
class InvertedResidual:
    """Widened, one convolution per channel, narrowed; the input added where it fits."""

    def __init__(machine: Machine, self: Ref, inp: Value, oup: Value, stride: Value, expand_ratio: Value, norm_layer: Value = None) -> None:
        channels, width, step = number(inp, "inp"), number(oup, "oup"), number(stride, "stride")
        hidden = channels * number(expand_ratio, "expand_ratio")
        if norm_layer is not None:
            raise Undecided("another normalization in a model of torchvision is not followed")
        layers = [_convolution(machine, channels, hidden, 1)] if expand_ratio != 1 else []
        layers += [_convolution(machine, hidden, hidden, 3, step, hidden)]
        layers += [nn(machine, "Conv2d", hidden, width, 1, 1, 0, bias=False), nn(machine, "BatchNorm2d", width)]
        added = step == 1 and channels == width
        start(machine, self, stride=stride, use_res_connect=added, conv=stack(machine, *layers), out_channels=oup, _is_cn=step > 1)

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        result = through(machine, self, x, "conv")
        return machine.binary("+", x, result) if machine.truth(machine.attribute(self, "use_res_connect")) else result


STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Widening, channels, number of blocks, stride of the first."""


@module_type("MobileNetV2")
class MobileNetV2:
    """Sandler 2018."""

    def __init__(
        machine: Machine,
        self: Ref,
        num_classes: Value = 1000,
        width_mult: Value = 1.0,
        inverted_residual_setting: Value = None,
        round_nearest: Value = 8,
        block: Value = None,
        norm_layer: Value = None,
        dropout: Value = 0.2,
    ) -> None:
        if not isinstance(width_mult, (int, float)) or norm_layer is not None:
            raise Undecided("the width of a model of torchvision is not known")
        stages = STAGES if inverted_residual_setting is None else machine.elements(inverted_residual_setting)
        by, channels = number(round_nearest, "round_nearest"), 32
        channels, last = divisible(32 * width_mult, by), divisible(1280 * max(1.0, width_mult), by)
        layers = [_convolution(machine, 3, channels, 3, 2)]
        made = MODELS.recorded["InvertedResidual"] if block is None else block
        settings = [numbers(machine, stage, "inverted_residual_setting") for stage in stages]
        if not settings or len(settings[0]) != 4:
            raise Raised("ValueError", "inverted_residual_setting should be non-empty or a 4-element list")
        for ratio, width, count, stride in settings:
            width = divisible(width * width_mult, by)
            for index in range(count):
                args = (channels, width, 1 if index else stride)
                layers.append(machine.call(made, args, {"expand_ratio": ratio}))
                channels = width
        layers.append(_convolution(machine, channels, last, 1))
        head = stack(machine, nn(machine, "Dropout", p=dropout), nn(machine, "Linear", last, num_classes))
        start(machine, self, last_channel=last, features=stack(machine, *layers), classifier=head)

    def _forward_impl(machine: Machine, self: Ref, x: Value) -> Value:
        x = apply(machine, "nn.functional.adaptive_avg_pool2d", through(machine, self, x, "features"), (1, 1))
        return through(machine, self, apply(machine, "flatten", x, 1), "classifier")

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        return machine.call(machine.attribute(self, "_forward_impl"), (x,))


model("mobilenet_v2", lambda machine, options: make(machine, "MobileNetV2", **options))

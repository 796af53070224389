"""Residual networks: ResNet, ResNeXt, Wide ResNet. Source: https://docs.pytorch.org/vision/stable/models/resnet.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.value import Machine, Raised, Ref, Value
from dimlint.libraries.torchvision.building import apply, nn, number, numbers, stack, start, through
from dimlint.libraries.torchvision.models.library import MODELS, make, model, module_type


def _conv3x3(machine: Machine, channels: Value, width: Value, stride: Value = 1, groups: Value = 1, dilation: Value = 1) -> Value:
    options = {"stride": stride, "padding": dilation, "groups": groups, "dilation": dilation}
    return nn(machine, "Conv2d", channels, width, kernel_size=3, bias=False, **options)


def _conv1x1(machine: Machine, channels: Value, width: Value, stride: Value = 1) -> Value:
    return nn(machine, "Conv2d", channels, width, kernel_size=1, stride=stride, bias=False)


def _normed(machine: Machine, layer: Value, channels: Value) -> Value:
    return machine.call(layer, (channels,)) if layer is not None else nn(machine, "BatchNorm2d", channels)


def _added(machine: Machine, self: Ref, x: Value, names: str) -> Value:
    """The input through some modules, and itself added before the last activation."""
    shortcut = machine.attribute(self, "downsample")
    result = through(machine, self, x, names)
    x = x if shortcut is None else machine.call(shortcut, (x,))
    return through(machine, self, machine.binary("+", result, x), "relu")


@module_type("BasicBlock", expansion=1)
class BasicBlock:
    """Two convolutions."""

    def __init__(
        machine: Machine,
        self: Ref,
        inplanes: Value,
        planes: Value,
        stride: Value = 1,
        downsample: Value = None,
        groups: Value = 1,
        base_width: Value = 64,
        dilation: Value = 1,
        norm_layer: Value = None,
    ) -> None:
        if groups != 1 or base_width != 64:
            raise Raised("ValueError", "BasicBlock only supports groups=1 and base_width=64")
        if number(dilation, "dilation") > 1:
            raise Raised("NotImplementedError", "Dilation > 1 not supported in BasicBlock")
        start(
            machine,
            self,
            conv1=_conv3x3(machine, inplanes, planes, stride),
            bn1=_normed(machine, norm_layer, planes),
            relu=nn(machine, "ReLU", inplace=True),
            conv2=_conv3x3(machine, planes, planes),
            bn2=_normed(machine, norm_layer, planes),
            downsample=downsample,
            stride=stride,
        )

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        return _added(machine, self, x, "conv1 bn1 relu conv2 bn2")


@module_type("Bottleneck", expansion=4)
class Bottleneck:
    """A convolution between two that change the number of channels."""

    def __init__(
        machine: Machine,
        self: Ref,
        inplanes: Value,
        planes: Value,
        stride: Value = 1,
        downsample: Value = None,
        groups: Value = 1,
        base_width: Value = 64,
        dilation: Value = 1,
        norm_layer: Value = None,
    ) -> None:
        count = number(planes, "planes")
        width = int(count * (number(base_width, "base_width") / 64)) * number(groups, "groups")
        outer = count * number(machine.attribute(self, "expansion"), "expansion")
        start(
            machine,
            self,
            conv1=_conv1x1(machine, inplanes, width),
            bn1=_normed(machine, norm_layer, width),
            conv2=_conv3x3(machine, width, width, stride, groups, dilation),
            bn2=_normed(machine, norm_layer, width),
            conv3=_conv1x1(machine, width, outer),
            bn3=_normed(machine, norm_layer, outer),
            relu=nn(machine, "ReLU", inplace=True),
            downsample=downsample,
            stride=stride,
        )

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        return _added(machine, self, x, "conv1 bn1 relu conv2 bn2 relu conv3 bn3")


@module_type("ResNet")
class ResNet:
    """He 2015."""

    def __init__(
        machine: Machine,
        self: Ref,
        block: Value,
        layers: Value,
        num_classes: Value = 1000,
        zero_init_residual: Value = False,
        groups: Value = 1,
        width_per_group: Value = 64,
        replace_stride_with_dilation: Value = None,
        norm_layer: Value = None,
    ) -> None:
        counts = numbers(machine, layers, "layers")
        if len(counts) < 4:
            raise Raised("IndexError", "list index out of range")
        dilated = machine.elements(replace_stride_with_dilation) if replace_stride_with_dilation is not None else [False] * 3
        if len(dilated) != 3:
            raise Raised("ValueError", "replace_stride_with_dilation should be None or a 3-element tuple")
        norm = norm_layer if norm_layer is not None else machine.lookup("torch.nn.BatchNorm2d")
        start(machine, self, _norm_layer=norm, inplanes=64, dilation=1, groups=groups, base_width=width_per_group)
        start(
            machine,
            self,
            conv1=nn(machine, "Conv2d", 3, 64, kernel_size=7, stride=2, padding=3, bias=False),
            bn1=_normed(machine, norm, 64),
            relu=nn(machine, "ReLU", inplace=True),
            maxpool=nn(machine, "MaxPool2d", kernel_size=3, stride=2, padding=1),
        )
        add = machine.attribute(self, "_make_layer")
        for index, dilate in enumerate((None, *dilated)):
            options: dict[str, Value] = {} if index == 0 else {"stride": 2, "dilate": dilate}
            layer = machine.call(add, (block, 64 * 2**index, counts[index]), options)
            machine.set_attribute(self, f"layer{index + 1}", layer)
        width = 512 * number(machine.attribute(block, "expansion"), "expansion")
        start(machine, self, avgpool=nn(machine, "AdaptiveAvgPool2d", (1, 1)), fc=nn(machine, "Linear", width, num_classes))

    def _make_layer(
        machine: Machine, self: Ref, block: Value, planes: Value, blocks: Value, stride: Value = 1, dilate: Value = False
    ) -> Value:
        held = {name: number(machine.attribute(self, name), name) for name in ("dilation", "inplanes")}
        norm, before, stride = machine.attribute(self, "_norm_layer"), held["dilation"], number(stride, "stride")
        if machine.truth(dilate):
            machine.set_attribute(self, "dilation", held["dilation"] * stride)
            stride = 1
        shared = {name: machine.attribute(self, name) for name in ("groups", "base_width")}
        outer = number(planes, "planes") * number(machine.attribute(block, "expansion"), "expansion")
        shortcut = None
        if stride != 1 or held["inplanes"] != outer:
            shortcut = stack(machine, _conv1x1(machine, held["inplanes"], outer, stride), _normed(machine, norm, outer))
        first = (held["inplanes"], planes, stride, shortcut, shared["groups"], shared["base_width"], before, norm)
        made = [machine.call(block, first)]
        machine.set_attribute(self, "inplanes", outer)
        further = {**shared, "dilation": machine.attribute(self, "dilation"), "norm_layer": norm}
        made += [machine.call(block, (outer, planes), further) for _ in range(1, number(blocks, "blocks"))]
        return stack(machine, *made)

    def _forward_impl(machine: Machine, self: Ref, x: Value) -> Value:
        x = through(machine, self, x, "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool")
        return through(machine, self, apply(machine, "flatten", x, 1), "fc")

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        return machine.call(machine.attribute(self, "_forward_impl"), (x,))


DEPTHS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
"""Blocks of each stage."""
WIDE: dict[str, tuple[int, dict[str, Value]]] = {
    **{f"resnet{depth}": (depth, {}) for depth in DEPTHS},
    "resnext50_32x4d": (50, {"groups": 32, "width_per_group": 4}),
    "resnext101_32x8d": (101, {"groups": 32, "width_per_group": 8}),
    "resnext101_64x4d": (101, {"groups": 64, "width_per_group": 4}),
    "wide_resnet50_2": (50, {"width_per_group": 128}),
    "wide_resnet101_2": (101, {"width_per_group": 128}),
}
"""Depth and arguments of each function."""


def _resnet(name: str, depth: int, fixed: dict[str, Value]) -> None:
    block = MODELS.recorded["Bottleneck" if depth >= 50 else "BasicBlock"]
    model(name, lambda machine, options: make(machine, "ResNet", block, DEPTHS[depth], **{**options, **fixed}))


for _name, (_depth, _fixed) in WIDE.items():
    _resnet(_name, _depth, _fixed)

"""DenseNet. Source: https://docs.pytorch.org/vision/stable/models/densenet.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.value import DictObject, Machine, Ref, Tensor, Value
from dimlint.libraries.torch.module import members
from dimlint.libraries.torchvision.building import apply, nn, number, numbers, start, through
from dimlint.libraries.torchvision.models.library import make, model, module_type


def _named(machine: Machine, modules: dict[str, Value]) -> Value:
    return nn(machine, "Sequential", machine.new(DictObject(dict(modules), "OrderedDict")))


def _convolution(machine: Machine, index: str, channels: Value, width: Value, **options: Value) -> dict[str, Value]:
    """A normalization, an activation and a convolution, by their names."""
    conv = nn(machine, "Conv2d", channels, width, bias=False, **options)
    return {f"norm{index}": nn(machine, "BatchNorm2d", channels), f"relu{index}": nn(machine, "ReLU", inplace=True), f"conv{index}": conv}


@module_type("_DenseLayer")
class DenseLayer:
    """What all layers before it in its block have given, narrowed and widened again."""

    def __init__(
        machine: Machine,
        self: Ref,
        num_input_features: Value,
        growth_rate: Value,
        bn_size: Value,
        drop_rate: Value,
        memory_efficient: Value = False,
    ) -> None:
        width = machine.binary("*", bn_size, growth_rate)
        first = _convolution(machine, "1", num_input_features, width, kernel_size=1, stride=1)
        second = _convolution(machine, "2", width, growth_rate, kernel_size=3, stride=1, padding=1)
        start(machine, self, **first, **second, drop_rate=drop_rate)

    def forward(machine: Machine, self: Ref, input: Value) -> Value:
        x = input if isinstance(input, Tensor) else apply(machine, "cat", tuple(machine.elements(input)), 1)
        return through(machine, self, x, "norm1 relu1 conv1 norm2 relu2 conv2")


@module_type("_DenseBlock")
class DenseBlock:
    """Layers each of which sees the results of all before it."""

    def __init__(
        machine: Machine,
        self: Ref,
        num_layers: Value,
        num_input_features: Value,
        bn_size: Value,
        growth_rate: Value,
        drop_rate: Value,
        memory_efficient: Value = False,
    ) -> None:
        start(machine, self)
        channels, growth = number(num_input_features, "num_input_features"), number(growth_rate, "growth_rate")
        for index in range(number(num_layers, "num_layers")):
            layer = make(machine, "_DenseLayer", channels + index * growth, growth, bn_size, drop_rate)
            machine.set_attribute(self, f"denselayer{index + 1}", layer)

    def forward(machine: Machine, self: Ref, init_features: Value) -> Value:
        features = [init_features]
        for layer in members(machine, self).values():
            features.append(machine.call(layer, (tuple(features),)))
        return apply(machine, "cat", tuple(features), 1)


@module_type("DenseNet")
class DenseNet:
    """Huang 2016."""

    def __init__(
        machine: Machine,
        self: Ref,
        growth_rate: Value = 32,
        block_config: Value = (6, 12, 24, 16),
        num_init_features: Value = 64,
        bn_size: Value = 4,
        drop_rate: Value = 0,
        num_classes: Value = 1000,
        memory_efficient: Value = False,
    ) -> None:
        channels, growth = number(num_init_features, "num_init_features"), number(growth_rate, "growth_rate")
        parts = {
            "conv0": nn(machine, "Conv2d", 3, channels, kernel_size=7, stride=2, padding=3, bias=False),
            "norm0": nn(machine, "BatchNorm2d", channels),
            "relu0": nn(machine, "ReLU", inplace=True),
            "pool0": nn(machine, "MaxPool2d", kernel_size=3, stride=2, padding=1),
        }
        counts = numbers(machine, block_config, "block_config")
        for index, count in enumerate(counts, 1):
            parts[f"denseblock{index}"] = make(machine, "_DenseBlock", count, channels, bn_size, growth, drop_rate)
            channels += count * growth
            if index < len(counts):
                layers = _convolution(machine, "", channels, channels // 2, kernel_size=1, stride=1)
                parts[f"transition{index}"] = _named(machine, {**layers, "pool": nn(machine, "AvgPool2d", kernel_size=2, stride=2)})
                channels //= 2
        parts["norm5"] = nn(machine, "BatchNorm2d", channels)
        start(machine, self, features=_named(machine, parts), classifier=nn(machine, "Linear", channels, num_classes))

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        x = apply(machine, "relu", through(machine, self, x, "features"))
        x = apply(machine, "nn.functional.adaptive_avg_pool2d", x, (1, 1))
        return through(machine, self, apply(machine, "flatten", x, 1), "classifier")


DEPTHS: dict[int, dict[str, Value]] = {
    121: {},
    161: {"growth_rate": 48, "block_config": (6, 12, 36, 24), "num_init_features": 96},
    169: {"block_config": (6, 12, 32, 32)},
    201: {"block_config": (6, 12, 48, 32)},
}
"""Arguments of each function."""
for _depth, _fixed in DEPTHS.items():
    model(f"densenet{_depth}", lambda machine, options, fixed=_fixed: make(machine, "DenseNet", **{**options, **fixed}))

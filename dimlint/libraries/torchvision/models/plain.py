"""Networks that are one chain of layers: AlexNet, VGG, SqueezeNet. Source: https://docs.pytorch.org/vision/stable/models.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.torchvision.building import apply, nn, number, stack, start, through
from dimlint.libraries.torchvision.models.library import MODELS, make, model, module_type


def _dense(machine: Machine, features: int, width: int, classes: Value) -> list[Value]:
    """Two hidden layers and the last, activations between them."""
    relu = [nn(machine, "ReLU", inplace=True) for _ in range(2)]
    sizes = [nn(machine, "Linear", *size) for size in ((features, width), (width, width), (width, classes))]
    return [sizes[0], relu[0], sizes[1], relu[1], sizes[2]]


class Chain:
    """Feature maps, pooled to a fixed size, and dense layers."""

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        x = apply(machine, "flatten", through(machine, self, x, "features avgpool"), 1)
        return through(machine, self, x, "classifier")


ALEXNET = ((64, 11, 4, 2, True), (192, 5, 1, 2, True), (384, 3, 1, 1, False), (256, 3, 1, 1, False), (256, 3, 1, 1, True))
"""Channels, kernel size, stride, padding, and whether a pooling follows."""


@module_type("AlexNet")
class AlexNet(Chain):
    """Krizhevsky 2014."""

    def __init__(machine: Machine, self: Ref, num_classes: Value = 1000, dropout: Value = 0.5) -> None:
        layers, channels = [], 3
        for width, kernel, stride, padding, pooled in ALEXNET:
            layers += [nn(machine, "Conv2d", channels, width, kernel, stride, padding), nn(machine, "ReLU", inplace=True)]
            layers += [nn(machine, "MaxPool2d", 3, 2)] if pooled else []
            channels = width
        first, relu, second, *rest = _dense(machine, 256 * 6 * 6, 4096, num_classes)
        drops = [nn(machine, "Dropout", p=dropout) for _ in range(2)]
        classifier = stack(machine, drops[0], first, relu, drops[1], second, *rest)
        average = nn(machine, "AdaptiveAvgPool2d", (6, 6))
        start(machine, self, features=stack(machine, *layers), avgpool=average, classifier=classifier)


@module_type("VGG")
class Vgg(Chain):
    """Simonyan and Zisserman 2014."""

    def __init__(
        machine: Machine, self: Ref, features: Value, num_classes: Value = 1000, init_weights: Value = True, dropout: Value = 0.5
    ) -> None:
        first, relu, second, other, last = _dense(machine, 512 * 7 * 7, 4096, num_classes)
        drops = [nn(machine, "Dropout", p=dropout) for _ in range(2)]
        classifier = stack(machine, first, relu, drops[0], second, other, drops[1], last)
        start(machine, self, features=features, avgpool=nn(machine, "AdaptiveAvgPool2d", (7, 7)), classifier=classifier)


def make_layers(machine: Machine, cfg: Value, batch_norm: Value = False) -> Value:
    """The convolutions of VGG by their channels; a string is a pooling."""
    layers: list[Value] = []
    channels, normed = 3, machine.truth(batch_norm)
    for width in machine.elements(cfg):
        if width == "M":
            layers.append(nn(machine, "MaxPool2d", kernel_size=2, stride=2))
            continue
        width = number(width, "the number of channels")
        layers.append(nn(machine, "Conv2d", channels, width, kernel_size=3, padding=1))
        layers += [nn(machine, "BatchNorm2d", width)] if normed else []
        layers.append(nn(machine, "ReLU", inplace=True))
        channels = width
    return stack(machine, *layers)


MODELS.recorded["make_layers"] = Native("make_layers", MODELS.name, make_layers)


def _vgg(depths: str, normed: bool) -> None:
    widths = (64, 128, 256, 512, 512)
    chain = tuple(item for width, depth in zip(widths, map(int, depths)) for item in (*(width,) * depth, "M"))
    name = f"vgg{sum(map(int, depths)) + 3}{'_bn' * normed}"

    def made(machine: Machine, options: Mapping[str, Value]) -> Value:
        return make(machine, "VGG", make_layers(machine, chain, normed), **options)

    model(name, made)


for _depths in ("11222", "22222", "22333", "22444"):
    for _normed in (False, True):
        _vgg(_depths, _normed)
model("alexnet", lambda machine, options: make(machine, "AlexNet", **options))


@module_type("Fire")
class Fire:
    """A narrow layer, and two wide ones behind it side by side."""

    def __init__(
        machine: Machine, self: Ref, inplanes: Value, squeeze_planes: Value, expand1x1_planes: Value, expand3x3_planes: Value
    ) -> None:
        start(
            machine,
            self,
            inplanes=inplanes,
            squeeze=nn(machine, "Conv2d", inplanes, squeeze_planes, kernel_size=1),
            squeeze_activation=nn(machine, "ReLU", inplace=True),
            expand1x1=nn(machine, "Conv2d", squeeze_planes, expand1x1_planes, kernel_size=1),
            expand1x1_activation=nn(machine, "ReLU", inplace=True),
            expand3x3=nn(machine, "Conv2d", squeeze_planes, expand3x3_planes, kernel_size=3, padding=1),
            expand3x3_activation=nn(machine, "ReLU", inplace=True),
        )

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        x = through(machine, self, x, "squeeze squeeze_activation")
        sides = tuple(through(machine, self, x, f"expand{size} expand{size}_activation") for size in ("1x1", "3x3"))
        return apply(machine, "cat", sides, 1)


SQUEEZENET = {
    "1_0": (96, 7, "16 16 32 M 32 48 48 64 M 64"),
    "1_1": (64, 3, "16 16 M 32 32 M 48 48 64 64"),
}
"""Channels and kernel size of the first layer, then the narrow channels of each part, a quarter of either wide one; M is a pooling."""


@module_type("SqueezeNet")
class SqueezeNet:
    """Iandola 2016."""

    def __init__(machine: Machine, self: Ref, version: Value = "1_0", num_classes: Value = 1000, dropout: Value = 0.5) -> None:
        if not isinstance(version, str):
            raise Undecided(version.reason if isinstance(version, Unknown) else "the version of SqueezeNet is not known")
        if version not in SQUEEZENET:
            raise Raised("ValueError", f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        channels, kernel, parts = SQUEEZENET[version]

        def pool() -> Value:
            return nn(machine, "MaxPool2d", kernel_size=3, stride=2, ceil_mode=True)

        layers = [nn(machine, "Conv2d", 3, channels, kernel_size=kernel, stride=2), nn(machine, "ReLU", inplace=True), pool()]
        for part in parts.split():
            if part == "M":
                layers.append(pool())
                continue
            layers.append(make(machine, "Fire", channels, int(part), 4 * int(part), 4 * int(part)))
            channels = 8 * int(part)
        head = [nn(machine, "Dropout", p=dropout), nn(machine, "Conv2d", 512, num_classes, kernel_size=1)]
        head += [nn(machine, "ReLU", inplace=True), nn(machine, "AdaptiveAvgPool2d", (1, 1))]
        start(machine, self, num_classes=num_classes, features=stack(machine, *layers), classifier=stack(machine, *head))

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        return apply(machine, "flatten", through(machine, self, x, "features classifier"), 1)


for _version in SQUEEZENET:
    model(f"squeezenet{_version}", lambda machine, options, version=_version: make(machine, "SqueezeNet", version, **options))

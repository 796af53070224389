"""``keras.applications`` where their source is not read: what goes in and comes out, recorded from Keras itself.

Such a model is one layer between its input and its output; which layers it has inside is not known.
Source: https://keras.io/api/applications.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape, always_positive, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, LibraryClass, Machine, Native, Raised, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.changes import INSIDE, UNSEEN_LAYERS, is_as, last_change
from dimlint.libraries.keras.imagenet import decode_predictions, obtain_input_shape, preprocess_input
from dimlint.libraries.keras.inputs import make_input
from dimlint.libraries.keras.layer import LayerType, attach, instance, keras
from dimlint.libraries.keras.names import UNSEEN

UP, DOWN = (1, 2, 0), (2, 2, 0)
"""Windows (size, stride, padding) that halve a size, rounding up or down."""
INCEPTION = ((3, 2, 0), (3, 1, 0), (3, 2, 0), (3, 1, 0), *[(3, 2, 0)] * 3)
WINDOWS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "up": (UP,) * 5,
    "down": (DOWN,) * 5,
    "dense": (UP, UP, DOWN, DOWN, DOWN),
    "first": (UP, DOWN, DOWN, DOWN, DOWN),
    "inception": INCEPTION,
    "xception": ((3, 2, 0), (3, 1, 0), UP, UP, UP, UP),
    "nasnet": ((3, 2, 0), UP, UP, UP, UP),
}
"""The windows that a size goes through, by the kind of model."""

COMMON = "include_top weights input_tensor input_shape pooling classes classifier_activation name"
ORDERS = {
    "ConvNeXt": "include_top include_preprocessing weights input_tensor input_shape pooling classes classifier_activation name",
    "MobileNet": "input_shape alpha depth_multiplier dropout include_top weights input_tensor pooling classes classifier_activation name",
    "MobileNetV2": "input_shape alpha include_top weights input_tensor pooling classes classifier_activation name",
    "MobileNetV3": "input_shape alpha minimalistic include_top weights input_tensor classes pooling dropout_rate",
    "NASNet": "input_shape include_top weights input_tensor pooling classes classifier_activation name",
}
"""Arguments in order, by how the name of the function begins, the longest beginning first."""

TABLE = """
ConvNeXtTiny 768 224 32 down, ConvNeXtSmall 768 224 32 down, ConvNeXtBase 1024 224 32 down, ConvNeXtLarge 1536 224 32 down
ConvNeXtXLarge 2048 224 32 down, DenseNet121 1024 224 32 dense, DenseNet169 1664 224 32 dense, DenseNet201 1920 224 32 dense
EfficientNetB0 1280 224 32 up, EfficientNetB1 1280 240 32 up, EfficientNetB2 1408 260 32 up, EfficientNetB3 1536 300 32 up
EfficientNetB4 1792 380 32 up, EfficientNetB5 2048 456 32 up, EfficientNetB6 2304 528 32 up, EfficientNetB7 2560 600 32 up
EfficientNetV2B0 1280 224 32 up, EfficientNetV2B1 1280 240 32 up, EfficientNetV2B2 1408 260 32 up, EfficientNetV2B3 1536 300 32 up
EfficientNetV2S 1280 384 32 up, EfficientNetV2M 1280 480 32 up, EfficientNetV2L 1280 480 32 up
InceptionResNetV2 1536 299 75 inception, InceptionV3 2048 299 75 inception, Xception 2048 299 71 xception
MobileNet 1024 224 32 first, MobileNetV2 1280 224 32 up, MobileNetV3Small 576 0 32 up, MobileNetV3Large 960 0 32 up
NASNetMobile 1056 224 32 nasnet, NASNetLarge 4032 331 32 nasnet
ResNet50 2048 224 32 up, ResNet101 2048 224 32 up, ResNet152 2048 224 32 up
ResNet50V2 2048 224 32 up, ResNet101V2 2048 224 32 up, ResNet152V2 2048 224 32 up
VGG16 512 224 32 down, VGG19 512 224 32 down
"""
"""Function, channels in front of the head, default size (0: open), smallest size, kind."""

BEGINNINGS = {
    "EfficientNetV2": "efficientnetv2-",
    "ConvNeXt": "convnext_",
    "InceptionResNet": "inception_resnet_",
    "Inception": "inception_",
    "NASNet": "nasnet_",
}
"""How Keras' name of a model begins, by how that of the function does; the rest is in small letters."""
NARROWEST, WIDEST = 1 / 32, 100
"""The widths that are followed: a narrower MobileNet has layers without filters."""
RENAMED = ("NASNet", "MobileNetV3")
"""Keras before 3.4 has other names for these."""
SIZES = {"MobileNet": (128, 160, 192, 224), "MobileNetV2": (96, 128, 160, 192, 224)}
"""Functions that put the width and the height of the image into the name, and the heights for which there are weights."""


@dataclass(frozen=True)
class Backbone:
    """What is recorded of a function."""

    name: str
    channels: int
    size: int
    least: int
    kind: str

    def features(self, x: Shape, channels: Dim) -> Shape:
        """The feature maps in front of the head. Raises Undecided."""
        if len(x) != 4:
            raise Undecided(f"the input of {self.name} is not an image")
        return Shape(x[0], *(self._reduced(size) for size in x[1:3]), channels)

    def _reduced(self, size: Dim) -> Dim:
        for window, stride, padding in WINDOWS[self.kind]:
            size = (size + padding - window) // stride + 1
            if not always_positive(size):
                return unknown_dim("size", low=1, reason=f"the size of the feature maps of {self.name} is not known")
        return size


def _backbones() -> dict[str, Backbone]:
    rows = [entry.split() for entry in TABLE.strip().replace("\n", ",").split(",")]
    return {name: Backbone(name, int(channels), int(size), int(least), kind) for name, channels, size, least, kind in rows}


BACKBONES = _backbones()


@keras.type("applications.Backbone", bases=("layers.Layer",))
class Inside:
    """All that lies between the input and the output of such a model."""

    def call(machine: Machine, self: Ref, inputs: Value, **options: Value) -> Value:
        attributes = instance(machine, self).attributes
        fact, channels, head = (attributes[name] for name in ("_fact", "_channels", "_head"))
        if not is_as(machine, attributes["_last_change"], UNSEEN_LAYERS):
            raise Undecided("a layer inside a model of keras.applications was changed")
        if not isinstance(inputs, Tensor) or machine.settings.get("image_data_format") != "channels_last":
            raise Undecided(f"the input of {fact.name} is not known")
        x = inputs.shape
        features = fact.features(x, channels)
        return Tensor(features if head is None else Shape(x[0], *head), "keras", None, inputs.symbolic)


INSIDES = {name: LibraryClass(f"applications.{name}", "keras", (keras.declared["applications.Backbone"],)) for name in BACKBONES}
"""The insides of each kind of model, as layers of classes of their own."""


def _build(machine: Machine, fact: Backbone, given: dict[str, Value]) -> Value:
    """The model that a function makes. Raises Raised(ValueError), Undecided."""
    top, weights = given.get("include_top", True), given.get("weights", "imagenet")
    if not isinstance(top, bool) or isinstance(weights, Unknown):
        raise Undecided("whether a model has a top is not known")
    start, shape = given.get("input_tensor"), given.get("input_shape")
    if start is None and (shape is not None or fact.size):
        shape = obtain_input_shape(machine, shape, fact.size, fact.least, machine.settings.get("image_data_format"), top, weights)
    start = make_input(machine, (None, None, 3) if shape is None else shape) if start is None else start
    if not isinstance(start, Tensor):
        raise Undecided(start.reason if isinstance(start, Unknown) else f"the input of {fact.name} is not known")
    layer = machine.new(Instance(INSIDES[fact.name], {}))
    LayerType.__init__(machine, layer, name=Unknown(INSIDE))
    channels = _channels(fact, given.get("alpha", 1.0))
    name = _name(machine, fact, given, shape)
    attach(machine, layer, _fact=fact, _channels=channels, _head=_head(given, top, channels), _shown=name)
    attach(machine, layer, _last_change=last_change(machine, UNSEEN_LAYERS))
    held = instance(machine, layer)
    machine.update(layer, Instance(held.cls, {**held.attributes, "*": Unknown(INSIDE)}, None, None, held.site))
    machine.change_setting(UNSEEN, True)  # layers that are made inside take names
    return machine.call(keras.declared["Model"], (start, machine.call(layer, (start,))), {} if name is None else {"name": name})


def _channels(fact: Backbone, alpha: Value) -> Dim:
    """The channels in front of the head of a model of this width; not known for one that Keras may refuse."""
    if not fact.name.startswith("MobileNet") or alpha == 1:
        return fact.channels
    if not isinstance(alpha, (int, float)) or not NARROWEST <= alpha <= WIDEST:
        return unknown_dim("channels", low=1)
    if fact.name.startswith("MobileNetV3"):
        return _in_eights(_in_eights(fact.channels // 6 * alpha) * 6)
    if fact.name == "MobileNetV2":
        return _in_eights(fact.channels * alpha) if alpha > 1 else fact.channels
    return int(fact.channels * alpha)


def _in_eights(filters: float) -> int:
    """The nearest multiple of 8, which is not more than a tenth smaller."""
    found = max(8, int(filters + 4) // 8 * 8)
    return found + 8 if found < 0.9 * filters else found


def _name(machine: Machine, fact: Backbone, given: dict[str, Value], shape: Value) -> str | None:
    """The name of the model: as it is told, or the one that Keras has for it; None if it is not known. shape: of the input."""
    stated = given.get("name")
    if stated is not None or ("name" in given and fact.name not in SIZES):
        return stated if isinstance(stated, str) else None
    version = 1 if machine.settings.get("keras_dialect") == 1 else machine.settings.get("keras_version", 3)
    if not isinstance(version, (int, float)) or version < (3.04 if fact.name.startswith(RENAMED) else 2):
        return None
    if fact.name in SIZES:
        return _sized_name(machine, fact, given, shape)
    if fact.name.startswith("MobileNetV3"):
        return fact.name
    beginning = next((name for name in BEGINNINGS if fact.name.startswith(name)), "")
    return BEGINNINGS.get(beginning, "") + fact.name[len(beginning) :].lower()


def _sized_name(machine: Machine, fact: Backbone, given: dict[str, Value], shape: Value) -> str | None:
    """``mobilenet_1.00_224``; what weights there are decides on the size. None if it is not known."""
    alpha = given.get("alpha", 1.0)
    if given.get("input_tensor") is not None or not isinstance(shape, tuple) or len(shape) != 3 or not isinstance(alpha, (int, float)):
        return None
    rows, columns = shape[1:] if machine.settings.get("image_data_format") == "channels_first" else shape[:2]
    if not all(size is None or isinstance(size, int) for size in (rows, columns)):
        return None
    if given.get("weights", "imagenet") == "imagenet" and (rows != columns or rows not in SIZES[fact.name]):
        rows = 224
    return f"{fact.name.lower()}_{alpha:0.2f}_{rows}"


def _head(given: dict[str, Value], top: bool, channels: Dim) -> tuple[Dim, ...] | None:
    """What the output has in place of the feature maps; None if it is these. Raises Undecided."""
    if top:
        classes = given.get("classes", 1000)
        return (classes if isinstance(classes, int) else unknown_dim("classes", low=1),)
    pooling = given.get("pooling")
    if isinstance(pooling, Unknown):
        raise Undecided(pooling.reason)
    return (channels,) if pooling in ("avg", "max") else None


def _declare(fact: Backbone) -> None:
    beginning = next((name for name in sorted(ORDERS, key=len, reverse=True) if fact.name.startswith(name)), "")
    order = ORDERS.get(beginning, COMMON).split()

    def body(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        if len(args) > len(order):
            raise Raised("TypeError", f"{fact.name}() takes at most {len(order)} positional arguments")
        return _build(machine, fact, {**dict(zip(order, args)), **kwargs})

    keras.recorded[fact.name] = Native(f"applications.{fact.name}", "keras", body)


for _fact in BACKBONES.values():
    _declare(_fact)
keras.recorded["preprocess_input"] = Native("applications.preprocess_input", "keras", preprocess_input)
keras.recorded["decode_predictions"] = Native("applications.decode_predictions", "keras", decode_predictions)

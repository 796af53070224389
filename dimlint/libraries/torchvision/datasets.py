"""Data sets of torchvision: what one sample looks like, and how many there are. Source: https://docs.pytorch.org/vision/stable/datasets.html.

Sizes and numbers are those of the archives. A sample is a picture until ``transform`` makes something else of it.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import LibraryClass, ListObject, Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.imaging.library import any_size, picture
from dimlint.libraries.torch.collating import LABEL
from dimlint.libraries.torch.data import attributes_of, hold
from dimlint.libraries.torch.library import torch
from dimlint.libraries.torchvision.library import LOST, vision

PLACES = "root train transform target_transform download"
SPLITS = "root split transform target_transform download loader"
PLAIN = "root transform target_transform download loader"


@dataclass(frozen=True)
class Facts:
    """One data set. sides: height and width, None if they vary. classes: of its labels, None if a label is no class number.

    counts: samples by the value of ``train`` or ``split``. parameters: of the constructor, in order. array: whether ``data`` is one.
    """

    sides: tuple[int, int] | None
    channels: int
    classes: int | None
    counts: Mapping[Value, int]
    parameters: str = PLACES


def _halves(train: int, test: int) -> dict[Value, int]:
    return {True: train, False: test}


DIGITS = Facts((28, 28), 0, 10, _halves(60_000, 10_000))
FACTS: dict[str, Facts] = {
    "MNIST": DIGITS,
    "FashionMNIST": DIGITS,
    "KMNIST": DIGITS,
    "QMNIST": Facts((28, 28), 0, 10, _halves(60_000, 60_000), "root what compat train transform target_transform download"),
    "EMNIST": Facts((28, 28), 0, None, {}, "root split train transform target_transform download"),
    "USPS": Facts((16, 16), 0, 10, _halves(7_291, 2_007)),
    "CIFAR10": Facts((32, 32), 3, 10, _halves(50_000, 10_000)),
    "CIFAR100": Facts((32, 32), 3, 100, _halves(50_000, 10_000)),
    "SVHN": Facts((32, 32), 3, 10, {"train": 73_257, "test": 26_032, "extra": 531_131}, SPLITS),
    "STL10": Facts((96, 96), 3, 10, {"train": 5_000, "test": 8_000}, "root split folds transform target_transform download"),
    "SEMEION": Facts((16, 16), 0, 10, {None: 1_593}, PLAIN),
    "EuroSAT": Facts((64, 64), 3, 10, {None: 27_000}, PLAIN),
    "PCAM": Facts((96, 96), 3, 2, {"train": 262_144, "test": 32_768, "val": 32_768}, SPLITS),
    "FER2013": Facts((48, 48), 0, None, {"train": 28_709, "test": 7_178}, SPLITS),
    "Omniglot": Facts((105, 105), 0, None, {}, "root background transform target_transform download loader"),
    "LFWPeople": Facts((250, 250), 3, None, {}, "root split image_set transform target_transform download loader"),
    "CelebA": Facts((218, 178), 3, None, {"train": 162_770, "valid": 19_867, "test": 19_962, "all": 202_599},
                    "root split target_type transform target_transform download"),
    "ImageNet": Facts(None, 3, 1000, {"train": 1_281_167, "val": 50_000}, "root split transform target_transform loader"),
    "Imagenette": Facts(None, 3, 10, {}, "root split size download transform target_transform loader"),
    "Food101": Facts(None, 3, 101, {"train": 75_750, "test": 25_250}, SPLITS),
    "Flowers102": Facts(None, 3, 102, {"train": 1_020, "val": 1_020, "test": 6_149}, SPLITS),
    "StanfordCars": Facts(None, 3, 196, {"train": 8_144, "test": 8_041}, SPLITS),
    "GTSRB": Facts(None, 3, 43, {"train": 26_640, "test": 12_630}, SPLITS),
    "RenderedSST2": Facts(None, 3, 2, {"train": 6_920, "val": 872, "test": 1_821}, SPLITS),
    "Country211": Facts(None, 3, 211, {"train": 31_650, "valid": 10_550, "test": 21_100}, SPLITS),
    "SUN397": Facts(None, 3, 397, {None: 108_754}, PLAIN),
    "DTD": Facts(None, 3, 47, {}, "root split partition transform target_transform download loader"),
    "OxfordIIITPet": Facts(None, 3, None, {}, "root split target_types transforms transform target_transform download"),
    "FGVCAircraft": Facts(None, 3, None, {}, "root split annotation_level transform target_transform download loader"),
    "Places365": Facts(None, 3, 365, {}, "root split small download transform target_transform loader"),
    "Caltech256": Facts(None, 0, None, {}, PLAIN),
    "ImageFolder": Facts(None, 3, None, {}, "root transform target_transform loader is_valid_file allow_empty"),
}  # fmt: skip
LETTERS = {"byclass": 62, "bymerge": 47, "balanced": 47, "letters": 27, "digits": 10, "mnist": 10}
"""One more than the largest label of each part of EMNIST."""
LARGE = {"balanced": (112_800, 18_800), "letters": (124_800, 20_800), "digits": (240_000, 40_000), "mnist": (60_000, 10_000),
         "byclass": (697_932, 116_323), "bymerge": (697_932, 116_323)}  # fmt: skip
VARIOUS = frozenset(["Caltech256", "OxfordIIITPet"])
"""Data sets whose pictures are not all of one mode, or whose labels depend on arguments."""
DEFAULTS: Mapping[str, Value] = {"train": True, "split": "train", "transform": None, "target_transform": None, "loader": None}
EDITED = frozenset(["data", "targets", "labels", "samples", "imgs", "train_data", "train_labels", "test_data", "test_labels", "*"])
"""Attributes by which a program changes what is in a data set."""
ARRAYS = frozenset(["MNIST", "FashionMNIST", "KMNIST", "CIFAR10", "CIFAR100"])
"""Data sets of which programs read ``data`` and ``targets``."""


def _init(name: str) -> Callable[..., None]:
    names = FACTS[name].parameters.split()
    others = {} if "split" in names else {"split": None}

    def init(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        hold(machine, self, **{**DEFAULTS, **others, **dict(zip(names, args)), **kwargs})

    return init


def classes_of(name: str, held: Mapping[str, Value]) -> int | None:
    """The number of classes, if labels are class numbers."""
    if name == "EMNIST":
        split = held["split"]
        return LETTERS.get(split) if isinstance(split, str) else None
    return FACTS[name].classes


def count_of(name: str, held: Mapping[str, Value]) -> int | None:
    """The number of samples, if it is known."""
    if EDITED & set(held):
        return None
    part = held["train"] if "train" in FACTS[name].parameters.split() else held["split"]
    if name == "EMNIST":
        halves = LARGE.get(held["split"]) if isinstance(held["split"], str) else None
        return halves[not held["train"]] if halves is not None and isinstance(held["train"], bool) else None
    known = part is None or isinstance(part, (bool, str))
    return FACTS[name].counts.get(part) if known else None


def _picture(name: str, held: Mapping[str, Value]) -> Value:
    """A picture of the data set. Raises Undecided."""
    facts = FACTS[name]
    if EDITED & set(held):
        raise Undecided("the program has changed a data set")
    if name in VARIOUS or held["loader"] is not None:
        raise Undecided("the pictures of this data set are not of one kind")
    sides = (256, 256) if name == "Places365" and held.get("small") is True else facts.sides
    height, width = sides if sides is not None else (any_size("height"), any_size("width"))
    return picture(height, width, facts.channels)


def _label(name: str, held: Mapping[str, Value]) -> Value:
    """A label of the data set."""
    if name == "CelebA":
        kind = held.get("target_type", "attr")
        return Tensor(Shape(40), "torch", "int64") if kind == "attr" else Unknown("the labels of a data set are not known")
    if name == "OxfordIIITPet":
        return Unknown("the labels of a data set are not known")
    classes = classes_of(name, held)
    return unknown_dim(LABEL, low=0, high=None if classes is None else classes - 1, reason="a label of a data set")


def sample(machine: Machine, held: Mapping[str, Value], image: Value, label: Value) -> Value:
    """A sample after the transforms of its data set. Raises Undecided."""
    if held.get("transforms") is not None:
        raise Undecided("what transforms picture and label together is not followed")
    if held["transform"] is not None:
        image = machine.call(held["transform"], (image,))
    if held["target_transform"] is not None:
        label = machine.call(held["target_transform"], (label,))
    return image, label


def _get(name: str) -> Callable[..., Value]:
    def get(machine: Machine, self: Ref, index: Value) -> Value:
        held = attributes_of(machine, self)
        return sample(machine, held, _picture(name, held), _label(name, held))

    return get


def _length(name: str) -> Callable[..., Value]:
    def length(machine: Machine, self: Ref) -> Value:
        count = count_of(name, attributes_of(machine, self))
        return unknown_dim("samples", low=0) if count is None else count

    return length


def _arrays(name: str) -> Callable[..., Value]:
    """``data`` and ``targets``: tensors of digits, arrays and lists of other pictures."""

    def get(machine: Machine, self: Ref, attribute: Value) -> Value:
        held = attributes_of(machine, self)
        count = count_of(name, held)
        size: Dim = unknown_dim("samples", low=0) if count is None else count
        facts = FACTS[name]
        if attribute == "classes" and facts.classes is not None:
            return machine.new(ListObject((Unknown("the name of a class is not known"),) * facts.classes))
        if name not in ARRAYS or facts.sides is None:
            return Unknown(LOST)
        library = "numpy" if facts.channels else "torch"
        if attribute in ("data", "train_data", "test_data"):
            return Tensor(Shape(size, *facts.sides, *((facts.channels,) if facts.channels else ())), library, "uint8")
        if attribute in ("targets", "train_labels", "test_labels") and library == "torch":
            return Tensor(Shape(size), "torch", "int64")
        return Unknown(LOST)

    return get


_DATASET = torch.entries["utils.data.Dataset"]
assert isinstance(_DATASET, LibraryClass)


@vision.type("VisionDataset", bases=(_DATASET,))
class VisionDataset:
    """Base of the data sets, and of those that a program defines."""

    def __init__(machine: Machine, self: Ref, root: Value = None, transforms: Value = None, transform: Value = None,
                 target_transform: Value = None) -> None:  # fmt: skip
        hold(machine, self, root=root, transforms=transforms, transform=transform, target_transform=target_transform)


def _declare(name: str) -> None:
    body: dict[str, Any] = {
        "__doc__": f"The data set {name}.",
        "__init__": _init(name),
        "__getitem__": _get(name),
        "__len__": _length(name),
        "__getattr__": _arrays(name),
    }
    vision.type(name, bases=("VisionDataset",))(type(name, (), body))


for _name in FACTS:
    _declare(_name)


@vision.type("FakeData", bases=("VisionDataset",))
class FakeData:
    """Noise that looks like a data set of pictures."""

    def __init__(
        machine: Machine,
        self: Ref,
        size: Value = 1000,
        image_size: Value = (3, 224, 224),
        num_classes: Value = 10,
        transform: Value = None,
        target_transform: Value = None,
        random_offset: Value = 0,
    ) -> None:
        hold(machine, self, size=size, image_size=machine.plain(image_size), num_classes=num_classes)
        hold(machine, self, transform=transform, target_transform=target_transform)

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        held = attributes_of(machine, self)
        sizes, classes = held["image_size"], held["num_classes"]
        if not isinstance(sizes, (tuple, list)) or len(sizes) != 3 or not isinstance(sizes[0], int) or not all(map(is_size, sizes)):
            raise Undecided("the size of the pictures is not known")
        label = unknown_dim(LABEL, low=0, high=classes - 1 if isinstance(classes, int) else None)
        return sample(machine, held, picture(sizes[1], sizes[2], 0 if sizes[0] == 1 else sizes[0]), label)

    def __len__(machine: Machine, self: Ref) -> Value:
        return attributes_of(machine, self)["size"]

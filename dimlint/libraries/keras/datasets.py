"""Data sets that come with Keras: the shapes of their arrays. Source: https://keras.io/api/datasets, and the archives themselves.

An argument that leaves samples out makes their number a symbol.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.value import Machine, Step, Tensor, Unknown, Value
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.sequences import sequences

Data = tuple[tuple[Value, Value], tuple[Value, Value]]


def array(machine: Machine, *sizes: Dim, classes: int | None = None) -> Tensor:
    """A NumPy array of that shape, loaded here; labels have so many classes."""
    given = {} if classes is None else {"classes": classes}
    return Tensor(Shape(*sizes), "numpy", step=Step("load_data", None, (), given, machine.nearest_site()))


def images(machine: Machine, train: int, test: int, *sizes: int, labels: tuple[int, ...] = (), classes: int = 10) -> Data:
    """Training and test images, each with their labels."""
    first, second = (array(machine, count, *sizes) for count in (train, test))
    return (first, array(machine, train, *labels, classes=classes)), (second, array(machine, test, *labels, classes=classes))


@keras.function("datasets.mnist.load_data")
def mnist(machine: Machine, path: Value = "mnist.npz") -> Data:
    """Handwritten digits, 28x28."""
    return images(machine, 60_000, 10_000, 28, 28)


@keras.function("datasets.fashion_mnist.load_data")
def fashion_mnist(machine: Machine) -> Data:
    """Pieces of clothing, 28x28."""
    return images(machine, 60_000, 10_000, 28, 28)


@keras.function("datasets.cifar10.load_data")
def cifar10(machine: Machine) -> Data:
    """Color images of 10 classes, 32x32."""
    return _cifar(machine, 10)


@keras.function("datasets.cifar100.load_data")
def cifar100(machine: Machine, label_mode: Value = "fine") -> Data:
    """Color images of 100 classes, 32x32."""
    classes = {"fine": 100, "coarse": 20}.get(label_mode) if isinstance(label_mode, str) else None
    return _cifar(machine, classes or 1)


def _cifar(machine: Machine, classes: int) -> Data:
    """The channels stand where the program's setting says."""
    place = machine.settings.get("image_data_format", "channels_last")
    if place == "channels_last":
        return images(machine, 50_000, 10_000, 32, 32, 3, labels=(1,), classes=classes)
    if place == "channels_first":
        return images(machine, 50_000, 10_000, 3, 32, 32, labels=(1,), classes=classes)
    lost = Unknown("where the channels are is not known")
    return (lost, array(machine, 50_000, 1, classes=classes)), (lost, array(machine, 10_000, 1, classes=classes))


def _some(count: int, all_kept: bool) -> Dim:
    return count if all_kept else unknown_dim("samples", low=0, high=count)


@keras.function("datasets.imdb.load_data")
def imdb(
    machine: Machine,
    path: Value = "imdb.npz",
    num_words: Value = None,
    skip_top: Value = 0,
    maxlen: Value = None,
    seed: Value = 113,
    start_char: Value = 1,
    oov_char: Value = 2,
    index_from: Value = 3,
    **kwargs: Value,
) -> Data:
    """Film reviews as lists of word numbers, and whether they are good."""
    count = _some(25_000, maxlen is None and not kwargs)
    train, test = sequences(machine, count), sequences(machine, count)
    return (train, array(machine, count)), (test, array(machine, count))


@keras.function("datasets.reuters.load_data")
def reuters(
    machine: Machine,
    path: Value = "reuters.npz",
    num_words: Value = None,
    skip_top: Value = 0,
    maxlen: Value = None,
    test_split: Value = 0.2,
    seed: Value = 113,
    start_char: Value = 1,
    oov_char: Value = 2,
    index_from: Value = 3,
    **kwargs: Value,
) -> Data:
    """News as lists of word numbers, and their topics."""
    train, test = _split(11_228, test_split if maxlen is None and not kwargs else Unknown("which news are kept is not known"))
    return (sequences(machine, train), array(machine, train)), (sequences(machine, test), array(machine, test))


def _split(total: int, share: Value) -> tuple[Dim, Dim]:
    """Sizes of the training and the test part, for the share of the latter."""
    if isinstance(share, (int, float)) and 0 <= share <= 1:
        train = int(total * (1 - share))
        return train, total - train
    return unknown_dim("samples", low=0, high=total), unknown_dim("samples", low=0, high=total)


@keras.function("datasets.boston_housing.load_data")
def boston_housing(machine: Machine, path: Value = "boston_housing.npz", test_split: Value = 0.2, seed: Value = 113) -> Data:
    """13 numbers of a district, and the price of a house."""
    train, test = _split(506, test_split)
    return (array(machine, train, 13), array(machine, train)), (array(machine, test, 13), array(machine, test))


CALIFORNIA = {"large": 20_640, "small": 600}


@keras.function("datasets.california_housing.load_data")
def california_housing(
    machine: Machine, version: Value = "large", path: Value = "california_housing.npz", test_split: Value = 0.2, seed: Value = 113
) -> Data:
    """8 numbers of a district, and the price of a house."""
    total = CALIFORNIA.get(version) if isinstance(version, str) else None
    share = test_split if total is not None else Unknown("which version of the data is not known")
    train, test = _split(total or max(CALIFORNIA.values()), share)
    return (array(machine, train, 8), array(machine, train)), (array(machine, test, 8), array(machine, test))


@keras.function("datasets.imdb.get_word_index", "datasets.reuters.get_word_index", "datasets.reuters.get_label_names")
def words(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """Words and their numbers."""
    return Unknown("the words of a data set are not known")

"""Images and batches from files and arrays: their shapes as far as arguments tell. Source: https://keras.io/api/data_loading.

The number of batches is not known, nor how large each of them is.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Repeated, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.layer import attach, instance, keras

CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}
OPEN = "the number of batches is not known"


def batch_size(given: Value) -> Dim:
    """The size of some batch: the last one may be smaller than it is said to be."""
    return unknown_dim("batch", low=1, high=given if isinstance(given, int) and given > 0 else None)


def image_shape(machine: Machine, size: Value, color_mode: Value, data_format: Value = None) -> tuple[Value, ...]:
    """Sizes of an image, channels included. Raises Undecided."""
    sizes = machine.plain(size)
    channels = CHANNELS.get(color_mode) if isinstance(color_mode, str) else None
    if data_format is None:
        data_format = machine.settings.get("image_data_format", "channels_last")
    if not isinstance(sizes, (tuple, list)) or len(sizes) != 2 or not all(map(is_size, sizes)) or channels is None:
        raise Undecided("the size of the images is not known")
    if data_format not in ("channels_last", "channels_first"):
        raise Undecided("where the channels are is not known")
    return (channels, *sizes) if data_format == "channels_first" else (*sizes, channels)


@keras.type("preprocessing.image.Iterator", "preprocessing.image.DirectoryIterator", "preprocessing.image.NumpyArrayIterator")
class Batches:
    """Batches of images with their labels, without an end."""

    def __iter__(machine: Machine, self: Ref) -> Value:
        return Repeated(OPEN, _batch(machine, self))

    def __next__(machine: Machine, self: Ref) -> Value:
        return _batch(machine, self)

    def next(machine: Machine, self: Ref) -> Value:
        return _batch(machine, self)

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        return _batch(machine, self)

    def __len__(machine: Machine, self: Ref) -> Value:
        return unknown_dim("batches", low=0)

    def reset(machine: Machine, self: Ref) -> None:
        return None

    on_epoch_end = reset

    def __getattr__(machine: Machine, self: Ref, name: Value) -> Value:
        return Unknown("the files of a data set are not known")


def _batch(machine: Machine, self: Ref) -> Value:
    """Images of a new batch, with their labels unless there are none."""
    attributes = instance(machine, self).attributes
    size = batch_size(attributes["batch_size"])
    sizes, labels = attributes["_sizes"], attributes["_labels"]
    images = Tensor(Shape(size, *sizes), "numpy")
    if labels is None:
        return images
    return (images, Tensor(Shape(size, *labels), "numpy") if isinstance(labels, tuple) else labels)


def _batches(machine: Machine, sizes: tuple[Value, ...], labels: Value, size: Value, **attributes: Value) -> Value:
    """A source of batches. labels: their sizes, None if there are none, or Unknown."""
    made = machine.call(machine.lookup("keras.preprocessing.image.Iterator"))
    if isinstance(made, Ref):
        attach(machine, made, _sizes=sizes, _labels=labels, batch_size=size, **attributes)
    return made


def _labels(machine: Machine, class_mode: Value, classes: Value, sizes: tuple[Value, ...]) -> Value:
    """Sizes of one label."""
    names = machine.plain(classes)
    if class_mode in ("binary", "sparse"):
        return ()
    if class_mode == "categorical":
        return (len(names) if isinstance(names, (tuple, list)) else unknown_dim("classes", low=1),)
    return sizes if class_mode == "input" else None if class_mode is None else Unknown("labels of this kind are not followed")


@keras.type("preprocessing.image.ImageDataGenerator")
class ImageDataGenerator:
    """Makes batches of images that are varied at random; the images keep their shape."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        attach(machine, self, data_format=kwargs.get("data_format"), _changed=kwargs.get("preprocessing_function"))

    def flow(machine: Machine, self: Ref, x: Value, y: Value = None, batch_size: Value = 32, *args: Value, **kwargs: Value) -> Value:
        given = machine.plain(x)
        weighted = kwargs.get("sample_weight", args[1] if len(args) > 1 else None) is not None
        if not isinstance(given, Tensor) or given.shape.rank != 4 or weighted:
            raise Undecided("the arrays that batches are made of are not known")
        labels = machine.plain(y)
        known = tuple(labels.shape[1:]) if isinstance(labels, Tensor) and labels.shape.rank else Unknown("the labels are not known")
        return _batches(machine, tuple(given.shape[1:]), None if labels is None else known, batch_size)

    def flow_from_directory(
        machine: Machine,
        self: Ref,
        directory: Value,
        target_size: Value = (256, 256),
        color_mode: Value = "rgb",
        classes: Value = None,
        class_mode: Value = "categorical",
        batch_size: Value = 32,
        *args: Value,
        **kwargs: Value,
    ) -> Value:
        sizes = image_shape(machine, target_size, color_mode, instance(machine, self).attributes["data_format"])
        labels = _labels(machine, class_mode, classes, sizes)
        return _batches(machine, sizes, labels, batch_size, image_shape=sizes, target_size=target_size, class_mode=class_mode)

    def flow_from_dataframe(machine: Machine, self: Ref, dataframe: Value = None, *args: Value, **kwargs: Value) -> Value:
        if args:
            raise Undecided("the columns that batches are made of are not known")
        size, mode = kwargs.get("target_size", (256, 256)), kwargs.get("class_mode", "categorical")
        sizes = image_shape(machine, size, kwargs.get("color_mode", "rgb"), instance(machine, self).attributes["data_format"])
        labels = _labels(machine, mode, kwargs.get("classes"), sizes)
        return _batches(machine, sizes, labels, kwargs.get("batch_size", 32), image_shape=sizes, target_size=size, class_mode=mode)

    def fit(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        return None

    def random_transform(machine: Machine, self: Ref, x: Value, *args: Value, **kwargs: Value) -> Value:
        return x

    standardize = apply_transform = random_transform


@keras.type("preprocessing.image.Image")
class Image:
    """An image as it is loaded from a file."""

    def __getattr__(machine: Machine, self: Ref, name: Value) -> Value:
        return Unknown("an image from a file is not followed")


@keras.function("utils.load_img", "preprocessing.image.load_img")
def load_img(
    machine: Machine,
    path: Value,
    color_mode: Value = "rgb",
    target_size: Value = None,
    interpolation: Value = "nearest",
    keep_aspect_ratio: Value = False,
    *,
    grayscale: Value = False,
) -> Value:
    """An image from a file, of the target size, height first, if there is one."""
    if isinstance(target_size, str):
        raise Undecided("Keras 2 has the argument grayscale before the colour mode")
    old = color_mode if isinstance(color_mode, bool) else grayscale
    color = color_mode if old is False and isinstance(color_mode, str) else "grayscale" if old is True else "rgb" if old is False else old
    made = machine.call(machine.lookup("keras.preprocessing.image.Image"))
    if isinstance(made, Ref):
        attach(machine, made, _target=machine.plain(target_size), _color=color)
    return made


@keras.function("utils.img_to_array", "preprocessing.image.img_to_array")
def img_to_array(machine: Machine, img: Value, data_format: Value = None, dtype: Value = None) -> Value:
    """An image as an array with channels. Raises Undecided."""
    held = machine.contents(img) if isinstance(img, Ref) else None
    attributes = getattr(held, "attributes", {})
    if "_target" not in attributes:
        raise Undecided("the image is not known")
    size = attributes["_target"]
    if size is None:
        size = (unknown_dim("height", low=1), unknown_dim("width", low=1))
    return Tensor(Shape(*image_shape(machine, size, attributes["_color"], data_format)), "numpy")


def _lost(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """What is not followed."""
    return Unknown("what is made of files is not followed")


keras.function(
    "utils.get_file", "utils.array_to_img", "preprocessing.image.array_to_img", "utils.exists", "utils.normalize", "utils.model_to_dot",
    "utils.text_dataset_from_directory", "utils.audio_dataset_from_directory", "utils.timeseries_dataset_from_array",
    "preprocessing.text_dataset_from_directory", "preprocessing.timeseries_dataset_from_array", "utils.split_dataset",
    "preprocessing.image.smart_resize",
    "preprocessing.sequence.skipgrams", "preprocessing.sequence.make_sampling_table", "utils.validate_file",
)(_lost)  # fmt: skip


@keras.function("utils.image_dataset_from_directory", "preprocessing.image_dataset_from_directory")
def image_dataset_from_directory(
    machine: Machine,
    directory: Value,
    labels: Value = "inferred",
    label_mode: Value = "int",
    class_names: Value = None,
    color_mode: Value = "rgb",
    batch_size: Value = 32,
    image_size: Value = (256, 256),
    *args: Value,
    **kwargs: Value,
) -> Value:
    """Batches of images from files, with their labels unless there are none; two data sets for both parts. Raises Undecided."""
    sizes = image_shape(machine, image_size, color_mode, kwargs.get("data_format"))
    batch = () if batch_size is None else (unknown_dim("None", low=1, high=batch_size if isinstance(batch_size, int) else None, none=True),)
    images = Tensor(Shape(*batch, *sizes), "keras", "float32")
    names = machine.plain(class_names)
    count = len(names) if isinstance(names, (tuple, list)) else unknown_dim("classes", low=1)
    known = {"int": (), "binary": (1,), "categorical": (count,)}
    if labels is None or label_mode is None:
        element: Value = images
    elif isinstance(label_mode, str) and label_mode in known:
        element = (images, Tensor(Shape(*batch, *known[label_mode]), "keras"))
    else:
        raise Undecided("the labels of a data set are not known")
    part = kwargs.get("subset", args[4] if len(args) > 4 else None)
    made = [machine.call(machine.lookup("tensorflow.data.Dataset")) for _ in range(2 if part == "both" else 1)]
    for item in made:
        attach(machine, item, _element=element, class_names=Unknown("the names of the classes are not known"))
    return tuple(made) if part == "both" else made[0]


@keras.function("utils.save_img", "preprocessing.image.save_img")
def save_img(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """Write an image."""


@keras.type("preprocessing.sequence.TimeseriesGenerator")
class TimeseriesGenerator:
    """Batches of windows over a series."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """What is in the windows is not followed."""

    def __getattr__(machine: Machine, self: Ref, name: Value) -> Value:
        return Unknown("windows over a series are not followed")


@keras.type("utils.PyDataset", "utils.Sequence")
class PyDataset:
    """Base of the program's own sources of batches."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Arguments have no influence on shapes."""

    def on_epoch_end(machine: Machine, self: Ref) -> None:
        return None


@keras.type("utils.Progbar")
class Progbar:
    """A bar that shows progress."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Arguments have no influence on shapes."""

    def update(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        return None

    add = update

"""Transforms of one image: what each does to channels, height and width. Source: https://docs.pytorch.org/vision/stable/transforms.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable, Mapping

from dimlint.core.dim import Shape, less
from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.imaging.library import any_size, is_picture
from dimlint.libraries.torch.data import attributes_of, hold
from dimlint.libraries.torchvision import frames
from dimlint.libraries.torchvision.library import ENUMERATIONS, LIBRARIES, LOST, modern, vision

Arguments = Mapping[str, Value]
Body = Callable[[Machine, Arguments, Value], Value]

SAME = """RandomHorizontalFlip RandomVerticalFlip ColorJitter RandomAffine RandomPerspective RandomErasing RandomInvert RandomPosterize
RandomSolarize RandomAdjustSharpness RandomAutocontrast RandomEqualize GaussianBlur RandomGrayscale ElasticTransform AutoAugment RandAugment
TrivialAugmentWide AugMix Identity GaussianNoise JPEG RandomPhotometricDistort RandomChannelPermutation ToPureTensor ClampBoundingBoxes
ClampKeyPoints SanitizeBoundingBoxes SanitizeKeyPoints SetClampingMode ConvertBoundingBoxFormat"""
"""Transforms after which an image has the shape that it had."""
OTHER_SIZES = "RandomZoomOut ScaleJitter RandomShortestSize RandomResize RandomIoUCrop"
"""Transforms after which the sides of an image are not known."""


def transform(name: str, parameters: str = "", only: Library | None = None, **defaults: Value) -> Callable[[Body], Body]:
    """Declare a transform by its parameters, in order, and what it does to an image; ``only`` in one version of the transforms."""
    names = parameters.split()

    def declare(body: Body) -> Body:
        def init(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
            hold(machine, self, **{**defaults, **dict(zip(names, args)), **kwargs})

        def call(machine: Machine, self: Ref, image: Value, *others: Value) -> Value:
            held = attributes_of(machine, self)
            given = {item: machine.plain(held[item]) if item in held else None for item in names}
            result = body(machine, given, _only(image, others))
            return result if not others else (result, *others)

        made = type(name, (), {"__doc__": body.__doc__, "__init__": init, "__call__": call})
        for library in LIBRARIES if only is None else (only,):
            library.type(name)(made)
        return body

    return declare


def _only(image: Value, others: tuple[Value, ...]) -> Value:
    """The image, if nothing else is transformed along with it. Raises Undecided."""
    if isinstance(image, (tuple, list)) or any(isinstance(other, (Tensor, Ref, tuple)) for other in others):
        raise Undecided("several things that are transformed together are not followed")
    return image


def _same(machine: Machine, given: Arguments, image: Value) -> Value:
    """The shape stays."""
    frames.size_of(machine, image)
    return image


def _other(machine: Machine, given: Arguments, image: Value) -> Value:
    """The sides change in a way that is not known."""
    return frames.sized(machine, image, any_size("height"), any_size("width"))


for _name in SAME.split():
    transform(_name)(_same)
for _name in OTHER_SIZES.split():
    transform(_name)(_other)
for _group, _names in ENUMERATIONS.items():
    for _name in _names.split():
        for _library in LIBRARIES:
            _library.value(f"{_group}.{_name}", _name.lower())


@transform("Resize", "size interpolation max_size antialias")
def resize(machine: Machine, given: Arguments, image: Value) -> Value:
    """The shorter side, or both."""
    height, width = frames.size_of(machine, image)
    return frames.sized(machine, image, *frames.resized(height, width, given["size"], given["max_size"]))


@transform("CenterCrop", "size")
def center_crop(machine: Machine, given: Arguments, image: Value) -> Value:
    """The middle, with a border if the image is smaller."""
    return frames.sized(machine, image, *frames.pair(given["size"]))


@transform("RandomResizedCrop", "size scale ratio interpolation antialias")
def random_resized_crop(machine: Machine, given: Arguments, image: Value) -> Value:
    """Some part, resized."""
    return frames.sized(machine, image, *frames.pair(given["size"]))


@transform("RandomCrop", "size padding pad_if_needed fill padding_mode")
def random_crop(machine: Machine, given: Arguments, image: Value) -> Value:
    """Some part of a fixed size."""
    height, width = frames.size_of(machine, image)
    if given["padding"] is not None:
        height, width = frames.padded(height, width, given["padding"])
    wanted = frames.pair(given["size"])
    if any(less(side, size) for side, size in zip((height, width), wanted)) and not given["pad_if_needed"]:
        raise Undecided("a crop that is larger than the image is refused while data is loaded")
    return frames.sized(machine, image, *wanted)


def _crops(count: int) -> Body:
    def body(machine: Machine, given: Arguments, image: Value) -> Value:
        """Several parts of a fixed size."""
        part = frames.sized(machine, image, *frames.pair(given["size"]))
        return (part,) * count

    return body


transform("FiveCrop", "size")(_crops(5))
transform("TenCrop", "size vertical_flip")(_crops(10))


@transform("Pad", "padding fill padding_mode")
def pad(machine: Machine, given: Arguments, image: Value) -> Value:
    """A border on the sides."""
    return frames.sized(machine, image, *frames.padded(*frames.size_of(machine, image), given["padding"]))


@transform("RandomRotation", "degrees interpolation expand center fill", expand=False)
def random_rotation(machine: Machine, given: Arguments, image: Value) -> Value:
    """Turned; larger only with ``expand``."""
    return (_same if given["expand"] is False else _other)(machine, given, image)


@transform("Grayscale", "num_output_channels", num_output_channels=1)
def grayscale(machine: Machine, given: Arguments, image: Value) -> Value:
    """One channel, or three equal ones."""
    channels = given["num_output_channels"]
    if channels not in (1, 3):
        raise Undecided("the channels of an image are not known")
    return frames.with_channels(machine, image, int(channels))


@transform("RGB")
def rgb(machine: Machine, given: Arguments, image: Value) -> Value:
    """Three channels."""
    return frames.with_channels(machine, image, 3)


@transform("Normalize", "mean std inplace", only=vision)
def normalize(machine: Machine, given: Arguments, image: Value) -> Value:
    """Channel by channel. Raises Problem(channel-mismatch)."""
    return frames.normalized(image, given["mean"], given["std"])


@transform("Normalize", "mean std inplace", only=modern)
def modern_normalize(machine: Machine, given: Arguments, image: Value) -> Value:
    """Channel by channel; one channel becomes as many as there are means. Raises Problem(channel-mismatch)."""
    return frames.normalized(image, given["mean"], given["std"], expanding=given["inplace"] is not True)


@transform("ToTensor")
def to_tensor(machine: Machine, given: Arguments, image: Value) -> Value:
    """Numbers between 0 and 1, channels first."""
    return frames.to_tensor(machine, image, "float32")


@transform("PILToTensor")
def pil_to_tensor(machine: Machine, given: Arguments, image: Value) -> Value:
    """Whole numbers, channels first. Raises Undecided for arrays."""
    if not is_picture(image) and not isinstance(image, Ref):
        raise Undecided("what becomes a tensor is not known to be a picture")
    return frames.to_tensor(machine, image, "uint8")


@transform("ToImage")
def to_image(machine: Machine, given: Arguments, image: Value) -> Value:
    """A tensor, channels first."""
    if isinstance(image, Tensor) and image.library == "torch":
        return image if image.shape.rank != 2 else Tensor(Shape(1, *image.shape), "torch", image.dtype)
    return frames.to_tensor(machine, image)


@transform("ToPILImage", "mode")
def to_pil_image(machine: Machine, given: Arguments, image: Value) -> Value:
    """A picture. Raises Undecided for a mode that is stated."""
    if given["mode"] is not None:
        raise Undecided("the mode of a picture is stated")
    return frames.to_picture(machine, image)


@transform("ConvertImageDtype", "dtype")
def convert_image_dtype(machine: Machine, given: Arguments, image: Value) -> Value:
    """Other numbers."""
    return Tensor(image.shape, "torch") if isinstance(image, Tensor) and image.library == "torch" else _same(machine, given, image)


@transform("ToDtype", "dtype scale")
def to_dtype(machine: Machine, given: Arguments, image: Value) -> Value:
    """Other numbers; pictures stay."""
    return convert_image_dtype(machine, given, image)


@transform("LinearTransformation", "transformation_matrix mean_vector")
def linear_transformation(machine: Machine, given: Arguments, image: Value) -> Value:
    """A linear map of all numbers."""
    return _same(machine, given, image)


@modern.type("MixUp", "CutMix")
class Mixed:
    """Batches mixed with themselves."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Arguments have no influence on shapes that are followed."""

    def __call__(machine: Machine, self: Ref, *args: Value) -> Value:
        return Unknown(LOST)

"""Transforms as functions. Source: https://docs.pytorch.org/vision/stable/transforms.html#functional-transforms."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import ListObject, Machine, Tensor, Value, is_size
from dimlint.libraries.imaging.library import any_size
from dimlint.libraries.torchvision import frames
from dimlint.libraries.torchvision.library import both, modern, vision

SAME = """hflip vflip horizontal_flip vertical_flip adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation
adjust_sharpness affine autocontrast elastic_transform elastic equalize erase gaussian_blur invert perspective posterize solarize"""


def _same(machine: Machine, img: Value, *args: Value, **kwargs: Value) -> Value:
    """The shape stays."""
    frames.size_of(machine, img)
    return img


both(*(f"functional.{name}" for name in SAME.split()))(_same)


@both("functional.resize")
def resize(
    machine: Machine, img: Value, size: Value, interpolation: Value = None, max_size: Value = None, antialias: Value = True
) -> Value:
    """The shorter side, or both."""
    height, width = frames.size_of(machine, img)
    return frames.sized(machine, img, *frames.resized(height, width, machine.plain(size), max_size))


@both("functional.center_crop")
def center_crop(machine: Machine, img: Value, output_size: Value) -> Value:
    """The middle."""
    return frames.sized(machine, img, *frames.pair(machine.plain(output_size)))


@both("functional.crop")
def crop(machine: Machine, img: Value, top: Value, left: Value, height: Value, width: Value) -> Value:
    """A part; beyond the edges it is padded."""
    sides = [size if is_size(size) else any_size("size") for size in (height, width)]
    return frames.sized(machine, img, *sides)


@both("functional.resized_crop")
def resized_crop(
    machine: Machine, img: Value, top: Value, left: Value, height: Value, width: Value, size: Value, *args: Value, **kwargs: Value
) -> Value:
    """A part, resized."""
    part = crop(machine, img, top, left, height, width)
    return resize(machine, part, size)


@both("functional.pad")
def pad(machine: Machine, img: Value, padding: Value, fill: Value = 0, padding_mode: Value = "constant") -> Value:
    """A border."""
    return frames.sized(machine, img, *frames.padded(*frames.size_of(machine, img), machine.plain(padding)))


@both("functional.rotate")
def rotate(machine: Machine, img: Value, angle: Value, interpolation: Value = None, expand: Value = False, **kwargs: Value) -> Value:
    """Turned; larger only with ``expand``."""
    return _same(machine, img) if expand is False else frames.sized(machine, img, any_size("height"), any_size("width"))


@vision.function("functional.normalize")
def normalize(machine: Machine, tensor: Value, mean: Value, std: Value, inplace: Value = False) -> Value:
    """Channel by channel. Raises Problem(channel-mismatch)."""
    return frames.normalized(tensor, machine.plain(mean), machine.plain(std))


@modern.function("functional.normalize")
def modern_normalize(machine: Machine, inpt: Value, mean: Value, std: Value, inplace: Value = False) -> Value:
    """Channel by channel. Raises Problem(channel-mismatch)."""
    return frames.normalized(inpt, machine.plain(mean), machine.plain(std), expanding=inplace is not True)


@both("functional.to_tensor")
def to_tensor(machine: Machine, pic: Value) -> Value:
    """Channels first, numbers between 0 and 1."""
    return frames.to_tensor(machine, pic, "float32")


@both("functional.pil_to_tensor", "functional.to_image", "functional.pil_to_image")
def pil_to_tensor(machine: Machine, pic: Value) -> Value:
    """Channels first."""
    return frames.to_tensor(machine, pic)


@both("functional.to_pil_image")
def to_pil_image(machine: Machine, pic: Value, mode: Value = None) -> Value:
    """A picture. Raises Undecided for a mode that is stated."""
    if mode is not None:
        raise Undecided("the mode of a picture is stated")
    return frames.to_picture(machine, pic)


@both("functional.to_grayscale", "functional.rgb_to_grayscale")
def to_grayscale(machine: Machine, img: Value, num_output_channels: Value = 1) -> Value:
    """One channel, or three equal ones. Raises Undecided."""
    if num_output_channels not in (1, 3):
        raise Undecided("the channels of an image are not known")
    return frames.with_channels(machine, img, int(num_output_channels))


@both("functional.convert_image_dtype", "functional.to_dtype")
def convert_image_dtype(machine: Machine, image: Value, *args: Value, **kwargs: Value) -> Value:
    """Other numbers."""
    return Tensor(image.shape, "torch") if isinstance(image, Tensor) and image.library == "torch" else _same(machine, image)


@both("functional.five_crop")
def five_crop(machine: Machine, img: Value, size: Value) -> Value:
    """Four corners and the middle."""
    return (center_crop(machine, img, size),) * 5


@both("functional.ten_crop")
def ten_crop(machine: Machine, img: Value, size: Value, vertical_flip: Value = False) -> Value:
    """Four corners and the middle, and all of them mirrored."""
    return (center_crop(machine, img, size),) * 10


@both("functional.get_image_size")
def get_image_size(machine: Machine, img: Value) -> Value:
    """Width and height."""
    height, width = frames.size_of(machine, img)
    return machine.new(ListObject((width, height)))


@both("functional.get_dimensions")
def get_dimensions(machine: Machine, img: Value) -> Value:
    """Channels, height and width."""
    return machine.new(ListObject((frames.channels_of(machine, img), *frames.size_of(machine, img))))


@both("functional.get_image_num_channels")
def get_image_num_channels(machine: Machine, img: Value) -> Value:
    """Channels: 1 where there is no axis for them."""
    return frames.channels_of(machine, img)

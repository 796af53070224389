"""Images as transforms take them: pictures of Pillow, and tensors (..., channels, height, width). Shapes only."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.imaging import pillow
from dimlint.libraries.imaging.library import any_size, is_picture, picture

CHANNEL = "channel-mismatch"


def size_of(machine: Machine, image: Value) -> tuple[Dim, Dim]:
    """Height and width of an image. Raises Undecided."""
    if isinstance(image, Tensor) and image.library == "torch":
        if image.shape.rank < 2:
            raise Undecided("an image is not known to be one")
        return image.shape[-2], image.shape[-1]
    if is_picture(image) or isinstance(image, Ref):
        return pillow.size_of(machine, image)
    raise Undecided(image.reason if isinstance(image, Unknown) else "an image is not known to be one")


def channels_of(machine: Machine, image: Value) -> Dim:
    """Channels of an image. Raises Undecided."""
    size_of(machine, image)
    known = isinstance(image, Tensor) and image.library == "torch"
    return image.shape[-3] if known and image.shape.rank > 2 else 1 if known else to_tensor(machine, image).shape[0]


def sized(machine: Machine, image: Value, height: Dim, width: Dim) -> Value:
    """The image with other sides. Raises Undecided."""
    size_of(machine, image)
    if isinstance(image, Tensor) and image.library == "torch":
        return Tensor(Shape(*image.shape[:-2], height, width), "torch", image.dtype)
    return pillow.resized(machine, image, height, width)


def with_channels(machine: Machine, image: Value, channels: int) -> Value:
    """The image with so many channels. Raises Undecided."""
    height, width = size_of(machine, image)
    if isinstance(image, Tensor) and image.library == "torch":
        if image.shape.rank < 3 or never_equal(image.shape[-3], 3):
            raise Undecided("what becomes of other channels than red, green and blue is not followed")
        return Tensor(Shape(*image.shape[:-3], channels, height, width), "torch", image.dtype)
    return picture(height, width, 0 if channels == 1 else channels)


def pair(value: Value) -> tuple[Dim, Dim]:
    """Height and width of ``n``, ``[n]`` or ``(height, width)`` as crops take them. Raises Undecided."""
    if is_size(value):
        return value, value
    if isinstance(value, (tuple, list)) and len(value) in (1, 2) and all(map(is_size, value)):
        return value[0], value[-1]
    raise Undecided(value.reason if isinstance(value, Unknown) else "the size of an image is not known")


def resized(height: Dim, width: Dim, size: Value, max_size: Value = None) -> tuple[Dim, Dim]:
    """Sides of a resized image: an integer is the shorter one. Raises Undecided."""
    if isinstance(size, (tuple, list)) and len(size) == 2:
        return pair(size)
    wanted, _ = pair(size)
    if max_size is not None:
        return any_size("height"), any_size("width")
    if always_equal(height, width):
        return wanted, wanted
    if not (isinstance(height, int) and isinstance(width, int) and isinstance(wanted, int) and height > 0 and width > 0):
        return any_size("height"), any_size("width")
    return (wanted, int(wanted * width / height)) if height < width else (int(wanted * height / width), wanted)


def padded(height: Dim, width: Dim, padding: Value) -> tuple[Dim, Dim]:
    """Sides of an image with a border: of all sides, of two, or of four (left, top, right, bottom). Raises Undecided."""
    edges = (padding,) if is_size(padding) else padding
    if not isinstance(edges, (tuple, list)) or len(edges) not in (1, 2, 4) or not all(map(is_size, edges)):
        raise Undecided("the padding of an image is not known")
    left, top = edges[0], edges[-1] if len(edges) < 4 else edges[1]
    right, bottom = (edges[2], edges[3]) if len(edges) == 4 else (left, top)
    return height + top + bottom, width + left + right


def to_tensor(machine: Machine, image: Value, dtype: str | None = None) -> Tensor:
    """A picture or an array (height, width, channels) as a tensor (channels, height, width). Raises Undecided."""
    found = machine.plain(image)
    if isinstance(found, Ref):
        return Tensor(Shape(any_size("channels"), *size_of(machine, found)), "torch", dtype)
    if not isinstance(found, Tensor) or found.library not in ("pillow", "numpy") or found.shape.rank not in (2, 3):
        raise Undecided("what becomes a tensor is not known to be an image")
    height, width, *channels = found.shape
    return Tensor(Shape(*(channels or (1,)), height, width), "torch", dtype)


def to_picture(machine: Machine, image: Value) -> Value:
    """A tensor (channels, height, width) or an array as a picture. Raises Undecided."""
    found = machine.plain(image)
    if not isinstance(found, Tensor) or found.library not in ("torch", "numpy") or found.shape.rank not in (2, 3):
        raise Undecided("what becomes a picture is not known")
    sizes: Sequence[Dim] = found.shape
    if len(sizes) == 3:
        channels, height, width = sizes if found.library == "torch" else (sizes[2], *sizes[:2])
        if not isinstance(channels, int):
            raise Undecided("the channels of a picture are not known")
        return picture(height, width, 0 if channels == 1 else channels)
    return picture(sizes[0], sizes[1], 0)


def normalized(image: Value, mean: Value, std: Value, *, expanding: bool = False) -> Tensor:
    """The tensor itself: as many means as channels, or one. Raises Problem(channel-mismatch), Undecided.

    expanding: one channel becomes as many as there are means.
    """
    if not isinstance(image, Tensor) or image.library != "torch" or image.shape.rank < 3:
        raise Undecided(image.reason if isinstance(image, Unknown) else "what is normalized is not known to be a tensor")
    channels = image.shape[-3]
    for name, given in (("mean", mean), ("std", std)):
        count = len(given) if isinstance(given, (tuple, list)) else 1
        if expanding and count > 1 and not never_equal(channels, 1):
            if not always_equal(channels, 1):
                raise Undecided("whether an image has one channel is not known")
            return Tensor(Shape(*image.shape[:-3], count, *image.shape[-2:]), "torch", image.dtype)
        if count != 1 and never_equal(channels, count):
            message = f"Normalize has {count} values of {name}, but the image {image.shape} has {channels} channels"
            raise Problem(CHANNEL, f"{message}. Needs one value for each, or one for all", blame=name)
    return image

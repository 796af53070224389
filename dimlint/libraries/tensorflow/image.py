"""Functions on images: ``tf.image``. Source: https://www.tensorflow.org/api_docs/python/tf/image."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, less, never_equal, never_positive, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value
from dimlint.libraries.keras.base import CHANNEL, RANK, shows_none
from dimlint.libraries.keras.ops.arguments import replaced, sizes_of
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.libraries.tensorflow.types import require_bool, when_known

BRIGHT = "adjust_brightness adjust_gamma random_brightness stateless_random_brightness"
SAME = """adjust_hue adjust_jpeg_quality adjust_saturation per_image_standardization random_contrast random_hue
random_jpeg_quality random_saturation stateless_random_contrast stateless_random_hue stateless_random_saturation"""

FLIPS = """flip_left_right flip_up_down random_flip_left_right random_flip_up_down stateless_random_flip_left_right
stateless_random_flip_up_down"""


@tensorflow.function(*(f"image.{name}" for name in SAME.split()))
@tensorflow.function("image.adjust_contrast", image="images")
def same(image: Shape, *args: object, **kwargs: object) -> Shape:
    """Images with other values. Raises Problem(rank-mismatch)."""
    if image.rank < 3:
        raise Problem(RANK, f"an image needs 3 dimensions, got {image}", blame="image")
    return image


@tensorflow.function(*(f"image.{name}" for name in BRIGHT.split()))
def brighten(image: Shape, *args: object, **kwargs: object) -> Shape:
    """Images with other values, element by element."""
    return image


@tensorflow.function(*(f"image.{name}" for name in FLIPS.split()))
def flip(image: Shape, *args: object, **kwargs: object) -> Shape:
    """Mirrored images. Raises Problem(rank-mismatch)."""
    require_images(image, "flip")
    return image


def require_images(image: Shape, what: str) -> int:
    """The axis of the height. Raises Problem(rank-mismatch)."""
    if image.rank not in (3, 4):
        raise Problem(RANK, f"{what} needs an image with 3 dimensions or a batch with 4, got {image}")
    return image.rank - 3


def _sized(image: Shape, height: Dim, width: Dim, what: str) -> Shape:
    """Images of another height and width. Raises Problem(rank-mismatch)."""
    axis = require_images(image, what)
    return replaced(image, {axis: height, axis + 1: width})


@tensorflow.function("image.resize", "image.resize_bilinear", "image.resize_nearest_neighbor", "image.resize_bicubic", "image.resize_area")
def resize(
    images: Shape,
    size: Value,
    method: object = "bilinear",
    preserve_aspect_ratio: Value = False,
    antialias: object = False,
    name: object = None,
    align_corners: object = False,
    half_pixel_centers: object = False,
) -> Shape:
    """Images of a given size. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    sizes = sizes_of(size, "size")
    if isinstance(size, int) or len(sizes) != 2:
        raise Problem(ARGUMENT, f"image.resize: size must be two numbers, got {show(size)}", blame="size")
    if require_bool(preserve_aspect_ratio, "preserve_aspect_ratio"):
        raise Undecided("a size that keeps the aspect ratio is not followed")
    with when_known(images):
        if any(map(never_positive, sizes)):
            raise Problem(ARGUMENT, f"image.resize: size must be positive, got {show(size)}", blame="size")
    return _sized(images, sizes[0], sizes[1], "image.resize")


@tensorflow.function("image.resize_with_pad", "image.resize_with_crop_or_pad")
def resize_with(image: Shape, target_height: Dim, target_width: Dim, *args: object, **kwargs: object) -> Shape:
    """Images of a given size, with borders added or cut off. Raises Problem(rank-mismatch, invalid-layer-argument)."""
    if never_positive(target_height) or never_positive(target_width):
        raise Problem(ARGUMENT, f"images cannot become {target_height} x {target_width}", blame="target_height")
    return _sized(image, target_height, target_width, "resize")


@tensorflow.function("image.crop_to_bounding_box")
def crop_to_bounding_box(
    image: Shape, offset_height: Dim, offset_width: Dim, target_height: Dim, target_width: Dim, name: object = None
) -> Shape:
    """A part of images. Raises Problem(rank-mismatch, invalid-layer-argument)."""
    axis = require_images(image, "crop_to_bounding_box")
    for size, offset, target in ((image[axis], offset_height, target_height), (image[axis + 1], offset_width, target_width)):
        if less(offset, 0) or never_positive(target) or (not shows_none(size) and less(size, offset + target)):
            raise Problem(ARGUMENT, f"crop_to_bounding_box: {target} from {offset} on do not lie inside of {image}", blame="target_height")
    return _sized(image, target_height, target_width, "crop_to_bounding_box")


@tensorflow.function("image.pad_to_bounding_box")
def pad_to_bounding_box(
    image: Shape, offset_height: Dim, offset_width: Dim, target_height: Dim, target_width: Dim, name: object = None
) -> Shape:
    """Images inside of larger ones. Raises Problem(rank-mismatch, invalid-layer-argument)."""
    axis = require_images(image, "pad_to_bounding_box")
    for size, offset, target in ((image[axis], offset_height, target_height), (image[axis + 1], offset_width, target_width)):
        if less(offset, 0) or (not shows_none(size) and less(target, offset + size)):
            raise Problem(ARGUMENT, f"pad_to_bounding_box: {image} at {offset} does not lie inside of {target}", blame="target_height")
    return _sized(image, target_height, target_width, "pad_to_bounding_box")


@tensorflow.function("image.central_crop")
def central_crop(image: Shape, central_fraction: Value) -> Shape:
    """The middle of images. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    if not isinstance(central_fraction, (int, float)):
        raise Undecided("which part of the images is cut out is not known")
    if not 0 < central_fraction <= 1:
        raise Problem(ARGUMENT, f"central_crop: the fraction must lie in (0, 1], got {central_fraction}", blame="central_fraction")
    if central_fraction == 1:
        return image
    axis = require_images(image, "central_crop")
    return replaced(image, {index: _middle(image[index], central_fraction) for index in (axis, axis + 1)})


def _middle(size: Dim, fraction: float) -> Dim:
    """What is left of a size when as much is cut off at both ends."""
    if fraction == 1:
        return size
    if not isinstance(size, int):
        return unknown_dim("None", none=shows_none(size))
    return size - 2 * int((size - size * fraction) / 2)


@tensorflow.function("random_crop", "image.stateless_random_crop")
def random_crop(value: Shape, size: Value, *args: object, **kwargs: object) -> Shape:
    """A part at a random place. Raises Problem(invalid-layer-argument, rank-mismatch), Undecided."""
    sizes = sizes_of(size, "size")
    if len(sizes) != value.rank:
        raise Problem(RANK, f"random_crop: {Shape(*sizes)} is no part of {value}", blame="size")
    if any(not shows_none(old) and less(old, new) for old, new in zip(value, sizes)):
        raise Problem(ARGUMENT, f"random_crop: {value} is smaller than {Shape(*sizes)}", blame="size")
    if any(isinstance(new, int) and new < 0 for new in sizes):
        raise Undecided(f"a part {Shape(*sizes)} of {value} is not modelled")
    return Shape(*sizes)


@tensorflow.function("image.rot90")
def rot90(image: Shape, k: Value = 1, name: object = None) -> Shape:
    """Images turned by right angles. Raises Problem(rank-mismatch), Undecided."""
    axis = require_images(image, "rot90")
    if not isinstance(k, int):
        raise Undecided("by how much images are turned is not known")
    return replaced(image, {axis: image[axis + 1], axis + 1: image[axis]}) if k % 2 else image


@tensorflow.function("image.transpose", "image.transpose_image")
def transpose(image: Shape, name: object = None) -> Shape:
    """Height and width exchanged. Raises Problem(rank-mismatch)."""
    return rot90(image)


@tensorflow.function("image.rgb_to_grayscale")
def rgb_to_grayscale(images: Shape, name: object = None) -> Shape:
    """Three channels become one. Raises Problem(channel-mismatch), Undecided."""
    return _recoloured(images, 3, 1, "rgb_to_grayscale")


@tensorflow.function("image.grayscale_to_rgb")
def grayscale_to_rgb(images: Shape, name: object = None) -> Shape:
    """One channel becomes three. Raises Problem(channel-mismatch), Undecided."""
    return _recoloured(images, 1, 3, "grayscale_to_rgb")


@tensorflow.function("image.rgb_to_hsv", "image.hsv_to_rgb", "image.rgb_to_yiq", "image.yiq_to_rgb", "image.rgb_to_yuv", "image.yuv_to_rgb")
def recolour(images: Shape, name: object = None) -> Shape:
    """Three channels with another meaning. Raises Problem(channel-mismatch), Undecided."""
    return _recoloured(images, 3, 3, "the change of colours")


def _recoloured(x: Shape, before: int, after: int, what: str) -> Shape:
    if not x.rank:
        raise Undecided(f"{what} of a number is not modelled")
    if never_equal(x[-1], before):
        raise Problem(CHANNEL, f"{what} needs {before} channels, got {x}", blame="images")
    if not always_equal(x[-1], before) and not shows_none(x[-1]):
        raise Undecided(f"whether {x} has {before} channels is not known")
    return Shape(*x[:-1], after)


@tensorflow.function("image.crop_and_resize")
def crop_and_resize(image: Shape, boxes: Shape, box_indices: Shape, crop_size: Value, *args: object, **kwargs: object) -> Shape:
    """Parts of images, resized: (N, H, W, C) and (boxes, 4) -> (boxes, h, w, C). Raises Problem(rank-mismatch), Undecided."""
    sizes = sizes_of(crop_size, "crop_size")
    if image.rank != 4 or boxes.rank != 2 or box_indices.rank != 1 or len(sizes) != 2:
        raise Problem(RANK, f"crop_and_resize needs images (N, H, W, C) and boxes (boxes, 4), got {image} and {boxes}")
    if never_equal(boxes[1], 4) or never_equal(boxes[0], box_indices[0]) or any(map(never_positive, sizes)):
        raise Undecided(f"boxes {boxes} with indices {box_indices} are not modelled")
    return Shape(box_indices[0] if shows_none(boxes[0]) else boxes[0], *sizes, image[3])


@tensorflow.function("image.total_variation")
def total_variation(images: Shape, name: object = None) -> Shape:
    """How rough images are. Raises Problem(rank-mismatch)."""
    return Shape(*images[: require_images(images, "total_variation")])


@tensorflow.function("image.psnr")
@tensorflow.function("image.ssim", a="img1", b="img2")
def compared(a: Shape, b: Shape, *args: object, return_index_map: Value = False, **kwargs: object) -> Shape:
    """How alike images are, one number for each. Raises Undecided."""
    if return_index_map is not False:
        raise Undecided("how alike the places of images are is not modelled")
    if a.rank < 3 or b.rank < 3:
        raise Problem(RANK, f"images need 3 dimensions, got {a} and {b}")
    if a.rank != b.rank or any(map(never_equal, a, b)):
        raise Undecided(f"images {a} and {b} of different shapes are not modelled")
    return Shape(*a[:-3])


@tensorflow.function("image.image_gradients")
def image_gradients(image: Shape) -> Value:
    """Differences of neighbours in both directions. Raises Problem(rank-mismatch)."""
    if image.rank != 4:
        raise Problem(RANK, f"image_gradients needs images with 4 dimensions, got {image}")
    return image, image


@tensorflow.function("image.sobel_edges")
def sobel_edges(image: Shape) -> Shape:
    """Edges in both directions, as a new last axis. Raises Undecided."""
    if image.rank != 4:
        raise Problem(RANK, f"sobel_edges needs images with 4 dimensions, got {image}")
    return Shape(*image, 2)


@tensorflow.function("io.decode_jpeg", "io.decode_png", "io.decode_bmp")
def decode(contents: object, channels: Value = 0, *args: object, **kwargs: object) -> Shape:
    """An image of a file: (height, width, channels), whose sizes are open. Raises Undecided."""
    if isinstance(channels, (Unknown, Tensor)):
        raise Undecided("the number of channels is not known")
    depth = channels if isinstance(channels, int) and channels else unknown_dim("channels", low=1, high=4)
    return Shape(unknown_dim("height", low=1), unknown_dim("width", low=1), depth)


@tensorflow.function("io.decode_and_crop_jpeg")
def decode_and_crop(contents: object, crop_window: object, channels: Value = 0, *args: object, **kwargs: object) -> Shape:
    """A part of an image of a file, whose sizes are open. Raises Undecided."""
    return decode(contents, channels)


@tensorflow.function("io.decode_image", "io.decode_gif")
def decode_any(contents: object, *args: object, **kwargs: object) -> Shape:
    """An image or several ones, of unknown rank. Raises Undecided."""
    raise Undecided("whether a file holds one image or several is not known")


@tensorflow.function("io.read_file")
def read_file(filename: object, name: object = None) -> Shape:
    """The contents of a file, as one text."""
    return Shape()

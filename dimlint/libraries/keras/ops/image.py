"""Functions on images. Source: https://keras.io/api/ops/image."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.binding import Settings
from dimlint.core.dim import Dim, Shape, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import CHANNEL, RANK, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, replaced, require_rank, sizes_of
from dimlint.libraries.keras.ops.windows import is_channels_first, per_axis, slid, word_of


def _axes(settings: Settings, images: Shape, data_format: Value, what: str) -> tuple[int, int, int]:
    """The axes of height, width and channels. Raises Problem(rank-mismatch)."""
    first = is_channels_first(settings, data_format, what)
    require_rank(images, what, 3, 4)
    return (images.rank - 2, images.rank - 1, images.rank - 3) if first else (images.rank - 3, images.rank - 2, images.rank - 1)


@keras.function("ops.resize")
def resize(
    settings: Settings,
    images: Shape,
    size: Value,
    interpolation: object = "bilinear",
    antialias: object = False,
    crop_to_aspect_ratio: Value = False,
    pad_to_aspect_ratio: Value = False,
    fill_mode: object = "constant",
    fill_value: object = 0.0,
    data_format: Value = None,
) -> Shape:
    """Images of another size. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    sizes = sizes_of(size, "size")
    if len(sizes) != 2 or any(map(never_positive, sizes)):
        raise Problem(ARGUMENT, f"resize: size must be two positive numbers, got {show(size)}", blame="size")
    height, width, _ = _axes(settings, images, data_format, "resize")
    if crop_to_aspect_ratio is True and pad_to_aspect_ratio is True:
        raise Problem(ARGUMENT, "resize: only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be True", blame="pad_to_aspect_ratio")
    return replaced(images, {height: sizes[0], width: sizes[1]})


@keras.function("ops.affine_transform", "ops.perspective_transform", "ops.gaussian_blur", "ops.elastic_transform")
def transform(images: Shape, *args: object, data_format: object = None, **kwargs: object) -> Shape:
    """Images of the same size. Raises Problem(rank-mismatch)."""
    require_rank(images, "the transformation", 3, 4)
    return images


@keras.function("ops.rgb_to_grayscale")
def rgb_to_grayscale(settings: Settings, images: Shape, data_format: Value = None) -> Shape:
    """Three channels become one. Raises Problem(rank-mismatch, channel-mismatch)."""
    _, _, channel = _axes(settings, images, data_format, "rgb_to_grayscale")
    if never_equal(images[channel], 3) and never_equal(images[channel], 1):
        raise Problem(CHANNEL, f"rgb_to_grayscale needs 3 channels (or 1), got {images}")
    return replaced(images, {channel: 1})


@keras.function("ops.rgb_to_hsv", "ops.hsv_to_rgb")
def recolour(settings: Settings, images: Shape, data_format: Value = None) -> Shape:
    """Three channels with another meaning. Raises Problem(rank-mismatch, channel-mismatch)."""
    _, _, channel = _axes(settings, images, data_format, "the change of colours")
    if never_equal(images[channel], 3):
        raise Problem(CHANNEL, f"colours need 3 channels, got {images}")
    return images


@keras.function("ops.extract_patches", "ops.extract_patches_3d")
def extract_patches(
    settings: Settings,
    images: Shape,
    size: Value,
    strides: Value = None,
    dilation_rate: Value = 1,
    padding: Value = "valid",
    data_format: Value = None,
) -> Shape:
    """Windows of images as vectors: (N, H, W, C) -> (N, H', W', h * w * C). Raises Problem, Undecided."""
    count = len(size) if isinstance(size, (tuple, list)) else 2
    first = is_channels_first(settings, data_format, "extract_patches")
    if count in (2, 3) and not count + 1 <= images.rank <= count + 2:
        raise Problem(RANK, f"extract_patches: {images} has no {count} spatial axes and channels", blame="size")
    if count not in (2, 3) or isinstance(strides, Unknown):
        raise Undecided(f"patches of {show(size)} from {images} are not modelled")
    window = per_axis(size, count, "size")
    steps = window if strides is None else per_axis(strides, count, "strides")
    rates = per_axis(dilation_rate, count, "dilation_rate")
    last = images.rank if first else images.rank - 1
    channel = last - count - 1 if first else last
    found = slid(images, range(last - count, last), window, steps, rates, word_of(padding, "extract_patches"), "extract_patches")
    total = images[channel]
    for extent in window:
        total = total * extent
    return replaced(images, {**found, channel: total})


@keras.function("ops.pad_images")
def pad_images(
    settings: Settings,
    images: Shape,
    top_padding: Value = None,
    left_padding: Value = None,
    bottom_padding: Value = None,
    right_padding: Value = None,
    target_height: Value = None,
    target_width: Value = None,
    data_format: Value = None,
) -> Shape:
    """Zeros around images. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    height, width, _ = _axes(settings, images, data_format, "pad_images")
    tall = _bordered(images[height], (top_padding, bottom_padding, target_height), 1, "height")
    return replaced(images, {height: tall, width: _bordered(images[width], (left_padding, right_padding, target_width), 1, "width")})


@keras.function("ops.crop_images")
def crop_images(
    settings: Settings,
    images: Shape,
    top_cropping: Value = None,
    left_cropping: Value = None,
    bottom_cropping: Value = None,
    right_cropping: Value = None,
    target_height: Value = None,
    target_width: Value = None,
    data_format: Value = None,
) -> Shape:
    """Images without their borders. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    height, width, _ = _axes(settings, images, data_format, "crop_images")
    tall = _bordered(images[height], (top_cropping, bottom_cropping, target_height), -1, "height")
    return replaced(images, {height: tall, width: _bordered(images[width], (left_cropping, right_cropping, target_width), -1, "width")})


def _bordered(size: Dim, given: Sequence[Value], sign: int, word: str) -> Dim:
    """The new size of an axis, of which two of border before, border behind and target are given. Raises Problem, Undecided."""
    if sum(value is None for value in given) != 1:
        raise Problem(ARGUMENT, f"exactly two of the borders and the target {word} must be given, got {show(tuple(given))}")
    if any(value is not None and not isinstance(value, int) for value in given):
        raise Undecided(f"the new {word} is not known")
    before, after, target = given
    if any(value is not None and value < 0 for value in given):
        raise Problem(ARGUMENT, f"borders and target {word} must not be negative, got {show(tuple(given))}")
    if target is None:
        target = size + sign * (before + after)
        if shows_none(size) and sign < 0:
            raise Undecided(f"the target {word} must be given where the {word} is open")
        if isinstance(target, int) and target < 0:
            raise Problem(ARGUMENT, f"the borders {before} and {after} leave nothing of the {word} {size}")
        found: Dim = target
        return found
    other = sign * (target - size) - (before if after is None else after)
    if isinstance(other, int) and other < 0:
        raise Problem(ARGUMENT, f"the {word} {size} cannot become {target} with a border of {before if after is None else after}")
    return target if isinstance(target, int) else size


@keras.function("ops.map_coordinates")
def map_coordinates(inputs: Shape, coordinates: Shape, order: object, fill_mode: object = "constant", fill_value: object = 0) -> Shape:
    """Values at given places: (rank, *places) -> (*places). Raises Problem(rank-mismatch, merge-mismatch)."""
    if coordinates.rank and never_equal(coordinates[0], inputs.rank):
        raise Problem(MERGE, f"map_coordinates: {inputs} needs {inputs.rank} coordinates, got {coordinates}", blame="coordinates")
    require_rank(coordinates, "map_coordinates", 2, 99)
    return Shape(*coordinates[1:])


@keras.function("ops.scale_and_translate")
def scale_and_translate(images: object, output_shape: Value, *args: object, **kwargs: object) -> Shape:
    """Images of a given shape. Raises Undecided."""
    return Shape(*sizes_of(output_shape, "output_shape"))


@keras.function("ops.sobel_edges")
def sobel_edges(images: Shape, data_format: object = None) -> Shape:
    """Edges in both directions, as a new last axis. Raises Problem(rank-mismatch)."""
    require_rank(images, "sobel_edges", 4)
    return Shape(*images, 2)


@keras.function("ops.ssim")
def ssim(image1: Shape, image2: Shape, *args: object, **kwargs: object) -> Shape:
    """How alike images are. Raises Problem(rank-mismatch), Undecided."""
    require_rank(image1, "ssim", 3, 4)
    require_rank(image2, "ssim", 3, 4)
    if image1.rank != image2.rank or any(map(never_equal, image1, image2)):
        raise Undecided(f"images {image1} and {image2} of different sizes are not modelled")
    return Shape(*image1[: image1.rank - 3])

"""Interpolation, pixel and channel shuffling, and sliding blocks as columns."""

from __future__ import annotations

from dimlint.core.axis import expect_positive, is_open, require_equal
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, is_finite, never_positive, product, unknown_dim
from dimlint.core.layer import ARGUMENT, Layer, axes, dim, plain, show, unify
from dimlint.core.opening import SPATIAL, open_shape
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.torch.arguments import CHANNELS, NONPOSITIVE, RESHAPE, each_axis, refuse_rank, require_positive, twin
from dimlint.libraries.torch.module import torch
from dimlint.shapes.window import AXIS_WORDS, require_windows, slide, slide_text, smallest

RANKS = {"linear": (3,), "bilinear": (4,), "bicubic": (4,), "lanczos": (4,), "trilinear": (5,)}
UNALIGNED = ("nearest", "area", "nearest-exact")


def interpolated(x: Shape, size: Value, scale: Value, mode: Value, align: Value, label: str) -> Shape:
    """The shape after ``interpolate``: ``size``, or ``floor(input * scale_factor)`` along each axis. Raises Problem."""
    for value in (size, scale, mode):
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
    if not isinstance(mode, str) or (mode not in UNALIGNED and mode not in RANKS):
        raise Problem(ARGUMENT, f"{label} mode={show(mode)} is not one of {', '.join((*UNALIGNED, *RANKS))}", blame="mode")
    if mode in UNALIGNED and align is not None and not isinstance(align, Unknown):
        raise Problem(
            ARGUMENT, f"{label} align_corners goes with the modes {', '.join(RANKS)} only, not with {show(mode)}", blame="align_corners"
        )
    if (size is None) == (scale is None):
        raise Problem(ARGUMENT, f"{label} needs one of size and scale_factor, got {'none' if size is None else 'both'}")
    if x.rank not in RANKS.get(mode, (3, 4, 5)):
        wanted = "a " + " or ".join(f"{rank}-d" for rank in RANKS.get(mode, (3, 4, 5))) + f" input for mode={show(mode)}"
        raise refuse_rank(label, wanted, x)
    given = _each(size if size is not None else scale, x, label, "size" if size is not None else "scale_factor")
    out = [_target(value, length, scaled=size is None) for value, length in zip(given, x[2:])]
    _require_sizes(x, out, label, scale, mode)
    return Shape(*x[:2], *out)


def _each(value: Value, x: Shape, label: str, name: str) -> list[Value]:
    spatial = x.rank - 2
    values = list(value) if isinstance(value, (tuple, list)) else [value] * spatial
    if len(values) != spatial:
        raise Problem("rank-mismatch", f"{label} {name}={show(value)} needs {spatial} values for the input {x}", blame=name)
    return values


def _target(value: Value, length: Dim, *, scaled: bool) -> Dim:
    if isinstance(value, Unknown):
        return unknown_dim("size", reason=value.reason)
    if not scaled:
        if is_size(value):
            size: Dim = value
            return size
        raise Undecided("an interpolated size is not a known integer")
    if is_size(value):
        multiple: Dim = length * value
        return multiple
    if not is_finite(value):
        raise Undecided("a scale factor is not a known number")
    if isinstance(length, int):
        return int(float(length) * value // 1)
    numerator, denominator = value.as_integer_ratio()
    if denominator <= 1024:  # exact in floating point for every size that a tensor can have
        return length * numerator // denominator
    return unknown_dim("size", reason="a size times a fraction is not known")


def _require_sizes(x: Shape, out: list[Dim], label: str, scale: Value, mode: Value) -> None:
    needed = x[1:] if x.rank == 5 else x[2:]  # of volumes, pooling to a size needs channels, too
    if mode == "area" and not any(map(never_positive, needed)):
        for size in out:
            if isinstance(size, int) and size < 0:
                raise Problem(NONPOSITIVE, f"{label} output size is {size}, from input {x}", blame="size")
        return
    if never_positive(x[1]):
        raise Problem(NONPOSITIVE, f"{label} input {x} has no channels")
    words = AXIS_WORDS[x.rank - 2]
    for word, length, size in zip(words, x[2:], out):
        if always_positive(length) and always_positive(size):
            continue
        reason = f"int({length} * {show(scale)})" if scale is not None else "as given"
        message = f"{label} output {word} is {size} ({reason}), from input {x}. Input and output sizes must be at least 1"
        problem = Problem(NONPOSITIVE, message, blame="size" if scale is None else "scale_factor")
        if never_positive(length) or never_positive(size):
            raise problem
        if is_open(size):
            expect_positive(size, f"whether the output {word} of {label} is positive is not known", problem)


MODE_AXES = {"nearest": (2, 1, 3), "nearest-exact": (2, 1, 3), "linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
"""Numbers of spatial axes that each mode takes, the commonest first."""


class Resizing(Layer):
    """What the layers that resize share: torch keeps their factors as floats."""

    def attribute(self, name: str) -> Value:
        found = super().attribute(name)
        if name != "scale_factor" or found is None:
            return found
        if isinstance(found, tuple) and all(isinstance(item, (int, float)) for item in found):
            return tuple(map(float, found))
        return float(found) if isinstance(found, (int, float)) else Unknown("a factor is not known")


@torch.layer("nn.Upsample")
class Upsample(Resizing):
    """Resizes the spatial axes: (N, C, *spatial) -> (N, C, *size)."""

    size: Value = plain(None)
    scale_factor: Value = plain(None)
    mode: Value = plain("nearest")
    align_corners: Value = plain(None)
    recompute_scale_factor: Value = plain(None)

    def assume(self) -> list[Shape]:
        ranks = MODE_AXES.get(self.mode, ()) if isinstance(self.mode, str) else ()
        return [open_shape("N", "C", *SPATIAL[rank]) for rank in ranks]

    def output(self, x: Shape) -> Shape:
        _require_factor(self.size, self.recompute_scale_factor, self.label)
        _require_smooth(x, self.mode, self.align_corners, False, self.label)
        return interpolated(x, self.size, self.scale_factor, self.mode, self.align_corners, self.label)


@torch.layer("nn.UpsamplingNearest2d")
class UpsamplingNearest2d(Resizing):
    """``Upsample`` with ``mode='nearest'``."""

    size: Value = plain(None)
    scale_factor: Value = plain(None)

    def output(self, x: Shape) -> Shape:
        return interpolated(x, self.size, self.scale_factor, "nearest", None, self.label)


@torch.layer("nn.UpsamplingBilinear2d")
class UpsamplingBilinear2d(Resizing):
    """``Upsample`` with ``mode='bilinear'`` and aligned corners."""

    size: Value = plain(None)
    scale_factor: Value = plain(None)

    def output(self, x: Shape) -> Shape:
        return interpolated(x, self.size, self.scale_factor, "bilinear", True, self.label)


class UpsampleNearest(Upsample):
    """The function, which takes volumes and sequences too."""

    mode: Value = plain("nearest")


@torch.function("nn.functional.interpolate", "nn.functional.upsample")
def interpolate(
    input: Shape,
    size: Value = None,
    scale_factor: Value = None,
    mode: Value = "nearest",
    align_corners: Value = None,
    recompute_scale_factor: Value = None,
    antialias: Value = False,
) -> Shape:
    """Resize the spatial axes to ``size``, or by ``scale_factor``."""
    _require_factor(size, recompute_scale_factor, "interpolate")
    _require_smooth(input, mode, align_corners, antialias, "interpolate")
    return interpolated(input, size, scale_factor, mode, align_corners, "interpolate")


def _require_factor(size: Value, recompute: Value, label: str) -> None:
    """The scale factor can be calculated again only if it is given."""
    if recompute is True and (is_size(size) or isinstance(size, (tuple, list))):
        raise Problem(ARGUMENT, f"{label} recompute_scale_factor does not go with a size", blame="recompute_scale_factor")


SMOOTH = ("bilinear", "bicubic", "lanczos")
"""Modes that can be smoothed against aliasing; the last one has to be."""


def _require_smooth(x: Shape, mode: Value, align: Value, antialias: Value, label: str) -> None:
    """Smoothing goes with images and some modes; one mode goes with nothing else. Raises Problem."""
    if not isinstance(mode, str) or not isinstance(antialias, (bool, int)):
        return
    if antialias and (mode not in SMOOTH or x.rank != 4):
        wanted = f"one of the modes {', '.join(SMOOTH)} and a 4-d input, got mode={show(mode)} and the input {x}"
        raise Problem(ARGUMENT, f"{label} antialias=True needs {wanted}", blame="antialias")
    if mode == "lanczos" and x.rank == 4 and not antialias:
        raise Problem(ARGUMENT, f"{label} mode='lanczos' needs antialias=True", blame="mode")
    if mode == "lanczos" and align is True:
        raise Problem(ARGUMENT, f"{label} mode='lanczos' does not go with align_corners=True", blame="align_corners")


twin(("nn.functional.upsample_nearest",), UpsampleNearest, order=("size", "scale_factor"))
twin(("nn.functional.upsample_bilinear",), UpsamplingBilinear2d)


def require_multiple(size: Dim, divisor: Dim, rule: str, message: str, blame: str) -> None:
    """Refuse a size that no value of its symbols makes a multiple of the divisor."""
    reason = f"whether {size} is a multiple of {divisor} is not known"
    if isinstance(divisor, int):
        require_equal(size % divisor, 0, reason, Problem(rule, message, blame=blame))
    elif not always_equal(size // divisor * divisor, size):
        doubt(reason)


@torch.layer("nn.PixelShuffle")
class PixelShuffle(Layer):
    """Channels become space: (*, C * r * r, H, W) -> (*, C, H * r, W * r)."""

    upscale_factor: Dim = dim()

    def output(self, x: Shape) -> Shape:
        if x.rank < 3:
            raise refuse_rank(self.label, "an input of at least 3 dimensions", x)
        require_positive(self, "upscale_factor", (self.upscale_factor,))
        r, (channels, height, width) = self.upscale_factor, x[-3:]
        message = f"{self.label} needs channels divisible by {r * r}, the square of upscale_factor={r}, got {channels} in {x}"
        require_multiple(channels, r * r, CHANNELS, message, "upscale_factor")
        return Shape(*x[:-3], channels // (r * r), height * r, width * r)


@torch.layer("nn.PixelUnshuffle")
class PixelUnshuffle(Layer):
    """Space becomes channels: (*, C, H * r, W * r) -> (*, C * r * r, H, W)."""

    downscale_factor: Dim = dim()

    def output(self, x: Shape) -> Shape:
        if x.rank < 3:
            raise refuse_rank(self.label, "an input of at least 3 dimensions", x)
        require_positive(self, "downscale_factor", (self.downscale_factor,))
        r, (channels, height, width) = self.downscale_factor, x[-3:]
        for word, size in (("height", height), ("width", width)):
            message = f"{self.label} needs a {word} divisible by downscale_factor={r}, got {size} in {x}"
            require_multiple(size, r, RESHAPE, message, "downscale_factor")
        if any(map(never_positive, x)):  # torch leaves an empty input as it is
            return x
        return Shape(*x[:-3], channels * r * r, height // r, width // r)


@torch.layer("nn.ChannelShuffle")
class ChannelShuffle(Layer):
    """Reorders channels between groups; the shape stays."""

    groups: Dim = dim()

    def output(self, x: Shape) -> Shape:
        if x.rank < 3:
            raise refuse_rank(self.label, "an input of at least 3 dimensions", x)
        require_positive(self, "groups", (self.groups,))
        message = f"{self.label} needs channels divisible by groups={self.groups}, got {x[1]} in {x}"
        require_multiple(x[1], self.groups, CHANNELS, message, "groups")
        return x


class Blocks(Layer):
    """What unfolding and folding share: positions of a 2-d window."""

    rank = 2
    as_given = frozenset({"output_size", "kernel_size", "dilation", "padding", "stride"})
    kernel_size: tuple[Dim, ...]

    def positions(self, sizes: tuple[Dim, ...], source: Shape) -> Dim:
        """The number of windows over the padded sizes. Raises Problem."""
        kernel, dilation, padding, stride = (each_axis(self, n, broadcast=False) for n in ("kernel_size", "dilation", "padding", "stride"))
        for name, values in (("kernel_size", kernel), ("stride", stride), ("dilation", dilation)):
            require_positive(self, name, values)
        if any(isinstance(pad, int) and pad < 0 for pad in padding):
            raise Problem(ARGUMENT, f"{self.label} padding must not be negative, got {show(padding)}", blame="padding")
        counts = []
        for word, size, k, d, p, s in zip(AXIS_WORDS[2], sizes, kernel, dilation, padding, stride):
            out = slide(size, k, s, d, 2 * p)
            text = slide_text(size, k, s, d, 2 * p)
            remedy = f"Needs a {word} of at least {smallest(k, d, 2 * p)}"
            settings = f"kernel_size={show(kernel)}"
            require_windows(out, size, label=self.label, word=word, text=text, source=source, settings=settings, remedy=remedy)
            counts.append(out)
        return product(counts)


@torch.layer("nn.Unfold")
class Unfold(Blocks):
    """Sliding blocks as columns: (N, C, H, W) -> (N, C * kernel elements, positions)."""

    kernel_size: tuple[Dim, ...] = axes()
    dilation: tuple[Dim, ...] = axes(1)
    padding: tuple[Dim, ...] = axes(0)
    stride: tuple[Dim, ...] = axes(1)

    def output(self, x: Shape) -> Shape:
        if x.rank not in (3, 4):
            raise refuse_rank(self.label, "a 4-d input (N, C, H, W) or a 3-d one without the batch", x)
        if any(map(never_positive, x[-3:])):
            raise Problem(NONPOSITIVE, f"{self.label} input {x} has an empty axis")
        positions = self.positions(x[-2:], x)
        return Shape(*x[:-3], x[-3] * product(each_axis(self, "kernel_size")), positions)


@torch.layer("nn.Fold")
class Fold(Blocks):
    """Columns summed back into an image: (N, C * kernel elements, positions) -> (N, C, *output_size)."""

    output_size: tuple[Dim, ...] = axes()
    kernel_size: tuple[Dim, ...] = axes()
    dilation: tuple[Dim, ...] = axes(1)
    padding: tuple[Dim, ...] = axes(0)
    stride: tuple[Dim, ...] = axes(1)

    def output(self, x: Shape) -> Shape:
        if x.rank not in (2, 3):
            raise refuse_rank(self.label, "a 3-d input (N, C * kernel elements, positions) or a 2-d one without the batch", x)
        if any(map(never_positive, x[-2:])):
            raise Problem(NONPOSITIVE, f"{self.label} input {x} has an empty axis")
        area = product(each_axis(self, "kernel_size", broadcast=False))
        size = each_axis(self, "output_size", broadcast=False)
        positions = self.positions(size, x)
        message = f"{self.label} needs axis {x.rank - 2} divisible by the {area} elements of its kernel, got {x[-2]} in {x}"
        require_multiple(x[-2], area, CHANNELS, message, "kernel_size")
        text = f"{self.label} with output_size={show(size)} has {positions} positions, but the input {x} has {x[-1]}"
        unify(x[-1], positions, RESHAPE, text)
        return Shape(*x[:-2], x[-2] // area, *size)


twin(("nn.functional.pixel_shuffle", "pixel_shuffle"), PixelShuffle)
twin(("nn.functional.pixel_unshuffle", "pixel_unshuffle"), PixelUnshuffle)
twin(("nn.functional.channel_shuffle", "channel_shuffle", "nn.functional.native_channel_shuffle", "native_channel_shuffle"), ChannelShuffle)
twin(("nn.functional.unfold",), Unfold)
twin(("nn.functional.fold",), Fold)

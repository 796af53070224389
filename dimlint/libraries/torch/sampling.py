"""Spatial transformers: grids of positions from affine maps, and pictures sampled at them.

https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
"""

from __future__ import annotations

from dimlint.core.dim import Shape, always_equal, less, never_positive
from dimlint.core.layer import ARGUMENT, show, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.torch.arguments import FEATURES, MERGE, NONPOSITIVE, RANK, refuse_rank
from dimlint.libraries.torch.module import torch

MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")


@torch.function("nn.functional.affine_grid")
def affine_grid(theta: Shape, size: Value, align_corners: Value = None) -> Shape:
    """Where each position of an output of ``size`` (N, C, *spatial) lies in the input: (N, *spatial, axes)."""
    sizes = _sizes(size, "affine_grid")
    if len(sizes) not in (4, 5):
        raise Problem(RANK, f"affine_grid needs a size (N, C, H, W) or (N, C, D, H, W), got {show(tuple(sizes))}", blame="size")
    narrow = align_corners is True and not any(map(never_positive, sizes[2:])) and any(always_equal(size, 1) for size in sizes[2:])
    if not narrow and any(map(never_positive, sizes)):
        raise Problem(NONPOSITIVE, f"affine_grid needs sizes greater than zero, got {show(tuple(sizes))}", blame="size")
    return generated(theta, sizes, "affine_grid")


@torch.function("affine_grid_generator")
def affine_grid_generator(theta: Shape, size: Value, align_corners: Value) -> Shape:
    """Where each position of an output of ``size`` (N, C, *spatial) lies in the input: (N, *spatial, axes)."""
    sizes = _sizes(size, "affine_grid_generator")
    if len(sizes) not in (4, 5):
        raise Problem(RANK, f"affine_grid_generator needs a size of 4 or 5 axes, got {show(tuple(sizes))}", blame="size")
    if any(less(given, 0) for given in (sizes[0], *sizes[2:])):
        raise Problem(NONPOSITIVE, f"affine_grid_generator needs sizes of zero or more, got {show(tuple(sizes))}", blame="size")
    return generated(theta, sizes, "affine_grid_generator")


def generated(theta: Shape, size: Shape, label: str) -> Shape:
    """One affine map for each sample."""
    axes = size.rank - 2
    wanted = f"affine maps (N, {axes}, {axes + 1}) for the size {size}"
    if theta.rank != 3:
        raise refuse_rank(label, wanted, theta)
    if label == "affine_grid" or not any(map(never_positive, (size[0], *size[2:]))):
        unify(theta[1], axes, FEATURES, f"{label} needs {wanted}, got {theta}")
    unify(theta[2], axes + 1, FEATURES, f"{label} needs {wanted}, got {theta}")
    unify(theta[0], size[0], MERGE, f"{label} has {theta[0]} affine maps for a batch of {size[0]}", blame="size")
    return Shape(size[0], *size[2:], axes)


def _sizes(given: Value, label: str) -> Shape:
    if isinstance(given, (tuple, list)) and all(map(is_size, given)):
        return Shape(*given)
    raise Undecided(given.reason if isinstance(given, Unknown) else f"the size given to {label} is not known")


def is_cubic(mode: Value) -> bool:
    """Whether a mode, a word or a number, is known to be the cubic one."""
    return not isinstance(mode, Unknown) and mode in ("bicubic", 2)


@torch.function("nn.functional.grid_sample")
def grid_sample(input: Shape, grid: Shape, mode: Value = "bilinear", padding_mode: Value = "zeros", align_corners: Value = None) -> Shape:
    """The input (N, C, *spatial) at the positions of a grid (N, *out, axes): (N, C, *out)."""
    for name, given, words in (("mode", mode, MODES), ("padding_mode", padding_mode, PADDINGS)):
        if not isinstance(given, Unknown) and given not in words:
            raise Problem(ARGUMENT, f"grid_sample {name} must be one of {', '.join(words)}, got {show(given)}", blame=name)
    return sampled(input, grid, "grid_sample", cubic=is_cubic(mode))


@torch.function("grid_sampler")
def grid_sampler(input: Shape, grid: Shape, interpolation_mode: Value, padding_mode: Value, align_corners: Value) -> Shape:
    """``grid_sample`` with numbers for the modes."""
    return sampled(input, grid, "grid_sampler", cubic=is_cubic(interpolation_mode))


@torch.function("grid_sampler_2d")
def grid_sampler_2d(input: Shape, grid: Shape, interpolation_mode: Value, padding_mode: Value, align_corners: Value) -> Shape:
    """``grid_sampler`` of images."""
    return sampled(input, grid, "grid_sampler_2d", ranks=(4,))


@torch.function("grid_sampler_3d")
def grid_sampler_3d(input: Shape, grid: Shape, interpolation_mode: Value, padding_mode: Value, align_corners: Value) -> Shape:
    """``grid_sampler`` of volumes."""
    return sampled(input, grid, "grid_sampler_3d", cubic=is_cubic(interpolation_mode), ranks=(5,))


def sampled(input: Shape, grid: Shape, label: str, *, cubic: bool = False, ranks: tuple[int, ...] = (4, 5)) -> Shape:
    """The shape of the samples, the grid checked against the input."""
    if input.rank not in ranks:
        raise refuse_rank(label, " or ".join("an input (N, C, H, W)" if rank == 4 else "an input (N, C, D, H, W)" for rank in ranks), input)
    if grid.rank != input.rank:
        raise refuse_rank(label, f"a grid of {input.rank} dimensions for the input {input}", grid)
    axes = input.rank - 2
    unify(input[0], grid[0], MERGE, f"{label} needs as many grids as inputs, got {grid} for the input {input}")
    unify(grid[-1], axes, FEATURES, f"{label} needs a grid with {axes} coordinates on its last axis for the input {input}, got {grid}")
    if any(map(never_positive, input[2:])):
        raise Problem(NONPOSITIVE, f"{label} input {input} has an empty axis")
    if cubic and axes == 3:
        raise refuse_rank(label, "a 4-d input for bicubic interpolation", input)
    return Shape(*input[:2], *grid[1:-1])

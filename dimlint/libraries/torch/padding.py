"""Padding layers and ``functional.pad``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dimlint.core.axis import expect_positive, is_open
from dimlint.core.dim import Dim, Shape, less, never_positive, unknown_dim
from dimlint.core.layer import ARGUMENT, Field, Layer, number, refuse, show
from dimlint.core.opening import OpenArgument
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.torch.arguments import NONPOSITIVE, refuse_rank
from dimlint.libraries.torch.module import torch

MODES = ("constant", "reflect", "replicate", "circular")


def sides() -> Any:
    """The amounts of padding, last axis first, before and after; one integer stands for all. They may be negative."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, (float, str)) or value is None:
            raise refuse(owner, name, f"an integer or {2 * owner.rank} integers", value)
        if is_size(value):
            return (value,) * (2 * owner.rank)
        if isinstance(value, OpenArgument):
            return value.each(name, 2 * owner.rank, low=None)
        return amounts(value, name) if isinstance(value, (tuple, list)) else Unknown(f"{name} is not known")

    return Field(convert)


def amounts(values: Sequence[Value], name: str) -> tuple[Dim, ...] | Unknown:
    """Amounts of padding, an unknown one as a symbol without a lower bound."""
    if any(not is_size(item) and not isinstance(item, Unknown) for item in values):
        return Unknown(f"{name} is not a sequence of integers")
    return tuple(_amount(item, name) for item in values)


def _amount(value: Value, name: str) -> Dim:
    if isinstance(value, OpenArgument):
        return value.size
    return unknown_dim(name, low=None, reason=value.reason) if isinstance(value, Unknown) else value


def padded(x: Shape, pads: Value, mode: str, label: str) -> Shape:
    """The shape after padding. ``pads`` goes from the last axis backwards, two for each axis. Raises Problem."""
    if isinstance(pads, Unknown):
        raise Undecided(pads.reason)
    if len(pads) % 2:
        raise Problem(ARGUMENT, f"{label} padding must have an even length, two values for each axis, got {show(pads)}", blame="padding")
    count = len(pads) // 2
    if count > x.rank:
        raise refuse_rank(label, f"an input of at least {count} dimensions for {len(pads)} padding values", x)
    if mode != "constant":
        _require_form(x, count, label)
    sizes = list(x)
    for index in range(count):
        axis = x.rank - 1 - index
        before, after = pads[2 * index], pads[2 * index + 1]
        _require_fit(x, axis, before, after, mode, label)
        sizes[axis] = x[axis] + before + after
    if mode in ("reflect", "replicate") and all(map(never_positive, sizes[-count:])):
        raise Problem(NONPOSITIVE, f"{label} output {Shape(*sizes)} is empty, from input {x}; padding={show(pads)}", blame="padding")
    return Shape(*sizes)


def _require_form(x: Shape, count: int, label: str) -> None:
    """Padding that copies values works on the trailing spatial axes of (N, C, *spatial) or (C, *spatial) only."""
    if count not in (1, 2, 3) or x.rank not in (count + 1, count + 2):
        axes = {1: "2-d or 3-d", 2: "3-d or 4-d", 3: "4-d or 5-d"}.get(count, "other")
        raise refuse_rank(label, f"a {axes} input to pad {count} axes by copying" if count else "padding", x)


def _require_fit(x: Shape, axis: int, before: Dim, after: Dim, mode: str, label: str) -> None:
    size = x[axis]
    blame = {"blame": "padding"}
    limit = {"reflect": -1, "circular": 0}.get(mode)
    for pad in (before, after):
        fits = None if limit is None else less(pad, size + limit + 1)
        if limit is None or fits is True:
            continue
        message = f"{label} pads axis {axis} of size {size} by {pad}, from input {x}: {mode} padding needs a size of at least {pad - limit}"
        problem = Problem(ARGUMENT, message, **blame)
        if fits is False:
            raise problem
        if isinstance(size, int) or is_open(size):
            expect_positive(size + limit + 1 - pad, f"whether the padding of {label} fits is not known", problem)
    overlaps = any(less(cut, 0) and less(size + cut, pad) for pad, cut in ((before, after), (after, before)))
    if mode == "circular" and overlaps and not any(less(1, other) for other in x[:axis]):
        raise Undecided(f"{label} by more at one end than the cut at the other one leaves of {x}: torch refuses some of it")
    left = size
    for pad in (before, after):
        cut = mode == "constant" and less(pad, 0) is not True
        left = left if cut else left + pad
        if mode == "constant" or pad is after:
            message = f"{label} output size at axis {axis} is {size + before + after}: {size} + {before} + {after}, from input {x}"
            problem = Problem(NONPOSITIVE, f"{message}. The padding must not remove more than {size}", **blame)
            short = less(left, 0)
            if short:
                raise problem
            if short is None and is_open(left):
                expect_positive(left + 1, f"whether the padding of {label} fits is not known", problem)
    if mode in ("reflect", "replicate") and never_positive(size):
        raise Problem(NONPOSITIVE, f"{label} input {x} has no elements along axis {axis} to copy")


class Pad(Layer):
    """Adds to both ends of the trailing axes: (*, L) -> (*, before + L + after)."""

    mode = "constant"
    padding: Value = sides()

    def output(self, x: Shape) -> Shape:
        if self.mode in ("reflect", "replicate") and isinstance(self.padding, tuple):
            _require_nonempty(x, self.rank, self.label)
        return padded(x, self.padding, self.mode, self.label)


def _require_nonempty(x: Shape, rank: int, label: str) -> None:
    """Only the batch may be empty where values are copied, not the channels."""
    if any(never_positive(size) for size in x[-rank - 1 :]):
        raise Problem(NONPOSITIVE, f"{label} input {x} has an empty axis")


class ConstantPad(Pad):
    """Pads with one value."""

    value: Value = number()


class ReflectionPad(Pad):
    """Pads with the values mirrored at the edge, which must be fewer than the axis has."""

    mode = "reflect"


class ReplicationPad(Pad):
    """Pads with copies of the edge."""

    mode = "replicate"


class CircularPad(Pad):
    """Pads with the values of the other end, at most once around."""

    mode = "circular"


def _declare(rank: int, base: type[Pad], kind: str, text: str) -> None:
    name = f"{kind}{rank}d"
    doc = f"{text} over {('sequences', 'images', 'volumes')[rank - 1]}: two amounts for each of the last {rank} axes, last axis first."
    torch.layer(f"nn.{name}")(type(name, (base,), {"rank": rank, "__doc__": doc}))


for _rank in (1, 2, 3):
    _declare(_rank, Pad, "ZeroPad", "Padding with zeros")
    _declare(_rank, ConstantPad, "ConstantPad", "Padding with one value")
    _declare(_rank, ReflectionPad, "ReflectionPad", "Mirroring padding")
    _declare(_rank, ReplicationPad, "ReplicationPad", "Padding with the edge")
    _declare(_rank, CircularPad, "CircularPad", "Padding that wraps around")


@torch.function("nn.functional.pad")
def pad(input: Shape, pad: Value, mode: str = "constant", value: Value = None) -> Shape:
    """Pad any trailing axes; modes other than ``constant`` copy values of the spatial axes."""
    if mode not in MODES:
        raise Problem(ARGUMENT, f"pad mode must be one of {', '.join(MODES)}, got {show(mode)}", blame="mode")
    if isinstance(pad, Unknown):
        raise Undecided(pad.reason)
    if not isinstance(pad, (tuple, list)):
        raise Undecided("pad is not a known sequence")
    return padded(input, amounts(pad, "pad"), mode, "pad")


@torch.function("constant_pad_nd")
def constant_pad_nd(input: Shape, pad: Value, value: Value = 0) -> Shape:
    """Pad any trailing axes with one value."""
    if isinstance(pad, Unknown) or not isinstance(pad, (tuple, list)):
        raise Undecided(pad.reason if isinstance(pad, Unknown) else "pad is not a known sequence")
    return padded(input, amounts(pad, "constant_pad_nd"), "constant", "constant_pad_nd")

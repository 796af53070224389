"""``EinMix``: a pattern, and a weight that is multiplied along named axes. Source: https://einops.rocks/3-einmix-layer."""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape, always_equal, less, never_equal, product
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, doubt
from dimlint.shapes.pattern import DOTS, FEATURE, MERGE, Axis, Plan, Side, grouped, measure, parse_side, plan_for, refused, sides


@dataclass(frozen=True)
class Mix:
    """A checked mixture. ``bias`` is its shape, aligned with the last axes of the product; None if there is none."""

    left: Side
    right: Side
    weight_axes: tuple[str, ...]
    lengths: Mapping[str, Dim]
    bias: Shape | None

    @property
    def weight(self) -> Shape:
        return Shape(*(self.lengths[axis] for axis in self.weight_axes))

    def output(self, x: Shape, what: str, *, in_place: bool) -> Shape:
        """The shape of the mixture. ``in_place``: the bias is added to the product itself, which keeps its shape. Raises Problem."""
        plan = plan_for(self.left, self.right, x, what)
        composed = any(len(group) != 1 for group in self.left.groups)
        given = {name: size for name, size in self.lengths.items() if composed and name in plan.before}
        sizes = measure(plan, x, given, what)
        for axis in self.weight_axes:
            sizes[axis] = self._agreed(axis, sizes.get(axis), x, what)
        result = grouped(plan.right, sizes)
        self._add_bias(plan, sizes, result, what, in_place=in_place)
        return grouped(plan.right, sizes)

    def _agreed(self, axis: str, size: Dim | None, x: Shape, what: str) -> Dim:
        """The size of an axis that the input and the weight share."""
        length = self.lengths[axis]
        if size is None or always_equal(size, length) or always_equal(size, 1):
            return length
        if always_equal(length, 1):
            return size
        if never_equal(size, length) and never_equal(size, 1) and never_equal(length, 1):
            text = f"{what}: {axis} is {size} in the input {x}, but {axis}={length} in the weight"
            raise Problem(FEATURE, text, blame=axis, expected=size)
        doubt(f"whether {size} equals {axis}={length} is not known")
        return length

    def _add_bias(self, plan: Plan, sizes: dict[Axis, Dim], result: Shape, what: str, *, in_place: bool) -> None:
        """Broadcast the bias with the axes of the product."""
        for axis, size in zip(reversed(plan.after), reversed(self.bias or ())):
            now = sizes[axis]
            if always_equal(size, 1) or always_equal(now, size):
                continue
            if never_equal(now, size) and (never_equal(now, 1) or in_place):
                raise Problem(MERGE, f"{what}: the bias has {size} for {axis}, but the output {result} has {now}")
            if not always_equal(now, 1):
                doubt(f"whether the bias of size {size} fits {axis} is not known")
            sizes[axis] = size


def mixture(pattern: str, weight_shape: str, bias_shape: str | None, lengths: Mapping[str, Dim], what: str) -> Mix:
    """What the constructor makes of its arguments. Raises Problem, Undecided."""
    left, right = (parse_side(text, what) for text in sides(pattern, what))
    weight = parse_side(weight_shape, what)
    if set(right.axes) - {*left.axes, *weight.axes} - {DOTS} or left.dotted != right.dotted or (left.dotted and not left.bare):
        raise refused(what, "the right side may name axes of the left side and of the weight only, and '...' where the left side has it")
    if weight.dotted or "(" in weight_shape or ")" in weight_shape or any(not group for group in weight.groups):
        raise refused(what, f"weight_shape={weight_shape!r} may hold names of axes only")
    if left.numbered or right.numbered or weight.numbered:
        raise refused(what, "numbers cannot stand for axes here. Needs names")
    named = tuple(axis for axis in weight.axes if isinstance(axis, str))
    for axis in named:
        if axis not in lengths:
            raise Problem(ARGUMENT, f"{what}: the length of the weight's axis {axis} is not given. Needs {axis}=...", blame="weight_shape")
        if axis not in left.axes and axis not in right.axes:
            raise refused(what, f"the weight's axis {axis} stands neither on the left nor on the right")
    unused = set(lengths) - {axis for axis in (*left.axes, *named) if isinstance(axis, str)}
    if unused:
        raise refused(what, f"the length of {', '.join(sorted(unused))} is given, but neither the left side nor the weight names it")
    _check_composed(left, lengths, what)
    _check_lengths(named, right, lengths, what)
    bias = None if bias_shape is None else _bias(bias_shape, right, lengths, what)
    return Mix(left, right, named, lengths, bias)


def _check_composed(left: Side, lengths: Mapping[str, Dim], what: str) -> None:
    for group in left.groups:
        open_axes = [axis for axis in group if isinstance(axis, str) and axis not in lengths and axis != DOTS]
        if len(open_axes) > 1:
            raise refused(what, f"the lengths of {', '.join(open_axes)} cannot all be inferred from one axis")


def _check_lengths(named: tuple[str, ...], right: Side, lengths: Mapping[str, Dim], what: str) -> None:
    for axis in named:
        if less(lengths[axis], 0):
            raise Problem(ARGUMENT, f"{what}: the length {axis}={lengths[axis]} of the weight is negative", blame=axis)
    mixed = [lengths[axis] for axis in named if axis not in right.axes]
    if always_equal(product(mixed), 0):
        raise Problem(ARGUMENT, f"{what}: the weight mixes no element at all, got {show(dict(lengths))}")


def _bias(bias_shape: str, right: Side, lengths: Mapping[str, Dim], what: str) -> Shape:
    """The shape of the bias: its own axes as they stand in the output, 1 for the others. Raises Problem."""
    bias = parse_side(bias_shape, what)
    for axis in bias.axes:
        if axis not in right.axes:
            raise refused(what, f"the bias has the axis {axis if isinstance(axis, str) else axis.size}, but the output has not")
        if axis not in lengths:
            raise Problem(ARGUMENT, f"{what}: the length of the bias's axis {axis} is not given. Needs {axis}=...", blame="bias_shape")
    found: list[Dim] = []
    for axis in right.axes:
        if axis == DOTS:
            if any(other in bias.axes for other in right.axes[: right.axes.index(DOTS)]):
                raise refused(what, "the axes of the bias must stand behind '...' in the output")
        else:
            found.append(lengths[axis] if isinstance(axis, str) and axis in bias.axes else 1)
    return Shape(*found)

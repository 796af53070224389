"""Patterns of named axes, ``"b (h p) c -> b h (p c)"``: parsed, held against a shape, and turned into another one.

The language is the one of https://einops.rocks/api/rearrange: names, ``()`` and ``1`` for axes of size one, other numbers
for axes without a name, ``...`` for any number of axes, and parentheses around axes that are one axis of the tensor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Union

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Product, Shape, SymbolicDim, always_equal, always_positive, less, never_equal, product
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.shapes.rearrange import reshape

ARGUMENT = "invalid-layer-argument"
FEATURE = "feature-mismatch"
MERGE = "merge-mismatch"
RANK = "rank-mismatch"
RESHAPE = "reshape-mismatch"
DOTS = "..."

REDUCTIONS = ("min", "max", "sum", "mean", "prod", "any", "all")


@dataclass(frozen=True, eq=False)
class Anonymous:
    """An axis that is given by its size alone; every one is another."""

    size: int


Axis = Union[str, Anonymous]
Group = tuple[Axis, ...]


@dataclass(frozen=True)
class Side:
    """One side of a pattern: for each axis of the tensor the axes that it is made of. ``...`` alone is ``(DOTS,)`` in ``bare``."""

    groups: tuple[Group, ...]
    bare: bool
    """Whether an ellipsis stands outside of parentheses."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        return tuple(axis for group in self.groups for axis in group)

    @property
    def dotted(self) -> bool:
        """Whether there is an ellipsis."""
        return DOTS in self.axes

    @property
    def numbered(self) -> bool:
        """Whether there is an axis without a name."""
        return any(isinstance(axis, Anonymous) for axis in self.axes)

    def opened(self, count: int) -> tuple[Group, ...]:
        """The groups with ``count`` axes in place of the ellipsis."""
        dots = tuple(f"{DOTS}{index}" for index in range(count))
        found: list[Group] = []
        for group in self.groups:
            if group == (DOTS,) and self.bare:
                found += [(axis,) for axis in dots]
            else:
                found.append(tuple(part for axis in group for part in (dots if axis == DOTS else (axis,))))
        return tuple(found)


def refused(what: str, text: str) -> Problem:
    """The Problem of a pattern that is not one."""
    return Problem(ARGUMENT, f"{what}: {text}", blame="pattern")


def is_axis_name(name: str) -> bool:
    """Whether a name may stand for an axis."""
    return name.isidentifier() and not name.startswith("_") and not name.endswith("_")


def _tokens(text: str, what: str) -> Iterator[str]:
    """Names, numbers, ``...`` and parentheses. Raises Problem."""
    if text.count(".") and (text.count(DOTS) != 1 or text.count(".") != 3):
        raise refused(what, f"dots stand only in one '...' in {text.strip()!r}")
    word = ""
    for char in text.replace(DOTS, "\N{HORIZONTAL ELLIPSIS}"):
        if char in "() ":
            if word:
                yield word
            word = ""
            if char != " ":
                yield char
        elif char.isalnum() or char in "_\N{HORIZONTAL ELLIPSIS}":
            word += char
        else:
            raise refused(what, f"{char!a} is no part of a pattern. Needs names between single spaces")
    if word:
        yield word


@lru_cache(maxsize=256)
def parse_side(text: str, what: str, *, skipping: bool = False, repeated: bool = False) -> Side:
    """One side of a pattern. ``skipping``: ``_`` is a name too. ``repeated``: a name may stand twice. Raises Problem, Undecided."""
    if "\N{HORIZONTAL ELLIPSIS}" in text:
        raise Undecided(f"{what}: a pattern with a single sign for dots is not followed")
    groups: list[Group] = []
    inside: list[Axis] | None = None
    bare = False
    seen: set[str] = set()
    for token in _tokens(text, what):
        if token == "(":
            if inside is not None:
                raise refused(what, f"parentheses inside parentheses in {text.strip()!r}")
            inside = []
        elif token == ")":
            if inside is None:
                raise refused(what, f"the parentheses of {text.strip()!r} are not balanced")
            groups.append(tuple(inside))
            inside = None
        else:
            axis = _axis(token, text, what, skipping=skipping)
            if isinstance(axis, str) and axis in seen and not (skipping and axis == "_") and not repeated:
                raise refused(what, f"{axis!r} stands twice in {text.strip()!r}")
            seen |= {axis} if isinstance(axis, str) else set()
            bare = bare or (axis == DOTS and inside is None)
            parts = [] if isinstance(axis, Anonymous) and axis.size == 1 else [axis]
            if inside is None:
                groups.append(tuple(parts))
            else:
                inside += parts
    if inside is not None:
        raise refused(what, f"the parentheses of {text.strip()!r} are not balanced")
    return Side(tuple(groups), bare)


def _axis(token: str, text: str, what: str, *, skipping: bool) -> Axis:
    if token == "\N{HORIZONTAL ELLIPSIS}":
        return DOTS
    if token.isdecimal():
        if int(token[:30]) < 1:
            raise refused(what, f"an axis of size {token} in {text.strip()!r}. Needs a positive size")
        return Anonymous(int(token[:30]))
    if not is_axis_name(token) and not (skipping and token == "_"):
        raise refused(what, f"{token[:30]!a} is no name for an axis. Needs an identifier without underscores at its ends")
    return token


def sides(pattern: str, what: str) -> list[str]:
    """The texts on the left and on the right of the arrow. Raises Problem."""
    parts = pattern.split("->")
    if len(parts) != 2:
        raise refused(what, f"the pattern {pattern[:60]!a} needs one '->'")
    return parts


@dataclass(frozen=True)
class Plan:
    """A pattern for a tensor of one rank. ``names`` are the axes whose lengths are given."""

    left: tuple[Group, ...]
    right: tuple[Group, ...]

    @property
    def before(self) -> list[Axis]:
        return [axis for group in self.left for axis in group]

    @property
    def after(self) -> list[Axis]:
        return [axis for group in self.right for axis in group]

    @property
    def reduced(self) -> list[Axis]:
        """The axes that disappear."""
        after = self.after
        return [axis for axis in self.before if axis not in after]


def check(pattern: str, operation: str, names: Collection[str], what: str) -> tuple[Side, Side]:
    """Both sides of a pattern, as far as they can be judged without a tensor. Raises Problem, Undecided.

    operation: ``rearrange``, ``repeat``, or anything else for a reduction.
    """
    left, right = (parse_side(text, what) for text in sides(pattern, what))
    if right.dotted and not left.dotted:
        raise refused(what, "'...' stands on the right only")
    if left.dotted and not left.bare:
        raise refused(what, "'...' stands inside parentheses on the left")
    _check_names(left, right, operation, names, what)
    known = {axis for axis in (*left.axes, *right.axes) if isinstance(axis, str)} - {DOTS}
    for name in names:
        if not is_axis_name(name) or name not in known:
            raise refused(what, f"the length of {name!a} is given, but the pattern does not name it")
    for group in left.groups:
        open_axes = [axis for axis in group if isinstance(axis, str) and axis not in names and axis != DOTS]
        if len(open_axes) > 1:
            listed = ", ".join(open_axes)
            raise refused(what, f"the lengths of {listed} cannot all be inferred from one axis. Needs all but one as arguments")
    return left, right


def _check_names(left: Side, right: Side, operation: str, names: Collection[str], what: str) -> None:
    before, after = set(left.axes), set(right.axes)
    if operation == "rearrange":
        if left.numbered or right.numbered:
            raise refused(what, "a number other than 1 stands in the pattern. Needs a name, and its length as an argument")
        if before != after:
            raise refused(what, f"{_listed(before ^ after)} stands on one side only")
    elif operation == "repeat":
        if before - after:
            raise refused(what, f"{_listed(before - after)} stands on the left only")
        missing: set[Axis] = {axis for axis in after - before if isinstance(axis, str) and axis not in names}
        if missing:
            raise refused(what, f"the length of the new axis {_listed(missing)} is not given")
    elif after - before:
        raise refused(what, f"{_listed(after - before)} stands on the right only")


def _listed(axes: set[Axis]) -> str:
    return ", ".join(sorted(str(axis.size) if isinstance(axis, Anonymous) else axis for axis in axes))


def plan_for(left: Side, right: Side, shape: Shape, what: str) -> Plan:
    """The pattern with as many axes for ``...`` as the shape leaves. Raises Problem(rank-mismatch)."""
    count = len(left.groups) - left.dotted
    if shape.rank < count or (shape.rank != count and not left.dotted):
        few = "at least " if left.dotted else ""
        axes = f"{few}{count} dimensions"
        raise Problem(RANK, f"{what}: the pattern names {axes}, but the input {shape} has {shape.rank}")
    extra = shape.rank - count if left.dotted else 0
    return Plan(left.opened(extra), right.opened(extra))


def measure(plan: Plan, shape: Shape, lengths: Mapping[str, Dim], what: str) -> dict[Axis, Dim]:
    """The size of every axis. Raises Problem(reshape-mismatch)."""
    sizes: dict[Axis, Dim] = {axis: axis.size for axis in (*plan.before, *plan.after) if isinstance(axis, Anonymous)}
    sizes.update(lengths.items())
    for group, size in zip(plan.left, shape):
        open_axis = next((axis for axis in group if axis not in sizes), None)
        known = [sizes[axis] for axis in group if axis is not open_axis]
        if not known and open_axis is not None:
            sizes[open_axis] = size
            continue
        rest = _divided(size, group, known, open_axis, shape, what)
        if open_axis is not None:
            sizes[open_axis] = rest
    return sizes


def _divided(size: Dim, group: Group, known: Sequence[Dim], open_axis: Axis | None, shape: Shape, what: str) -> Dim:
    """What is left of one axis for the part of it that is not given; 1 if all are."""
    given = [f"{axis}={dim}" if isinstance(axis, str) else str(dim) for axis, dim in zip([a for a in group if a is not open_axis], known)]
    wanted = ", ".join(given) if given else "an axis of size 1"
    if any(less(dim, 0) is True for dim in known):
        raise Problem(RESHAPE, f"{what}: a negative length in {wanted}, for the input {shape}")
    try:
        target = [part for dim in known for part in _factors(dim)] + ([] if open_axis is None else [-1])
        return reshape(Shape(*_factors(size)), target, what)[-1] if group else _one(size)
    except Problem:
        pass
    if open_axis is None:
        total = f" = {product(known)}" if len(known) > 1 else ""
        raise Problem(RESHAPE, f"{what}: the input {shape} has {size} where the pattern has {wanted}{total}") from None
    total = f" = {product(known)}" if len(known) > 1 else ""
    raise Problem(RESHAPE, f"{what}: the size {size} of the input {shape} is not a multiple of {wanted}{total}") from None


def _factors(size: Dim) -> list[Dim]:
    """A size as the factors that it is written as, so that symbolic ones can be cancelled."""
    if not isinstance(size, SymbolicDim) or size.constant or len(size.terms) > 1:
        return [size]
    ((atom, count),) = size.terms
    parts = atom.factors if isinstance(atom, Product) else (atom,)
    return [*([] if count == 1 else [count]), *(SymbolicDim(0, ((part, 1),)) for part in parts)]


def _one(size: Dim) -> Dim:
    if never_equal(size, 1):
        raise Problem(RESHAPE, "")
    if not always_equal(size, 1):
        doubt(f"whether the size {size} is 1 is not known")
    return 1


def grouped(groups: Sequence[Group], sizes: Mapping[Axis, Dim]) -> Shape:
    """The sizes of composed axes."""
    return Shape(*(product(sizes[axis] for axis in group) for group in groups))


def transform(pattern: str, operation: str, shape: Shape, lengths: Mapping[str, Dim], what: str) -> Shape:
    """The shape that a pattern gives. Raises Problem, Undecided."""
    left, right = check(pattern, operation, lengths, what)
    plan = plan_for(left, right, shape, what)
    sizes = measure(plan, shape, lengths, what)
    if operation in ("min", "max") and any(always_equal(sizes[axis], 0) for axis in plan.reduced):
        raise Problem(RESHAPE, f"{what}: the {operation} over an axis of size 0, from input {shape}")
    negative = [axis for axis in plan.after if axis not in plan.before and less(sizes[axis], 0) is not False]
    return _with_negative(plan, sizes, negative, shape, what) if negative else grouped(plan.right, sizes)


def _with_negative(plan: Plan, sizes: dict[Axis, Dim], negative: Sequence[Axis], shape: Shape, what: str) -> Shape:
    """New axes of a length below zero. torch takes -1 as 1 where it copies, and as what is left where it composes axes."""
    for axis in negative:
        if not always_equal(sizes[axis], -1):
            if less(sizes[axis], -1) and all(map(always_positive, shape)):
                raise Problem(RESHAPE, f"{what}: the new axis {axis} cannot have the length {sizes[axis]}")
            raise Undecided(f"what the length {sizes[axis]} of a new axis gives is not known")
    copied = Shape(*(1 if axis in negative else sizes[axis] for axis in plan.after))
    return copied if all(len(group) == 1 for group in plan.right) else reshape(copied, grouped(plan.right, sizes), what)

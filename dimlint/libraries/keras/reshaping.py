"""Layers that rearrange elements. Source: https://keras.io/api/layers/reshaping_layers."""

from __future__ import annotations

from typing import Any

from dimlint.core.axis import expect_equal, require_equal
from dimlint.core.dim import Dim, Shape, always_equal, equal, never_equal, product, unknown_dim
from dimlint.core.layer import ARGUMENT, Field, Layer, refuse, show
from dimlint.core.opening import OpenArgument
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size, lost_size
from dimlint.libraries.keras.base import KerasLayer, data_format, items_of, positive, rank_problem, shows_none
from dimlint.libraries.keras.layer import keras

RESHAPE = "reshape-mismatch"


def _sizes(value: Value, owner: type[Layer], name: str) -> object:
    """A sequence of sizes; to Keras what is no integer is a ``None``, which becomes a symbol of its own."""
    value = items_of(value)
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, (tuple, list, str)):
        raise refuse(owner, name, "a sequence of integers", value)
    return tuple(unknown_dim("None", none=True) if size is None or isinstance(size, (float, str)) else size for size in value)


@keras.layer("layers.Flatten")
class Flatten(KerasLayer):
    """All axes but the batch in one: (N, *) -> (N, prod(*)); one element a sample becomes (N, 1)."""

    data_format: Any = data_format()

    def output(self, x: Shape) -> Shape:
        if x.rank < 1:
            raise rank_problem(self, x, "at least 1 dimension", False)
        open_ = next((size for size in x[1:] if shows_none(size)), None)
        return Shape(x[0], open_ if open_ is not None and any(size == 0 for size in x[1:]) else product(x[1:]))


@keras.layer("layers.Reshape")
class Reshape(KerasLayer):
    """The same elements in another shape: (N, *) -> (N, *target_shape); one size may be -1."""

    target_shape: Any = Field(_sizes)

    def check(self) -> None:
        if isinstance(self.target_shape, Unknown):
            return
        sizes = [size for size in self.target_shape if is_size(size)]
        if sum(always_equal(size, -1) for size in sizes) > 1:
            raise Problem(ARGUMENT, f"{self.label} target_shape may hold one -1 only, got {show(self.target_shape)}", blame="target_shape")
        if any(isinstance(size, int) and size < -1 for size in sizes):
            raise Problem(ARGUMENT, f"{self.label} target_shape must not be negative, got {show(self.target_shape)}", blame="target_shape")

    def output(self, x: Shape) -> Shape:
        if x.rank < 1:
            raise rank_problem(self, x, "at least 1 dimension", False)
        target = self.target_shape
        target = target if isinstance(target, Unknown) else tuple(_new_size(size) for size in target)
        return Shape(x[0], *reshape(self.label, Shape(*x[1:]), target, x))


def _new_size(size: Value) -> Value:
    """A size that nobody gives or that was lost is one like any other: it is -1 only where another would do as well."""
    if isinstance(size, OpenArgument):
        return size.as_size()
    lost = lost_size(size)
    return size if lost is None else lost


def reshape(label: str, old: Shape, target: Value, x: Shape) -> Shape:
    """The new sizes for ``target``, which may hold one -1 and unknown entries. Raises Problem(reshape-mismatch), Undecided.

    Keras checks nothing if a size is ``None``, neither does this.
    """
    if isinstance(target, Unknown):
        raise Undecided(target.reason)
    if any(not is_size(size) for size in target):
        raise Undecided(f"the new shape {show(target)} of {label} is not known")
    free = [index for index, size in enumerate(target) if isinstance(size, int) and size == -1]
    known = product(size for index, size in enumerate(target) if index not in free)
    total = product(old)
    if any(map(shows_none, (*old, *target))):
        if isinstance(total, int) and any(map(shows_none, old)):
            total = unknown_dim("None", none=True)  # an axis without elements beside an open one
        return Shape(*(_quotient(total, known) if index in free else size for index, size in enumerate(target)))
    if not free:
        text = f"{label} cannot turn {x} into {show(tuple(target))}: {total} elements are not {known}"
        problem = Problem(RESHAPE, text, blame="target_shape")
        require_equal(total, known, f"whether {total} elements fit {show(tuple(target))} is not known", problem)
        return Shape(*target)
    text = f"{label} cannot turn {x} into {show(tuple(target))}: {total} elements are not divisible by {known}"
    problem = Problem(RESHAPE, text, blame="target_shape")
    if always_equal(known, 0) or never_equal(total % known, 0):
        raise problem
    if equal(total % known, 0) is None:
        expect_equal(total % known, 0, f"whether {total} elements are divisible by {known} is not known", problem)
    return Shape(*(total // known if index in free else size for index, size in enumerate(target)))


def _quotient(total: Dim, known: Dim) -> Dim:
    return total if always_equal(known, 0) else total // known


@keras.layer("layers.Permute")
class Permute(KerasLayer):
    """Axes in another order, counted from 1 after the batch: (N, a, b) -> (N, b, a) for dims (2, 1)."""

    dims: Any = Field(_sizes)

    def check(self) -> None:
        if isinstance(self.dims, Unknown) or not all(isinstance(axis, int) for axis in self.dims):
            return
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            text = f"{self.label} dims must be the axes 1 to {len(self.dims)} in some order, got {show(self.dims)}"
            raise Problem(ARGUMENT, text, blame="dims")

    def output(self, x: Shape) -> Shape:
        if isinstance(self.dims, Unknown):
            raise Undecided(self.dims.reason)
        if x.rank != len(self.dims) + 1:
            raise rank_problem(self, x, f"{len(self.dims) + 1} dimensions for dims={show(self.dims)}", x.rank > len(self.dims) + 1)
        if not all(isinstance(axis, int) for axis in self.dims):
            raise Undecided("an axis of Permute is not a known integer")
        return Shape(x[0], *(x[axis] for axis in self.dims))


def _count(value: Value, owner: type[Layer], name: str) -> object:
    if isinstance(value, bool) or not (is_size(value) or isinstance(value, Unknown)):
        raise refuse(owner, name, "an integer", value)
    return value


@keras.layer("layers.RepeatVector")
class RepeatVector(KerasLayer):
    """Each vector n times: (N, F) -> (N, n, F)."""

    strict = frozenset(["n"])
    n: Any = Field(_count)

    def check(self) -> None:
        positive(self, self.n, "n")

    def output(self, x: Shape) -> Shape:
        if x.rank != 2:
            raise rank_problem(self, x, "2 dimensions (batch, features)", x.rank > 2)
        if isinstance(self.n, Unknown):
            raise Undecided(self.n.reason)
        return Shape(x[0], self.n, x[1])

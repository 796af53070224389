"""What functions on tensors share: axes, sizes that may be tensors themselves, broadcasting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.shapes import agree

Shapes = list[Shape]
MERGE = "merge-mismatch"


@contextmanager
def late() -> Iterator[None]:
    """What Keras accepts in a symbolic call and refuses only when the model runs: a Problem becomes Undecided."""
    try:
        yield
    except Problem as problem:
        raise Undecided(f"Keras notices only when the model runs: {problem.message}") from None


def axis_of(x: Shape, axis: Value, what: str, extra: int = 0) -> int:
    """An axis counted from the front. Raises Problem(rank-mismatch), Undecided."""
    if not isinstance(axis, int):
        raise Undecided(axis.reason if isinstance(axis, Unknown) else f"the axis of {what} is not known")
    rank = x.rank + extra
    if not -rank <= axis < rank:
        raise Problem(RANK, f"{what}: axis {axis} does not exist in {x} with {x.rank} dimensions", blame="axis")
    return axis % rank


def axes_of(x: Shape, axis: Value, what: str, extra: int = 0) -> list[int]:
    """Axes counted from the front, all of them for None. Raises Problem(rank-mismatch), Undecided, for repeated ones too."""
    if axis is None:
        return list(range(x.rank))
    axis = values_of(axis)
    found = [axis_of(x, item, what, extra) for item in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if len(set(found)) < len(found):
        raise Undecided(f"{what}: the axes {show(axis)} repeat one")
    return found


def values_of(value: Value) -> Value:
    """The elements of a tensor whose elements are known; any other value as it is."""
    return value.values if isinstance(value, Tensor) and value.values is not None else value


def sizes_of(value: Value, what: str) -> tuple[Dim, ...]:
    """The sizes that a program states as a number, a sequence or a tensor; ``None`` becomes an open size. Raises Undecided.

    A size that is not known becomes a symbol, which may be negative.
    """
    value = values_of(value)
    if isinstance(value, Tensor) and value.shape.rank == 0:
        return (unknown_dim(what, low=None, reason=f"the value of a tensor in {what}"),)
    if is_size(value) or value is None:
        value = (value,)
    if not isinstance(value, (tuple, list)):
        raise Undecided(value.reason if isinstance(value, Unknown) else f"{what} is not a known shape")
    return tuple(_size(item, what) for item in value)


def _size(item: Value, what: str) -> Dim:
    if item is None:
        return unknown_dim("None", none=True)
    if isinstance(item, Unknown):
        return unknown_dim(what, low=None, reason=item.reason)
    if isinstance(item, Tensor) and item.shape.rank == 0:
        return unknown_dim("None", none=True)
    if is_size(item):
        return int(item) if isinstance(item, bool) else item
    raise Undecided(f"{what} holds what is no integer")


def new_sizes(value: Value, what: str) -> Shape:
    """The shape of a new tensor. Raises Problem(invalid-layer-argument) for a negative size, Undecided."""
    found = sizes_of(value, what)
    if any(isinstance(size, int) and size < 0 for size in found):
        raise Problem(ARGUMENT, f"{what}: the shape {show(value)} holds a negative size")
    return Shape(*found)


def broadcast(what: str, *shapes: Shape) -> Shape:
    """Tensors combined element by element. Raises Problem(merge-mismatch)."""
    return agree.broadcast(shapes, what, lenient=shows_none, firm=True)


def concatenated(shapes: Sequence[Shape], axis: int, what: str, *, firm: bool = False) -> Shape:
    """Tensors joined along a non-negative axis. Raises Problem(merge-mismatch), Undecided."""
    if not shapes:
        raise Undecided(f"{what} of nothing is not modelled")
    return agree.concatenate(shapes, axis, what, lenient=shows_none, firm=firm)


def require_rank(x: Shape, what: str, low: int, high: int | None = None) -> None:
    """Refuse another number of dimensions. ``high``: the largest number, ``low`` by default. Raises Problem(rank-mismatch)."""
    high = low if high is None else high
    if not low <= x.rank <= high:
        wanted = f"{low}" if low == high else f"{low} or {high}" if high == low + 1 else f"at least {low}"
        raise Problem(RANK, f"{what} needs a tensor with {wanted} dimensions, got {x}")


def replaced(x: Shape, changes: dict[int, Dim]) -> Shape:
    """The shape with other sizes at some axes."""
    return Shape(*(changes.get(axis, size) for axis, size in enumerate(x)))

"""Parts of tensors: subscripts, splits, and reductions over axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from dimlint.core.axis import expect_positive
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, less, never_equal, product, unknown_dim
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.solving import larger, never_negative, smaller
from dimlint.core.value import SomeNumber, Tensor, Unknown, is_size
from dimlint.shapes.agree import broadcast

ARGUMENT = "invalid-layer-argument"
MERGE = "merge-mismatch"
RANK = "rank-mismatch"
MAX_PIECES = 10_000
INTEGERS = ("int64", "int32", "int16", "int8")
"""Element types of tensors that stand for positions; others are masks."""


def reduce(shape: Shape, axes: Sequence[int] | None, keepdims: bool) -> Shape:
    """Without the given axes (all if None), or with size 1 there."""
    gone = range(shape.rank) if axes is None else axes
    if keepdims:
        return Shape(*(1 if axis in gone else size for axis, size in enumerate(shape)))
    return Shape(*(size for axis, size in enumerate(shape) if axis not in gone))


def chunk(size: Dim, count: int) -> list[Dim]:
    """Sizes of at most ``count`` pieces as equal as whole pieces of the rounded-up size allow."""
    if not isinstance(size, int):
        raise Undecided(f"the size {size} is not known, nor how many pieces it gives")
    if size == 0:
        require_few(count)
        return [0] * count
    return split(size, -(-size // count))


def split(size: Dim, part: Dim) -> list[Dim]:
    """Sizes of pieces of ``part`` elements, the last one with what is left."""
    if always_equal(size, part):
        return [size]
    if not isinstance(size, int) or not isinstance(part, int):
        raise Undecided(f"how many pieces of {part} the size {size} gives is not known")
    if part <= 0:
        return [0] if size == 0 else []
    require_few(-(-size // part))
    return [min(part, size - start) for start in range(0, size, part)] or [0]


def require_few(pieces: int) -> int:
    """The number of pieces. No list is made that the analysis could not hold. Raises Undecided."""
    if pieces > MAX_PIECES:
        raise Undecided("a list of so many pieces is too long to be followed")
    return pieces


def tensor_split(size: Dim, sections: int | Sequence[int]) -> list[Dim]:
    """Sizes of exactly ``sections`` pieces, the first ones larger by one, or of the pieces between the given indices."""
    if isinstance(sections, int):
        part, more = size // sections, size % sections
        if not isinstance(more, int):
            raise Undecided(f"how the size {size} splits into {sections} is not known")
        require_few(sections)
        return [part + 1] * more + [part] * (sections - more)
    edges: list[Any] = [0, *sections, None]
    return [slice_length(size, slice(start, stop)) for start, stop in pairwise(edges)]


def slice_length(size: Dim, part: slice) -> Dim:
    """Number of elements that a slice takes, by Python's rules; any if a bound is not known. Raises Undecided."""
    step = 1 if part.step is None else part.step
    if not isinstance(step, int) or step <= 0:
        raise Undecided("the step of a slice is not a known positive number")
    if part.stop is None and isinstance(part.start, int) and part.start >= 0:
        return larger((size - int(part.start) + step - 1) // step, 0)  # nothing is left where it starts behind the end
    lost = next((value for value in (part.start, part.stop) if isinstance(value, Unknown)), None)
    if lost is not None:
        return unknown_dim("slice", low=0, reason=lost.reason)
    ends = [_end(value, size, default) for value, default in ((part.start, 0), (part.stop, size))]
    length = ends[1] - ends[0]
    return larger((length + step - 1) // step, 0)


def signed_length(size: Dim, part: slice) -> Dim:
    """Number of elements that a slice takes which may go backwards. Raises Undecided."""
    bounds = (part.start, part.stop, part.step)
    if isinstance(size, int) and all(value is None or isinstance(value, int) for value in bounds) and part.step != 0:
        return len(range(*part.indices(size)))
    if isinstance(part.step, int) and part.step < 0 and bounds[:2] == (None, None):
        return (size - part.step - 1) // -part.step
    return slice_length(size, part)


def _end(value: Any, size: Dim, default: Dim) -> Dim:
    if value is None:
        return default
    if not is_size(value):
        raise Undecided("a bound of a slice is not a known integer")
    position: Dim = int(value) if isinstance(value, bool) else value
    negative = False if never_negative(position) else less(position, 0)
    if negative is None:
        raise Undecided(f"whether the slice bound {position} is negative is not known")
    return larger(size + position, 0) if negative else smaller(position, size)


def require_index(index: Dim, size: Dim, shape: Shape, axis: int, what: str) -> None:
    """Refuse an index outside ``-size .. size - 1``."""
    rooms = (index + size + 1, size - index)
    if all(map(always_positive, rooms)):
        return
    problem = Problem(ARGUMENT, f"{what}: index {index} is out of range for axis {axis} of size {size}, from input {shape}")
    if less(index, -size) or less(size - 1, index):
        raise problem
    for room in rooms:
        if not always_positive(room):
            expect_positive(room, f"whether the index {index} is inside the size {size} is not known", problem)


def subscript(shape: Shape, index: Any, what: str, *, numbers_first: bool = False) -> Shape:
    """The shape of ``x[index]`` for integers, slices, ``None``, ``...``, integers in a list or tensor, masks. Raises Problem, Undecided.

    numbers_first: numbers take their axes away before index arrays are looked at, as in torch; in NumPy they are index arrays themselves.
    """
    items = list(index) if isinstance(index, tuple) else [index]
    for item in items:
        _require_followed(item)
    used = sum(_width(item) for item in items if item is not None and item is not ...)
    if used > shape.rank:
        raise Problem(RANK, f"{what}: {used} indices for the {shape.rank}-d input {shape}")
    if sum(item is ... for item in items) > 1:
        raise Undecided("a subscript with more than one ellipsis is not followed")
    if not any(item is ... for item in items):
        items.append(...)
    dims: list[Dim] = []
    picks: list[tuple[int, Shape]] = []
    axis = 0
    for item in items:
        if item is ...:
            following = shape.rank - used
            dims += shape[axis : axis + following]
            axis += following
        elif item is None:
            dims.append(1)
        else:
            axis = _take(shape, item, axis, dims, picks, what)
    if picks and not numbers_first and any(map(_is_number, items)):
        raise Undecided("a subscript of numbers and index arrays together is not followed")
    if len(picks) > 1 and not numbers_first and ... in map(_mark, items[:-1]):
        raise Undecided("several index arrays beside an ellipsis are not followed")
    return _with_picks(dims, picks, what)


def _is_number(item: Any) -> bool:
    """Whether an item selects one position, so that its axis disappears: an integer, or a tensor of one."""
    if isinstance(item, Tensor):
        return item.shape.rank == 0
    return isinstance(item, SomeNumber) or (is_size(item) and not isinstance(item, bool))


def _mark(item: Any) -> Any:
    return item if item is ... else None


def _width(item: Any) -> int:
    """How many axes an item uses: a mask as many as it has."""
    rank: int = item.shape.rank if _is_mask(item) else 1
    return rank


def has_mask(index: Any) -> bool:
    """Whether a subscript selects as many elements as a mask has true ones."""
    return any(map(_is_mask, index if isinstance(index, tuple) else (index,)))


def _is_mask(item: Any) -> bool:
    return isinstance(item, Tensor) and item.dtype == "bool" and item.shape.rank > 0


def _require_followed(item: Any) -> None:
    """Raise Undecided for what may select any number of axes or elements: tensors of unknown type, truth values."""
    if item is None or item is ... or isinstance(item, slice) or (is_size(item) and not isinstance(item, bool)):
        return
    if isinstance(item, (list, tuple, range)) and item[MAX_PIECES:]:
        raise Undecided("a subscript selects too many elements to be followed")
    if isinstance(item, (list, tuple, range)) and all(isinstance(n, int) and not isinstance(n, bool) for n in item):
        return
    if _is_mask(item) or (isinstance(item, (Tensor, SomeNumber)) and item.dtype in INTEGERS):
        return
    raise Undecided(item.reason if isinstance(item, Unknown) else "what a subscript selects is not known")


def _take(shape: Shape, item: Any, axis: int, dims: list[Dim], picks: list[tuple[int, Shape]], what: str) -> int:
    """Apply one item that uses an axis; returns the next axis."""
    if isinstance(item, slice):
        if isinstance(item.step, int) and item.step <= 0:
            raise Problem(ARGUMENT, f"{what}: the step of a slice must be greater than zero, got {item.step}")
        dims.append(slice_length(shape[axis], item))
    elif _is_mask(item):
        _require_mask(item.shape, shape, axis, what)
        high = product(item.shape)
        found = unknown_dim(
            "n", low=0, high=high if isinstance(high, int) else None, reason="how many elements a mask selects is not known"
        )
        picks.append((len(dims), Shape(found)))
        return axis + _width(item)
    elif isinstance(item, Tensor):
        picks += [(len(dims), item.shape)] if item.shape.rank else []
    elif isinstance(item, SomeNumber):
        pass  # one position, whichever it is
    elif is_size(item):
        require_index(item, shape[axis], shape, axis, what)
    else:
        for number in item:
            require_index(number, shape[axis], shape, axis, what)
        picks.append((len(dims), Shape(len(item))))
    return axis + 1


def _require_mask(mask: Shape, shape: Shape, axis: int, what: str) -> None:
    """A mask is as large as the axes that it stands for."""
    for place, size in enumerate(mask, axis):
        if never_equal(size, shape[place]):
            raise Problem(MERGE, f"{what}: the mask {mask} does not fit the input {shape}: {size} and {shape[place]} at axis {place}")
        if not always_equal(size, shape[place]):
            doubt(f"whether the mask {mask} fits the input {shape} is not known")


def _with_picks(dims: list[Dim], picks: Sequence[tuple[int, Shape]], what: str) -> Shape:
    """Index arrays broadcast to one block, which stands where they stood if they were neighbours, else first."""
    if not picks:
        return Shape(*dims)
    places = {place for place, _ in picks}
    place = min(places) if len(places) == 1 else 0
    block = broadcast([shape for _, shape in picks], what)
    return Shape(*dims[:place], *block, *dims[place:])


def narrow(shape: Shape, axis: int, start: Dim, length: Dim, what: str) -> Shape:
    """``length`` elements from ``start`` along one axis. Raises Problem."""
    size = shape[axis]
    if isinstance(length, int) and length < 0:
        raise Problem(ARGUMENT, f"{what}: length must not be negative, got {length}", blame="length")
    begin = start + size if less(start, 0) else start
    message = f"{what}: start {start} + length {length} exceeds the size {size} of axis {axis}, from input {shape}"
    problem = Problem(ARGUMENT, message, blame="length")
    if less(size, begin + length) or less(begin, 0) or less(size, begin):
        raise problem
    if less(size, begin + length) is None:
        expect_positive(size - begin - length + 1, f"whether {begin} + {length} is inside the size {size} is not known", problem)
    return Shape(*shape[:axis], length, *shape[axis + 1 :])


__all__ = [
    "chunk",
    "narrow",
    "reduce",
    "require_few",
    "require_index",
    "signed_length",
    "slice_length",
    "split",
    "subscript",
    "tensor_split",
]

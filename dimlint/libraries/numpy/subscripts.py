"""``a[index]`` and ``a[index] = value``: numbers, slices, ``None``, ``...``, masks and arrays of places.

https://numpy.org/doc/stable/user/basics.indexing.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, never_equal, product, unknown_dim
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import SomeNumber, Tensor, Unknown, Value, is_size
from dimlint.libraries.numpy.known import is_number, vector
from dimlint.libraries.numpy.library import CHANGING, MERGE, RANK, array, function, number, require_written
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import require_few, require_index, signed_length

WHAT = "NumPy subscript"
WHOLE = ("int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64")


@dataclass
class Taken:
    """What a subscript leaves so far: the sizes, and the blocks of arrays of places with where they stand."""

    dims: list[Dim] = field(default_factory=list)
    blocks: list[Shape] = field(default_factory=list)
    at: int = 0
    """Where the first block stands among the sizes."""
    state: str = "before"
    """Whether blocks have come: before, inside, behind, or apart if something stands between two of them."""

    def block(self, shape: Shape) -> None:
        if self.state == "before":
            self.at, self.state = len(self.dims), "inside"
        elif self.state == "behind":
            self.state = "apart"
        self.blocks.append(shape)

    def plain(self, *sizes: Dim) -> None:
        self.dims += sizes
        self.state = "behind" if self.state == "inside" else self.state

    def shape(self) -> Shape:
        if not self.blocks:
            return Shape(*self.dims)
        place = 0 if self.state == "apart" else self.at
        return Shape(*self.dims[:place], *broadcast(self.blocks, WHAT), *self.dims[place:])


def picked(x: Shape, index: Value) -> Shape:
    """The shape of ``x[index]``. Raises Problem, Undecided."""
    items = [_plain(item) for item in (index if isinstance(index, tuple) else (index,))]
    used = sum(_width(item) for item in items)
    if used > x.rank:
        raise Problem(RANK, f"{WHAT}: {used} indices for the {x.rank}-d array {x}")
    if sum(item is ... for item in items) > 1:
        raise Problem(RANK, f"{WHAT}: an index can only have one ellipsis")
    if not any(item is ... for item in items):
        items.append(...)
    numbers_too = any(isinstance(item, Tensor) and item.shape for item in items)
    taken, axis = Taken(), 0
    for item in items:
        if item is None:
            taken.plain(1)
        elif item is ...:
            following = x.rank - used
            taken.plain(*x[axis : axis + following])
            axis += following
        elif isinstance(item, slice):
            taken.plain(_length(x[axis], item))
            axis += 1
        elif isinstance(item, Tensor) and item.shape:
            _take(x, axis, item, taken)
            axis += _width(item)
        else:
            if is_size(item):  # where a number is not known, nobody expects it to be outside
                require_index(item, x[axis], x, axis, WHAT)
            if numbers_too:
                taken.block(Shape())
            axis += 1
    return taken.shape()


def _plain(item: Value) -> Any:
    """An item as a size, slice, ``None``, ``...`` or array of known type. Raises Undecided."""
    if item is None or item is ... or isinstance(item, slice) or (is_size(item) and not isinstance(item, bool)):
        return item
    if isinstance(item, SomeNumber) and item.dtype != "bool":
        return item
    if isinstance(item, Tensor):
        if item.dtype == "bool" and item.shape:
            return item
        if item.dtype not in WHOLE:
            raise Undecided("what a subscript selects is not known")
        return item
    if isinstance(item, (list, tuple, range)):
        return _places(item)
    raise Undecided(item.reason if isinstance(item, Unknown) else "what a subscript selects is not known")


def _places(items: Sequence[Value]) -> Tensor:
    """A list of places, or of truth values, as an array."""
    require_few(len(items))
    shape = to_shape(list(items), "an index")
    leaves = [items]
    while leaves and isinstance(leaves[0], (list, tuple, range)):
        leaves = [leaf for part in leaves for leaf in part]
    if leaves and all(isinstance(leaf, bool) for leaf in leaves):
        return array(shape, "bool")
    if not all((is_size(leaf) and not isinstance(leaf, bool)) or getattr(leaf, "dtype", None) in WHOLE for leaf in leaves):
        raise Undecided("what a subscript selects is not known")
    return vector(tuple(items), shape[0], "int64") if shape.rank == 1 else array(shape, "int64")


def _width(item: Any) -> int:
    """How many axes an item uses: a mask as many as it has."""
    if item is None or item is ...:
        return 0
    rank: int = item.shape.rank if isinstance(item, Tensor) and item.dtype == "bool" else 1
    return rank


def _take(x: Shape, axis: int, item: Tensor, taken: Taken) -> None:
    """Apply an array of places, or a mask."""
    if item.dtype != "bool":
        if all(map(always_positive, x)):
            for place in item.values or ():
                require_index(place, x[axis], x, axis, WHAT)
        taken.block(item.shape)
        return
    for place, size in enumerate(item.shape, axis):
        if never_equal(size, x[place]):
            raise Problem(MERGE, f"{WHAT}: the mask {item.shape} does not fit the array {x}: {size} and {x[place]} at axis {place}")
        if not always_equal(size, x[place]):
            doubt(f"whether the mask {item.shape} fits the array {x} is not known")
    high = product(item.shape)
    reason = "how many elements a mask selects is not known"
    taken.block(Shape(unknown_dim("n", low=0, high=high if isinstance(high, int) else None, reason=reason)))


def _length(size: Dim, part: slice) -> Dim:
    """How many elements a slice takes, which may go backwards. Raises Undecided."""
    return signed_length(size, slice(_bound(part.start), _bound(part.stop), _bound(part.step)))


def _bound(value: Value) -> Value:
    return Unknown("the value of a number is not known") if isinstance(value, Tensor) else value


@function("Tensor.__getitem__")
def getitem(a: Tensor, index: Value) -> Value:
    """The selected part; one element of a vector whose elements are known."""
    known = a.values
    if known is not None and isinstance(index, int) and not isinstance(index, bool) and -len(known) <= index < len(known):
        return known[index]
    found = picked(a.shape, index)
    if known is None or found.rank != 1:
        return number(a.dtype) if not found else array(found, a.dtype)
    places = index.values if isinstance(index, Tensor) else index
    if isinstance(places, slice) and all(bound is None or isinstance(bound, int) for bound in (places.start, places.stop, places.step)):
        return vector(known[places], found[0], a.dtype)
    listed = not isinstance(index, tuple)
    if listed and isinstance(places, (list, tuple)) and all(isinstance(place, int) and not isinstance(place, bool) for place in places):
        return vector(tuple(known[place] for place in places), found[0], a.dtype)
    return array(found, a.dtype)


@function("Tensor.__setitem__")
def setitem(a: Tensor, index: Value, value: Value) -> None:
    """Elements written: the array keeps its shape, the value must broadcast to the selected part. Raises Problem(merge-mismatch)."""
    try:
        part = picked(a.shape, index)
        given = to_shape(value, "a value")
    except Undecided:
        return
    if a.dtype in (None, "object", "str", "bytes") or "|" in a.dtype:
        return  # an element of an array of objects may be any object
    require_written(given, part, "NumPy assignment")


@function("Tensor.__len__")
def length(a: Shape) -> Dim:
    """The size of the first axis."""
    if not a:
        raise Undecided("the length of an array without axes is not modelled")
    return a[0]


@function("Tensor.__contains__")
def contains(a: Shape, item: Value) -> Value:
    """Whether an element is equal: that depends on the elements."""
    return number("bool") if is_number(item) else Unknown("membership is not known")


CHANGING.add("Tensor.__setitem__")

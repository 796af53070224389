"""Elements taken, found, sorted and counted by their places."""

from __future__ import annotations

from typing import Any

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, maximum, product, unknown_dim
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, Ref, Tensor, Value, is_size
from dimlint.libraries.numpy.creation import made
from dimlint.libraries.numpy.known import elements_of, vector
from dimlint.libraries.numpy.library import (
    CHANGING,
    LIBRARY,
    RANK,
    array,
    axis_of,
    count_of,
    function,
    is_array,
    lost,
    number,
    replaced,
    require_own,
    shape_of,
    values_of,
    with_parameters,
)  # fmt: skip
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import require_index


def some(reason: str, *, low: int = 0, high: Dim | None = None) -> Dim:
    """A number of elements that depends on the data."""
    return unknown_dim("n", low=low, high=high if isinstance(high, int) else None, reason=reason)


@function("take", "Tensor.take")
def take(a: Value, indices: Value, axis: Value = None, out: Value = None, mode: Value = "raise") -> Value:
    """Elements at given places of one axis, or of all elements in a row."""
    data = made(a)
    flat = Shape(product(data.shape)) if axis is None else data.shape
    flat = flat or Shape(1)
    index = 0 if axis is None else axis_of(axis, flat.rank, "take")
    places = shape_of(indices, "take")
    if always_equal(flat[index], 0) and all(map(always_positive, (*places, *flat[:index], *flat[index + 1 :]))):
        raise Problem(ARGUMENT, f"numpy.take: axis {index} of {flat} has no elements")
    for place in (indices,) if is_size(indices) else elements_of(indices) or ():
        if mode == "raise" and is_size(place) and all(map(always_positive, flat)):
            require_index(place, flat[index], flat, index, "numpy.take")
    return array(replaced(flat, index, *places), data.dtype)


@function("where")
def where(condition: Value, x: Value = None, y: Value = None) -> Value:
    """Elements of one array or the other; the places of true elements, if there is no other."""
    if x is None and y is None:
        return nonzero(condition)
    for part in (condition, x, y):
        lost(part)
    whole = [isinstance(part, int) and not isinstance(part, bool) for part in (x, y)]
    kinds = [part.dtype if isinstance(part, Tensor) else "int64" if is_whole else None for part, is_whole in zip((x, y), whole)]
    found = broadcast([to_shape(part, "an array") for part in (condition, x, y)], "numpy.where")
    return array(found, kinds[0] if kinds[0] == kinds[1] else None)


@function("nonzero", "Tensor.nonzero")
def nonzero(a: Value) -> tuple[Tensor, ...]:
    """The places of elements that are not zero, for each axis."""
    require_own(a, "nonzero")
    shape = shape_of(a, "nonzero")
    if not shape:
        raise Undecided("places in an array without axes are not modelled")
    count = some("how many elements are not zero is not known", high=product(shape))
    return (array(Shape(count), "int64"),) * shape.rank


@function("argwhere")
def argwhere(a: Shape) -> Tensor:
    """The places of elements that are not zero, as rows."""
    return array(Shape(some("how many elements are not zero is not known", high=product(a)), a.rank), "int64")


@function("flatnonzero")
def flatnonzero(a: Shape) -> Tensor:
    """The places of elements that are not zero, in a row."""
    return array(Shape(some("how many elements are not zero is not known", high=product(a))), "int64")


@function("union1d", "intersect1d", "setdiff1d", "setxor1d")
def selected(ar1: Value, ar2: Value, *args: Value, **options: Value) -> Tensor:
    """As many elements as the data says."""
    return array(Shape(some("how many elements are selected is not known")))


@function("extract")
def extract(condition: Value, arr: Value) -> Tensor:
    """The elements where a condition holds."""
    return selected(condition, arr)


@function("compress")
def compress(condition: Value, a: Value, axis: Value = None, out: Value = None) -> Tensor:
    """The slices where a condition holds."""
    raise Undecided("how many elements are selected is not known")


@function("take_along_axis")
def take_along_axis(arr: Shape, indices: Shape, axis: Value = -1) -> Shape:
    """Elements along one axis by places; the other axes broadcast."""
    if axis is None:
        if indices.rank != 1:
            raise Problem(RANK, f"numpy.take_along_axis: without an axis the indices are a vector, got {indices}")
        return indices
    if arr.rank != indices.rank:
        raise Problem(RANK, f"numpy.take_along_axis: the indices {indices} need as many dimensions as the array {arr}")
    index = axis_of(axis, arr.rank, "take_along_axis")
    rest = broadcast([replaced(arr, index, 1), replaced(indices, index, 1)], "numpy.take_along_axis")
    return replaced(rest, index, indices[index])


@function("choose", "select", "piecewise", "apply_along_axis", "apply_over_axes", "ix_", "nditer", "ndenumerate", "ndindex", "unpackbits")
def not_modelled(*args: Value, **options: Value) -> Value:
    """Functions whose results are not followed."""
    raise Undecided("a function of NumPy that is not followed")


@function("diag_indices")
def diag_indices(n: Value, ndim: int = 2) -> tuple[Tensor, ...]:
    """The places of a diagonal."""
    return (array(Shape(maximum(count_of(n, "diag_indices"), 0)), "int64"),) * min(max(ndim, 0), 64)


@function("unravel_index")
def unravel_index(indices: Shape, shape: Value, order: Value = "C") -> Value:
    """The place along each axis."""
    sizes = values_of(shape)
    if not isinstance(sizes, (tuple, list)):
        raise Undecided("the shape given to unravel_index is not known")
    return tuple(array(indices, "int64") for _ in sizes)


# -- sorted


def _sorted(name: str, dtype: str | None, kth: bool) -> None:
    def body(a: Value, *args: Value, **given: Value) -> Tensor:
        """Elements, or their places, in order along an axis; all in a row for None."""
        require_own(a, name)
        data = made(a)
        axis = args[kth] if len(args) > kth else given.get("axis", -1)
        if axis is None:
            return array(Shape(product(data.shape)), dtype or data.dtype)
        axis_of(axis, max(data.shape.rank, 1), name)
        if not data.shape and dtype is not None:
            return array(Shape(1), dtype)
        if not data.shape:
            raise Problem(RANK, f"numpy.{name}: an array without axes cannot be sorted")
        known = data.values if dtype is None and all(isinstance(item, (int, float)) for item in data.values or ()) else None
        if known is not None and not kth:
            return vector(tuple(sorted(known)), data.shape[0], data.dtype)
        return array(data.shape, dtype or data.dtype)

    body.__name__ = name
    kind = "introselect" if kth else None
    with_parameters(body, ("a", "kth") if kth else ("a",), "axis", "kind", "order", keyword=() if kth else ("stable",), axis=-1, kind=kind)
    function(name)(body)
    if dtype is not None:
        function(f"Tensor.{name}")(body)


_sorted("sort", None, False)
_sorted("partition", None, True)
_sorted("argsort", "int64", False)
_sorted("argpartition", "int64", True)


@function("lexsort")
def lexsort(keys: Shape, axis: Value = -1) -> Tensor:
    """Places in the order of several keys."""
    if keys.rank < 2:
        raise Undecided("the order of one key is not modelled")
    return array(Shape(*keys[1:]), "int64")


@function("searchsorted")
def searchsorted(a: Shape, v: Shape, side: Value = "left", sorter: Value = None) -> Tensor:
    """Where each element would stand in a sorted vector."""
    if a.rank != 1:
        raise Problem(RANK, f"numpy.searchsorted needs a vector to search in, got the {a.rank}-d array {a}")
    return array(v, "int64")


@function("digitize")
def digitize(x: Shape, bins: Shape, right: Value = False) -> Tensor:
    """The interval of each element."""
    if bins.rank != 1:
        raise Problem(RANK, f"numpy.digitize needs a vector of bounds, got the {bins.rank}-d array {bins}")
    return array(x, "int64")


@function("isin", "in1d")
def isin(element: Shape, test_elements: Value, *args: Value, **options: Value) -> Tensor:
    """Whether each element is among others."""
    return array(element, "bool")


# -- counted


@function("unique")
def unique(
    ar: Value, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: Value = None,
    *, equal_nan: Value = True, sorted: Value = True,
) -> Value:  # fmt: skip
    """The elements, or the slices along an axis, that differ: their number depends on the data."""
    data = made(ar)
    shape = data.shape
    index = 0 if axis is None else axis_of(axis, shape.rank, "unique")
    size = product(shape) if axis is None else shape[index]
    count = some("how many elements differ is not known", low=int(always_positive(size)), high=size)
    found = array(Shape(count) if axis is None else replaced(shape, index, count), data.dtype)
    places = array(Shape(count), "int64")
    inverse: Any = array(Shape(size), "int64") if shape.rank == 1 else number("int64")
    if return_inverse and shape.rank != 1:
        raise Undecided("the places that unique gives back differ between versions of NumPy")
    extra = [part for part, wanted in ((places, return_index), (inverse, return_inverse), (places, return_counts)) if wanted]
    return (found, *extra) if extra else found


@function("bincount")
def bincount(x: Value, weights: Value = None, minlength: Value = 0) -> Tensor:
    """How often each number occurs: as many counts as the largest one says."""
    shape = shape_of(x, "bincount")
    if shape.rank != 1:
        raise Problem(RANK, f"numpy.bincount needs a vector, got the {shape.rank}-d array {shape}")
    low = minlength if isinstance(minlength, int) and minlength > 0 else 0
    return array(Shape(some("the largest number of an array is not known", low=low)), "int64" if weights is None else None)


def _bins(bins: Value) -> Dim:
    if is_size(bins) and not isinstance(bins, bool):
        if isinstance(bins, int) and bins < 1:
            raise Problem(ARGUMENT, f"numpy.histogram: bins must be greater than zero, got {bins}", blame="bins")
        return count_of(bins, "histogram")
    lost(bins)
    if is_array(bins) and to_shape(bins, "bins").rank == 1:
        return to_shape(bins, "bins")[0] - 1
    raise Undecided("the number of bins is not known")


@function("histogram")
def histogram(a: Value, bins: Value = 10, range: Value = None, density: Value = None, weights: Value = None) -> tuple[Shape, Shape]:
    """How many elements fall into each bin, and the bounds of the bins."""
    shape_of(a, "histogram")
    count = _bins(bins)
    return Shape(count), Shape(count + 1)


@function("histogram_bin_edges")
def histogram_bin_edges(a: Value, bins: Value = 10, range: Value = None, weights: Value = None) -> Shape:
    """The bounds of the bins."""
    return Shape(_bins(bins) + 1)


# -- changed in place


@function("random.shuffle", "random.Generator.shuffle")
def shuffle(machine: Machine, x: Value, axis: Value = 0) -> None:
    """Elements in another order, in place."""
    if isinstance(x, Ref):
        machine.forget(x, "a shuffled list is not known")


@function(
    *("Tensor.sort", "Tensor.partition", "Tensor.fill", "Tensor.put", "Tensor.itemset", "Tensor.setflags", "put"),
    *("putmask", "fill_diagonal", "add.at", "subtract.at", "multiply.at", "maximum.at", "minimum.at"),
)
@function("copyto", a="dst")
@function("place", "put_along_axis", a="arr")
def change(a: Value, *args: Value, **options: Value) -> None:
    """Elements written in place: the array keeps its shape."""
    return


CHANGING.update(name for name, entry in LIBRARY.declared.items() if getattr(entry, "body", None) in (change, shuffle))
LIBRARY.keeping |= {"take_along_axis"}

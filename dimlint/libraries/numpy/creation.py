"""Arrays made from sizes, numbers, other arrays."""

from __future__ import annotations

import math

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, maximum, minimum, product, unknown_dim
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import SomeNumber, Tensor, Unknown, Value, is_size
from dimlint.libraries.numpy.known import MAX_VALUES, converted, elements_of, is_number, kind_of, vector
from dimlint.libraries.numpy.library import (
    LIBRARY,
    RANK,
    array,
    axes_of,
    axis_of,
    count_of,
    dtype_name,
    function,
    is_array,
    lost,
    require_rank,
    require_written,
    shape_of,
    sized,
    typed,
)
from dimlint.shapes.agree import broadcast

MAX_RANK = 64
"""Dimensions that an array can have."""


def _filled(name: str, value: float | None) -> None:
    def body(shape: Value, dtype: Value = None, order: Value = "C", *, device: Value = None, like: Value = None) -> Tensor:
        """An array of one value."""
        found, kind = sized(shape, name), typed(dtype)
        short = value is not None and found.rank == 1 and isinstance(found[0], int) and found[0] <= MAX_VALUES
        return vector((value,) * int(found[0]), found[0], kind) if short else array(found, kind)

    body.__name__ = name
    function(name)(body)


_filled("zeros", 0.0)
_filled("ones", 1.0)
_filled("empty", None)


@function("full")
def full(
    shape: Value, fill_value: Value, dtype: Value = None, order: Value = "C", *, device: Value = None, like: Value = None
) -> Tensor:
    """An array of one value, or of values that broadcast."""
    found = sized(shape, "full")
    if is_array(fill_value):
        require_written(to_shape(fill_value, "fill_value"), found, "numpy.full")
        return array(found, dtype_name(dtype))
    kind = typed(dtype, kind_of([fill_value]) if is_number(fill_value) else None)
    if is_number(fill_value) and found.rank == 1 and isinstance(found[0], int) and found[0] <= MAX_VALUES:
        return vector((fill_value,) * found[0], found[0], kind)
    return array(found, kind)


def _like(name: str) -> None:
    def body(
        a: Value, dtype: Value = None, order: Value = "K", subok: Value = True, shape: Value = None, *, device: Value = None
    ) -> Tensor:
        """An array of the shape of another one."""
        given = shape_of(a, name)
        return array(given if shape is None else sized(shape, name), typed(dtype, a.dtype if isinstance(a, Tensor) else None))

    body.__name__ = name
    function(name)(body)


for _name in ("zeros_like", "ones_like", "empty_like"):
    _like(_name)


@function("full_like")
def full_like(
    a: Value, fill_value: Value, dtype: Value = None, order: Value = "K", subok: Value = True, shape: Value = None,
    *, device: Value = None,
) -> Tensor:  # fmt: skip
    """An array of the shape of another one."""
    found = shape_of(a, "full_like") if shape is None else sized(shape, "full_like")
    if is_array(fill_value):
        require_written(to_shape(fill_value, "fill_value"), found, "numpy.full_like")
    return array(found, typed(dtype, a.dtype if isinstance(a, Tensor) else None))


@function("eye")
def eye(
    N: Value, M: Value = None, k: Value = 0, dtype: Value = None, order: Value = "C", *, device: Value = None, like: Value = None
) -> Tensor:
    """A diagonal of ones."""
    return array(sized((N, N if M is None else M), "eye"), typed(dtype))


@function("tri")
def tri(N: Value, M: Value = None, k: Value = 0, dtype: Value = None, *, like: Value = None) -> Tensor:
    """Ones at and below a diagonal."""
    return array(Shape(*(maximum(count_of(size, "tri"), 0) for size in (N, N if M is None else M))), typed(dtype))


@function("identity")
def identity(n: Value, dtype: Value = None, *, like: Value = None) -> Tensor:
    """The identity matrix."""
    return array(sized((n, n), "identity"), typed(dtype))


# -- from data


def made(data: Value, dtype: Value = None, least: int = 0) -> Tensor:
    """An array of nested sequences of numbers, or of another array. Raises Undecided."""
    lost(data)
    shape = to_shape(data, "an array")
    own = _own_type(data)
    kind = typed(dtype, own)
    values = elements_of(data) if shape.rank == 1 else None
    if values is not None and least < 2:
        return array(shape, kind, converted(values, kind) if kind in ("int64", "float64") else None)
    return array(Shape(*(1,) * (least - shape.rank), *shape), kind)


def _own_type(data: Value) -> str | None:
    """The element type of data that says nothing of it."""
    if isinstance(data, (Tensor, SomeNumber)):
        return data.dtype
    kinds = {_own_type(item) for item in data} if isinstance(data, (tuple, list)) and data else set()
    if isinstance(data, (tuple, list, range)):
        return "int64" if isinstance(data, range) else "float64" if not data or kinds == {"int64", "float64"} else _only(kinds)
    return "bool" if isinstance(data, bool) else "int64" if is_size(data) else "float64" if isinstance(data, float) else None


def _only(kinds: set[str | None]) -> str | None:
    return next(iter(kinds)) if len(kinds) == 1 else None


@function("array", object_="object")
def new_array(
    object_: Value, dtype: Value = None, *, copy: Value = True, order: Value = "K", subok: Value = False, ndmin: Value = 0,
    ndmax: Value = 0, like: Value = None,
) -> Tensor:  # fmt: skip
    """An array of nested sequences of numbers, or of another array."""
    if not isinstance(ndmin, int) or not 0 <= ndmin <= MAX_RANK or ndmax:
        raise Undecided("the least number of dimensions is not known")
    return made(object_, dtype, ndmin)


@function("asarray", "asanyarray", "asarray_chkfinite", "require")
def asarray(a: Value, dtype: Value = None, *args: Value, **options: Value) -> Tensor:
    """An array of nested sequences of numbers, or an array itself."""
    return made(a, dtype)


@function("ascontiguousarray", "asfortranarray")
def contiguous(a: Value, dtype: Value = None, **options: Value) -> Tensor:
    """An array of at least one dimension, in order in memory."""
    return made(a, dtype, 1)


@function("copy", "Tensor.copy", "Tensor.__copy__", "Tensor.__array__", "Tensor.__deepcopy__")
def copied(a: Value, *args: Value, **options: Value) -> Tensor:
    """The same elements once more."""
    return made(a)


@function("Tensor.astype", "astype")
def astype(a: Value, dtype: Value, *args: Value, **options: Value) -> Tensor:
    """The same elements as another type holds them."""
    return made(a, dtype)


# -- sequences of numbers


@function("arange")
def arange(start: Value, stop: Value = None, step: Value = 1, dtype: Value = None, *, device: Value = None, like: Value = None) -> Tensor:
    """Numbers at equal distances, up to but without the last one."""
    first, last = (0, start) if stop is None else (start, stop)
    step = 1 if step is None else step
    numbers = (first, last, step)
    for given in numbers:
        if isinstance(given, (Unknown, Tensor)):
            return array(Shape(unknown_dim("n", reason="the length of a range of numbers is not known")), typed(dtype, None))
    whole = all(map(is_size, numbers))
    kind = typed(dtype, "int64" if whole else "float64")
    if all(isinstance(value, (int, float)) and is_number(value) for value in numbers) and step != 0:
        length = max(math.ceil((last - first) / step), 0)
        delta = (first + step) - first
        short = length <= MAX_VALUES and dtype is None
        return vector(tuple(first + index * delta for index in range(length)) if short else None, length, kind)
    if whole and isinstance(step, int) and step > 0:
        return array(Shape(maximum((last - first + step - 1) // step, 0)), kind)
    raise Undecided("the length of a range of numbers is not known")


@function("linspace")
def linspace(
    start: Value, stop: Value, num: Value = 50, endpoint: Value = True, retstep: Value = False, dtype: Value = None, axis: Value = 0,
    *, device: Value = None,
) -> Value:  # fmt: skip
    """Numbers at equal distances between two."""
    found = _spaced(start, stop, num, axis, "linspace")
    if not isinstance(retstep, bool) or not isinstance(endpoint, bool):
        raise Undecided("an option of linspace is not known")
    exact = dtype is None and all(isinstance(end, (int, float)) and is_number(end) for end in (start, stop))
    length = found[0] if found.rank == 1 else None
    if isinstance(length, int) and length <= MAX_VALUES and exact:
        return _with_step(vector(_between(start, stop, length, endpoint), length, "float64"), retstep)
    return _with_step(array(found, typed(dtype)), retstep)


def _with_step(found: Tensor, retstep: bool) -> Value:
    return (found, Shape(*found.shape[1:])) if retstep else found


def _between(start: float, stop: float, count: int, endpoint: bool) -> tuple[float, ...]:
    parts = count - 1 if endpoint else count
    step = (stop - start) / parts if parts else 0.0
    values = [index * step + start for index in range(count)]
    return (*values[:-1], float(stop)) if endpoint and count > 1 else tuple(map(float, values))


def _spaced(start: Value, stop: Value, num: Value, axis: Value, label: str) -> Shape:
    """The shape of ``num`` numbers between each pair of ends."""
    (count,) = sized((num,), label)
    ends = broadcast([shape_of(end, label) if not isinstance(end, Unknown) else Shape() for end in (start, stop)], f"numpy.{label}")
    place = axis_of(axis, ends.rank, label, extra=1)
    return Shape(*ends[:place], count, *ends[place:])


@function("logspace")
def logspace(
    start: Value, stop: Value, num: Value = 50, endpoint: Value = True, base: Value = 10.0, dtype: Value = None, axis: Value = 0
) -> Tensor:
    """Numbers at equal ratios between two powers."""
    if is_array(base):
        raise Undecided("powers of several bases are not modelled")
    return array(_spaced(start, stop, num, axis, "logspace"), typed(dtype))


@function("geomspace")
def geomspace(start: Value, stop: Value, num: Value = 50, endpoint: Value = True, dtype: Value = None, axis: Value = 0) -> Tensor:
    """Numbers at equal ratios between two."""
    return array(_spaced(start, stop, num, axis, "geomspace"), typed(dtype))


@function("meshgrid")
def meshgrid(*xi: Value, copy: Value = True, sparse: bool = False, indexing: str = "xy") -> tuple[Shape, ...]:
    """Coordinates of a grid from those of its axes."""
    sizes = [product(shape_of(x, "meshgrid")) for x in xi]
    places = list(range(len(sizes)))
    if indexing == "xy" and len(sizes) > 1:
        places[:2] = [1, 0]
    if sparse:
        return tuple(Shape(*(sizes[place] if place == own else 1 for place in places)) for own in range(len(sizes)))
    return (Shape(*(sizes[place] for place in places)),) * len(sizes)


@function("indices")
def indices(dimensions: Value, dtype: Value = None, sparse: bool = False) -> Value:
    """The index of each element along each axis."""
    found = sized(dimensions, "indices")
    if sparse:
        return tuple(array(Shape(*(d if i == own else 1 for i, d in enumerate(found))), "int64") for own in range(found.rank))
    return array(Shape(found.rank, *found), typed(dtype, "int64"))


# -- diagonals and triangles


@function("diag")
def diag(v: Shape, k: int = 0) -> Shape:
    """A matrix with a diagonal, or the diagonal of a matrix."""
    if v.rank not in (1, 2):
        raise Problem(RANK, f"numpy.diag needs a vector or a matrix, got the {v.rank}-d array {v}")
    return diagflat(v, k) if v.rank == 1 else diagonal(v, k)


@function("diagflat")
def diagflat(v: Shape, k: int = 0) -> Shape:
    """A matrix with all elements on a diagonal."""
    return Shape(*(product(v) + abs(k),) * 2)


@function("linalg.diagonal")
def diagonal_of(x: Shape, /, *, offset: int = 0) -> Shape:
    """The diagonal of each matrix in the last two axes."""
    require_rank(x, 2, "linalg.diagonal")
    return diagonal(x, offset, -2, -1)


@function("diagonal", "Tensor.diagonal")
def diagonal(a: Shape, offset: int = 0, axis1: Value = 0, axis2: Value = 1) -> Shape:
    """The diagonals of two axes, as the last axis."""
    require_rank(a, 2, "diagonal")
    first, second = axes_of((axis1, axis2), a.rank, "diagonal")
    rows, columns = a[first], a[second]
    length = minimum(rows, columns - offset) if offset >= 0 else minimum(rows + offset, columns)
    return Shape(*(size for axis, size in enumerate(a) if axis not in (first, second)), maximum(length, 0))


def _triangle(name: str) -> None:
    def body(m: Shape, k: Value = 0) -> Shape:
        """A triangle of each matrix; a vector is each row of one."""
        require_rank(m, 1, name)
        return Shape(m[0], m[0]) if m.rank == 1 else m

    body.__name__ = name
    function(name)(body)
    LIBRARY.keeping.add(name)


_triangle("tril")
_triangle("triu")


def _triangle_indices(name: str) -> None:
    def body(n: int, k: int = 0, m: int | None = None) -> tuple[Tensor, Tensor]:
        """The rows and columns of the elements of a triangle."""
        columns = n if m is None else m
        if not 0 <= n <= 4096 or not columns >= 0:
            raise Undecided("how many elements a triangle has is not known")
        below = sum(min(max(row + k + (name == "tril_indices"), 0), columns) for row in range(n))
        count = below if name == "tril_indices" else n * columns - below
        return array(Shape(count), "int64"), array(Shape(count), "int64")

    body.__name__ = name
    function(name)(body)


_triangle_indices("tril_indices")
_triangle_indices("triu_indices")


@function("vander")
def vander(x: Shape, N: Dim | None = None, increasing: Value = False) -> Shape:
    """Powers of a vector."""
    if x.rank != 1:
        raise Undecided("powers of what is no vector")
    return sized((x[0], x[0] if N is None else N), "vander")


@function("hamming", "hanning", "blackman", "bartlett")
def window(M: Dim) -> Shape:
    """The weights of a window."""
    return Shape(maximum(M, 0))


@function("kaiser")
def kaiser(M: Dim, beta: Value) -> Shape:
    """The weights of a window."""
    return Shape(maximum(M, 0))


# -- from files


@function("fromiter")
def from_iterator(iter: Value, dtype: Value, count: Value = -1, *, like: Value = None) -> Tensor:
    """A vector of as many elements as there are."""
    return read(iter, dtype, count)


@function("fromstring", source="string")
@function("frombuffer", source="buffer")
@function("fromfile", source="file")
def read(source: Value, dtype: Value = None, count: Value = -1, *args: Value, **options: Value) -> Tensor:
    """A vector of as many numbers as there are."""
    return array(Shape(unknown_dim("n", low=0, reason="how much is read is not known")), typed(dtype))

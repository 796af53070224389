"""Elements taken from chosen places and written to them: ``gather``, ``scatter``, ``index_add``, ``take``, masks.

https://docs.pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops
"""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import Dim, Shape, always_equal, always_positive, less, never_equal, never_positive, product, unknown_dim
from dimlint.core.layer import ARGUMENT, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Value
from dimlint.libraries.torch.arguments import MERGE, RANK, axis_of, refuse_rank
from dimlint.libraries.torch.elementwise import require_same
from dimlint.libraries.torch.library import torch
from dimlint.libraries.torch.reduction import known_flag
from dimlint.shapes import select
from dimlint.shapes.agree import broadcast


def padded(x: Shape) -> Shape:
    """A scalar counts as one element along one axis."""
    return x if x.rank else Shape(1)


def is_empty(x: Shape) -> bool | None:
    """Whether a tensor has no elements; None if that is not known."""
    if any(map(never_positive, x)):
        return True
    return False if all(map(always_positive, x)) else None


def require_shape(given: Shape, wanted: Shape, label: str) -> None:
    """Refuse a tensor that has not exactly the shape of the part that it is written to."""
    text = f"{label} needs a source of shape {wanted}, got {given}"
    if given.rank != wanted.rank:
        raise Problem(MERGE, text)
    for size, expected in zip(given, wanted):
        unify(size, expected, MERGE, text)


def some(reason: str, *, low: int = 0, high: Dim | None = None) -> Dim:
    """A number of elements that depends on the data."""
    return unknown_dim("n", low=low, high=high if isinstance(high, int) else None, reason=reason)


# -- gather and scatter


def _require_inside(index: Shape, other: Shape, label: str, *, but: int | None = None) -> None:
    """An index is nowhere larger than what it points into, except along the axis that it chooses from. An empty one always fits."""
    empty = is_empty(index)
    if empty:
        return
    part, whole = padded(index), padded(other)
    wrong = f"{label}: the index {index} does not fit into {other}"
    if part.rank != whole.rank:
        if empty is False:
            raise Problem(RANK, f"{wrong}: it needs {whole.rank} dimensions")
        doubt(f"whether {label} accepts its index is not known")
    for axis, (wanted, size) in enumerate(zip(part, whole)):
        if axis == but:
            continue
        if less(size, wanted) and empty is False:
            raise Problem(MERGE, f"{wrong}: {wanted} is more than {size} at axis {axis}")
        if less(size, wanted) is not False:
            doubt(f"whether {wanted} is more than {size} in {label} is not known")


def _require_places(x: Shape, axis: int, index: Shape, label: str) -> None:
    """No index fits into an axis without elements."""
    rest = Shape(*x[:axis], *x[axis + 1 :])
    if x.rank and always_equal(x[axis], 0) and is_empty(index) is False and is_empty(rest) is False:
        raise Problem(ARGUMENT, f"{label}: axis {axis} of {x} has no elements for the index {index}")


@torch.function("gather", "Tensor.gather")
def gather(input: Shape, dim: Value, index: Shape, *, sparse_grad: Value = False, out: Value = None) -> Shape:
    """Chosen elements along one axis: as many as the index has."""
    axis = axis_of(dim, input, "gather")
    _require_inside(index, input, "gather", but=axis)
    _require_places(input, axis, index, "gather")
    return index


def _scattered(input: Shape, dim: Value, index: Shape, src: Value, label: str) -> Shape:
    """The shape stays. The index fits into the tensor and into the source."""
    axis = axis_of(dim, input, label)
    _require_inside(index, input, label, but=axis)
    _require_places(input, axis, index, label)
    if isinstance(src, Tensor):
        _require_inside(index, src.shape, label)
    return input


@torch.function("scatter", "Tensor.scatter", "Tensor.scatter_")
def scatter(input: Shape, dim: Value, index: Shape, src: Value = None, *, value: Value = None, reduce: Value = None) -> Shape:
    """Elements written to chosen places along one axis. Raises Problem."""
    if src is None and value is None:
        raise Problem(ARGUMENT, "scatter needs what is written: src or value", blame="src")
    return _scattered(input, dim, index, src, "scatter")


@torch.function("scatter_add", "Tensor.scatter_add", "Tensor.scatter_add_")
def scatter_add(input: Shape, dim: Value, index: Shape, src: Value) -> Shape:
    """Elements added to those in chosen places along one axis."""
    return _scattered(input, dim, index, src, "scatter_add")


@torch.function("scatter_reduce", "Tensor.scatter_reduce", "Tensor.scatter_reduce_")
def scatter_reduce(input: Shape, dim: Value, index: Shape, src: Value, reduce: Value, *, include_self: Value = True) -> Shape:
    """Elements reduced with those in chosen places along one axis."""
    return _scattered(input, dim, index, src, "scatter_reduce")


@torch.function("take_along_dim", "Tensor.take_along_dim")
def take_along_dim(input: Shape, indices: Shape, dim: Value = None, *, out: Value = None) -> Shape:
    """Chosen elements along one axis, or of all elements in a row; the other axes broadcast."""
    if dim is None:
        _require_places(Shape(product(input)), 0, indices, "take_along_dim")
        return Shape(product(indices))
    if input.rank == 0:
        raise refuse_rank("take_along_dim", "an input of at least 1 dimension where dim is given", input)
    if input.rank != indices.rank:
        raise Problem(RANK, f"take_along_dim: the indices {indices} need as many dimensions as the input {input}")
    axis = axis_of(dim, input, "take_along_dim")
    rest = [Shape(*x[:axis], 1, *x[axis + 1 :]) for x in (input, indices)]
    _require_places(input, axis, indices, "take_along_dim")
    common = broadcast(rest, "take_along_dim", whole=(input, indices))
    return Shape(*common[:axis], indices[axis], *common[axis + 1 :])


# -- along one axis


def _require_flat(index: Shape, label: str) -> None:
    if index.rank > 1:
        raise refuse_rank(label, "an index of at most 1 dimension", index)


@torch.function("index_select", "Tensor.index_select")
def index_select(input: Shape, dim: Value, index: Shape, *, out: Value = None) -> Shape:
    """Chosen positions of one axis."""
    _require_flat(index, "index_select")
    axis = axis_of(dim, input, "index_select")
    _require_places(input, axis, index, "index_select")
    if input.rank == 0:
        unify(padded(index)[0], 1, MERGE, f"index_select: the index {index} chooses more than the one value of a scalar")
        return input
    return Shape(*input[:axis], padded(index)[0], *input[axis + 1 :])


def _index_write(label: str) -> None:
    def body(input: Shape, dim: Value, index: Shape, source: Shape, *args: Value, **options: Value) -> Shape:
        """Positions of one axis written from as many of the source: the shape stays, all other sizes agree."""
        _require_flat(index, label)
        axis = axis_of(dim, input, label)
        count = padded(index)[0]
        if label != "index_add" or input.rank < 2:  # which adds rows without elements to nothing
            _require_places(input, axis, index, label)
        wrong = f"{label}: the source {source} does not fit the index {index} along axis {axis} of {input}"
        if source.rank != input.rank and (label != "index_copy" or source.rank * input.rank or max(source.rank, input.rank) > 1):
            raise Problem(RANK, f"{wrong}: the ranks differ")
        for place, (given, wanted) in enumerate(zip(padded(source), padded(input))):
            if place != axis:
                unify(given, wanted, MERGE, f"{wrong}: {given} and {wanted} at axis {place}")
        unify(padded(source)[axis], count, MERGE, f"{wrong}: {padded(source)[axis]} and {count} positions")
        return input

    torch.function(label, f"Tensor.{label}", f"Tensor.{label}_")(body)


for _name in ("index_add", "index_copy", "index_reduce"):
    _index_write(_name)


@torch.function("index_fill", "Tensor.index_fill", "Tensor.index_fill_")
def index_fill(input: Shape, dim: Value, index: Shape, value: Value) -> Shape:
    """Positions of one axis set to a number: the shape stays."""
    _require_flat(index, "index_fill")
    _require_places(input, axis_of(dim, input, "index_fill"), index, "index_fill")
    if isinstance(value, Tensor) and value.shape.rank:
        raise refuse_rank("index_fill", "a number or a 0-d value", value.shape)
    return input


@torch.function("index_put", "Tensor.index_put", "Tensor.index_put_", "index_put_")
def index_put(input: Shape, indices: Value, values: Shape, accumulate: Value = False) -> Shape:
    """``input[indices] = values`` for tensors of indices; the values broadcast to the selected part."""
    if not isinstance(indices, (tuple, list)):
        raise Undecided("the indices of index_put are not known")
    part = _indexed(input, indices)
    require_same(part, broadcast([part, values], "index_put"), "index_put")
    return input


def _indexed(input: Shape, indices: Sequence[Value]) -> Shape:
    """What tensors of indices select; ``None`` stands for a whole axis. Neighbours are replaced by one block, others move it in front."""
    if len(indices) > input.rank:
        raise Problem(RANK, f"index_put: {len(indices)} indices for the {input.rank}-d input {input}")
    places = [axis for axis, index in enumerate(indices) if index is not None]
    given = [indices[axis] for axis in places]
    if not given or not all(isinstance(index, Tensor) and index.dtype in select.INTEGERS for index in given):
        raise Undecided("the indices of index_put are not known to be whole numbers")
    block = broadcast([index.shape for index in given], "index_put")
    if is_empty(block) is False and any(never_positive(input[axis]) for axis in places):
        raise Problem(ARGUMENT, f"index_put: an axis of the input {input} has nothing to point at", blame="indices")
    rest = [size for axis, size in enumerate(input) if axis not in places]
    start = places[0] if places[-1] - places[0] == len(places) - 1 else 0
    return Shape(*rest[:start], *block, *rest[start:])


# -- all elements in a row


@torch.function("take", "Tensor.take")
def take(input: Shape, index: Shape, *, out: Value = None) -> Shape:
    """Chosen elements of all elements in a row."""
    if is_empty(input) and is_empty(index) is False:
        raise Problem(ARGUMENT, f"take: the input {input} has no elements for the index {index}")
    return index


@torch.function("put", "Tensor.put", "Tensor.put_")
def put(input: Shape, index: Shape, source: Shape, accumulate: Value = False) -> Shape:
    """Elements of all elements in a row written, one for each index: the shape stays."""
    if is_empty(input) and is_empty(index) is False:
        raise Problem(ARGUMENT, f"put: the input {input} has no elements for the index {index}")
    count, wanted = product(source), product(index)
    unify(count, wanted, MERGE, f"put: the source {source} has {count} elements, the index {index} has {wanted}")
    return input


@torch.function("masked_select", "Tensor.masked_select")
def masked_select(input: Shape, mask: Shape, *, out: Value = None) -> Shape:
    """The elements where a mask is true, in a row; the tensors broadcast."""
    return Shape(some("how many elements a mask selects is not known", high=product(broadcast([input, mask], "masked_select"))))


@torch.function("masked_scatter", "Tensor.masked_scatter")
def masked_scatter(input: Shape, mask: Shape, source: Shape) -> Shape:
    """Values in the places where a mask is true; tensor and mask broadcast."""
    return broadcast([input, mask], "masked_scatter")


@torch.function("Tensor.masked_scatter_")
def masked_scatter_(self: Shape, mask: Shape, source: Shape) -> Shape:
    """Values written where a mask is true; the mask broadcasts to the tensor."""
    return require_same(self, broadcast([self, mask], "masked_scatter_"), "masked_scatter_")


@torch.function("nonzero_static", "Tensor.nonzero_static")
def nonzero_static(input: Shape, *, size: Dim, fill_value: Value = -1, out: Value = None) -> Tensor:
    """A given number of rows of indices of elements that are not zero."""
    return Tensor(Shape(size, input.rank), "torch", "int64")


def _unique(input: Shape, inverse: Value, counts: Value, dim: Value) -> tuple[Shape | Tensor, ...] | Shape:
    wanted = known_flag(inverse, "return_inverse"), known_flag(counts, "return_counts")
    if dim is None:
        size, positions, axis = product(input), input, 0
    else:
        if input.rank == 0:
            raise refuse_rank("unique", "an input of at least 1 dimension", input)
        axis = axis_of(dim, input, "unique")
        size, positions = input[axis], Shape(input[axis])
        if never_equal(size, 0) and any(map(never_positive, input)):
            raise Problem(ARGUMENT, f"unique: the input {input} has no elements along dim={axis}", blame="dim")
    found = some("how many elements differ is not known", low=int(always_positive(size)), high=size)
    out = Shape(found) if dim is None else Shape(*input[:axis], found, *input[axis + 1 :])
    extra = [Tensor(shape, "torch", "int64") for shape, flag in zip((positions, Shape(found)), wanted) if flag]
    return (out, *extra) if extra else out


@torch.function("unique", "Tensor.unique")
def unique(
    input: Shape, sorted: Value = True, return_inverse: Value = False, return_counts: Value = False, dim: Value = None
) -> tuple[Shape | Tensor, ...] | Shape:
    """The elements, or the slices along an axis, that differ: their number depends on the data."""
    return _unique(input, return_inverse, return_counts, dim)


@torch.function("unique_consecutive", "Tensor.unique_consecutive")
def unique_consecutive(
    input: Shape, return_inverse: Value = False, return_counts: Value = False, dim: Value = None
) -> tuple[Shape | Tensor, ...] | Shape:
    """The elements, or the slices along an axis, that differ from the one before."""
    return _unique(input, return_inverse, return_counts, dim)


# -- parts replaced, without changing the tensor itself


@torch.function("select_scatter", "Tensor.select_scatter")
def select_scatter(input: Shape, src: Shape, dim: Value, index: Dim) -> Shape:
    """One position of an axis replaced."""
    if input.rank == 0:
        raise refuse_rank("select_scatter", "an input of at least 1 dimension", input)
    axis = axis_of(dim, input, "select_scatter")
    select.require_index(index, input[axis], input, axis, "select_scatter")
    require_shape(src, Shape(*input[:axis], *input[axis + 1 :]), "select_scatter")
    return input


@torch.function("slice_scatter", "Tensor.slice_scatter")
def slice_scatter(input: Shape, src: Shape, dim: Value = 0, start: Value = None, end: Value = None, step: Value = 1) -> Shape:
    """A slice of an axis replaced."""
    if input.rank == 0:
        raise refuse_rank("slice_scatter", "an input of at least 1 dimension", input)
    axis = axis_of(dim, input, "slice_scatter")
    length = select.slice_length(input[axis], slice(start, end, step))
    require_shape(src, Shape(*input[:axis], length, *input[axis + 1 :]), "slice_scatter")
    return input


# -- sorted boundaries


@torch.function("bucketize")
def bucketize(input: Shape, boundaries: Shape, *, out_int32: Value = False, right: Value = False, out: Value = None) -> Tensor:
    """The interval of each element between sorted boundaries."""
    if boundaries.rank != 1:
        raise refuse_rank("bucketize", "1-d boundaries", boundaries)
    return Tensor(input, "torch", "int64")


@torch.function("searchsorted")
def searchsorted(sorted_sequence: Shape, input: Shape, **options: Value) -> Tensor:
    """Where each element would stand in sorted sequences: one for all, or one for each row."""
    rows, given = sorted_sequence, input
    if rows.rank == 0:
        raise refuse_rank("searchsorted", "a sorted sequence of at least 1 dimension", rows)
    if rows.rank > 1:
        text = f"searchsorted: the values {given} need the leading sizes of the sorted sequences {rows}"
        if given.rank != rows.rank:
            raise Problem(RANK, text)
        for size, wanted in zip(given[:-1], rows[:-1]):
            unify(size, wanted, MERGE, text)
    return Tensor(given, "torch", "int64")


@torch.function("isin")
def isin(elements: Shape, test_elements: Shape, *, assume_unique: Value = False, invert: Value = False) -> Tensor:
    """Whether each element is one of the others."""
    return Tensor(elements, "torch", "bool")


@torch.function("unravel_index")
def unravel_index(indices: Shape, shape: Value) -> tuple[Tensor, ...]:
    """One index tensor for each axis of a shape."""
    if not isinstance(shape, (tuple, list)):
        raise Undecided("the shape given to unravel_index is not known")
    return tuple(Tensor(indices, "torch", "int64") for _ in shape)


KEEPING = """take take_along_dim masked_select masked_scatter unique unique_consecutive select_scatter slice_scatter put scatter gather
index_select index_put"""
"""Functions that arrange elements: the type of the elements stays."""
for _name in KEEPING.split():
    torch.keeping |= {_name, f"Tensor.{_name}"}

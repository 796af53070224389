"""Several tensors into one and one into several: ``cat``, ``stack``, ``split``, subscripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dimlint.core.axis import expect_equal
from dimlint.core.binding import Shapes
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, less, never_equal, unknown_dim
from dimlint.core.layer import ARGUMENT, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Repeated, Tensor, Unknown, Value, is_size
from dimlint.libraries.torch.arguments import MERGE, axis_of, refuse_rank
from dimlint.libraries.torch.module import torch
from dimlint.shapes import select
from dimlint.shapes.agree import concatenate, require_written, trimmed


def _some(tensors: Shapes, label: str) -> Shapes:
    if not tensors:
        raise Problem(ARGUMENT, f"{label} needs at least one tensor")
    return tensors


@torch.function("cat", "concat", "concatenate")
def cat(tensors: Shapes, dim: Value = 0, *, out: Value = None) -> Shape:
    """Tensors joined along an axis that they have; all other sizes agree. Empty 1-d tensors are left out."""
    used = [x for x in _some(tensors, "cat") if not (x.rank == 1 and always_equal(x[0], 0))]
    if not used:
        return tensors[0]
    if any(x.rank == 0 for x in used):
        raise refuse_rank("cat", "inputs of at least 1 dimension", next(x for x in used if x.rank == 0))
    return concatenate(used, axis_of(dim, used[0], "cat"), "cat")


@torch.function("stack")
def stack(tensors: Shapes, dim: Value = 0, *, out: Value = None) -> Shape:
    """Tensors of the same shape joined along a new axis."""
    first, *others = _some(tensors, "stack")
    axis = axis_of(dim, first, "stack", extra=1)
    for position, other in enumerate(others, 2):
        problem = Problem(MERGE, f"stack needs tensors of the same shape: input {position} is {other}, but input 1 is {first}")
        if other.rank != first.rank or any(map(never_equal, other, first)):
            raise problem
        for a, b in zip(other, first):
            if not always_equal(a, b):
                expect_equal(a, b, f"whether {other} equals {first} in stack is not known", problem)
    return Shape(*first[:axis], len(tensors), *first[axis:])


@torch.function("column_stack")
def column_stack(tensors: Shapes, *, out: Value = None) -> Shape:
    """Tensors joined along the second axis, 1-d ones as columns."""
    columns = [Shape(x[0] if x.rank else 1, 1) if x.rank < 2 else x for x in _some(tensors, "column_stack")]
    return concatenate(columns, 1, "column_stack")


@torch.function("hstack")
def hstack(tensors: Shapes, *, out: Value = None) -> Shape:
    """Tensors joined along the second axis, 1-d ones along the first."""
    widened = [x if x.rank else Shape(1) for x in _some(tensors, "hstack")]
    return concatenate(widened, 0 if widened[0].rank == 1 else 1, "hstack")


@torch.function("vstack", "row_stack")
def vstack(tensors: Shapes, *, out: Value = None) -> Shape:
    """Tensors of at least two axes joined along the first."""
    return concatenate([Shape(*(1,) * (2 - x.rank), *x) for x in _some(tensors, "vstack")], 0, "vstack")


@torch.function("dstack")
def dstack(tensors: Shapes, *, out: Value = None) -> Shape:
    """Tensors of at least three axes joined along the third."""
    forms = {0: lambda x: Shape(1, 1, 1), 1: lambda x: Shape(1, x[0], 1), 2: lambda x: Shape(*x, 1)}
    return concatenate([forms[x.rank](x) if x.rank in forms else x for x in _some(tensors, "dstack")], 2, "dstack")


def pieces(x: Shape, axis: int, sizes: Sequence[Dim]) -> tuple[Shape, ...]:
    """Parts of a tensor along one axis."""
    return tuple(Shape(*x[:axis], size, *x[axis + 1 :]) for size in sizes)


def _along(dim: Value, x: Shape, label: str) -> int:
    if x.rank == 0:
        raise refuse_rank(label, "an input of at least 1 dimension", x)
    return axis_of(dim, x, label)


@torch.function("chunk", "Tensor.chunk", "unsafe_chunk", "Tensor.unsafe_chunk")
def chunk(input: Shape, chunks: Value, dim: Value = 0) -> tuple[Shape, ...]:
    """At most ``chunks`` parts of one axis."""
    count = _known(chunks, "the number of chunks")
    axis = _along(dim, input, "chunk")
    if count <= 0:
        raise Problem(ARGUMENT, f"chunk: chunks must be greater than zero, got {count}", blame="chunks")
    size = input[axis]
    if always_equal(size % count, 0) and always_positive(size):
        select.require_few(count)
        return pieces(input, axis, [size // count] * count)
    return pieces(input, axis, select.chunk(size, count))


@torch.function("split", "functional.split")
def split(tensor: Shape, split_size_or_sections: Value, dim: Value = 0) -> tuple[Shape, ...]:
    """Parts of a given size, or of given sizes, along one axis."""
    given = split_size_or_sections
    axis = _along(dim, tensor, "split")
    size = tensor[axis]
    if isinstance(given, (tuple, list)):
        return pieces(tensor, axis, _sections(given, size, axis, tensor))
    if isinstance(given, Unknown) or not is_size(given):
        raise Undecided(given.reason if isinstance(given, Unknown) else "the size of the parts is not known")
    if isinstance(given, int) and (given < 0 or (given == 0 and never_equal(size, 0))):
        raise Problem(ARGUMENT, f"split: the size of the parts must be greater than zero, got {given}", blame="split_size_or_sections")
    return pieces(tensor, axis, select.split(size, given))


torch.function("unsafe_split", "split_copy", tensor="input", split_size_or_sections="split_size")(split)
torch.function("Tensor.split", "Tensor.unsafe_split", split_size_or_sections="split_size")(split)
torch.function(
    *("split_with_sizes", "split_with_sizes_copy", "unsafe_split_with_sizes", "Tensor.split_with_sizes", "Tensor.unsafe_split_with_sizes"),
    tensor="input",
    split_size_or_sections="split_sizes",
)(split)


def _sections(given: Sequence[Value], size: Dim, axis: int, x: Shape) -> list[Dim]:
    sizes: list[Dim] = []
    for item in given:
        if isinstance(item, Unknown):
            sizes.append(unknown_dim("section", reason=item.reason))
        elif is_size(item):
            sizes.append(item)
        else:
            raise Undecided("the sizes of the parts are not known")
    total: Dim = 0
    for part in sizes:
        if less(part, 0):
            raise Problem(ARGUMENT, f"split: a part must not be negative, got {part}", blame="split_size_or_sections")
        total = total + part
    unify(total, size, "reshape-mismatch", f"split: the parts add up to {total}, but axis {axis} of the input {x} is {size}")
    return sizes


@torch.function("tensor_split", "Tensor.tensor_split")
def tensor_split(
    input: Shape, sections: Value = None, dim: Value = 0, *, indices: Value = None, tensor_indices_or_sections: Value = None
) -> tuple[Shape, ...]:
    """A given number of parts of one axis, or the parts between given indices."""
    given = next((v for v in (sections, indices, tensor_indices_or_sections) if v is not None), Unknown("the parts are not known"))
    axis = _along(dim, input, "tensor_split")
    if isinstance(given, (tuple, list)):
        return pieces(input, axis, select.tensor_split(input[axis], [_known(item, "an index") for item in given]))
    count = _known(given, "the number of parts")
    if count <= 0:
        raise Problem(ARGUMENT, f"tensor_split: the number of parts must be greater than zero, got {count}", blame="sections")
    return pieces(input, axis, select.tensor_split(input[axis], count))


def _along_axis(label: str, least: int, axis_for: Callable[[Shape], int]) -> None:
    def body(input: Shape, sections: Value = None, *, indices: Value = None) -> tuple[Shape, ...]:
        """Equal parts along one axis, or the parts between given indices."""
        given = next((v for v in (sections, indices) if v is not None), Unknown("the parts are not known"))
        if input.rank < least:
            raise refuse_rank(label, f"an input of at least {least} dimension{'s' if least > 1 else ''}", input)
        axis = axis_for(input)
        if is_size(given):
            count = _known(given, "the number of parts")
            if count <= 0:
                raise Problem(ARGUMENT, f"{label}: the number of parts must be greater than zero, got {count}", blame="sections")
            text = f"{label}: axis {axis} of size {input[axis]} cannot be cut into {count} equal parts, from input {input}"
            unify(input[axis] % count, 0, "reshape-mismatch", text)
        return tensor_split(input, given, axis)

    torch.function(label, f"Tensor.{label}")(body)


_along_axis("hsplit", 1, lambda x: min(x.rank - 1, 1))
_along_axis("vsplit", 2, lambda x: 0)
_along_axis("dsplit", 3, lambda x: 2)


def _known(value: Value, what: str) -> int:
    if isinstance(value, int):
        return int(value)
    raise Undecided(value.reason if isinstance(value, Unknown) else f"{what} is not known")


@torch.function("unbind", "Tensor.unbind", "unbind_copy")
def unbind(input: Shape, dim: Value = 0) -> tuple[Shape, ...] | Repeated:
    """One tensor for each position along one axis, which disappears."""
    axis = _along(dim, input, "unbind")
    size = input[axis]
    each = Shape(*input[:axis], *input[axis + 1 :])
    if not isinstance(size, int) or size > 10_000:
        return Repeated(f"how many tensors unbind gives for the size {size} is not known", each)
    return (each,) * size


@torch.function("meshgrid")
def meshgrid(*tensors: Value, indexing: Value = None) -> tuple[Shape, ...]:
    """Coordinates of a grid from those of its axes."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    sizes: list[Dim] = []
    for tensor in given:
        if not isinstance(tensor, Tensor) or tensor.shape.rank > 1:
            raise Undecided("the axes of a grid are not known")
        sizes.append(tensor.shape[0] if tensor.shape.rank else 1)
    if indexing not in (None, "ij", "xy"):
        raise Undecided("the order of a grid is not known")
    if indexing == "xy" and len(sizes) > 1:
        sizes[:2] = sizes[1], sizes[0]
    return (Shape(*sizes),) * len(sizes)


# -- selecting


@torch.function("Tensor.__getitem__")
def subscript(self: Shape, index: Value) -> Shape:
    """``x[index]``."""
    return select.subscript(self, index, "subscript", numbers_first=True)


@torch.function("Tensor.__setitem__")
def assign_subscript(self: Shape, index: Value, value: Value) -> None:
    """``x[index] = value``: the tensor keeps its shape, the value must broadcast to the selected part."""
    try:
        part = select.subscript(self, index, "subscript", numbers_first=True)
    except Undecided:
        return
    if not isinstance(value, Tensor):
        return
    wrong = Problem(MERGE, f"a value of shape {value.shape} cannot be assigned to a part of shape {part}")
    fits = require_written(trimmed(value.shape, part.rank), part, wrong)
    if not (fits or select.has_mask(index)):  # a mask selects what the data says
        doubt(f"whether a value of shape {value.shape} fits into a part of shape {part} is not known")


@torch.function("narrow", "Tensor.narrow", "narrow_copy", "Tensor.narrow_copy")
def narrow(input: Shape, dim: Value, start: Dim, length: Dim) -> Shape:
    """A stretch of one axis."""
    return select.narrow(input, _along(dim, input, "narrow"), start, length, "narrow")


@torch.function("select", "Tensor.select", "select_copy")
def select_one(input: Shape, dim: Value, index: Dim) -> Shape:
    """One position of an axis, which disappears."""
    axis = _along(dim, input, "select")
    select.require_index(index, input[axis], input, axis, "select")
    return Shape(*input[:axis], *input[axis + 1 :])

"""Diagonals, triangles, and vectors and matrices set side by side: ``diag``, ``block_diag``, ``cartesian_prod``.

https://docs.pytorch.org/docs/stable/torch.html#other-operations
"""

from __future__ import annotations

import math

from dimlint.core.dim import Dim, Shape, less, maximum, minimum, never_positive, product, unknown_dim
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Value
from dimlint.libraries.torch.arguments import RANK, axis_of, refuse_rank
from dimlint.libraries.torch.elementwise import require_same
from dimlint.libraries.torch.indexing import require_shape
from dimlint.libraries.torch.library import torch
from dimlint.libraries.torch.reduction import known_flag


def _diagonal_length(rows: Dim, columns: Dim, offset: int) -> Dim:
    """Elements on the diagonal ``offset`` places to the right of the main one."""
    below, right = max(-offset, 0), max(offset, 0)
    return maximum(minimum(rows - below, columns - right), 0)


def _two_axes(x: Shape, dim1: Value, dim2: Value, label: str, *, extra: int = 0) -> tuple[int, int]:
    first, second = axis_of(dim1, x, label, "dim1", extra=extra), axis_of(dim2, x, label, "dim2", extra=extra)
    if first == second:
        raise Problem(RANK, f"{label}: dim1 and dim2 both name axis {first}, from input {x}", blame="dim2")
    return first, second


def _diagonal(input: Shape, offset: int, dim1: Value, dim2: Value, label: str) -> Shape:
    first, second = _two_axes(input, dim1, dim2, label)
    rest = [size for axis, size in enumerate(input) if axis not in (first, second)]
    return Shape(*rest, _diagonal_length(input[first], input[second], offset))


@torch.function("diagonal", "Tensor.diagonal", "diagonal_copy")
def diagonal(input: Shape, offset: int = 0, dim1: Value = 0, dim2: Value = 1) -> Shape:
    """The diagonal of two axes as a new last axis."""
    return _diagonal(input, offset, dim1, dim2, "diagonal")


@torch.function("linalg.diagonal")
def matrix_diagonal(A: Shape, *, offset: int = 0, dim1: Value = -2, dim2: Value = -1) -> Shape:
    """The diagonal of each matrix as a new last axis."""
    return _diagonal(A, offset, dim1, dim2, "diagonal")


@torch.function("diagonal_scatter", "Tensor.diagonal_scatter")
def diagonal_scatter(input: Shape, src: Shape, offset: int = 0, dim1: Value = 0, dim2: Value = 1) -> Shape:
    """A diagonal replaced."""
    require_shape(src, _diagonal(input, offset, dim1, dim2, "diagonal_scatter"), "diagonal_scatter")
    return input


@torch.function("diag", "Tensor.diag")
def diag(input: Shape, diagonal: int = 0, *, out: Value = None) -> Shape:
    """A vector on the diagonal of a square matrix, or the diagonal of a matrix."""
    if input.rank not in (1, 2):
        raise refuse_rank("diag", "an input of 1 or 2 dimensions", input)
    if input.rank == 2:
        return Shape(_diagonal_length(input[0], input[1], diagonal))
    size = input[0] + abs(diagonal)
    return Shape(size, size)


@torch.function("diagflat", "Tensor.diagflat")
def diagflat(input: Shape, offset: int = 0) -> Shape:
    """All elements on the diagonal of a square matrix."""
    size = product(input) + abs(offset)
    return Shape(size, size)


@torch.function("diag_embed", "Tensor.diag_embed")
def diag_embed(input: Shape, offset: int = 0, dim1: Value = -2, dim2: Value = -1) -> Shape:
    """The last axis on the diagonal of two new axes."""
    if input.rank == 0:
        raise refuse_rank("diag_embed", "an input of at least 1 dimension", input)
    first, second = sorted(_two_axes(input, dim1, dim2, "diag_embed", extra=1))
    dims = list(input[:-1])
    for axis in (first, second):
        dims.insert(axis, input[-1] + abs(offset))
    return Shape(*dims)


@torch.function("trace", "Tensor.trace")
def trace(input: Shape) -> Shape:
    """The sum of the main diagonal of a matrix."""
    if input.rank != 2:
        raise refuse_rank("trace", "a 2-d input", input)
    return Shape()


@torch.function("Tensor.fill_diagonal_")
def fill_diagonal_(self: Shape, fill_value: Value, wrap: Value = False) -> Shape:
    """The main diagonal of a matrix, or of a tensor with equal sizes, set to a number."""
    if self.rank < 2:
        raise refuse_rank("fill_diagonal_", "a tensor of at least 2 dimensions", self)
    if self.rank > 2:
        require_same(self, Shape(*(self[0],) * self.rank), "fill_diagonal_")
    return self


def _triangle(label: str) -> None:
    def body(row: int, col: int, offset: int = 0, **options: Value) -> Tensor:
        """Two rows of indices: of the elements on one side of a diagonal."""
        for name, size in (("row", row), ("col", col)):
            if size < 0:
                raise Problem(ARGUMENT, f"{label}: {name} must not be negative, got {size}", blame=name)
        if row * col > 10**7:
            raise Undecided(f"the indices of a triangle of {row} rows are not counted")
        lower = sum(min(max(index + (offset if label == "tril_indices" else offset - 1) + 1, 0), col) for index in range(row))
        return Tensor(Shape(2, lower if label == "tril_indices" else row * col - lower), "torch", "int64")

    torch.function(label)(body)


for _name in ("tril_indices", "triu_indices"):
    _triangle(_name)


@torch.function("combinations")
def combinations(input: Shape, r: int = 2, with_replacement: Value = False) -> Shape:
    """All choices of ``r`` elements of a vector, one in each row."""
    if input.rank != 1:
        raise refuse_rank("combinations", "a 1-d input", input)
    if r < 0:
        raise Problem(ARGUMENT, f"combinations: r must not be negative, got {r}", blame="r")
    if r == 0:
        return Shape(0)
    count, repeated = input[0], known_flag(with_replacement, "with_replacement")
    if not isinstance(count, int):
        return Shape(unknown_dim("n", reason=f"how many choices of {r} out of {count} there are is not known"), r)
    if count > 10**6 or r > 100:
        raise Undecided("the combinations are not counted")
    return Shape(math.comb(max(count + r - 1, 0), r) if repeated else math.comb(count, r), r)


@torch.function("cartesian_prod")
def cartesian_prod(*tensors: Shape) -> Shape:
    """All combinations of one element from each vector, one in each row."""
    for x in tensors:
        if x.rank != 1:
            raise refuse_rank("cartesian_prod", "1-d inputs", x)
    if not tensors:
        raise Problem(ARGUMENT, "cartesian_prod needs at least one tensor")
    return tensors[0] if len(tensors) == 1 else Shape(product(x[0] for x in tensors), len(tensors))


@torch.function("block_diag")
def block_diag(*tensors: Shape) -> Shape:
    """Matrices along the diagonal of one matrix; a vector is a row."""
    rows: Dim = 0
    columns: Dim = 0
    for x in tensors:
        if x.rank > 2:
            raise refuse_rank("block_diag", "inputs of at most 2 dimensions", x)
        rows = rows + (x[0] if x.rank == 2 else 1)
        columns = columns + (x[-1] if x.rank else 1)
    return Shape(rows, columns) if tensors else Shape(1, 0)


@torch.function("vander")
def vander(x: Shape, N: Value = None, increasing: Value = False) -> Shape:
    """The powers of each element of a vector, one row for each."""
    if x.rank != 1:
        raise refuse_rank("vander", "a 1-d input", x)
    count: Dim = x[0] if N is None else _count(N)
    if less(count, 0):
        raise Problem(ARGUMENT, f"vander: N must not be negative, got {count}", blame="N")
    return Shape(x[0], count)


@torch.function("linalg.vander")
def linalg_vander(x: Shape, *, N: Value = None) -> Shape:
    """The powers of each element as a new last axis."""
    x = x if x.rank else Shape(1)
    count: Dim = x[-1] if N is None else _count(N)
    if never_positive(count - 1):
        raise Problem(ARGUMENT, f"vander: N must be greater than 1, got {count}", blame="N")
    return Shape(*x, count)


def _count(value: Value) -> int:
    if isinstance(value, int):
        return int(value)
    raise Undecided("the number of powers is not known")


torch.keeping |= {"diagonal", "Tensor.diagonal", "diag", "Tensor.diag", "diag_embed", "Tensor.diag_embed", "cartesian_prod", "combinations"}

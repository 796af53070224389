"""Products of matrices and of tensors."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape
from dimlint.core.layer import unify
from dimlint.core.problem import Undecided
from dimlint.core.value import Tensor, Value
from dimlint.libraries.torch.arguments import MERGE, refuse_rank
from dimlint.libraries.torch.module import torch
from dimlint.shapes.agree import broadcast
from dimlint.shapes.einsum import einsum_shape


def _contract(a: Dim, b: Dim, left: Shape, right: Shape, label: str) -> None:
    unify(a, b, MERGE, f"{label} of {left} and {right}: the inner sizes {a} and {b} differ")


@torch.function("matmul", "Tensor.matmul", "Tensor.__matmul__", "linalg.matmul")
def matmul(input: Shape, other: Shape, *, out: Value = None) -> Shape:
    """Matrix product of the last two axes, the others broadcast; a vector is a row on the left and a column on the right."""
    for x in (input, other):
        if x.rank == 0:
            raise refuse_rank("matmul", "inputs of at least 1 dimension", x)
    _contract(input[-1], other[-2] if other.rank > 1 else other[0], input, other, "matmul")
    batch = broadcast([Shape(*input[:-2]), Shape(*other[:-2])], "matmul")
    rows = input[-2:-1] if input.rank > 1 else ()
    columns = other[-1:] if other.rank > 1 else ()
    return Shape(*batch, *rows, *columns)


@torch.function("Tensor.__rmatmul__")
def rmatmul(self: Shape, other: Shape) -> Shape:
    """``other @ self``."""
    return matmul(other, self)


def _require_ranks(label: str, rank: int, *inputs: Shape) -> None:
    for x in inputs:
        if x.rank != rank:
            raise refuse_rank(label, f"{rank}-d inputs", x)


@torch.function("mm", "Tensor.mm", "spmm", "sparse.mm")
def mm(input: Shape, mat2: Shape, *, out: Value = None) -> Shape:
    """Product of two matrices."""
    _require_ranks("mm", 2, input, mat2)
    _contract(input[1], mat2[0], input, mat2, "mm")
    return Shape(input[0], mat2[1])


@torch.function("bmm", "Tensor.bmm")
def bmm(input: Shape, mat2: Shape, *, out: Value = None) -> Shape:
    """Products of two batches of matrices."""
    _require_ranks("bmm", 3, input, mat2)
    unify(input[0], mat2[0], MERGE, f"bmm of {input} and {mat2}: the batches {input[0]} and {mat2[0]} differ")
    _contract(input[2], mat2[1], input, mat2, "bmm")
    return Shape(input[0], input[1], mat2[2])


@torch.function("mv", "Tensor.mv")
def mv(input: Shape, vec: Shape) -> Shape:
    """Product of a matrix and a vector."""
    _require_ranks("mv", 2, input)
    _require_ranks("mv", 1, vec)
    _contract(input[1], vec[0], input, vec, "mv")
    return Shape(input[0])


@torch.function("dot", "Tensor.dot", "vdot", "Tensor.vdot", "inner", "Tensor.inner")
def dot(input: Shape, other: Shape) -> Shape:
    """Product of two vectors."""
    if input.rank != 1 or other.rank != 1:
        raise Undecided("the product of other than vectors is not followed")
    _contract(input[0], other[0], input, other, "dot")
    return Shape()


@torch.function("outer", "ger", "Tensor.outer", "Tensor.ger")
def outer(input: Shape, vec2: Shape) -> Shape:
    """All products of the elements of two vectors."""
    _require_ranks("outer", 1, input, vec2)
    return Shape(input[0], vec2[0])


@torch.function("addmm", "Tensor.addmm")
def addmm(input: Shape, mat1: Shape, mat2: Shape, *, beta: Value = 1, alpha: Value = 1, out: Value = None) -> Shape:
    """``input + mat1 @ mat2``; the first broadcasts."""
    return broadcast([input, mm(mat1, mat2)], "addmm")


@torch.function("baddbmm", "Tensor.baddbmm")
def baddbmm(input: Shape, batch1: Shape, batch2: Shape, *, beta: Value = 1, alpha: Value = 1, out: Value = None) -> Shape:
    """``input + batch1 @ batch2``; the first broadcasts."""
    return broadcast([input, bmm(batch1, batch2)], "baddbmm")


@torch.function("cdist")
def cdist(x1: Shape, x2: Shape, p: Value = 2.0, compute_mode: Value = None) -> Shape:
    """Distances between the rows of two batches of matrices."""
    if x1.rank < 2 or x2.rank < 2:
        raise refuse_rank("cdist", "inputs of at least 2 dimensions", x1 if x1.rank < 2 else x2)
    _contract(x1[-1], x2[-1], x1, x2, "cdist")
    return Shape(*broadcast([Shape(*x1[:-2]), Shape(*x2[:-2])], "cdist"), x1[-2], x2[-2])


@torch.function("einsum", "functional.einsum")
def einsum(equation: Value, *operands: Value) -> Shape:
    """Sums of products named by letters."""
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else operands
    if not isinstance(equation, str) or not all(isinstance(x, Tensor) for x in given):
        raise Undecided("the equation or the operands of einsum are not known")
    return einsum_shape(equation.replace(" ", ""), [x.shape for x in given])

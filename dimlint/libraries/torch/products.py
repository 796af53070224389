"""Products of matrices and of tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from dimlint.core.binding import Shapes
from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.layer import unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Value
from dimlint.libraries.torch.arguments import MERGE, RANK, axis_of, refuse_rank
from dimlint.libraries.torch.elementwise import require_same
from dimlint.libraries.torch.module import torch
from dimlint.shapes import contract, rearrange
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
    _contract(*contract.inner(input, other), input, other, "matmul")
    return contract.outer(broadcast([Shape(*input[:-2]), Shape(*other[:-2])], "matmul"), input, other)


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


@torch.function("vdot", "Tensor.vdot")
@torch.function("dot", "Tensor.dot", other="tensor")
def dot(input: Shape, other: Shape, *, out: Value = None) -> Shape:
    """Product of two vectors."""
    _require_ranks("dot", 1, input, other)
    _contract(input[0], other[0], input, other, "dot")
    return Shape()


@torch.function("inner", "Tensor.inner")
def inner(input: Shape, other: Shape, *, out: Value = None) -> Shape:
    """Sums of products over the last axes; a number scales."""
    if not input or not other:
        return input or other
    _contract(input[-1], other[-1], input, other, "inner")
    return Shape(*input[:-1], *other[:-1])


@torch.function("outer", "ger", "Tensor.outer", "Tensor.ger")
def outer(input: Shape, vec2: Shape, *, out: Value = None) -> Shape:
    """All products of the elements of two vectors."""
    _require_ranks("outer", 1, input, vec2)
    return Shape(input[0], vec2[0])


# -- a product added to a tensor: ``input`` is expanded to the shape of the product


def _sum_of_batch(batch1: Shape, batch2: Shape) -> Shape:
    return Shape(*bmm(batch1, batch2)[1:])


ADDED: dict[str, tuple[Callable[[Shape, Shape], Shape], tuple[str, str]]] = {
    "addmm": (mm, ("mat1", "mat2")),
    "baddbmm": (bmm, ("batch1", "batch2")),
    "addbmm": (_sum_of_batch, ("batch1", "batch2")),
    "addmv": (mv, ("mat", "vec")),
    "addr": (outer, ("vec1", "vec2")),
}
"""Products that are added to a tensor, and what torch calls their factors."""


def _added(label: str, product: Callable[[Shape, Shape], Shape], names: tuple[str, str]) -> None:
    def body(input: Shape, first: Shape, second: Shape, *, beta: Value = 1, alpha: Value = 1, out: Value = None) -> Shape:
        """``input + first @ second``; the input is expanded to the shape of the product."""
        target = product(first, second)
        return rearrange.expand(input, target, label) if target else require_same(input, target, label)

    def in_place(input: Shape, first: Shape, second: Shape, *, beta: Value = 1, alpha: Value = 1) -> Shape:
        """``input += first @ second``: the product has the shape of the tensor."""
        return require_same(input, product(first, second), f"{label}_")

    first_name, second_name = names
    torch.function(label, f"Tensor.{label}", first=first_name, second=second_name)(body)
    torch.function(f"Tensor.{label}_", *(["addmv_"] if label == "addmv" else []), first=first_name, second=second_name)(in_place)


for _name, (_product, _factors) in ADDED.items():
    _added(_name, _product, _factors)


# -- tensors


@torch.function("kron", "Tensor.kron")
def kron(input: Shape, other: Shape, *, out: Value = None) -> Shape:
    """Kronecker product: the sizes multiply, the shorter shape is filled with ones in front."""
    rank = max(input.rank, other.rank)
    left, right = ((*(1,) * (rank - x.rank), *x) for x in (input, other))
    return Shape(*(a * b for a, b in zip(left, right)))


@torch.function("tensordot")
def tensordot(a: Shape, b: Shape, dims: Value = 2, out: Value = None) -> Shape:
    """Sums of products over the last axes of one tensor and the first of the other, or over given ones; sizes of 1 broadcast."""
    first, second = _contracted(a, b, dims)
    for p, q in zip(first, second):
        if always_equal(a[p], 1) or always_equal(b[q], 1):
            continue
        if never_equal(a[p], b[q]) and (never_equal(a[p], 1) and never_equal(b[q], 1)):
            raise Problem(MERGE, f"tensordot of {a} and {b}: axis {p} of the first is {a[p]}, axis {q} of the second is {b[q]}")
        if not always_equal(a[p], b[q]):
            doubt(f"whether {a[p]} equals {b[q]} in tensordot is not known")
    return Shape(*(d for i, d in enumerate(a) if i not in first), *(d for i, d in enumerate(b) if i not in second))


def _contracted(a: Shape, b: Shape, dims: Value) -> tuple[Sequence[int], Sequence[int]]:
    """The axes that a ``tensordot`` sums over."""
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.rank, b.rank):
            raise Problem(RANK, f"tensordot: dims={dims} is out of range for the inputs {a} and {b}", blame="dims")
        return range(a.rank - dims, a.rank), range(dims)
    if not isinstance(dims, (tuple, list)) or len(dims) != 2 or not all(isinstance(part, (tuple, list)) for part in dims):
        raise Undecided("the axes given to tensordot are not known")
    first, second = ([axis_of(axis, x, "tensordot") for axis in part] for part, x in zip(dims, (a, b)))
    if len(first) != len(second) or len(set(first)) != len(first) or len(set(second)) != len(second):
        raise Problem(RANK, f"tensordot needs as many axes of both inputs, each once, got {tuple(first)} and {tuple(second)}", blame="dims")
    return first, second


def _cross(input: Shape, other: Shape, dim: Value, label: str) -> Shape:
    if input.rank != other.rank:
        raise Problem(RANK, f"{label}: the inputs {input} and {other} need the same number of dimensions")
    if dim is None:
        dim = next((axis for axis, size in enumerate(input) if not never_equal(size, 3)), None)
        if dim is None:
            raise Problem(MERGE, f"{label}: no axis of the input {input} has size 3")
        if not always_equal(input[dim], 3):
            raise Undecided(f"which axis of {input} has size 3 is not known")
    axis = axis_of(dim, input, label)
    for x in (input, other):
        if x.rank:
            unify(x[axis], 3, MERGE, f"{label} needs axis {axis} to have size 3, got the inputs {input} and {other}")
    return broadcast([input, other], label)


@torch.function("cross", "Tensor.cross")
def cross(input: Shape, other: Shape, dim: Value = None, *, out: Value = None) -> Shape:
    """Vector products along one axis, the first of size 3 unless given; the other axes broadcast."""
    return _cross(input, other, dim, "cross")


@torch.function("linalg.cross")
def linalg_cross(input: Shape, other: Shape, *, dim: Value = -1, out: Value = None) -> Shape:
    """Vector products along one axis; the other axes broadcast."""
    return _cross(input, other, dim, "cross")


@torch.function("chain_matmul")
def chain_matmul(*matrices: Shape, out: Value = None) -> Shape:
    """Product of matrices."""
    if not matrices:
        raise Problem("invalid-layer-argument", "chain_matmul needs at least one matrix")
    _require_ranks("chain_matmul", 2, *matrices)
    return functools.reduce(mm, matrices)


@torch.function("linalg.multi_dot")
def multi_dot(tensors: Shapes, *, out: Value = None) -> Shape:
    """Product of matrices; the first and the last may be vectors."""
    if len(tensors) < 2:
        raise Problem("invalid-layer-argument", f"multi_dot needs at least two tensors, got {len(tensors)}")
    for place, x in enumerate(tensors):
        if x.rank != 2 and not (x.rank == 1 and place in (0, len(tensors) - 1)):
            raise refuse_rank("multi_dot", "matrices, or vectors at the ends", x)
    return functools.reduce(matmul, tensors)


@torch.function("linalg.vecdot")
def vecdot(x: Shape, y: Shape, *, dim: Value = -1, out: Value = None) -> Shape:
    """Sums of products along one axis; the tensors broadcast."""
    if x.rank == y.rank == 1:
        return dot(x, y)
    both = broadcast([x, y], "vecdot")
    axis = axis_of(dim, both, "vecdot")
    return Shape(*both[:axis], *both[axis + 1 :])


@torch.function("einsum", "functional.einsum")
def einsum(equation: Value, *operands: Value) -> Shape:
    """Sums of products named by letters."""
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else operands
    if not isinstance(equation, str) or not all(isinstance(x, Tensor) for x in given):
        raise Undecided("the equation or the operands of einsum are not known")
    return einsum_shape(equation.replace(" ", ""), [x.shape for x in given])

"""Products of arrays, linear algebra, Fourier transforms."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from dimlint.core.binding import Shapes, to_shape
from dimlint.core.dim import Dim, Shape, always_equal, minimum, product, unknown_dim
from dimlint.core.layer import ARGUMENT, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import Named
from dimlint.core.value import Value
from dimlint.libraries.numpy.library import MERGE, RANK, axes_of, axis_of, count_of, function, lost, number, replaced, require_rank, sized
from dimlint.shapes import contract
from dimlint.shapes.agree import broadcast
from dimlint.shapes.einsum import einsum_shape
from dimlint.shapes.select import reduce


@function("matmul", "linalg.matmul", "Tensor.__matmul__")
def matmul(x1: Shape, x2: Shape, *args: Value, **options: Value) -> Shape:
    """Matrix product of the last two axes, the others broadcast."""
    if "axes" in options or "axis" in options:
        raise Undecided("products along other axes than the last two are not modelled")
    return contract.matmul(x1, x2, "numpy.matmul")


@function("Tensor.__rmatmul__")
def rmatmul(a: Shape, b: Shape) -> Shape:
    """``b @ a``."""
    return contract.matmul(b, a, "numpy.matmul")


@function("dot", "Tensor.dot")
def dot(a: Shape, b: Shape, out: Value = None) -> Shape:
    """Sums of products over the last axis of the first array and the last but one of the second."""
    if not a or not b:
        return a or b
    return contract.tensordot(a, b, [a.rank - 1], [max(b.rank - 2, 0)], "numpy.dot")


@function("inner")
def inner(a: Shape, b: Shape) -> Shape:
    """Sums of products over the last axes."""
    if not a or not b:
        return a or b
    return contract.tensordot(a, b, [a.rank - 1], [b.rank - 1], "numpy.inner")


@function("outer")
def outer(a: Shape, b: Shape, out: Value = None) -> Shape:
    """All products of the elements of two arrays."""
    return Shape(product(a), product(b))


@function("vdot")
def vdot(a: Shape, b: Shape) -> Shape:
    """The sum of the products of all elements."""
    unify(product(a), product(b), MERGE, f"numpy.vdot of {a} and {b}: {product(a)} and {product(b)} elements")
    return Shape()


@function("linalg.tensordot")
def tensordot_of(x1: Shape, x2: Shape, /, *, axes: Value = 2) -> Shape:
    """``tensordot`` of the array API."""
    return tensordot(x1, x2, axes)


@function("tensordot")
def tensordot(a: Shape, b: Shape, axes: Value = 2) -> Shape:
    """Sums of products over the last axes of one array and the first of the other, or over given ones."""
    lost(axes)
    if isinstance(axes, int):
        if axes > min(a.rank, b.rank):
            raise Problem(RANK, f"numpy.tensordot: a product over {axes} axes of {a} and {b}", blame="axes")
        if axes < 0:
            raise Undecided(f"a product over {axes} axes of {a} and {b} is not modelled")
        return contract.tensordot(a, b, range(a.rank - axes, a.rank), range(axes), "numpy.tensordot")
    if not isinstance(axes, (tuple, list)) or len(axes) != 2:
        raise Undecided("the axes given to tensordot are not known")
    first, second = (axes_of(side, x.rank, "tensordot") for side, x in zip(axes, (a, b)))
    if len(first) != len(second):
        raise Problem(RANK, "numpy.tensordot needs as many axes of both arrays", blame="axes")
    return contract.tensordot(a, b, first, second, "numpy.tensordot")


@function("kron")
def kron(a: Shape, b: Shape) -> Shape:
    """Each element of the first array times the second one."""
    rank = max(a.rank, b.rank)
    left, right = ((*(1,) * (rank - x.rank), *x) for x in (a, b))
    return Shape(*(p * q for p, q in zip(left, right)))


@function("cross")
def cross(a: Shape, b: Shape, axisa: Value = -1, axisb: Value = -1, axisc: Value = -1, axis: Value = None) -> Shape:
    """Vector products along an axis."""
    axisa, axisb, axisc = (axis, axis, axis) if axis is not None else (axisa, axisb, axisc)
    first, second = axis_of(axisa, a.rank, "cross"), axis_of(axisb, b.rank, "cross")
    if not (always_equal(a[first], 3) and always_equal(b[second], 3)):
        raise Undecided("vector products of what has not 3 coordinates")
    rest = broadcast([Shape(*a[:first], *a[first + 1 :]), Shape(*b[:second], *b[second + 1 :])], "numpy.cross")
    place = axis_of(axisc, rest.rank, "cross", extra=1)
    return Shape(*rest[:place], 3, *rest[place:])


@function("einsum")
def einsum(subscripts: Value, *operands: Value, out: Value = None, optimize: Value = False, **options: Value) -> Shape:
    """Sums of products named by letters."""
    if not isinstance(subscripts, str):
        raise Undecided("the equation of einsum is not known")
    text = subscripts.replace(" ", "")
    if "..." in text.partition("->")[0] and "->" in text and "..." not in text.partition("->")[2]:
        raise Undecided(f"the equation {text!r} leaves out the axes of its dots")
    return einsum_shape(text, [to_shape(x, "an operand") for x in operands])


# -- linear algebra


def _matrices(x: Shape, label: str) -> tuple[Shape, Dim, Dim]:
    require_rank(x, 2, f"linalg.{label}")
    return Shape(*x[:-2]), x[-2], x[-1]


def _square(x: Shape, label: str) -> Shape:
    """The batch of square matrices."""
    batch, rows, columns = _matrices(x, label)
    text = f"numpy.linalg.{label} needs square matrices, got {rows} rows and {columns} columns in the array {x}"
    unify(rows, columns, MERGE, text)
    return batch


def _same(x: Shape, label: str) -> Shape:
    _square(x, label)
    return x


_EACH: dict[str, Callable[[Shape, str], Any]] = {
    "inv": _same,
    "cholesky": _same,
    "det": _square,
    "slogdet": lambda x, label: Named(sign=_square(x, label), logabsdet=_square(x, label)),
    "eig": lambda x, label: Named(eigenvalues=Shape(*_square(x, label), x[-1]), eigenvectors=x),
    "eigh": lambda x, label: Named(eigenvalues=Shape(*_square(x, label), x[-1]), eigenvectors=x),
    "eigvals": lambda x, label: Shape(*_square(x, label), x[-1]),
    "eigvalsh": lambda x, label: Shape(*_square(x, label), x[-1]),
    "matrix_power": _same,
    "pinv": lambda x, label: Shape(*x[:-2], *reversed(_matrices(x, label)[1:])),
}
"""Functions of each matrix of a batch."""


def _each(name: str, result: Callable[[Shape, str], Any]) -> None:
    def body(a: Shape, *args: Value, **options: Value) -> Any:
        """A function of each matrix of a batch."""
        return result(a, name)

    body.__name__ = name
    function(f"linalg.{name}")(body)


for _name, _result in _EACH.items():
    _each(_name, _result)


@function("linalg.svd")
def svd(a: Shape, full_matrices: bool = True, compute_uv: bool = True, hermitian: Value = False) -> Any:
    """Singular values, with the matrices around them."""
    batch, rows, columns = _matrices(a, "svd")
    inner_size = minimum(rows, columns)
    values = Shape(*batch, inner_size)
    if not compute_uv:
        return values
    left, right = (rows, columns) if full_matrices else (inner_size, inner_size)
    return Named(U=Shape(*batch, rows, left), S=values, Vh=Shape(*batch, right, columns))


@function("linalg.svdvals")
def svdvals(x: Shape) -> Shape:
    """Singular values."""
    return svd(x, compute_uv=False)  # type: ignore[no-any-return]


@function("linalg.qr")
def qr(a: Shape, mode: Value = "reduced") -> Any:
    """An orthogonal and a triangular factor."""
    batch, rows, columns = _matrices(a, "qr")
    inner_size = minimum(rows, columns)
    if mode == "complete":
        return Named(Q=Shape(*batch, rows, rows), R=Shape(*batch, rows, columns))
    if mode == "r":
        return Shape(*batch, inner_size, columns)
    if mode != "reduced":
        raise Undecided("the mode of qr is not known")
    return Named(Q=Shape(*batch, rows, inner_size), R=Shape(*batch, inner_size, columns))


@function("linalg.solve")
def solve(a: Shape, b: Shape) -> Shape:
    """Solutions of linear equations."""
    batch = _square(a, "solve")
    text = f"numpy.linalg.solve of {a} and {b}: the sizes of the equations differ"
    if b.rank == 1:
        unify(b[0], a[-1], MERGE, text)
        return Shape(*batch, b[0])
    if b.rank != a.rank:
        raise Undecided("which axes of the right side are equations differs between versions of NumPy")
    unify(b[-2], a[-1], MERGE, text)
    return Shape(*broadcast([batch, Shape(*b[:-2])], "numpy.linalg.solve"), *b[-2:])


@function("linalg.lstsq")
def lstsq(a: Shape, b: Shape, rcond: Value = None) -> Any:
    """Solutions with the least squares of errors."""
    if a.rank != 2:
        raise Problem(RANK, f"numpy.linalg.lstsq needs a matrix, got the {a.rank}-d array {a}")
    if b.rank not in (1, 2):
        raise Problem(RANK, f"numpy.linalg.lstsq needs 1 or 2 dimensions on the right side, got the {b.rank}-d array {b}")
    unify(b[0], a[0], MERGE, f"numpy.linalg.lstsq of {a} and {b}: the sizes of the equations differ")
    count = unknown_dim("n", low=0, reason="how many residuals there are is not known")
    return Shape(a[1], *b[1:]), Shape(count), number("int64"), Shape(minimum(a[0], a[1]))


@function("linalg.norm")
def norm(x: Shape, ord: Value = None, axis: Value = None, keepdims: bool = False) -> Shape:
    """The length of vectors, or a norm of matrices."""
    if axis is None:
        if isinstance(ord, str) and x.rank == 1:
            raise Problem(RANK, f"numpy.linalg.norm: {ord!r} is a norm of matrices, got the vector {x}", blame="ord")
        if ord is not None and x.rank not in (1, 2):
            raise Problem(RANK, f"numpy.linalg.norm: a norm of the {x.rank}-d array {x} needs the axes", blame="axis")
        return reduce(x, None, keepdims)
    axes = axes_of(axis, x.rank, "linalg.norm")
    if len(axes) not in (1, 2):
        raise Problem(RANK, f"numpy.linalg.norm: one or two axes are needed, got {len(axes)}", blame="axis")
    return reduce(x, axes, keepdims)


@function("linalg.matrix_rank")
def matrix_rank(A: Shape, *args: Value, **options: Value) -> Shape:
    """One number for each matrix."""
    return Shape(*A[:-2])


@function("linalg.cond")
def cond(x: Shape, p: Value = None) -> Shape:
    """One number for each matrix."""
    return _matrices(x, "cond")[0]


@function("linalg.multi_dot")
def multi_dot(arrays: Shapes, *, out: Value = None) -> Shape:
    """Product of matrices; the first and the last may be vectors."""
    if len(arrays) < 2 or any(x.rank != 2 for x in arrays[1:-1]) or any(x.rank not in (1, 2) for x in arrays):
        raise Undecided("a product of what are no matrices")
    return functools.reduce(lambda a, b: contract.matmul(a, b, "numpy.linalg.multi_dot"), arrays)


@function("linalg.vector_norm")
def vector_norm(x: Shape, /, *, axis: Value = None, keepdims: bool = False, ord: Value = 2) -> Shape:
    """The length of vectors: of all elements, or along any number of axes."""
    return reduce(x, None if axis is None else axes_of(axis, x.rank, "linalg.vector_norm"), keepdims)


@function("linalg.matrix_norm")
def matrix_norm(x: Shape, /, *, keepdims: bool = False, ord: Value = "fro") -> Shape:
    """A norm of each matrix in the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


@function("linalg.trace")
def trace_of(x: Shape, /, *, offset: Value = 0, dtype: Value = None) -> Shape:
    """The sum of the diagonal of each matrix in the last two axes."""
    require_rank(x, 2, "linalg.trace")
    return trace(x, offset, -2, -1)


@function("trace", "Tensor.trace")
def trace(a: Shape, offset: Value = 0, axis1: Value = 0, axis2: Value = 1, dtype: Value = None, out: Value = None) -> Shape:
    """Sums of diagonals."""
    require_rank(a, 2, "trace")
    return reduce(a, axes_of((axis1, axis2), a.rank, "trace"), False)


# -- Fourier transforms


def _fourier(name: str, length: Callable[[Dim, bool], Dim]) -> None:
    """length: of the transformed axis from that of the axis or from ``n``, and whether it was given."""

    def body(a: Shape, n: Value = None, axis: Value = -1, norm: Value = None, out: Value = None) -> Shape:
        """A transform along one axis."""
        index = axis_of(axis, a.rank, f"fft.{name}")
        size = a[index] if n is None else count_of(n, name)
        if (not isinstance(size, int) or size < 1) and isinstance(size, int):
            raise Problem(ARGUMENT, f"numpy.fft.{name}: {size} points are too few")
        found = length(size, n is not None)
        if isinstance(found, int) and found < 1:
            raise Problem(ARGUMENT, f"numpy.fft.{name} of {a} has no points along axis {index}")
        return replaced(a, index, found)

    body.__name__ = name
    function(f"fft.{name}")(body)


_fourier("fft", lambda size, given: size)
_fourier("ifft", lambda size, given: size)
_fourier("rfft", lambda size, given: size // 2 + 1)
_fourier("ihfft", lambda size, given: size // 2 + 1)
_fourier("irfft", lambda size, given: size if given else (size - 1) * 2)
_fourier("hfft", lambda size, given: size if given else (size - 1) * 2)


def _several(name: str, default: tuple[int, ...] | None, half: bool) -> None:
    def body(a: Shape, s: Value = None, axes: Value = default, norm: Value = None, out: Value = None) -> Shape:
        """A transform along several axes."""
        if s is not None:
            raise Undecided("transforms with other sizes are not modelled")
        order = list(range(a.rank)) if axes is None else [axis_of(axis, a.rank, f"fft.{name}") for axis in _axes(axes)]
        if not order or any(always_equal(a[index], 0) for index in order):
            raise Undecided("a transform of no elements")
        return replaced(a, order[-1], a[order[-1]] // 2 + 1) if half and order else a

    body.__name__ = name
    function(f"fft.{name}")(body)


def _axes(axes: Value) -> Sequence[Value]:
    if not isinstance(axes, (tuple, list)):
        raise Undecided("the axes of a transform are not known")
    return axes


_several("fft2", (-2, -1), False)
_several("ifft2", (-2, -1), False)
_several("fftn", None, False)
_several("ifftn", None, False)
_several("rfft2", (-2, -1), True)
_several("rfftn", None, True)


@function("fft.fftshift", "fft.ifftshift")
def fftshift(x: Shape, axes: Value = None) -> Shape:
    """Halves exchanged."""
    if axes is not None:
        for axis in axes if isinstance(axes, (tuple, list)) else (axes,):
            axis_of(axis, x.rank, "fft.fftshift")
    return x


@function("fft.fftfreq")
def fftfreq(n: Dim, d: Value = 1.0, device: Value = None) -> Shape:
    """The frequencies of a transform."""
    return sized((n,), "fft.fftfreq")


@function("fft.rfftfreq")
def rfftfreq(n: Dim, d: Value = 1.0, device: Value = None) -> Shape:
    """The frequencies of a transform of real numbers."""
    return Shape(n // 2 + 1)

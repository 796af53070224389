"""Linear algebra: norms, inverses, decompositions and solutions of batches of matrices.

https://docs.pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import Dim, Shape, always_equal, less, minimum, never_equal, product
from dimlint.core.layer import ARGUMENT, show, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import Named
from dimlint.core.value import Unknown, Value
from dimlint.libraries.torch.arguments import MERGE, RANK, axis_of, refuse_rank
from dimlint.libraries.torch.library import torch
from dimlint.libraries.torch.reduction import axes_of, known_flag
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import reduce

SAME = """inverse linalg.inv cholesky linalg.cholesky matrix_exp linalg.matrix_exp Tensor.inverse Tensor.cholesky Tensor.matrix_exp"""
"""Functions of square matrices that leave the shape."""

ONE = "det logdet linalg.det Tensor.det Tensor.logdet"
"""One number for each square matrix."""

CALLED_A = "linalg.det linalg.slogdet linalg.inv linalg.inv_ex linalg.svdvals linalg.lu_factor linalg.lu_factor_ex"
"""Functions whose matrix is called ``A``; that of the others is ``input``, though the documentation has ``A`` for most of them."""

INVERSES = "pinverse linalg.pinv Tensor.pinverse"


def _matrix(x: Shape, label: str) -> tuple[Shape, Dim, Dim]:
    """Batch, rows and columns of a batch of matrices."""
    if x.rank < 2:
        raise refuse_rank(label, "a matrix or a batch of matrices", x)
    return Shape(*x[:-2]), x[-2], x[-1]


def _square(x: Shape, label: str) -> tuple[Shape, Dim]:
    """Batch and size of a batch of square matrices."""
    batch, rows, columns = _matrix(x, label)
    unify(rows, columns, MERGE, f"{label} needs square matrices, got {rows} rows and {columns} columns in the input {x}")
    return batch, rows


def _each(names: str, result: Callable[[Shape, str], Shape | Named]) -> None:
    """Functions of batches of matrices alone."""
    for name in names.split():
        label = name.rpartition(".")[2]

        def body(input: Shape, *args: Value, _label: str = label, **options: Value) -> Shape | Named:
            """A function of each matrix of a batch."""
            return result(input, _label)

        torch.function(name, input="A" if name in CALLED_A.split() else "input")(body)


def _same(x: Shape, label: str) -> Shape:
    _square(x, label)
    return x


_each(SAME, _same)
_each(ONE, lambda x, label: _square(x, label)[0])
_each("slogdet linalg.slogdet Tensor.slogdet", lambda x, label: Named(sign=_square(x, label)[0], logabsdet=_square(x, label)[0]))
_each("linalg.eigvals linalg.eigvalsh", lambda x, label: Shape(*_square(x, label)[0], x[-1]))
_each("linalg.eig linalg.eigh", lambda x, label: Named(eigenvalues=Shape(*_square(x, label)[0], x[-1]), eigenvectors=x))
_each("linalg.inv_ex", lambda x, label: Named(inverse=_same(x, label), info=Shape(*x[:-2])))
_each("linalg.cholesky_ex", lambda x, label: Named(L=_same(x, label), info=Shape(*x[:-2])))
_each("cholesky_inverse Tensor.cholesky_inverse", _same)
_each("linalg.ldl_factor", lambda x, label: Named(LD=_same(x, label), pivots=Shape(*x[:-1])))


def _transposed(x: Shape, label: str) -> Shape:
    batch, rows, columns = _matrix(x, label)
    return Shape(*batch, columns, rows)


def _shorter(x: Shape, label: str) -> tuple[Shape, Dim]:
    batch, rows, columns = _matrix(x, label)
    return batch, minimum(rows, columns)


_each(INVERSES, _transposed)
_each("linalg.svdvals", lambda x, label: Shape(*_shorter(x, label)[0], _shorter(x, label)[1]))
_each("linalg.lu_factor", lambda x, label: Named(LU=x, pivots=Shape(*_shorter(x, label)[0], _shorter(x, label)[1])))
_each(
    "linalg.lu_factor_ex",
    lambda x, label: Named(LU=x, pivots=Shape(*_shorter(x, label)[0], _shorter(x, label)[1]), info=_shorter(x, label)[0]),
)
_each("linalg.matrix_rank", lambda x, label: _matrix(x, label)[0])


@torch.function("linalg.cond", A="input")
def cond(A: Shape, p: Value = None, *, out: Value = None) -> Shape:
    """The condition number of each matrix; only the 2-norms take matrices that are not square."""
    return _matrix(A, "cond")[0] if p in (None, 2, -2) else _square(A, "cond")[0]


@torch.function("matrix_power", "linalg.matrix_power", "Tensor.matrix_power", A="input")
def matrix_power(A: Shape, n: Value, *, out: Value = None) -> Shape:
    """The n-th power of each square matrix."""
    _square(A, "matrix_power")
    return A


@torch.function("linalg.svd")
def svd(A: Shape, full_matrices: Value = True, *, driver: Value = None, out: Value = None) -> Named:
    """Singular value decomposition ``U @ diag(S) @ Vh``."""
    batch, rows, columns = _matrix(A, "svd")
    short = minimum(rows, columns)
    left, right = (rows, columns) if known_flag(full_matrices, "full_matrices") else (short, short)
    return Named(U=Shape(*batch, rows, left), S=Shape(*batch, short), Vh=Shape(*batch, right, columns))


@torch.function("svd", "Tensor.svd")
def old_svd(input: Shape, some: Value = True, compute_uv: Value = True, *, out: Value = None) -> Named:
    """Singular value decomposition ``U @ diag(S) @ V.T``."""
    batch, rows, columns = _matrix(input, "svd")
    short = minimum(rows, columns)
    reduced = known_flag(some, "some") and known_flag(compute_uv, "compute_uv")
    left, right = (short, short) if reduced else (rows, columns)
    return Named(U=Shape(*batch, rows, left), S=Shape(*batch, short), V=Shape(*batch, columns, right))


def _orthogonal(x: Shape, *, whole: bool) -> Named:
    batch, rows, columns = _matrix(x, "qr")
    inner = rows if whole else minimum(rows, columns)
    return Named(Q=Shape(*batch, rows, inner), R=Shape(*batch, inner, columns))


@torch.function("linalg.qr")
def qr(A: Shape, mode: Value = "reduced", *, out: Value = None) -> Named:
    """Decomposition into orthogonal and triangular matrices."""
    if isinstance(mode, Unknown) or not isinstance(mode, str):
        raise Undecided("the mode of qr is not known")
    if mode not in ("reduced", "complete", "r"):
        raise Problem(ARGUMENT, f"qr: mode must be one of 'reduced', 'complete', 'r', got {show(mode)}", blame="mode")
    found = _orthogonal(A, whole=mode == "complete")
    return Named(Q=Shape(0), R=found[1]) if mode == "r" else found


@torch.function("qr", "Tensor.qr")
def old_qr(input: Shape, some: Value = True, *, out: Value = None) -> Named:
    """Decomposition into orthogonal and triangular matrices."""
    return _orthogonal(input, whole=not known_flag(some, "some"))


@torch.function("linalg.lu")
def lu(A: Shape, *, pivot: Value = True, out: Value = None) -> Named:
    """Decomposition ``P @ L @ U``."""
    batch, rows, columns = _matrix(A, "lu")
    short = minimum(rows, columns)
    first = Shape(*batch, rows, rows) if known_flag(pivot, "pivot") else Shape(0)
    return Named(P=first, L=Shape(*batch, rows, short), U=Shape(*batch, short, columns))


# -- solutions


def _solution(a: Shape, b: Shape, label: str, *, left: bool) -> Shape:
    """``X`` of ``A @ X = B`` (or of ``X @ A = B``); the batches broadcast."""
    batch, size = _square(a, label)
    more, rows, columns = _matrix(b, label)
    side = rows if left else columns
    unify(side, size, MERGE, f"{label} of {a} and {b}: A has {size} rows, B has {side} {'rows' if left else 'columns'}")
    return Shape(*broadcast([batch, more], label), rows, columns)


@torch.function("linalg.solve")
def solve(A: Shape, B: Shape, *, left: Value = True, out: Value = None) -> Shape:
    """``X`` of ``A @ X = B``; a B without the last axis holds vectors."""
    _square(A, "solve")
    if B.rank == 1 or (B.rank == A.rank - 1 and all(map(always_equal, B, A[:-1]))):
        if not known_flag(left, "left"):
            raise Problem(ARGUMENT, f"solve: left=False needs matrices in B, got the vectors {B}", blame="left")
        solved = _solution(A, Shape(*B, 1), "solve", left=True)
        return Shape(*solved[:-1])
    if B.rank == A.rank - 1 and not any(map(never_equal, B, A[:-1])):
        raise Undecided(f"whether {B} holds vectors or matrices is not known")
    return _solution(A, B, "solve", left=known_flag(left, "left"))


@torch.function("linalg.solve_triangular", A="input")
def solve_triangular(
    A: Shape,
    B: Shape,
    *,
    upper: Value,
    left: Value = True,
    unitriangular: Value = False,
    out: Value = None,
) -> Shape:
    """``X`` of ``A @ X = B`` for triangular A."""
    return _solution(A, B, "solve_triangular", left=known_flag(left, "left"))


@torch.function("cholesky_solve", "Tensor.cholesky_solve", B="input", L="input2")
def cholesky_solve(B: Shape, L: Shape, upper: Value = False, *, out: Value = None) -> Shape:
    """``X`` of ``A @ X = B`` from the Cholesky factor of A."""
    return _solution(L, B, "cholesky_solve", left=True)


@torch.function("linalg.lstsq", A="input", B="b")
def lstsq(A: Shape, B: Shape, rcond: Value = None, *, driver: Value = None) -> Named:
    """``X`` for which ``A @ X`` is nearest to ``B``. The other results depend on the driver."""
    batch, rows, columns = _matrix(A, "lstsq")
    if B.rank != A.rank:
        raise Undecided("least squares for vectors are not followed")
    more, height, width = _matrix(B, "lstsq")
    unify(height, rows, MERGE, f"lstsq of {A} and {B}: A has {rows} rows, B has {height}")
    solution = Shape(*broadcast([batch, more], "lstsq"), columns, width)
    lost = Unknown("this result of lstsq depends on the data and the driver")
    return Named(solution=solution, residuals=lost, rank=lost, singular_values=lost)


@torch.function("linalg.tensorinv", A="input")
def tensorinv(A: Shape, ind: int = 2, *, out: Value = None) -> Shape:
    """The inverse of a tensor as a matrix of its first ``ind`` axes by the others."""
    if ind <= 0:
        raise Problem(ARGUMENT, f"tensorinv: ind must be greater than zero, got {ind}", blame="ind")
    first, last = product(A[:ind]), product(A[ind:])
    unify(first, last, MERGE, f"tensorinv: the first {ind} sizes of {A} make {first}, the others {last}")
    return Shape(*A[ind:], *A[:ind])


# -- norms


@torch.function("linalg.vector_norm", x="input")
def vector_norm(x: Shape, ord: Value = 2, dim: Value = None, keepdim: Value = False, *, dtype: Value = None, out: Value = None) -> Shape:
    """Norm of all elements, or over axes."""
    return reduce(x, axes_of(dim, x, "vector_norm"), known_flag(keepdim, "keepdim"))


@torch.function("linalg.matrix_norm", A="input")
def matrix_norm(
    A: Shape,
    ord: Value = "fro",
    dim: Value = (-2, -1),
    keepdim: Value = False,
    *,
    dtype: Value = None,
    out: Value = None,
) -> Shape:
    """Norm of each matrix: of the last two axes unless told otherwise."""
    if A.rank < 2:
        raise refuse_rank("matrix_norm", "a matrix or a batch of matrices", A)
    axes = axes_of(dim, A, "matrix_norm")
    if axes is None or len(axes) != 2:
        raise Problem(RANK, f"matrix_norm: dim must be two axes, got {show(dim)}", blame="dim")
    return reduce(A, axes, known_flag(keepdim, "keepdim"))


@torch.function("linalg.norm", A="input")
def norm(A: Shape, ord: Value = None, dim: Value = None, keepdim: Value = False, *, dtype: Value = None, out: Value = None) -> Shape:
    """Norm of all elements, or over axes; with ``ord`` but without ``dim`` of a vector or a matrix."""
    axes = [axis_of(axis, A, "norm") for axis in dim] if isinstance(dim, (tuple, list)) else axes_of(dim, A, "norm")
    if axes is not None and len(axes) not in (1, 2):
        raise Undecided("the norm over more than two axes is not followed")
    if ord is not None and axes is None and A.rank not in (1, 2):
        raise refuse_rank("norm", "an input of 1 or 2 dimensions where ord is given without dim", A)
    if axes is not None and less(1, len(axes)) and axes[0] == axes[1]:
        raise Problem(RANK, f"norm: dim={show(dim)} names an axis twice, from input {A}", blame="dim")
    return reduce(A, axes, known_flag(keepdim, "keepdim"))

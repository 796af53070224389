"""Decompositions and equations. Source: https://keras.io/api/ops/linalg."""

from __future__ import annotations

from dimlint.core.dim import Shape, always_equal, minimum, never_equal
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, late, require_rank
from dimlint.shapes import contract


def matrices(x: Shape, what: str, *, square: bool = False) -> Shape:
    """Matrices, in a batch or alone. Raises Problem(rank-mismatch, merge-mismatch)."""
    require_rank(x, what, 2, 99)
    if square and never_equal(x[-1], x[-2]):
        raise Problem(MERGE, f"{what} needs square matrices, got {x}", blame="x")
    if square and not always_equal(x[-1], x[-2]):
        doubt(f"whether the matrices {x} are square is not known")
    return x


@keras.function("ops.cholesky", "ops.cholesky_inverse", "ops.inv")
def inv(x: Shape, upper: object = False) -> Shape:
    """A square matrix made of a square one. Raises Problem(rank-mismatch, merge-mismatch)."""
    return matrices(x, "inv", square=True)


@keras.function("ops.det")
def det(x: Shape) -> Shape:
    """The determinant. Raises Problem(rank-mismatch, merge-mismatch)."""
    return Shape(*matrices(x, "det", square=True)[:-2])


@keras.function("ops.logdet")
def logdet(x: Shape) -> Shape:
    """The logarithm of the determinant. Raises Undecided."""
    with late():
        return det(x)


@keras.function("ops.slogdet")
def slogdet(x: Shape) -> tuple[Shape, Shape]:
    """Sign and logarithm of the determinant. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    found = logdet(x)
    if found:
        raise Undecided("Keras' symbolic and eager calls differ on signs of a batch")
    return found, found


@keras.function("ops.eig", "ops.eigh")
def eig(x: Shape) -> tuple[Shape, Shape]:
    """Eigenvalues and eigenvectors. Raises Problem(rank-mismatch, merge-mismatch)."""
    matrices(x, "eig", square=True)
    return Shape(*x[:-1]), x


@keras.function("ops.lu_factor")
def lu_factor(x: Shape) -> tuple[Shape, Shape]:
    """Factors of a matrix and the order of its rows. Raises Problem(rank-mismatch), Undecided."""
    matrices(x, "lu_factor")
    if not always_equal(x[-1], x[-2]):
        raise Undecided("factors of matrices that are not square")
    return x, Shape(*x[:-1])


@keras.function("ops.qr")
def qr(x: Shape, mode: Value = "reduced") -> tuple[Shape, Shape]:
    """An orthogonal and an upper matrix. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    if isinstance(mode, Unknown):
        raise Undecided(mode.reason)
    if mode not in ("reduced", "complete"):
        raise Problem(ARGUMENT, f"qr: mode must be 'reduced' or 'complete', got {show(mode)}", blame="mode")
    rows, columns = matrices(x, "qr")[-2:]
    if shows_none(rows) or shows_none(columns):
        raise Undecided(f"the sizes of {x} are open")
    inner = minimum(rows, columns) if mode == "reduced" else rows
    return Shape(*x[:-2], rows, inner), Shape(*x[:-2], inner, columns)


@keras.function("ops.svd")
def svd(x: Shape, full_matrices: Value = True, compute_uv: Value = True) -> Value:
    """Two orthogonal matrices and the singular values between them. Raises Problem(rank-mismatch), Undecided."""
    if not isinstance(full_matrices, (bool, int)) or not isinstance(compute_uv, (bool, int)):
        raise Undecided("which parts are computed is not known")
    rows, columns = matrices(x, "svd")[-2:]
    if shows_none(rows) or shows_none(columns):
        raise Undecided(f"the sizes of {x} are open")
    inner = minimum(rows, columns)
    values = Shape(*x[:-2], inner)
    if not compute_uv:
        return values
    left, right = (rows, columns) if full_matrices else (inner, inner)
    return Shape(*x[:-2], rows, left), values, Shape(*x[:-2], right, columns)


@keras.function("ops.pinv")
def pinv(x: Shape, rcond: object = None) -> Shape:
    """The pseudo-inverse. Raises Problem(rank-mismatch)."""
    matrices(x, "pinv")
    return Shape(*x[:-2], x[-1], x[-2])


@keras.function("ops.matrix_rank")
def matrix_rank(x: Shape, tol: object = None) -> Shape:
    """The rank of matrices. Raises Problem(rank-mismatch)."""
    return Shape(*matrices(x, "matrix_rank")[:-2])


@keras.function("ops.solve", "ops.solve_triangular")
def solve(a: Shape, b: Shape, lower: object = False) -> Shape:
    """The solution of linear equations: (*, M, M) and (*, M, K) or (*, M). Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    matrices(a, "solve", square=True)
    require_rank(b, "solve", 1, 99)
    batches = zip(a[:-2], b)
    if b.rank not in (a.rank, a.rank - 1) or any(not always_equal(p, q) and not (shows_none(p) or shows_none(q)) for p, q in batches):
        raise Undecided(f"equations {a} with right sides {b} are not modelled")
    if b.rank < a.rank:
        with late():
            contract.require_same(a[-2], b[-1], f"solve of {a} and {b}")
    else:
        contract.require_same(a[-2], b[-2], f"solve of {a} and {b}")
    return b


@keras.function("ops.lstsq")
def lstsq(a: Shape, b: Shape, rcond: object = None) -> Shape:
    """The best solution of linear equations: (M, N) and (M, K) or (M,). Raises Problem(rank-mismatch, merge-mismatch)."""
    require_rank(a, "lstsq", 2)
    require_rank(b, "lstsq", 1, 2)
    contract.require_same(a[0], b[0], f"lstsq of {a} and {b}")
    return Shape(a[1], *b[1:])

"""Products of tensors, and linear algebra. Source: https://www.tensorflow.org/api_docs/python/tf/linalg."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, minimum, never_equal, never_positive, unknown_dim
from dimlint.core.layer import show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, broadcast, values_of
from dimlint.libraries.keras.ops.linear_algebra import matrices
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.libraries.tensorflow.types import axes_of, require_bool, when_known
from dimlint.shapes import contract, select
from dimlint.shapes.einsum import compared_einsum


@tensorflow.function("matmul", "batch_matmul")
def matmul(
    a: Shape,
    b: Shape,
    transpose_a: Value = False,
    transpose_b: Value = False,
    adjoint_a: Value = False,
    adjoint_b: Value = False,
    *args: object,
    **kwargs: object,
) -> Shape:
    """The matrix product, of transposed matrices too. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    sides = []
    for side, turns in ((a, (transpose_a, adjoint_a)), (b, (transpose_b, adjoint_b))):
        if side.rank < 2:
            raise Problem(RANK, f"matmul of {a} and {b}: both need at least 2 dimensions")
        turned = [require_bool(turn, "a transposition") for turn in turns]
        if all(turned):
            raise Undecided("a matrix cannot be transposed in two ways")
        sides.append(Shape(*side[:-2], side[-1], side[-2]) if any(turned) else side)
    return contract.matmul(sides[0], sides[1], "matmul", shows_none)


@tensorflow.function("linalg.matvec")
def matvec(a: Shape, b: Shape, transpose_a: Value = False, adjoint_a: Value = False, *args: object, **kwargs: object) -> Shape:
    """Matrices times vectors. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    if not b.rank:
        raise Problem(RANK, f"matvec of {a} and {b}: a vector is needed")
    return Shape(*matmul(a, Shape(*b, 1), transpose_a, False, adjoint_a)[:-1])


@tensorflow.function("sparse.sparse_dense_matmul", "sparse.matmul", "sparse_tensor_dense_matmul")
def sparse_dense_matmul(sp_a: Value, b: Shape, adjoint_a: Value = False, adjoint_b: Value = False, name: object = None) -> Shape:
    """The product of a sparse matrix, of which the rows are often not known, and a dense one. Raises Problem, Undecided."""
    first = Shape(0, 0) if isinstance(sp_a, Unknown) else to_shape(sp_a, "a sparse matrix")
    if b.rank != 2 or first.rank != 2:
        raise Undecided("a sparse product of anything but two matrices is not followed")
    if isinstance(sp_a, Unknown):
        return Shape(unknown_dim(reason=sp_a.reason), b[0] if require_bool(adjoint_b, "adjoint_b") else b[1])
    return matmul(first, b, adjoint_a=adjoint_a, adjoint_b=adjoint_b)


@tensorflow.function("einsum")
def einsum(equation: str, *inputs: Value, **kwargs: object) -> Shape:
    """Sums of products named by letters. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    shapes = [to_shape(x, "a tensor") for x in inputs]
    try:
        return compared_einsum(equation, shapes, shows_none)
    except Problem:
        if any(map(never_positive, [size for shape in shapes for size in shape])):
            raise Undecided("TensorFlow does not compare all sizes of tensors without elements") from None
        raise


@tensorflow.function("tensordot")
def tensordot(a: Shape, b: Shape, axes: Value, name: object = None) -> Shape:
    """Product summed over pairs of axes. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    axes = values_of(axes)
    if isinstance(axes, int):
        if axes < 0 or axes > a.rank or axes > b.rank:
            raise Problem(RANK, f"tensordot of {a} and {b} over {axes} axes", blame="axes")
        with when_known(a, b):
            return contract.tensordot(a, b, range(a.rank - axes, a.rank), range(axes), "tensordot", whole=True)
    if not isinstance(axes, (tuple, list)) or len(axes) != 2:
        raise Undecided(axes.reason if isinstance(axes, Unknown) else f"the axes {show(axes)} of tensordot are not known")
    first, second = ([axis_of(x, i, "tensordot") for i in (s if isinstance(s, (tuple, list)) else (s,))] for x, s in zip((a, b), axes))
    if len(first) != len(second):
        raise Problem(MERGE, f"tensordot: the axes {show(axes)} are no pairs", blame="axes")
    if len(set(first)) < len(first) or len(set(second)) < len(second):
        raise Undecided(f"the axes {show(axes)} of tensordot repeat one")
    with when_known(a, b):
        return contract.tensordot(a, b, first, second, "tensordot", whole=True)


@tensorflow.function("norm")
def norm(
    tensor: Shape, ord: Value = "euclidean", axis: Value = None, keepdims: Value = None, name: object = None, keep_dims: Value = None
) -> Shape:
    """Length of vectors or size of matrices. Raises Problem(rank-mismatch), Undecided."""
    axes = axes_of(tensor, axis, "norm")
    whole = axis is None or len(axes) == 1 or (len(axes) == 2 and ord in ("euclidean", "fro"))
    if not whole or not (ord == "euclidean" or isinstance(ord, (int, float))):
        raise Undecided(f"the norm {show(ord)} over {len(axes)} axes is not followed")
    return select.reduce(tensor, axes, require_bool(keep_dims if keepdims is None else keepdims, "keepdims"))


@tensorflow.function("linalg.inv", "linalg.cholesky", "linalg.sqrtm", "linalg.logm", "cholesky")
def inv(input: Shape, *args: object, **kwargs: object) -> Shape:
    """A square matrix made of a square one. Raises Problem(rank-mismatch, merge-mismatch)."""
    return matrices(input, "inv", square=True)


@tensorflow.function("linalg.expm")
def expm(input: Shape, name: object = None) -> Shape:
    """The exponential of a square matrix; a vector is a matrix of one row. Raises Problem(rank-mismatch, merge-mismatch)."""
    return matrices(Shape(1, *input) if input.rank == 1 else input, "expm", square=True)


@tensorflow.function("linalg.logdet", input="matrix")
@tensorflow.function("linalg.det", "matrix_determinant")
def det(input: Shape, name: object = None) -> Shape:
    """The determinant. Raises Problem(rank-mismatch, merge-mismatch)."""
    return Shape(*matrices(input, "det", square=True)[:-2])


@tensorflow.function("linalg.slogdet")
def slogdet(input: Shape, name: object = None) -> Value:
    """Sign and logarithm of the determinant. Raises Problem(rank-mismatch, merge-mismatch)."""
    return det(input), det(input)


@tensorflow.function("linalg.band_part", "linalg.set_diag_same")
def band_part(input: Shape, *args: object, **kwargs: object) -> Shape:
    """A matrix with zeros outside of a band. Raises Problem(rank-mismatch)."""
    return matrices(input, "band_part")


@tensorflow.function("linalg.set_diag")
def set_diag(input: Shape, diagonal: Shape, *args: object, **kwargs: object) -> Shape:
    """A matrix with another diagonal. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    wanted = diag_part(input, *args, **kwargs)
    if wanted.rank != diagonal.rank or any(map(never_equal, wanted, diagonal)):
        raise Problem(MERGE, f"set_diag: the diagonals of {input} have the shape {wanted}, not {diagonal}", blame="diagonal")
    return input


@tensorflow.function("linalg.diag")
def diag(diagonal: Shape, *args: object, **kwargs: object) -> Shape:
    """Matrices with the given diagonals: (*, n) -> (*, n, n). Raises Problem(rank-mismatch), Undecided."""
    if args or kwargs.keys() - {"name"}:
        raise Undecided("other diagonals than the main one are not followed")
    if not diagonal.rank:
        raise Problem(RANK, "diag needs a vector, got a number")
    return Shape(*diagonal, diagonal[-1])


@tensorflow.function("linalg.diag_part", "matrix_diag_part")
def diag_part(input: Shape, *args: object, **kwargs: object) -> Shape:
    """The diagonals of matrices. Raises Problem(rank-mismatch), Undecided."""
    if args or kwargs.keys() - {"name"}:
        raise Undecided("other diagonals than the main one are not followed")
    rows, columns = matrices(input, "diag_part")[-2:]
    return Shape(*input[:-2], rows if shows_none(rows) else columns if shows_none(columns) else minimum(rows, columns))


@tensorflow.function("linalg.tensor_diag")
def tensor_diag(diagonal: Shape, name: object = None) -> Shape:
    """All elements on the diagonal of a tensor of twice the rank."""
    return Shape(*diagonal, *diagonal)


@tensorflow.function("linalg.tensor_diag_part", "diag_part")
def tensor_diag_part(input: Shape, name: object = None) -> Shape:
    """The diagonal of a tensor of even rank. Raises Undecided."""
    half = input.rank // 2
    if not input.rank or input.rank % 2 or any(not always_equal(a, b) for a, b in zip(input[:half], input[half:])):
        raise Undecided(f"the diagonal of {input} is not modelled")
    return Shape(*input[:half])


@tensorflow.function("linalg.trace", "trace")
def trace(x: Shape, name: object = None) -> Shape:
    """The sum of the diagonal. Raises Problem(rank-mismatch)."""
    return Shape(*matrices(x, "trace")[:-2])


@tensorflow.function("linalg.matrix_transpose")
def matrix_transpose(a: Shape, name: object = "matrix_transpose", conjugate: object = False) -> Shape:
    """The last two axes exchanged. Raises Problem(rank-mismatch)."""
    matrices(a, "matrix_transpose")
    return Shape(*a[:-2], a[-1], a[-2])


@tensorflow.function("linalg.pinv")
def pinv(a: Shape, *args: object, **kwargs: object) -> Shape:
    """The pseudo-inverse. Raises Problem(rank-mismatch)."""
    return matrix_transpose(a)


@tensorflow.function("linalg.matrix_rank")
def matrix_rank(a: Shape, *args: object, **kwargs: object) -> Shape:
    """The rank of matrices. Raises Problem(rank-mismatch)."""
    return Shape(*matrices(a, "matrix_rank")[:-2])


@tensorflow.function("linalg.eigh", "linalg.eig", "self_adjoint_eig")
def eigh(tensor: Shape, name: object = None) -> Value:
    """Eigenvalues and eigenvectors. Raises Problem(rank-mismatch, merge-mismatch)."""
    matrices(tensor, "eigh", square=True)
    return Shape(*tensor[:-1]), tensor


@tensorflow.function("linalg.qr", "qr")
def qr(input: Shape, full_matrices: Value = False, name: object = None) -> Value:
    """An orthogonal and an upper matrix. Raises Problem(rank-mismatch), Undecided."""
    rows, inner, columns = _sides(input, "qr")
    inner = rows if require_bool(full_matrices, "full_matrices") else inner
    return Shape(*input[:-2], rows, inner), Shape(*input[:-2], inner, columns)


@tensorflow.function("linalg.svd", "svd")
def svd(tensor: Shape, full_matrices: Value = False, compute_uv: Value = True, name: object = None) -> Value:
    """Singular values, and two orthogonal matrices around them. Raises Problem(rank-mismatch), Undecided."""
    rows, inner, columns = _sides(tensor, "svd")
    values = Shape(*tensor[:-2], inner)
    if not require_bool(compute_uv, "compute_uv"):
        return values
    left, right = (rows, columns) if require_bool(full_matrices, "full_matrices") else (inner, inner)
    return values, Shape(*tensor[:-2], rows, left), Shape(*tensor[:-2], columns, right)


def _sides(x: Shape, what: str) -> tuple[Dim, Dim, Dim]:
    """Rows, the smaller side, and columns of matrices. Raises Problem(rank-mismatch), Undecided."""
    rows, columns = matrices(x, what)[-2:]
    if shows_none(rows) or shows_none(columns):
        raise Undecided(f"the sizes of {x} are open")
    return rows, minimum(rows, columns), columns


@tensorflow.function("linalg.solve", "matrix_solve")
def solve(matrix: Shape, rhs: Shape, *args: object, **kwargs: object) -> Shape:
    """The solution of linear equations: (*, M, M) and (*, M, K). Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    matrices(matrix, "solve", square=True)
    if rhs.rank != matrix.rank:
        raise Problem(RANK, f"solve of {matrix} and {rhs}: both must have as many dimensions", blame="rhs")
    if any(not always_equal(p, q) for p, q in zip(matrix[:-2], rhs)):
        raise Undecided(f"equations {matrix} with right sides {rhs} are not modelled")
    contract.require_same(matrix[-2], rhs[-2], f"solve of {matrix} and {rhs}")
    return rhs


@tensorflow.function("linalg.triangular_solve")
def triangular_solve(matrix: Shape, rhs: Shape, *args: object, **kwargs: object) -> Shape:
    """The solution of linear equations; batches broadcast. Raises Problem(rank-mismatch, merge-mismatch)."""
    matrices(matrix, "triangular_solve", square=True)
    if rhs.rank < 2:
        raise Problem(RANK, f"triangular_solve of {matrix} and {rhs}: the right sides must be matrices", blame="rhs")
    what = f"triangular_solve of {matrix} and {rhs}"
    contract.require_same(matrix[-2], rhs[-2], what)
    return Shape(*broadcast(what, Shape(*matrix[:-2]), Shape(*rhs[:-2])), *rhs[-2:])


@tensorflow.function("linalg.lstsq")
def lstsq(matrix: Shape, rhs: Shape, *args: object, **kwargs: object) -> Shape:
    """The best solution of linear equations: (*, M, N) and (*, M, K). Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    matrices(matrix, "lstsq")
    if rhs.rank < 2:
        raise Problem(RANK, f"lstsq of {matrix} and {rhs}: the right sides must be matrices", blame="rhs")
    if rhs.rank != matrix.rank:
        raise Undecided(f"lstsq of {matrix} and {rhs}, which have different numbers of dimensions")
    if any(not always_equal(p, q) for p, q in zip(matrix[:-2], rhs)):
        raise Undecided(f"equations {matrix} with right sides {rhs} are not modelled")
    contract.require_same(matrix[-2], rhs[-2], f"lstsq of {matrix} and {rhs}")
    return Shape(*matrix[:-2], matrix[-1], rhs[-1])


@tensorflow.function("linalg.cross", "cross")
def cross(a: Shape, b: Shape, name: object = None) -> Shape:
    """The vector product of vectors with 3 elements. Raises Problem(merge-mismatch), Undecided."""
    if a.rank != b.rank or not a.rank or any(map(never_equal, a, b)) or never_equal(a[-1], 3):
        raise Problem(MERGE, f"cross needs tensors of one shape whose last size is 3, got {a} and {b}")
    return a


@tensorflow.function("linalg.normalize")
def normalize(tensor: Shape, ord: Value = "euclidean", axis: Value = None, name: object = None) -> Value:
    """Vectors of length 1, and their lengths. Raises Problem(rank-mismatch), Undecided."""
    return tensor, norm(tensor, ord, axis, True)


@tensorflow.function("linalg.adjoint")
def adjoint(matrix: Shape, name: object = None) -> Shape:
    """The conjugate transpose. Raises Problem(rank-mismatch)."""
    return matrix_transpose(matrix)

"""Products of tensors: sums over axes that two or more of them share."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.axis import require_equal
from dimlint.core.dim import Dim, Shape, always_equal, product
from dimlint.core.problem import Problem
from dimlint.shapes.agree import MERGE, Lenient, broadcast

RANK = "rank-mismatch"


def require_same(a: Dim, b: Dim, text: str, lenient: Lenient | None = None) -> None:
    """Require two sizes that are summed over to be equal. Raises Problem(merge-mismatch)."""
    if not always_equal(a, b):
        problem = Problem(MERGE, f"{text}: the inner sizes {a} and {b} differ")
        require_equal(a, b, f"{text}: whether {a} equals {b} is not known", problem)


def inner(a: Shape, b: Shape) -> tuple[Dim, Dim]:
    """The two sizes over which the matrix product sums."""
    return a[-1], b[-2] if b.rank > 1 else b[0]


def outer(batch: Shape, a: Shape, b: Shape) -> Shape:
    """The shape of the matrix product: the batches as they broadcast, rows of ``a`` and columns of ``b``, which vectors lack."""
    rows = a[-2:-1] if a.rank > 1 else ()
    columns = b[-1:] if b.rank > 1 else ()
    return Shape(*batch, *rows, *columns)


def matmul(a: Shape, b: Shape, what: str, lenient: Lenient | None = None) -> Shape:
    """The matrix product of vectors, matrices and broadcast batches. Raises Problem(merge-mismatch, rank-mismatch)."""
    if not a or not b:
        raise Problem(RANK, f"{what} of {a} and {b}: both need at least 1 dimension")
    require_same(*inner(a, b), f"{what} of {a} and {b}")
    batch = broadcast([Shape(*a[:-2]), Shape(*b[:-2])], f"{what} of {a} and {b}", lenient=lenient, firm=True)
    return outer(batch, a, b)


def tensordot(a: Shape, b: Shape, first: Sequence[int], second: Sequence[int], what: str, *, whole: bool = False) -> Shape:
    """The product summed over pairs of non-negative axes. Raises Problem(merge-mismatch).

    whole: TensorFlow only compares the numbers of elements that are summed over.
    """
    if whole:
        text = f"{what} of {a} and {b} over {len(first)} axes"
        require_same(product(a[axis] for axis in first), product(b[axis] for axis in second), text)
    else:
        for i, j in zip(first, second):
            require_same(a[i], b[j], f"{what} of {a} and {b} over axis {i} and {j}")
    left = [size for axis, size in enumerate(a) if axis not in first]
    return Shape(*left, *(size for axis, size in enumerate(b) if axis not in second))

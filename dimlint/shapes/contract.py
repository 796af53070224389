"""Products of tensors: sums over axes that two or more of them share."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dimlint.core.axis import expect_equal
from dimlint.core.dim import Dim, Shape, always_equal, never_equal, product
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.shapes.agree import MERGE, Lenient, broadcast

RANK = "rank-mismatch"


def require_same(a: Dim, b: Dim, text: str, lenient: Lenient | None = None) -> None:
    """Require two sizes that are summed over to be equal. Raises Problem(merge-mismatch)."""
    if always_equal(a, b):
        return
    problem = Problem(MERGE, f"{text}: the inner sizes {a} and {b} differ")
    if never_equal(a, b):
        raise problem
    expect_equal(a, b, f"{text}: whether {a} equals {b} is not known", problem)


def matmul(a: Shape, b: Shape, what: str, lenient: Lenient | None = None) -> Shape:
    """The matrix product of vectors, matrices and broadcast batches. Raises Problem(merge-mismatch, rank-mismatch)."""
    if not a or not b:
        raise Problem(RANK, f"{what} of {a} and {b}: both need at least 1 dimension")
    require_same(a[-1], b[-2] if b.rank > 1 else b[0], f"{what} of {a} and {b}")
    batch = broadcast([Shape(*a[:-2]), Shape(*b[:-2])], f"{what} of {a} and {b}", lenient=lenient, firm=True)
    rows = a[-2:-1] if a.rank > 1 else ()
    columns = b[-1:] if b.rank > 1 else ()
    return Shape(*batch, *rows, *columns)


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


def einsum(equation: str, shapes: Sequence[Shape], lenient: Lenient | None = None, *, loose: bool = False) -> Shape:
    """The shape of an ``einsum`` in letters, with ``...`` for axes that broadcast. Raises Problem, Undecided.

    loose: whether nobody looks at letters that are not in the result: what does not fit there is undecided.
    """
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if not re.fullmatch(r"[A-Za-z.,]*", left) or not re.fullmatch(r"[A-Za-z.]*", right) or "..." in left.replace("...", "", len(terms)):
        raise Undecided(f"the equation {equation!r} is not followed")
    if len(terms) != len(shapes):
        raise Problem(MERGE, f"einsum {equation!r} names {len(terms)} tensors, but {len(shapes)} are given")
    letters = "".join(terms).replace(".", "")
    if not arrow:
        right = ("..." if "..." in left else "") + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    if loose and letters != letters.lower():
        raise Undecided(f"capitals in the equation {equation!r} are not modelled")
    sizes: dict[str, Dim] = {}
    rests = [_bind(term, shape, sizes, equation, lenient, right if loose else letters) for term, shape in zip(terms, shapes)]
    rest = broadcast(rests, f"einsum {equation!r}", lenient=lenient, firm=True)
    if "..." in left and "..." not in right and rest:
        raise Undecided(f"the equation {equation!r} sums over the axes of its dots")
    unnamed = [letter for letter in right.replace("...", "") if letter not in sizes]
    if unnamed and loose:
        raise Undecided(f"einsum {equation!r}: the letter {unnamed[0]!r} of the result stands in no tensor")
    if unnamed:
        raise Problem(MERGE, f"einsum {equation!r}: the letter {unnamed[0]!r} of the result stands in no tensor")
    front, dots, back = right.partition("...")
    if len(set(front + back)) < len(front + back):
        raise Undecided(f"the equation {equation!r} repeats a letter in its result")
    return Shape(*(sizes[letter] for letter in front), *(rest if dots else ()), *(sizes[letter] for letter in back))


def _bind(term: str, shape: Shape, sizes: dict[str, Dim], equation: str, lenient: Lenient | None, checked: str) -> Shape:
    """Sizes of the letters of one tensor, of which the ``checked`` ones must agree; returns what its ``...`` stands for."""
    front, dots, back = term.partition("...")
    if "." in front + back or len(set(front + back)) < len(front + back):
        raise Undecided(f"the equation {equation!r} is not followed")
    named = len(front + back)
    if named > shape.rank or (not dots and named != shape.rank):
        raise Problem(RANK, f"einsum {equation!r}: {term!r} names {named} axes, but the tensor is {shape}")
    end = shape.rank - len(back)
    for letter, size in (*zip(front, shape), *zip(back, shape[end:])):
        known = sizes.get(letter)
        if known is None or (lenient is not None and lenient(known)):
            sizes[letter] = size if known is None or not (lenient and lenient(size)) else known
        elif never_equal(known, size):
            if always_equal(known, 1) or always_equal(size, 1) or letter not in checked:
                raise Undecided(f"einsum {equation!r}: whether {letter!r} may be {known} in one tensor and {size} in another")
            raise _differs(equation, letter, known, size, shape)
        elif not always_equal(known, size):
            reason = f"whether {letter!r} has one size in einsum {equation!r} is not known"
            if always_equal(known, 1) or always_equal(size, 1) or letter not in checked:
                doubt(reason)
            else:
                expect_equal(known, size, reason, _differs(equation, letter, known, size, shape))
    return Shape(*shape[len(front) : end]) if dots else Shape()


def _differs(equation: str, letter: str, known: Dim, size: Dim, shape: Shape) -> Problem:
    return Problem(MERGE, f"einsum {equation!r}: {letter!r} is {known} in one tensor and {size} in {shape}")

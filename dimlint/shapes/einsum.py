"""Sums of products whose axes are named by letters: ``"bhid,bhjd->bhij"``."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.shapes.agree import MERGE, broadcast

RANK = "rank-mismatch"


def einsum_shape(equation: str, shapes: Sequence[Shape], what: str | None = None) -> Shape:
    """The shape of an ``einsum`` in letters, with ``...`` for axes that broadcast. Raises Problem, Undecided.

    what: the equation as people have written it, if it is not this one.
    """
    what = what or f"einsum {equation!r}"
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise Problem(MERGE, f"{what} names {len(terms)} operands, but {len(shapes)} are given")
    sizes: dict[str, Dim] = {}
    batches = [_bind(term, shape, sizes, what) for term, shape in zip(terms, shapes)]
    batch = broadcast(batches, what)
    letters = "".join(terms).replace(".", "")
    if not arrow:
        right = ("..." if "..." in left else "") + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    if not right.replace("...", "").isalpha() and right.replace("...", ""):
        raise Undecided(f"the equation {equation!r} is not followed")
    if any(letter not in sizes for letter in right.replace("...", "")):
        raise Problem(MERGE, f"{what}: an output letter stands in no operand")
    front, dots, back = right.partition("...")
    return Shape(*(sizes[letter] for letter in front), *(batch if dots else ()), *(sizes[letter] for letter in back))


def _bind(term: str, shape: Shape, sizes: dict[str, Dim], what: str) -> Shape:
    """Sizes of the letters of one operand; returns what its ``...`` stands for."""
    front, dots, back = term.partition("...")
    if not (front + back).isalpha() and front + back:
        raise Undecided(f"the equation of {what} is not followed")
    if len(front + back) > shape.rank or (not dots and len(term) != shape.rank):
        count = f"{len(front + back)} dimension" + ("" if len(front + back) == 1 else "s")
        raise Problem(RANK, f"{what} needs {count} for {term!r}, got {shape.rank} in the input {shape}")
    end = shape.rank - len(back)
    own: dict[str, Dim] = {}
    for letter, size in (*zip(front, shape), *zip(back, shape[end:])):
        if letter in own:
            _same(letter, own[letter], size, shape, what)
        else:
            own[letter] = size
    for letter, size in own.items():
        known = sizes.get(letter)
        if known is None or always_equal(known, 1):
            sizes[letter] = size
        elif never_equal(known, size) and never_equal(size, 1) and never_equal(known, 1):
            raise Problem(MERGE, f"{what}: {letter!r} is {known} in one operand and {size} in {shape}")
        elif not always_equal(known, size) and not always_equal(size, 1):
            doubt(f"whether {letter!r} has one size in {what} is not known")
            sizes[letter] = size if never_equal(size, 1) else known
    return Shape(*shape[len(front) : end]) if dots else Shape()


def _same(letter: str, first: Dim, second: Dim, shape: Shape, what: str) -> None:
    """Axes of one operand that share a letter are its diagonal."""
    if never_equal(first, second):
        raise Problem(MERGE, f"{what}: {letter!r} stands twice for {shape}, with the sizes {first} and {second}")
    if not always_equal(first, second):
        doubt(f"whether {first} equals {second} in {what} is not known")

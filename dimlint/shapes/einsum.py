"""Sums of products whose axes are named by letters: ``"bhid,bhjd->bhij"``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from dimlint.core.axis import expect_agreement, expect_equal, require_equal
from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.shapes.agree import MERGE, Lenient, broadcast

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
    right = right if arrow else _implied(left, letters)
    if not right.replace("...", "").isalpha() and right.replace("...", ""):
        raise Undecided(f"the equation {equation!r} is not followed")
    if any(letter not in sizes for letter in right.replace("...", "")):
        raise Problem(MERGE, f"{what}: an output letter stands in no operand")
    return _assembled(right, sizes, batch)


def _implied(left: str, letters: str) -> str:
    """The right side of an equation that has none: the letters that stand once, in their order."""
    return ("..." if "..." in left else "") + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))


def _assembled(right: str, sizes: Mapping[str, Dim], batch: Shape) -> Shape:
    """The shape that the right side of an equation names; ``batch``: what its dots stand for."""
    front, dots, back = right.partition("...")
    return Shape(*(sizes[letter] for letter in front), *(batch if dots else ()), *(sizes[letter] for letter in back))


def _bind(term: str, shape: Shape, sizes: dict[str, Dim], what: str) -> Shape:
    """Sizes of the letters of one operand; returns what its ``...`` stands for."""
    front, dots, back = term.partition("...")
    if not (front + back).isalpha() and front + back:
        raise Undecided(f"the equation of {what} is not followed")
    if len(front + back) > shape.rank or (not dots and len(term) != shape.rank):
        raise Problem(RANK, f"{what} needs {len(front + back)} dimensions for {term!r}, got {shape.rank} in the input {shape}")
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
            continue
        if always_equal(known, size) or always_equal(size, 1):
            continue
        problem = Problem(MERGE, f"{what}: {letter!r} is {known} in one operand and {size} in {shape}")
        if never_equal(known, size) and never_equal(size, 1) and never_equal(known, 1):
            raise problem
        expect_agreement(known, size, f"whether {letter!r} has one size in {what} is not known", problem)
        sizes[letter] = size if never_equal(size, 1) else known
    return Shape(*shape[len(front) : end]) if dots else Shape()


def _same(letter: str, first: Dim, second: Dim, shape: Shape, what: str) -> None:
    """Axes of one operand that share a letter are its diagonal."""
    problem = Problem(MERGE, f"{what}: {letter!r} stands twice for {shape}, with the sizes {first} and {second}")
    require_equal(first, second, f"whether {first} equals {second} in {what} is not known", problem)


def compared_einsum(equation: str, shapes: Sequence[Shape], lenient: Lenient | None = None, *, loose: bool = False) -> Shape:
    """``einsum_shape`` where sizes of one letter must be equal: 1 does not broadcast. Raises Problem, Undecided.

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
    right = right if arrow else _implied(left, letters)
    if loose and letters != letters.lower():
        raise Undecided(f"capitals in the equation {equation!r} are not modelled")
    sizes: dict[str, Dim] = {}
    rests = [_compare(term, shape, sizes, equation, lenient, right if loose else letters) for term, shape in zip(terms, shapes)]
    rest = broadcast(rests, f"einsum {equation!r}", lenient=lenient, firm=True)
    if "..." in left and "..." not in right and rest:
        raise Undecided(f"the equation {equation!r} sums over the axes of its dots")
    unnamed = [letter for letter in right.replace("...", "") if letter not in sizes]
    if unnamed and loose:
        raise Undecided(f"einsum {equation!r}: the letter {unnamed[0]!r} of the result stands in no tensor")
    if unnamed:
        raise Problem(MERGE, f"einsum {equation!r}: the letter {unnamed[0]!r} of the result stands in no tensor")
    named = right.replace("...", "")
    if len(set(named)) < len(named):
        raise Undecided(f"the equation {equation!r} repeats a letter in its result")
    return _assembled(right, sizes, rest)


def _compare(term: str, shape: Shape, sizes: dict[str, Dim], equation: str, lenient: Lenient | None, checked: str) -> Shape:
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
            raise Problem(MERGE, f"einsum {equation!r}: {letter!r} is {known} in one tensor and {size} in {shape}")
        elif not always_equal(known, size):
            one = always_equal(known, 1) or always_equal(size, 1)
            problem = Problem(MERGE, f"einsum {equation!r}: {letter!r} is {known} in one tensor and {size} in {shape}")
            reason = f"whether {letter!r} has one size in einsum {equation!r} is not known"
            doubt(reason) if one or letter not in checked else expect_equal(known, size, reason, problem)
    return Shape(*shape[len(front) : end]) if dots else Shape()

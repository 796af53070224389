"""What is said of open sizes against every size of a range."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dimlint.core import solving
from dimlint.core.axis import Condition, solutions, value
from dimlint.core.dim import Dim, Symbol, SymbolicDim, maximum, minimum, substitute
from dimlint.core.factoring import factored
from dimlint.core.opening import open_dim
from dimlint.core.problem import Undecided
from dimlint.core.smallest import at_least, sizes_that_work
from dimlint.core.solving import condition, excluded, larger, never_negative, satisfiable, smaller
from dimlint.shapes.select import slice_length

TRIED = 700


def symbol(name: str, low: int = 1) -> Symbol:
    return Symbol(name, low)


def size(*symbols: Symbol) -> Dim:
    total: Dim = 1
    for one in symbols:
        total = total * SymbolicDim(0, ((one, 1),))
    return total


@st.composite
def chains(draw: st.DrawFn, start: Dim) -> Dim:
    """Sizes as layers make them of a size: windows, upsampling, concatenation with an earlier size."""
    seen = [start]
    for _ in range(draw(st.integers(1, 4))):
        last = draw(st.sampled_from(seen[-2:]))
        kind = draw(st.sampled_from(["window", "window", "scale", "sum"]))
        if kind == "window":
            seen.append((last + draw(st.integers(-6, 4))) // draw(st.integers(1, 4)) + 1)
        elif kind == "scale":
            seen.append(last * draw(st.integers(1, 3)) + draw(st.integers(-2, 2)))
        else:
            seen.append(last + draw(st.sampled_from(seen)))
    return seen[-1]


@st.composite
def requirements(draw: st.DrawFn, start: Dim) -> tuple[Dim, bool]:
    """A size, and whether it has to be positive rather than zero."""
    positive = draw(st.booleans())
    one = draw(chains(start))
    return (one - draw(st.integers(-2, 12)), True) if positive else (one - draw(st.one_of(chains(start), st.integers(0, 40))), False)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_values_of_one_symbol_are_exact(data: st.DataObject) -> None:
    one = symbol("H")
    made = [condition(d, positive=positive) for d, positive in data.draw(st.lists(requirements(size(one)), min_size=1, max_size=4))]
    kept = [item for item in made if isinstance(item, Condition)]
    found = solutions(one, tuple(kept))
    assert found is not None
    said = [n for n in range(1, TRIED) if any(n in item for item in found)]
    assert said == [n for n in range(1, TRIED) if all(item.holds({one: n}) for item in kept)]
    if False not in made:
        assert satisfiable(kept) is bool(found)
        assert excluded(kept) is not bool(found)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_products_of_two_sizes_are_exact(data: st.DataObject) -> None:
    h, w = symbol("H"), symbol("W")
    f, g = data.draw(chains(size(h))), data.draw(chains(size(w)))
    channels = data.draw(st.integers(1, 8))
    reached = st.builds(lambda a, b: value(f, {h: a}) * value(g, {w: b}) * channels, *[st.integers(1, 9)] * 2)
    features = data.draw(st.one_of(st.integers(-1, 15), reached))
    made = [condition(f * g * channels - features, positive=False), condition(f, positive=True), condition(g, positive=True)]
    kept = [item for item in made if isinstance(item, Condition)]
    verdict = False if False in made else satisfiable(kept)
    real = False not in made and any(
        all(item.holds({h: a, w: b}) for item in kept) for a, b in itertools.product(range(1, 70), repeat=2)
    )
    assert verdict is not None
    assert False in made or excluded(kept) is not verdict
    assert verdict or not real
    if verdict and abs(features) <= 15:
        assert real


def test_three_axes_flattened() -> None:
    d, h, w = symbol("D"), symbol("H"), symbol("W")
    features = 8 * ((size(d) - 3) // 2) * ((size(h) - 3) // 2) * ((size(w) - 3) // 2)
    positive = [Condition(((size(one) - 3) // 2), True) for one in (d, h, w)]  # type: ignore[arg-type]
    assert satisfiable([*positive, Condition(features - 8 * 3 * 5 * 7, False)]) is True
    assert satisfiable([*positive, Condition(features - 8 * 3 * 5 * 7 - 4, False)]) is False


def test_equal_symbols_share_their_conditions() -> None:
    a, b = symbol("N"), symbol("M")
    assert satisfiable([Condition(size(a) - size(b), False), Condition(size(a) - 3, False), Condition(size(b) - 4, False)]) is False
    assert satisfiable([Condition(size(a) - size(b), False), Condition(size(a) - 3, True), Condition(size(b) - 4, True)]) is True


def test_a_batch_that_is_reshaped_away() -> None:
    n, h, w = symbol("N"), symbol("H"), symbol("W")
    elements = 16 * size(n) * (size(h) // 4) * (size(w) // 4)
    assert satisfiable([Condition(elements % 400, False)]) is True


def test_a_map_that_no_size_fits() -> None:
    h = symbol("H")
    assert satisfiable([Condition(2 * (size(h) // 2) + 1 - size(h), False), Condition(size(h) % 2, False)]) is False


@pytest.mark.parametrize("number", [400, 401])
def test_factors_are_found_again(number: int) -> None:
    h, w = symbol("H"), symbol("W")
    f, g = (size(h) - 4) // 2 - 3, size(w) // 3 + 2
    product = 16 * f * g - number
    assert isinstance(product, SymbolicDim)
    found = factored(product, h)
    assert found is not None
    for a, b in itertools.product(range(1, 40), repeat=2):
        values = {h: a, w: b}
        assert (value(product, values) == 0) == (value(found[0], values) * value(found[1], values) == found[2])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_sizes_that_work_are_those_that_do(data: st.DataObject) -> None:
    h, w, n = symbol("H"), symbol("W"), symbol("N")
    made = [condition(d, positive=positive) for one in (h, w) for d, positive in data.draw(st.lists(requirements(size(one)), max_size=2))]
    kept = [item for item in made if isinstance(item, Condition)]
    found = sizes_that_work(kept, [h, w], {n: 2})
    assert found is not None
    real = [s for s in range(1, TRIED) if all(item.holds({h: s, w: s}) for item in kept)]
    assert [s for s in range(1, TRIED) if any(s in item for item in found)] == real
    smallest = at_least(found)
    if smallest is not None:
        assert real == list(range(smallest, TRIED))
    elif len(real) > TRIED // 2:
        assert real != list(range(real[0], TRIED))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_is_never_negative(data: st.DataObject) -> None:
    h, w = symbol("H"), symbol("W")
    a, b = data.draw(chains(size(h))), data.draw(chains(size(w)))
    for tried in (a, a * b, 2 * a * b, a - size(h)):
        if never_negative(tried):
            assert all(value(tried, {h: i, w: j}) >= 0 for i in range(1, 60) for j in range(1, 60))
        elif not isinstance(tried, int) and len(tried.symbols) == 1:
            assert any(value(tried, {h: i, w: i}) < 0 for i in range(1, TRIED))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_multiples_are_divided(data: st.DataObject) -> None:
    h, w, n = symbol("H"), symbol("W"), symbol("N")
    a, b = data.draw(chains(size(h))), data.draw(chains(size(w)))
    if isinstance(a * b, SymbolicDim):
        assert (size(n) * (a * b)) // (a * b) == size(n)
        assert (3 * (a * b)) // (a * b) == 3


@settings(max_examples=150, deadline=None)
@given(st.data(), st.none() | st.integers(0, 4), st.integers(1, 3))
def test_slices_of_open_sizes(data: st.DataObject, start: int | None, step: int) -> None:
    h = symbol("H")
    whole, stop = data.draw(chains(size(h))), data.draw(st.none() | chains(size(h)))
    if not never_negative(whole):
        return
    try:
        length = slice_length(whole, slice(start, stop, step))
    except Undecided:
        assert stop is not None
        return
    if isinstance(length, int) or length.symbols == {h}:
        for i in range(1, 60):
            end = None if stop is None else value(stop, {h: i})
            assert value(length, {h: i}) == len(range(*slice(start, end, step).indices(value(whole, {h: i}))))


def with_extrema(dim: Dim, given: dict[Symbol, int]) -> int:
    """The value of a size whose symbols may stand for the smaller or larger one of two sizes."""
    symbols = dim.symbols if isinstance(dim, SymbolicDim) else ()
    known: dict[Symbol, Dim] = {}
    for one in symbols:
        parts = [with_extrema(part, given) for part in one.below or one.above]
        known[one] = given[one] if one in given else min(parts) if one.below else max(parts)
    found = substitute(dim, known)
    assert isinstance(found, int)
    return found


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_smaller_and_larger_sizes(data: st.DataObject) -> None:
    a, b = open_dim("a"), open_dim("b")
    assert isinstance(a, SymbolicDim)
    assert isinstance(b, SymbolicDim)
    sides = st.one_of(st.sampled_from([a, b, a * 2 - 1]), st.integers(1, 9), st.integers(-3, 3).map(lambda k: (a + k) // 2))
    picks = st.sampled_from([smaller, larger])
    asked = st.builds(lambda pick, x, y, z, least: condition(pick(x, y) - z, positive=least), picks, sides, sides, sides, st.booleans())
    conditions = [item for item in data.draw(st.lists(asked, min_size=1, max_size=3)) if isinstance(item, Condition)]
    anew = satisfiable(conditions[::-1])  # nothing is remembered of these in this order
    assert excluded(conditions) is (satisfiable(conditions) is False) is (anew is False)
    if conditions and excluded(conditions):
        (one,), (other,) = a.symbols, b.symbols
        for x, y in itertools.product(range(1, 25), repeat=2):
            values = [(item, with_extrema(item.size, {one: x, other: y})) for item in conditions]
            assert not all(found >= 1 if item.positive else found == 0 for item, found in values)


def test_the_larger_of_two_sizes_is_one_of_them() -> None:
    """``max(a, b) == c`` with ``c`` above both has no solution, though each bound alone allows it."""
    a, b = open_dim("a"), open_dim("b")
    most = maximum(a, b)
    asked = [Condition(most - a - 3, False), Condition(b - a, False)]
    assert satisfiable(asked) is False
    assert satisfiable(asked[:1]) is True
    assert satisfiable([Condition(most - b, False), Condition(minimum(a, b) - a, False)]) is True
    assert satisfiable([Condition(minimum(a, b) - a - 1, False)]) is False


def test_products_that_hang_together_are_not_split_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six sizes, each product of neighbours 720: the divisors of one leave those of the next to be tried."""
    tried: list[object] = []
    pair = solving._zeros

    def counted(*given: Any) -> bool | None:
        tried.append(given)
        assert len(tried) <= 2000
        return pair(*given)

    monkeypatch.setattr(solving, "_zeros", counted)
    sizes = [size(symbol(name)) // 2 for name in "abcdef"]
    assert not excluded([Condition(x * y - 720, False) for x, y in itertools.pairwise(sizes)])  # type: ignore[arg-type]
    assert tried

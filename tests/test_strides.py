"""Views of elements in memory, judged by where each element really stands."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dimlint.core.dim import Shape, unknown_dim
from dimlint.shapes import strides


def places(shape: Sequence[int], steps: Sequence[int]) -> list[int]:
    """Where the elements stand, row after row."""
    return [sum(map(lambda i, step: i * step, index, steps)) for index in itertools.product(*map(range, shape))]


def real_view(shape: Sequence[int], steps: Sequence[int], target: Sequence[int]) -> tuple[int, ...] | None:
    """Strides under which the target has the same elements in the same order, or None."""
    stand = places(shape, steps)
    found = []
    for axis, size in enumerate(target):
        behind = math.prod(target[axis + 1 :])
        found.append(stand[behind] - stand[0] if size > 1 else 0)
    return tuple(found) if places(target, found) == stand else None


@st.composite
def views(draw: st.DrawFn) -> tuple[Shape, tuple[int, ...], list[int]]:
    """A tensor whose axes stand in any order in memory, some repeated, and another shape of as many elements."""
    base = draw(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=4))
    steps = [int(step) for step in strides.contiguous(Shape(*base)) if isinstance(step, int)]
    order = draw(st.permutations(range(len(base))))
    repeated = draw(st.sets(st.integers(0, len(base) - 1), max_size=1))
    shape = Shape(*(base[axis] for axis in order))
    placed = tuple(0 if axis in repeated else steps[axis] for axis in order)
    target, left = [], math.prod(base)
    while left > 1:
        part = draw(st.sampled_from([n for n in range(1, left + 1) if left % n == 0]))
        target.append(part)
        left //= part
    return shape, placed, target


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(views())
def test_views_are_those_of_the_elements(case: tuple[Shape, tuple[int, ...], list[int]]) -> None:
    shape, steps, target = case
    real = real_view(shape, steps, target)
    try:
        found = strides.view(shape, steps, target)
    except strides.Impossible:
        assert real is None
        return
    assert found is not None and real is not None
    assert [step for step, size in zip(found, target) if size > 1] == [step for step, size in zip(real, target) if size > 1]


def test_dense_is_a_question_of_the_order_alone() -> None:
    assert strides.is_dense(Shape(2, 3, 4), (4, 8, 1)) and not strides.is_contiguous(Shape(2, 3, 4), (4, 8, 1))
    assert not strides.is_dense(Shape(2, 3), (6, 1)) and not strides.is_dense(Shape(2, 3), (0, 1))


def test_sizes_that_may_be_one_hold_nothing_apart() -> None:
    n = unknown_dim("n", low=1)
    rows = strides.contiguous(Shape(2, 4, n, 8))
    assert strides.view(Shape(2, n, 4, 8), (rows[0], rows[2], rows[1], rows[3]), (2, n, 32)) is None
    assert strides.view(Shape(2, 4, n, 8), rows, (8, n, 8)) is not None

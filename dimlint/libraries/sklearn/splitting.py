"""``train_test_split``. Source: https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

import math

from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import ListObject, Machine, Tensor, Unknown, Value
from dimlint.libraries.sklearn.library import LOST, count_of, sklearn

SHARE = 0.25
"""What goes into the test part if nothing is said."""


@sklearn.function("model_selection.train_test_split")
def train_test_split(
    machine: Machine,
    *arrays: Value,
    test_size: Value = None,
    train_size: Value = None,
    random_state: Value = None,
    shuffle: Value = True,
    stratify: Value = None,
) -> Value:
    """Training and test part of each array, in one list."""
    parts: list[Value] = []
    for array in arrays:
        try:
            train, test = _sizes(count_of(machine, array), test_size, train_size)
        except Undecided:
            train = test = unknown_dim("samples", low=0)
        parts += [_cut(machine, array, train), _cut(machine, array, test)]
    return machine.new(ListObject(tuple(parts)))


def _cut(machine: Machine, array: Value, size: Dim) -> Value:
    """A part of an array."""
    plain = machine.plain(array)
    if isinstance(plain, Tensor) and plain.shape.rank:
        return Tensor(Shape(size, *plain.shape[1:]), plain.library, plain.dtype)
    return Unknown(plain.reason if isinstance(plain, Unknown) else LOST)


def _sizes(count: Dim, test: Value, train: Value) -> tuple[Dim, Dim]:
    """Sizes of the training and the test part. Raises Undecided."""
    test = SHARE if test is None and train is None else test
    known = all(value is None or isinstance(value, (int, float)) for value in (test, train))
    if not isinstance(count, int) or not known:
        return unknown_dim("samples", low=1), unknown_dim("samples", low=1)
    held_out = None if test is None else test if isinstance(test, int) else math.ceil(test * count)
    kept = None if train is None else train if isinstance(train, int) else math.floor(train * count)
    if held_out is None:
        assert kept is not None
        held_out = count - kept
    kept = count - held_out if kept is None else kept
    if kept <= 0 or held_out <= 0 or kept + held_out > count:
        raise Undecided("scikit-learn refuses such a split")
    return kept, held_out

"""How the samples of a batch are put together: as torch does by itself, or by a function of the program."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal, bounds, unknown_dim
from dimlint.core.value import DictObject, ListObject, Machine, Raised, Ref, Step, Tensor, Unknown, Value, is_size

LABEL = "label"
"""Name of a number that is the label of a sample."""
COUNTS = (5, 7)
"""Numbers of samples that a function of the program is tried with: a size that is one and then the other is that of the batch."""
LOST = "how the samples are put together is not followed"


def collate(machine: Machine, sample: Value, size: Dim, *, whole: bool = False) -> Value:
    """Samples put together: tensors and numbers get a batch axis, sequences and dictionaries are opened.

    whole: whether they come from a data set of a library's as it is, with all its classes.
    """
    held = machine.contents(sample) if isinstance(sample, Ref) else None
    if isinstance(sample, Tensor) and sample.library in ("torch", "numpy"):
        return Tensor(Shape(size, *sample.shape), "torch", sample.dtype)
    if is_size(sample):
        return Tensor(Shape(size), "torch", None if isinstance(sample, bool) else "int64", step=_labels(machine, sample) if whole else None)
    if isinstance(sample, float):
        return Tensor(Shape(size), "torch")
    if isinstance(sample, tuple):
        return machine.new(ListObject(tuple(collate(machine, item, size, whole=whole) for item in sample)))
    if isinstance(held, ListObject):
        return machine.new(ListObject(tuple(collate(machine, item, size, whole=whole) for item in held.items)))
    if isinstance(held, DictObject):
        return machine.new(DictObject({name: collate(machine, item, size, whole=whole) for name, item in held.items.items()}))
    return Unknown(sample.reason if isinstance(sample, Unknown) else "a batch of such samples is not followed")


def _labels(machine: Machine, sample: Value) -> Step | None:
    """Where labels come from, if it is known how many classes a data set has."""
    if not isinstance(sample, SymbolicDim) or not str(sample).startswith(LABEL):
        return None
    high = bounds(sample)[1]
    return None if high is None else Step("labels", None, (), {"classes": high + 1}, machine.nearest_site())


def by_program(machine: Machine, function: Value, sample: Value, size: Dim | None) -> Value:
    """What a function of the program makes of a batch, found by two batches that are not equally large; Unknown if it fails.

    size: of the batch; None without one, where the function is given the sample itself.
    """
    made = []
    for count in COUNTS if size is not None else COUNTS[:1]:
        given = sample if size is None else machine.new(ListObject((sample,) * count))
        try:
            with machine.muted():
                made.append(machine.call(function, (given,)))
        except Raised:
            return Unknown(LOST)
    return made[0] if size is None else _common(machine, made, size)


def _common(machine: Machine, made: Sequence[Value], size: Dim) -> Value:
    """What is made of a batch of that size, where these are made of batches of ``COUNTS`` samples."""
    first, second = made
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        if first.library != second.library or first.shape.rank != second.shape.rank:
            return Unknown(LOST)
        return Tensor(Shape(*(_size(a, b, size) for a, b in zip(first.shape, second.shape))), first.library, first.dtype)
    if is_size(first) and is_size(second) and not isinstance(first, bool):
        return _size(first, second, size)
    if isinstance(first, tuple) and isinstance(second, tuple):
        return _sequence(machine, first, second, size)
    held, other = (machine.contents(value) if isinstance(value, Ref) else value for value in made)
    if isinstance(held, ListObject) and isinstance(other, ListObject):
        items = _sequence(machine, held.items, other.items, size)
        return items if isinstance(items, Unknown) else machine.new(ListObject(items))
    if isinstance(held, DictObject) and isinstance(other, DictObject) and list(held.items) == list(other.items):
        return machine.new(DictObject({key: _common(machine, (item, other.items[key]), size) for key, item in held.items.items()}))
    plain = first is None or isinstance(first, (bool, str, float))
    return first if plain and first == second else Unknown(first.reason if isinstance(first, Unknown) else LOST)


def _sequence(machine: Machine, first: Sequence[Value], second: Sequence[Value], size: Dim) -> Value:
    """Items that there are of any batch, or one for each sample, all of them alike."""
    if len(first) == len(second):
        return tuple(_common(machine, pair, size) for pair in zip(first, second))
    if (len(first), len(second)) == COUNTS and isinstance(size, int):
        return (_common(machine, (first[0], second[0]), size),) * size
    return Unknown("how many samples there are in a batch is not known")


def _size(first: Dim, second: Dim, size: Dim) -> Dim:
    if always_equal(first, second):
        return first
    if isinstance(first, int) and isinstance(second, int) and first % COUNTS[0] == 0 and (first // COUNTS[0]) * COUNTS[1] == second:
        return size * (first // COUNTS[0])
    return unknown_dim("size")

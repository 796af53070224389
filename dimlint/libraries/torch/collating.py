"""How the samples of a batch are put together: as torch does by itself, or by a function of the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal, bounds, unknown_dim
from dimlint.core.value import DictObject, ListObject, Machine, Raised, Ref, Step, Tensor, Unknown, Value, is_size

LABEL = "label"
"""Name of a number that is the label of a sample."""
COUNTS = (2, 7, 64)
"""Numbers of samples that a function of the program is tried with if nothing is known of the size of a batch."""
MOST = 512
"""Samples of a batch that is put together as it is."""
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


def by_program(machine: Machine, function: Value, draw: Callable[[], Value], size: Dim | None, most: Value) -> Value:
    """What a function of the program makes of a batch; Unknown if it fails.

    Of a batch that may be smaller, it is found by some that are not equally large. draw: gives a sample. size: of the batch; None
    without one, where the function is given the sample itself. most: the size of all batches but the last one, if it is known.
    """
    counts = [1] if size is None else _counts(size, most)
    samples = (draw(), *([draw()] if max(counts) > 1 else []))  # that may differ in their sizes
    made = []
    for count in counts:
        given = samples[0] if size is None else machine.new(ListObject((*samples, *samples[-1:] * (count - 2))[:count]))
        try:
            with machine.muted():
                made.append(machine.call(function, (given,)))
        except Raised:
            return Unknown(LOST)
    return made[0] if len(made) == 1 else _common(machine, made, counts, size)


def _counts(size: Dim, most: Value) -> Sequence[int]:
    """How large the batches are that a function is tried with."""
    if isinstance(size, int) and size <= MOST:
        return [size]
    if isinstance(most, int) and 2 < most <= MOST:
        return [most, most - 1]
    return COUNTS


def _common(machine: Machine, made: Sequence[Value], counts: Sequence[int], size: Dim | None) -> Value:
    """What is made of a batch of that size, where these are made of batches of so many samples."""
    first = made[0]
    if all(isinstance(value, Tensor) for value in made):
        return _tensor([value for value in made if isinstance(value, Tensor)], counts, size)
    if all(is_size(value) and not isinstance(value, bool) for value in made):
        return _size(made, counts, size)
    if all(isinstance(value, tuple) for value in made):
        return _sequence(machine, made, counts, size)
    held = [machine.contents(value) if isinstance(value, Ref) else value for value in made]
    lists = [item for item in held if isinstance(item, ListObject)]
    if len(lists) == len(made):
        items = _sequence(machine, [item.items for item in lists], counts, size)
        return items if isinstance(items, Unknown) else machine.new(ListObject(items))
    mappings = [item.items for item in held if isinstance(item, DictObject)]
    if len(mappings) == len(made) and all(list(items) == list(mappings[0]) for items in mappings):
        parts = {key: _common(machine, [items[key] for items in mappings], counts, size) for key in mappings[0]}
        return machine.new(DictObject(parts))
    plain = first is None or isinstance(first, (bool, str, float))
    return first if plain and all(value == first for value in made) else Unknown(first.reason if isinstance(first, Unknown) else LOST)


def _tensor(made: Sequence[Tensor], counts: Sequence[int], size: Dim | None) -> Value:
    first = made[0]
    if any((item.library, item.shape.rank) != (first.library, first.shape.rank) for item in made):
        return Unknown(LOST)
    return Tensor(Shape(*(_size(sizes, counts, size) for sizes in zip(*(item.shape for item in made)))), first.library, first.dtype)


def _sequence(machine: Machine, made: Sequence[Sequence[Value]], counts: Sequence[int], size: Dim | None) -> Value:
    """Items that there are of any batch."""
    if any(len(items) != len(made[0]) for items in made):
        return Unknown("how many samples there are in a batch is not known")
    return tuple(_common(machine, items, counts, size) for items in zip(*made))


def _size(made: Sequence[Dim], counts: Sequence[int], size: Dim | None) -> Dim:
    """A size that does not depend on that of the batch, or is a multiple of it."""
    first = made[0]
    if all(always_equal(first, other) for other in made):
        return first
    times = first // counts[0] if isinstance(first, int) else 0
    proportional = size is not None and times > 0 and all(always_equal(count * times, other) for count, other in zip(counts, made))
    return size * times if proportional and size is not None else unknown_dim("size")

"""What ``fit`` and its kin are fed: arrays, of which a batch is cut, and sources of batches.

Source: https://keras.io/api/models/model_training_apis.
"""

from __future__ import annotations

from dataclasses import replace

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape, always_equal, never_equal, unknown_dim
from dimlint.core.problem import Problem, Uncounted, Undecided
from dimlint.core.value import END, DictObject, Instance, ListObject, Machine, Raised, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import major
from dimlint.libraries.keras.feeding import DATA, Asked, Shown, is_data
from dimlint.libraries.keras.objects import is_a, tensors
from dimlint.libraries.keras.targets import TARGET

BATCH = 32
"""How many samples Keras takes at a time if nothing is said."""


@dataclass(frozen=True)
class Feed:
    """Data as one batch. x, y: its inputs and targets, nested as they are. size: of the first batch; None if each has its own.

    count: samples in all. whole: the data that the batch is cut from.
    """

    x: Value
    y: Value
    size: Dim | None
    count: Dim | None
    whole: Value = None


def batch_of(machine: Machine, asked: Asked, x: Value, y: Value, batch_size: Value, share: Value) -> Feed:
    """One batch of the data. Raises Problem(data-mismatch, target-mismatch), Undecided."""
    if _is_source(machine, x):
        return _drawn(machine, x)
    _refuse_numbers(machine, asked, x, DATA, asked.x)
    if asked.y is not None:
        _refuse_numbers(machine, asked, y, TARGET, asked.y)
    if not is_data(machine, x):
        raise Undecided("the data is not known")
    if asked.name.endswith("_on_batch") and major(machine.settings) >= 3:
        return _as_it_is(machine, x, y)
    count = _require_count(machine, asked, x, y)
    size = _first_batch(count, batch_size, share)
    batch = unknown_dim("batch", low=1)
    return Feed(_cut(machine, x, batch), y if y is None else _cut(machine, y, batch), batch if size is None else size, count, x)


def _as_it_is(machine: Machine, x: Value, y: Value) -> Feed:
    """One batch that Keras 3 hands on without counting samples: arrays of one sample may broadcast. Raises Undecided."""
    sizes = [tensor.shape[0] for tensor in tensors(machine, x) if tensor.shape.rank]
    alike = bool(sizes) and all(always_equal(sizes[0], size) for size in sizes)
    return Feed(x, y, None, sizes[0] if alike else None, x)


def _is_source(machine: Machine, x: Value) -> bool:
    held = machine.peek(x) if isinstance(x, Ref) else None
    return isinstance(x, Unknown) or (held is not None and not isinstance(held, (ListObject, DictObject)))


def _drawn(machine: Machine, source: Value) -> Feed:
    """A batch of a source of batches. Raises Undecided."""
    item = _item_of(machine, source)
    parts = machine.elements(item) if isinstance(machine.plain(item), (tuple, list)) else [item]
    if not 1 <= len(parts) <= 3:
        raise Undecided("the parts of a batch are not known")
    first = next(iter(tensors(machine, parts[0])), None)
    if first is None or not first.shape.rank:
        raise Undecided("a batch is not known")
    return Feed(parts[0], parts[1] if len(parts) > 1 else None, first.shape[0], None)


def _item_of(machine: Machine, source: Value) -> Value:
    """An item of a source of batches. Raises Undecided."""
    if not isinstance(source, Ref):
        raise Undecided(source.reason if isinstance(source, Unknown) else "the batches are not known")
    if isinstance(machine.peek(source), Instance) and is_a(machine, source, "utils.PyDataset"):
        index = unknown_dim("index", low=0)
        try:
            return machine.call(machine.attribute(source, "__getitem__"), (index,))
        except Raised as raised:
            raise Undecided(f"{raised.kind} is raised where a batch is made") from None
    try:
        item = machine.next_item(machine.iterator(source))
    except Uncounted as uncounted:
        return uncounted.item
    except Raised as raised:
        raise Undecided(f"{raised.kind} is raised where a batch is made") from None
    if item is END:
        raise Undecided("the batches are not known")
    return item


def _refuse_numbers(machine: Machine, asked: Asked, value: Value, rule: str, shown: Shown) -> None:
    """Refuse lists of numbers, which Keras 3 does not take for arrays. Raises Problem."""
    plain = machine.plain(value)
    if major(machine.settings) < 3 or not isinstance(plain, (list, tuple)) or not plain:
        return
    item: Value = plain
    while isinstance(item, (list, tuple)) and item:
        item = item[0]
    if is_size(item) or isinstance(item, float):
        message = f"{asked.name} is given a list of numbers, which Keras 3 does not take for an array. Needs np.array(...)"
        raise Problem(rule, message, shown=shown)


def _require_count(machine: Machine, asked: Asked, x: Value, y: Value) -> Dim | None:
    """The number of samples, which all arrays must share. Raises Problem(data-mismatch, target-mismatch)."""
    count: Dim | None = None
    for value, rule, shown in ((x, DATA, asked.x), (y, TARGET, asked.y)):
        for tensor in tensors(machine, value):
            if not tensor.shape.rank:
                continue
            size = tensor.shape[0]
            if count is not None and shown is not None and never_equal(count, size):
                what = "arrays" if rule == DATA else "targets"
                message = f"{asked.name} is given {what} of {size} samples, but the data has {count}. All need the same number of samples"
                raise Problem(rule, message, shown=shown, about=tensor)
            count = size if count is None else count
    return count


def _first_batch(count: Dim | None, batch_size: Value, share: Value) -> Dim | None:
    """The size of the first batch, if it is known."""
    size = BATCH if batch_size is None else batch_size
    if not isinstance(count, int) or not isinstance(size, int) or not isinstance(share, (int, float)) or not 0 <= share < 1:
        return None
    return min(size, int(count * (1 - share)))


def _cut(machine: Machine, value: Value, size: Dim) -> Value:
    """The data with batches in place of all samples. Raises Undecided."""
    if isinstance(value, Tensor):
        expanded = value.shape.rank == 1 and major(machine.settings) < 3  # Keras 2 gives vectors a second axis
        return replace(value, shape=Shape(size, *value.shape[1:], *((1,) if expanded else ()))) if value.shape.rank else value
    plain = machine.plain(value)
    if isinstance(plain, (tuple, list)):
        return tuple(_cut(machine, item, size) for item in plain)
    if isinstance(plain, dict):
        return machine.new(DictObject({name: _cut(machine, item, size) for name, item in plain.items()}))
    raise Undecided(plain.reason if isinstance(plain, Unknown) else "the data is not known")

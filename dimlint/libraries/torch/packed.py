# mypy: disable-error-code=misc
"""Sequences of different lengths: padded to one tensor, or packed without the padding.

A packed sequence is a named tuple: ``data`` (all steps, *) and ``batch_sizes`` (longest), then the order of the sequences.
Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
Source: https://docs.pytorch.org/docs/stable/nn.html#module-torch.nn.utils.rnn.
"""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, less, maximum, never_equal, never_positive, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Instance, IteratorObject, Machine, Native, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.python.library import BUILTINS
from dimlint.libraries.torch.arguments import MERGE, NONPOSITIVE, refuse_rank
from dimlint.libraries.torch.module import PACKED, is_instance, torch
from dimlint.libraries.torch.parts import known

FIELDS = ("data", "batch_sizes", "sorted_indices", "unsorted_indices")
BATCH = "_batch_"
"""Attribute under which a packed sequence remembers the number of its sequences, which ``batch_sizes[0]`` is in torch."""
EVEN = "_even_"
"""Attribute that tells whether its sequences surely have one length."""


def packed_parts(machine: Machine, value: Value) -> tuple[Value, ...] | None:
    """The four fields of a packed sequence, or None if the value is none. Raises Undecided."""
    if not is_instance(machine, value, PACKED):
        return None
    held = machine.contents(value)
    if not isinstance(held, Instance) or any(name not in held.attributes for name in FIELDS):
        raise Undecided("a packed sequence was made without its parts")
    return tuple(held.attributes[name] for name in FIELDS)


def batch_of(machine: Machine, packed: Ref) -> Dim:
    """How many sequences a packed sequence holds. Raises Undecided."""
    held = machine.contents(packed) if isinstance(packed, Ref) else None
    if not isinstance(held, Instance) or BATCH not in held.attributes:
        raise Undecided("how many sequences are packed is not known")
    size: Dim = held.attributes[BATCH]
    return size


def is_even(machine: Machine, packed: Ref) -> bool:
    """Whether the sequences surely have one length."""
    held = machine.contents(packed)
    return isinstance(held, Instance) and held.attributes.get(EVEN) is True


def make(machine: Machine, fields: tuple[Value, ...], batch: Dim, *, even: bool = False) -> Ref:
    """A packed sequence."""
    return machine.new(Instance(torch.entries[PACKED], {**dict(zip(FIELDS, fields)), BATCH: batch, EVEN: even}))


@torch.type(PACKED, bases=(BUILTINS.entries["tuple"],))
class PackedSequence:
    """The steps of all sequences one below the other, sorted by time."""

    def __new__(
        machine: Machine, cls: Value, data: Value, batch_sizes: Value = None, sorted_indices: Value = None, unsorted_indices: Value = None
    ) -> Value:
        if batch_sizes is None:
            parts = machine.elements(data)
            if len(parts) != 2:
                raise Undecided("what a packed sequence is made of is not known")
            data, batch_sizes = parts
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = sorted_indices
        order = sorted_indices.shape if isinstance(sorted_indices, Tensor) else Shape()
        batch = order[0] if order.rank == 1 else unknown_dim("N", low=1, reason="the number of packed sequences is not known")
        return make(machine, (data, batch_sizes, sorted_indices, unsorted_indices), batch)

    def __iter__(machine: Machine, self: Ref) -> Ref:
        return machine.new(IteratorObject(packed_parts(machine, self) or ()))

    def __len__(machine: Machine, self: Ref) -> int:
        return len(FIELDS)

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        return machine.get_item(packed_parts(machine, self) or (), index, None)

    def _replace(machine: Machine, self: Ref, **kwargs: Value) -> Value:
        fields = packed_parts(machine, self) or ()
        values = tuple(kwargs.get(name, value) for name, value in zip(FIELDS, fields))
        return make(machine, values, batch_of(machine, self), even=is_even(machine, self))

    def to(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return self

    cuda = cpu = pin_memory = double = float = half = long = int = short = char = byte = to


# -- packing


def pack(input: Shape, lengths: Value, batch_first: bool = False, enforce_sorted: bool = True) -> tuple[Value, ...]:
    """(T, N, *), or (N, T, *) with ``batch_first`` -> data (all steps, *), sizes of the batch at each step, and the order.

    Then follow how many sequences there are, and whether they surely have one length.
    """
    label = "pack_padded_sequence"
    if input.rank < 2:
        raise refuse_rank(label, "an input (T, N, *), or (N, T, *) with batch_first=True", input)
    batch = input[0] if batch_first else input[1]
    count, numbers = _lengths(lengths, label)
    if enforce_sorted or less(batch, count) is not False:  # fewer lengths than sequences pass where the input is sorted
        layout = f"the input {input} has {batch} sequences, by batch_first={bool(batch_first)}"
        if never_equal(count, batch) and (enforce_sorted or less(batch, count) is True):
            raise Problem(MERGE, f"{label} gets {count} lengths, but {layout}", blame="batch_first")
        if not always_equal(count, batch):
            doubt(f"whether there are {batch} lengths is not known: {count}")
    if any(map(never_positive, input)):
        raise Problem(NONPOSITIVE, f"{label} cannot pack the empty tensor {input}")
    _require_lengths(numbers, label, enforce_sorted)
    steps = 1 if batch_first else 0
    total, longest = _extent(numbers, input[steps])
    order = None if enforce_sorted else Shape(count)
    sizes = Tensor(Shape(longest), "torch", "int64")
    even = numbers is not None and len(set(numbers)) == 1
    return Shape(total, *input[2:]), sizes, order, order, count if isinstance(count, int) else batch, even


def _lengths(lengths: Value, label: str) -> tuple[Dim, list[int] | None]:
    """How many lengths there are, and which if that is known. Raises Problem, Undecided."""
    if isinstance(lengths, Unknown):
        return unknown_dim("N", low=1, reason=lengths.reason), None
    if isinstance(lengths, Tensor):
        if lengths.shape.rank != 1:
            raise refuse_rank(label, "1-d lengths", lengths.shape)
        return lengths.shape[0], None
    if not isinstance(lengths, (tuple, list)):
        raise Problem(ARGUMENT, f"{label} lengths must be a list or a tensor of them, got {show(lengths)}", blame="lengths")
    plain = all(isinstance(item, (int, float)) for item in lengths)
    return len(lengths), [int(item) for item in lengths] if plain and lengths else None


def _require_lengths(numbers: list[int] | None, label: str, enforce_sorted: bool) -> None:
    if numbers is None:
        return
    if min(numbers) <= 0:
        raise Problem(ARGUMENT, f"{label} lengths must be greater than zero, got {show(numbers)}", blame="lengths")
    if enforce_sorted and numbers != sorted(numbers, reverse=True):
        message = f"{label} lengths must not grow, got {show(numbers)}. Needs enforce_sorted=False, or the longest sequence first"
        raise Problem(ARGUMENT, message, blame="enforce_sorted")


def _extent(numbers: list[int] | None, steps: Dim) -> tuple[Dim, Dim]:
    """The number of all steps and the longest length. Lengths beyond the input are not refused, what is packed then is not known."""
    if numbers is None or (isinstance(steps, int) and max(numbers) > steps):
        reason = "the lengths of the sequences are not known"
        return unknown_dim("steps", low=1, reason=reason), unknown_dim("T", low=1, reason=reason)
    return sum(numbers), max(numbers)


PACK = Native("nn.utils.rnn.pack_padded_sequence", "torch", pack)


@torch.function("nn.utils.rnn.pack_padded_sequence")
def pack_padded_sequence(machine: Machine, input: Value, lengths: Value, batch_first: Value = False, enforce_sorted: Value = True) -> Value:
    """A padded batch without the padding."""
    *fields, batch, even = known(machine.call(PACK, (input, lengths, batch_first, enforce_sorted)))
    return make(machine, tuple(fields), batch, even=even)


@torch.function("nn.utils.rnn.pack_sequence")
def pack_sequence(machine: Machine, sequences: Value, enforce_sorted: Value = True) -> Value:
    """Several sequences, packed."""
    lost = Unknown("the length of a sequence is not known")
    lengths = tuple(item.shape[0] if isinstance(item, Tensor) and item.shape else lost for item in machine.elements(sequences))
    padded = known(machine.call(torch.entries["nn.utils.rnn.pad_sequence"], (sequences,)))
    return pack_padded_sequence(machine, padded, lengths, False, enforce_sorted)


# -- padding


def pad(data: Shape, sizes: Shape, batch: Dim, batch_first: bool = False, padding_value: Value = 0.0, total_length: Value = None) -> Shape:
    """Packed data (all steps, *) -> (T, N, *), or (N, T, *) with ``batch_first``."""
    longest = sizes[0]
    if isinstance(total_length, Unknown):
        steps: Dim = unknown_dim("T", low=1, reason=total_length.reason)
    elif is_size(total_length) and less(total_length, longest) is True:
        message = f"pad_packed_sequence total_length={total_length} is less than the longest sequence, {longest}"
        raise Problem(ARGUMENT, message, blame="total_length")
    else:
        steps = longest if total_length is None else total_length
    return Shape(batch, steps, *data[1:]) if batch_first else Shape(steps, batch, *data[1:])


PAD = Native("nn.utils.rnn.pad_packed_sequence", "torch", pad)


@torch.function("nn.utils.rnn.pad_packed_sequence")
def pad_packed_sequence(
    machine: Machine, sequence: Value, batch_first: Value = False, padding_value: Value = 0.0, total_length: Value = None
) -> Value:
    """A packed batch with padding, and the lengths."""
    fields = packed_parts(machine, sequence)
    if isinstance(sequence, (Tensor, tuple)):
        raise Problem(ARGUMENT, f"pad_packed_sequence needs a packed sequence, got {show(sequence)}", blame="sequence")
    if fields is None:
        raise Undecided(sequence.reason if isinstance(sequence, Unknown) else "what is padded is not known to be a packed sequence")
    assert isinstance(sequence, Ref)
    batch = batch_of(machine, sequence)
    padded = known(machine.call(PAD, (*fields[:2], batch, batch_first, padding_value, total_length)))
    return padded, Tensor(Shape(batch), "torch", "int64")


@torch.function("nn.utils.rnn.pad_sequence")
def pad_sequence(sequences: Value, batch_first: bool = False, padding_value: Value = 0.0, padding_side: Value = "right") -> Shape:
    """Sequences (length, *) -> (longest, N, *), or (N, longest, *) with ``batch_first``."""
    if isinstance(padding_side, str) and padding_side not in ("left", "right"):
        raise Problem(ARGUMENT, f"pad_sequence padding_side must be 'left' or 'right', got {padding_side!r}", blame="padding_side")
    if isinstance(sequences, Tensor) and sequences.shape.rank:
        whole = sequences.shape
        shapes, count = [Shape(*whole[1:])], whole[0]
    else:
        shapes = _shapes(sequences)
        count = len(shapes)
    if not shapes or never_positive(count):
        raise Problem(ARGUMENT, "pad_sequence needs at least one sequence", blame="sequences")
    longest: Dim = 0
    for shape in shapes:
        if not shape:
            raise refuse_rank("pad_sequence", "sequences of at least 1 dimension", shape)
        longest = maximum(longest, shape[0])
    for shape in shapes[1:]:
        _require_copied(shape, Shape(shape[0], *shapes[0][1:]))
    return Shape(*((count, longest) if batch_first else (longest, count)), *shapes[0][1:])


def _shapes(sequences: Value) -> list[Shape]:
    if isinstance(sequences, (tuple, list)) and all(isinstance(item, Tensor) for item in sequences):
        return [item.shape for item in sequences]
    raise Undecided(sequences.reason if isinstance(sequences, Unknown) else "the sequences to be padded are not known")


def _require_copied(shape: Shape, place: Shape) -> None:
    """A sequence is copied to its place, where it may broadcast. Raises Problem."""
    message = f"pad_sequence: a sequence {shape} does not fit beside a first one (length, {', '.join(map(str, place[1:]))})"
    if shape.rank > place.rank:
        raise Problem(MERGE, message)
    for size, wanted in zip(shape[::-1], place[::-1]):
        if never_equal(size, wanted) and never_equal(size, 1):
            raise Problem(MERGE, message)
        if not always_equal(size, wanted) and not always_equal(size, 1):
            doubt(f"whether {size} equals {wanted} is not known ({message})")


# -- taking apart


@torch.function("nn.utils.rnn.unpad_sequence")
def unpad_sequence(padded_sequences: Shape, lengths: Value, batch_first: bool = False) -> Value:
    """The sequences (length, *) of a padded batch, as a list."""
    if padded_sequences.rank < 2:
        raise refuse_rank("unpad_sequence", "a padded batch (T, N, *), or (N, T, *) with batch_first=True", padded_sequences)
    count, steps = padded_sequences[:2] if batch_first else (padded_sequences[1], padded_sequences[0])
    if isinstance(lengths, Tensor) and lengths.shape.rank == 1 and never_equal(lengths.shape[0], count):
        message = f"unpad_sequence gets {lengths.shape[0]} lengths, but the input {padded_sequences} has {count} sequences"
        raise Problem(MERGE, f"{message}, by batch_first={bool(batch_first)}", blame="batch_first")
    if not isinstance(count, int):
        raise Undecided("the number of sequences is not known")
    high = steps if isinstance(steps, int) else None
    return [Shape(unknown_dim("length", high=high, reason="a length is not known"), *padded_sequences[2:]) for _ in range(count)]


@torch.function("nn.utils.rnn.unpack_sequence")
def unpack_sequence(machine: Machine, packed_sequences: Value) -> Value:
    """The sequences of a packed batch, as a list."""
    padded, lengths = known(pad_packed_sequence(machine, packed_sequences, True))
    return machine.call(torch.entries["nn.utils.rnn.unpad_sequence"], (padded, lengths, True))

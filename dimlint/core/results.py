"""Values that are more than the builtin type they derive from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dimlint.core.axis import Condition
from dimlint.core.dataclass import dataclass
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    DictObject,
    Instance,
    IteratorObject,
    ListObject,
    Machine,
    Raised,
    Ref,
    SetObject,
    Tensor,
    Unknown,
    Value,
    is_size,
)

DATA = "*data"
"""Attribute of an instance of a program's own subclass of ``list``, ``dict`` or ``set``: the ``Ref`` of what it holds."""

VIEWED = "*viewed"
"""Attribute of ``d.keys()`` and the like: the ``Ref`` of the dictionary."""

LIVE = "*dict"
"""Attribute of an instance whose ``__dict__`` was asked for: the ``Ref`` of the dictionary that holds its attributes."""


class Named(tuple[Value, ...]):
    """A tuple that a library function returns and whose items have names, too: ``torch.max(x, 1).values``."""

    fields: tuple[str, ...]

    def __new__(cls, **items: Value) -> Named:  # noqa: PYI034 -- nobody derives from it
        made = super().__new__(cls, items.values())
        made.fields = tuple(items)
        return made


class FromNumPy:
    """A known number that NumPy gave, or that one was calculated to: it has NumPy's class, which need not be one below Python's own."""


class NumPyInt(int, FromNumPy):
    """A whole number of NumPy's: of ``np.prod``, of an element of an array."""

    def __abs__(self) -> NumPyInt:
        return NumPyInt(int.__abs__(self))


class NumPyFloat(float, FromNumPy):
    """A real number of NumPy's."""


def from_numpy(value: Value) -> Value:
    """A number as one of NumPy's; anything else as it is, truth values included."""
    kind = type(value)
    return NumPyInt(value) if kind is int else NumPyFloat(value) if kind is float else value


PYTHONS_OWN = frozenset(
    ["Tensor.item", "Tensor.tolist", "Tensor.@size", "Tensor.@ndim", "Tensor.__len__", "size", "ndim", "asscalar", "count_nonzero"]
)
"""Functions of NumPy that give numbers of Python's."""


def of_python(value: Value) -> Value:
    """A number as Python's own; anything else as it is."""
    return int(value) if isinstance(value, NumPyInt) else float(value) if isinstance(value, NumPyFloat) else value


class Sizes(tuple[Value, ...]):
    """The sizes of a tensor or array as a program reads them: a tuple of which is known where it comes from."""

    def __new__(cls, items: Iterable[Value] = ()) -> Sizes:  # noqa: PYI034 -- nobody derives from it
        return super().__new__(cls, map(of_python, items))

    def part(self, index: slice) -> Value:
        """Some of the sizes."""
        return sizes_like(self[index], self)


class TorchSize(Sizes):
    """A ``torch.Size``; slices, sums and multiples of one are such, too."""

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(repr, self))}])"


class PerhapsTorchSize(Sizes):
    """A ``torch.Size`` or a plain tuple of sizes, as the path decides."""


def sizes_like(found: tuple[Value, ...], *given: Value) -> tuple[Value, ...]:
    """Sizes that were made of others: a ``torch.Size`` if one of these is. Raises Undecided for what such cannot hold."""
    kind = next((kind for kind in (TorchSize, PerhapsTorchSize) if any(isinstance(value, kind) for value in given)), None)
    if kind is TorchSize and not all(is_size(item) or isinstance(item, Unknown) for item in found):
        raise Undecided("sizes are put together with what is not known to be sizes")
    return found if kind is None else kind(found)


class TensorShape(tuple[Value, ...]):
    """The shape of a TensorFlow or Keras tensor: a tuple of sizes and ``None`` that has methods of its own.

    plain: whether it is a tuple of Python's own, as those of Keras 3 are, and no ``tensorflow.TensorShape``; None if that is not known.
    """

    plain: bool | None = None

    def as_plain(self) -> TensorShape:
        """The same sizes, as a tuple of Python's own."""
        made = TensorShape(self)
        made.plain = True
        return made

    def part(self, index: slice) -> TensorShape:
        """Some of the sizes, as a shape of the same class."""
        made = TensorShape(self[index])
        made.plain = self.plain
        return made


@dataclass(frozen=True, eq=False)
class UnknownAttribute(Unknown):
    """An attribute that is not known of an object. note: what a path makes of the object where the attribute is known to equal a value."""

    note: Callable[[Machine, Value], None]


@dataclass(frozen=True)
class Fact:
    """An attribute equals a value, or does not."""

    attribute: UnknownAttribute
    value: Value


@dataclass(frozen=True, eq=False)
class Compared(Unknown):
    """An undecided comparison. when_true, when_false: what holds on either side: ``core.axis.Condition``s of sizes, or a ``Fact``.

    whole: whether they tell all that is asked, where there are any.
    """

    when_true: tuple[Condition | Fact, ...] = ()
    when_false: tuple[Condition | Fact, ...] = ()
    whole: bool = True


class UndecidedComparison(Undecided):
    """A comparison depends on sizes, or on an attribute that is not known."""

    def __init__(self, reason: str, when_true: tuple[Condition | Fact, ...], when_false: tuple[Condition | Fact, ...]) -> None:
        super().__init__(reason)
        self.value = Compared(reason, when_true, when_false)


class Own:
    """A value of a program's own subclass of an immutable type: the value itself, and the instance with its class and attributes."""

    ref: Ref


class OwnInt(int, Own):
    """A value of a subclass of ``int``: a member of an ``IntEnum``."""


class OwnFloat(float, Own):
    """A value of a subclass of ``float``."""


class OwnStr(str, Own):
    """A value of a subclass of ``str``."""


class OwnTuple(tuple[Value, ...], Own):
    """A value of a subclass of ``tuple``: a named tuple."""


OWN: dict[type, type] = {int: OwnInt, float: OwnFloat, str: OwnStr, tuple: OwnTuple}


def owned(value: Value, ref: Ref) -> Value:
    """A known value of an immutable type as one of a subclass of it."""
    kind = next((kind for kind in OWN if isinstance(value, kind)), None)
    if kind is None:
        raise Undecided("a value of a subclass of a builtin type is not known")
    made = OWN[kind](value)
    made.ref = ref
    return made


def items_in(held: Value) -> tuple[Value, ...]:
    """What a container holds: its items, of a dictionary the values; nothing for anything else."""
    if isinstance(held, DictObject):
        return tuple(held.items.values())
    return tuple(held.items) if isinstance(held, (ListObject, SetObject, IteratorObject)) else ()


FROZEN = "frozen"
"""Setting: the parameters that are not trained, by what tells them from all others (``Tensor.variable``)."""

NONE = "*none "
"""Before the name of an attribute that is None: what the place is kept for all the same, as ``module._modules`` keeps it."""

SHARED = "*shared"
"""Attribute by which an object knows another one that holds the same parts, so that a change of them changes both."""


@dataclass(frozen=True)
class Sharer:
    """The other object, which is no part of this one; of several, the next in a ring."""

    ref: Ref


def held_data(contents: Value) -> Value:
    """What an instance of a program's own subclass of a container holds; None for anything else."""
    return contents.attributes.get(DATA) if isinstance(contents, Instance) else None


class Constructed(dict[str, Value]):
    """Attributes that the constructor of a library type sets. They are missing where a program has left out the call of it."""

    def __missing__(self, name: str) -> Value:
        raise Undecided("the construction of an object was not followed")


class Numbers(tuple[Value, ...]):
    """The elements of a small array of constants, as ``Tensor.values``. They hold until anything is changed in place.

    since: how many changes in place the machine had seen when they were calculated.
    """

    since: int

    def __new__(cls, items: Iterable[Value], since: int) -> Numbers:  # noqa: PYI034 -- nobody derives from it
        made = super().__new__(cls, items)
        made.since = since
        return made


KEEPING = frozenset(
    [
        "to", "cuda", "cpu", "long", "int", "clone", "detach", "contiguous", "view", "reshape", "squeeze", "flatten", "ravel", "astype",
        "copy", "array", "asarray", "tensor", "from_numpy", "as_tensor", "expand_dims", "unsqueeze", "int32", "int64",
    ]
)  # fmt: skip
"""Functions after which the elements of a tensor are those that they were."""
MAX_STEPS = 20


def classes_of(labels: Tensor) -> int | None:
    """One more than the largest class number in labels, if they come from a data set that holds all its classes."""
    tensor = labels
    for _ in range(MAX_STEPS):
        step = tensor.step
        if step is None:
            return None
        if "classes" in step.kwargs:
            known = step.kwargs["classes"]
            return known if isinstance(known, int) else None
        if step.label not in KEEPING or len(step.inputs) != 1:
            return None
        tensor = step.inputs[0]
    return None


class ByRank(Raised):
    """Raised where a program takes another number of sizes than a shape has, or one that it does not have."""

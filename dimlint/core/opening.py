"""What nobody states: inputs, whose shape is open until the first layer tells what it takes, and arguments of models."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, NoReturn

from dimlint.core.atom import Symbol
from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape
from dimlint.core.linear import SymbolicDim
from dimlint.core.problem import Undecided
from dimlint.core.value import Unknown, Value

SPATIAL = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""What the spatial axes of an input are called, by their number."""


class Opened(Exception):
    """A layer has met an input whose shape is open.

    shapes: those that it takes, the likeliest first. several: it may just as well be a list of tensors; without shapes, it is one.
    """

    def __init__(self, number: int, shapes: Sequence[Shape], *, several: bool = False) -> None:
        super().__init__("an open input is met")
        self.number = number
        self.shapes = tuple(shapes)
        self.several = several


class OpenedArgument(Opened):
    """A layer has met an argument that nobody gives, and somebody is in search of what it may be.

    name: of the argument. role: ``input`` if it is a tensor, or else what its sizes are called where it states them.
    """

    def __init__(self, name: str, role: str, shapes: Sequence[Shape]) -> None:
        super().__init__(-1, shapes)
        self.name = name
        self.role = role


class OpenShape(Shape):
    """The shape of an input that nobody states. It may be handed on; asking it anything raises Undecided.

    number: of the input, first to last. reason: why nothing is known.
    """

    number: int
    reason: str

    @classmethod
    def of(cls, number: int, reason: str) -> OpenShape:
        made = cls()
        made.number, made.reason = number, reason
        return made

    def _ask(self, *_: object, **__: object) -> NoReturn:
        raise Undecided(self.reason)

    __len__ = __iter__ = __getitem__ = __contains__ = __add__ = __radd__ = __mul__ = __bool__ = index = count = _ask
    __lt__ = __le__ = __gt__ = __ge__ = _ask
    __getnewargs__ = _ask

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return hash(("open", self.number))

    @property
    def rank(self) -> int:
        raise Undecided(self.reason)

    def __str__(self) -> str:
        return "(...)"


def open_dim(name: str, low: int | None = 1) -> Dim:
    """A size that the caller may choose."""
    return SymbolicDim(0, ((Symbol(name, low, open=True), 1),))


def open_shape(*sizes: Any) -> Shape:
    """A shape of known sizes and, for names, sizes that the caller may choose."""
    return Shape(*(open_dim(size) if isinstance(size, str) else size for size in sizes))


@dataclass(frozen=True)
class Ledger:
    """What the open arguments of a run serve as. An argument is known by the function that has it and its name.

    made: all of them. sizes: those that are the size of a layer, which is at least 1. loose: those that may be any integer; the
    others are at least 1. searched: functions of whose arguments somebody is in search.
    """

    loose: Collection[tuple[int, str]] = ()
    made: set[tuple[int, str]] = field(default_factory=set)
    sizes: set[tuple[int, str]] = field(default_factory=set)
    searched: set[int] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class OpenArgument(Unknown):
    """An argument that nobody gives, or a number made of such. Where a layer takes a size, it is ``size``; else nothing is known of it.

    plain: whether it is the argument itself, which may be anything; a number otherwise. whole: what it is a part of.
    parts: its items and attributes that were asked for, by index and name; ``CHANGED`` among them once it may have changed, and under
    ``GIVEN`` the objects of the program that it was given.
    owner: the function that has the argument, or the call that gives it, in the ``ledger``.
    outside: it is no argument, but comes from code that is not followed. integer: whether it is annotated as one.
    given: what gives them in an example, by their names. optional: whether a program that asks if it is None takes it for that.
    """

    size: Dim = 0
    plain: bool = True
    whole: OpenArgument | None = None
    parts: dict[Any, Any] = field(default_factory=dict)
    owner: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    outside: bool = False
    integer: bool = False
    given: Callable[[str], Value] | None = None
    optional: bool = False

    @classmethod
    def named(cls, name: str, reason: str, owner: int, ledger: Ledger, *, outside: bool = False, integer: bool = False) -> OpenArgument:
        """An argument of that name, noted in the ledger."""
        ledger.made.add((owner, name))
        low = None if (owner, name) in ledger.loose else 1
        return cls(reason, open_dim(name, low), owner=owner, ledger=ledger, outside=outside, integer=integer)

    @property
    def may_be_several(self) -> bool:
        """Whether it may stand for all of the sizes of a shape."""
        return self.plain and not self.integer

    def as_size(self) -> Dim:
        """The size of a layer that the argument gives."""
        if self.plain:
            self.ledger.sizes.add((self.owner, str(self.size)))
        return self.size

    def serves_as(self, role: str, shapes: Sequence[Shape]) -> None:
        """It is an input of one of these shapes, or tells the sizes of one. Raises OpenedArgument if that is being searched."""
        if self.plain and self.whole is None and self.owner in self.ledger.searched:
            raise OpenedArgument(str(self.size), role, shapes)

    @classmethod
    def example(cls, name: str, given: Callable[[str], Value]) -> OpenArgument:
        """Something of which the attributes are what ``given`` gives for their names."""
        return cls(f"the argument {name!r} is an example", open_dim(name), given=given)

    def number_of(self, size: Dim) -> OpenArgument:
        """A number that is made of the argument."""
        return OpenArgument(self.reason, size, plain=False)

    def part(self, key: object, name: str) -> Value:
        """An item or attribute: as little known as the argument itself, and the same whenever it is asked for."""
        if not self.plain or CHANGED in self.parts:
            return Unknown(self.reason) if self.meant is None else self.meant
        if key not in self.parts:
            if self.given is not None:
                self.parts[key] = self.given(name)
            else:
                made = OpenArgument.named(name, self.reason, self.owner, self.ledger, outside=self.outside)
                self.parts[key] = replace(made, whole=self)
        return self.parts[key]

    def attribute(self, name: str) -> Value:
        """``argument.name``."""
        return self.part(name, f"{self.short_name}.{name}" if self.outside else name)

    @property
    def short_name(self) -> str:
        """The last part of its name: long chains are as good as short ones."""
        return str(self.size).rpartition(".")[2]

    @property
    def is_reading(self) -> bool:
        """Whether it is a method that tells a number and changes nothing."""
        return self.short_name in READING

    def read_by(self, function: str) -> Value:
        """``function(argument)``, of a function that changes nothing."""
        return self.part((function, "()"), f"{function.partition('.')[0]}({self.short_name})") if self.plain else self

    def item(self, index: int | str) -> Value:
        """``argument[index]``."""
        return self.part((type(index), index), f"{self.size}[{index!r}]")

    def set(self, name: str, value: Value) -> None:
        """``argument.name = value``: kept in an example; else what it holds from now on is not known."""
        if self.given is not None:
            self.parts[name] = value
        else:
            self.change()

    @property
    def root(self) -> OpenArgument:
        """What it is a part of in the end."""
        return self if self.whole is None else self.whole.root

    @property
    def meant(self) -> Unknown | None:
        """The objects of the program that it, or a part of it, may be."""
        found: Unknown | None = self.root.parts.get(GIVEN)
        return found

    def change(self) -> None:
        """Something may change the argument, or what it is a part of: what is asked for from now on may be another."""
        argument: OpenArgument | None = self
        while argument is not None:
            argument.parts[CHANGED] = True
            argument = argument.whole

    def each(self, name: str, count: int, low: int | None) -> tuple[Dim, ...]:
        """A size for each of several axes, at least ``low``; the argument itself may be a tuple of different ones."""
        return tuple(open_dim(name, low) for _ in range(count)) if self.plain else (self.size,) * count


@dataclass(frozen=True, eq=False)
class Outside(Unknown):
    """A module that is not followed, or a name of it. What its functions give is an open argument.

    path: its dotted name, if it may be a directory of modules without an ``__init__.py``.
    """

    name: str = ""
    path: str = ""


@dataclass(frozen=True, eq=False)
class OpenList(Unknown):
    """An input that is a list of tensors, nobody says how many, or a dictionary of them.

    item: gives the tensor at an index or key. number: of its cells.
    """

    number: int = 0
    item: Callable[[int | str], Value] = lambda index: None


def calculated(op: str, a: Value, b: Value) -> Value:
    """``a op b`` if one of them is an open argument and the other a size: a size of open arguments; None for anything else."""
    left, right = (value.size if isinstance(value, OpenArgument) else value for value in (a, b))
    if op not in EXACT or not all(isinstance(value, (int, SymbolicDim)) and not isinstance(value, bool) for value in (left, right)):
        return None
    if op in ("//", "%") and not (isinstance(right, int) and right > 0):
        return None
    if op == "**" and not (isinstance(right, int) and 0 < right <= MAX_POWER):
        return None
    lost = a if isinstance(a, OpenArgument) else b
    return lost.number_of(EXACT[op](left, right))


LIKELY: dict[tuple[str, ...], Value] = {
    ("drop", "prob", "momentum", "slope", "eps", "alpha"): 0.5,
    ("idx", "index"): 1,
    ("stride", "dilation", "padding"): 1,
    ("kernel", "window"): 3,
    ("depth", "layer", "block", "repeat", "heads", "num_head", "n_head", "nhead", "group"): 2,
}
"""What an argument is likely to be by a word of its name, where the number would be refused."""


def likely(name: str, number: int) -> Value:
    """An argument of this name in an example: the number, unless a word of the name tells that it would be refused."""
    return next((value for words, value in LIKELY.items() if any(word in name.lower() for word in words)), number)


CHANGED = "may have changed"
GIVEN = "given objects"
READING = ("prod", "sum", "max", "min", "item")
"""Methods of arrays, by which anything with such a method is taken for one."""

MAX_POWER = 4
"""Exponents up to which a power is a product."""


def _power(base: Any, exponent: int) -> Any:
    return base if exponent == 1 else base * _power(base, exponent - 1)


EXACT: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": lambda a, b: a - a // b * b,
    "**": _power,
}
"""Operators that give a size for sizes."""


def named_shapes(shapes: Mapping[int, Sequence[int | str | None]]) -> dict[int, Shape]:
    """Stated sizes as shapes: ``None`` is a size that may be anything, a name the same one wherever it stands."""
    named: dict[str, Dim] = {}
    return {key: Shape(*(_stated(size, named) for size in sizes)) for key, sizes in shapes.items()}


def _stated(size: int | str | None, named: dict[str, Dim]) -> Dim:
    if isinstance(size, str):
        return named.setdefault(size, open_dim(size))
    return open_dim("N") if size is None else size


RARE = tuple(tuple(f"d{axis}" for axis in range(rank)) for rank in (6, 7, 8))
ANY = (("N", "F"), ("N", "T", "F"), ("N", "C", "H", "W"), ("N", "C", "D", "H", "W"), ("N",), *RARE)
"""Shapes of every rank that programs use, for what takes all: the usual ones first."""


def any_rank(last: Dim | None = None) -> list[Shape]:
    """Shapes of every rank; ``last``: the size of the last axis, if that is fixed."""
    shapes = [open_shape(*names) for names in ANY]
    return shapes if last is None else [Shape(*shape[:-1], last) for shape in shapes]

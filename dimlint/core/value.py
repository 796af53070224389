"""Abstract values: what an expression of the analysed program evaluates to.

Immutable Python data stands for itself: ``None``, numbers, ``str``, ``bytes``, ``slice``, ``...``, ``range`` of known integers, and tuples
of values. A size that is not known is a ``SymbolicDim``. Objects with identity are a ``Ref`` into the heap, whose contents are immutable
and replaced as a whole. Everything else is one of the classes below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn, Union

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Shape, Strides, SymbolicDim
from dimlint.core.machine import Machine as Machine
from dimlint.core.once import once
from dimlint.core.problem import Undecided

if TYPE_CHECKING:
    from dimlint.core.layer import Layer

Value = Any
"""Any abstract value."""

Site = Any
"""An opaque place in the source: ``None``, or what the interpreter uses to find the place again."""


@dataclass(frozen=True, eq=False)
class Unknown:
    """A value that the analysis lost, and why. Asking it anything raises ``Undecided`` with that reason."""

    reason: str

    def _ask(self, *_: object, **__: object) -> NoReturn:
        raise Undecided(self.reason)

    __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = __call__ = __index__ = __int__ = __float__ = _ask
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = _ask
    __floordiv__ = __rfloordiv__ = __truediv__ = __rtruediv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _ask
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _ask
    __hash__ = object.__hash__


@dataclass(frozen=True, eq=False)
class Undeclared(Unknown):
    """A name below a library's root that the library does not declare: unknown, but names below it may be declared."""

    name: str = ""


REPORTED = "already reported"
"""Reason of the ``Unknown`` that a reported call yields: one mistake, one finding."""


@dataclass(frozen=True, eq=False)
class SomeNumber(Unknown):
    """A number of which the value was lost: beside an array it acts as one without axes.

    dtype: its type, if known. size: of an integer, the same wherever it serves as a size.
    """

    dtype: str | None = None
    size: Any = None


@dataclass(frozen=True, eq=False)
class HalfKnown(Unknown):
    """A value of which only the truth is known, as of ``unknown and False``."""

    truth: bool = False


@dataclass(frozen=True, eq=False)
class Repeated(Unknown):
    """An iterable of an unknown number of items, of which each is like ``item``: batches of data."""

    item: Value = None


@dataclass(frozen=True, eq=False)
class Tensor:
    """An array of known rank. ``library`` (``torch``, ``keras``, ``tensorflow``, ``numpy``) names its method table.

    symbolic: a Keras symbolic tensor, whose unknown sizes a program reads as ``None``.
    step: how it came about; ``None`` for what the program starts from. origin: the Keras input layer of such a tensor.
    strides: the distance in memory of neighbours along each axis; ``None`` if that is not known.
    values: the elements of a vector of sizes (``tf.shape(x)``), as far as they are known.
    variable: of a parameter, the object that it belongs to and its name there, which tell it from all others.
    """

    shape: Shape
    library: str
    dtype: str | None = None
    symbolic: bool = False
    step: Step | None = None
    values: tuple[Value, ...] | None = None
    origin: Ref | None = None
    strides: Strides | None = None
    variable: tuple[Ref, str] | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """One application of a layer or function: a link in the chain of shapes.

    label: what people call it (``Conv2d``, ``view``). callee, args, kwargs: the call, to be able to repeat it.
    given: the tensors that went in, also those of lists that have changed since; None where nobody wanted to know.
    number: of the steps that are taken, in order.
    """

    label: str
    callee: Value
    args: tuple[Value, ...]
    kwargs: Mapping[str, Value]
    site: Site
    doubts: tuple[str, ...] = ()
    given: tuple[Tensor, ...] | None = None
    number: int = field(default_factory=count(1).__next__)

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The tensors that went in, in order, nested sequences opened up."""
        return tuple(tensors_in((*self.args, *self.kwargs.values())))


class EitherStep(Step):
    """How a tensor came about that is one of two, its arguments: undecided conditions tell which. Nothing can repeat it."""


def tensors_in(value: Value) -> Iterable[Tensor]:
    """The tensors in nested tuples and lists, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)) and not isinstance(value, Shape):
        for item in value:
            if isinstance(item, Tensor):
                yield item
            elif isinstance(item, (tuple, list)):
                yield from tensors_in(item)


@dataclass(frozen=True)
class Ref:
    """An object with identity; ``Machine.contents`` tells what it holds now."""

    number: int


NO_OBJECT = Ref(-1)  # where an object is asked for and there is none


@dataclass(frozen=True, eq=False)
class Either(Unknown):
    """One of these objects, functions or tensors, or something else: what is done to it may be done to each. ``complete``: one of refs."""

    refs: frozenset[Ref] = frozenset()
    complete: bool = False
    functions: tuple[Any, ...] = ()


@dataclass(frozen=True)
class ListObject:
    """Contents of a list."""

    items: tuple[Value, ...] = ()


@dataclass(frozen=True)
class SetObject:
    """Contents of a set, in order of insertion."""

    items: tuple[Value, ...] = ()
    frozen: bool = False


@dataclass(frozen=True)
class DictObject:
    """Contents of a dictionary with known (hashable, immutable) keys. ``kind`` is the class: ``dict``, ``OrderedDict``."""

    items: Mapping[Value, Value] = field(default_factory=dict)
    kind: str = "dict"
    default_factory: Value = None


class Stream:
    """Where an iterator takes further items from, when it is asked for them. One that keeps count is good for one path only."""

    endless = False
    """Whether it surely never ends."""
    lasting = False
    """Whether it may be asked again after its end."""

    def returned(self, machine: Machine) -> Value:
        """What a generator returns at its end."""
        return None

    def pull(self, machine: Machine, taken: int, sent: Value, whole: bool) -> Sequence[Value]:
        """The next items, or () at the end. Raises Raised, Undecided.

        taken: how often it was asked before. sent: what a generator is sent. whole: nobody comes between this and the last item.
        """
        raise NotImplementedError

    def throw(self, machine: Machine, taken: int, raised: Raised) -> Sequence[Value]:
        """Raise an exception where a generator waits; the next items, or () at the end. Raises Raised, Undecided."""
        raise Undecided("an exception is raised in an iterator")


END: Value = object()
"""What ``Machine.next_item`` gives at the end."""


@dataclass(frozen=True)
class IteratorObject:
    """What is left of an iterator or generator; iterating over it replaces it by an empty one.

    more: gives further items. taken: how often it was asked. ``Machine.contents`` asks it for all of them.
    watched: the lists whose items these are, row by row, and what they held: an iterator sees what becomes of its list.
    """

    items: tuple[Value, ...] = ()
    more: Stream | None = None
    taken: int = 0
    watched: tuple[tuple[Ref, Value], ...] = ()


@dataclass(frozen=True)
class Instance:
    """Contents of an instance of a user's or a library's class.

    cls: a ``LibraryClass``, or a ``Ref`` to a ``ClassObject``.
    layer: the bound declaration, if the class is or inherits a library layer whose ``__init__`` ran.
    built: shapes of the first call, once there was one (Keras layers and lazy torch modules fix their weights then).
    site: where it was constructed.
    """

    cls: Value
    attributes: Mapping[str, Value] = field(default_factory=dict)
    layer: Layer | None = None
    built: tuple[Shape, ...] | None = None
    site: Site = None


@dataclass(frozen=True)
class ClassObject:
    """Contents of a class that the analysed program defines. ``mro`` starts with the class's own ``Ref``.

    metaclass: None for ``type``.
    """

    name: str
    bases: tuple[Value, ...]
    mro: tuple[Value, ...] = field()  # explicit, since every class has an attribute of that name
    attributes: Mapping[str, Value]
    site: Site = None
    qualified_name: str = ""
    metaclass: Value = None


Contents = Union[ListObject, SetObject, DictObject, IteratorObject, Instance, ClassObject]


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the analysed program. ``node`` and ``scope`` belong to the interpreter; ``number`` names its own attributes."""

    name: str
    node: Any
    scope: Any
    defaults: Mapping[str, Value]
    site: Site = None
    owner: Ref | None = None
    qualified_name: str = ""
    number: int = 0


@dataclass(frozen=True, eq=False)
class Method:
    """A function with its first argument bound: ``x.view``, ``self.block``, ``super().forward``."""

    function: Value
    receiver: Value


@dataclass(frozen=True, eq=False)
class Native:
    """A function that a library declares; ``core.layer.Library`` makes them.

    body receives abstract values converted as its annotations say, or the machine first if it asks for it.
    """

    name: str
    library: str
    body: Callable[..., Any]
    attributes: Mapping[str, Value] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, eq=False)
class LibraryClass:
    """A class that a library declares: a layer, or a type with methods (``nn.Module``, ``keras.Model``)."""

    name: str
    library: str
    bases: tuple[LibraryClass, ...] = ()
    layer: type[Layer] | None = None
    methods: Mapping[str, Value] = field(default_factory=dict)
    doc: str = ""

    @property
    def label(self) -> str:
        return self.name.rpartition(".")[2]

    @once
    def mro(self) -> tuple[LibraryClass, ...]:
        """The class and its bases; library classes inherit singly or from unrelated families. ``object`` comes last."""
        bases = dict.fromkeys(cls for base in self.bases for cls in base.mro)
        return (self, *sorted(bases, key=lambda cls: cls.name == "object"))


@dataclass(frozen=True, eq=False)
class Shared:
    """Declares an object that a library makes by itself (``os.environ``): each run has one of its own. cls: name of its class."""

    cls: str


@dataclass(frozen=True)
class ModuleName:
    """A module or package of a library, by its canonical dotted name: ``torch.nn``."""

    name: str


@dataclass(frozen=True, eq=False)
class Partial:
    """``functools.partial``: a callable with arguments already given."""

    function: Value
    args: tuple[Value, ...]
    kwargs: Mapping[str, Value]


@dataclass(frozen=True, eq=False)
class Property:
    """``property``: attribute access on an instance calls ``getter``; assignment calls ``setter``, if there is one, ``del`` ``deleter``."""

    getter: Value
    setter: Value = None
    deleter: Value = None


@dataclass(frozen=True, eq=False)
class CachedProperty(Property):
    """``functools.cached_property``: what ``getter`` gives becomes an attribute of the instance."""


@dataclass(frozen=True, eq=False)
class StaticMethod:
    """``staticmethod``: found on a class or instance, it is ``function`` itself."""

    function: Value


@dataclass(frozen=True, eq=False)
class ClassMethod:
    """``classmethod``: found on a class or instance, it is ``function`` bound to the class."""

    function: Value


class Raised(Exception):
    """The analysed program raises here: this path ends unless an ``except`` takes it up."""

    def __init__(self, kind: str, message: str = "", value: Value = None) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message
        self.value = value


class Refused(Raised):
    """An exception of Python's own that is reported: the function that it ends gives nothing that is known."""


def lost_size(value: Value) -> Any:
    """What an integer of which the value is lost serves as where a size is asked for; None for anything else."""
    return value.size if isinstance(value, SomeNumber) else None


def is_size(value: Value) -> bool:
    """Whether the value is an integer, known or symbolic."""
    return isinstance(value, (int, SymbolicDim))

"""How a library declares layers, types and functions, so that one declaration gives every product.

A layer's fields are the framework's own signature, its methods are its meaning::

    @torch.layer("nn.Linear")
    class Linear(Layer):
        in_features: Dim = dim()
        bias: bool = flag(True)

        def output(self, x: Shape) -> Shape: ...

``Binder`` reads signatures of functions and of ``output`` methods and converts abstract values to what the
annotations name; see ``CONVERTERS``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, ClassVar, TypeVar

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, unknown_dim
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import LibraryClass, Native, Property, StaticMethod, Tensor, Unknown, Value, is_size

REQUIRED: Any = object()
"""Default of a field or parameter that must be given."""

ARGUMENT = "invalid-layer-argument"


@dataclass(frozen=True)
class Field:
    """One argument of a layer's constructor.

    convert: ``(value, owner, name) -> converted``; raises Problem for what the framework refuses at construction.
    keyword: may only be given by keyword, and stands after the positional ones.
    """

    convert: Callable[[Value, type[Layer], str], object]
    default: object = REQUIRED
    keyword: bool = False


def refuse(owner: type[Layer], name: str, wanted: str, value: Value) -> Problem:
    """The Problem for an argument of the wrong kind."""
    return Problem(ARGUMENT, f"{owner.label} {name} must be {wanted}, got {show(value)}", blame=name)


def show(value: Value) -> str:
    """A value as a message shows it: Python's notation, cut to 60 characters, ASCII."""
    try:
        text = "unknown" if isinstance(value, Unknown) else str(value) if isinstance(value, Shape) else repr_of(value)
    except ValueError:
        text = "a huge number"
    text = text.encode("ascii", "backslashreplace").decode()
    return text if len(text) <= 60 else text[:57] + "..."


def repr_of(value: Value) -> str:
    """``repr`` for plain values, with symbolic sizes by name."""
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(repr_of, value[:12]))
        inner += ", ..." if len(value) > 12 else "," if len(value) == 1 and isinstance(value, tuple) else ""
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    if value is None or isinstance(value, (bool, int, float, complex, bytes)):
        return repr(value)
    if isinstance(value, str):
        return repr(value[:80])
    return str(value) if is_size(value) else f"<{type(value).__name__}>"


def _dim(value: Value, owner: type[Layer], name: str) -> object:
    if isinstance(value, Unknown):
        return unknown_dim(name, reason=value.reason)
    if is_size(value):
        return int(value) if isinstance(value, bool) else value
    if _is_plain(value):
        raise refuse(owner, name, "an integer", value)
    return unknown_dim(name, reason=f"{name} is not a plain integer")


def _is_plain(value: Value) -> bool:
    """Whether a value is data that surely is no integer; a tensor or an object may act as one."""
    return value is None or isinstance(value, (str, bytes, float, complex, tuple, list, dict))


def dim(default: object = REQUIRED, *, keyword: bool = False, optional: bool = False) -> Any:
    """A size: an integer. An unknown argument becomes a symbol. ``optional`` lets ``None`` pass."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        return None if optional and value is None else _dim(value, owner, name)

    return Field(convert, default, keyword)


def axes(
    default: object = REQUIRED,
    *,
    keyword: bool = False,
    optional: bool = False,
    words: tuple[str, ...] = (),
    rank: int | None = None,
) -> Any:
    """One size for each spatial axis (``rank`` of the class unless given): an integer or a sequence of integers.

    The converted value is a tuple of ``rank`` sizes; a sequence of another length is kept as it is, for ``check`` or
    ``output`` to refuse at the stage where the framework does. ``words``: strings that pass (``'same'``).
    An unknown argument becomes symbols, unless it might be one of the words: then it stays Unknown.
    """

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        n = owner.rank if rank is None else rank
        if optional and value is None:
            return None
        if isinstance(value, Unknown):
            return value if words or optional else tuple(_dim(value, owner, name) for _ in range(n))
        if isinstance(value, str) and value in words:
            return value
        if isinstance(value, (tuple, list)):
            return tuple(_dim(item, owner, name) for item in value)
        if _is_plain(value):
            raise refuse(owner, name, f"an integer or {n} integers", value)
        return (_dim(value, owner, name),) * n

    return Field(convert, default, keyword)


def flag(default: object = REQUIRED, *, keyword: bool = False) -> Any:
    """A truth value, by Python's rules."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, Unknown):
            return value
        if value is None or isinstance(value, (bool, int, float, str, tuple, list, dict)):
            return bool(value)
        return Unknown(f"whether {name} is true is not known")

    return Field(convert, default, keyword)


def number(default: object = REQUIRED, *, keyword: bool = False) -> Any:
    """A number, or None; anything else is Unknown to the layer."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if value is None or isinstance(value, (int, float, Unknown)) or is_size(value):
            return value
        return Unknown(f"{name} is not a plain number")

    return Field(convert, default, keyword)


def choice(*words: object, default: object = REQUIRED, keyword: bool = False, fold: bool = False) -> Any:
    """One of the given words; any other known value is refused at construction. ``fold``: case does not matter."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, Unknown):
            return value
        value = value.lower() if fold and isinstance(value, str) else value
        if not isinstance(value, (str, bool, int, float, type(None))):
            return Unknown(f"{name} is not a plain value")
        if value not in words:
            raise refuse(owner, name, "one of " + ", ".join(map(show, words)), value)
        return value

    return Field(convert, default, keyword)


def plain(default: object = REQUIRED, *, keyword: bool = False) -> Any:
    """Any value, as it is; ``output`` and ``check`` look at it themselves. It may be Unknown."""
    return Field(lambda value, owner, name: value, default, keyword)


def ignored(default: object = None, *, keyword: bool = False) -> Any:
    """An argument without influence on shapes."""
    return Field(lambda value, owner, name: value, default, keyword)


class Layer:
    """Base of all layer declarations. Instances are immutable; one is bound per construction.

    rank: number of spatial axes, for families that exist in 1-d, 2-d and 3-d.
    windowed: whether this is a convolution or a pooling, whose output may never fall to zero.
    """

    rank: ClassVar[int] = 0
    windowed: ClassVar[bool] = False
    fields: ClassVar[dict[str, Field]] = {}
    label: ClassVar[str] = "Layer"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        collected: dict[str, Field] = {}
        for base in reversed(cls.__mro__):
            collected |= {name: item for name, item in vars(base).items() if isinstance(item, Field)}
        cls.fields = dict(sorted(collected.items(), key=lambda pair: pair[1].keyword))
        cls.label = cls.__name__

    @classmethod
    def bind(cls, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Layer:
        """Bind plain arguments to the signature and check them. Raises Problem, Undecided."""
        given = _assign(cls, args, kwargs)
        layer = cls.__new__(cls)
        for name, item in cls.fields.items():
            value = given.get(name, item.default)
            if value is REQUIRED:
                raise Problem(ARGUMENT, f"{cls.label}() is missing the required argument {name!r}", blame=name)
            setattr(layer, name, item.convert(value, cls, name))
        layer.check()
        return layer

    def check(self) -> None:
        """What the framework refuses at construction. Raises Problem."""

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        """What the framework refuses on a later call, given the shapes of the first one. Raises Problem."""

    def output(self, *inputs: Any, **options: Any) -> Any:
        """The shape that comes out. Raises Problem, Undecided. Sub-classes name and annotate their own inputs."""
        raise Undecided(f"{self.label} is not modelled")

    def weights(self, *inputs: Any) -> dict[str, Shape]:
        """Names and shapes of all variables, trainable or not, once the input shape is known."""
        return {}

    def attribute(self, name: str) -> Value:
        """A public attribute of the framework's object, or Unknown."""
        if name in self.fields:
            return getattr(self, name)
        return Unknown(f"attribute {name!r} of {self.label} is not modelled")


def _assign(cls: type[Layer], args: Sequence[Value], kwargs: Mapping[str, Value]) -> dict[str, Value]:
    """Arguments by field name. A keyword that no version of the layer is known to have makes the call undecided."""
    positional = [name for name, item in cls.fields.items() if not item.keyword]
    if len(args) > len(positional):
        raise Problem(ARGUMENT, f"{cls.label}() takes at most {len(positional)} positional arguments, got {len(args)}")
    given = dict(zip(positional, args))
    for name, value in kwargs.items():
        if name in given:
            raise Problem(ARGUMENT, f"{cls.label}() got multiple values for argument {name!r}", blame=name)
        if name not in cls.fields:
            raise Undecided(f"{cls.label} is called with the argument {name!r}, which dimlint does not know")
        given[name] = value
    return given


def unify(actual: Dim, expected: Dim, rule: str, message: str, *, blame: str | None = None) -> None:
    """Require two sizes to be equal: Problem if they never are, a doubt if it depends."""
    if never_equal(actual, expected):
        raise Problem(rule, message, blame=blame, expected=actual)
    if not always_equal(actual, expected):
        doubt(f"whether {actual} equals {expected} is not known")


class Binder:
    """The signature of a declared function or ``output`` method: binds and converts abstract values."""

    def __init__(self, body: Callable[..., Any], *, skip: int = 0) -> None:
        parameters = list(inspect.signature(body).parameters.values())[skip:]
        self.wants_machine = bool(parameters) and parameters[0].annotation == "Machine"
        parameters = parameters[1:] if self.wants_machine else parameters
        self.name = body.__name__
        self.positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self.keyword = {p.name: p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        self.rest = next((p for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.extra = next((p for p in parameters if p.kind is p.VAR_KEYWORD), None)

    def bind(self, args: Sequence[Value], kwargs: Mapping[str, Value]) -> tuple[list[Any], dict[str, Any]]:
        """Arguments to call the body with. A call that does not fit the declaration is Undecided."""
        if len(args) > len(self.positional) and self.rest is None:
            raise Undecided(f"{self.name} is called with more arguments than dimlint knows")
        given = {p.name: value for p, value in zip(self.positional, args)}
        positional = [self._convert(p, value) for p, value in zip(self.positional, args)]
        if self.rest is not None:
            positional += [self._convert(self.rest, value) for value in args[len(self.positional) :]]
        keywords: dict[str, Any] = {}
        for name, value in kwargs.items():
            parameter = self.keyword.get(name, self.extra)
            if parameter is None or name in given:
                raise Undecided(f"{self.name} is called with the argument {name!r}, which dimlint does not know")
            keywords[name] = self._convert(parameter, value)
        for p in self.keyword.values():
            if p.default is p.empty and p.name not in given and p.name not in keywords:
                raise Undecided(f"{self.name} is called without the argument {p.name!r}")
        return positional, keywords

    def _convert(self, parameter: inspect.Parameter, value: Value) -> Any:
        annotation = parameter.annotation
        if isinstance(annotation, str) and annotation.endswith(" | None"):
            if value is None:
                return None
            annotation = annotation[: -len(" | None")]
        convert = CONVERTERS.get(annotation)
        return value if convert is None else convert(value, parameter.name)


def to_shape(value: Value, name: str) -> Shape:
    """The shape of a tensor, number, or nested sequence of numbers. Raises Undecided."""
    if isinstance(value, Tensor):
        return value.shape
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    if is_size(value) or isinstance(value, (float, complex)):
        return Shape()
    if isinstance(value, (tuple, list)):
        shapes = [to_shape(item, name) for item in value]
        first = shapes[0] if shapes else Shape()
        if all(len(s) == len(first) and all(map(always_equal, s, first)) for s in shapes):
            return Shape(len(shapes), *first)
    raise Undecided(f"{name} is not known to be a tensor")


def _shapes(value: Value, name: str) -> list[Shape]:
    if isinstance(value, (tuple, list)):
        return [to_shape(item, name) for item in value]
    raise Undecided(f"{name} is not a known sequence of tensors")


def _tensor(value: Value, name: str) -> Tensor:
    if isinstance(value, Tensor):
        return value
    raise Undecided(value.reason if isinstance(value, Unknown) else f"{name} is not known to be a tensor")


def _size(value: Value, name: str) -> Dim:
    if isinstance(value, Unknown):
        return unknown_dim(name, low=None, reason=value.reason)
    if is_size(value):
        return int(value) if isinstance(value, bool) else value
    raise Undecided(f"{name} is not a known integer")


def _sizes(value: Value, name: str) -> tuple[Dim, ...]:
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return tuple(_size(item, name) for item in value) if isinstance(value, (tuple, list)) else (_size(value, name),)


def _int(value: Value, name: str) -> int:
    if isinstance(value, int):
        return int(value)
    raise Undecided(value.reason if isinstance(value, Unknown) else f"{name} is not a known integer")


def _ints(value: Value, name: str) -> tuple[int, ...]:
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return tuple(_int(item, name) for item in value) if isinstance(value, (tuple, list)) else (_int(value, name),)


def _instance_of(*kinds: type) -> Callable[[Value, str], Any]:
    def convert(value: Value, name: str) -> Any:
        if isinstance(value, kinds):
            return value
        raise Undecided(value.reason if isinstance(value, Unknown) else f"{name} has an unexpected type")

    return convert


CONVERTERS: dict[str, Callable[[Value, str], Any]] = {
    "Shape": to_shape,
    "Shapes": _shapes,
    "Tensor": _tensor,
    "Dim": _size,
    "Dims": _sizes,
    "int": _int,
    "Ints": _ints,
    "bool": _instance_of(bool, int),
    "float": _instance_of(int, float),
    "str": _instance_of(str),
}
"""Annotation -> conversion. ``Shape``: of one tensor; ``Shapes``: of a sequence of tensors; ``Dim``/``Dims``: sizes that may be
symbolic; ``int``/``Ints``: sizes that must be known. ``X | None`` lets ``None`` pass. Any other annotation (``Value``,
``object``) leaves the value alone; it may then be Unknown."""

Shapes = list[Shape]
Dims = tuple[Dim, ...]
Ints = tuple[int, ...]

AnyClass = TypeVar("AnyClass", bound=type)
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


class computed:
    """Marks a function ``(machine: Machine, self, ...)`` of a declared type as a property."""

    def __init__(self, body: Callable[..., Any]) -> None:
        self.__func__ = body


_WRAPPERS: dict[type, Callable[[Native], Value]] = {FunctionType: lambda native: native, staticmethod: StaticMethod, computed: Property}


@dataclass
class Library:
    """The names of one library and what they mean.

    name: of the library, as in ``Tensor.library``. roots: dotted prefixes under which it is imported, longest first.
    canonical: maps a dotted name below a root to the name it is declared by (old paths, re-exports).
    """

    name: str
    roots: tuple[str, ...]
    canonical: Callable[[str], str] = lambda name: name
    entries: dict[str, Value] = field(default_factory=dict)
    base: str | None = None
    """Name of the type that layers derive from (``nn.Module``)."""
    models: tuple[str, ...] = ()
    """Names of the types whose instances are models (``Sequential``, ``Model``)."""
    forward: str = "forward"
    """Name of the method that user code overrides and that applies a library layer (``forward``, ``call``)."""
    certain: Callable[[Problem, Mapping[str, Value]], bool] = lambda problem, settings: True
    """Whether a Problem found while a layer is constructed holds under the framework settings; else the argument it blames is
    taken as unknown. Raises Undecided."""

    def layer(self, *names: str, base: str | None = None) -> Callable[[type[Layer]], type[Layer]]:
        """Declare a layer under the given names; the first is the one that people are shown."""

        def declare(cls: type[Layer]) -> type[Layer]:
            cls.label = names[0].rpartition(".")[2]
            parent = self.entries.get(base or self.base or "")
            entry = LibraryClass(names[0], self.name, (parent,) if parent else (), cls)
            self.entries |= dict.fromkeys(names, entry)
            return cls

        return declare

    def type(self, *names: str, bases: Iterable[str | LibraryClass] = ()) -> Callable[[AnyClass], AnyClass]:
        """Declare a class by its methods: functions ``(machine: Machine, self: Ref, ...)`` of a Python class.

        A ``staticmethod`` or ``computed`` attribute of that class becomes a ``StaticMethod`` or ``Property`` value.
        """

        def declare(cls: AnyClass) -> AnyClass:
            methods: dict[str, Value] = {}
            for name, item in vars(cls).items():
                if type(item) in _WRAPPERS:
                    native = Native(f"{names[0]}.{name}", self.name, getattr(item, "__func__", item))
                    # Python makes __new__ a static method by itself; it is called with the class.
                    methods[name] = native if name == "__new__" else _WRAPPERS[type(item)](native)
            parents = tuple(self.entries[base] if isinstance(base, str) else base for base in bases)
            entry = LibraryClass(names[0], self.name, parents, None, methods)
            self.entries |= dict.fromkeys(names, entry)
            return cls

        return declare

    def function(self, *names: str) -> Callable[[AnyFunction], AnyFunction]:
        """Declare a function. ``Tensor.view`` declares a method of the library's tensors."""

        def declare(body: AnyFunction) -> AnyFunction:
            for name in names:
                self.entries[name] = Native(name, self.name, body)
            return body

        return declare

    def value(self, name: str, value: Value) -> None:
        """Declare a constant."""
        self.entries[name] = value

    def find(self, dotted: str) -> tuple[str, Value] | None:
        """Canonical name and value of an imported dotted name, or None if it is not below a root or not declared."""
        for root in self.roots:
            if dotted.startswith(root + "."):
                name = self.canonical(dotted[len(root) + 1 :])
                return (name, self.entries[name]) if name in self.entries else None
        return None

"""The names of one library and what they mean: layers, types with methods, functions, constants."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from functools import wraps
from importlib import import_module
from inspect import signature
from threading import RLock
from types import FunctionType
from typing import Any, TypeVar

from dimlint.core.collector import collector_paused
from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Shape, Strides
from dimlint.core.layer import Layer
from dimlint.core.once import once
from dimlint.core.problem import Problem
from dimlint.core.value import ClassMethod, LibraryClass, Native, Property, Ref, StaticMethod, Tensor, Value, tensors_in

ENTRIES = ("forward", "call")
"""The methods of a model that take its input."""
_IMPORTING = RLock()
_ROOM = 1000
"""Depth of Python calls that importing the modules of a library may need."""

AnyClass = TypeVar("AnyClass", bound=type)
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


class computed:
    """Marks a function ``(machine: Machine, self, ...)`` of a declared type as a property; ``change`` is what assigning to it does."""

    def __init__(self, body: Callable[..., Any], change: Callable[..., Any] | None = None) -> None:
        self.__func__ = body
        self.change = change


_WRAPPERS: dict[type, Callable[[Native], Value]] = {
    FunctionType: lambda native: native,
    staticmethod: StaticMethod,
    classmethod: ClassMethod,
    computed: Property,
}


def _bind(layer: type[Layer], args: Sequence[Value], kwargs: Mapping[str, Value], settings: Mapping[str, Value]) -> Layer:
    return layer.bind(args, kwargs)


@dataclass
class Library:
    """The names of one library and what they mean.

    name: of the library, as in ``Tensor.library``. roots: dotted prefixes under which it is imported, longest first.
    canonical: maps a dotted name below a root to the name it is declared by (old paths, re-exports).
    modules: those that declare its names; they are imported when a name is first asked for.
    """

    name: str
    roots: tuple[str, ...]
    canonical: Callable[[str], str] = lambda name: name
    modules: tuple[str, ...] = ()
    declared: dict[str, Value] = field(default_factory=dict)
    """What is declared so far."""
    base: str | None = None
    """Name of the type that layers derive from (``nn.Module``)."""
    models: tuple[str, ...] = ()
    """Names of the types whose instances are models (``Sequential``, ``Model``)."""
    containers: tuple[str, ...] = ()
    """Names of the types that only hold modules, which others put into them (``nn.ModuleList``)."""
    hollow: Mapping[str, str] = field(default_factory=dict)
    """By name of a method that applies a model: the attribute without which it does nothing, as a program's own class may leave it."""
    stand_in: LibraryClass | None = None
    """The class of what stands for a module that callers give, in an example; it is constructed from the number of the example."""
    wrapped: tuple[str, ...] = ()
    """Attributes by which a layer holds the one that it applies in its own place (``TimeDistributed``)."""
    forward: str = "forward"
    """Name of the method that user code overrides and that applies a library layer (``forward``, ``call``)."""
    element_type: Callable[[Value], str | None] | None = None
    """By argument ``dtype`` of its functions: the type of the elements of the tensors that they give, None if it is not known."""
    keeping: set[str] = field(default_factory=set)
    """Functions whose results have the element type of their first tensor."""
    following: set[str] = field(default_factory=set)
    """Functions that keep the functions they are given, and see to it that these run when they do in the framework."""
    bind: Callable[[type[Layer], Sequence[Value], Mapping[str, Value], Mapping[str, Value]], Layer] = _bind
    """Binds the arguments of a layer under the framework settings. Raises Problem, Undecided."""
    undeclared: dict[str, frozenset[str]] = field(default_factory=dict)
    """Attributes that objects of a declared type have, but no meaning here, by the name of the type. Others may have any."""
    foreign: frozenset[str] = frozenset()
    """Arguments that no version of any of its layers has, though other frameworks' layers do."""
    refuses_surplus: bool = False
    """Whether its layers raise TypeError for an argument that they do not have, all of theirs being declared."""
    in_part: bool = False
    """Whether only a few of its names are declared: a module of the project goes before them, the others are code that is not followed."""
    inert: bool = False
    """Whether what its functions give is data, never code of the program nor an object of a framework's."""
    elsewhere: Callable[[str], str] = lambda name: ""
    """By name: the whole name by which another library declares what is that library's own, empty if it is none of such."""
    aliases_of: Callable[[str], Mapping[str, str]] = lambda name: {}
    """By name of a function: other names that its arguments have for callers, and what it calls them itself."""
    source: str = ""
    """Package in which what it does not declare can be read, where that may be followed: plain Python on what it declares."""
    recorded: dict[str, Value] = field(default_factory=dict)
    """By its last name: what is known of a part of ``recorded_package`` where its source is not read."""
    recorded_package: str = ""
    resizes_out: bool = False
    """Whether its functions give a tensor named by ``out`` the shape of the result."""
    packages: frozenset[str] = frozenset()
    """Packages that know nothing of the frameworks: what they give is data, though they are not declared."""
    inert_reasons: set[str] = field(default_factory=set)
    """Reasons of Unknown values of this library that are data."""
    constructing: Callable[[Any, Ref, type[Layer], Sequence[Value], Mapping[str, Value]], None] | None = None
    """Told of each layer that is constructed, before its arguments are bound: machine, object, declaration, arguments."""
    constructed: Callable[[Any, Ref], None] | None = None
    """Told of each layer that was constructed: machine, object."""
    attribute_set: Callable[[Any, Value, str, Value], None] | None = None
    """Told of each attribute that the program sets on what was applied already or is not known: machine, contents, name, value."""
    given_away: Callable[[Any, Sequence[Value]], None] | None = None
    """Told of the arguments of each declared function of a library that was not followed or gives nothing known: machine, values."""
    registering: str = ""
    """Name of the method by which its objects take a parameter that is set as an attribute; a program may have one of its own."""
    replacing: Callable[[Any, Any, str, Value], Mapping[str, Value]] | None = None
    """Told where an object, tensor or None is put in the place of an attribute: machine, object, name, value -> all attributes."""
    internals: Callable[[str], frozenset[str]] = lambda layer: frozenset()
    """By name of a layer: methods by which the framework's class does its work. With one of the program's own it does anything."""
    applied: Callable[[Any, str, Value], None] | None = None
    """Told of each call of a declared function: machine, name, result."""
    memory: dict[str, Callable[[Sequence[Value], Mapping[str, Value], Shape], Strides | None]] = field(default_factory=dict)
    """By name of a function or layer: where its results stand in memory, from its arguments and their shape. Raises Problem."""
    setters: dict[str, Callable[[Any, Tensor, Value], None]] = field(default_factory=dict)
    """Attributes of its tensors that a program may set: machine, tensor, new value."""
    numbers: dict[str, Callable[[Sequence[Value], Mapping[str, Value]], Sequence[Value] | None]] = field(default_factory=dict)
    """By name of a function: the elements of the vector or number that it gives, from its arguments; None if they are not known."""
    whole: frozenset[str] = frozenset()
    """Functions that take a set, dictionary or iterator for one object, and do not look what is in it."""
    subclasses: set[tuple[str, str]] = field(default_factory=set)
    """Names of declared classes and of those that they are subclasses of in the framework, beside their bases here."""
    perhaps_subclasses: set[tuple[str, str]] = field(default_factory=set)
    """Those that are in some versions only."""
    changing: Callable[[str], bool] = lambda name: False
    """Whether a function of that name changes an array in place."""
    versioned: bool = False
    """Whether it is a framework whose versions have different names, so that a program may ask it what it has."""
    former: frozenset[str] = frozenset()
    """Of the names that programs use and of the declared ones: those that the latest version does not have."""
    wavering: frozenset[str] = frozenset()
    """Names that the latest version has under some of its roots only."""
    certain: Callable[[Problem, Mapping[str, Value]], bool] = lambda problem, settings: True
    """Whether a Problem found while a layer is constructed holds under the framework settings; else the argument it blames is
    taken as unknown. Raises Undecided."""

    def __post_init__(self) -> None:
        self._loading = self._loaded = not self.modules

    @property
    def entries(self) -> Mapping[str, Value]:
        """All declared names. The modules that declare them are imported on the first question."""
        if not self._loaded:
            self.load()
        return self.declared

    @once
    def holders(self) -> frozenset[str]:
        """Modules and classes: what other declared names stand below."""
        found: set[str] = set()
        for name in self.entries:
            while "." in name:
                name = name.rpartition(".")[0]
                found.add(name)
        return frozenset(found)

    def load(self) -> None:
        """Import the modules that declare the names, once; a question that one of them asks meanwhile sees what is declared so far."""
        with _IMPORTING:
            if not self._loading:
                self._loading = True
                with _room(), collector_paused():
                    for module in self.modules:
                        import_module(module)
                self._loaded = True

    def declare(self, value: Value, *names: str) -> None:
        """Give names a meaning. Raises ValueError for one that has a meaning already."""
        for name in names:
            if name in self.declared:
                raise ValueError(f"the library {self.name} declares {name} twice")
            self.declared[name] = value

    def layer(self, *names: str, base: str | None = None, methods: type | None = None) -> Callable[[type[Layer]], type[Layer]]:
        """Declare a layer under the given names; the first is the one that people are shown.

        methods: what its objects can do besides, or in place of, being constructed and called, as in ``type``.
        """

        def declare(cls: type[Layer]) -> type[Layer]:
            cls.label = names[0].rpartition(".")[2]
            cls.foreign = self.foreign
            above = base or self.base
            bases = (self.declared[above],) if above is not None else ()
            own = self._methods(names[0], methods) if methods is not None else {}
            self.declare(LibraryClass(names[0], self.name, bases, cls, own), *names)
            return cls

        return declare

    def type(self, *names: str, bases: Iterable[str | LibraryClass] = ()) -> Callable[[AnyClass], AnyClass]:
        """Declare a class by its methods: functions ``(machine: Machine, self: Ref, ...)`` of a Python class.

        A ``staticmethod``, ``classmethod`` or ``computed`` attribute of that class becomes a ``StaticMethod``, ``ClassMethod`` or
        ``Property`` value.
        """

        def declare(cls: AnyClass) -> AnyClass:
            methods = self._methods(names[0], cls)
            parents = tuple(self.declared[base] if isinstance(base, str) else base for base in bases)
            self.declare(LibraryClass(names[0], self.name, parents, None, methods, cls.__doc__ or ""), *names)
            return cls

        return declare

    def extend(self, name: str, methods: Any) -> None:
        """Give a declared class further methods, as ``type`` does."""
        self.declared[name].methods.update(self._methods(name, methods))

    def _methods(self, owner: str, cls: Any) -> dict[str, Value]:
        """The functions, static methods and properties of a Python class, inherited ones too, as values."""
        methods: dict[str, Value] = {}
        for name, item in [pair for base in reversed(cls.__mro__) for pair in vars(base).items()]:
            if type(item) in _WRAPPERS:
                native = Native(f"{owner}.{name}", self.name, getattr(item, "__func__", item))
                # Python makes __new__ a static method by itself; it is called with the class.
                methods[name] = native if name == "__new__" else _WRAPPERS[type(item)](native)
                if isinstance(item, computed) and item.change is not None:
                    methods[name] = Property(native, Native(native.name, self.name, item.change))
        return methods

    def function(self, /, *names: str, **called: str) -> Callable[[AnyFunction], AnyFunction]:
        """Declare a function. ``Tensor.view`` declares a method of the library's tensors.

        called: what the framework calls parameters of the body under these names, if that is something else.
        """

        def declare(body: AnyFunction) -> AnyFunction:
            changed = {mine: theirs for mine, theirs in called.items() if mine != theirs}
            named = _renamed(body, changed) if changed else body
            for name in names:
                self.declare(Native(name, self.name, named), name)
            return body

        return declare

    def value(self, name: str, value: Value) -> None:
        """Declare a constant."""
        self.declare(value, name)

    def type_of_result(self, name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> str | None:
        """The element type that a function's result has: the one that is asked for, or where it stays that of the first tensor."""
        if self.element_type is not None and kwargs.get("dtype") is not None:
            return self.element_type(kwargs["dtype"])
        return next((tensor.dtype for tensor in tensors_in(tuple(args))), None) if name in self.keeping else None

    def owns(self, dotted: str) -> bool:
        """Whether a dotted name stands below a root."""
        return any(dotted.startswith(root + ".") for root in self.roots)

    def below(self, dotted: str) -> str:
        """The rest of a dotted name below a root, empty if it is below none."""
        return next((dotted[len(root) + 1 :] for root in self.roots if dotted.startswith(root + ".")), "")

    def find(self, dotted: str) -> tuple[str, Value] | None:
        """Canonical name and value of an imported dotted name, or None if it is not below a root or not declared."""
        for root in self.roots:
            if dotted.startswith(root + "."):
                name = self.canonical(dotted[len(root) + 1 :])
                return (name, self.entries[name]) if name in self.entries else None
        return None


@contextmanager
def _room() -> Iterator[None]:
    """Let modules be imported however deep in the analysed program the question came up."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + _ROOM)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def relations(table: Mapping[tuple[str, str], str]) -> set[tuple[str, str]]:
    """Subclass and class, from a table of class and package -> last names of the subclasses."""
    return {(f"{package}{name}", parent) for (parent, package), names in table.items() for name in names.split()}


def related(groups: Iterable[str]) -> set[tuple[str, str]]:
    """The names of each group, which all name the same class, as subclasses of one another."""
    return {(one, other) for group in groups for one in group.split() for other in group.split() if one != other}


def closed(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs of a relation, with those that follow from them: what is below what is below a class is below it."""
    found = set(pairs)
    while more := {(low, high) for low, middle in found for same, high in pairs if same == middle != low != high} - found:
        found |= more
    return found


def modules_of(package: str, names: str) -> tuple[str, ...]:
    """The full names of modules in a package."""
    return tuple(f"{package}.{name}" for name in names.split())


def _renamed(body: Callable[..., Any], called: Mapping[str, str]) -> Callable[..., Any]:
    """The function with other names for some of its parameters."""
    own = {theirs: mine for mine, theirs in called.items()}

    @wraps(body)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        return body(*args, **{own.get(name, name): value for name, value in kwargs.items()})

    stated = signature(body)
    parameters = [item.replace(name=called.get(item.name, item.name)) for item in stated.parameters.values()]
    renamed.__signature__ = stated.replace(parameters=parameters)  # type: ignore[attr-defined]
    return renamed

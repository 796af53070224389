"""Binding calls to declared signatures: abstract values become what the annotations of a function name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, unknown_dim
from dimlint.core.opening import OpenArgument
from dimlint.core.problem import Undecided
from dimlint.core.value import Property, Ref, SomeNumber, Tensor, Unknown, Value, is_size, lost_size

OPTIONAL = " | None"


class Binder:
    """The signature of a declared function or ``output`` method: binds and converts abstract values.

    A first parameter that is annotated ``Machine`` or ``Settings`` is not part of it: the caller puts the machine, or the program's
    framework settings, in front.
    """

    def __init__(self, body: Callable[..., Any], *, skip: int = 0) -> None:
        parameters = list(inspect.signature(body).parameters.values())[skip:]
        if not all(isinstance(p.annotation, str) or p.annotation is p.empty for p in parameters):
            raise TypeError(f"{body.__qualname__}: its module needs 'from __future__ import annotations', for annotations are read as text")
        first = parameters[0].annotation if parameters else None
        self.wants_machine = first == "Machine"
        self.wants_settings = first == "Settings"
        parameters = parameters[1:] if self.wants_machine or self.wants_settings else parameters
        self.name = body.__name__
        self.positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self.keyword = {p.name: p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        self.rest = next((p for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.extra = next((p for p in parameters if p.kind is p.VAR_KEYWORD), None)
        self.names = [p.name for p in self.positional]
        named = dict(zip(self.names, self.positional)) | self.keyword
        self.required = [p.name for p in named.values() if p.default is p.empty]
        self.converters = {p.name: converter(p.annotation) for p in parameters}

    def bind(self, args: Sequence[Value], kwargs: Mapping[str, Value]) -> tuple[list[Any], dict[str, Any]]:
        """Arguments to call the body with. A call that does not fit the declaration is Undecided."""
        if len(args) > len(self.positional) and self.rest is None:
            raise Undecided(f"{self.name} is called with more arguments than dimlint knows")
        given = dict(zip(self.names, args))
        positional = [self._convert(name, value) for name, value in given.items()]
        if self.rest is not None:
            positional += [self._convert(self.rest.name, value) for value in args[len(self.positional) :]]
        keywords: dict[str, Any] = {}
        for name, value in kwargs.items():
            parameter = self.keyword.get(name, self.extra)
            if parameter is None or name in given:
                raise Undecided(f"{self.name} is called with the argument {name!r}, which dimlint does not know")
            keywords[name] = self._convert(parameter.name, value)
        for name in self.required:
            if name not in given and name not in keywords:
                raise Undecided(f"{self.name} is called without the argument {name!r}")
        return positional, keywords

    def renamed(self, kwargs: Mapping[str, Value], aliases: Mapping[str, str]) -> Mapping[str, Value]:
        """The arguments by the names that the function has for them, where the library lets callers use others."""
        other = {name: aliases[name] for name in kwargs if name in aliases and name not in self.keyword}
        known = {name: same for name, same in other.items() if same in self.keyword and same not in kwargs}
        return {known.get(name, name): value for name, value in kwargs.items()} if known else kwargs

    def _convert(self, name: str, value: Value) -> Any:
        convert = self.converters[name]
        return value if convert is None else convert(value, name)


def converter(annotation: object) -> Callable[[Value, str], Any] | None:
    """What makes of an argument what an annotation names; None where it stays as it is."""
    if not isinstance(annotation, str):
        return None
    convert = CONVERTERS.get(annotation.removesuffix(OPTIONAL))
    if convert is None or not annotation.endswith(OPTIONAL):
        return convert
    return lambda value, name: None if value is None else convert(value, name)


def to_shape(value: Value, name: str) -> Shape:
    """The shape of a tensor, number, or nested sequence of numbers. Raises Undecided."""
    if isinstance(value, Tensor):
        return value.shape
    if is_size(value) or isinstance(value, (float, complex, SomeNumber)):
        return Shape()
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
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
    size: Dim | None = value.size if isinstance(value, OpenArgument) else lost_size(value)
    if size is not None:
        return size
    if isinstance(value, Unknown):
        return unknown_dim(name, low=None, reason=value.reason)
    if is_size(value):
        return int(value) if isinstance(value, bool) else value
    raise Undecided(f"{name} is not a known integer")


def _sizes(value: Value, name: str) -> tuple[Dim, ...]:
    value = value.values if isinstance(value, Tensor) and value.values is not None else value
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
    "Ref": _instance_of(Ref),
    "Property": _instance_of(Property),
    "tuple[Value, ...]": _instance_of(tuple),
    "range": _instance_of(range),
    "slice": _instance_of(slice),
    "complex": _instance_of(int, float, complex),
}
"""Annotation -> conversion. ``Shape``: of one tensor; ``Shapes``: of a sequence of tensors; ``Dim``/``Dims``: sizes that may be
symbolic; ``int``/``Ints``: sizes that must be known. ``X | None`` lets ``None`` pass. Any other annotation (``Value``,
``object``) leaves the value alone; it may then be Unknown."""

Shapes = list[Shape]
Settings = Mapping[str, Value]
Dims = tuple[Dim, ...]
Ints = tuple[int, ...]

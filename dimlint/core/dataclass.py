"""``dataclass`` as the standard library has it, but cheap: a definition compiles nothing, and what is frozen is so for type checkers.

Of a run most classes are never instantiated, so each gets its ``__init__`` when the first object is made.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import total_ordering
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, eq: bool = True, order: bool = False) -> Any:
        """See ``dataclasses.dataclass``."""

        def declare(cls: type) -> type:
            dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
            names = [field.name for field in dataclasses.fields(cls)]
            cls.__init__ = _at_first(cls)
            cls.__repr__ = _repr(names)
            if eq:
                _compare(cls, names, frozen=frozen, order=order)
            return cls

        return declare if cls is None else declare(cls)


_FIELDS: dict[type, tuple[str, ...]] = {}
Data = TypeVar("Data")


def replace(data: Data, /, **changes: Any) -> Data:
    """``data`` with other values of some fields, as ``dataclasses.replace`` but three times as fast: heap objects change all the time.

    Raises TypeError for a name that is no field.
    """
    kind = type(data)
    names = _FIELDS.get(kind)
    if names is None:
        names = tuple(field.name for field in dataclasses.fields(data))  # type: ignore[arg-type]
        names = _FIELDS[kind] = () if hasattr(kind, "__post_init__") else names
    if not names:
        return dataclasses.replace(data, **changes)  # type: ignore[type-var]
    values = {**data.__dict__, **changes}
    if len(values) > len(names):  # something else is kept there, as by ``once``, or no field has such a name
        return dataclasses.replace(data, **changes)  # type: ignore[type-var]
    made = object.__new__(kind)
    made.__dict__.update(values)
    return made


def _at_first(cls: Any) -> Callable[..., None]:
    """An ``__init__`` that makes the real one and takes its place."""

    def initialize(self: Any, *args: Any, **kwargs: Any) -> None:
        cls.__init__ = _initializer(cls)
        cls.__init__(self, *args, **kwargs)

    return initialize


def _initializer(cls: Any) -> Any:
    scope: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(cls):
        if not field.init:
            continue  # ``__post_init__`` sets it
        name, value, default = field.name, field.name, ""
        if field.default is not dataclasses.MISSING:
            scope[f"default_{name}"], default = field.default, f"=default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            scope[f"make_{name}"], default = field.default_factory, "=MISSING"
            value = f"make_{name}() if {name} is MISSING else {name}"
        parameters.append(name + default)
        lines.append(f" self.{name} = {value}\n")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()\n")
    exec(f"def __init__({', '.join(parameters)}):\n{''.join(lines) or ' pass'}", scope)
    scope["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    return scope["__init__"]


def _repr(names: list[str]) -> Callable[[Any], str]:
    return lambda self: f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


def _compare(cls: Any, names: list[str], *, frozen: bool, order: bool) -> None:
    """Define equality, order and hash by the fields, as far as the class does not itself."""
    found: Callable[[Any], Any] = attrgetter(*names)
    values = found if len(names) > 1 else lambda self: (found(self),)

    def same(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def less(self: Any, other: Any) -> Any:
        return values(self) < values(other) if other.__class__ is self.__class__ else NotImplemented

    own = dict(vars(cls))
    if "__eq__" not in own:
        cls.__eq__ = same
    if own.get("__hash__") is None:
        cls.__hash__ = (lambda self: hash(found(self))) if frozen else None
    if order:
        cls.__lt__ = less
        total_ordering(cls)

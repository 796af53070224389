"""``inspect``: what kind of value something is, and the parameters of functions. Code objects, sources and frames are not followed."""

from __future__ import annotations

from typing import Any

from dimlint.core.problem import Undecided
from dimlint.core.results import Named
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Function,
    LibraryClass,
    Machine,
    Method,
    Partial,
    Raised,
    Ref,
    Tensor,
    Unknown,
    Value,
    is_size,
)
from dimlint.libraries.python.seldom import INSPECT

DATA = (bool, float, complex, str, bytes, tuple, range, slice, Ref, Tensor)
"""Values that are no functions and no classes; what is behind a Ref is looked at first."""
KINDS = {"POSITIONAL_ONLY": 0, "POSITIONAL_OR_KEYWORD": 1, "VAR_POSITIONAL": 2, "KEYWORD_ONLY": 3, "VAR_KEYWORD": 4}


@INSPECT.type("_empty", "Parameter.empty", "Signature.empty")
class Empty:
    """What a parameter without a default has instead of one."""


NOTHING = INSPECT.entries["_empty"]
ANNOTATION = Unknown("a type annotation has no value")
for _kind, _number in KINDS.items():
    INSPECT.value(f"Parameter.{_kind}", _number)


@INSPECT.function("isfunction")
def is_function(machine: Machine, object: Value) -> bool:
    """Whether it is a function written in Python; of a library's functions that is not known. Raises Undecided."""
    return isinstance(object, Function) or not _is_other(object, (Method, Partial, LibraryClass))


@INSPECT.function("ismethod")
def is_method(machine: Machine, object: Value) -> bool:
    """Whether it is a function of the program bound to an object. Raises Undecided."""
    if isinstance(object, Method):
        return isinstance(object.function, Function) or not _is_other(object, ())
    return not _is_other(object, (Function, Partial, LibraryClass))


@INSPECT.function("isclass")
def is_class(machine: Machine, object: Value) -> bool:
    """Whether it is a class. Raises Undecided."""
    if isinstance(object, Ref):
        return isinstance(machine.contents(object), ClassObject)
    return isinstance(object, LibraryClass) or not _is_other(object, (Function, Method, Partial))


@INSPECT.function("getmro")
def getmro(machine: Machine, cls: Value) -> Value:
    """A class and its bases, in the order in which names are looked up. Raises Undecided."""
    return machine.attribute(cls, "__mro__")


def _is_other(object: Value, kinds: tuple[type, ...]) -> bool:
    """True for data and values of these kinds. Raises Undecided for all others, which may be anything."""
    if object is None or is_size(object) or isinstance(object, (*DATA, *kinds)):
        return True
    raise Undecided(object.reason if isinstance(object, Unknown) else "what kind of value this is is not known")


@INSPECT.function("signature")
def signature(machine: Machine, callable: Value, *, follow_wrapped: bool = True, **options: Value) -> Value:
    """The parameters of a function of the program: of the one that it wraps, if it wraps one. Raises Undecided."""
    parameters = machine.new(DictObject(_parameters(machine, callable, follow_wrapped), "OrderedDict"))
    return Named(parameters=parameters, return_annotation=ANNOTATION)


def _parameters(machine: Machine, function: Value, follow: bool) -> dict[Value, Value]:
    if isinstance(function, Method):
        return _without_first(_parameters(machine, function.function, follow))
    if isinstance(function, Ref) and isinstance(machine.contents(function), ClassObject):
        return _without_first(_parameters(machine, machine.attribute(function, "__init__"), follow))
    while isinstance(function, Function) and follow:
        try:
            function = machine.attribute(function, "__wrapped__")
        except Raised:
            break
    if not isinstance(function, Function):
        raise Undecided(function.reason if isinstance(function, Unknown) else "the parameters of what is called are not known")
    return {name: _parameter(name, kind, function) for name, kind in _kinds(function.node.params)}


def _without_first(parameters: dict[Value, Value]) -> dict[Value, Value]:
    return dict(list(parameters.items())[1:])


def _parameter(name: str, kind: str, function: Function) -> Named:
    default = function.defaults.get(name, NOTHING)
    return Named(name=name, kind=KINDS[kind], default=default, annotation=ANNOTATION, empty=NOTHING, **KINDS)


def _kinds(stated: Any) -> list[tuple[str, str]]:
    """Names and kinds of the parameters that a function states, in order."""
    found = [(item.name.value, "POSITIONAL_ONLY") for item in stated.posonly_params]
    found += [(item.name.value, "POSITIONAL_OR_KEYWORD") for item in stated.params]
    star = getattr(getattr(stated.star_arg, "name", None), "value", None)  # neither a bare star nor no star has one
    found += [(star, "VAR_POSITIONAL")] if star is not None else []
    found += [(item.name.value, "KEYWORD_ONLY") for item in stated.kwonly_params]
    return found + ([(stated.star_kwarg.name.value, "VAR_KEYWORD")] if stated.star_kwarg is not None else [])

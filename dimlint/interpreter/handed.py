"""Functions that other code is given: what tells them apart, whose they are, and what cells hold after some runs of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from dimlint.core.value import Function, Instance, Native, Ref, Unknown, Value
from dimlint.interpreter.awaiting import unbound
from dimlint.interpreter.frame import MISSING, Key
from dimlint.interpreter.joining import same


def after_some(values: Sequence[Value], reason: str) -> Value:
    """What a cell holds after any number of runs, given all that it held during one: of an object, what never changed."""
    lost = Unknown(reason)
    first, rest = values[0], [value for value in values[1:] if value is not MISSING]
    if not isinstance(first, Instance) or not all(isinstance(value, Instance) and same(value.cls, first.cls) for value in rest):
        return lost
    names = dict.fromkeys(name for value in (first, *rest) for name in value.attributes)
    kept = {
        name: first.attributes[name]
        if name in first.attributes and all(name in v.attributes and same(v.attributes[name], first.attributes[name]) for v in rest)
        else lost
        for name in names
    }
    layer = first.layer if all(value.layer is first.layer for value in rest) else None
    built = first.built if all(same(value.built, first.built) for value in rest) else None
    return replace(first, attributes=kept, layer=layer, built=built)


def is_of_main(function: Value) -> bool:
    """Whether the file itself defines a function, or it is a library's, which takes no time to run."""
    return isinstance(function, Native) or (isinstance(function, Function) and function.scope.unit.is_main)


def untupled(values: Iterable[Value], depth: int) -> Iterator[Value]:
    """The values, and those in tuples among them."""
    for value in values:
        if type(value) is tuple and depth:
            yield from untupled(value, depth - 1)
        else:
            yield value


@cache
def is_python(library: str) -> bool:
    """Whether a library is Python's own, or one that keeps no functions."""
    return library.startswith(("builtins", "python", "math", "tools.")) and not library.endswith("logging")


def node_of(function: Value) -> Value:
    """The definition of a function of the program, or of the one that a method calls; None for any other."""
    called, _ = unbound(function)
    return called.node if isinstance(called, Function) else None


def identity(function: Value) -> Key:
    """What tells functions apart: where they stand, and whom they belong to."""
    called, given = unbound(function)
    receiver = next((value for value in given if isinstance(value, Ref)), None)
    return (id(called.node), called.scope.number, receiver) if isinstance(called, Function) else (called.name, 0, receiver)

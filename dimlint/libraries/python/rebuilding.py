"""How a class of the program says that its objects are copied: by what ``__reduce__`` or ``__getstate__`` tells of them.

Source: https://docs.python.org/3/library/copy.html, https://docs.python.org/3/library/pickle.html#pickling-class-instances.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dimlint.core.problem import Undecided
from dimlint.core.results import DATA, LIVE
from dimlint.core.value import ClassObject, DictObject, Function, Instance, Machine, Method, Ref, StaticMethod, Unknown, Value
from dimlint.libraries.python.mappings import held

HOOKS = ("__reduce_ex__", "__reduce__", "__getnewargs_ex__", "__getnewargs__", "__getstate__", "__setstate__")
PROTOCOL = 4
LOST = "how an object is copied is not followed"

Hooks = Mapping[str, Method]


def hooks_of(machine: Machine, ref: Ref) -> Hooks:
    """What the class of an object defines of the ways in which objects are copied, bound to the object."""
    contents = machine.contents(ref)
    found: dict[str, Method] = {}
    for cls in machine.mro(contents.cls) if isinstance(contents, Instance) else ():
        body = machine.contents(cls) if isinstance(cls, Ref) else None
        attributes = body.attributes if isinstance(body, ClassObject) else {}
        for name in HOOKS:
            if name not in found and isinstance(attributes.get(name), Function):
                found[name] = Method(attributes[name], ref)
    return found


def rebuilt_by(machine: Machine, ref: Ref, hooks: Hooks, copy: Callable[[Value], Value], note: Callable[[Value], None]) -> None:
    """Make the copy. copy: of a part. note: told of the copy before its parts are copied, which may lead back to it. Raises Undecided."""
    if "__reduce_ex__" in hooks or "__reduce__" in hooks:
        reducing = hooks.get("__reduce_ex__")
        told = machine.call(hooks["__reduce__"]) if reducing is None else machine.call(reducing, [PROTOCOL])
        if isinstance(told, str):
            note(ref)
            return
        made, state = _made_by(machine, told, copy)
    else:
        made, state = _blank(machine, ref, hooks, copy), _state(machine, ref, hooks)
    note(made)
    if state is not None:
        _give(machine, made, copy(state), hooks)


def _made_by(machine: Machine, told: Value, copy: Callable[[Value], Value]) -> tuple[Value, Value]:
    """The new object, and the state that it is given."""
    if type(told) is not tuple or not 2 <= len(told) <= 5 or any(part is not None for part in told[3:]):
        raise Undecided(told.reason if isinstance(told, Unknown) else LOST)
    args = copy(told[1])
    if type(args) is not tuple:
        raise Undecided(LOST)
    return machine.call(told[0], args), told[2] if len(told) > 2 else None


def _blank(machine: Machine, ref: Ref, hooks: Hooks, copy: Callable[[Value], Value]) -> Value:
    contents = machine.contents(ref)
    if "__getnewargs_ex__" in hooks or not isinstance(contents, Instance) or DATA in contents.attributes:
        raise Undecided(LOST)
    args = copy(machine.call(hooks["__getnewargs__"])) if "__getnewargs__" in hooks else ()
    maker = _maker(machine, contents.cls)
    if type(args) is not tuple:
        raise Undecided(LOST)
    if maker is not None:
        return machine.call(maker, [contents.cls, *args])
    notes = {name: value for name, value in contents.attributes.items() if name.startswith("*") and name != LIVE}
    return machine.new(replace(contents, attributes=notes))


def _maker(machine: Machine, cls: Value) -> Value:
    """The program's own ``__new__``, or None."""
    for base in machine.mro(cls):
        body = machine.contents(base) if isinstance(base, Ref) else None
        found = body.attributes.get("__new__") if isinstance(body, ClassObject) else None
        if found is not None:
            return found.function if isinstance(found, StaticMethod) else found
    return None


def _state(machine: Machine, ref: Ref, hooks: Hooks) -> Value:
    if "__getstate__" in hooks:
        return machine.call(hooks["__getstate__"])
    return machine.new(DictObject(dict(machine.attributes_of(ref))))


def _give(machine: Machine, made: Value, state: Value, hooks: Hooks) -> None:
    if not isinstance(made, Ref) or isinstance(state, Unknown):
        raise Undecided(state.reason if isinstance(state, Unknown) else LOST)
    setter = hooks_of(machine, made).get("__setstate__")
    if setter is not None:
        machine.call(setter, [state])
        return
    parts = state if type(state) is tuple and len(state) == 2 else (state, None)
    for part in parts:
        if part is not None:
            machine.store_attributes(made, {str(name): value for name, value in held(machine, part).items.items()})

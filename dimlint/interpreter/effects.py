"""What a function may change outside of it, as its text tells: it may run later, when more is there than when it was tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.dataclass import replace
from dimlint.core.value import ClassObject, DictObject, Either, Function, Instance, ListObject, Ref, SetObject, Unknown, Value
from dimlint.interpreter.awaiting import unbound
from dimlint.interpreter.frame import MISSING, Key, Scope
from dimlint.interpreter.holding import references
from dimlint.interpreter.methods import MUTATORS
from dimlint.interpreter.selecting import one_of
from dimlint.nodes import assigned_names, every, targets

if TYPE_CHECKING:
    from dimlint.interpreter.state import State

MAX_REACHED = 400
"""Objects that are looked at for what a call may have changed."""

Effect = Mapping[Key, "frozenset[str] | None"]
"""Changed cells: the attributes that an object lost, None for a cell that was lost as a whole."""


def lost_parts(value: Value) -> frozenset[str] | None:
    """What is not known of a cell: attributes of an object, or None for all of it."""
    if not isinstance(value, Instance):
        return None
    return frozenset(name for name, item in value.attributes.items() if isinstance(item, Unknown))


def written_effects(machine: State, function: Value) -> Effect:
    """Attributes of objects and variables that a function of the program sets, or whose contents it changes."""
    called, given = unbound(function)
    if not isinstance(called, Function):
        return {}
    parameters = called.node.params
    names = [p.name.value for p in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)]
    declared = set(_declared(called.node.body))
    own = {*names, *assigned_names(called.node.body)} - declared
    receiver = dict(zip(names, given))
    found: dict[Key, frozenset[str] | None] = {}
    for base, attribute in {*_changed(called.node.body), *((name, None) for name in declared)}:
        if attribute is None and base not in own:
            key = _variable(machine, base, called.scope)
            found.update({key: None} if key is not None else {})
        elif attribute is None and isinstance(value := receiver.get(base), Ref):
            found.update({value.number: None} if not isinstance(machine.store.get(value.number), Instance) else {})
        elif attribute is not None and (base in receiver or base not in own):
            value = receiver[base] if base in receiver else machine.find_name(base, called.scope)
            if isinstance(value, Ref) and isinstance(machine.store.get(value.number), Instance):
                found[value.number] = (found.get(value.number) or frozenset()) | {attribute}
    return found


def forget_reached(machine: State, values: Iterable[Value], function: Any, reason: str) -> None:
    """A function, its node, may have run on these values and what they hold: of all objects the attributes that it sets are lost."""
    names = {name for _, name in _changed(function.body) if name is not None}
    pending = [ref for value in values for ref in references(value)]
    seen: set[Ref] = set()
    while names and pending and len(seen) < MAX_REACHED:
        ref = pending.pop()
        held = machine.store.get(ref.number)
        if ref in seen or not isinstance(held, (Instance, ListObject, SetObject, DictObject, Either)):
            continue
        seen.add(ref)
        parts = one_of(machine.store, (ref,), reason)
        pending += parts.refs - seen if isinstance(parts, Either) else ()
        for name in names.intersection(held.attributes) if isinstance(held, Instance) else ():
            _forget_attribute(machine, ref, name, reason)


def _forget_attribute(machine: State, ref: Ref, name: str, reason: str) -> None:
    held = machine.contents(ref)
    value = held.attributes[name]
    if isinstance(value, Ref) and not isinstance(machine.store.get(value.number), (Instance, ClassObject)):
        machine.forget(value, reason)
    machine.update(ref, replace(held, attributes={**held.attributes, name: Unknown(reason)}))


def changes_something(function: Value) -> bool:
    """Whether the text of a function sets an attribute, an item or a name of another scope, or calls what changes an object."""
    found = (*_changed(function.node.body), *_declared(function.node.body)) if isinstance(function, Function) else ()
    return bool(found)


def _variable(machine: State, name: str, scope: Scope) -> Key | None:
    """The cell of a variable that a function sees."""
    scopes = (outer for outer in scope.named(name) if outer.kind != "class")
    return next(((outer.number, name) for outer in scopes if machine.store.get((outer.number, name)) is not MISSING), None)


def _declared(body: Any) -> Iterator[str]:
    """Names of other scopes that statements bind: ``global``, ``nonlocal``."""
    for node in every(body):
        if isinstance(node, (cst.Global, cst.Nonlocal)):
            yield from (item.name.value for item in node.names)


def _changed(body: Any) -> Iterator[tuple[str, str | None]]:
    """Variables whose contents change, and attributes of variables that are set or whose contents change."""
    for node in every(body):
        if isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.For, cst.Del)):
            for target in targets(node.target):
                yield from _stored(target)
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in MUTATORS:
            yield from _named(node.func.value)


def _stored(target: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(target, cst.Subscript):
        yield from _named(target.value)
    elif isinstance(target, cst.Attribute):
        yield from _named(target)


def _named(node: Any) -> Iterator[tuple[str, str | None]]:
    """``x`` and ``x.name``; of longer chains nothing is told."""
    if isinstance(node, cst.Name):
        yield node.value, None
    elif isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        yield node.value.value, node.attr.value

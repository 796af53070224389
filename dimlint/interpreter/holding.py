"""Which models hold which others, and which are parts of none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import libcst as cst

from dimlint.core.library import ENTRIES
from dimlint.core.problem import Undecided
from dimlint.core.value import ClassObject, Either, Function, Instance, Native, Ref, Unknown, Value
from dimlint.interpreter.frame import MISSING, Site

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter
    from dimlint.interpreter.record import Application, Record
    from dimlint.source import Source


def parts(machine: Interpreter, since: int = 0) -> set[Ref]:
    """Models that other models hold, or did before they were lost. since: how many models to pass over."""
    parts: set[Ref] = machine.record.orphans | machine.record.exemplary
    within = machine.record.within
    owners = {owner: machine.store.get(owner.number) for owner in within.values()}
    whole = {owner for owner, held in owners.items() if isinstance(held, Instance) and _is_whole(machine, held)}
    parts.update(ref for ref, owner in within.items() if owner in whole)
    for ref in machine.record.built[since:]:
        held = machine.store.get(ref.number)
        if isinstance(held, Instance) and not is_holder(machine, held.cls) and not is_hollow(machine, held):
            for value in held.attributes.values():
                parts.update(references(machine.plain(value)))
    return parts


def _is_whole(machine: Interpreter, held: Instance) -> bool:
    """Whether an object is a model that is applied itself, not one that only holds models, or of which even the class is lost."""
    if isinstance(held.cls, Ref) and not _is_known(machine, held.cls):
        return False
    return not is_holder(machine, held.cls) and not is_hollow(machine, held) and _is_callable(machine, held)


def is_holder(machine: Interpreter, cls: Value) -> bool:
    """Whether a class of the program is a model that cannot be applied, only what it holds: its ``forward`` does nothing but raise."""
    found = (machine.class_attribute(machine.mro(cls), name) for name in ENTRIES) if _is_known(machine, cls) else ()
    try:
        entry = next((function for function in found if isinstance(function, Function)), None)
    except Undecided:  # a base that is not followed may define it
        return False
    if entry is None or not isinstance(entry.node, cst.FunctionDef):  # a lambda gives something
        return False
    body = entry.node.body.body
    lines = [item for line in body if isinstance(line, cst.SimpleStatementLine) for item in line.body]
    return len(lines) == len(body) and bool(lines) and isinstance(lines[-1], cst.Raise) and all(map(_is_text, lines[:-1]))


def is_hollow(machine: Interpreter, held: Instance) -> bool:
    """Whether an object of a program's own class holds models or layers, which its methods apply, and cannot be applied itself."""
    if not _is_known(machine, held.cls) or "*" in held.attributes:
        return False
    found = (machine.class_attribute(machine.mro(held.cls), name) for name in ENTRIES)
    try:
        entry = next((method for method in found if method is not MISSING), None)
    except Undecided:
        return False
    needed = machine.libraries[entry.library].hollow.get(entry.name) if isinstance(entry, Native) else None
    if needed is None or needed in held.attributes:
        return False
    inner = (ref for value in held.attributes.values() for ref in references(machine.plain(value)))
    return any(isinstance(machine.store.get(ref.number), Instance) for ref in inner)


def _is_known(machine: Interpreter, cls: Value) -> bool:
    """Whether a class of the program is known: each branch of a condition may change it in a way of its own."""
    return isinstance(cls, Ref) and isinstance(machine.store.get(cls.number), ClassObject)


def _is_text(statement: cst.BaseSmallStatement) -> bool:
    return isinstance(statement, cst.Expr) and isinstance(statement.value, (cst.SimpleString, cst.ConcatenatedString))


def references(value: Value) -> Iterator[Ref]:
    """The objects in a value of plain containers."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Either):
        yield from value.refs
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from references(item)


def outer_models(machine: Interpreter, source: Source, since: int = 0) -> list[tuple[Ref, Site]]:
    """The models that a file builds and that are no parts of others, with the place where it does. since: how many to pass over."""
    record = machine.record
    if not record.built[since:]:
        return []
    inside = parts(machine, since)

    @cache
    def kept() -> set[Ref]:
        return {value for value in machine.store.cells.values() if isinstance(value, Ref)}

    @cache
    def used() -> set[int]:
        held_of = (machine.store.get(ref.number) for ref in _used(record) if isinstance(ref, Ref))  # a library may hold what is none
        return {id(held.site.node) for held in held_of if isinstance(held, Instance) and held.site}

    found: list[tuple[Ref, Site]] = []
    for ref in dict.fromkeys(record.built[since:]):
        held = machine.store.get(ref.number)
        application = record.applications.get(ref)
        if not isinstance(held, Instance) or (application is None and (ref in record.inner or ref in inside)):
            continue
        if application is None and not (isinstance(held.cls, Ref) or ref in kept()):
            continue
        if isinstance(held.cls, Ref) and not _is_known(machine, held.cls):
            continue
        if not is_applied(application) and not _is_whole(machine, held):
            continue
        if not is_applied(application) and held.site and id(held.site.node) in used():
            continue
        site = _site(machine, held, source) or (record.ordered.get(ref) if isinstance(held.cls, Ref) or ref in kept() else None)
        if site is not None:
            found.append((ref, site))
    return found


def _is_callable(machine: Interpreter, held: Instance) -> bool:
    """Whether calling a model runs something; some only hold others, which their own methods call."""
    mro = machine.mro(held.cls)
    return any(isinstance(cls, Unknown) for cls in mro) or any(machine.class_attribute(mro, name) is not MISSING for name in ENTRIES)


def is_applied(application: Application | None) -> bool:
    """Whether a model was applied to a tensor."""
    return application is not None and any(tensor is not None for tensor in application.inputs)


def _used(record: Record) -> Iterator[Ref]:
    """Models that were applied. One that was not but comes from the same expression, as a prototype that is copied, says nothing new."""
    yield from record.inner
    yield from (ref for ref, application in record.applications.items() if is_applied(application))


def _site(machine: Interpreter, held: Instance, source: Source) -> Site | None:
    """Where a file builds a model, or defines its class."""
    candidates = [held.site]
    if isinstance(held.cls, Ref):
        cls = machine.store.get(held.cls.number)
        candidates.append(cls.site if isinstance(cls, ClassObject) else None)
    return next((site for site in candidates if isinstance(site, Site) and site.unit.source is source), None)

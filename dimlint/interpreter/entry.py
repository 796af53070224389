"""What to run: the module itself, then the models and functions that it defines and nothing has used."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.dataclass import dataclass
from dimlint.core.library import ENTRIES
from dimlint.core.value import REPORTED, ClassObject, Function, Instance, LibraryClass, ListObject, Native, Ref, Unknown, Value
from dimlint.interpreter.builders import show_class_by_example, show_function_by_example
from dimlint.interpreter.frame import MISSING, Scope, Site, Unit
from dimlint.interpreter.holding import outer_models, parts
from dimlint.interpreter.record import Application
from dimlint.interpreter.trying import ShapeText, apply, run_instances, search, stated
from dimlint.interpreter.unbuilt import needs_arguments, run_unbuilt
from dimlint.nodes import assigned_names, every

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter
    from dimlint.interpreter.record import Record

MAX_WAITING = 100
"""Models that nobody applies and that are tried."""
MARKS = "pytestmark"
"""The name by which pytest knows the marks of a module, class or function."""
ENDED = ("SystemExit", "Skipped")
"""Exceptions by which a program or test ends early as it is meant to."""
FUNCTION_SHARE = 3
"""The part of the steps that are left which a function may take that nobody calls, with the models that it builds."""


@dataclass(frozen=True)
class Inputs:
    """Input shapes stated beside the code.

    comment: the shapes in a ``# dimlint: input=`` comment at a definition. configured: those of the configuration, by name.
    """

    comment: Callable[[Any], tuple[ShapeText, ...] | None]
    configured: Callable[[str], tuple[ShapeText, ...] | None]


def run_module(machine: Interpreter, unit: Unit) -> None:
    """Run the statements of a module one by one: what one of them breaks does not keep the others from running."""
    if not unit.is_main:
        package = unit.name if os.path.basename(unit.path) == "__init__.py" else unit.name.rpartition(".")[0]
        for name, value in (("__name__", unit.name), ("__package__", package), ("__file__", unit.path)):
            machine.set_name(name, value, unit.scope)
    for statement in unit.source.tree.body:
        reason = machine.protected(lambda statement=statement: machine.run_statement(statement, unit.scope))
        if reason is None:
            continue
        machine.record.gap(Site(unit, statement) if unit.is_main else None, reason)
        if reason != REPORTED:
            machine.unseen()
        if reason.startswith("Skipped"):
            machine.set_name(MARKS, Unknown(reason), unit.scope)
        if reason.startswith(ENDED):
            return
        _forget_failed(machine, statement, reason, unit.scope)


def _forget_failed(machine: Interpreter, statement: Any, reason: str, scope: Scope) -> None:
    """What a statement that ended early was to bind or to change is not known: it keeps no value from before."""
    _forget_named(machine, statement, reason, scope, set())
    for name in assigned_names(statement):
        if machine.find_name(name, scope) is not MISSING:
            machine.set_name(name, Unknown(reason), scope)


def _forget_named(machine: Interpreter, block: Any, reason: str, scope: Scope, passed: set[int]) -> None:
    """Nothing is known of the objects that a block names, nor of those that the functions name which it names. passed: these functions."""
    for node in every(block):
        value = machine.find_name(node.value, scope) if isinstance(node, cst.Name) else None
        if isinstance(value, Function) and id(value.node) not in passed:
            passed.add(id(value.node))
            _forget_named(machine, value.node.body, reason, value.scope, passed)
        elif isinstance(value, Ref) and not isinstance(machine.store.get(value.number), ClassObject):
            machine.forget(value, reason)


def run_rest(machine: Interpreter, unit: Unit, inputs: Inputs) -> None:
    """Run what the module defines and has not run, with its defaults: functions first, since they may use the classes.

    Then models are applied to the inputs that are stated beside them, and classes that nobody used are tried alone.
    """
    if _is_unrun(machine.find_name(MARKS, unit.scope), machine):
        return
    functions = [(name, value) for name, value in machine.store.scope(unit.scope.number).items() if isinstance(value, Function)]
    own = [(name, value) for name, value in functions if value.scope is unit.scope]
    for name, value in sorted(own, key=lambda item: needs_arguments(item[1])):  # those that run by themselves may call the others
        if id(value.node) not in machine.called and not _is_unrun(machine.store.get((value.number, MARKS)), machine):
            machine.alone(lambda name=name, value=value: _run_alone(machine, name, value, unit, inputs))
    for ref in list(machine.record.built):
        held = machine.store.get(ref.number)
        if isinstance(held, Instance) and isinstance(held.site, Site) and held.site.unit is unit:
            shapes = inputs.comment(held.site.node) if held.site.node is not _class_node(machine, held.cls) else None
            if shapes:
                machine.alone(lambda ref=ref, held=held, shapes=shapes: apply(machine, ref, held.cls, shapes))
    built = _Built(machine)
    for ref in reversed(machine.defined_classes):  # outer models usually stand below their parts
        held = machine.store.get(ref.number)
        if isinstance(held, ClassObject) and held.site.unit is unit:
            machine.alone(lambda ref=ref, held=held: _run_class(machine, ref, held, inputs, built.of(ref)))
    machine.alone(lambda: _run_waiting(machine, unit, inputs))
    machine.alone(lambda: _run_untold(machine, unit))


def _is_unrun(marks: Value, machine: Interpreter) -> bool:
    """Whether the marks of a module or function keep its tests from being run, or say that they fail."""
    if isinstance(marks, Unknown):
        return marks.reason.startswith("Skipped")
    held = machine.store.get(marks.number) if isinstance(marks, Ref) else None
    if isinstance(held, ListObject):
        return any(_is_mark(item, machine) for item in held.items)
    return _is_mark(marks, machine)


def _is_mark(value: Value, machine: Interpreter) -> bool:
    """Whether this is ``pytest.mark.skip`` or the like, or what it gives for arguments."""
    held = machine.store.get(value.number) if isinstance(value, Ref) else None
    given = isinstance(held, Instance) and machine.class_name(held.cls) == "MarkDecorator"
    return given or (isinstance(value, Native) and value.name.startswith("mark."))


def _run_alone(machine: Interpreter, name: str, function: Function, unit: Unit, inputs: Inputs) -> None:
    """A function that nobody calls, on a part of the steps that are left; then the models that it has built and nobody applies."""
    before = machine.record.mark()
    with machine.fuel.share(FUNCTION_SHARE):
        reason = machine.protected(lambda: _run_function(machine, function, inputs))
        if reason is not None and not reason.startswith(ENDED):
            machine.record.gap(function.site, f"{name}: {reason}")
        show_function_by_example(machine, function, unit.source, before)
        if needs_arguments(function):
            machine.record.vague.update(machine.record.built[before.built :])
        for ref, site in outer_models(machine, unit.source, before.built):
            cls = machine.contents(ref).cls
            if not machine.record.is_tried(ref) and not _is_stated(machine, cls, site, inputs):
                machine.alone(lambda ref=ref, cls=cls: apply(machine, ref, cls, None))


def _is_stated(machine: Interpreter, cls: Value, site: Site, inputs: Inputs) -> bool:
    """Whether an input is stated beside a model or its class, or in the configuration."""
    held = machine.store.get(cls.number) if isinstance(cls, Ref) else None
    beside = inputs.comment(site.node) or (_stated_at(held, inputs) if isinstance(held, ClassObject) else None)
    return bool(beside or inputs.configured(machine.class_name(cls)))


def _run_waiting(machine: Interpreter, unit: Unit, inputs: Inputs) -> None:
    """Models of imported classes that nobody applies: on the input that the configuration states, or else on an unknown one."""
    for ref in _waiting(machine, unit):
        cls = machine.contents(ref).cls
        shapes = inputs.configured(machine.class_name(cls))
        machine.alone(lambda ref=ref, cls=cls, shapes=shapes: apply(machine, ref, cls, shapes))


def _waiting(machine: Interpreter, unit: Unit) -> list[Ref]:
    """The models of imported classes that this file asks for and nobody applies; those in names of the module first."""
    record = machine.record
    named = [value for value in machine.store.scope(unit.scope.number).values() if isinstance(value, Ref)]
    made = [ref for ref in record.built if not record.is_tried(ref)]
    known = set(made)
    waiting = [ref for ref in dict.fromkeys((*(ref for ref in named if ref in known), *made)) if _is_imported(machine, ref, unit)]
    inside = parts(machine) if waiting else set()
    return [ref for ref in waiting if ref not in inside][:MAX_WAITING]


def _is_imported(machine: Interpreter, ref: Ref, unit: Unit) -> bool:
    """Whether a model is of a class that another file defines; those of its own classes have been tried."""
    held = machine.store.get(ref.number)
    if not isinstance(held, Instance):
        return False
    cls = machine.store.get(held.cls.number) if isinstance(held.cls, Ref) else None
    return isinstance(cls, ClassObject) and (cls.site is None or cls.site.unit is not unit)


def _run_untold(machine: Interpreter, unit: Unit) -> None:
    """Whether the outermost models work that are applied to something of which nothing is known: on an input that is open.

    Their program may change them before it applies them, so that nothing is wrong with them.
    """
    found = [ref for ref, _ in outer_models(machine, unit.source) if ref not in machine.record.inner]
    for ref in [ref for ref in found if _is_untold(machine.record.applications.get(ref))][:MAX_WAITING]:
        earlier = machine.record.applications.get(ref)
        machine.alone(lambda ref=ref: search(machine, ref, heard=False))
        tried = machine.record.applications.get(ref)
        if earlier is not None and tried is not None and tried is not earlier:  # the program gives it something of which no shape is known
            well = machine.record.is_verified([ref])
            machine.record.applications[ref] = replace(earlier, reason=None, output=None, layers=tried.layers) if well else earlier


def _is_untold(application: Application | None) -> bool:
    """Whether nothing is known of an input of a model, and that is why it was not verified."""
    if application is None:
        return True
    inputs = application.inputs
    return not application.wrong and (not inputs or (application.reason is not None and any(tensor is None for tensor in inputs)))


class _Built:
    """The model instances of each class. What is built meanwhile is added."""

    def __init__(self, machine: Interpreter) -> None:
        self.machine = machine
        self.known: dict[Ref, list[Ref]] = {}
        self.seen = 0

    def of(self, cls: Ref) -> list[Ref]:
        built = self.machine.record.built
        for ref in built[self.seen :]:
            held = self.machine.store.get(ref.number)
            if isinstance(held, Instance) and isinstance(held.cls, Ref):
                self.known.setdefault(held.cls, []).append(ref)
        self.seen = len(built)
        return list(self.known.get(cls, ()))


def _class_node(machine: Interpreter, cls: Value) -> Any:
    held = machine.store.get(cls.number) if isinstance(cls, Ref) else None
    return held.site.node if isinstance(held, ClassObject) else None


def _run_class(machine: Interpreter, ref: Ref, held: ClassObject, inputs: Inputs, instances: list[Ref]) -> None:
    """A model class: construct it if nobody did, and call it on a stated input, or else on an unknown one."""
    if not machine.is_model(held.mro):
        show_class_by_example(machine, ref, held.site.unit.source)
        return
    if _is_container(machine, held.mro):
        return
    machine.unseen()
    shapes = _stated_at(held, inputs) or inputs.configured(held.name)
    exemplary = [instance for instance in instances if instance in machine.record.exemplary]
    instances = [instance for instance in instances if instance not in machine.record.exemplary]
    if not instances and any(instance in machine.record.inner for instance in exemplary):
        return  # a part that works where it is made use of
    if not instances and ref not in machine.derived_from:  # a base class need not work by itself
        run_unbuilt(machine, ref, held, shapes)
        return
    record = machine.record
    found = len(record.discoveries)
    run_instances(machine, ref, shapes, instances)
    if len(record.discoveries) == found and not shapes and _are_lost(record, instances) and ref not in machine.derived_from:
        for instance in instances:
            record.applications.pop(instance, None)
        record.exemplary.update(instances)
        run_unbuilt(machine, ref, held, None)


def _are_lost(record: Record, instances: list[Ref]) -> bool:
    """Whether a model is only built in constructors of others, or from arguments that nobody gives, and too little is known to apply it."""
    built = (ref in record.within or ref in record.vague for ref in instances)
    return all(built) and not any(ref in record.inner or record.is_verified([ref]) for ref in instances)


def _stated_at(held: ClassObject, inputs: Inputs) -> tuple[ShapeText, ...] | None:
    """The shapes in a comment at a class, or at its own method that takes the input."""
    node = held.site.node
    lines = node.body.body if isinstance(node, cst.ClassDef) else ()  # a call of ``type`` makes one, too
    methods = [item for item in lines if isinstance(item, cst.FunctionDef) and item.name.value in ENTRIES]
    return next((shapes for node in (node, *methods[::-1]) if (shapes := inputs.comment(node))), None)


def _is_container(machine: Interpreter, mro: Sequence[Value]) -> bool:
    """Whether a class is a collection of modules, which others fill before they call it."""
    return any(isinstance(cls, LibraryClass) and cls.name in machine.libraries[cls.library].containers for cls in mro)


def _run_function(machine: Interpreter, function: Function, inputs: Inputs) -> None:
    """A function that nobody called, on its defaults. What takes a tensor may be given one by a comment."""
    machine.unseen()  # what runs before, in the program that calls it
    shapes = inputs.comment(function.node)
    args = stated(shapes, _library(machine)) if shapes else []
    parameters = function.node.params
    names = [p.name.value for p in (*parameters.posonly_params, *parameters.params)]
    args += [machine.missing(name, function) for name in names[len(args) :] if name not in function.defaults]
    machine.on_defaults(function, lambda: machine.call(function, args, {}, site=None))


def _library(machine: Interpreter) -> str:
    return "torch" if any(name.startswith("torch") for name in machine.found) else "keras"

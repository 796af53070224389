"""What to run: the module itself, then the models and functions that it defines and nothing has used."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.axis import is_open
from dimlint.core.dataclass import dataclass
from dimlint.core.layer import Layer
from dimlint.core.library import ENTRIES
from dimlint.core.opening import named_shapes
from dimlint.core.value import (
    REPORTED,
    ClassObject,
    Function,
    Instance,
    LibraryClass,
    Native,
    Raised,
    Ref,
    Tensor,
    Unknown,
    Value,
)
from dimlint.interpreter.frame import MISSING, Scope, Site, Unit
from dimlint.interpreter.holding import is_holder, outer_models, parts, references
from dimlint.interpreter.loops import assigned_names
from dimlint.interpreter.opening import Search
from dimlint.interpreter.record import Application
from dimlint.nodes import children

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

ShapeText = tuple[Any, ...]
MAX_WAITING = 100
"""Models that nobody applies and that are tried."""
MAX_STATED = 8
"""Instances of one class that are applied to the input that is stated at the class."""
EXAMPLES = (8, 2, 64)
"""Numbers for the arguments of a model that nobody builds: heads and groups divide them, depths are passed through in few steps."""
EXAMPLE_SHARE = 8
"""The part of the steps that are left which an example may take."""


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
        machine.set_name("__name__", unit.name, unit.scope)
    for statement in unit.source.tree.body:
        reason = machine.protected(lambda statement=statement: machine.run_statement(statement, unit.scope))
        if reason is None:
            continue
        machine.record.gap(Site(unit, statement) if unit.is_main else None, reason)
        if reason != REPORTED:
            machine.unseen()
        if reason.startswith("SystemExit"):
            return
        _forget_failed(machine, statement, reason, unit.scope)


def _forget_failed(machine: Interpreter, statement: Any, reason: str, scope: Scope) -> None:
    """What a statement that ended early was to bind or to change is not known: it keeps no value from before."""
    pending: list[Any] = [statement] if isinstance(statement, cst.SimpleStatementLine) else []
    while pending:
        node = pending.pop()
        pending += children(node)
        value = machine.find_name(node.value, scope) if isinstance(node, cst.Name) else None
        if isinstance(value, Ref) and not isinstance(machine.store.get(value.number), ClassObject):
            machine.forget(value, reason)
    for name in assigned_names(statement):
        if machine.find_name(name, scope) is not MISSING:
            machine.set_name(name, Unknown(reason), scope)


def run_rest(machine: Interpreter, unit: Unit, inputs: Inputs) -> None:
    """Run what the module defines and has not run, with its defaults: functions first, since they may use the classes.

    Then models are applied to the inputs that are stated beside them, and classes that nobody used are tried alone.
    """
    functions = [(name, value) for name, value in machine.store.scope(unit.scope.number).items() if isinstance(value, Function)]
    own = [(name, value) for name, value in functions if value.scope is unit.scope]
    for name, value in sorted(own, key=lambda item: _needs_arguments(item[1])):  # those that run by themselves may call the others
        if id(value.node) not in machine.called:
            reason = machine.alone(lambda value=value: _run_function(machine, value, inputs))
            if reason is not None and not reason.startswith("SystemExit"):
                machine.record.gap(value.site, f"{name}: {reason}")
    for ref in list(machine.record.built):
        held = machine.store.get(ref.number)
        if isinstance(held, Instance) and isinstance(held.site, Site) and held.site.unit is unit:
            shapes = inputs.comment(held.site.node) if held.site.node is not _class_node(machine, held.cls) else None
            if shapes:
                machine.alone(lambda ref=ref, held=held, shapes=shapes: _apply(machine, ref, held.cls, shapes))
    built = _Built(machine)
    for ref in reversed(machine.defined_classes):  # outer models usually stand below their parts
        held = machine.store.get(ref.number)
        if isinstance(held, ClassObject) and held.site.unit is unit:
            machine.alone(lambda ref=ref, held=held: _run_class(machine, ref, held, inputs, built.of(ref)))
    for ref in _waiting(machine, unit):
        machine.alone(lambda ref=ref: _run_made(machine, ref, inputs))
    machine.alone(lambda: _run_untold(machine, unit))


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
    """Whether a model is of a class that another file defines, or layers in sequence; those of its own classes have been tried."""
    held = machine.store.get(ref.number)
    if not isinstance(held, Instance):
        return False
    cls = machine.store.get(held.cls.number) if isinstance(held.cls, Ref) else None
    return isinstance(cls, ClassObject) and (cls.site is None or cls.site.unit is not unit)


def _run_made(machine: Interpreter, ref: Ref, inputs: Inputs) -> None:
    """A model that nobody applies: on the input that the configuration states for its class, or else on an unknown one."""
    cls = machine.contents(ref).cls
    _apply(machine, ref, cls, inputs.configured(machine.class_name(cls)))


def _run_untold(machine: Interpreter, unit: Unit) -> None:
    """Whether the outermost models work that are applied to something of which nothing is known: on an input that is open.

    Their program may change them before it applies them, so that nothing is wrong with them.
    """
    found = [ref for ref, _ in outer_models(machine, unit.source) if ref not in machine.record.inner]
    for ref in [ref for ref in found if _is_untold(machine.record.applications.get(ref))][:MAX_WAITING]:
        before = machine.record.mark()
        library = _framework(machine, machine.contents(ref).cls)
        machine.alone(lambda ref=ref, library=library: Search.of(machine, ref, library).start())
        if len(machine.record.discoveries) > before.discoveries:
            machine.record.go_back(before)


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
    if not machine.is_model(held.mro) or _is_container(machine, held.mro):
        return
    machine.unseen()
    shapes = _stated_at(held, inputs) or inputs.configured(held.name)
    exemplary = [instance for instance in instances if instance in machine.record.exemplary]
    instances = [instance for instance in instances if instance not in machine.record.exemplary]
    if not instances and any(instance in machine.record.inner for instance in exemplary):
        return  # a part that works where it is made use of
    if not instances and ref not in machine.derived_from:  # a base class need not work by itself
        _run_unbuilt(machine, ref, held, shapes)
        return
    _run_instances(machine, ref, shapes, instances)


def _run_unbuilt(machine: Interpreter, ref: Ref, held: ClassObject, shapes: tuple[ShapeText, ...] | None) -> None:
    """A model that nobody builds: built for any arguments, and if that leaves something open, for those of an example."""
    before = machine.record.mark()
    made = _build(machine, ref, held, shapes)
    if len(machine.record.discoveries) > before.discoveries:  # what is wrong without surplus arguments may be right with them
        machine.record.go_back(before)
        with machine.taking(rest_may_be_empty=False):
            made = _build(machine, ref, held, shapes)
    if len(machine.record.discoveries) > before.discoveries or shapes or machine.record.is_verified(made):
        return
    after, layers = machine.record.mark(), _layers(machine, made)
    for size in EXAMPLES if _takes_arguments(machine, held) else ():
        with machine.taking(example=size), machine.fuel.share(EXAMPLE_SHARE):
            well = _is_example(machine, ref, held, layers)
        machine.record.go_back(before if well else after)
        if well:
            with machine.taking(example=size):
                made = _build(machine, ref, held, None)
            del machine.record.discoveries[before.discoveries :]  # an example proves nothing wrong
            machine.record.exemplary.update(set(machine.record.built[before.built :]).difference(made))
        if well is not None or machine.fuel.steps <= 0:
            return


def _is_example(machine: Interpreter, ref: Ref, held: ClassObject, layers: int) -> bool | None:
    """Whether all goes well with the arguments of an example, and no fewer layers are applied than without it; None if they are refused."""
    before = machine.record.mark()
    made = _build(machine, ref, held, None)
    if (not made and machine.fuel.steps > 0) or len(machine.record.discoveries) > before.discoveries:
        return None
    return machine.record.is_verified(made) and _layers(machine, made) >= max(layers, 1)


def _layers(machine: Interpreter, made: list[Ref]) -> int:
    """How many layers models have applied."""
    applications = [machine.record.applications.get(ref) for ref in made]
    return sum(application.layers for application in applications if application is not None)


def _takes_arguments(machine: Interpreter, held: ClassObject) -> bool:
    """Whether a model cannot be built without arguments."""
    init = machine.class_attribute(held.mro, "__init__")
    return isinstance(init, Function) and _needs_arguments(init, skipped=1)


def _build(machine: Interpreter, ref: Ref, held: ClassObject, shapes: tuple[ShapeText, ...] | None) -> list[Ref]:
    """A model of a class, called on the stated input, or else on an unknown one; none if its construction ends early."""
    made: list[Ref] = []

    def build() -> None:
        made.extend(_construct(machine, ref, held))
        _run_instances(machine, ref, shapes, made)

    machine.alone(build)
    return made


def _run_instances(machine: Interpreter, ref: Ref, shapes: tuple[ShapeText, ...] | None, instances: list[Ref]) -> None:
    """Call instances of a model class on the stated input, or else on an unknown one."""
    if shapes:
        for instance in _without_input(machine, instances):
            machine.alone(lambda instance=instance: _apply(machine, instance, ref, shapes))
        return
    if is_holder(machine, ref):
        instances = _held(machine, instances)
    for instance in instances:
        if not machine.record.is_tried(instance):
            _apply(machine, instance, machine.contents(instance).cls, None)


def _held(machine: Interpreter, models: list[Ref]) -> list[Ref]:
    """The models among the attributes of models."""
    built = set(machine.record.built)
    held = (machine.store.get(ref.number) for ref in models)
    parts = [part for item in held if isinstance(item, Instance) for value in item.attributes.values() for part in references(value)]
    return [part for part in dict.fromkeys(parts) if part in built and isinstance(machine.store.get(part.number), Instance)]


def _stated_at(held: ClassObject, inputs: Inputs) -> tuple[ShapeText, ...] | None:
    """The shapes in a comment at a class, or at its own method that takes the input."""
    methods = [item for item in held.site.node.body.body if isinstance(item, cst.FunctionDef) and item.name.value in ENTRIES]
    return next((shapes for node in (held.site.node, *methods[::-1]) if (shapes := inputs.comment(node))), None)


def _without_input(machine: Interpreter, instances: list[Ref]) -> list[Ref]:
    """The instances that the program applies to nothing of a known shape and puts into no other model; if there are none, the first."""
    inside = parts(machine) | machine.record.inner
    waiting = [ref for ref in instances if ref not in inside and not _has_input(machine.record.applications.get(ref))]
    return waiting[:MAX_STATED] or instances[:1]


def _has_input(application: Application | None) -> bool:
    """Whether a model was applied to a tensor of which the program tells every size."""
    inputs = application.inputs if application is not None else ()
    return any(tensor is not None and not any(map(is_open, tensor.shape)) for tensor in inputs)


def _is_container(machine: Interpreter, mro: Sequence[Value]) -> bool:
    """Whether a class is a collection of modules, which others fill before they call it."""
    return any(isinstance(cls, LibraryClass) and cls.name in machine.libraries[cls.library].containers for cls in mro)


def _construct(machine: Interpreter, ref: Ref, held: ClassObject) -> list[Ref]:
    """An instance made with the defaults, unless a library's own ``__init__`` would need arguments."""
    init = machine.class_attribute(held.mro, "__init__")
    if not isinstance(init, (Function, Native)):
        return []

    def make() -> Value:
        return machine.call(ref, (), {}, site=held.site)

    made = machine.on_defaults(init, make) if isinstance(init, Function) else make()
    return [made] if isinstance(made, Ref) else []


def _apply(machine: Interpreter, instance: Ref, cls: Value, shapes: tuple[ShapeText, ...] | None) -> None:
    library = _framework(machine, cls)
    if shapes is None:
        before = machine.record.mark()
        Search.of(machine, instance, library).start()
        if isinstance(cls, LibraryClass) and len(machine.record.discoveries) > before.discoveries:
            machine.record.go_back(before)  # a sequence of layers may be a mere store of them, which are applied one by one
        return
    _leave_training(machine)
    args = stated(shapes, library)
    with suppress(Raised):
        machine.call(instance, args, {}, site=None)


def _framework(machine: Interpreter, cls: Value) -> str:
    """The library whose model type a class is derived from."""
    bases = [base for base in machine.mro(cls) if isinstance(base, LibraryClass)]
    return next((base.library for base in bases if base.name in machine.libraries[base.library].models), bases[0].library)


def _leave_training(machine: Interpreter) -> None:
    """A stated input tells a shape, not a training batch: what only training refuses is not held against it."""
    for key, held in list(machine.store.cells.items()):
        if isinstance(held, Instance) and getattr(held.layer, "training", False) is True:
            machine.store.set(key, replace(held, layer=evaluating(held.layer)))


def evaluating(layer: Layer | None) -> Layer | None:
    """The layer in evaluation mode."""
    changed: Any = copy.copy(layer)
    changed.training = False
    return changed  # type: ignore[no-any-return]


def stated(shapes: Sequence[ShapeText], library: str) -> list[Value]:
    """Tensors of stated shapes."""
    return [Tensor(shape, library) for shape in named_shapes(dict(enumerate(shapes))).values()]


def _run_function(machine: Interpreter, function: Function, inputs: Inputs) -> None:
    """A function that nobody called, on its defaults. What takes a tensor may be given one by a comment."""
    machine.unseen()  # what runs before, in the program that calls it
    shapes = inputs.comment(function.node)
    args = stated(shapes, _library(machine)) if shapes else []
    parameters = function.node.params
    names = [p.name.value for p in (*parameters.posonly_params, *parameters.params)]
    for name in names[len(args) :]:
        args.append(function.defaults.get(name, machine.missing(name, function)))
    machine.on_defaults(function, lambda: machine.call(function, args, {}, site=None))


def _needs_arguments(function: Function, skipped: int = 0) -> bool:
    """Whether a call without arguments is refused. skipped: how many parameters are given in any case."""
    parameters = function.node.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)[skipped:]
    return any(parameter.name.value not in function.defaults for parameter in every)


def _library(machine: Interpreter) -> str:
    return "torch" if any(name.startswith("torch") for name in machine.found) else "keras"

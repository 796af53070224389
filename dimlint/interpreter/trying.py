"""Models that the program does not apply: on the input that is stated for them, or else on an unknown one."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dimlint.core.axis import is_open
from dimlint.core.layer import Layer
from dimlint.core.opening import named_shapes
from dimlint.core.value import Instance, LibraryClass, Raised, Ref, Tensor, Value
from dimlint.interpreter.holding import is_holder, is_hollow, parts, references
from dimlint.interpreter.opening import Search
from dimlint.interpreter.placeholders import open_placeholders
from dimlint.interpreter.record import Application

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

ShapeText = tuple[Any, ...]
MAX_STATED = 8
"""Instances of one class that are applied to the input that is stated at the class."""


def run_instances(machine: Interpreter, ref: Ref, shapes: tuple[ShapeText, ...] | None, instances: list[Ref]) -> None:
    """Call instances of a model class on the stated input, or else on an unknown one."""
    if shapes:
        for instance in _without_input(machine, instances):
            machine.alone(lambda instance=instance: apply(machine, instance, ref, shapes))
        return
    holders = instances if is_holder(machine, ref) else [item for item in instances if _is_hollow(machine, item)]
    if holders:
        instances = [*(item for item in instances if item not in holders), *_held(machine, holders)]
    for instance in instances:
        if not machine.record.is_tried(instance):
            apply(machine, instance, machine.contents(instance).cls, None)


def _is_hollow(machine: Interpreter, ref: Ref) -> bool:
    held = machine.store.get(ref.number)
    return isinstance(held, Instance) and is_hollow(machine, held)


def _held(machine: Interpreter, models: list[Ref]) -> list[Ref]:
    """The models among the attributes of models."""
    built = set(machine.record.built)
    held = (machine.store.get(ref.number) for ref in models)
    parts = [part for item in held if isinstance(item, Instance) for value in item.attributes.values() for part in references(value)]
    return [part for part in dict.fromkeys(parts) if part in built and isinstance(machine.store.get(part.number), Instance)]


def _without_input(machine: Interpreter, instances: list[Ref]) -> list[Ref]:
    """The instances that the program applies to nothing of a known shape and puts into no other model; if there are none, the first."""
    inside = parts(machine) | machine.record.inner
    waiting = [ref for ref in instances if ref not in inside and not _has_input(machine.record.applications.get(ref))]
    return waiting[:MAX_STATED] or instances[:1]


def _has_input(application: Application | None) -> bool:
    """Whether a model was applied to a tensor of which the program tells every size."""
    inputs = application.inputs if application is not None else ()
    return any(tensor is not None and not any(map(is_open, tensor.shape)) for tensor in inputs)


def apply(machine: Interpreter, instance: Ref, cls: Value, shapes: tuple[ShapeText, ...] | None) -> None:
    """Call a model on the stated input, or else on an unknown one."""
    open_placeholders(machine, instance)
    if shapes is None:
        # a sequence of layers may be a mere store of them, which are applied one by one
        search(machine, instance, heard=not isinstance(cls, LibraryClass))
        return
    _leave_training(machine)
    args = stated(shapes, _framework(machine, cls))
    with suppress(Raised):
        machine.call(instance, args, {}, site=None)


def search(machine: Interpreter, instance: Ref, *, heard: bool) -> None:
    """Call a model on an unknown input. heard: whether it is reported if no input fits."""
    before = machine.record.mark()
    try:
        Search.of(machine, instance, _framework(machine, machine.contents(instance).cls)).start()
    finally:
        if not heard and len(machine.record.discoveries) > before.discoveries:
            machine.record.go_back(before)


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

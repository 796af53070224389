"""Models that nobody builds: built for any arguments, or for those of an example, and tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dimlint.core.example import Example, Key, Role
from dimlint.core.rules import ARGUMENT
from dimlint.core.value import ClassObject, Function, Instance, Native, Ref, Tensor, Value
from dimlint.interpreter.trying import ShapeText, run_instances

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter
    from dimlint.interpreter.record import Milestone

WAYS: tuple[dict[str, bool], ...] = ({"annotations_hold": True}, {}, {"rest_may_be_empty": False})
"""What is taken for granted, the likeliest first: Python does not ask for what is annotated, and surplus arguments may be needed."""
REST: dict[str, bool] = {"none_is_open": True, "class_is_open": True}
"""What is taken for granted of a model that refuses an argument in each of these ways: None or a class may stand for what callers give."""
EXAMPLES = (8, 2, 64)
"""Numbers for the arguments of a model that nobody builds: heads and groups divide them, depths are passed through in few steps."""
MAX_CORRECTIONS = 4
"""Runs in which arguments turn out to be no numbers."""
EXAMPLES_SHARE = 2
"""The part of the steps that are left which all examples of a model may take."""
EXAMPLE_SHARE = 2
"""The part of those which one of them may take."""


def run_unbuilt(machine: Interpreter, ref: Ref, held: ClassObject, shapes: tuple[ShapeText, ...] | None) -> None:
    """A model that nobody builds: built for any arguments, and if that leaves something open, for those of an example."""
    before = machine.record.mark()
    made: list[Ref] = []
    for way in (*WAYS, REST):
        refused = [found.problem.rule for found in machine.record.discoveries[before.discoveries :]]
        if way is REST and any(rule != ARGUMENT.symbol for rule in refused):
            break
        machine.record.go_back(before)
        with machine.taking(**way):
            made = _build(machine, ref, held, shapes)
        if len(machine.record.discoveries) == before.discoveries:
            break
    if len(machine.record.discoveries) > before.discoveries or shapes or machine.record.is_verified(made):
        return
    given = _needs_more(machine, held, made)
    if given or _takes_arguments(machine, held):
        with machine.taking(none_is_open=given):
            made = _on_example(machine, ref, held, made, before)
    if not made:
        _keep_unmade(machine, ref)


def _on_example(machine: Interpreter, ref: Ref, held: ClassObject, made: list[Ref], before: Milestone) -> list[Ref]:
    """The model built for an example, if there is one with which all goes well, and else the one that was made."""
    with machine.fuel.share(EXAMPLES_SHARE):
        example = _example(machine, ref, held, _layers(machine, made))
    if example is None:
        return made
    machine.record.go_back(before)
    with machine.taking(example=example):
        made = _build(machine, ref, held, None)
    del machine.record.discoveries[before.discoveries :]  # an example proves nothing wrong
    del (machine.record.calls or [])[before.calls :]
    machine.record.exemplary.update(set(machine.record.built[before.built :]).difference(made))
    return made


def _needs_more(machine: Interpreter, held: ClassObject, made: list[Ref]) -> bool:
    """Whether a model ends in an exception without something that callers may give: what is None by default."""
    init = machine.class_attribute(held.mro, "__init__")
    optional = init.defaults.values() if isinstance(init, Function) else ()
    return any(default is None for default in optional) and any(model in machine.record.unrun for model in made)


def _keep_unmade(machine: Interpreter, ref: Ref) -> None:
    """A model that could not be built in any way is one that is not verified."""
    record = machine.record
    for made in reversed(record.unrun):
        held = machine.store.get(made.number)
        if isinstance(held, Instance) and held.cls == ref:
            if made not in record.built:
                record.built.append(made)
            return


def _example(machine: Interpreter, ref: Ref, held: ClassObject, layers: int) -> Example | None:
    """Arguments with which all goes well and so many layers are applied, if there are such. The record stays as it is.

    They are numbers, and in the place of those of which a run asked what no number answers, what does in the next one.
    """
    after = machine.record.mark()
    roles: Mapping[Key, Role] = {}
    for number in EXAMPLES:
        corrected: Example | None = Example(number, roles)
        for _ in range(MAX_CORRECTIONS):
            if corrected is None:
                break
            example, roles = corrected, corrected.roles
            with machine.taking(example=example), machine.fuel.share(EXAMPLE_SHARE):
                well = _is_example(machine, ref, held, layers)
            machine.record.go_back(after)
            corrected = example.corrected()
            if well:
                return example
            if machine.fuel.steps <= 0 or (well is not None and corrected is None):
                return None
    return None


def _is_example(machine: Interpreter, ref: Ref, held: ClassObject, layers: int) -> bool | None:
    """Whether all goes well with the arguments of an example, and no less is done than without it; None if they are refused."""
    before = machine.record.mark()
    made = _build(machine, ref, held, None)
    if (not made and machine.fuel.steps > 0) or len(machine.record.discoveries) > before.discoveries:
        return None
    done = _layers(machine, made)
    return machine.record.is_verified(made) and done >= layers and (done > 0 or all(_computes(machine, model) for model in made))


def _computes(machine: Interpreter, model: Ref) -> bool:
    """Whether a model gives another tensor than it was given."""
    application = machine.record.applications.get(model)
    output = application.output if application is not None else None
    return application is not None and isinstance(output, Tensor) and all(given is not output for given in application.inputs)


def _layers(machine: Interpreter, made: list[Ref]) -> int:
    """How many layers models have applied."""
    applications = [machine.record.applications.get(ref) for ref in made]
    return sum(application.layers for application in applications if application is not None)


def _takes_arguments(machine: Interpreter, held: ClassObject) -> bool:
    """Whether a model cannot be built without arguments."""
    init = machine.class_attribute(held.mro, "__init__")
    return isinstance(init, Function) and needs_arguments(init, skipped=1)


def _build(machine: Interpreter, ref: Ref, held: ClassObject, shapes: tuple[ShapeText, ...] | None) -> list[Ref]:
    """A model of a class, called on the stated input, or else on an unknown one; none if its construction ends early."""
    made: list[Ref] = []

    def build() -> None:
        made.extend(_construct(machine, ref, held))
        run_instances(machine, ref, shapes, made)

    machine.alone(build)
    return made


def _construct(machine: Interpreter, ref: Ref, held: ClassObject) -> list[Ref]:
    """An instance made with the defaults, unless a library's own ``__init__`` would need arguments."""
    init = machine.class_attribute(held.mro, "__init__")
    if not isinstance(init, (Function, Native)):
        return []

    def make() -> Value:
        return machine.call(ref, (), {}, site=held.site)

    made = machine.on_defaults(init, make) if isinstance(init, Function) else make()
    return [made] if isinstance(made, Ref) and isinstance(machine.store.get(made.number), Instance) else []  # __new__ may give anything


def needs_arguments(function: Function, skipped: int = 0) -> bool:
    """Whether a call without arguments is refused. skipped: how many parameters are given in any case."""
    parameters = function.node.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)[skipped:]
    return any(parameter.name.value not in function.defaults for parameter in every)

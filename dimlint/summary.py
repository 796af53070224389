"""What a model does to an input, layer by layer: ``dimlint summary``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from dimlint.config import Config
from dimlint.core.dim import Dim
from dimlint.core.problem import Undecided
from dimlint.core.report import AppliedLayer, ShapeData, Span, Summary
from dimlint.core.value import REPORTED, ClassObject, Instance, Machine, Ref, Tensor, Value
from dimlint.interpreter.frame import Site
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import Application, LayerCall
from dimlint.libraries.outline import Outline, Weight
from dimlint.libraries.outlines import OUTLINES
from dimlint.notation import StatedShape
from dimlint.outcome import output_data, shape_data, unknown_reason
from dimlint.run import deep_recursion
from dimlint.sizes import input_sizes
from dimlint.target import NoSummary, Program, Target, find_target, framework

__all__ = ["NoSummary", "summarize"]

UNSURE = "whether all of its layers are applied is not known"


def summarize(path: str, target: str | None, shapes: Sequence[StatedShape], config: Config) -> Summary:
    """The summary of a model in a file.

    target: a name or an expression in the namespace of the file; None stands for its only model.
    shapes: of the inputs, batch first; none if the program states them. Raises NoSummary.
    """
    program = Program(path, config)
    found = find_target(program, target)
    machine, held = found.machine, found.machine.contents(found.model)
    with deep_recursion(), machine.listening():
        outline = OUTLINES[framework(machine, held) or ""](cast(Machine, machine), found.model)
        inputs = _inputs(outline, shapes) or outline.stated_inputs() or _inputs(outline, _stated(program, found, held))
        application, calls, failure = _applied(machine, found.model, outline.arguments(inputs))
        machine.burn(-config.fuel)
        summary = _Writer(found, outline, calls).summary(inputs, application, failure)
        if summary.status != "verified":
            return summary
        smallest, works_on = input_sizes(machine, found.model, inputs)
        return replace(summary, smallest_input=smallest, works_on=works_on)


def _inputs(outline: Outline, shapes: Sequence[StatedShape]) -> list[Tensor]:
    """Tensors of stated shapes; a size with a name is not known."""
    return [outline.input([size if isinstance(size, int) else None for size in shape]) for shape in shapes]


def _stated(program: Program, found: Target, held: Instance) -> Sequence[StatedShape]:
    """The input shapes that the program states: where it calls such a model, else beside its definition, else in the configuration."""
    given = _called_with(found.machine, found, held) or _called_with(program.explored(), found, held)
    beside = given or program.source.input_shapes_at(found.line) or program.config.input_shapes(found.name)
    if not beside:
        raise NoSummary(f"{program.path}: the input shape of {found.name!r} is not stated; give it with --input-shape 1x3x224x224")
    return beside


def _called_with(machine: Interpreter, found: Target, held: Instance) -> list[ShapeData]:
    """The shapes on which a program calls such a model, if they are known."""
    for ref, application in machine.record.applications.items():
        other = machine.store.get(ref.number)
        if isinstance(other, Instance) and application.inputs and _origin(machine, other) == _origin(found.machine, held):
            given = [shape_data(tensor) for tensor in application.inputs if tensor is not None]
            if len(given) == len(application.inputs) and all(size is not None for shape in given for size in shape[1:]):
                return given
    return []


def _origin(machine: Interpreter, held: Instance) -> object:
    """What tells objects of one kind from others: the class of the program, or the expression that builds it."""
    cls = machine.store.get(held.cls.number) if isinstance(held.cls, Ref) else None
    if isinstance(cls, ClassObject):
        return cls.site.unit.path if isinstance(cls.site, Site) else None, cls.name
    return id(held.site.node) if isinstance(held.site, Site) else None


def _applied(machine: Interpreter, model: Ref, inputs: Sequence[Value]) -> tuple[Application, list[LayerCall], str | None]:
    """One application of the model, the calls that it makes, and why it ended early if it did."""
    record = machine.record
    record.calls = []
    record.applications.pop(model, None)
    failure = machine.protected(lambda: machine.call(model, inputs))
    calls, record.calls = record.calls, None
    return record.applications.get(model) or Application(model), calls, failure


class _Writer:
    """Puts a summary together."""

    def __init__(self, found: Target, outline: Outline, calls: Sequence[LayerCall]) -> None:
        self.found = found
        self.machine = found.machine
        self.outline = outline
        self.calls = [call for call in calls if _path(call)[0] == found.model]
        self.seen: set[object] = set()

    def summary(self, inputs: Sequence[Tensor], application: Application, failure: str | None) -> Summary:
        """The whole of it."""
        output = self.machine.plain(application.output)
        status, reason = self._status(application, failure or unknown_reason(output))
        weights = self._weights(self.found.model)
        return Summary(
            self.found.name,
            self.found.source.path,
            self.found.line,
            status,
            reason,
            tuple(map(shape_data, inputs)),
            output_data(output),
            _total(weights),
            None if weights is None or any(type(item.trainable) is not bool for item in weights) else _total(weights, trained=True),
            tuple(self._steps()),
        )

    def _status(self, application: Application, failure: str | None) -> tuple[str, str | None]:
        reason = application.reason or failure
        if application.wrong or reason == REPORTED:
            found = self.machine.record.discoveries
            return "wrong", found[-1].problem.message if found else reason
        if reason is None and any(call.doubtful for call in self.calls):
            reason = UNSURE
        return ("partial" if reason else "verified"), reason

    def _steps(self) -> list[AppliedLayer]:
        steps = []
        for call in self.calls:
            path = _path(call)
            name = self.machine.quietly(lambda path=path: self.outline.name(path))  # type: ignore[misc]
            if isinstance(name, str):
                steps.append(self._step(name, call))
        return steps

    def _step(self, name: str, call: LayerCall) -> AppliedLayer:
        weights = self._weights(call.ref)
        fresh = [item for item in weights or () if item.key not in self.seen]
        self.seen.update(item.key for item in fresh)
        return AppliedLayer(
            name,
            self.machine.class_name(self.machine.contents(call.ref).cls),
            self._span(call),
            tuple(map(shape_data, call.inputs)),
            output_data(call.output),
            None if weights is None else _total(fresh),
        )

    def _span(self, call: LayerCall | None) -> Span:
        """Where the layer, or else the innermost part around it that has a place, is built."""
        while call is not None:
            site = self.machine.contents(call.ref).site
            if isinstance(site, Site):
                span: Span = site.unit.source.span(site.node)
                return Span(site.unit.path, span.line, span.column, span.end_line, span.end_column)
            call = call.parent
        return Span(self.found.source.path, self.found.line, 1, self.found.line, 1)

    def _weights(self, part: Ref) -> list[Weight] | None:
        try:
            return self.outline.weights(part)
        except Undecided:
            return None


def _path(call: LayerCall) -> list[Ref]:
    """The running calls, outermost first."""
    path: list[Ref] = []
    at: LayerCall | None = call
    while at is not None:
        path.append(at.ref)
        at = at.parent
    return path[::-1]


def _total(weights: Sequence[Weight] | None, *, trained: bool = False) -> int | None:
    """The number of elements; None if it is not known."""
    total: Dim = 0
    for item in weights or ():
        total = total + item.elements if item.trainable or not trained else total
    return total if isinstance(total, int) and weights is not None else None


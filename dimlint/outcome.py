"""What a run found, as report data: places looked up, comments obeyed, shapes written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dimlint.config import Config
from dimlint.core.opening import OpenShape
from dimlint.core.report import Finding, Gap, Model, Related, ShapeData, Span
from dimlint.core.rules import find
from dimlint.core.value import REPORTED, ClassObject, Instance, Ref, Tensor, Value
from dimlint.interpreter.frame import Site
from dimlint.interpreter.holding import outer_models, parts
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import Application, Discovery, Record
from dimlint.interpreter.record import unknown_reason as unknown_reason
from dimlint.source import Source

UNSTATED = "its input shape is not known"


def findings(machine: Interpreter, source: Source, config: Config, advice: Mapping[int, str]) -> list[Finding]:
    """The discoveries that no comment suppresses, one for each place and rule, sorted. advice: a last sentence for some of them."""
    found: dict[tuple[Span, str], Finding] = {}
    for index, discovery in enumerate(machine.record.discoveries):
        rule = find(discovery.problem.rule)
        span = _span(discovery.site)
        if rule is None or source.is_suppressed(rule, span, pylint=config.pylint_comments):
            continue
        text = message(discovery, advice.get(index, ""))
        related = (*_related(discovery), *(_statement(machine, discovery) if advice.get(index) else ()))
        found.setdefault((span, rule.code), Finding(span, rule.code, rule.symbol, text, related, blamed=_blamed(discovery)))
    return sorted(found.values(), key=lambda finding: (finding.span, finding.code))


def message(discovery: Discovery, advice: str) -> str:
    """What is wrong, with a last sentence of advice, and on which condition."""
    text = discovery.problem.message
    if advice:
        text += f"{'' if text.endswith('.') else '.'} {advice}"
    if discovery.condition is not None:
        text += f" (on one side of the condition '{discovery.condition}')"
    return text


def _related(discovery: Discovery) -> tuple[Related, ...]:
    return tuple(Related(_span(mark.site), mark.message) for mark in discovery.marks)


def _blamed(discovery: Discovery) -> Related | None:
    site, name = discovery.blamed, discovery.problem.blame
    return Related(_span(site), name) if site is not None and name is not None and site.node is not discovery.site.node else None


def _statement(machine: Interpreter, discovery: Discovery) -> Iterator[Related]:
    """Where an input is stated that is too small: at the call, or else at the class."""
    model = discovery.model
    if model is None or len(model.inputs) != 1 or model.inputs[0] is None:
        return
    cls = machine.contents(model.ref).cls
    held = machine.store.get(cls.number) if isinstance(cls, Ref) else None
    site = model.site or (held.site if isinstance(held, ClassObject) else None)
    told = {(place.path, place.line) for place in map(_span, (discovery.site, *(mark.site for mark in discovery.marks)))}
    if site is not None and ((span := _span(site)).path, span.line) not in told:
        yield Related(span, f"input: {model.inputs[0].shape}")


def _span(site: Site) -> Span:
    span: Span = site.unit.source.span(site.node)
    return span


def line_span(source: Source, line: int) -> Span:
    """A whole line of the file."""
    lines = source.text.splitlines()
    width = len(lines[line - 1]) if 0 < line <= len(lines) else 0
    return Span(source.path, line, 1, line, width + 1)


def gaps(record: Record, source: Source) -> Iterator[Gap]:
    """What could not be followed, once for each reason and line."""
    seen: set[tuple[int, str]] = set()
    for site, reason in record.gaps:
        span = _span(site) if site is not None and site.unit.source is source else line_span(source, 1)
        if (span.line, reason) not in seen:
            seen.add((span.line, reason))
            yield Gap(span, reason)


def models(machine: Interpreter, source: Source) -> list[Model]:
    """The outermost models that this file builds, once for each place and name."""
    merged: dict[tuple[Span, str], Model] = {}
    for _, model in outermost(machine, source):
        key = (model.span, model.name)
        merged[key] = max(merged.get(key, model), model, key=lambda item: ["partial", "verified", "wrong"].index(item.status))
    return sorted(merged.values(), key=lambda model: (model.span, model.name))


def outermost(machine: Interpreter, source: Source) -> list[tuple[Ref, Model]]:
    """The models that this file builds and that are no parts of others."""
    found = []
    for ref, site in outer_models(machine, source):
        held, application = machine.store.get(ref.number), machine.record.applications.get(ref)
        found.append((ref, _model(machine, ref, held, application, _span(site))))
    return found


def held_by_others(machine: Interpreter) -> set[Ref]:
    """The models that are parts of others, as attributes or in the graph of a functional model."""
    found = parts(machine)
    for application in machine.record.applications.values():
        steps = [] if application.wrong else machine.steps_to(application.output)
        found.update(step.callee for step in steps if isinstance(step.callee, Ref))
    return found


def _model(machine: Interpreter, ref: Ref, held: Instance, application: Application | None, span: Span) -> Model:
    name = machine.record.names.get(ref) or machine.class_name(held.cls)
    if application is None:
        return Model(span, name, "partial", machine.record.unrun.get(ref, UNSTATED), (), None, 0)
    output = machine.plain(application.output)
    reason = application.reason or unknown_reason(output)
    status = "wrong" if application.wrong or reason == REPORTED else "partial" if reason else "verified"
    inputs = tuple(shape_data(tensor) for tensor in application.inputs if tensor is not None)
    return Model(span, name, status, reason if status == "partial" else None, inputs, output_data(output), application.layers)


def shape_data(tensor: Tensor) -> ShapeData:
    """A shape as the outside sees it."""
    return tuple(size if isinstance(size, int) else None for size in tensor.shape)


def output_data(value: Value) -> Any:
    """Shapes of the output, nested as it is: tuples as lists, dictionaries as objects."""
    if isinstance(value, Tensor):
        return None if isinstance(value.shape, OpenShape) else list(shape_data(value))
    if isinstance(value, (list, tuple)):
        return [output_data(item) for item in value]
    if isinstance(value, dict):
        return {str(key): output_data(item) for key, item in value.items()}
    return None

"""What a model does to an input, layer by layer: ``dimlint summary``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from dimlint.config import Config
from dimlint.core.opening import OpenShape
from dimlint.core.problem import Undecided
from dimlint.core.report import ShapeData, Span, Summary, known_sum
from dimlint.core.value import REPORTED, ClassObject, Instance, Machine, Raised, Ref, Tensor, Value
from dimlint.flow import Flow
from dimlint.interpreter.frame import Site
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import Application, Discovery, LayerCall
from dimlint.libraries.outline import Outline
from dimlint.libraries.outlines import OUTLINES
from dimlint.notation import StatedShape
from dimlint.outcome import message, output_data, shape_data, unknown_reason
from dimlint.parts import Tree, place, refs, tensor_bytes, total, weight_bytes
from dimlint.run import deep_recursion
from dimlint.sizes import input_sizes
from dimlint.target import NoSummary, Program, Target, find_target, framework

__all__ = ["NoSummary", "summarize"]

UNSURE = "whether all of its layers are applied is not known"
BORROWED = "the program does not apply it, and it does not take the input of another model of its class"
MAX_LAYERS = 20_000
"""Layers that are shown of a model that was refused while it was built."""
EXAMPLE = "1x3x224x224"
"""An input shape as it is written, where nothing is known of the model's own."""
USUAL = {"N": 1, "C": 3, "T": 20, "F": 16, "D": 16}
"""Sizes in examples, by the names of open axes."""
IMAGES = (224, 32, 28)
"""Those of the axes of an image, which are tried one after the other."""
CHANNELS_LAST = {2: "NF", 3: "NTF", 4: "NHWC", 5: "NDHWC"}
"""The axes of an input of Keras, by their number."""


def summarize(path: str, target: str | None, shapes: Sequence[StatedShape], config: Config) -> Summary:
    """The summary of a model in a file.

    target: a name or an expression in the namespace of the file; None stands for its only model.
    shapes: of the inputs, batch first; none if the program states them. Raises NoSummary.
    """
    program = Program(path, config)
    found = find_target(program, target)
    try:
        return _summarized(program, found, shapes, config)
    except Undecided as undecided:  # of what the model consists
        raise NoSummary(f"{path}: the parts of {found.name!r} are not known: {undecided.reason}") from None


def _summarized(program: Program, found: Target, shapes: Sequence[StatedShape], config: Config) -> Summary:
    machine, held = found.machine, found.machine.contents(found.model)
    with deep_recursion(), machine.listening():
        kind = framework(machine, held) or ""
        outline = OUTLINES[kind](cast(Machine, machine), found.model)
        inputs, borrowed = _inputs(outline, shapes) or outline.stated_inputs(), False
        if not inputs:
            stated, borrowed = _stated(program, found, held, outline)
            inputs = _inputs(outline, stated)
        known = len(machine.record.discoveries)
        application, calls, failure = _applied(machine, found.model, outline.arguments(inputs))
        machine.burn(-config.fuel)
        refused = _refused(machine, known, application, failure)
        if refused is not None and len(calls) <= 1:
            calls = _layers_before(machine, found.model, refused)
        output = machine.plain(application.output)
        summary = replace(_drawn(found, outline, calls, inputs), framework=kind, output_shape=output_data(output))
        if borrowed and (refused is not None or application.wrong):
            return replace(summary, status="partial", reason=BORROWED)
        if refused is not None:
            return replace(summary, status="wrong", reason=_sentence(machine, refused), failure=place(refused.site))
        reason = application.reason or failure or unknown_reason(output) or (UNSURE if any(call.doubtful for call in calls) else None)
        if reason is not None:
            return replace(summary, status="wrong" if application.wrong or reason == REPORTED else "partial", reason=reason)
        smallest, works_on = input_sizes(machine, found.model, inputs)
        return replace(summary, smallest_input=smallest, works_on=works_on)


def _inputs(outline: Outline, shapes: Sequence[StatedShape]) -> list[Tensor]:
    """Tensors of stated shapes; a size with a name is not known."""
    return [outline.input([size if isinstance(size, int) else None for size in shape]) for shape in shapes]


def _stated(program: Program, found: Target, held: Instance, outline: Outline) -> tuple[Sequence[StatedShape], bool]:
    """The input shapes that the program states: where it calls such a model, else beside its definition, else in the configuration.

    And whether they are those of another model of its class only.
    """
    called, borrowed = _called_with(found.machine, found, held)
    if called and not borrowed:
        return called, False
    explored = program.explored()
    elsewhere, theirs = _called_with(explored, found, held)
    if elsewhere and not theirs:
        return elsewhere, False
    beside = program.source.input_shapes_at(found.line) or program.config.input_shapes(found.name)
    if not (called or elsewhere or beside):
        example = _example(found, outline, _applications(explored, found, held))
        raise NoSummary(f"{program.path}: the input shape of {found.name!r} is not stated; give it with --input-shape {example}")
    return (beside, False) if beside else (called or elsewhere, True)


def _called_with(machine: Interpreter, found: Target, held: Instance) -> tuple[list[ShapeData], bool]:
    """The shapes on which a program calls the model, or else another one of its kind, if they are known; and whether it is another one."""
    others: list[ShapeData] = []
    for application in _applications(machine, found, held):
        given = [shape_data(tensor) for tensor in application.inputs if tensor is not None]
        if all(size is not None for shape in given for size in shape[1:]):
            if _is_own(machine, application.ref, found, held):
                return given, False
            others = others or given
    return others, bool(others)


def _is_own(machine: Interpreter, ref: Ref, found: Target, held: Instance) -> bool:
    """Whether it is the model itself; one that is made for the summary may be any that the program makes."""
    if not (isinstance(held.site, Site) and held.site.unit.is_main) or found.model not in found.machine.record.built:
        return True
    if machine is found.machine:
        return ref == found.model
    other = machine.store.get(ref.number)
    return isinstance(other, Instance) and isinstance(other.site, Site) and other.site.node is held.site.node


def _applications(machine: Interpreter, found: Target, held: Instance) -> Iterator[Application]:
    """What was applied of the model's kind, each input of which is known to be a tensor."""
    for ref, application in machine.record.applications.items():
        other = machine.store.get(ref.number)
        known = application.inputs and None not in application.inputs
        if known and isinstance(other, Instance) and _origin(machine, other) == _origin(found.machine, held):
            yield application


def _example(found: Target, outline: Outline, applications: Iterable[Application]) -> str:
    """Input shapes that the model takes, of the rank that its layers tell; any shape if they tell none."""
    tried = next((application.inputs for application in applications if not application.wrong), ())
    for size in IMAGES if tried else ():
        sizes = {**USUAL, "H": size, "W": size, "L": size}
        shapes = [_example_shape(found.machine, tensor, sizes) for tensor in tried if tensor is not None]
        if all(shapes) and _takes(found, outline.arguments(_inputs(outline, shapes))):
            return " --input-shape ".join("x".join(map(str, shape)) for shape in shapes)
    return EXAMPLE


def _example_shape(machine: Interpreter, tensor: Tensor, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """A shape with numbers for open sizes; none if there is an open one for which there is no number."""
    if isinstance(tensor.shape, OpenShape):
        return ()
    last = tensor.library == "keras" and machine.settings.get("image_data_format") != "channels_first"
    names = CHANNELS_LAST.get(len(tensor.shape), "") if last else map(str, tensor.shape)
    found = [size if isinstance(size, int) else sizes.get(name, 0) for size, name in zip(tensor.shape, names)]
    return tuple(found) if all(found) else ()


def _takes(found: Target, arguments: Sequence[Value]) -> bool:
    """Whether nothing is refused and nothing raised when the model is applied; nothing of that is kept."""
    machine, raised = found.machine, list[Raised]()

    def apply() -> None:
        try:
            machine.call(found.model, arguments)
        except Raised as error:
            raised.append(error)

    known = len(machine.record.discoveries)
    with machine.record.forgotten():
        machine.alone(apply)
        return len(machine.record.discoveries) == known and not raised


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


def _refused(machine: Interpreter, known: int, application: Application, failure: str | None) -> Discovery | None:
    """What the framework refuses: the first thing in this application, or else what was refused while the model was built."""
    found = machine.record.discoveries
    if not (application.wrong or REPORTED in (application.reason, failure, unknown_reason(machine.plain(application.output)))):
        return None
    return found[known] if len(found) > known else found[-1] if found else None


def _sentence(machine: Interpreter, refused: Discovery) -> str:
    """Why it is refused, and how large the input would have to be if that is what is wrong."""
    from dimlint.advice import advise

    return message(refused, advise(machine, [refused]).get(0, ""))


def _layers_before(machine: Interpreter, model: Ref, refused: Discovery) -> list[LayerCall]:
    """The layers that lead to the one that was refused while the model was built, one by one, as if the model had applied them."""
    root = LayerCall(model, (), None, False, failed=True)
    if refused.failed is None:
        return [root]
    (callee, args), found, opened = refused.failed, dict[int, LayerCall](), set[int]()
    given = machine.tensors_among(args)
    pending = [(tensor, False) for tensor in reversed(given)]
    while pending:
        tensor, done = pending.pop()
        step = tensor.step
        if step is None or id(step) in found or (not done and id(step) in opened) or len(found) > MAX_LAYERS:
            continue
        before = machine.inputs_of(step)
        if done and isinstance(step.callee, Ref):
            found[id(step)] = LayerCall(step.callee, tuple(before), root, False, tensor)
        elif not done:
            opened.add(id(step))
            pending.append((tensor, True))
            pending += [(item, False) for item in reversed(before)]
    last = [LayerCall(callee, tuple(given), root, False, failed=True)] if isinstance(callee, Ref) else []
    return [root, *found.values(), *last]


def _drawn(found: Target, outline: Outline, calls: Sequence[LayerCall], inputs: Sequence[Tensor]) -> Summary:
    """The parts of the model that were applied, and their sums."""
    machine, path = found.machine, found.source.path
    mine = [call for call in calls if refs(call)[0] == found.model]
    tree = Tree(machine, outline, found.model, mine, Span(path, found.line, 1, found.line, 1))
    parts, held = tree.parts(), tree.held(tree.root)
    sizes = [tensor_bytes(tensor) for tensor in inputs]
    return Summary(
        found.name,
        path,
        found.line,
        "verified",
        None,
        tuple(map(shape_data, inputs)),
        None,
        total(held),
        total(held, trained=True),
        tuple(parts),
        tuple(Flow(machine, tree, mine, inputs).nodes),
        multiply_adds=parts[0].multiply_adds,
        input_bytes=known_sum(sizes),
        activation_bytes=parts[0].activation_bytes,
        parameter_bytes=weight_bytes(held),
    )

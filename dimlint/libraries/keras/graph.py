"""Functional models as graphs: which layers lie between inputs and outputs, and running them on other tensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dimlint.core.dim import Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import DictObject, EitherStep, ListObject, Machine, Ref, Step, Tensor, Unknown, Value
from dimlint.libraries.keras.base import FEATURE, RANK, shows_none
from dimlint.libraries.keras.library import LIBRARY as keras
from dimlint.libraries.keras.objects import in_order, instance, is_a, tensors

MAX_STEPS = 20_000
"""Steps that are followed from the outputs of one model."""


class Forked(Undecided):
    """Undecided conditions tell what lies between the inputs and outputs of a model."""


def ordered_layers(machine: Machine, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Ref]:
    """The layers of a functional model in Keras' order, those behind its inputs left out. Raises Undecided."""
    found = operations(machine, inputs, outputs)
    return [item for item in found if is_a(machine, item, "layers.Layer") and not is_a(machine, item, "layers.InputLayer")]


def operations(machine: Machine, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Value]:
    """What a functional model is made of, in the order of its ``layers``: farthest from the outputs first, then as they are met.

    Layers are their objects, other operations their steps, inputs their layers, or themselves if they have none. Raises Undecided.
    """
    walk = _Walk(machine, inputs)
    for tensor in outputs:
        walk.visit(tensor)
    forked = _fork(walk.steps.values())
    if forked is not None:
        raise forked
    depths = walk.measure()[1]
    for tensor in inputs:
        owner = walk.add(tensor)
        if owner not in depths:
            depths[owner] = 0
            walk.met[owner] = -1
    return [walk.values[owner] for owner in sorted(depths, key=lambda owner: (-depths[owner], walk.met[owner]))]


def steps_in_order(machine: Machine, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Step]:
    """The steps that lead from the inputs to the outputs, in the order in which a functional model runs them. Raises Undecided."""
    walk = _Walk(machine, inputs)
    for tensor in outputs:
        walk.visit(tensor)
    depths = walk.measure()[0]
    return [walk.steps[node] for node in sorted(walk.steps, key=lambda node: (-depths[node], walk.met[walk.owner[node]]))]


class _Walk:
    """A depth-first walk from outputs to inputs. Nodes and their owners (a layer has a node for each call) are known by numbers.

    nodes: in the order in which they are left. met: when an owner was met first.
    """

    def __init__(self, machine: Machine, inputs: Sequence[Tensor]) -> None:
        self.machine = machine
        self.inputs = {id(tensor) for tensor in inputs}
        self.nodes: list[int] = []
        self.owner: dict[int, int] = {}
        self.parents: dict[int, list[int]] = {}
        self.met: dict[int, int] = {}
        self.values: dict[int, Value] = {}
        self.steps: dict[int, Step] = {}

    def measure(self) -> tuple[dict[int, int], dict[int, int]]:
        """How far nodes, and their owners, are from the outputs at most."""
        depths: dict[int, int] = {}
        nodes: dict[int, int] = {}
        for node in reversed(self.nodes):
            owner = self.owner[node]
            depth = max(nodes.setdefault(node, 0), depths.get(owner, 0))
            depths[owner] = nodes[node] = depth
            for parent in self.parents[node]:
                nodes[parent] = max(depth + 1, nodes.get(parent, 0))
        return nodes, depths

    def step_of(self, tensor: Tensor) -> Step | None:
        """The step that made a tensor; None if the model starts from it."""
        return None if id(tensor) in self.inputs else tensor.step

    def add(self, tensor: Tensor) -> int:
        """The owner of the node behind a tensor."""
        step = self.step_of(tensor)
        value: Value = tensor if step is None else step
        if step is None and tensor.origin is not None and tensor.step is None:
            value = tensor.origin
        elif step is not None and is_a(self.machine, step.callee, "layers.Layer"):
            value = step.callee
        owner = -value.number if isinstance(value, Ref) else id(value)
        self.values[owner] = value
        return owner

    def node(self, tensor: Tensor) -> int:
        """The node behind a tensor."""
        step = self.step_of(tensor)
        return id(tensor) if step is None else id(step)

    def visit(self, output: Tensor) -> None:
        """Walk from one output. Raises Undecided if there is too much."""
        pending = [(output, False)]
        while pending:
            tensor, done = pending.pop()
            node = self.node(tensor)
            if done:
                self.nodes.append(node)
                continue
            if node in self.owner:
                continue
            if len(self.owner) > MAX_STEPS:
                raise Undecided("the model has too many layers")
            owner = self.owner[node] = self.add(tensor)
            self.met.setdefault(owner, len(self.met))
            step = self.step_of(tensor)
            if step is not None:
                self.steps[node] = step
            before = [] if step is None else tensors(self.machine, (*step.args, *in_order(dict(step.kwargs))))
            self.parents[node] = [self.node(item) for item in before]
            pending.append((tensor, True))
            pending += [(item, False) for item in reversed(before)]


@keras.function("ops.get_source_inputs", "utils.get_source_inputs", "models.get_source_inputs", "layers.get_source_inputs")
def get_source_inputs(machine: Machine, tensor: Value, *args: Value, **kwargs: Value) -> Value:
    """The tensors that a symbolic tensor is computed from, in the order of a depth-first walk. Raises Undecided."""
    pending, found, seen = [tensor], list[Value](), set[int]()
    while pending:
        item = pending.pop()
        if isinstance(item, Unknown):
            raise Undecided(item.reason)
        if not isinstance(item, Tensor) or id(item) in seen:
            continue
        seen.add(id(item))
        if item.step is None:
            found.append(item)
            continue
        if len(seen) > MAX_STEPS:
            raise Undecided("the model has too many layers")
        pending += reversed(tensors(machine, (*item.step.args, *item.step.kwargs.values())))
    return machine.new(ListObject(tuple(found)))


def _fork(steps: Iterable[Step]) -> Forked | None:
    """What keeps steps from being those of one graph."""
    return next((Forked(step.callee.reason) for step in steps if isinstance(step, EitherStep)), None)


def replay(machine: Machine, inputs: Sequence[Tensor], outputs: Value, given: Sequence[Value]) -> Value:
    """What the graph gives for other inputs: each of its calls is made again. Raises Undecided."""
    known: dict[int, Value] = {id(old): new for old, new in zip(inputs, given)}
    ends = tensors(machine, outputs)
    steps = steps_in_order(machine, inputs, ends)
    forked = _fork(steps)
    if forked is not None:
        if not all(map(is_alike, inputs, given)):
            raise forked
        return _substitute(machine, outputs, {id(end): _again(end, given) for end in ends})
    for step in steps:
        originals = _siblings(machine, step)
        args = tuple(_substitute(machine, arg, known) for arg in step.args)
        kwargs = {name: _substitute(machine, value, known) for name, value in step.kwargs.items()}
        result = machine.call(step.callee, args, kwargs)
        produced = _flat(machine, result)
        for index, original in enumerate(originals):
            known[id(original)] = produced[index] if index < len(produced) else result
        known[id(step)] = produced[0] if len(produced) < 2 else Unknown("one of several outputs of a layer is not followed")
    return _substitute(machine, outputs, known)


def is_alike(old: Tensor, new: Value) -> bool:
    """Whether a tensor has the sizes of a model's own input, batch size aside."""
    if not isinstance(new, Tensor) or new.shape.rank != old.shape.rank or new.dtype != old.dtype:
        return False
    return all(always_equal(a, b) or (shows_none(a) and shows_none(b)) for a, b in zip(new.shape[1:], old.shape[1:]))


def _again(end: Tensor, given: Sequence[Value]) -> Tensor:
    """An output of a model that is applied to tensors like its own inputs."""
    batch = given[0].shape[:1] if end.shape else ()
    return replace(end, shape=Shape(*batch, *end.shape[1:]), symbolic=any(new.symbolic for new in given), step=None, values=None)


def _siblings(machine: Machine, step: Step) -> list[Tensor]:
    """All tensors that the step made, as far as its layer remembers them."""
    if not is_a(machine, step.callee, "layers.Layer"):
        return []
    remembered = instance(machine, step.callee).attributes.get("output")
    return [tensor for tensor in tensors(machine, remembered) if tensor.step is step]


def _flat(machine: Machine, value: Value) -> list[Value]:
    return list(tensors(machine, value)) or [value]


def _substitute(machine: Machine, value: Value, known: dict[int, Value]) -> Value:
    """The value with new tensors in place of old ones, in nested sequences too."""
    if isinstance(value, Tensor):
        return known.get(id(value), known.get(id(value.step), value) if value.step is not None else value)
    if isinstance(value, tuple) and not isinstance(value, Shape):
        return tuple(_substitute(machine, item, known) for item in value)
    held = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(held, ListObject):
        return machine.new(ListObject(tuple(_substitute(machine, item, known) for item in held.items)))
    if isinstance(held, DictObject):
        return machine.new(replace(held, items={name: _substitute(machine, item, known) for name, item in held.items.items()}))
    return value


def fit(label: str, given: Value, expected: Tensor, strict: bool, loose: bool = False) -> Value:
    """A model's input as Keras adapts it: a last axis of 1 may be missing or too many. Raises Problem, Undecided.

    strict: other sizes than the stated ones are refused too, not only another number of dimensions. loose: eager tensors are passed on
    whatever their number of dimensions, as Keras 2 does.
    """
    if isinstance(given, Unknown):
        raise Undecided(given.reason)
    if not isinstance(given, Tensor):
        raise Undecided(f"an input of {label} is not known to be a tensor")
    x, wanted = given.shape, expected.shape
    one = x.rank > 0 and wanted.rank > 0 and (always_equal(x[-1], 1) or always_equal(wanted[-1], 1))
    adapted = strict and given.symbolic and one and (x.rank != wanted.rank or never_equal(x[-1], wanted[-1]))
    if adapted and (x.rank != wanted.rank or not any(map(never_equal, x[1:-1], wanted[1:-1]))):
        raise Undecided(f"{label} expects an input of shape {wanted}, not {x}, which Keras adapts or refuses only when the model runs")
    if x.rank == wanted.rank + 1 and always_equal(x[-1], 1):
        return replace(given, shape=Shape(*x[:-1]))
    if x.rank == wanted.rank - 1 and always_equal(wanted[-1], 1):
        return replace(given, shape=Shape(*x, 1))
    if x.rank != wanted.rank and loose and not given.symbolic:
        return given
    if x.rank != wanted.rank and loose and label == "Sequential":
        raise Undecided(f"{label} is made for {wanted}, and whether its layers take {x} in Keras 2 is not followed")
    last = x[-1] if x.rank > wanted.rank else wanted[-1] if wanted else 0
    if abs(x.rank - wanted.rank) == 1 and not (never_equal(last, 1) or shows_none(last)):
        raise Undecided(f"whether {label} takes {x} for {wanted} is not known")
    if x.rank != wanted.rank:
        raise Problem(RANK, f"{label} expects an input of shape {wanted}, got {x} with {x.rank} dimensions")
    last = x.rank - 1 if one else x.rank
    for axis in range(1, last if strict else 1):
        if shows_none(x[axis]) or shows_none(wanted[axis]):
            continue
        if never_equal(x[axis], wanted[axis]):
            raise Problem(FEATURE, f"{label} expects an input of shape {wanted}, got {x}: axis {axis} is {x[axis]}, not {wanted[axis]}")
        if not always_equal(x[axis], wanted[axis]):
            doubt(f"whether {x} fits the input {wanted} of {label} is not known")
    return given

"""Functional models as graphs: which layers lie between inputs and outputs, and running them on other tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dimlint.core.dim import Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import ListObject, Machine, Ref, Step, Tensor, Unknown, Value
from dimlint.libraries.keras.base import FEATURE, RANK, shows_none
from dimlint.libraries.keras.library import LIBRARY as keras
from dimlint.libraries.keras.objects import instance, is_a, tensors

MAX_STEPS = 20_000
"""Steps that are followed from the outputs of one model."""


def steps_between(machine: Machine, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Step]:
    """The steps that lead from the inputs to the outputs, each after those it needs. Raises Undecided if there are too many."""
    order: dict[int, Step] = {}
    done: set[int] = {id(tensor) for tensor in inputs}
    pending = [(tensor, False) for tensor in reversed(outputs)]
    while pending:
        tensor, expanded = pending.pop()
        step = tensor.step
        if step is None or (id(tensor) in done and not expanded):
            continue
        if expanded:
            order.setdefault(id(step), step)
            continue
        done.add(id(tensor))
        if len(done) > MAX_STEPS:
            raise Undecided("the model has too many layers")
        pending.append((tensor, True))
        pending += [(item, False) for item in reversed(tensors(machine, (*step.args, *step.kwargs.values())))]
    return list(order.values())


def ordered_layers(machine: Machine, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Ref]:
    """The layers of a functional model as Keras lists them: the farthest from the outputs first, then as they are met from there."""
    met, finished = _walk(machine, inputs, outputs)
    far: dict[int, int] = {}
    depth: dict[Value, int] = {}
    for step in reversed(finished):
        depth[_operation(step)] = far[id(step)] = max(far.get(id(step), 0), depth.get(_operation(step), 0))
        for parent in _parents(machine, step):
            far[id(parent)] = max(far[id(step)] + 1, far.get(id(parent), 0))
    listed = sorted(met, key=lambda operation: (-depth[operation], met[operation]))
    return [operation for operation in listed if isinstance(operation, Ref) and is_a(machine, operation, "layers.Layer")]


def _operation(step: Step) -> Value:
    """What Keras takes for one node's operation: the layer, or this very call of a function."""
    return step.callee if isinstance(step.callee, Ref) else id(step)


def _parents(machine: Machine, step: Step) -> list[Step]:
    return [item.step for item in tensors(machine, (*step.args, *step.kwargs.values())) if item.step is not None]


def _walk(machine: Machine, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> tuple[dict[Value, int], list[Step]]:
    """Operations by when they are first met on the way from the outputs, and the steps, each after those it needs. Raises Undecided."""
    met: dict[Value, int] = {}
    finished: dict[int, Step] = {}
    starts = {id(tensor.step) for tensor in inputs if tensor.step is not None}
    pending = [(tensor.step, False) for tensor in reversed(outputs) if tensor.step is not None]
    while pending:
        step, expanded = pending.pop()
        if expanded:
            finished.setdefault(id(step), step)
            continue
        if id(step) in finished or id(step) in starts:
            continue
        met.setdefault(_operation(step), len(met))
        if len(met) > MAX_STEPS or len(pending) > MAX_STEPS:
            raise Undecided("the model has too many layers")
        pending.append((step, True))
        pending += [(parent, False) for parent in reversed(_parents(machine, step))]
    return met, list(finished.values())


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


def replay(machine: Machine, inputs: Sequence[Tensor], outputs: Value, given: Sequence[Value]) -> Value:
    """What the graph gives for other inputs: each of its calls is made again. Raises Undecided."""
    known: dict[int, Value] = {id(old): new for old, new in zip(inputs, given)}
    ends = tensors(machine, outputs)
    for step in steps_between(machine, inputs, ends):
        originals = _siblings(machine, step)
        args = tuple(_substitute(machine, arg, known) for arg in step.args)
        kwargs = {name: _substitute(machine, value, known) for name, value in step.kwargs.items()}
        result = machine.call(step.callee, args, kwargs)
        produced = _flat(machine, result)
        for index, original in enumerate(originals):
            known[id(original)] = produced[index] if index < len(produced) else result
        known[id(step)] = result if len(produced) < 2 else Unknown("one of several outputs of a layer is not followed")
    return _substitute(machine, outputs, known)


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
    return value


def fit(label: str, given: Value, expected: Tensor, strict: bool) -> Value:
    """A model's input as Keras adapts it: a last axis of 1 may be missing or too many. Raises Problem, Undecided.

    strict: other sizes than the stated ones are refused too, not only another number of dimensions.
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

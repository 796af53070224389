"""How large the input has to be, for findings of outputs that have no elements left: what a person would change first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from dimlint.core.problem import Undecided
from dimlint.core.rules import NONPOSITIVE
from dimlint.core.smallest import described
from dimlint.core.value import Ref, Step, Tensor, Value
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import Discovery
from dimlint.sizes import sizes_that_run

MAX_ADVICE = 4
"""Findings of one file that get a size; each costs a run of the model."""
MAX_STEPS = 2000
MAX_CHANNELS = 4
"""An axis no longer than that beside a longer one may be that of the channels, at the wrong place."""


def advise(machine: Interpreter, found: Sequence[Discovery]) -> dict[int, str]:
    """For the findings that a larger input mends, by their place in the list: a sentence that says how large."""
    advice: dict[int, str] = {}
    about = [index for index, item in enumerate(found) if item.problem.rule == NONPOSITIVE.symbol and item.failed is not None]
    for index in about[:MAX_ADVICE]:
        with suppress(Undecided):
            advice[index] = _sentence(machine, found[index])
    return advice


def _sentence(machine: Interpreter, discovery: Discovery) -> str:
    model = discovery.model
    if model is not None:
        given = model.inputs[0] if len(model.inputs) == 1 else None
        ref: Value = model.ref
        name = machine.record.names.get(model.ref) or machine.class_name(machine.contents(model.ref).cls)
    else:
        given, ref, name = _origin(machine, discovery), None, ""
    axes = _spatial_axes(machine, given) if given is not None else ()
    if given is None or not axes:
        return ""
    replay = _Replay(machine, given, discovery)
    found = sizes_that_run(machine, ref, given, axes, replay.again if model is None else lambda x: machine.call(ref, (x,)))
    return _text(name, [given.shape[axis] for axis in axes], found) if found else ""


def _text(name: str, given: Sequence[Any], found: Sequence[Any]) -> str:
    """``Net needs an input of at least 63x63; 32x32 is given``. name: empty for the layers up to the one that was refused."""
    now = "x".join(map(str, given))
    sizes = re.sub(r"\d+", lambda number: "x".join([number[0]] * len(given)), described(found))
    if len(set(given)) > 1:
        return f"A square input would have to be {sizes}; {now} is given"
    return f"{name} needs an input of {sizes}; {now} is given" if name else f"An input of {sizes} gets past here; {now} is given"


def _spatial_axes(machine: Interpreter, x: Tensor) -> Sequence[int]:
    """The axes of an image, a sequence or a volume that are neither its batch nor its channels, if their sizes are known."""
    rank = x.shape.rank
    first = x.library == "torch" or machine.settings.get("image_data_format") == "channels_first"
    axes = range(2, rank) if first else range(1, rank - 1)
    sizes = [x.shape[axis] for axis in axes]
    if not 3 <= rank <= 5 or not all(isinstance(size, int) for size in sizes):
        return ()
    return axes if len(set(sizes)) == 1 or min(sizes) > MAX_CHANNELS else ()


def _origin(machine: Interpreter, discovery: Discovery) -> Tensor | None:
    """The one tensor from which layer after layer leads to the failing call; None if there are several."""
    assert discovery.failed is not None
    given = discovery.failed[1]
    steps = machine.steps_to(given)
    tensors = [*machine.tensors_among(given), *(tensor for step in steps for tensor in machine.inputs_of(step))]
    roots = {id(tensor): tensor for tensor in tensors if tensor.step is None}
    return next(iter(roots.values())) if len(roots) == 1 and len(steps) < MAX_STEPS else None


class _Replay:
    """Layers applied again, from another input on, up to the one that was refused."""

    def __init__(self, machine: Interpreter, origin: Tensor, discovery: Discovery) -> None:
        self.machine = machine
        self.origin = origin
        self.failed = discovery.failed
        self.known: dict[int, Value] = {}

    def again(self, x: Tensor) -> Value:
        """What the refused layer gives if the model starts from ``x``."""
        assert self.failed is not None
        self.known = {id(self.origin): x}
        callee, args = self.failed
        return self.machine.call(callee, tuple(self._value(arg) for arg in args))

    def _value(self, value: Value) -> Value:
        value = self.machine.plain(value)
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, (tuple, list)):
            return tuple(self._value(item) for item in value)
        return value

    def _tensor(self, tensor: Tensor) -> Value:
        """A tensor as it comes out now; those that lead to it come first."""
        pending = [tensor] if id(tensor) not in self.known else []
        while pending:
            last = pending[-1]
            before = self.machine.inputs_of(last.step) if last.step is not None else ()
            waiting = [item for item in before if id(item) not in self.known]
            if not waiting:
                pending.pop()
                self.known[id(last)] = self._step(last.step)
            elif len(pending) > MAX_STEPS:
                raise Undecided("the model has too many layers to be repeated")
            else:
                pending.append(waiting[0])
        return self.known[id(tensor)]

    def _step(self, step: Step | None) -> Value:
        if step is None or not isinstance(step.callee, Ref):
            raise Undecided("a tensor that no layer gives")
        args = tuple(self._value(arg) for arg in step.args)
        return self.machine.call(step.callee, args, {name: self._value(value) for name, value in step.kwargs.items()})

"""How tensors flow between the applied layers of a model: which results go into which layer, and the operations in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dimlint.core.report import Node
from dimlint.core.value import Ref, Step, Tensor, Value, tensors_in
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import LayerCall
from dimlint.outcome import output_data, shape_data
from dimlint.parts import Row, Tree, until

MAX_NODES = 20_000
"""Operations that are followed in one model."""


IN_PLACE = frozenset(("iadd", "isub", "imul", "itruediv", "ifloordiv", "imatmul", "ipow", "imod", "iand", "ior", "ixor"))
"""The methods of ``x += y`` and the like."""


class Flow:
    """The nodes of one application, in an order in which they could run."""

    def __init__(self, machine: Interpreter, tree: Tree, calls: Sequence[LayerCall], inputs: Sequence[Tensor]) -> None:
        self.machine = machine
        self.tree = tree
        self.index = {id(row): number for number, row in enumerate(tree.root.tree())}
        self.nodes: list[Node] = []
        self.made: dict[int, Sequence[int]] = {}
        """By the identity of a step, or of the shape of an input, the nodes that its results come from; none for a constant."""
        self.given: dict[object, Sequence[int]] = {}
        """The nodes that the results of a part come from, by the part and what went in: Keras gives them a step of their own."""
        self.kept: list[object] = []
        for tensor in inputs:
            self._know(tensor.shape, [self._new("input", "input", None, list(shape_data(tensor)), ())])
        for call, entered in _events(list(until(calls, tree.failed))):
            self._event(call, entered)
        self._finish()

    def _finish(self) -> None:
        call = self.tree.root.call
        if call is not None and self.tree.failed is None:
            sources = self.sources(call.output, self.tree.root)
            if sources:
                self._new("output", "output", None, output_data(call.output), sources)

    def _event(self, call: LayerCall, entered: bool) -> None:
        row = self.tree.rows.get(id(call))
        if row is None or self._is_inside_leaf(call):
            return
        if not entered:
            if not self._ends_here(row):
                self.given[_key(call.ref, call.inputs)] = self.sources(call.output, row)
            return
        sources = self.sources(call.inputs, self.tree.owner(call.parent) if call.parent is not None else row)
        if self._ends_here(row):
            failed = self.tree.failed is not None and self.tree.owner(self.tree.failed) is row
            node = self._new("layer", self._label(row), self.index[id(row)], None if failed else output_data(call.output), sources)
            self.given[_key(call.ref, call.inputs)] = [node]
            for tensor in self._tensors(call.output):
                self._know(_origin(tensor), [node])

    def _ends_here(self, row: Row) -> bool:
        """Whether nothing below it is shown: a leaf, or a part none of whose own parts is applied."""
        return not row.below and (row is not self.tree.root or self._is_leaf(row))

    def _is_leaf(self, row: Row) -> bool:
        return row.ref is not None and self.tree.outline.is_leaf(row.ref)

    def _is_inside_leaf(self, call: LayerCall) -> bool:
        at = call.parent
        while at is not None:
            row = self.tree.rows.get(id(at))
            if row is not None and self._ends_here(row):
                return True
            at = at.parent
        return False

    def _label(self, row: Row) -> str:
        return row.path[-1] if row.path else self.tree.outline.name

    def _new(self, kind: str, label: str, part: int | None, shape: Any, sources: Sequence[int]) -> int:
        self.nodes.append(Node(kind, label, part, shape, tuple(sources)))
        return len(self.nodes) - 1

    def _know(self, thing: object, nodes: Sequence[int]) -> None:
        self.kept.append(thing)  # what is told by its identity has to live on
        self.made[id(thing)] = nodes

    def _tensors(self, value: Value) -> list[Tensor]:
        value = self.machine.plain(value)
        return list(tensors_in(tuple(value.values()) if isinstance(value, dict) else (value,)))

    def sources(self, value: Value, owner: Row) -> list[int]:
        """The nodes that tensors come from; operations that are met for the first time belong to the given row."""
        wanted, opened = self._tensors(value), set[int]()
        pending = [(tensor, False) for tensor in reversed(wanted)]
        while pending:
            tensor, done = pending.pop()
            step = tensor.step
            if id(_origin(tensor)) in self.made:
                continue
            if step is None or len(self.nodes) > MAX_NODES:
                self._know(_origin(tensor), ())
                continue
            before = self._before(step)
            if (key := _key(step.callee, before)) in self.given:
                self._know(step, self.given[key])
                continue
            if not done and id(step) not in opened:
                opened.add(id(step))
                pending.append((tensor, True))
                pending += [(item, False) for item in reversed(before)]
            if not done:
                continue
            known = self._nodes(before)
            shape = output_data(tensor)
            label = step.label[1:] if step.label in IN_PLACE else step.label
            self._know(step, [self._new("operation", label, self.index[id(owner)], shape, known)] if known else ())
        return self._nodes(wanted)

    def _before(self, step: Step) -> list[Tensor]:
        if step.given is not None:
            return list(step.given)
        return [tensor for item in (*step.args, *step.kwargs.values()) for tensor in self._tensors(item)]

    def _nodes(self, tensors: Sequence[Tensor]) -> list[int]:
        return list(dict.fromkeys(node for tensor in tensors for node in self.made.get(id(_origin(tensor)), ())))


def _origin(tensor: Tensor) -> object:
    """What tells where a tensor comes from, copies of it included: its step, or its shape if the model starts from it."""
    return tensor.step if tensor.step is not None else tensor.shape


def _key(callee: Value, tensors: Sequence[Tensor]) -> object:
    """What tells a call of a part from others."""
    return callee.number if isinstance(callee, Ref) else None, tuple(id(_origin(tensor)) for tensor in tensors)


def _events(calls: Sequence[LayerCall]) -> Iterator[tuple[LayerCall, bool]]:
    """Each call as it begins and as it ends."""
    running: list[LayerCall] = []
    for call in calls:
        while running and running[-1] is not call.parent:
            yield running.pop(), False
        running.append(call)
        yield call, True
    while running:
        yield running.pop(), False

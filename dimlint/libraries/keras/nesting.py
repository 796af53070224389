"""How the inputs and outputs of functional models are nested in what programs get of them. Measured in Keras 3.0 to 3.15.

A list or tuple of one is opened wherever a model runs on data, and kept in the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dimlint.core.dim import never_equal
from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, ListObject, Machine, Native, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import KerasLayer, major
from dimlint.libraries.keras.changes import is_as
from dimlint.libraries.keras.graph import is_alike
from dimlint.libraries.keras.names import inside
from dimlint.libraries.keras.objects import instance, is_a, shape_value, tensors

TRACED = "keras_traced"
GRAPH_CALL = "_graph_call"
"""The method of functional models that is run where Keras calls them, as opposed to their ``call``."""


def only_item(machine: Machine, value: Value) -> Value:
    """What a list of one item holds, which Keras 2 takes for the same when a model is made; any other value as it is."""
    held = machine.contents(value) if isinstance(value, Ref) else None
    return held.items[0] if isinstance(held, ListObject) and len(held.items) == 1 else value


def opened(machine: Machine, value: Value) -> Value:
    """What a functional model gives for data, where it is nested as it was stated: Keras 3 opens a list or tuple of one."""
    if major(machine.settings) < 3:
        return value
    return value[0] if type(value) is tuple and len(value) == 1 else only_item(machine, value)


def is_in_graph(machine: Machine, inputs: Value) -> bool:
    """Whether a model is called on symbolic tensors, and not on what stands for data in the ``call`` of a layer."""
    return machine.settings.get(TRACED) is not True and any(tensor.symbolic for tensor in tensors(machine, inputs))


def nested(machine: Machine, inputs: Value, value: Value) -> Value:
    """What calling a functional model gives: nested as it was stated in the graph, else opened."""
    return value if is_in_graph(machine, inputs) else opened(machine, value)


def is_graph(machine: Machine, self: Value) -> bool:
    """Whether calling an object runs the graph of a functional model or a Sequential, and no ``call`` of the program."""
    held = machine.contents(self) if isinstance(self, Ref) else None
    if not isinstance(held, Instance) or isinstance(held.layer, KerasLayer) or not is_a(machine, self, "Model"):
        return False
    return isinstance(getattr(machine.attribute(self, "call"), "function", None), Native)


def is_run_as_graph(machine: Machine, self: Ref, inputs: Value) -> bool:
    """Whether a call runs the graph of a model: Keras 3 does so for symbolic tensors, though the program has a ``call`` of its own."""
    if is_graph(machine, self):
        return True
    if major(machine.settings) < 3 or not is_a(machine, self, "Model") or not is_in_graph(machine, inputs):
        return False
    held = instance(machine, self)
    return bool(held.attributes.get("_layers")) or isinstance(held.attributes.get("_inputs"), tuple)


def require_recorded(machine: Machine, self: Ref, inputs: Value, found: Value) -> None:
    """Keras 3 does not run the layers for symbolic tensors of the stated shape, though they may have changed. Raises Undecided."""
    if not is_in_graph(machine, inputs):
        return
    held = instance(machine, self)
    stated, recorded = (tensors(machine, held.attributes[name]) for name in ("input", "output"))
    now = tensors(machine, found)
    if not all(map(is_alike, stated, tensors(machine, inputs))) or all(map(is_alike, recorded, now)):
        return
    if is_as(machine, held.attributes.get("_last_change", "")) and all(map(_may_be, recorded, now)):
        return
    raise Undecided("whether a changed model runs its layers for symbolic tensors depends on their shapes")


def _may_be(old: Tensor, new: Tensor) -> bool:
    """Whether a tensor may have the sizes of another one, batch size aside, and none is known in only one of them."""
    if old.shape.rank != new.shape.rank:
        return False
    pairs = list(zip(old.shape[1:], new.shape[1:]))
    return not any(never_equal(a, b) or isinstance(a, int) is not isinstance(b, int) for a, b in pairs)


def stacked(machine: Machine, layers: Sequence[Value], inputs: Value, value: Value) -> Value:
    """What calling a stack gives; a model at its end has opened its result already."""
    return value if layers and is_graph(machine, layers[-1]) else nested(machine, inputs, value)


def is_checked(held: Instance) -> bool:
    """Whether calling a functional model compares sizes: the program may set its ``input_spec`` to ``None``. Raises Undecided."""
    if held.attributes.get("input_spec") is not None:
        raise Undecided("the input_spec that is set for a model is not followed")
    return "input_spec" not in held.attributes


@contextmanager
def running(machine: Machine, *, graph: bool) -> Iterator[None]:
    """A layer is running. graph: it is a functional model; any other is given data, or stand-ins for it."""
    before = machine.settings.get(TRACED, False)
    machine.change_setting(TRACED, before is not False or not graph)
    try:
        with inside(machine):
            yield
    finally:
        machine.change_setting(TRACED, before)


def told_input_shape(machine: Machine, self: Ref) -> Value:
    """``input_shape``."""
    return _told_shape(machine, self, "input")


def told_output_shape(machine: Machine, self: Ref) -> Value:
    """``output_shape``."""
    return _told_shape(machine, self, "output")


def _told_shape(machine: Machine, self: Ref, name: str) -> Value:
    """Shapes of the tensors that a model starts from or ends in: Keras 3 tells that of a single one, or all in a flat list."""
    held = machine.contents(self)
    flat = held.attributes.get(f"{name}s") if isinstance(held, Instance) else None
    if major(machine.settings) < 3 or not isinstance(flat, Ref):
        return shape_value(machine.plain(machine.attribute(self, name)))
    shapes = [shape_value(tensor) for tensor in machine.elements(flat)]
    lost = next((item for item in shapes if isinstance(item, Unknown)), None)
    return lost or (shapes[0] if len(shapes) == 1 else machine.new(ListObject(tuple(shapes))))

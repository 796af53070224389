"""``compute_output_shape`` of the library's layers, wrappers and models, as Keras 3 answers.

Source: https://keras.io/api/layers/base_layer and the layers' sources. It is what a symbolic call gives, but it looks at less: what
a call refuses is not known here, and reported at the call.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from dimlint.core.binding import Binder
from dimlint.core.dim import Shape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import TensorShape
from dimlint.core.value import ListObject, Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import KerasLayer, major
from dimlint.libraries.keras.layer import instance, keras, shape_value, symbolic, to_dims
from dimlint.libraries.keras.nesting import GRAPH_CALL, is_run_as_graph
from dimlint.libraries.keras.wrappers import wrapped

LOST = "what compute_output_shape gives is not modelled"
LISTS = frozenset({"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "UpSampling1D", "MelSpectrogram", "ReversibleEmbedding"})
"""Layers that give a list of sizes; others give a tuple, or their very argument where it stays as it is."""


def of_layer(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    """The shape that a layer of the library would give. Raises Undecided."""
    layer = instance(machine, self).layer
    if not isinstance(layer, KerasLayer) or layer.torn or major(machine.settings) < 3:
        raise Undecided(LOST)
    stated = [*args, *kwargs.values()]
    if not stated or not all(name.endswith("_shape") for name in kwargs):
        raise Undecided(LOST)
    given = [_tensors(machine, item) for item in stated]
    settled = layer.with_settings(machine.settings, made=True)
    positional, keywords = _binder(type(settled).output).bind(given, {})
    try:
        result = settled.output(*positional, **keywords)
    except Problem:
        raise Undecided(f"{settled.label}.compute_output_shape is asked for a shape that a call refuses") from None
    if isinstance(result, Shape) and any(isinstance(item, Tensor) and result is item.shape for item in given):
        return stated[0]
    return _listed(machine, _told(result)) if settled.label in LISTS else _told(result)


@cache
def _binder(output: Callable[..., Any]) -> Binder:
    return Binder(output, skip=1)


def _tensors(machine: Machine, stated: Value) -> Value:
    """A tensor of the stated shape, a list of them for a list of shapes. Raises Undecided."""
    shape = machine.plain(stated)
    if isinstance(shape, Unknown):
        raise Undecided(shape.reason)
    if not isinstance(shape, (tuple, list)):
        raise Undecided(LOST)
    if shape and all(isinstance(item, (tuple, list)) for item in shape):
        return [_tensors(machine, item) for item in shape]
    if not all(item is None or is_size(item) or isinstance(item, Unknown) for item in shape):
        raise Undecided(LOST)
    try:
        return symbolic(Shape(*to_dims(shape, "input_shape")))
    except Problem as problem:
        raise Undecided(problem.message) from None


def _told(result: Any) -> Value:
    """Shapes as tuples of Python's own. Raises Undecided."""
    if isinstance(result, Shape):
        result = symbolic(result)
    if isinstance(result, Tensor):
        shape = shape_value(result)
        assert isinstance(shape, TensorShape)
        return shape.as_plain()
    if isinstance(result, tuple):
        return tuple(map(_told, result))
    raise Undecided(result.reason if isinstance(result, Unknown) else LOST)


def _listed(machine: Machine, items: Value) -> Ref:
    assert isinstance(items, tuple)
    return machine.new(ListObject(tuple(items)))


def _ask(machine: Machine, layer: Value, shape: Value) -> Value:
    """What another layer says. Raises Undecided."""
    if major(machine.settings) < 3 or not isinstance(layer, Ref):
        raise Undecided(LOST)
    found = machine.call(machine.attribute(layer, "compute_output_shape"), (shape,))
    if isinstance(found, Unknown):
        raise Undecided(found.reason)
    return found


def _sizes(machine: Machine, shape: Value) -> tuple[Value, ...]:
    """The sizes of a stated shape. Raises Undecided."""
    plain = machine.plain(shape)
    if not isinstance(plain, (tuple, list)) or any(isinstance(size, (tuple, list)) for size in plain):
        raise Undecided(LOST)
    return tuple(plain)


def _run(machine: Machine, self: Ref, shape: Value) -> Value:
    """What running ``call`` on tensors of the stated shapes gives. Raises Undecided."""
    if major(machine.settings) < 3:
        raise Undecided(LOST)
    given = _tensors(machine, shape)
    given = _listed(machine, tuple(given)) if isinstance(given, list) else given
    method = GRAPH_CALL if is_run_as_graph(machine, self, given) else "call"
    result, problem = machine.try_model(self, machine.attribute(self, method), (given,))
    if problem is not None:
        raise Undecided(problem.message)
    held = machine.contents(result) if isinstance(result, Ref) else None
    return _listed(machine, tuple(map(_told, held.items))) if isinstance(held, ListObject) else _told(result)


class _Wrapped:
    def compute_output_shape(machine: Machine, self: Ref, input_shape: Value) -> Value:
        return _ask(machine, wrapped(machine, self), input_shape)


class _Timed:
    def compute_output_shape(machine: Machine, self: Ref, input_shape: Value) -> Value:
        batch, *steps = _sizes(machine, input_shape)
        if len(steps) < 2:
            raise Undecided(LOST)
        first, *rest = _sizes(machine, _ask(machine, wrapped(machine, self), (batch, *steps[1:])))
        return (first, steps[0], *rest)


class _Directed:
    def compute_output_shape(machine: Machine, self: Ref, sequences_shape: Value, initial_state_shape: Value = None) -> Value:
        attributes = instance(machine, self).attributes
        mode, state = attributes["merge_mode"], attributes.get("return_state")
        if isinstance(mode, Unknown) or state not in (True, False):
            raise Undecided(LOST)
        found = machine.plain(_ask(machine, attributes.get("forward_layer"), sequences_shape))
        if not isinstance(found, tuple) or not found:
            raise Undecided(LOST)
        first, *states = found if state else (found,)
        shape = _sizes(machine, first)
        if mode == "concat":
            shape = (*shape[:-1], machine.binary("*", shape[-1], 2))
        both: tuple[Value, ...] = (shape, shape) if mode is None else (shape,)
        return (*both, *states, *states) if state or mode is None else shape


class _Computed:
    def compute_output_shape(machine: Machine, self: Ref, input_shape: Value) -> Value:
        if instance(machine, self).attributes["_output_shape"] is not None:
            raise Undecided(LOST)
        return _run(machine, self, input_shape)


class _Connected:
    def compute_output_shape(machine: Machine, self: Ref, input_shape: Value) -> Value:
        if "_inputs" not in instance(machine, self).attributes:
            raise Undecided(LOST)
        return _run(machine, self, input_shape)


class _Stacked:
    def compute_output_shape(machine: Machine, self: Ref, input_shape: Value) -> Value:
        held: Mapping[str, Value] = instance(machine, self).attributes
        if held["_tensors"]:
            return _run(machine, self, input_shape)
        layers: Sequence[Value] = held["_layers"]
        if not layers:
            raise Undecided(LOST)
        for layer in layers:
            input_shape = _ask(machine, layer, input_shape)
        return input_shape


class _Asked:
    compute_output_shape = of_layer


for _name, _methods in (
    ("layers.Layer", _Asked),
    ("layers.SpectralNormalization", _Wrapped),
    ("layers.TimeDistributed", _Timed),
    ("layers.Bidirectional", _Directed),
    ("layers.Lambda", _Computed),
    ("Model", _Connected),
    ("Sequential", _Stacked),
):
    keras.extend(_name, _methods)

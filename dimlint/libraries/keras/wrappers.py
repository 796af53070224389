"""Layers that wrap other layers or functions. Source: https://keras.io/api/layers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

import copy
from dataclasses import replace

from dimlint.core.dim import Shape
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import DictObject, LibraryClass, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import RANK, KerasLayer
from dimlint.libraries.keras.layer import LayerType, attach, instance, keras, symbolic, tensors, to_dims

MERGE_MODES = ("sum", "mul", "ave", "concat", None)


def wrapped(machine: Machine, self: Ref) -> Ref:
    """The inner layer. Raises Undecided."""
    layer = instance(machine, self).attributes.get("layer")
    if not isinstance(layer, Ref):
        raise Undecided("the wrapped layer is not known")
    return layer


def one_tensor(value: Value, what: str) -> Tensor:
    """The single tensor that a wrapper is called on. Raises Undecided."""
    if isinstance(value, Tensor):
        return value
    raise Undecided(value.reason if isinstance(value, Unknown) else f"the input of {what} is not known")


@keras.type("layers.Wrapper", bases=("layers.Layer",))
class Wrapper:
    """Base of the wrappers: keeps the inner layer."""

    def __init__(machine: Machine, self: Ref, layer: Value, *args: Value, **kwargs: Value) -> None:
        if isinstance(layer, Tensor) or layer is None:
            cls = machine.class_of(self)
            label = cls.label if isinstance(cls, LibraryClass) else "a wrapper"
            raise Problem(ARGUMENT, f"{label} needs a layer, got {show(layer)}", blame="layer")
        LayerType.__init__(machine, self, **kwargs)
        attach(machine, self, layer=layer)

    def call(machine: Machine, self: Ref, inputs: Value, *args: Value, **kwargs: Value) -> Value:
        return machine.call(wrapped(machine, self), (inputs,))


@keras.type("layers.SpectralNormalization", bases=("layers.Wrapper",))
class SpectralNormalization:
    """The inner layer with its kernel scaled; adds one vector of the kernel's last size."""


@keras.type("layers.TimeDistributed", bases=("layers.Wrapper",))
class TimeDistributed:
    """The inner layer on each step: (N, T, *) -> (N, T, *out)."""

    def call(machine: Machine, self: Ref, inputs: Value, training: Value = None, mask: Value = None) -> Value:
        given = one_tensor(inputs, "TimeDistributed")
        x = given.shape
        if x.rank < 3:
            raise Problem(RANK, f"TimeDistributed expects an input of at least 3 dimensions (batch, steps, ...), got {x}")
        step = replace(given, shape=Shape(x[0], *x[2:]))
        inner = instance(machine, wrapped(machine, self))
        _check_rank(inner.layer, step.shape)
        if isinstance(inner.layer, KerasLayer):
            machine.update(wrapped(machine, self), replace(inner, layer=_uncompared(inner.layer)))
        result = machine.call(wrapped(machine, self), (step,))
        if isinstance(result, Unknown):
            return result
        out = one_tensor(result, "TimeDistributed")
        return replace(out, shape=Shape(out.shape[0], x[1], *out.shape[1:]))


def _uncompared(layer: KerasLayer) -> KerasLayer:
    """The layer as TimeDistributed calls it: a symbolic input is not held against the first one."""
    changed = copy.copy(layer)
    changed.compared = False
    return changed


def _check_rank(layer: object, step: Shape) -> None:
    """Keras checks no number of dimensions inside of TimeDistributed, only what building and counting windows need. Raises Undecided."""
    if not isinstance(layer, KerasLayer) or not layer.rank or layer.recurrent or layer.moved_arguments:
        return
    if step.rank < layer.rank + 2 or (step.rank > layer.rank + 2 and not layer.windowed):
        raise Undecided(f"the rank of {step} is not checked by {layer.label} inside of TimeDistributed")


@keras.type("layers.Bidirectional", bases=("layers.Wrapper",))
class Bidirectional:
    """A recurrent layer forwards and a copy of it backwards, their outputs merged."""

    def __init__(
        machine: Machine,
        self: Ref,
        layer: Value,
        merge_mode: Value = "concat",
        weights: Value = None,
        backward_layer: Value = None,
        **kwargs: Value,
    ) -> None:
        if not isinstance(merge_mode, Unknown) and merge_mode not in MERGE_MODES:
            wanted = ", ".join(map(repr, MERGE_MODES))
            raise Problem(ARGUMENT, f"Bidirectional merge_mode must be one of {wanted}, got {show(merge_mode)}", blame="merge_mode")
        Wrapper.__init__(machine, self, layer, **kwargs)
        attach(machine, self, merge_mode=merge_mode)
        if not isinstance(layer, Ref):
            return
        inner = instance(machine, layer)
        if isinstance(inner.layer, KerasLayer) and isinstance(inner.cls, LibraryClass) and not inner.layer.recurrent:
            raise Problem(ARGUMENT, f"Bidirectional needs a recurrent layer, got {inner.layer.label}", blame="layer")
        back = machine.new(replace(inner)) if backward_layer is None else backward_layer
        attach(machine, self, forward_layer=layer, backward_layer=back)

    def call(machine: Machine, self: Ref, inputs: Value, initial_state: Value = None, training: Value = None, mask: Value = None) -> Value:
        attributes = instance(machine, self).attributes
        mode = attributes["merge_mode"]
        if isinstance(mode, Unknown):
            raise Undecided(mode.reason)
        first = machine.call(wrapped(machine, self), (inputs,))
        if isinstance(first, Unknown):
            return first
        second = machine.call(attributes["backward_layer"], (inputs,))
        y, *states = tensors(machine, first)
        back, *more = tensors(machine, second)
        if mode is None:
            return (y, back, *states, *more)
        if mode == "concat":
            y = replace(y, shape=Shape(*y.shape[:-1], y.shape[-1] + back.shape[-1]))
        return (y, *states, *more) if states else y


@keras.type("layers.Lambda", bases=("layers.Layer",))
class Lambda:
    """A function as a layer; its shape is that of calling it, or ``output_shape`` if it is stated and calling does not tell."""

    def __init__(
        machine: Machine,
        self: Ref,
        function: Value,
        output_shape: Value = None,
        mask: Value = None,
        arguments: Value = None,
        **kwargs: Value,
    ) -> None:
        LayerType.__init__(machine, self, **kwargs)
        attach(machine, self, function=function, _output_shape=output_shape, arguments=arguments)

    def call(machine: Machine, self: Ref, inputs: Value, training: Value = None, mask: Value = None) -> Value:
        attributes = instance(machine, self).attributes
        extra = attributes["arguments"]
        held = machine.contents(extra) if isinstance(extra, Ref) else None
        if extra is not None and not isinstance(held, DictObject):
            raise Undecided("the arguments of a Lambda layer are not known")
        result = machine.call(attributes["function"], (inputs,), dict(held.items) if isinstance(held, DictObject) else {})
        stated = machine.plain(attributes["_output_shape"])
        if not isinstance(result, Unknown) or not isinstance(stated, (tuple, list)):
            return result
        first = next(iter(tensors(machine, inputs)), None)
        if first is None or not first.symbolic:
            return result
        return symbolic(Shape(first.shape[0], *to_dims(stated, "output_shape")))

"""Layers that wrap other layers or functions. Source: https://keras.io/api/layers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace

from dimlint.core.dim import Shape, always_equal, never_equal
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubts
from dimlint.core.value import (
    DictObject,
    Function,
    Instance,
    LibraryClass,
    ListObject,
    Machine,
    Method,
    Raised,
    Ref,
    Tensor,
    Unknown,
    Value,
)
from dimlint.libraries.keras.base import FEATURE, RANK, KerasLayer, major, shows_none
from dimlint.libraries.keras.layer import LayerType, attach, instance, is_a, keras, symbolic, tensors, to_dims
from dimlint.libraries.keras.variables import TOUCHED

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

    def __init__(machine: Machine, self: Ref, layer: Value, power_iterations: Value = 1, **kwargs: Value) -> None:
        number = isinstance(power_iterations, (int, float))
        if power_iterations is None or isinstance(power_iterations, str) or (number and power_iterations <= 0):
            message = f"SpectralNormalization power_iterations must be positive, got {show(power_iterations)}"
            raise Problem(ARGUMENT, message, blame="power_iterations")
        Wrapper.__init__(machine, self, layer, **kwargs)

    def call(machine: Machine, self: Ref, inputs: Value, training: Value = None) -> Value:
        x = one_tensor(inputs, "SpectralNormalization").shape
        inner = instance(machine, wrapped(machine, self))
        if isinstance(inner.layer, KerasLayer) and inner.layer.recurrent:
            _require_kernel(inner, inner.layer.label)
        _check_rank(machine, wrapped(machine, self), x, "SpectralNormalization")
        before = instance(machine, self).attributes.get("_features")
        if before is not None and x.rank and never_equal(x[-1], before) and not shows_none(x[-1]):
            message = f"SpectralNormalization was built for {before} features, but this input {x} has {x[-1]}"
            raise Problem(FEATURE, message, expected=before)
        result = Wrapper.call(machine, self, inputs)
        inner = instance(machine, wrapped(machine, self))
        if not isinstance(result, Unknown) and before is None:
            if isinstance(inner.cls, LibraryClass):
                _require_kernel(inner, inner.cls.label)
            attach(machine, self, _features=x[-1])
        return result


def _require_kernel(inner: Instance, label: str) -> None:
    """Refuse a layer of the library without a kernel. Raises Problem."""
    layer = inner.layer
    plainly = isinstance(layer, KerasLayer) and not layer.recurrent and inner.built is not None
    if not plainly or not isinstance(layer, KerasLayer) or not {"kernel", "embeddings"} & set(layer.variables(inner.built or ())):
        raise Problem(ARGUMENT, f"SpectralNormalization needs a layer with a kernel, which {label} has not", blame="layer")


@keras.type("layers.TimeDistributed", bases=("layers.Wrapper",))
class TimeDistributed:
    """The inner layer on each step: (N, T, *) -> (N, T, *out)."""

    def call(machine: Machine, self: Ref, inputs: Value, training: Value = None, mask: Value = None) -> Value:
        given = one_tensor(inputs, "TimeDistributed")
        x = given.shape
        if x.rank < 3:
            raise Problem(RANK, f"TimeDistributed expects an input of at least 3 dimensions (batch, steps, ...), got {x}")
        step = replace(given, shape=Shape(x[0], *x[2:]))
        _check_rank(machine, wrapped(machine, self), step.shape, "TimeDistributed")
        inner = instance(machine, wrapped(machine, self))
        if isinstance(inner.layer, KerasLayer):
            machine.update(wrapped(machine, self), replace(inner, layer=_uncompared(inner.layer)))
        elif step.symbolic and isinstance(inner.cls, Ref) and major(machine.settings) >= 3:
            _require_stated_shape(machine, wrapped(machine, self))
        result = machine.call(wrapped(machine, self), (step,))
        if isinstance(result, Unknown):
            return result
        out = one_tensor(result, "TimeDistributed")
        return replace(out, shape=Shape(out.shape[0], x[1], *out.shape[1:]))


def _require_stated_shape(machine: Machine, layer: Ref) -> None:
    """Keras 3 asks the program's own layers for ``compute_output_shape`` and does not call them. Raises Undecided."""
    method = machine.attribute(layer, "compute_output_shape")
    if not (isinstance(method, Method) and isinstance(method.function, Function)):
        raise Undecided("TimeDistributed over a layer that defines no compute_output_shape fails in Keras 3")


def _uncompared(layer: KerasLayer) -> KerasLayer:
    """The layer as TimeDistributed calls it: a symbolic input is not held against the first one."""
    changed = copy.copy(layer)
    changed.compared = False
    return changed


def _check_rank(machine: Machine, ref: Ref, x: Shape, where: str) -> None:
    """Keras checks no number of dimensions inside of a wrapper, only what building and counting windows need. Raises Undecided."""
    inner = instance(machine, ref)
    layer, attributes = inner.layer, inner.attributes
    known = attributes.get("_inputs") or attributes.get("_tensors", ())
    message = f"the rank of {x} is not checked inside of {where}"
    if isinstance(known, tuple) and known and isinstance(known[0], Tensor) and known[0].shape.rank != x.rank:
        raise Undecided(message)
    forward = attributes.get("forward_layer")
    if isinstance(forward, Ref):
        _check_rank(machine, forward, x, where)
    if not isinstance(layer, KerasLayer) or layer.ranked or layer.many:
        return
    if layer.rank and not layer.recurrent and (x.rank < layer.rank + 2 or (x.rank > layer.rank + 2 and not layer.windowed)):
        raise Undecided(message)
    if layer.windowed and (layer.rank > 1 or "kernel_size" in layer.fields) and not layer.recurrent:
        return  # convolutions fail on too many dimensions by themselves
    try:
        with doubts():
            layer.with_settings(machine.settings, made=inner.built is not None).output(x)
    except Problem as problem:
        if problem.rule == RANK:
            raise Undecided(message) from None


@keras.type("layers.Bidirectional", bases=("layers.Layer",))
class Bidirectional:
    """A recurrent layer forwards and a copy of it backwards, their outputs merged. A symbolic call looks at the first one only."""

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
        attach(machine, self, merge_mode=merge_mode, layer=None)
        if not isinstance(layer, Ref):
            attach(machine, self, forward_layer=layer)
            return
        inner = instance(machine, layer)
        plainly = isinstance(inner.layer, KerasLayer) and isinstance(inner.cls, LibraryClass) and not inner.layer.recurrent
        if isinstance(inner.cls, LibraryClass) and (plainly or is_a(machine, layer, "layers.Wrapper")):
            raise Problem(ARGUMENT, f"Bidirectional needs a recurrent layer, got {inner.cls.label}", blame="layer")
        forward = remade(machine, layer)
        attach(machine, self, forward_layer=forward, backward_layer=remade(machine, layer) if backward_layer is None else backward_layer)
        for name in ("return_sequences", "return_state", "stateful"):
            attach(machine, self, **{name: _setting(machine, layer, name)})
        _require_pair(machine, layer, backward_layer)

    def call(machine: Machine, self: Ref, inputs: Value, initial_state: Value = None, training: Value = None, mask: Value = None) -> Value:
        attributes = instance(machine, self).attributes
        mode = attributes["merge_mode"]
        forward, backward = attributes.get("forward_layer"), attributes.get("backward_layer")
        for item in (mode, forward, backward):
            if isinstance(item, Unknown):
                raise Undecided(item.reason)
        if not isinstance(forward, Ref) or not isinstance(backward, Ref):
            raise Undecided("the layers of Bidirectional are not known")
        given = one_tensor(inputs, "Bidirectional")
        first = machine.call(forward, (given,))
        if isinstance(first, Unknown):
            return first
        if not given.symbolic:
            return _merged(mode, first, machine.call(backward, (given,)))
        _require_runnable(machine, attributes)
        _build_unseen(machine, backward, given)
        return _merged(mode, first, first)


def _require_runnable(machine: Machine, attributes: Mapping[str, Value]) -> None:
    """Keras 3 cannot tell the masks of the states that stateful layers return. Raises Problem."""
    both = [attributes.get(name) for name in ("stateful", "return_state")]
    if all(isinstance(item, (bool, int)) and item for item in both) and major(machine.settings) >= 3:
        raise Problem(ARGUMENT, "Bidirectional cannot be called with stateful=True and return_state=True in Keras 3", blame="return_state")


def _build_unseen(machine: Machine, backward: Ref, given: Tensor) -> None:
    """Make the variables of the layer that goes backwards; a symbolic call does not look at its output."""
    held = instance(machine, backward)
    if given.shape.rank < 3:
        raise Undecided("what Bidirectional makes of a sequence without features is not modelled")
    if isinstance(held.layer, KerasLayer) and held.layer.rank == 0:
        if held.built is None:
            machine.update(backward, replace(held, built=(given.shape,)))
    else:
        machine.call(backward, (given,))


def _merged(mode: Value, first: Value, second: Value) -> Value:
    """The outputs of both directions, and behind them their states. Raises Undecided."""
    if isinstance(second, Unknown):
        raise Undecided(second.reason)
    y, *states = first if isinstance(first, tuple) else (first,)
    back, *more = second if isinstance(second, tuple) else (second,)
    if not isinstance(y, Tensor) or not isinstance(back, Tensor):
        raise Undecided("what a recurrent layer gives is not known")
    if mode is None:
        return (y, back, *states, *more)
    if mode == "concat":
        y = replace(y, shape=Shape(*y.shape[:-1], y.shape[-1] + back.shape[-1]))
    elif not always_equal(y.shape[-1], back.shape[-1]):
        raise Undecided("the outputs of both directions may differ in size")
    return (y, *states, *more) if states else y


FRESH = ("input", "output", "built", TOUCHED)
"""Attributes of a layer that was called."""


def remade(machine: Machine, value: Value) -> Value:
    """A layer of the library made anew from its arguments, as Keras copies it; Unknown for the program's own classes."""
    if isinstance(value, tuple):
        return tuple(remade(machine, item) for item in value)
    held = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(held, ListObject):
        return machine.new(ListObject(tuple(remade(machine, item) for item in held.items)))
    if not isinstance(value, Ref) or not isinstance(held, Instance):
        return value
    if not isinstance(held.cls, LibraryClass):
        return Unknown("how Keras copies a class of the program is not followed")
    kept = {name: remade(machine, item) for name, item in held.attributes.items() if name not in FRESH}
    lost = next((item for name, item in kept.items() if isinstance(item, Unknown) and name != "name"), None)
    if lost is not None:
        return lost
    return machine.new(replace(held, attributes=kept, built=None))


def _setting(machine: Machine, layer: Ref, name: str) -> Value:
    """An argument of a recurrent layer, as one of the program's own classes may hold it too."""
    try:
        return machine.attribute(layer, name)
    except (Raised, Undecided):
        return Unknown(f"{name} of a layer is not known")


def _require_pair(machine: Machine, layer: Ref, backward: Value) -> None:
    """Refuse directions that do not go against each other, or that give other things. Raises Problem."""
    if isinstance(backward, Unknown):
        return
    if backward is not None and not isinstance(backward, Ref):
        raise Problem(ARGUMENT, f"Bidirectional backward_layer must be a layer, got {show(backward)}", blame="backward_layer")
    ahead = _setting(machine, layer, "go_backwards")
    back = _setting(machine, backward, "go_backwards") if isinstance(backward, Ref) else True
    if isinstance(ahead, (bool, int)) and isinstance(back, (bool, int)) and bool(ahead) == bool(back):
        message = f"Bidirectional needs layers with different go_backwards, both have {bool(ahead)}"
        raise Problem(ARGUMENT, message, blame="backward_layer" if backward is not None else "layer")
    if not isinstance(backward, Ref):
        return
    for name in ("stateful", "return_sequences", "return_state"):
        one, other = _setting(machine, layer, name), _setting(machine, backward, name)
        if isinstance(one, (bool, int)) and isinstance(other, (bool, int)) and one != other:
            message = f"Bidirectional needs layers of the same {name}, got {one} and {other}"
            raise Problem(ARGUMENT, message, blame="backward_layer", expected=one)


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

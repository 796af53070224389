"""Variables of layer objects: names and shapes, in the order of Keras' ``weights``. Source: https://keras.io/api/layers/base_layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from dimlint.core.dataclass import dataclass, replace
from dimlint.core.dim import Dim, Shape, product
from dimlint.core.layer import Layer
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Function,
    Instance,
    IteratorObject,
    LibraryClass,
    ListObject,
    Machine,
    Method,
    Ref,
    SetObject,
    Tensor,
    Unknown,
    Value,
)
from dimlint.libraries.keras.base import KerasLayer, shows_none
from dimlint.libraries.keras.graph import ordered_layers
from dimlint.libraries.keras.library import LIBRARY as keras
from dimlint.libraries.keras.names import has_seen_all
from dimlint.libraries.keras.objects import attach, instance, is_a, tensors

ADDED = "_added"
"""Attribute under which a layer object keeps what ``add_weight`` made: triples of name, tensor and whether it is trained."""
TOUCHED = "*touched"
"""Attribute of a layer object that what is not followed may have built."""
PARTS = ("layer", "forward_layer", "backward_layer", "cell", "cells", "function")
"""Attributes by which the library's own wrappers hold layers."""
OWN = frozenset(
    {
        ADDED, TOUCHED, "_layers", "_tensors", "_inputs", "_common", "_building", "_output_shape", "_features", "arguments", "merge_mode",
        "input", "output", "inputs", "outputs", "built", "trainable", "name", "stateful", "unroll", "go_backwards",
        "return_sequences", "return_state",
    }
)  # fmt: skip
"""Attributes that this library puts into layer objects; they hold no parts besides those that are asked for by name."""


@dataclass(frozen=True)
class Variable:
    """A variable: the layer object that made it, its name there, its shape, and whether it is trained unless its layer is frozen."""

    owner: Ref
    name: str
    shape: Shape
    trainable: bool = True


def variables_of(machine: Machine, ref: Ref) -> list[Variable]:
    """All variables of a layer or model and of its parts, each once. Raises Undecided."""
    return [variable for _, variables in _variables(machine, ref) for variable in variables]


def _variables(machine: Machine, ref: Ref) -> list[tuple[Ref, list[Variable]]]:
    """A layer or model and its parts, with the variables of each that none before it has. Raises Undecided."""
    found: list[tuple[Ref, list[Variable]]] = []
    pending, seen, known = [ref], set[Ref](), set[tuple[Ref, str]]()
    while pending:
        layer = pending.pop()
        if layer in seen:
            continue
        seen.add(layer)
        held = instance(machine, layer)
        if "*" in held.attributes:
            raise Undecided("not all attributes of a layer are known")
        own: list[Variable] = []
        for variable in _own(machine, layer, held):
            if (variable.owner, variable.name) not in known:
                known.add((variable.owner, variable.name))
                own.append(variable)
        found.append((layer, own))
        pending += reversed(list(_parts(machine, layer, held)))
    return found


def count_of(variables: list[Variable]) -> Dim:
    """The number of elements of all variables."""
    return sum((product(variable.shape) for variable in variables), start=0)


def _require_whole(held: Instance) -> None:
    """Whether a layer is built differs where paths have met that called it differently. Raises Undecided."""
    if held.layer is not None and held.layer.torn:
        raise Undecided("whether a layer is built differs between the paths of the program")


def is_built(machine: Machine, ref: Ref) -> bool:
    """Whether Keras takes a layer or model for built: code and data that are not followed may have built it. Raises Undecided."""
    held = instance(machine, ref)
    _require_whole(held)
    built = held.attributes.get("built", False)
    if isinstance(built, Unknown):
        raise Undecided(built.reason)
    if held.built is not None or built is True:
        return True
    makes = held.layer is None or type(held.layer).weights is not Layer.weights  # others may be built as soon as they are there
    if not makes or TOUCHED in held.attributes or not has_seen_all(machine):
        raise Undecided("whether what is not followed has built a layer is not known")
    return False


def set_built(machine: Machine, ref: Ref, value: Value) -> None:
    """``layer.built = value``: a layer that says that it is not built will be, and has no such attribute of its own until then."""
    if value is not False:
        attach(machine, ref, built=value)
    else:
        held = instance(machine, ref)
        machine.update(ref, replace(held, attributes={name: item for name, item in held.attributes.items() if name != "built"}))


def touch(machine: Machine, ref: Ref) -> None:
    """A layer or model ran on what is not known: it and its parts may be built by now."""
    pending, seen = [ref], set[Ref]()
    while pending:
        layer = pending.pop()
        if layer in seen:
            continue
        seen.add(layer)
        held = instance(machine, layer)
        if held.built is None and held.attributes.get("built") is not True and TOUCHED not in held.attributes:
            attach(machine, layer, **{TOUCHED: True})
        with suppress(Undecided):
            pending += _parts(machine, layer, held)


def _given_away(machine: Machine, values: Sequence[Value]) -> None:
    """Layers or models were given to a function, or to a method of theirs, that is not followed."""
    for value in values:
        value = value.receiver if isinstance(value, Method) else value
        with suppress(Undecided):
            if isinstance(value, Ref) and is_a(machine, value, "layers.Layer"):
                touch(machine, value)


def listed_variables(machine: Machine, ref: Ref) -> list[Variable]:
    """All variables, where a program sees how many there are: which parts are built must be known for that. Raises Undecided."""
    found = _variables(machine, ref)
    for layer, own in found:
        declared = instance(machine, layer).layer
        makes = type(declared).weights is not Layer.weights if declared is not None else not own or is_a(machine, layer, "Model")
        if makes:
            is_built(machine, layer)
    return [variable for _, own in found for variable in own]


def _own(machine: Machine, ref: Ref, held: Instance) -> Iterator[Variable]:
    """The variables that a layer object made itself."""
    _require_whole(held)
    wrapped = held.attributes.get("layer")
    if "_features" in held.attributes and isinstance(wrapped, Ref):
        yield from _scaled(machine, ref, wrapped)
    _require_followed(machine, ref, held)
    layer = held.layer
    if isinstance(layer, KerasLayer):
        method = None if isinstance(held.cls, LibraryClass) else machine.attribute(ref, "build")
        if isinstance(method, Method) and isinstance(method.function, Function):
            raise Undecided(f"which variables of {layer.label} a build method makes is not known")
        if any(isinstance(getattr(layer, name), Ref) for name in layer.fields if name == "activation"):
            raise Undecided(f"the variables of an activation of {layer.label} are not modelled")
        if getattr(layer, "lora_rank", None) is not None:
            raise Undecided("the variables that LoRA adds are not modelled")
        if held.built is not None:
            for name, shape in layer.variables(held.built).items():
                _require_closed(shape)
                yield Variable(ref, name, shape, name not in layer.frozen)
    added = held.attributes.get(ADDED, ())
    if isinstance(added, Unknown):
        raise Undecided(added.reason)
    for frozen in (False, True):
        for index, (name, tensor, trainable) in enumerate(added):
            if isinstance(trainable, Unknown) or not isinstance(tensor, Tensor):
                raise Undecided("not all variables of a layer are known")
            if bool(trainable) is not frozen:
                yield Variable(ref, f"{name}:{index}", tensor.shape, bool(trainable))


def _require_followed(machine: Machine, ref: Ref, held: Instance) -> None:
    """Whether ``build`` of a layer, or of one that wraps it, was called in a way that is not followed. Raises Undecided."""
    if held.attributes.get("built") is not True:
        return
    wrapped = [held.attributes.get(name) for name in PARTS] if isinstance(held.cls, LibraryClass) else []
    for item in (ref, *wrapped):
        inner = machine.contents(item) if isinstance(item, Ref) else None
        layer = inner.layer if isinstance(inner, Instance) and inner.built is None else None
        if layer is not None and type(layer).weights is not Layer.weights:
            raise Undecided("what the build method of a layer makes is not followed")


def _require_closed(shape: Shape) -> None:
    if any(map(shows_none, shape)):
        raise Undecided("the size of a variable is not known")


def _scaled(machine: Machine, ref: Ref, wrapped: Ref) -> Iterator[Variable]:
    """What ``SpectralNormalization`` has besides its layer: that layer's kernel, and a vector as long as the kernel's last axis."""
    kernel = next((item for item in variables_of(machine, wrapped) if item.name in ("kernel", "embeddings")), None)
    if kernel is None:
        raise Undecided("the kernel of a wrapped layer is not known")
    yield kernel
    yield Variable(ref, "vector_u", Shape(1, kernel.shape[-1]), False)


def _parts(machine: Machine, ref: Ref, held: Instance) -> Iterator[Ref]:
    """The layers that a layer or model holds, in order. Raises Undecided."""
    attributes = held.attributes
    if "_layers" in attributes:
        yield from _layers_in(machine, attributes["_layers"])
    elif "_inputs" in attributes:
        wanted = attributes["_inputs"]
        if isinstance(wanted, Unknown):
            raise Undecided(wanted.reason)
        yield from ordered_layers(machine, wanted, tensors(machine, attributes["output"]))
    if isinstance(held.cls, LibraryClass):
        for name in PARTS:
            yield from _layers_in(machine, attributes.get(name))
        return
    made = {id(tensor) for _, tensor, _ in attributes.get(ADDED, ())}
    for name, value in attributes.items():
        if name not in OWN and id(value) not in made:
            yield from _layers_in(machine, value)


def _layers_in(machine: Machine, value: Value) -> Iterator[Ref]:
    """The layers in an attribute: itself, or in lists, dictionaries and the like, as Keras finds them. Raises Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    if isinstance(value, tuple) and not isinstance(value, Shape):
        for item in value:
            yield from _layers_in(machine, item)
    elif isinstance(value, Tensor):
        _require_constant(value)
    elif isinstance(value, Ref):
        held = machine.contents(value)
        if isinstance(held, Instance):
            if is_a(machine, value, "layers.Layer"):
                yield value
        elif isinstance(held, (ListObject, SetObject)):
            for item in held.items:
                yield from _layers_in(machine, item)
        elif isinstance(held, DictObject):
            for item in held.items.values():
                yield from _layers_in(machine, item)
        elif isinstance(held, IteratorObject) or not isinstance(held, ClassObject):
            raise Undecided("what an iterator holds is not known")


def _require_constant(value: Tensor) -> None:
    """A tensor that a layer holds counts unless it is the result of a calculation, an array or a symbolic tensor. Raises Undecided."""
    if not (value.symbolic or value.library == "numpy" or (value.step is not None and value.step.label != "Variable")):
        raise Undecided("whether a tensor that a layer holds is one of its variables is not known")


def is_trainable(machine: Machine, ref: Ref, attributes: Mapping[str, Value]) -> bool:
    """Whether a layer object was left trainable. Raises Undecided."""
    layer = instance(machine, ref).layer
    given = layer.common.get("trainable", True) if isinstance(layer, KerasLayer) else True
    value = attributes.get("trainable", given)
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return bool(value)


def set_trainable(machine: Machine, ref: Ref, value: Value) -> None:
    """``layer.trainable = value``: the parts of the layer follow."""
    pending, seen = [ref], set[Ref]()
    while pending:
        layer = pending.pop()
        if layer not in seen:
            seen.add(layer)
            attach(machine, layer, trainable=value)
            try:
                pending += _parts(machine, layer, instance(machine, layer))
            except Undecided as undecided:
                attach(machine, layer, trainable=Unknown(undecided.reason))


def trained(machine: Machine, ref: Ref) -> list[Variable]:
    """The variables that training changes. Raises Undecided."""
    if not is_trainable(machine, ref, instance(machine, ref).attributes):
        return []
    found = variables_of(machine, ref)
    owners = {item.owner for item in found}
    active = {owner for owner in owners if is_trainable(machine, owner, instance(machine, owner).attributes)}
    return [variable for variable in found if variable.trainable and variable.owner in active]


keras.given_away = _given_away

"""Where a model's input shape is stated: ``Input``, ``InputLayer``, and arguments of the first layer."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dimlint.core.dim import Shape, never_equal, unknown_dim
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Instance, ListObject, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import KerasLayer, major
from dimlint.libraries.keras.core import Embedding
from dimlint.libraries.keras.layer import LayerType, attach, instance, keras, symbolic, to_dims
from dimlint.libraries.keras.names import give_name
from dimlint.libraries.keras.recurrent import Recurrent


def input_shape(what: str, shape: Value, batch_size: Value, batch_shape: Value) -> Shape:
    """The full shape, batch first, that ``Input`` states. Raises Problem, Undecided."""
    if isinstance(batch_size, (tuple, list)):
        batch_shape, batch_size = batch_size, None
    if batch_shape is not None:
        if shape is not None:
            raise Problem(ARGUMENT, f"{what} takes shape or batch_shape, not both", blame="batch_shape")
        return Shape(*to_dims(batch_shape, "batch_shape", chosen=True))
    if shape is None:
        raise Problem(ARGUMENT, f"{what} needs a shape", blame="shape")
    batch = unknown_dim(reason=batch_size.reason) if isinstance(batch_size, Unknown) else batch_size
    return Shape(*to_dims((batch,), "batch_size"), *to_dims(shape, "shape", chosen=True))


@keras.function("Input", "layers.Input")
def make_input(
    machine: Machine,
    shape: Value = None,
    batch_size: Value = None,
    dtype: Value = None,
    sparse: Value = None,
    ragged: Value = None,
    batch_shape: Value = None,
    name: Value = None,
    tensor: Value = None,
    optional: Value = False,
) -> Value:
    """A symbolic tensor; each ``None`` is a size of its own."""
    if tensor is not None:
        return tensor
    return with_layer(machine, stated_tensor(machine, shape, batch_size, dtype, batch_shape), name)


def stated_tensor(machine: Machine, shape: Value, batch_size: Value, dtype: Value, batch_shape: Value) -> Tensor:
    """The tensor of a stated shape. Raises Problem, Undecided."""
    if major(machine.settings) < 3 and isinstance(shape, int):
        shape = (shape,)
    sizes = input_shape("Input", machine.plain(shape), machine.plain(batch_size), machine.plain(batch_shape))
    return symbolic(sizes, dtype if isinstance(dtype, str) else None)


def with_layer(machine: Machine, made: Tensor, name: Value = None, hinted: bool = False) -> Tensor:
    """A tensor that a model starts from, with an input layer behind it. hinted: its shape is only what the program lets expect."""
    layer = machine.new(Instance(keras.entries["layers.InputLayer"], {}, site=machine.nearest_site()))
    give_name(machine, layer, name)
    made = replace(made, step=None, origin=layer)
    settle_input_layer(machine, layer, made)
    if hinted:
        attach(machine, layer, _hinted=True)
    return made


@keras.function("Tensor.@name")
def tensor_name(machine: Machine, x: Tensor) -> Value:
    """The name of an input is that of its layer if the program gave it; others are counted, which is not followed."""
    layer = instance(machine, x.origin) if x.origin is not None and x.step is None else None
    if layer is not None and layer.attributes.get("_named") is True:
        return layer.attributes["name"]
    return Unknown("the automatic name of a tensor is not followed")


@keras.type("layers.InputLayer", bases=("layers.Layer",))
class InputLayer:
    """The layer behind ``Input``; its ``output`` is the tensor, and from Keras 3 on its ``input`` is an empty list."""

    def __init__(
        machine: Machine,
        self: Ref,
        shape: Value = None,
        batch_size: Value = None,
        dtype: Value = None,
        sparse: Value = None,
        ragged: Value = None,
        batch_shape: Value = None,
        input_tensor: Value = None,
        optional: Value = False,
        name: Value = None,
        input_shape: Value = None,
        batch_input_shape: Value = None,
    ) -> None:
        LayerType.__init__(machine, self, name=name)
        full = batch_input_shape if batch_shape is None else batch_shape
        made = input_tensor
        if made is None and input_shape is not None and shape is not None:
            raise Undecided("InputLayer is given two shapes")
        if made is None:
            made = stated_tensor(machine, input_shape if shape is None else shape, batch_size, dtype, full)
        if isinstance(made, Tensor):
            made = replace(made, step=None, origin=self)
        settle_input_layer(machine, self, made)


def settle_input_layer(machine: Machine, self: Ref, made: Value) -> None:
    """Give an input layer its tensor."""
    before = made if major(machine.settings) < 3 else machine.new(ListObject(()))
    attach(machine, self, input=before, output=made)


def stated_input(machine: Machine, layer: Value) -> Tensor | None:
    """The input that a Sequential model's first layer states, or None. Raises Problem, Undecided."""
    if not isinstance(layer, Ref):
        return None
    held = instance(machine, layer)
    common = dict(held.attributes.get("_common", ()))
    if isinstance(held.layer, KerasLayer):
        common = {name: machine.plain(value) for name, value in held.layer.common.items()}
    shape = stated_shape(common, held)
    return None if shape is None else symbolic(shape)


def only_hinted(machine: Machine, layer: Ref) -> bool:
    """Whether a layer's input shape comes from ``input_length``, which an ``Embedding`` takes and forgets in Keras 3."""
    held = instance(machine, layer)
    if major(machine.settings) < 3 or not isinstance(held.layer, Embedding):
        return False
    return not any(held.layer.common.get(name) is not None for name in ("batch_input_shape", "batch_shape", "input_shape"))


def require_hinted(machine: Machine, start: Tensor, given: Value) -> None:
    """A model that was only told a length is built by the first data, whatever their length. Raises Undecided."""
    if start.origin is None or "_hinted" not in instance(machine, start.origin).attributes or not isinstance(given, Tensor):
        return
    if given.shape.rank != start.shape.rank or any(map(never_equal, given.shape[1:], start.shape[1:])):
        raise Undecided(f"the model is told of inputs {start.shape}, but given {given.shape}, and Keras 3 builds it by the latter")


def stated_shape(common: Mapping[str, Value], held: Instance) -> Shape | None:
    """The shape, batch first, that the shared keyword arguments of a layer state, or None. Raises Problem, Undecided."""
    for name in ("batch_input_shape", "batch_shape"):
        if common.get(name) is not None:
            return Shape(*to_dims(common[name], name, chosen=True))
    batch = to_dims((common.get("batch_size"),), "batch_size")
    if common.get("input_shape") is not None:
        return Shape(*batch, *to_dims(common["input_shape"], "input_shape", chosen=True))
    length, size = common.get("input_length"), common.get("input_dim")
    former = isinstance(held.layer, KerasLayer) and held.layer.keras_version < 3
    if isinstance(held.layer, Embedding):
        if length is None:
            return Shape(*batch, unknown_dim("None", none=True)) if former else None
        if isinstance(length, (float, str)) and not former:
            return None  # Keras 3 takes anything and forgets it
        return Shape(*batch, *to_dims(length if isinstance(length, (tuple, list)) else (length,), "input_length", chosen=True))
    if size is None:
        return None
    sequence = isinstance(held.layer, Recurrent) or (
        isinstance(held.layer, KerasLayer) and held.layer.keras_version == 1 and held.layer.rank == 1
    )
    steps = (length,) if length is not None or sequence else ()
    return Shape(*batch, *to_dims((*steps, size), "input_dim", chosen=True))

"""Masks that Keras passes to the program's own layers: which steps of a sequence count. Source: https://keras.io/api/layers/base_layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dimlint.core.dim import Shape
from dimlint.core.value import Function, Instance, LibraryClass, ListObject, Machine, Method, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import major
from dimlint.libraries.keras.objects import contents, is_a, tensors
from dimlint.libraries.keras.own import takes

HANDED_ON = "whether a mask comes with an input is not known"
_HANDING = """Activation ActivityRegularization AlphaDropout BatchNormalization Dense Dropout ELU GaussianDropout GaussianNoise
LayerNormalization LeakyReLU PReLU ReLU Softmax SpatialDropout1D"""
"""Layers that support masks and do nothing to them."""
RECURRENT = frozenset(("GRU", "LSTM", "SimpleRNN"))
"""Layers that hand a mask on with a sequence and drop it with a last state."""


def with_mask(machine: Machine, self: Ref, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Mapping[str, Value]:
    """The keyword arguments of the program's own ``call``, with the mask that comes with its first input, if it takes one."""
    held = contents(machine, self)
    if "mask" in kwargs or len(args) > 1 or isinstance(held.cls, LibraryClass):
        return kwargs
    method = machine.attribute(self, "call")
    if not (isinstance(method, Method) and isinstance(method.function, Function) and takes(method, "mask")):
        return kwargs
    if major(machine.settings) >= 3 and tensors(machine, tuple(kwargs.values())):
        return kwargs  # of several tensors each has an argument of its own for its mask
    mask = _mask(machine, machine.plain(args[0]) if args else None)
    return kwargs if mask is None else {**kwargs, "mask": mask}


def _mask(machine: Machine, x: Value) -> Value:
    """The mask that comes with what goes into a layer; Unknown if one stands further back, since layers may drop or change it."""
    if isinstance(x, (list, tuple)) and x and major(machine.settings) >= 3 and all(isinstance(item, Tensor) for item in x):
        masks = [_mask(machine, item) for item in x]
        lost = next((mask for mask in masks if isinstance(mask, Unknown)), None)
        return machine.new(ListObject(tuple(masks))) if lost is None and isinstance(x, list) else lost or tuple(masks)
    if not isinstance(x, Tensor):
        if major(machine.settings) >= 3 and tensors(machine, x):
            return Unknown("the masks of nested inputs are not followed")
        return Unknown(HANDED_ON) if any(_masks(machine, step.callee) for step in machine.steps_to(x)) else None
    mask, pending = _come_with(machine, x)
    seen = set[int]()
    while pending:
        tensor = pending.pop()
        if tensor.step is not None and id(tensor.step) not in seen:
            seen.add(id(tensor.step))
            further, more = _come_with(machine, tensor)
            if further is not None:
                return Unknown(HANDED_ON)
            pending += more
    return mask


def _come_with(machine: Machine, x: Tensor) -> tuple[Tensor | None, list[Tensor]]:
    """The mask that a layer has made and those since then have handed on, and the tensors behind which there may be one that comes too."""
    while x.step is not None:
        if _masks(machine, x.step.callee):
            return Tensor(Shape(*x.shape[:-1]), x.library, "bool", symbolic=x.symbolic), []
        given = tensors(machine, (*x.step.args, *x.step.kwargs.values()))
        if len(given) != 1 or not _hands_on(machine, x.step.callee):
            return None, given
        if given[0].shape.rank != x.shape.rank:
            break  # the last state of a recurrent layer has none
        x = given[0]
    return None, []


def _hands_on(machine: Machine, callee: Value) -> bool:
    """Whether a layer hands the mask of its only input on as it is, or, where an axis is lost, drops it."""
    held = machine.contents(callee) if isinstance(callee, Ref) else None
    if not isinstance(held, Instance) or not isinstance(held.cls, LibraryClass) or major(machine.settings) < 2:
        return False
    if {"supports_masking", "compute_mask"} & set(held.attributes):
        return False
    pair = is_a(machine, callee, "layers.Bidirectional") and held.attributes.get("return_state") is False
    label = "" if held.layer is None else held.layer.label
    return pair or label in _HANDING.split() or (label in RECURRENT and getattr(held.layer, "return_state", None) is False)


def _masks(machine: Machine, callee: Value) -> bool:
    """Whether a layer makes a mask: ``Masking``, or ``Embedding(mask_zero=True)``."""
    held = machine.contents(callee) if isinstance(callee, Ref) else None
    layer = held.layer if isinstance(held, Instance) else None
    return layer is not None and (layer.label == "Masking" or getattr(layer, "mask_zero", False) is not False)

"""Masks that Keras passes to the program's own layers: which steps of a sequence count. Source: https://keras.io/api/layers/base_layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dimlint.core.dim import Shape
from dimlint.core.value import Instance, LibraryClass, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.objects import contents
from dimlint.libraries.keras.own import takes

HANDED_ON = "whether a mask comes with an input is not known"


def with_mask(machine: Machine, self: Ref, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Mapping[str, Value]:
    """The keyword arguments of the program's own ``call``, with the mask that comes with its first input, if it takes one."""
    held = contents(machine, self)
    if "mask" in kwargs or len(args) > 1 or isinstance(held.cls, LibraryClass) or not takes(machine.attribute(self, "call"), "mask"):
        return kwargs
    mask = _mask(machine, machine.plain(args[0]) if args else None)
    return kwargs if mask is None else {**kwargs, "mask": mask}


def _mask(machine: Machine, x: Value) -> Value:
    """The mask of what a masking layer has just made; Unknown if one stands further back, since layers may drop or change it."""
    if isinstance(x, Tensor) and x.step is not None and _masks(machine, x.step.callee):
        return Tensor(Shape(*x.shape[:-1]), x.library, "bool", symbolic=x.symbolic)
    return Unknown(HANDED_ON) if any(_masks(machine, step.callee) for step in machine.steps_to(x)) else None


def _masks(machine: Machine, callee: Value) -> bool:
    """Whether a layer makes a mask: ``Masking``, or ``Embedding(mask_zero=True)``."""
    held = machine.contents(callee) if isinstance(callee, Ref) else None
    layer = held.layer if isinstance(held, Instance) else None
    return layer is not None and (layer.label == "Masking" or getattr(layer, "mask_zero", False) is not False)

# mypy: disable-error-code=misc
"""Layers that are made of other layers, which programs may look at, replace and call.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dimlint.core.dim import Shape
from dimlint.core.layer import Layer
from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, LibraryClass, Machine, Ref, Unknown, Value
from dimlint.libraries.torch.module import instance, torch
from dimlint.libraries.torch.parameters import Parametrized


class Composed(Parametrized):
    """A layer with layers as its attributes."""

    def parts(self) -> dict[str, Layer]:
        """Names and declarations of the layers inside, in order of registration."""
        return {}

    def own_weights(self) -> dict[str, Shape]:
        """Variables that belong to none of the parts."""
        return {}

    def weights(self, x: Any = None) -> dict[str, Shape]:
        inner = {f"{name}.{key}": shape for name, part in self.parts().items() for key, shape in part.weights(x).items()}
        return self.own_weights() | inner


class Parts:
    """What the objects of composed layers have in common: their parts are objects, too."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        declared = (cls.layer for cls in machine.mro(machine.class_of(self)) if isinstance(cls, LibraryClass) and cls.layer is not None)
        layer = next(declared, None)
        if layer is None:
            raise Undecided("what a layer is made on is no layer")
        machine.construct(self, layer, args, kwargs)
        add_parts(machine, self)


def add_parts(machine: Machine, self: Ref) -> None:
    """Give a composed layer the objects that it is made of."""
    held = instance(machine, self)
    if isinstance(held.layer, Composed):
        parts = {name: build(machine, part) for name, part in held.layer.parts().items()}
        machine.update(self, replace(held, attributes={**held.attributes, **parts}))


def build(machine: Machine, layer: Layer) -> Ref:
    """An object for a layer that library code made. It has no place in the program: problems are shown where its owner is called."""
    ref = machine.new(Instance(torch.entries[f"nn.{type(layer).label}"], {}, layer))
    add_parts(machine, ref)
    return ref


def run(machine: Machine, self: Ref, name: str, *args: Value, **kwargs: Value) -> Value:
    """Call what an object has under a name. Raises Undecided with the reason if the result is not known."""
    return known(machine.call(machine.attribute(self, name), args, kwargs))


def known(value: Value) -> Value:
    """The value. Raises Undecided with its reason if it is not known."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return value

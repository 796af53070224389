"""A Keras model as a summary shows it: its layers by their names, nested models opened up, and their variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dimlint.core.dim import Shape, product
from dimlint.core.value import Function, ListObject, Machine, Method, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.names import class_name, snake_case
from dimlint.libraries.keras.objects import instance, is_a, symbolic, to_dims
from dimlint.libraries.keras.own import parameters
from dimlint.libraries.keras.variables import trained, variables_of
from dimlint.libraries.outline import Weight


class KerasOutline:
    """See ``Outline``."""

    def __init__(self, machine: Machine, model: Ref) -> None:
        self.machine = machine
        self.model = model

    def stated_inputs(self) -> list[Tensor]:
        """Those of a functional model, or of a stack that is built."""
        attributes = instance(self.machine, self.model).attributes
        known = attributes.get("_inputs", attributes.get("_tensors", ())[:1] if "_tensors" in attributes else ())
        if isinstance(known, Unknown) or not all(isinstance(tensor, Tensor) for tensor in known):
            return []
        return [replace(tensor, step=None, origin=None) for tensor in known]

    def arguments(self, inputs: Sequence[Tensor]) -> tuple[Value, ...]:
        """Several inputs go in as one list, unless the program's own ``call`` takes them one by one."""
        call = self.machine.attribute(self.model, "call")
        function = call.function if isinstance(call, Method) else None
        single = isinstance(function, Function) and len(set(parameters(function)) - {"self", "training", "mask"}) < len(inputs)
        if len(inputs) < 2 or (isinstance(function, Function) and not single):
            return tuple(inputs)
        return (self.machine.new(ListObject(tuple(inputs))),)

    @staticmethod
    def input(sizes: Sequence[int | None]) -> Tensor:
        """Batch sizes are left open."""
        return symbolic(Shape(*to_dims((None, *sizes[1:]), "input_shape")))

    def name(self, path: Sequence[Ref]) -> str | None:
        outer, leaf = [ref for ref in path[:-1] if ref != self.model], path[-1]
        if any(is_a(self.machine, leaf, kind) for kind in ("Model", "layers.InputLayer")):
            return None
        if not all(is_a(self.machine, ref, "Model") for ref in path[:-1]):
            return None
        return "/".join(map(self._own_name, (*outer, leaf)))

    def _own_name(self, layer: Ref) -> str:
        name = instance(self.machine, layer).attributes.get("name")
        return name if isinstance(name, str) else f"{snake_case(class_name(self.machine, layer) or 'layer')}_?"

    def weights(self, part: Ref) -> list[Weight]:
        kept = {(item.owner, item.name) for item in trained(self.machine, part)}
        found = variables_of(self.machine, part)
        return [Weight((item.owner, item.name), product(item.shape), (item.owner, item.name) in kept) for item in found]

"""A Keras model as a summary shows it: its layers by their names, nested models opened up, and their variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dimlint.core.dim import Dim, Shape, product
from dimlint.core.value import Function, ListObject, Machine, Method, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.graph import operations
from dimlint.libraries.keras.names import class_name, snake_case
from dimlint.libraries.keras.objects import instance, is_a, symbolic, tensors, to_dims
from dimlint.libraries.keras.own import parameters
from dimlint.libraries.keras.variables import trained, variables_of
from dimlint.libraries.outline import Placeholder, Weight


class KerasOutline:
    """See ``Outline``."""

    separator = "/"
    builds_late = True

    def __init__(self, machine: Machine, model: Ref) -> None:
        self.machine = machine
        self.model = model
        self.name = self._own_name(model)

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

    def path(self, calls: Sequence[Ref]) -> tuple[str, ...] | None:
        if is_a(self.machine, calls[-1], "layers.InputLayer") or not all(self._is_model(ref) for ref in calls[:-1]):
            return None
        return tuple(self._own_name(ref) for ref in calls if ref != self.model) if calls[-1] != self.model or len(calls) == 1 else None

    def is_leaf(self, part: Ref) -> bool:
        return not self._is_model(part)

    def part(self, path: Sequence[str]) -> Ref | None:
        """A layer that is used in several models has several paths; each part of a path is applied."""
        return None

    def _is_model(self, layer: Ref) -> bool:
        return is_a(self.machine, layer, "Model")

    def placeholders(self) -> Sequence[Placeholder]:
        """The input layers of a functional model."""
        attributes = instance(self.machine, self.model).attributes
        inputs, found, waiting = attributes.get("_inputs"), list[Placeholder](), list[Tensor]()
        if not isinstance(inputs, tuple) or not all(isinstance(tensor, Tensor) for tensor in inputs):
            return ()
        known = {tensor.origin: tensor for tensor in inputs if tensor.origin is not None}
        for item in operations(self.machine, inputs, tensors(self.machine, attributes.get("output"))):
            if isinstance(item, Ref) and item in known:
                waiting.append(known[item])
            elif isinstance(item, Ref) and waiting:
                found += [Placeholder(self._own_name(tensor.origin), "InputLayer", tensor, item) for tensor in waiting if tensor.origin]
                waiting = []
        return found

    def _own_name(self, layer: Ref) -> str:
        attributes = instance(self.machine, layer).attributes
        name = attributes.get("_shown", attributes.get("name"))  # what stands for several layers has no name of its own
        return name if isinstance(name, str) else f"{snake_case(class_name(self.machine, layer) or 'layer')}_?"

    def weights(self, part: Ref) -> list[Weight]:
        kept = {(item.owner, item.name) for item in trained(self.machine, part)}
        found = variables_of(self.machine, part)
        return [Weight((item.owner, item.name), product(item.shape), (item.owner, item.name) in kept) for item in found]

    def multiply_adds(self, part: Ref, inputs: Sequence[Tensor], output: Shape) -> Dim | None:
        """As in torch, for one sample; what no training changes by its nature (moving averages) is not counted."""
        found = [item for item in variables_of(self.machine, part) if item.trainable]
        recurrent = {item.owner for item in found if item.name.startswith("recurrent")}
        total: Dim = 0
        for item in found:
            is_convolution = "Conv" in (class_name(self.machine, item.owner) or "")
            if item.owner not in recurrent:
                uses = self._places(item.owner, output) if is_convolution else 1
            elif not inputs or (not is_convolution and inputs[0].shape.rank != 3):
                return None
            else:
                uses = inputs[0].shape[1] * (self._places_of_a_step(item.owner, output) if is_convolution else 1)
            total = total + uses * product(item.shape)
        return total

    def _places(self, layer: Ref, output: Shape) -> Dim:
        """The places of an output, batch and channels left out."""
        return product(output[2:] if self._has_channels_first(layer) else output[1:-1])

    def _places_of_a_step(self, layer: Ref, output: Shape) -> Dim:
        """The places of the last step of a recurrence of convolutions, whether or not all of them are kept."""
        end = len(output) - (0 if self._has_channels_first(layer) else 1)
        return product(output[end - getattr(instance(self.machine, layer).layer, "rank", 0) : end])

    def _has_channels_first(self, layer: Ref) -> bool:
        return getattr(instance(self.machine, layer).layer, "data_format", None) == "channels_first"

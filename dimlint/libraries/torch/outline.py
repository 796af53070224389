"""A module as a summary shows it: leaves by their names in ``named_modules()``, in evaluation mode, and their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from dimlint.core.dim import Dim, Shape, product, unknown_dim
from dimlint.core.value import LibraryClass, Machine, Ref, Tensor, Value
from dimlint.libraries.outline import Placeholder, Weight
from dimlint.libraries.torch.module import children, descendants, instance
from dimlint.libraries.torch.trained import is_trained, parameters_of


class TorchOutline:
    """See ``Outline``."""

    separator = "."
    builds_late = False
    name = ""

    def __init__(self, machine: Machine, model: Ref) -> None:
        self.machine = machine
        self.model = model
        machine.call(machine.attribute(model, "eval"))

    def stated_inputs(self) -> list[Tensor]:
        """A module knows no inputs."""
        return []

    def arguments(self, inputs: Sequence[Tensor]) -> tuple[Value, ...]:
        return tuple(inputs)

    @staticmethod
    def input(sizes: Sequence[int | None]) -> Tensor:
        return Tensor(Shape(*(unknown_dim("N", low=1) if size is None else size for size in sizes)), "torch")

    def path(self, calls: Sequence[Ref]) -> tuple[str, ...] | None:
        name = self._names.get(calls[-1])
        return None if name is None else tuple(name.split(".")) if name else ()

    def is_leaf(self, part: Ref) -> bool:
        return not children(self.machine, part)

    def part(self, path: Sequence[str]) -> Ref | None:
        return self._parts.get(".".join(path))

    def placeholders(self) -> Sequence[Placeholder]:
        """A module has no layers for its inputs."""
        return ()

    @cached_property
    def _names(self) -> dict[Ref, str]:
        return {ref: name for name, ref in descendants(self.machine, self.model)}

    @cached_property
    def _parts(self) -> dict[str, Ref]:
        return {name: ref for ref, name in self._names.items()}

    def weights(self, part: Ref) -> list[Weight]:
        found = parameters_of(self.machine, part)
        return [Weight(item.variable, product(item.shape), is_trained(self.machine, item), item.dtype) for _, item in found]

    def multiply_adds(self, part: Ref, inputs: Sequence[Tensor], output: Shape) -> Dim | None:
        """Of convolutions a parameter is used at each place of the output, of recurrent layers at each time step, else once a sample."""
        cls = instance(self.machine, part).cls
        is_convolution = "Conv" in (cls.label if isinstance(cls, LibraryClass) else getattr(self.machine.contents(cls), "name", ""))
        total: Dim = 0
        for name, tensor in parameters_of(self.machine, part):
            if name in ("weight", "bias"):
                uses = product((*output[:1], *output[2:])) if is_convolution else product(output[:1])
            elif "weight" in name or "bias" in name:
                uses = product(output[:2])
            else:
                continue
            total = total + uses * product(tensor.shape)
        return total

"""A module as a summary shows it: leaves by their names in ``named_modules()``, in evaluation mode, and their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from dimlint.core.dim import Shape, product, unknown_dim
from dimlint.core.value import Machine, Ref, Tensor, Value
from dimlint.libraries.outline import Weight
from dimlint.libraries.torch.module import children, descendants
from dimlint.libraries.torch.trained import is_trained, parameters_of


class TorchOutline:
    """See ``Outline``."""

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

    def name(self, path: Sequence[Ref]) -> str | None:
        return None if children(self.machine, path[-1]) else self._names.get(path[-1])

    @cached_property
    def _names(self) -> dict[Ref, str]:
        return {ref: name for name, ref in descendants(self.machine, self.model)}

    def weights(self, part: Ref) -> list[Weight]:
        found = parameters_of(self.machine, part)
        return [Weight(item.variable, product(item.shape), is_trained(self.machine, item)) for _, item in found]

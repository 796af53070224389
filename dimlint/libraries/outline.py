"""What a summary asks of a framework: what its models are made of, by which names, and how large the parts are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape
from dimlint.core.value import Machine, Ref, Tensor, Value


@dataclass(frozen=True)
class Weight:
    """A parameter, by what tells it from all others: its number of elements, whether it is trained (Unknown if not known), their type."""

    key: Hashable
    elements: Dim
    trainable: Value = True
    dtype: str | None = None


@dataclass(frozen=True)
class Placeholder:
    """A layer that stands for an input of a model: no layer that is applied, but listed among them. ``before``: the layer behind it."""

    name: str
    layer: str
    tensor: Tensor
    before: Ref


class Outline(Protocol):
    """One model as its framework sees it. The methods raise Undecided.

    separator: what stands between the names of a path. name: the framework's name of the model itself.
    builds_late: whether layers have no parameters before they are applied.
    """

    separator: str
    builds_late: bool
    name: str

    def __init__(self, machine: Machine, model: Ref) -> None:
        """Put the model into the state in which it is looked at."""

    def stated_inputs(self) -> list[Tensor]:
        """The inputs that the model itself knows; none if it knows none."""

    def arguments(self, inputs: Sequence[Tensor]) -> tuple[Value, ...]:
        """The arguments by which the model is called on these inputs."""

    @staticmethod
    def input(sizes: Sequence[int | None]) -> Tensor:
        """A tensor of a stated shape, batch first."""

    def path(self, calls: Sequence[Ref]) -> tuple[str, ...] | None:
        """The framework's names of a part that the model applied and of those around it, outermost first; None for what is no part.

        calls: the running calls, from the model's own to the part's. The model itself has no name.
        """

    def is_leaf(self, part: Ref) -> bool:
        """Whether a part has no parts of its own that the framework lists."""

    def part(self, path: Sequence[str]) -> Ref | None:
        """The part of that path, as far as parts have fixed ones."""

    def placeholders(self) -> Sequence[Placeholder]:
        """The layers that stand for the inputs, in the framework's order."""

    def weights(self, part: Ref) -> list[Weight]:
        """The parameters of the model, or of a part of it, and of all that it holds."""

    def multiply_adds(self, part: Ref, inputs: Sequence[Tensor], output: Shape) -> Dim | None:
        """The multiplications with additions of a leaf as torchinfo counts them, by its parameters and first output; None if not known."""

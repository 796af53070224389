"""What a summary asks of a framework: what its models are made of, by which names, and how large the parts are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim
from dimlint.core.value import Machine, Ref, Tensor, Value


@dataclass(frozen=True)
class Weight:
    """A parameter, by what tells it from all others, with its number of elements. ``trainable`` is Unknown if that is not known."""

    key: Hashable
    elements: Dim
    trainable: Value = True


class Outline(Protocol):
    """One model as its framework sees it. The methods raise Undecided."""

    def __init__(self, machine: Machine, model: Ref) -> None:
        """Put the model into the state in which it is looked at."""

    def stated_inputs(self) -> list[Tensor]:
        """The inputs that the model itself knows; none if it knows none."""

    def arguments(self, inputs: Sequence[Tensor]) -> tuple[Value, ...]:
        """The arguments by which the model is called on these inputs."""

    @staticmethod
    def input(sizes: Sequence[int | None]) -> Tensor:
        """A tensor of a stated shape, batch first."""

    def name(self, path: Sequence[Ref]) -> str | None:
        """The framework's name of a leaf that the model applied; None for what is no leaf.

        path: the running calls, from the model's own to the leaf's.
        """

    def weights(self, part: Ref) -> list[Weight]:
        """The parameters of the model, or of a part of it, and of all that it holds."""

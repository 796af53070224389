"""Common ground of the random programs: steps, and numbers that are sometimes written as names."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """One application in a chain ``x -> x``.

    layer: expression that constructs a layer, or None. apply: expression in ``x``, with ``{f}`` for the layer.
    """

    layer: str | None
    apply: str = "{f}(x)"

    @property
    def plain(self) -> bool:
        """Whether the step is a layer applied to ``x`` alone, as in a ``Sequential``."""
        return self.layer is not None and self.apply == "{f}(x)"


@dataclass(frozen=True)
class Program:
    """A program text and how it came about. fault: the kind of mistake that was tried, or ``none``."""

    text: str
    idiom: str
    fault: str


@dataclass
class Numbers:
    """Writes integers: as literals, as arithmetic, or as module-level names, whose definitions it collects."""

    rng: random.Random
    names: dict[str, int] = field(default_factory=dict)

    def __call__(self, value: int) -> str:
        roll = self.rng.random()
        if roll < 0.85 or value < 1:
            return str(value)
        if roll < 0.92:
            part = self.rng.randint(1, value)
            return f"{part} + {value - part}" if part < value else f"{value} * 1"
        name = f"SIZE_{len(self.names)}"
        self.names[name] = value
        return name

    def many(self, values: Sequence[int]) -> str:
        """A tuple of sizes, or one size where all are equal."""
        if len(set(values)) == 1 and self.rng.random() < 0.7:
            return self(values[0])
        return "(" + ", ".join(map(self, values)) + ("," if len(values) == 1 else "") + ")"

    def definitions(self) -> str:
        """The module-level assignments of the names in use."""
        return "".join(f"{name} = {value}\n" for name, value in self.names.items())


def indented(lines: Sequence[str], depth: int) -> str:
    """Lines joined with four spaces for each level."""
    return "".join("    " * depth + line + "\n" for line in lines)

"""The smallest input that a model takes: it is run once more on open spatial sizes, and what its layers ask of them is solved."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.axis import Condition
from dimlint.core.dim import Shape, Symbol, SymbolicDim
from dimlint.core.opening import SPATIAL, open_dim
from dimlint.core.report import ShapeData
from dimlint.core.smallest import at_least, sizes_that_work
from dimlint.core.value import Ref, Tensor
from dimlint.interpreter.machine import Interpreter

BATCH = 2
"""The batch on which the layers are asked; one may be too few for a normalization."""


def smallest_input(machine: Interpreter, model: Ref, inputs: Sequence[Tensor]) -> ShapeData | None:
    """The input with the smallest equal spatial sizes; None where the model has no such axes or only certain sizes work.

    inputs: those that are known to work, of which the first is an image, a sequence of channels or a volume, channels first.
    """
    if len(inputs) != 1 or inputs[0].library != "torch" or len(inputs[0].shape) - 2 not in SPATIAL:
        return None
    shape = inputs[0].shape
    spatial = [open_dim(name) for name in SPATIAL[len(shape) - 2]]
    record = machine.record
    before = record.mark()
    known = machine.assumed()
    asked: list[Condition] = []

    def apply() -> None:
        machine.call(model, (Tensor(Shape(BATCH, shape[1], *spatial), inputs[0].library),))
        asked.extend(condition for condition in machine.assumed() if condition not in known)

    failure = machine.alone(apply)
    application = record.applications.get(model)
    went_well = failure is None and application is not None and application.reason is None and not application.wrong
    record.go_back(before)
    axes = [symbol for size in spatial for symbol in _symbols(size)]
    found = sizes_that_work(asked, axes, {}) if went_well else None
    smallest = at_least(found) if found else None
    first = shape[0] if isinstance(shape[0], int) else None
    return None if smallest is None else (first, _known(shape[1]), *(smallest,) * len(spatial))


def _symbols(size: object) -> frozenset[Symbol]:
    return size.symbols if isinstance(size, SymbolicDim) else frozenset()


def _known(size: object) -> int | None:
    return size if isinstance(size, int) else None

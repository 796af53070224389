"""The input sizes with which a model works: it is run once more on open spatial sizes, and what its layers ask of them is solved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dimlint.core.axis import Condition, Progression
from dimlint.core.dim import Dim, Shape, Symbol, SymbolicDim
from dimlint.core.opening import SPATIAL, open_dim
from dimlint.core.report import ShapeData
from dimlint.core.smallest import at_least, condition_text, sizes_that_work
from dimlint.core.value import NO_OBJECT, Ref, Tensor, Value
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import Application
from dimlint.outcome import unknown_reason

BATCH = 2
"""The batch on which the layers are asked; one may be too few for a normalization."""
SAMPLED = 2
"""Ranges of sizes of which some are tried."""


def input_sizes(machine: Interpreter, model: Ref, inputs: Sequence[Tensor]) -> tuple[ShapeData | None, str | None]:
    """The input with the smallest equal spatial sizes, or else the condition on them where only certain sizes work.

    inputs: those that are known to work, of which the first is an image, a sequence of channels or a volume, channels first.
    """
    if len(inputs) != 1 or inputs[0].library != "torch" or len(inputs[0].shape) - 2 not in SPATIAL:
        return None, None
    shape = inputs[0].shape
    axes = range(2, len(shape))
    found = sizes_that_run(machine, model, inputs[0], axes, lambda x: machine.call(model, (x,)))
    if not found:
        return None, None
    smallest = at_least(found)
    if smallest is None:
        names = SPATIAL[len(axes)]
        return None, condition_text(names[0], found) + (f" ({' = '.join(names)})" if len(names) > 1 else "")
    first = shape[0] if isinstance(shape[0], int) else None
    return (first, _known(shape[1]), *(smallest,) * len(axes)), None


def sizes_that_run(
    machine: Interpreter, model: Value, x: Tensor, axes: Sequence[int], run: Callable[[Tensor], Value]
) -> tuple[Progression, ...] | None:
    """The sizes that the given axes of a model's only input may have, all of them the same; None if that is not known.

    model: what is run, for the record. run: calls it.
    """
    spatial = [open_dim(name) for name in SPATIAL[len(axes)]]
    before = machine.broadcasts
    asked = _asked(machine, model, replace(x, shape=_opened(x.shape, axes, spatial), step=None), run)
    if asked is None or machine.broadcasts != before:
        return None
    found = sizes_that_work(asked, [symbol for size in spatial for symbol in _symbols(size)], {})
    for size in _samples(found or ()):
        given = replace(x, shape=_opened(x.shape, axes, [size] * len(axes)), step=None)
        if (_asked(machine, model, given, run) is not None) != any(size in part for part in found or ()):
            return None  # a rule asks nothing of open sizes that it asks of known ones
    return found


def _asked(machine: Interpreter, model: Value, x: Tensor, run: Callable[[Tensor], Value]) -> list[Condition] | None:
    """What the layers ask of open sizes in a run; None where it does not go well."""
    record = machine.record
    before = record.mark()
    known = machine.assumed()
    asked: list[Condition] = []
    application = Application(model if isinstance(model, Ref) else NO_OBJECT)

    def apply() -> None:
        application.output = run(x)
        asked.extend(condition for condition in machine.assumed() if condition not in known)

    record.running.append(application)
    failure = machine.alone(apply)
    record.running.remove(application)
    went_well = failure is None and application.reason is None and not application.wrong and unknown_reason(application.output) is None
    record.go_back(before)
    return asked if went_well else None


def _samples(found: Sequence[Progression]) -> list[int]:
    """Some sizes that work or do not, at the ends of what was found."""
    ends = [(part.first, part.first + part.step, part.last or part.first) for part in found[:SAMPLED]]
    near = {size + way for sizes in ends for size in sizes for way in (-1, 0, 1)}
    return sorted(size for size in near if size > 0)


def _opened(shape: Shape, axes: Sequence[int], spatial: Sequence[Dim]) -> Shape:
    sizes = [BATCH, *shape[1:]] if isinstance(shape[0], int) else [*shape]
    for axis, size in zip(axes, spatial):
        sizes[axis] = size
    return Shape(*sizes)


def _symbols(size: object) -> frozenset[Symbol]:
    return size.symbols if isinstance(size, SymbolicDim) else frozenset()


def _known(size: object) -> int | None:
    return size if isinstance(size, int) else None

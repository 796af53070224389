"""Inputs of an example, for a model of which open sizes leave something undecided: if all goes well with them, the model works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from dimlint.core.axis import Condition, numbers, solutions
from dimlint.core.dim import Shape, Symbol, SymbolicDim, substitute
from dimlint.core.opening import any_rank
from dimlint.core.value import REPORTED
from dimlint.interpreter.record import NOT_GIVEN, Application, unknown_reason

if TYPE_CHECKING:
    from dimlint.interpreter.opening import Attempt, Search
    from dimlint.interpreter.record import Milestone

Shapes = Mapping[int, Shape]

SIZES = ((64, 8), (224, 3), (32, 64), (256, 16), (10, 2))
"""What open sizes are in examples, each with the number of channels or features: many sizes of programs divide them."""
BATCH = 2
FEATURES = ("C", "F")
SAMPLE_SHARE = 6
"""The part of the steps that are left which the examples of one model may take."""
MAX_SAMPLES = 10
"""Examples that are tried of one model."""
FIRST_SAMPLES = 3
"""Examples for the run that counts, before those for others."""
MAX_SIZE = 4096
MAX_RANKS = 4
"""Shapes that are tried of an input that nothing reads."""


def show_by_example(search: Search, before: Milestone) -> bool:
    """Try a model that is left in doubt on inputs of known sizes. One that works is verified; what goes wrong is not wrong."""
    machine, record = search.machine, search.machine.record
    earlier = record.applications.get(search.ref)
    if search.ref in record.inner or (earlier is not None and (earlier.reason or "").endswith(NOT_GIVEN)):
        return False
    after = record.mark()
    reasons = {earlier.reason if earlier is not None else None}
    sizes = SIZES if machine.example is None else ((machine.example.number, machine.example.number), *SIZES)
    with machine.fuel.share(SAMPLE_SHARE):
        for base, shapes in islice(_tries(search, sizes), MAX_SAMPLES):
            record.applications.pop(search.ref, None)
            opened = search.once(shapes)
            found = record.applications.get(search.ref)
            well = opened is None and len(record.discoveries) == after.discoveries and record.is_verified([search.ref])
            again = found is not None and found.reason in reasons - {None, REPORTED}  # what no size decides
            reasons.add(found.reason if found is not None else None)
            hopeless = again or any(reason.endswith(NOT_GIVEN) for _, reason in record.gaps[after.gaps :])
            record.go_back(after)
            if well and found is not None:
                record.applications[search.ref] = _told(found, earlier, [base.get(number) for number in range(search.count)])
                del record.gaps[before.gaps :]
            if well or hopeless or machine.fuel.steps <= 0:
                return well
    return False


def _told(found: Application, earlier: Application | None, shapes: list[Shape | None]) -> Application:
    """The run of an example with open sizes in place of the numbers that it was tried on."""
    inputs = tuple(tensor and replace(tensor, shape=shape or tensor.shape) for tensor, shape in zip(found.inputs, shapes))
    if earlier is not None and len(earlier.inputs) >= len(inputs):
        inputs = tuple(a or b for a, b in zip(earlier.inputs, (*inputs, *earlier.inputs[len(inputs) :])))
    output = earlier.output if earlier is not None and unknown_reason(earlier.output) is None else None
    return replace(found, inputs=inputs, output=output)


def _tries(search: Search, sizes: Sequence[tuple[int, int]]) -> Iterator[tuple[Shapes, Shapes]]:
    """Open shapes of all inputs, each with what is put in their place: those of the run that counts, and of others, the likeliest first."""
    if not search.attempts:
        return
    seen: list[tuple[Shapes, tuple[int, ...]]] = []
    last = search.attempts[-1]
    first = _of_attempt(search, last, sizes)
    yield from islice(first, FIRST_SAMPLES)
    for attempt in search.attempts:
        if (attempt.shapes, attempt.listed) not in [(last.shapes, last.listed), *seen]:
            seen.append((attempt.shapes, attempt.listed))
            search.listed[:] = attempt.listed
            yield from islice(_of_attempt(search, attempt, sizes), 1)
    search.listed[:] = last.listed
    yield from first


def _of_attempt(search: Search, attempt: Attempt, sizes: Sequence[tuple[int, int]]) -> Iterator[tuple[Shapes, Shapes]]:
    """An input that nothing has read may have any rank."""
    rest = [number for number in range(search.count) if number not in attempt.shapes and number not in attempt.listed]
    for shape in any_rank()[:MAX_RANKS] if rest else [Shape()]:
        base = {**attempt.shapes, **dict.fromkeys(rest, shape)}
        for shapes in islice(_samples(base, attempt.conditions, sizes), 1 if rest else None):
            yield base, shapes


def _samples(shapes: Shapes, conditions: Sequence[Condition], sizes: Sequence[tuple[int, int]]) -> Iterator[Shapes]:
    """The shapes with numbers for open sizes that meet what is asked of them."""
    symbols = {symbol for shape in shapes.values() for size in shape if isinstance(size, SymbolicDim) for symbol in size.symbols}
    told = [item for item in conditions if item.size.symbols <= symbols]
    own = {symbol: [item for item in told if item.size.symbols == {symbol}] for symbol in symbols}
    tried: list[Mapping[Symbol, int]] = []
    for size, features in sizes if symbols else ():
        values = {symbol: _value(symbol, own[symbol], size, features) for symbol in symbols}
        if values not in tried and all(item.holds(values) for item in told):
            tried.append(values)
            yield {number: Shape(*(substitute(item, values) for item in shape)) for number, shape in shapes.items()}


def _value(symbol: Symbol, conditions: Sequence[Condition], size: int, features: int) -> int:
    """A number for a symbol: the usual one, or the first that meets the conditions on it alone."""
    usual = BATCH if symbol.name == "N" else features if symbol.name in FEATURES else size
    if all(item.holds({symbol: usual}) for item in conditions):
        return usual
    return next(numbers(solutions(symbol, tuple(conditions)) or (), MAX_SIZE), usual)

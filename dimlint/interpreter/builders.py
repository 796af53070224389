"""Functions and plain classes of Keras programs that build models for an input that nobody gives: run for one of an example.

The first layer that reads an argument, or the first statement of sizes, ends the run and tells what the argument is; the function is run
anew with an example of it. If all models that it builds work, they are verified; what goes wrong with an example is not wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dimlint.core.dataclass import dataclass
from dimlint.core.opening import OpenedArgument
from dimlint.core.problem import bare
from dimlint.core.value import Function, Raised, Ref, Value
from dimlint.interpreter.holding import outer_models
from dimlint.interpreter.record import NOT_GIVEN
from dimlint.source import Source

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter
    from dimlint.interpreter.record import Milestone

Sizes = tuple[int, ...]

FRAMEWORKS = ("keras", "tensorflow")
EXAMPLES: Mapping[int, tuple[Sizes, ...]] = {
    1: ((64,),),
    2: ((64, 8),),
    3: ((256, 256, 3), (224, 224, 3), (32, 32, 3), (28, 28, 1)),
    4: ((32, 64, 64, 3),),
}
"""Sizes of one sample by the number of its axes: many networks divide them, some are made for those of a data set."""
ORDER = (3, 2, 1, 4)
"""Numbers of axes, the likeliest first."""
EXAMPLE_SHARE = 3
"""The part of the steps that are left which the examples of one function may take."""
MAX_RUNS = 12
"""Runs of one function until its arguments are settled."""


def show_function_by_example(machine: Interpreter, function: Function, source: Source, before: Milestone) -> None:
    """Try a function for an example that lacked what nobody gives. before: the record as it was before its run."""
    record = machine.record
    if any(reason.endswith(NOT_GIVEN) for _, reason in record.gaps[before.gaps :]) and len(record.discoveries) == before.discoveries:
        after = record.mark()
        if _works(Builder(machine, function, function, source)):
            record.cut(before, after)


def show_class_by_example(machine: Interpreter, cls: Ref, source: Source) -> None:
    """Try a class that is no model, and that nobody makes use of, for an example: objects of it may build models."""
    init = machine.class_attribute(machine.mro(cls), "__init__")
    if isinstance(init, Function) and id(init.node) not in machine.called:
        _works(Builder(machine, cls, init, source, skipped=1))


def _works(builder: Builder) -> bool:
    """Whether all models that are built work for an example; if not, what the example shows is forgotten."""
    machine, record = builder.machine, builder.machine.record
    if not any(name.startswith(FRAMEWORKS) for name in machine.found):
        return False
    before = record.mark()
    machine.ledger.searched.add(id(builder.function.node))
    with machine.fuel.share(EXAMPLE_SHARE):
        well = builder.works({})
    machine.ledger.searched.discard(id(builder.function.node))
    if well:
        outer = [ref for ref, _ in outer_models(machine, builder.source, before.built)]
        record.exemplary.update(set(record.built[before.built :]).difference(outer))
    else:
        record.go_back(before)
    return well


@dataclass
class Builder:
    """The runs of one function or class. function: it or its ``__init__``, of which so many parameters are skipped."""

    machine: Interpreter
    callee: Value
    function: Function
    source: Source
    skipped: int = 0
    runs: int = 0

    def works(self, given: Mapping[str, tuple[str, Sizes]]) -> bool:
        """Whether the models work that the function builds for these arguments, or for these and examples of others.

        given: by the name of an argument, what it serves as and its sizes. The record is that of the last run.
        """
        self.runs += 1
        before = self.machine.record.mark()
        opened = self._run(given)
        if not isinstance(opened, OpenedArgument):
            return opened and self._is_well(before)
        for sizes in _examples(opened):
            self.machine.record.go_back(before)
            if self.runs >= MAX_RUNS or self.machine.fuel.steps <= 0 or opened.name in given:
                return False
            if self.works({**given, opened.name: (opened.role, sizes)}):
                return True
        return False

    def _run(self, given: Mapping[str, tuple[str, Sizes]]) -> OpenedArgument | bool:
        """One run: whether it came to its end, or the argument that it met."""
        machine, footing = self.machine, self.machine.footing()
        ended: list[OpenedArgument | bool] = []

        def run() -> None:
            try:
                machine.call(self.callee, *self._arguments(given), site=None)
                ended.append(True)
            except OpenedArgument as opened:
                machine.regain(footing)
                ended.append(bare(opened))
            except Raised:
                ended.append(False)

        machine.alone(lambda: machine.on_defaults(self.function, run))
        return ended[-1] if ended else False

    def _arguments(self, given: Mapping[str, tuple[str, Sizes]]) -> tuple[list[Value], dict[str, Value]]:
        """What is given, by place where it must be and else by name; the rest is open."""
        machine, function = self.machine, self.function
        parameters = function.node.params
        made = {name: self._argument(*what) for name, what in given.items()}
        names = [p.name.value for p in (*parameters.posonly_params, *parameters.params)[self.skipped :]]
        names = [name for name in names if name not in function.defaults]
        return [made.pop(name) if name in made else machine.missing(name, function) for name in names], made

    def _argument(self, role: str, sizes: Sizes) -> Value:
        if role == "input":
            return self.machine.call(self.machine.libraries["keras"].entries["layers.Input"], (sizes,), {}, site=None)
        return (None, *sizes) if "batch" in role else sizes

    def _is_well(self, before: Milestone) -> bool:
        """Whether nothing is wrong with the models that were built, and all of them were followed."""
        record = self.machine.record
        found = [ref for ref, _ in outer_models(self.machine, self.source, before.built)]
        return len(record.discoveries) == before.discoveries and record.is_verified(found)


def _examples(opened: OpenedArgument) -> Iterator[Sizes]:
    """Sizes that an argument may have, without the batch."""
    ranks = [len(shape) - 1 for shape in opened.shapes]
    for rank in ORDER:
        if rank in ranks:
            yield from EXAMPLES[rank]

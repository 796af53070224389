"""Models whose input nobody states: run again and again until the layers have told what they take.

Each open input stands for a tensor of unread shape. The first layer that reads it ends the run and names the shapes that it takes
(``Layer.assume``); the model is run anew on each of them until one goes well. What goes wrong on all of them is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.axis import Condition
from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Product, Shape, SymbolicDim
from dimlint.core.library import ENTRIES
from dimlint.core.opening import Opened, OpenList, OpenShape, any_rank, named_shapes
from dimlint.core.problem import bare
from dimlint.core.results import ByRank
from dimlint.core.rules import RANK
from dimlint.core.value import Function, Raised, Ref, Tensor, Unknown, Value
from dimlint.interpreter.annotations import stated_shape
from dimlint.interpreter.frame import Site, serial
from dimlint.interpreter.record import told
from dimlint.interpreter.sampling import show_by_example

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter
    from dimlint.interpreter.record import Discovery, Milestone

MAX_RUNS = 24
"""Runs of one model until its open inputs are settled."""
MAX_RUNS_DOUBTFUL = 8
"""Runs in search of a shape with which all is followed; then one with which nothing is wrong is good enough."""
MAX_INPUTS = 6
"""Inputs that are tried of a model that takes any number."""

RANKS = (3, 2, 4)
"""Ranks that all inputs of a model may have."""

MAX_RUNS_EACH = 10
"""Runs for each number of inputs."""

Shapes = Mapping[int, Shape]
"""Shapes of open inputs that are tried, by the number of the input."""


class Outcome(Enum):
    """How a model fares on its inputs, best first."""

    WELL = 0
    DOUBTFUL = 1
    """Nothing is wrong, but not all was followed."""
    OPEN = 2
    """The program raised an exception, or not all inputs were tried: nothing is wrong for certain."""
    RAISED = 3
    """The program takes another number of sizes."""
    WRONG = 4


@dataclass(frozen=True)
class Attempt:
    """A run that has come to its end: on what shapes, and what it asks of open sizes. listed: as in ``Search``."""

    shapes: Shapes
    conditions: tuple[Condition, ...]
    listed: tuple[int, ...]


Place = tuple[Site, str]
"""Where a problem is reported, and its rule."""


@dataclass(frozen=True)
class Tried:
    """How a model fares on some shapes, how many layers it applies, and what is wrong."""

    outcome: Outcome
    layers: int
    shapes: Shapes
    places: frozenset[Place]

    def is_of_another_rank(self) -> bool:
        """Whether nothing but ranks is wrong: a shape of which a size is refused has come further."""
        return bool(self.places) and all(rule == RANK.symbol for _, rule in self.places)


@dataclass
class Search:
    """The runs of one model."""

    machine: Interpreter
    ref: Ref
    library: str
    reason: str
    count: int
    stated: Shapes = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    """The names of the last inputs, if they can only be given by name: ``forward(self, *, query, key)``."""
    optional: tuple[str, ...] = ()
    """Parameters whose default is None, which callers may give."""
    given: bool = False
    """Whether they are taken to be given."""
    most_runs: int = MAX_RUNS
    variadic: bool = False
    """Whether the model takes any number of inputs: ``forward(self, *features)``."""
    listed: list[int] = field(default_factory=list)
    """The inputs that are taken to be lists of tensors, or dictionaries of them."""
    items: dict[tuple[int, int | str], int] = field(default_factory=dict)
    """What the tensors in them are counted as, by input and index or key."""
    runs: int = 0
    raised: Raised | None = None
    """The exception that the program raised in the last run."""
    ended: str | None = None
    """Why the last run did not come to its end."""
    attempts: list[Attempt] = field(default_factory=list)
    """The runs that have come to their end, the last one last."""
    special: bool = False
    """Whether the last run asks for a product of open sizes: a likely shape may, one that only rescues the model may not."""

    @classmethod
    def of(cls, machine: Interpreter, ref: Ref, library: str) -> Search:
        """The search for a model of that library: each parameter of its ``forward`` without a default is an open input."""
        name = machine.class_name(machine.contents(ref).cls)
        positional, keyword = _parameters(machine, ref)
        every = [*positional, *keyword]
        parameters = [p for p in every if p.default is None]
        search = cls(machine, ref, library, f"the input of {name} is not known", max(1, len(parameters)))
        search.keywords = tuple(p.name.value for p in keyword if p.default is None)
        search.variadic = _is_variadic(machine, ref)
        stated = {number: stated_shape(parameter.annotation) for number, parameter in enumerate(parameters)}
        search.optional = tuple(p.name.value for p in every if isinstance(p.default, cst.Name) and p.default.value == "None")
        search.stated = named_shapes({number: sizes for number, sizes in stated.items() if sizes is not None})
        return search

    def start(self) -> None:
        """Run the model on what its annotations state; the rest is open."""
        self._start()
        if self.ended is not None and self.ref not in self.machine.record.applications:
            self.machine.record.unrun.setdefault(self.ref, self.ended)

    def _start(self) -> None:
        before = self.machine.record.mark()
        if self.variadic:
            self._start_variadic()
            return
        self.machine.declined_to_read = False
        outcome = self.run(self.stated)
        if outcome is Outcome.WRONG and self.optional:
            self.machine.record.go_back(before)
            self.given, self.runs = True, 0
            outcome = self.run(self.stated)
        if outcome is Outcome.DOUBTFUL and self.machine.declined_to_read and not self._is_well_in_doubt(before):
            outcome = self._anew(before)
        if outcome not in (Outcome.DOUBTFUL, Outcome.OPEN) or self._is_shown(before):
            return
        if outcome is Outcome.OPEN and self.optional:
            self._give_optional(before)

    def _is_shown(self, before: Milestone) -> bool:
        """Whether the model works with inputs of one rank, or with those of an example."""
        return self._works_alike(before) or show_by_example(self, before)

    def _give_optional(self, before: Milestone) -> None:
        """Inputs whose default is None may be what all callers give: whether the model works with them."""
        known = (self.count, self.keywords, self.given, self.attempts)
        names = tuple(name for name in self.optional if name not in self.keywords)
        self.count, self.keywords, self.given, self.attempts = self.count + len(names), (*self.keywords, *names), False, []
        if not self._is_shown(before):
            self.count, self.keywords, self.given, self.attempts = known

    def _works_alike(self, before: Milestone) -> bool:
        """Whether the model works with inputs that all have the same rank: not all combinations of ranks may have been tried."""
        record = self.machine.record
        after, listed = record.mark(), list(self.listed)
        self.listed.clear()
        for rank in RANKS if self.count > 1 else ():
            shapes = dict(self.stated)
            for _ in range(self.count + 1):
                opened = self.once(shapes)
                fitting = [shape for shape in opened.shapes if len(shape) == rank] if opened is not None else []
                if not fitting or opened is None or self.raised is not None or len(record.discoveries) > after.discoveries:
                    break
                shapes[opened.number] = fitting[0]
                record.go_back(after)
            well = opened is None and self.raised is None and len(record.discoveries) == after.discoveries
            well = well and bool(shapes) and record.is_verified([self.ref])
            record.go_back(after)
            if well:
                record.go_back(before)
                self.once(shapes)
                return True
        self.listed[:] = listed
        return False

    def _is_well_in_doubt(self, before: Milestone) -> bool:
        """Whether all goes well with a shape that only code under an undecided condition tells: nothing is wrong for that."""
        with self.machine.taking(reads_in_doubt=True):
            return self._anew(before) is Outcome.WELL

    def _anew(self, before: Milestone) -> Outcome:
        """The search from its start."""
        self.machine.record.go_back(before)
        self.runs = 0
        self.listed.clear()
        self.items.clear()
        return self.run(self.stated)

    def _start_variadic(self) -> None:
        """Nobody says how many inputs a model takes: those with which it goes well, but nothing that goes wrong with some is wrong."""
        before, least = self.machine.record.mark(), self.count
        self.most_runs = MAX_RUNS_EACH
        for self.count in range(least, least + MAX_INPUTS):
            self.runs = 0
            if self.run(self.stated) in (Outcome.WELL, Outcome.DOUBTFUL):
                return
            self.machine.record.go_back(before)
        self.count = least
        self.once(self.stated, muted=True)

    def run(self, shapes: Shapes) -> Outcome:
        """Run the model, and again for what its open inputs may be. The record is that of the run that counts."""
        self.runs += 1
        before = self.machine.record.mark()
        opened = self.once(shapes)
        if len(self.machine.record.discoveries) > before.discoveries:
            return Outcome.WRONG
        if self.raised is not None:
            return Outcome.RAISED if isinstance(self.raised, ByRank) else Outcome.OPEN
        if opened is None:
            return self._unread(shapes, before)
        if not opened.shapes:
            self.listed.append(opened.number)
            return self.run(shapes)
        ranks = {len(shape) for shape in shapes.values()}
        tried = [{**shapes, opened.number: shape} for shape in sorted(opened.shapes, key=lambda shape: len(shape) not in ranks)]
        outcomes: list[Tried] = []
        for candidate in tried:
            self.machine.record.go_back(before)
            if self.runs >= self.most_runs:  # not all were tried: nothing is wrong for certain
                self.once(tried[0], muted=True)
                return Outcome.OPEN
            outcome = self.run(candidate)
            rescued = self.special and _is_unbatched(candidate[opened.number], tried[0][opened.number])  # nobody means it
            well = outcome is Outcome.WELL or (outcome is Outcome.DOUBTFUL and self.runs >= MAX_RUNS_DOUBTFUL)
            if well and not rescued:
                return outcome
            rescued = rescued and outcome in (Outcome.WELL, Outcome.DOUBTFUL)
            places = self._places(before)
            outcomes.append(Tried(Outcome.WRONG, -1, candidate, places) if rescued else Tried(outcome, self._layers(), candidate, places))
        self.machine.record.go_back(before)
        if any(item.outcome is Outcome.WRONG for item in outcomes):  # an exception is no better than a refusal
            outcomes = [item for item in outcomes if item.outcome is not Outcome.RAISED]
        found = min(outcomes, key=lambda item: (item.outcome.value, -item.layers, item.is_of_another_rank()))
        if opened.several and found.outcome is not Outcome.WELL:
            return self._several(opened.number, found, before)
        outcome = self.run(found.shapes)
        self._keep(frozenset.intersection(*(item.places for item in outcomes)), before)
        return outcome

    def _places(self, before: Milestone) -> frozenset[Place]:
        """Where something is wrong with the shapes that the last run was made on."""
        return frozenset(map(_place, self.machine.record.discoveries[before.discoveries :]))

    def _keep(self, places: frozenset[Place], before: Milestone) -> None:
        """What is wrong with every shape is what is wrong, if there is anything; with none of them, all that is wrong with one."""
        discoveries = self.machine.record.discoveries
        kept = [found for found in discoveries[before.discoveries :] if _place(found) in places]
        if kept:
            discoveries[before.discoveries :] = kept

    def _several(self, number: int, found: Tried, before: Milestone) -> Outcome:
        """An input of which items are taken, and that does not go well as a tensor: it may be a list of tensors."""
        shapes = {key: shape for key, shape in found.shapes.items() if key != number}
        self.listed.append(number)
        self.runs = 0
        outcome = self.run(shapes)
        if outcome.value < found.outcome.value:
            return outcome
        self.machine.record.go_back(before)
        self.listed.remove(number)
        return self.run(found.shapes)

    def _unread(self, shapes: Shapes, before: Milestone) -> Outcome:
        """All went well, but for inputs that nothing has read: a model that takes any shape is run on the usual one."""
        rest = [number for number in range(self.count) if number not in shapes and number not in self.listed]
        if not rest or self.runs >= self.most_runs:
            return self._settled()
        usual = any_rank()[0]
        self.machine.record.go_back(before)
        if self.once({**shapes, **dict.fromkeys(rest, usual)}) is None and len(self.machine.record.discoveries) == before.discoveries:
            return self._settled()
        self.machine.record.go_back(before)
        self.once(shapes)
        return self._settled()

    def _settled(self) -> Outcome:
        return Outcome.WELL if self.machine.record.is_verified([self.ref]) else Outcome.DOUBTFUL

    def _layers(self) -> int:
        """How many layers the last run has applied."""
        application = self.machine.record.applications.get(self.ref)
        return application.layers if application is not None else 0

    def once(self, shapes: Shapes, *, muted: bool = False) -> Opened | None:
        """One run; what it met if it met an open input."""
        machine, footing = self.machine, self.machine.footing()
        args = [self._input(number, shapes) for number in range(self.count)]
        positional = self.count - len(self.keywords)
        met: list[Opened] = []
        self.raised, self.ended, self.special, found = None, None, False, len(machine.record.discoveries)

        def apply() -> None:
            try:
                with machine.muted(muted):
                    machine.call(self.ref, args[:positional], {**dict(zip(self.keywords, args[positional:])), **self._options()}, site=None)
                if len(machine.record.discoveries) == found:
                    self.attempts.append(Attempt(shapes, machine.assumed(), tuple(self.listed)))
                self.special = any(_is_product(condition.size) and not condition.positive for condition in machine.assumed())
            except Raised as raised:
                self.raised, self.ended = bare(raised), told(raised)
            except Opened as opened:
                machine.regain(footing)
                met.append(bare(opened))

        machine.record.assuming = len(self.stated) < self.count
        self.ended = machine.alone(apply) or self.ended
        machine.record.assuming = False
        return met[0] if met else None

    def _options(self) -> dict[str, Value]:
        return {name: Unknown(f"whether {name!r} is given is not known") for name in self.optional if self.given}

    def _input(self, number: int, shapes: Shapes) -> Value:
        if number not in self.listed:
            return Tensor(self._shape(number, shapes), self.library)

        return OpenList(
            "the number of inputs is not known",
            serial(),
            lambda index: self._input(self.items.setdefault((number, index), self.count + len(self.items)), shapes),
        )

    def _shape(self, number: int, shapes: Shapes) -> Shape:
        return shapes[number] if number in shapes else OpenShape.of(number, self.reason)


def _place(found: Discovery) -> Place:
    return found.site, found.problem.rule


def _is_unbatched(shape: Shape, whole: Shape) -> bool:
    """Whether a shape is another one without its first axis, as layers that also take a single sample name them."""
    return [str(size) for size in shape] == [str(size) for size in whole[1:]]


def _entry(machine: Interpreter, ref: Ref) -> Any:
    """The parameters of a model's ``forward`` or ``call`` as they are written; None for a layer of a library's."""
    for name in ENTRIES:
        function = machine.class_attribute(machine.mro(machine.contents(ref).cls), name)
        if isinstance(function, Function):
            return function.node.params
    return None


def _parameters(machine: Interpreter, ref: Ref) -> tuple[list[Any], list[Any]]:
    """The parameters of a model's ``forward`` beside ``self``, and those that can only be given by name."""
    parameters = _entry(machine, ref)
    if parameters is None:
        return [], []
    return [*parameters.posonly_params, *parameters.params][1:], list(parameters.kwonly_params)


def _is_variadic(machine: Interpreter, ref: Ref) -> bool:
    parameters = _entry(machine, ref)
    return parameters is not None and isinstance(parameters.star_arg, cst.Param)


def _is_product(size: SymbolicDim) -> bool:
    return any(isinstance(atom, Product) for atom, _ in size.terms)

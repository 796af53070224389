"""What a run found out: problems with their places, models with their shapes, and what could not be followed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field

from dimlint.core.dataclass import dataclass
from dimlint.core.opening import OpenShape
from dimlint.core.problem import Problem
from dimlint.core.value import REPORTED, Raised, Ref, Tensor, Unknown, Value
from dimlint.interpreter.frame import Site

NOT_GIVEN = "is not given"
"""How the reason ends where an argument of a function that nobody calls is asked for."""
NOT_RETURNED = Unknown("the call did not return")
BEHIND = "a failure behind an undecided condition"
TOUCHED = "a failure in a model that unknown code may have changed"
"""Why a model is not verified though what is wrong in it is not reported."""


@dataclass(frozen=True)
class Mark:
    """A place that explains a finding, with a text."""

    site: Site
    message: str


@dataclass
class Application:
    """One run of a model: what went in and out, how many layers were applied, what was in doubt. ``site``: the call, if one is written."""

    ref: Ref
    inputs: tuple[Tensor | None, ...] = ()
    output: Value = None
    layers: int = 0
    reason: str | None = None
    wrong: bool = False
    site: Site | None = None


@dataclass(frozen=True)
class Discovery:
    """A Problem, anchored.

    condition: on one side of which it stands. model: what ran, with its inputs; None where layers were applied one by one.
    failed: the call of the layer that was refused. blamed: the argument to change, where it is written.
    """

    problem: Problem
    site: Site
    marks: tuple[Mark, ...]
    condition: str | None = None
    model: Application | None = None
    failed: tuple[Value, tuple[Value, ...]] | None = None
    blamed: Site | None = None


@dataclass(frozen=True)
class Milestone:
    """How much a record held."""

    discoveries: int
    gaps: int
    built: int
    applications: dict[Ref, Application]
    names: dict[Ref, str]
    inner: set[Ref]
    deaths: int
    risks: int
    calls: int


@dataclass(eq=False)
class LayerCall:
    """A call of a layer or model, noted for those who ask. ``parent``: the call during which it was made."""

    ref: Ref
    inputs: tuple[Tensor, ...]
    parent: LayerCall | None
    doubtful: bool
    """Whether it is not known that it takes place."""
    output: Value = NOT_RETURNED
    failed: bool = False
    """Whether something was refused while it ran."""
    refusal: str | None = None
    """Why the framework refuses the call itself."""
    site: Site | None = None
    """The call if one is written, or else where the layer was built."""
    assumed: bool = False
    """Whether it is made on a shape that nobody states."""


@dataclass
class Record:
    """Everything a run leaves behind."""

    discoveries: list[Discovery] = field(default_factory=list)
    gaps: list[tuple[Site | None, str]] = field(default_factory=list)
    running: list[Application] = field(default_factory=list)
    applications: dict[Ref, Application] = field(default_factory=dict)
    names: dict[Ref, str] = field(default_factory=dict)
    built: list[Ref] = field(default_factory=list)
    """Instances of model types in order of construction."""
    unrun: dict[Ref, str] = field(default_factory=dict)
    """Why a model could not be built, or why no run of it came to its end."""
    ordered: dict[Ref, Site] = field(default_factory=dict)
    """Where the main file asks for models that other files build."""
    inner: set[Ref] = field(default_factory=set)
    """Models that were applied as a part of another one."""
    constructing: list[Ref] = field(default_factory=list)
    """The models whose constructors run, innermost last."""
    within: dict[Ref, Ref] = field(default_factory=dict)
    """Models that the constructor of another one built: its parts, though it may not be known where it keeps them."""
    vague: set[Ref] = field(default_factory=set)
    """Models built from arguments that nobody gives."""
    unclear: set[Ref] = field(default_factory=set)
    """Layers that were applied to something that is not known."""
    orphans: set[Ref] = field(default_factory=set)
    """What objects held of which nothing is known any more."""
    exemplary: set[Ref] = field(default_factory=set)
    """Models that tell nothing by themselves: parts of those built for an example, and those whose class is tried in their place."""
    assumptions: dict[str, None] = field(default_factory=dict)
    """Things outside the program of which the defaults were taken."""
    deaths: int = 0
    """Paths of undecided branches that ended in an exception."""
    risks: int = 0
    """How often the program may have raised: paths that did, and what is not followed."""

    refusals: list[tuple[int, int, int]] = field(default_factory=list)
    """What was refused and not reported: under how many undecided conditions, and how deep in what is muted and in doubt."""

    calls: list[LayerCall] | None = None
    """The calls of layers and models in order, if anybody wants to know."""
    calling: LayerCall | None = None
    """The innermost of them that runs."""
    assuming: bool = False
    """Whether a model is being tried on shapes that nobody states."""

    @contextmanager
    def noted(self, call: LayerCall) -> Iterator[LayerCall]:
        """A call of a layer or model runs within the block."""
        if self.calls is not None:
            self.calls.append(call)
        self.calling = call
        before = len(self.discoveries)
        try:
            yield call
        finally:
            self.calling = call.parent
            found = self.discoveries[before:]
            call.failed = bool(found)
            call.refusal = next((item.problem.message for item in found if item.failed is not None and item.failed[0] == call.ref), None)

    def mark(self) -> Milestone:
        """Where the record stands, to come back to."""
        lengths = (len(self.discoveries), len(self.gaps), len(self.built))
        held = (dict(self.applications), dict(self.names), set(self.inner))
        return Milestone(*lengths, *held, self.deaths, self.risks, len(self.calls or ()))

    def go_back(self, to: Milestone) -> None:
        """Forget what was recorded since then."""
        del self.discoveries[to.discoveries :], self.gaps[to.gaps :], self.built[to.built :]
        self.applications, self.names, self.inner = dict(to.applications), dict(to.names), set(to.inner)
        self.deaths, self.risks = to.deaths, to.risks
        del (self.calls or [])[to.calls :]

    def cut(self, start: Milestone, end: Milestone) -> None:
        """Forget what was recorded between the two."""
        for ref in self.built[start.built : end.built]:
            self.applications.pop(ref, None)
        del self.discoveries[start.discoveries : end.discoveries], self.gaps[start.gaps : end.gaps], self.built[start.built : end.built]
        del (self.calls or [])[start.calls : end.calls]

    @contextmanager
    def forgotten(self) -> Iterator[Trial]:
        """What the block finds out is not kept: it is a mere trial."""
        trial = Trial(self, self.mark(), tuple(copy.copy(application) for application in self.running))
        try:
            yield trial
        finally:
            self.go_back(trial.before)
            for application, earlier in zip(self.running, trial.running, strict=True):
                vars(application).update(vars(earlier))

    def died(self) -> None:
        """A path of an undecided branch ended in an exception."""
        self.deaths += 1
        self.risks += 1

    def doubt(self, reason: str) -> None:
        """Something kept the running models from being verified."""
        for application in self.running:
            application.reason = application.reason or reason

    def gap(self, site: Site | None, reason: str, *, matters: bool = True) -> None:
        """Something relevant to a model could not be followed. matters: whether the running models need what it gives."""
        if matters:
            self.doubt(reason)
        if reason != REPORTED:
            self.gaps.append((site, reason))

    def wrong(self) -> None:
        """The running models do not work."""
        for application in self.running:
            application.wrong = True

    def count_layer(self) -> None:
        for application in self.running:
            application.layers += 1

    def finish(self, application: Application) -> None:
        """Keep the run of an outermost model; a wrong one outweighs a right one."""
        if self.running:
            self.inner.add(application.ref)
            return
        earlier = self.applications.get(application.ref)
        better = earlier is None or application.wrong or (earlier.reason is not None and application.reason is None)
        if better and not (earlier is not None and earlier.wrong):
            self.applications[application.ref] = application

    def abandon(self, ref: Ref, reason: str) -> None:
        """An exception ended the construction of a model: there is none, nor what was built for it."""
        self.unrun[ref] = reason
        if ref in self.built:
            del self.built[self.built.index(ref) :]

    def is_tried(self, ref: Ref) -> bool:
        """Whether a model was applied, if only as a part of another one; to what a caller may choose, it was not."""
        run = self.applications.get(ref)
        if run is None or ref in self.inner:
            return ref in self.inner
        return run.wrong or any(tensor is not None for tensor in run.inputs) or not (run.reason or "").endswith(NOT_GIVEN)

    def is_verified(self, models: Sequence[Ref]) -> bool:
        """Whether these models were applied, and all that they do was followed."""
        runs = [self.applications.get(ref) for ref in models]
        return bool(runs) and all(run and not run.wrong and not run.reason and unknown_reason(run.output) is None for run in runs)

    def name(self, ref: Ref, name: str, *, in_main: bool = False) -> None:
        """The first name counts; of what another file builds, the main file's."""
        if in_main and ref in self.ordered:
            self.names[ref] = name
        self.names.setdefault(ref, name)


@dataclass(frozen=True)
class Trial:
    """What is run to see what comes of it. before, running: the record and the models that run, as they were."""

    record: Record
    before: Milestone
    running: tuple[Application, ...]

    def is_followed(self) -> bool:
        """Whether nothing was found or in doubt so far."""
        found = (len(self.record.discoveries), len(self.record.gaps))
        pairs = zip(self.record.running, self.running, strict=True)
        unchanged = all(now.reason == then.reason and now.wrong == then.wrong for now, then in pairs)
        return found == (self.before.discoveries, self.before.gaps) and unchanged

    def is_risky(self) -> bool:
        """Whether the program may have raised an exception so far."""
        return self.record.risks != self.before.risks


def told(raised: Raised) -> str:
    """What an exception of the program is called in reasons."""
    return f"{raised.kind} is raised" + (f": {raised.message}" if raised.message else "")


def unknown_reason(value: Value) -> str | None:
    """Why a part of a result is not known, if one is not."""
    if isinstance(value, Unknown):
        return value.reason
    if isinstance(value, Tensor) and isinstance(value.shape, OpenShape):
        return value.shape.reason
    if isinstance(value, (list, tuple)):
        return next((reason for item in value if (reason := unknown_reason(item))), None)
    if isinstance(value, dict):
        return next((reason for item in value.values() if (reason := unknown_reason(item))), None)
    return None


def flat(values: Sequence[Value]) -> tuple[Tensor | None, ...]:
    """Tensors among arguments; None for what is not known."""
    return tuple(value if isinstance(value, Tensor) and not isinstance(value.shape, OpenShape) else None for value in values)

"""Where a Problem is shown: at the line a person would change first, with the chain of shapes that led there."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from dimlint.core.dataclass import dataclass
from dimlint.core.layer import show
from dimlint.core.problem import Problem
from dimlint.core.report import BUILT
from dimlint.core.results import Sizes, TensorShape
from dimlint.core.rules import MERGE, RANK
from dimlint.core.value import REPORTED, Instance, Ref, Tensor, Value
from dimlint.interpreter.blaming import Blaming, expression
from dimlint.interpreter.calls import Calls
from dimlint.interpreter.frame import Site
from dimlint.interpreter.guarding import conditions, text_of
from dimlint.interpreter.record import BEHIND, TOUCHED, Application, Discovery, Mark
from dimlint.interpreter.recovery import Active

MAX_CHAIN = 400
"""Steps shown of one chain of shapes."""
MAX_MEETING = 8
"""Tensors that meet in one call whose chains are shown."""


@dataclass
class Trial:
    """A call whose Problem is not to be reported. conditions: what the code around it depends on."""

    conditions: int
    muting: int
    problem: Problem | None = None


class Anchoring(Calls, Blaming):
    """Turns a Problem into a Discovery."""

    trials: list[Trial]

    def try_model(self, ref: Ref, function: Value, args: Sequence[Value]) -> tuple[Value, Problem | None]:
        """A call that runs a model and is no application of it: its first certain Problem is handed back instead of being reported."""
        trial = Trial(len(conditions(self)), self.muting)
        self.trials.append(trial)
        self.record.running.append(Application(ref))
        try:
            value = self.call(function, args)
        finally:
            self.record.running.pop()
            self.trials.pop()
        return value, trial.problem

    def report(self, problem: Problem) -> str:
        """Record the problem at the best place in the analysed file; nothing if there is none, or nobody listens.

        Gives the reason why the value of the call is not known.
        """
        muting, known = (self.trials[-1].muting, self.trials[-1].conditions) if self.trials else (0, 0)
        guards = conditions(self)[known:]
        kept_apart = problem.rule == MERGE.symbol and bool(guards)  # a flag says where a residual fits
        touched = any(self._was_touched(application.ref) for application in self.record.running)
        if self.muting > muting or kept_apart or any(guard.protects or guard.about_version for guard in guards):
            self.record.doubt(BEHIND)
            self.record.risks += 1
            self.record.refusals += [] if touched else [(len(conditions(self)), self.muting, self.doubtful)]
            return BEHIND
        if touched:
            self.record.doubt(TOUCHED)
            return TOUCHED
        if self.trials:
            certain = len(conditions(self)) == known
            self.trials[-1].problem = self.trials[-1].problem or (problem if certain else None)
            return REPORTED
        self.record.wrong()
        anchor, layer = self._anchor()
        if anchor is None:
            return REPORTED
        if problem.shown is not None and self.nearest_site() is anchor:
            anchor = expression(anchor, *problem.shown) or anchor
        marks = [*self._chain(problem.about), *(Mark(site, text) for site, text in problem.related if site is not None)]
        built = self._built_mark(layer, anchor)
        if built is not None:
            marks.append(built)
        condition = text_of(self.guards[-1].test) if self.guards else None
        model = next((item for item in self.record.running if item.ref != layer), None)
        failed = next(((layer, active.args) for active in reversed(self.stack) if active.is_of(layer)), None) if layer else None
        self.record.discoveries.append(Discovery(problem, anchor, tuple(marks), condition, model, failed, self.blamed(problem)))
        return REPORTED

    def miscounted(self, wanted: int, value: Value, site: Site) -> bool:
        if self.muting or self.trials:
            return False  # the program, or whoever tries it, sees the exception
        if isinstance(value, Tensor):
            text = f"{wanted} parts are taken from {value.shape}, which has {value.shape[0]} along its first axis"
        elif isinstance(value, (Sizes, TensorShape)):
            text = f"{wanted} sizes are taken from the shape {show(tuple(value))}, which has {len(value)}"
        else:
            return False
        known = len(self.record.discoveries)
        self.stack.append(Active(None, site, (value,)))
        self.report(Problem(RANK.symbol, text))
        self.stack.pop()
        return len(self.record.discoveries) > known

    def _was_touched(self, ref: Ref) -> bool:
        """Whether code that is not followed was given the object, and may have replaced parts of it."""
        held = self.store.get(ref.number)
        return isinstance(held, Instance) and "*" in held.attributes

    def _anchor(self) -> tuple[Site | None, Ref | None]:
        """The place to show, and the layer that failed if one did."""
        layer: Ref | None = None
        inside: Ref | None = None
        for index in range(len(self.stack) - 1, -1, -1):
            active = self.stack[index]
            if layer is None and self._is_layer(active.callee):
                layer = active.callee
            wrapper = inside = self._wrapper(index) or inside
            if inside is not None and not active.is_of(inside):
                continue  # what a wrapper holds is shown where the wrapper is
            inside = None
            if active.site is None:
                built = self._site_of(active.callee) if isinstance(active.callee, Ref) else None
                if index == 0 and isinstance(active.callee, Ref):
                    built = self.record.ordered.get(active.callee, built)
                if built is not None and built.unit.is_main:  # a part of a container, which this file builds
                    return built, layer
                continue
            if layer is not None and not active.is_of(layer) and not active.is_of(wrapper):
                built = self._site_of(layer)
                if built is not None and built.unit.is_main:
                    return built, layer
            if active.site.unit.is_main:
                return _expression(active, layer), layer
        return None, layer

    def _wrapper(self, index: int) -> Ref | None:
        """The object that library code called for, to call what it wraps in its place; None for any other call."""
        active = self.stack[index]
        if active.site is not None or not isinstance(active.callee, Ref):
            return None
        outer = next((item.callee for item in reversed(self.stack[:index]) if isinstance(item.callee, Ref)), None)
        held = self.store.get(outer.number) if outer is not None else None
        if not isinstance(held, Instance):
            return None
        library = self.libraries[self._library_of(held.cls)]
        parts = (held.attributes.get(name) for name in library.wrapped)
        return outer if active.callee in parts else None

    def _is_layer(self, callee: Value) -> bool:
        if not isinstance(callee, Ref):
            return False
        held = self.store.get(callee.number)
        return isinstance(held, Instance) and held.layer is not None

    def _site_of(self, ref: Ref) -> Site | None:
        held = self.store.get(ref.number)
        return held.site if isinstance(held, Instance) else None

    def _built_mark(self, layer: Ref | None, anchor: Site) -> Mark | None:
        """Where the layer was built, if the finding is shown elsewhere."""
        site = self._site_of(layer) if layer is not None else None
        if layer is None or site is None or site.node is anchor.node or _constructs(anchor, site):
            return None
        held = self.store.get(layer.number)
        return Mark(site, f"{held.layer.label} {BUILT}")

    def _chain(self, about: Tensor | None) -> Sequence[Mark]:
        """The steps from the input to the failing call, or to the tensor that the problem is about, oldest first.

        Where several tensors meet, those of each; where several have met on the way, those of the one that was made last.
        """
        met = next((tensors for active in reversed(self.stack) if (tensors := self.tensors_among(active.args))), [])
        marks: dict[int, Mark | None] = {}
        for tensor in [about] if about is not None else met[:MAX_MEETING]:
            while (step := tensor.step) is not None and step.number not in marks and len(marks) < MAX_CHAIN:
                before = max(self.inputs_of(step), key=lambda item: item.step.number if item.step is not None else 0, default=None)
                shapes = f"{before.shape} -> {tensor.shape}" if before is not None else f"{tensor.shape}"
                marks[step.number] = Mark(step.site, f"{step.label}: {shapes}") if step.site is not None else None
                if before is None:
                    break
                tensor = before
        return [mark for _, mark in sorted(marks.items()) if mark is not None]


def _expression(active: Active, layer: Ref | None) -> Site:
    """The layer's own expression in ``Conv2D(...)(x)``, else the call."""
    assert active.site is not None
    node = active.site.node
    if layer is not None and isinstance(node, cst.Call) and isinstance(node.func, cst.Call):
        return Site(active.site.unit, node.func)
    return active.site


def _constructs(anchor: Site, built: Site) -> bool:
    return isinstance(anchor.node, cst.Call) and anchor.node.func is built.node

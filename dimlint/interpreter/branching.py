"""Undecided branches: every path is run from the same state, undone, and joined with the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dimlint.core.dataclass import dataclass
from dimlint.core.problem import OutOfFuel, bare
from dimlint.core.value import Raised, Tensor, Value
from dimlint.interpreter.assuming import Join, by_version
from dimlint.interpreter.frame import MISSING, Control, Delta, Exit, Scope, join_cells, serial, serial_of
from dimlint.interpreter.joining import join_values, same, widen_value
from dimlint.interpreter.preferring import Preferring

MAX_EXITS = 64
"""Paths that have left one function or loop early and wait to be joined."""

MERGES_A_STEP = 8
"""Joined cells that cost as much fuel as one statement."""

Path = Callable[[], "Control | None"]


@dataclass(frozen=True)
class Waiting:
    """A path that ended early, with its state relative to some base."""

    control: Control
    delta: Delta
    since: int


class Branching(Preferring):
    """Fork and join of paths."""

    def fork(self, paths: Sequence[Path], scope: Scope, since: int | None = None, join: Join | None = None) -> Control | None:
        """Run all paths from here. Those that go on are joined; those that leave early wait with their loop or function.

        since: a serial number from before what the paths make; now, unless they put back what was made earlier. join: how two values
        are joined that paths leave behind, if in a way of its own.
        """
        since, journal, changes = serial() if since is None else since, self.store.open(), self.changes
        going: list[Delta] = []
        left: list[Waiting] = []
        dead: Raised | None = None
        for path in paths:
            control: Control | None = None
            try:
                control = path()
                delta: Delta | None = self.store.current(self.store.changes(journal))
            except Raised as raised:
                dead, delta = bare(raised), None
            # what another of these paths made, one that ended within this path has never seen
            left += [replace(exit_, since=min(exit_.since, since)) for exit_ in self._lift(journal, scope)]
            self.store.undo(journal)
            if delta is not None and control is None:
                going.append(delta)
            elif delta is not None and control is not None:
                left.append(Waiting(control, delta, since))
        self.store.close(journal)
        if dead is not None:
            self.record.died()
        if not going and not left:
            assert dead is not None
            raise bare(dead)
        last = None if going else left.pop()
        self._wait(left, scope)
        if last is not None:
            self.store.put(last.delta)
            return last.control
        self.burn(sum(map(len, going)) // MERGES_A_STEP)
        self.store.merge(going, join or self.joiner(going), since)
        self.changes += self.changes != changes  # an array that one path has changed may be joined with one that another has made
        return None

    def _lift(self, journal: Delta, scope: Scope) -> list[Waiting]:
        """Take the paths that wait since the journal was opened out of their rooms, their states relative to it."""
        lifted: list[Waiting] = []
        while True:
            later = [(self.store.index(exit_.journal), exit_, room) for room in _rooms(scope) for exit_ in room]
            later = [item for item in later if item[0] > self.store.index(journal)]
            if not later:
                return lifted
            _, exit_, room = max(later, key=lambda item: item[0])
            room.remove(exit_)
            self.store.undo(exit_.journal)
            self.store.close(exit_.journal)
            delta = self.store.current(self.store.changes(journal)) | exit_.delta
            lifted.append(Waiting(exit_.control, delta, exit_.since))

    def _wait(self, paths: Sequence[Waiting], scope: Scope) -> None:
        """Let ended paths wait, their states relative to the present one."""
        for path in paths:
            room = _room(path.control, scope)
            if len(room) >= MAX_EXITS:
                raise OutOfFuel("too many open paths")
            room.append(Exit(self.store.open(), path.delta, path.control, path.since))

    def settle(self, exits: list[Exit]) -> None:
        """Join the paths that wait here into the current one. Each of them may have changed arrays in place."""
        self.changes += bool(exits)
        while exits:
            exit_ = exits.pop()
            before = self.store.changes(exit_.journal)
            self.burn(len(before) // MERGES_A_STEP)
            for key in {**before, **exit_.delta}:
                here = self.store.get(key)
                there = exit_.delta.get(key, before.get(key, here))
                values = [here, there]
                if serial_of(key) > exit_.since:
                    values = [value for value in values if value is not MISSING] or [MISSING]
                self.store.put({key: join_cells(values, join_values)})
            self.store.close(exit_.journal)

    def settle_returns(self, scope: Scope, value: Value) -> Value:
        """The value of a function, early returns joined."""
        join = by_version if any(guard.about_version for guard in scope.conditions) else join_values
        while scope.pending:
            value = join(value, scope.pending[-1].control.value)
            exit_ = scope.pending.pop()
            self.settle([exit_])
        return value

    def resume(self, exit_: Exit, scope: Scope, ended: Control | None = None) -> Control:
        """Leave the current path (it waits if it ended by ``ended``, else it is dead) and go on with one that waited."""
        if ended is None:
            self.record.died()
        final = self.store.current(self.store.changes(exit_.journal))
        lifted = self._lift(exit_.journal, scope)
        self.store.undo(exit_.journal)
        self.store.close(exit_.journal)
        if ended is not None:
            lifted.append(Waiting(ended, final, exit_.since))
        self._wait(lifted, scope)
        self.store.put(exit_.delta)
        return exit_.control

    def fork_values(self, paths: Sequence[Callable[[], Value]], join: Join | None = None) -> Value:
        """The joined value of expressions of which one is evaluated."""
        since, journal, changes = serial(), self.store.open(), self.changes
        values: list[Value] = []
        deltas: list[Delta] = []
        dead: Raised | None = None
        for path in paths:
            try:
                value = path()
            except Raised as raised:
                dead = bare(raised)
                self.store.undo(journal)
                continue
            values.append(value)
            deltas.append(self.store.undo(journal))
        self.store.close(journal)
        if not values:
            assert dead is not None
            raise bare(dead)
        join = join or self.joiner(deltas)
        self.store.merge(deltas, join, since)
        self.changes += self.changes != changes
        joined = values[0]
        for value in values[1:]:
            joined = join(joined, value)
        return joined

    def widen(self, keys: Delta) -> None:
        """Give up what a loop changes: every changed cell becomes unknown, tensors keep their rank."""
        for key, before in keys.items():
            now = self.store.get(key)
            if now is not MISSING and not same(before, now) and not isinstance(now, Tensor):
                self.store.set(key, widen_value(before, now))


def _rooms(scope: Scope) -> list[list[Exit]]:
    return [scope.pending, *(room for loop in scope.loops for room in (loop.breaks, loop.continues))]


def _room(control: Control, scope: Scope) -> list[Exit]:
    if control.kind == "return" or not scope.loops:
        return scope.pending
    return scope.loops[-1].breaks if control.kind == "break" else scope.loops[-1].continues

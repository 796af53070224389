"""Objects with one of several known contents: what needs to know them is run for each, and joined.

After ``if norm: layers.append(b)`` with an undecided ``norm`` the list is ``[a]`` or ``[a, b]``: ``Sequential(*layers)`` is one of two
models.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dimlint.core.problem import Divided
from dimlint.core.value import Raised, Ref, Unknown, Value
from dimlint.interpreter.branching import Branching, Path
from dimlint.interpreter.frame import Control, Scope, serial
from dimlint.interpreter.joining import FILLED


class Dividing(Branching):
    """Runs what meets such an object once for each of its contents."""

    def divided(self, cut: Divided, again: Callable[[], Value]) -> Value:
        """The value of an expression, evaluated once more for each of the contents. A failure proves nothing: these may not be the ones."""
        since = serial()

        def path(contents: Value) -> Value:
            self.update(cut.ref, contents)
            try:
                value = again()
                made = self.store.get(value.number) if isinstance(value, Ref) and value.number > since else None
                return made if isinstance(made, FILLED) else value
            except Raised as raised:
                self.record.died()
                self.record.doubt("a failure behind an undecided condition")
                return Unknown(str(raised))

        with self.muted(), self.undecided():
            value = self.fork_values([partial(path, contents) for contents in cut.ways])
        return self.filled(value) if isinstance(value, FILLED) else value

    def filled(self, contents: Value) -> Ref:
        """A new list or dictionary with one of several contents."""
        ref = Ref(serial())
        self.store.set(ref.number, contents)
        return ref

    def divided_path(self, cut: Divided, again: Path, scope: Scope) -> Control | None:
        """The same for a statement."""

        def path(contents: Value) -> Control | None:
            self.update(cut.ref, contents)
            return again()

        with self.muted(), self.undecided():
            return self.fork([partial(path, contents) for contents in cut.ways], scope)

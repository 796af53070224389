"""The interpreter for tests of Python's own names: it evaluates one expression at a time."""

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Unknown, Value
from dimlint.interpreter.expressions import HANDLERS
from dimlint.interpreter.frame import Unit
from dimlint.interpreter.machine import Interpreter
from dimlint.libraries import LANGUAGE, LIBRARIES
from dimlint.libraries.python import LIBRARIES as PYTHON
from dimlint.source import Source

FUEL = 200_000
NAMED = {library.roots[0]: library for library in PYTHON}
"""Python's own libraries by the name under which they are imported."""


class PythonMachine(Interpreter):
    """An interpreter with the modules of the standard library at hand, by name."""

    def __init__(self) -> None:
        super().__init__(LIBRARIES, LANGUAGE, lambda name, importer, level: None, {}, FUEL)

    def run(self, text: str, **names: Value) -> Value:  # type: ignore[override]
        """The value of an expression. Raises Raised; Undecided if what is lost is the whole of it."""
        source = Source.parse(f"({text})", "expression.py")
        unit = Unit("expression.py", "__main__", source, is_main=True)
        for root in NAMED:
            if "." not in root:
                self.set_name(root, self.lookup(root), unit.scope)
        for name, value in names.items():
            self.set_name(name, value, unit.scope)
        node = source.tree.body[0].body[0].value
        return HANDLERS[type(node)](self, node, unit.scope)

    def asked(self, text: str, **names: Value) -> Value:
        """The value of an expression. Raises Raised, Undecided."""
        value = self.run(text, **names)
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        return value

"""Programs in plain Python: what Python computes is what dimlint computes, or not known to it - and nothing else."""

from __future__ import annotations

import contextlib
import io
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from dimlint.core.dim import SymbolicDim
from dimlint.core.value import DictObject, Instance, ListObject, Ref, SetObject, Unknown
from dimlint.interpreter.frame import MISSING
from dimlint.interpreter.machine import Interpreter
from tests.test_interpreter import run

BETWEEN = "\n# ---\n"
FOLDER = Path(__file__).parent / "programs" / "python"
GAP = "# gap"
"""First line of a program of which a part is known not to be followed."""

PROGRAMS = {
    f"{path.stem}-{index}": text for path in sorted(FOLDER.glob("*.txt")) for index, text in enumerate(path.read_text().split(BETWEEN))
}
"""Programs that set ``result``; several to a file."""


class Gap:
    """Stands for what is not known."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __repr__(self) -> str:
        return f"<{self.reason}>"


def python_result(program: str) -> Any:
    scope: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(textwrap.dedent(program), "program.py", "exec", dont_inherit=True), scope)  # the program is ours
    return scope["result"]


def found_result(program: str) -> Any:
    machine, unit = run(textwrap.dedent(program))
    value = machine.store.get((unit.scope.number, "result"))
    gaps = [reason for _, reason in machine.record.gaps]
    return Gap("; ".join(gaps) or "the program was given up") if value is MISSING else opened(machine, value)


def opened(machine: Interpreter, value: Any) -> Any:
    """A value as Python's own, what is not known as a Gap."""
    if isinstance(value, (Unknown, SymbolicDim)):
        return Gap(value.reason if isinstance(value, Unknown) else str(value))
    if isinstance(value, tuple):
        return tuple(opened(machine, item) for item in value)
    if not isinstance(value, Ref):
        return value
    held = machine.quietly(lambda: machine.contents(value))
    if isinstance(held, ListObject):
        return [opened(machine, item) for item in held.items]
    if isinstance(held, SetObject):
        return {opened(machine, item) for item in held.items}
    if isinstance(held, DictObject):
        return {opened(machine, key): opened(machine, item) for key, item in held.items.items()}
    plain = getattr(held, "data", None) if isinstance(held, Instance) else None
    if plain is not None:
        return opened(machine, plain)
    return Gap(held.reason if isinstance(held, Unknown) else f"an object of {type(held).__name__}")


def differences(found: Any, actual: Any, place: str = "result") -> list[tuple[str, Any, Any]]:
    """Parts of what was found that are not what Python gives, each with its place."""
    if isinstance(found, Gap):
        return [(place, found, actual)]
    for kind in (tuple, list):
        if isinstance(found, kind) and isinstance(actual, kind) and len(found) == len(actual):
            parts = [differences(a, b, f"{place}[{index}]") for index, (a, b) in enumerate(zip(found, actual))]
            return [part for some in parts for part in some]
    if isinstance(found, dict) and isinstance(actual, dict) and list(found) == list(actual):
        return [part for key in found for part in differences(found[key], actual[key], f"{place}[{key!r}]")]
    if isinstance(found, set) and isinstance(actual, (set, frozenset)):
        return [] if found == actual else [(place, found, actual)]
    same = (found == actual and isinstance(actual, type(found))) or (found != found and actual != actual)
    return [] if same else [(place, found, actual)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_agrees_with_python(name: str) -> None:
    program = PROGRAMS[name]
    if sys.version_info < (3, 11) and ("except*" in program or "()[*" in program):
        pytest.skip("its grammar is newer than this Python")
    found = differences(found_result(program), python_result(program))
    wrong = [part for part in found if not isinstance(part[1], Gap)]
    assert not wrong
    if not program.startswith(GAP):
        assert not found

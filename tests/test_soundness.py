"""Programs with unknown conditions ``u(0)`` and ``u(1)``: whatever Python computes for some of them, the analysis allows."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from dimlint.core.value import Ref, Unknown
from dimlint.interpreter.frame import MISSING
from tests.test_branching_law import allows
from tests.test_interpreter import run

BETWEEN = "\n# ---\n"
PROGRAMS = {
    f"{path.stem}-{index}": text
    for path in sorted((Path(__file__).parent / "programs").glob("*.txt"))
    for index, text in enumerate(path.read_text().split(BETWEEN))
}
"""Small programs that set ``result``, several to a file; those in ``language.txt`` are followed completely."""


def outcomes(program: str) -> list[object]:
    """Results for every outcome of the conditions; outcomes that raise have none."""
    found = []
    for bits in itertools.product((0, 1), repeat=2):
        scope: dict[str, object] = {"u": lambda i, bits=bits: bits[i]}
        try:
            exec(program, scope)  # the program is ours
        except ValueError:
            continue
        found.append(scope["result"])
    return found


def all_allowed(value: object, actual: object) -> bool:
    """``allows``, for data with unknown parts too."""
    if isinstance(value, (list, tuple)) and type(value) is type(actual):
        return len(value) == len(actual) and all(map(all_allowed, value, actual))  # type: ignore[arg-type]
    return isinstance(value, Ref) or allows(value, actual)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_outcome_is_allowed(name: str) -> None:
    program = PROGRAMS[name]
    machine, unit = run(program)
    value = machine.plain(machine.store.get((unit.scope.number, "result")))
    expected = outcomes(program)
    assert value is not MISSING, "the program was given up"
    for actual in expected:
        assert all_allowed(value, actual), (program, value, actual)
    if name.startswith("language"):
        assert not isinstance(value, Unknown), value

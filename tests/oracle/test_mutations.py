"""Mutations find their line; see ``mutations``. ``DIMLINT_ORACLE_SEED`` (0 unless set) chooses the mutants, of which there are 200."""

from __future__ import annotations

import os

import pytest

from tests.oracle.mutations import results, share, table

pytestmark = pytest.mark.oracle

SEED = int(os.environ.get("DIMLINT_ORACLE_SEED", "0"))
COUNT = 200
LEAST = 0.95
"""Of what the framework refuses, this part at least is reported at the line that it names."""


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_mutations_find_their_line(framework: str) -> None:
    found = results(framework, SEED, COUNT)
    print(f"--framework {framework} --seed {SEED} --count {COUNT}\n{table({framework: found})}")
    wrong = [str(result) for result in found if result.kind == "false"]
    assert not wrong, f"the framework runs them through, DIMLINT_ORACLE_SEED={SEED}\n" + "\n".join(wrong)
    missed = [str(result) for result in found if result.kind in ("elsewhere", "missed")]
    assert share(found) >= LEAST, f"{share(found):.1%} at the line, DIMLINT_ORACLE_SEED={SEED}\n" + "\n".join(missed)

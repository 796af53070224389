"""Random arguments for every layer and function, judged by the live framework.

Layers get new arguments on every run. Functions, of which there are four times as many, get the same ones on every run, so that only a
change of dimlint can make them fail: ``DIMLINT_ORACLE_NEW=1`` draws new ones for them too. A failure prints its seed, and the row on which
dimlint and the framework disagree as hypothesis has shrunk it; ``DIMLINT_ORACLE_ROWS_SEED`` repeats a run with this seed for all names.
``DIMLINT_ORACLE_ROWS`` says how many rows each name gets; without it, layers get 20 and functions 8.
"""

from __future__ import annotations

import os
import random
import zlib
from collections import defaultdict
from importlib.util import find_spec
from typing import Any

import hypothesis
import pytest

from dimlint.libraries import LIBRARIES
from tests.exceptions import reason
from tests.golden_driver import difference
from tests.golden_rows import rows
from tests.oracle.mutation import changed_row, inputs, is_affordable

pytestmark = pytest.mark.oracle

GIVEN_SEED = os.environ.get("DIMLINT_ORACLE_ROWS_SEED", "")
NEW_SEED = int(GIVEN_SEED or random.SystemRandom().randrange(10**6))
ANEW = bool(GIVEN_SEED or os.environ.get("DIMLINT_ORACLE_NEW"))
"""Whether functions get new arguments too."""
EXAMPLES = {kind: int(os.environ.get("DIMLINT_ORACLE_ROWS", default)) for kind, default in (("layer", "20"), ("function", "8"))}
LIBRARY = {library.name: library for library in LIBRARIES}
JUDGES = {"keras2": "tf_keras"}
"""Packages that judge for a former version of a framework, where they are installed."""

ROWS: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
for row in rows("*.jsonl"):
    judge = JUDGES.get(row["framework"], "")
    if (row["framework"] in LIBRARY or (judge and find_spec(judge))) and is_affordable(dict(row)):
        ROWS[row["framework"], row["layer"]].append(dict(row))


@pytest.mark.parametrize(("framework", "name"), [pytest.param(*key, id="-".join(key)) for key in ROWS])
def test_random_rows(framework: str, name: str) -> None:
    from tests.oracle.real import Unanswerable, answer

    kind = "layer" if is_layer(name) else "function"
    seed = NEW_SEED if ANEW or kind == "layer" else zlib.crc32(name.encode())

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=EXAMPLES[kind], deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(changed_row(ROWS[framework, name]))
    def agree(question: dict[str, Any]) -> None:
        hypothesis.assume(is_affordable(question))
        try:
            judged = {**question, **answer(question)}
        except Unanswerable:
            hypothesis.reject()
        found = difference(judged, LIBRARY[framework.rstrip("2")])
        if found is not None and reason(judged, found) is None and not tolerated(found, judged):
            pytest.fail(f"DIMLINT_ORACLE_ROWS_SEED={seed}: dimlint {found}\n{judged}")

    agree()


def is_layer(name: str) -> bool:
    """Whether it is the name of a class: ``Conv2d``, ``layers.torch.Rearrange``; not ``ops.pad``, ``Tensor.view``."""
    return name.rpartition(".")[2][0].isupper() and not name.startswith("Tensor.")


def is_numeric(judged: dict[str, Any]) -> bool:
    """Whether it is one of the functions that Keras and TensorFlow have for numbers rather than for models."""
    return judged["framework"] == "tensorflow" or (judged["framework"] == "keras" and "." in judged["layer"])


def tolerated(found: str, judged: dict[str, Any]) -> bool:
    """Whether dimlint answers otherwise on purpose.

    What it does not decide is no wrong answer, nor is a doubt, nor the refusal of what Keras builds but cannot run; an empty output of
    a window counts as refused; and a size below zero, which torch lets pass for tensors without elements, is no shape. Less is known of
    former versions of a framework, but nothing that they accept may be refused. The functions of Keras and TensorFlow refuse much else
    than shapes.
    """
    refused_later = "error" in judged.get("variants", {}).get("eager", {})
    if found.startswith("is undecided") or (found.startswith("reports") and refused_later):
        return True
    if judged["framework"] in JUDGES:
        return not found.startswith("reports") or not all(inputs(judged))  # tf_keras takes the shape () for one that is not known
    if is_numeric(judged) and found.startswith("accepts"):
        return True
    sizes = [size for shape in (judged.get("output_shapes") or [judged.get("output_shape", [])]) for size in shape]
    sizes += [size for shape in inputs(judged) for size in shape]
    return found.startswith(("doubts", "accepts an empty output")) or any(isinstance(size, int) and size < 0 for size in sizes)

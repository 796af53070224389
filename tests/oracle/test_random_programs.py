"""Random programs, run by the framework and read by dimlint: verdict, line and final shape must agree.

``DIMLINT_ORACLE_SEED`` (0 unless set) chooses the programs, ``DIMLINT_ORACLE_PROGRAMS`` how many per framework (1000).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.expectations import matches
from tests.oracle import random_programs_keras, random_programs_torch
from tests.oracle.program_text import Program

pytestmark = pytest.mark.oracle

SEED = int(os.environ.get("DIMLINT_ORACLE_SEED", "0"))
PROGRAMS = int(os.environ.get("DIMLINT_ORACLE_PROGRAMS", "1000"))
SHOWN = 5
"""How many disagreements are printed in full."""

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def test_torch() -> None:
    from tests.oracle.judge import watching_torch

    check(random_programs_torch.generate, watching_torch)


def test_keras() -> None:
    import keras

    from tests.oracle.judge import watching_keras

    keras.config.disable_traceback_filtering()
    check(random_programs_keras.generate, watching_keras)


def check(generate: Callable[[int], Program], watching: Callable[[Any], AbstractContextManager[None]]) -> None:
    """Judge and analyse every program; fail with the first disagreements and their texts."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(SEED * PROGRAMS, (SEED + 1) * PROGRAMS):
        program = generate(seed)
        refusals, shape = run(program, watching)
        counts[f"{program.idiom}: {'refused' if refusals else 'runs'}"] += 1
        found = disagreement(program, refusals, shape)
        if found:
            wrong.append(f"program {seed} ({program.idiom}, {program.fault}): {found}\n{numbered(program.text)}")
    print(f"DIMLINT_ORACLE_SEED={SEED}, {PROGRAMS} programs: {dict(sorted(counts.items()))}")
    assert not wrong, f"{len(wrong)} of {PROGRAMS} programs disagree, DIMLINT_ORACLE_SEED={SEED}\n\n" + "\n".join(wrong[:SHOWN])


def run(program: Program, watching: Callable[[Any], AbstractContextManager[None]]) -> tuple[dict[int, str], object]:
    """What the framework says: refused lines with their errors, and the final shape."""
    from tests.oracle.judge import Judge, plain

    judge = Judge("<program>")
    with watching(judge):
        verdict = judge.run(program.text)
    output = verdict.namespace.get("output")
    return verdict.refusals, None if verdict.refusals else plain(getattr(output, "shape", output))


def disagreement(program: Program, refusals: dict[int, str], shape: object) -> str | None:
    """How dimlint's report differs from the framework's verdict; None if it does not."""
    from dimlint import analyze

    report = analyze(program.text, "program.py")
    if report.failure:
        return f"dimlint failed: {report.failure}"
    found = {finding.span.line: f"{finding.rule}: {finding.message}" for finding in report.findings}
    gaps = [(gap.span.line, gap.reason) for gap in report.gaps]
    if set(found) != set(refusals):
        return f"refused {refusals}, found {found}, gaps {gaps}"
    shapes = [model.output_shape for model in report.models]
    if not refusals and not any(matches(shape, other) and matches(other, shape) for other in shapes):
        return f"the shape is {shape}, found {shapes}, gaps {gaps}"
    return None


def numbered(text: str) -> str:
    """The text with line numbers."""
    return "".join(f"{number:4} {line}\n" for number, line in enumerate(text.splitlines(), 1))

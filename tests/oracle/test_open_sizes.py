"""Fixtures of models whose input nobody states: what no size can satisfy is refused for every size, the others run on some size.

``# sizes: EXPRESSION`` calls the model on an input of the size ``n``.
"""

from __future__ import annotations

import re
import traceback
from typing import Any

import pytest

from tests.expectations import Fixture, fixtures

pytestmark = pytest.mark.oracle

SIZES = range(1, 301)
CALL = re.compile(r"# sizes: (.+)")
ALL = fixtures("open")


@pytest.mark.parametrize("fixture", ALL, ids=lambda f: f.path.stem)
def test_open_sizes(fixture: Fixture) -> None:
    stated = CALL.search(fixture.source)
    assert stated is not None, "the fixture does not say how it is called"
    call = compile(stated[1], "<call>", "eval")
    outcomes = (refused_at(fixture, call, size) for size in SIZES)
    if not fixture.findings:
        assert None in outcomes, "no size runs"
        return
    lines = list(outcomes)
    assert None not in lines, f"size {SIZES[lines.index(None)]} runs"
    assert {line for line, _ in fixture.findings} <= set(lines)


def refused_at(fixture: Fixture, call: Any, size: int) -> int | None:
    """The innermost line of the fixture at which one size is refused; None if it runs."""
    names: dict[str, Any] = {}
    exec(compile(fixture.source, str(fixture.path), "exec"), names)
    try:
        eval(call, names | {"n": size})
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(fixture.path)]
        assert lines, f"{error!r} is not raised by the fixture"
        return lines[-1]
    return None


def test_half_of_them_are_right() -> None:
    right = [fixture for fixture in ALL if not fixture.findings]
    assert len(ALL) >= 40
    assert 0.4 <= len(right) / len(ALL) <= 0.6

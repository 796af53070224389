"""Rounded quotients of open sizes against Python's own."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from dimlint import analyze
from dimlint.core.dim import Symbol, substitute, unknown_dim
from dimlint.core.value import LibraryClass
from dimlint.interpreter.rounding import rounded

FUNCTIONS: dict[tuple[str, str], Callable[[float], int]] = {
    ("math", "floor"): math.floor,
    ("math", "ceil"): math.ceil,
    ("math", "trunc"): math.trunc,
    ("builtins", "int"): int,
}


@pytest.mark.parametrize("key", FUNCTIONS, ids=lambda key: key[1])
@pytest.mark.parametrize("divisor", [1, 2, 3, 7, 32, 4.0])
def test_like_python(key: tuple[str, str], divisor: float) -> None:
    size = unknown_dim("x", low=0)
    ((symbol, _),) = size.terms
    assert isinstance(symbol, Symbol)
    found = rounded(LibraryClass(key[1], key[0]), 3 * size + 1, divisor)
    assert found is not None
    assert [substitute(found, {symbol: x}) for x in range(99)] == [FUNCTIONS[key]((3 * x + 1) / divisor) for x in range(99)]


def test_sign_that_is_not_known() -> None:
    size = unknown_dim("x", low=0) - 5
    assert rounded(LibraryClass("int", "builtins"), size, 2) is None


OPEN = """
import math, torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 2, padding=1)
    def forward(self, x):
        return self.conv(x) + x.new_zeros(1, 8, {first}, {second})
"""


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("math.ceil(x.shape[2] / 2)", "math.ceil(x.shape[3] / 2)", "verified"),
        ("int((x.shape[2] + 1) / 2)", "math.floor((x.shape[3] + 1) / 2)", "verified"),
        ("math.ceil(-(x.shape[2] / 2))", "1", "partial"),
    ],
)
def test_on_an_open_input(first: str, second: str, status: str) -> None:
    report = analyze(OPEN.format(first=first, second=second))
    assert not report.findings
    assert [model.status for model in report.models] == [status]

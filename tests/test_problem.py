"""How problems and what is not known are worded."""

from __future__ import annotations

import pytest

from dimlint import analyze
from dimlint.core.problem import Problem, Undecided, doubt, doubts, in_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the input has 1 channels", "the input has 1 channel"),
        ("1 channels, but 1 elements", "1 channel, but 1 element"),
        ("1 axes are given for (1 dimensions)", "1 axis is given for (1 dimension)"),
        ("at least 1 values", "at least 1 value"),
        ("11 channels, 0, 1 channels of 2-1 sizes", "11 channels, 0, 1 channel of 2-1 sizes"),
        ("0 or 1 dimensions, 0 to 1 dimensions, axis 1 sizes", "0 or 1 dimensions, 0 to 1 dimensions, axis 1 sizes"),
        ("(1, 1) channels and -1 dimensions", "(1, 1) channels and -1 dimensions"),
        ("dimension 1 is 3, which has 1 is", "dimension 1 is 3, which has 1 is"),
    ],
)
def test_one_is_no_plural(text: str, expected: str) -> None:
    assert in_number(text) == Problem("rank-mismatch", text).message == str(Undecided(text)) == expected
    with doubts() as found:
        doubt(text)
    assert [item.reason for item in found] == [expected]


def test_messages_of_programs() -> None:
    program = "import torch\nfrom torch import nn\nnn.Conv2d(3, 8, 3)(torch.zeros(2, 1, 9, 9))\n"
    (finding,) = analyze(program).findings
    assert "1 channel" in finding.message and "1 channels" not in finding.message

"""Tensors that are changed in place, among many that they may be."""

from __future__ import annotations

import pytest

from dimlint import analyze

SWAPS = "\n".join(f"    if c[{index}]:\n        x, y = y, x" for index in range(40))


@pytest.mark.parametrize("changed", ["x", "y"])
def test_each_of_the_tensors_that_one_may_be_is_looked_at_once(changed: str) -> None:
    """Without that, each swap doubles the time."""
    program = f"import torch\ndef f(c):\n    x, y = torch.zeros(3, 4), torch.ones(3, 4)\n{SWAPS}\n"
    used = "torch.nn.Linear(9, 5)"
    assert not analyze(f"{program}    {changed}.resize_(3, 9)\n    {used}(x)\n    {used}(y)\nf(torch.rand(40))\n").findings

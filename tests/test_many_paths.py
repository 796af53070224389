"""Loops that each pass may leave, and blocks that are given up: what they collect is not known afterwards, and what is not theirs is."""

from __future__ import annotations

import pytest

from dimlint import analyze
from dimlint.core.report import Report

HEAD = "import gym\nimport torch\nfrom torch import nn\nenv, totals = gym.make('CartPole-v1'), []\n"
EPISODES = """
for episode in range({episodes}):
    state = env.reset()
    {loop}
        state, reward, done, info = env.step(0)
        if done:
            {leave}
    totals.append(torch.zeros(3))
"""


def report_of(program: str) -> Report:
    report = analyze(HEAD + program)
    assert report.failure is None
    return report


LOOPS = ("for step in range(200):", "while True:", "for step in range(10**6):", "step = 0\n    while step < 200:\n        step += 1")


@pytest.mark.parametrize("leave", ["break", "continue"])
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("episodes", [3, 500])
def test_a_loop_that_each_pass_may_leave_is_followed(episodes: int, loop: str, leave: str) -> None:
    uses = f"nn.Linear(3, 1)(torch.stack(totals))\ntorch.zeros(len(totals)).view({episodes})\n"
    report = report_of(EPISODES.format(episodes=episodes, loop=loop, leave=leave) + uses)
    assert not report.findings
    assert not any("open paths" in gap.reason for gap in report.gaps)


def test_the_first_episodes_are_heard() -> None:
    program = EPISODES.format(episodes=500, loop="for step in range(200):", leave="break") + "    nn.Linear(4, 1)(totals[-1])\n"
    assert [finding.rule for finding in report_of(program).findings] == ["feature-mismatch"]


GIVEN_UP = """
notes, seen = [], dict()
def note(x):
    notes.append(x)
for batch in range(3):
    {tests}
    totals.append(torch.zeros(3))
    note(torch.zeros(2))
    seen[batch] = 1
"""


def test_what_a_block_collects_that_was_given_up_is_not_known() -> None:
    program = GIVEN_UP.format(tests="\n    ".join(f"if env.ends({number}):\n        continue" for number in range(100)))
    uses = ["torch.stack(totals)", "torch.stack(notes)"]
    uses += [f"torch.zeros(len({name})) + torch.zeros(3)" for name in ("totals", "notes", "seen")]
    uses += ["nn.Linear(2, 1)(torch.zeros(3))"]
    report = report_of(program + "\n".join(uses) + "\n")
    assert any("open paths" in gap.reason for gap in report.gaps)
    assert [finding.rule for finding in report.findings] == ["feature-mismatch"]


FAILING = {
    "an attribute of None": "self.model.table[item]",
    "arguments that a layer does not take": "nn.Linear(3, 4, item, item, item)",
    "a division": "1 // 0",
}


@pytest.mark.parametrize("called", FAILING.values(), ids=FAILING)
@pytest.mark.parametrize("loop", ["for item in items:", "while items.left():\n            item = items.take()"])
def test_a_loop_whose_body_cannot_but_fail_is_not_taken_to_be_empty(called: str, loop: str) -> None:
    """What the body needs is there when it runs: ``self.model = None`` until it is loaded."""
    program = f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = None
    def forward(self, items):
        parts = []
        {loop}
            parts.append({called})
        torch.zeros(len(parts)).view(5)
        return torch.stack(parts)
"""
    assert not report_of(program).findings


def test_a_loop_in_which_the_program_looks_for_mistakes_may_be_empty() -> None:
    program = "def check(items):\n    for item in items:\n        raise KeyError(item)\n    return nn.Linear(3, 4)(torch.zeros(2, 5))\n"
    assert [finding.rule for finding in report_of(program).findings] == ["feature-mismatch"]


def test_what_is_refused_inside_of_a_try_without_handlers() -> None:
    """A ``finally`` takes up nothing: what comes after goes on."""
    program = """import torch
from torch import nn
try:
    try:
        nn.Linear(3, 4)(torch.zeros(2, 5))
    except Exception:
        pass
finally:
    print("done")
nn.Linear(6, 4)(torch.zeros(2, 7))
"""
    report = analyze(program)
    assert not any("failed" in gap.reason for gap in report.gaps)
    assert [finding.span.line for finding in report.findings] == [10]

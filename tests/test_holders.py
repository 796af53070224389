"""Models that cannot be applied, but what they hold can."""

from __future__ import annotations

from dimlint import analyze

POLICY = """
import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self, states, actions):
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(states, 64), nn.Tanh(), nn.Linear(64, actions), nn.Softmax(dim=-1))
        self.critic = nn.Sequential(nn.Linear(states, 64), nn.Tanh(), nn.Linear(64, 1))

    def forward(self):
        raise NotImplementedError

    def act(self, state):
        return torch.distributions.Categorical(self.actor(state)).sample()
"""


def test_what_they_hold_is_run() -> None:
    report = analyze(POLICY)
    assert not report.findings
    assert [(model.name, model.status) for model in report.models] == [("actor", "verified"), ("critic", "verified")]


def test_layers_that_do_not_follow_each_other_may_be_applied_one_by_one() -> None:
    report = analyze(POLICY.replace("nn.Linear(64, 1)", "nn.Linear(32, 1)"))
    assert not report.findings
    assert "verified" not in {model.status for model in report.models if model.name == "critic"}

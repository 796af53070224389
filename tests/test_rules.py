"""Every rule's bad example is refused by that rule alone, and its good example by none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dimlint import analyze
from dimlint.core.rules import RULES, UNVERIFIED, Rule, find, matching

EXAMPLES = [rule for rule in RULES if rule.bad]
REFUSED = [rule for rule in EXAMPLES if rule is not UNVERIFIED]


@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: rule.symbol)
def test_the_bad_example_breaks_the_rule(rule: Rule) -> None:
    report = analyze(rule.bad)
    assert report.failure is None
    assert [finding.code for finding in report.findings] == [rule.code]


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.symbol)
def test_the_good_example_breaks_none(rule: Rule) -> None:
    report = analyze(rule.good)
    assert (report.failure, report.findings) == (None, ())
    assert all(model.status == "verified" for model in report.models)


def test_the_unverified_example_is_partly_verified() -> None:
    report = analyze(UNVERIFIED.bad)
    assert report.findings == ()
    assert [model.status for model in report.models] == ["partial"]


def test_rules_are_found_by_code_and_symbol() -> None:
    for rule in RULES:
        assert find(rule.code) is find(rule.symbol) is find(rule.code.lower()) is rule
        assert matching(rule.symbol) == (rule,)
    assert find("E87") is None
    assert len(matching("E87")) == 9
    assert matching("all") == RULES
    assert matching("") == ()


@pytest.mark.oracle
@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.symbol)
def test_the_examples_under_the_real_framework(rule: Rule) -> None:
    for program, refused in ((rule.bad, rule is not UNVERIFIED), (rule.good, False)):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
        assert (done.returncode != 0) is refused, done.stderr

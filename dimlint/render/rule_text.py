"""What a rule means, in Markdown and for editors and services that link to it."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.rules import UNVERIFIED, Rule

HOME = "https://github.com/dimlint/dimlint"
"""Where README, and in it a section for each rule, can be read."""


def examples(rule: Rule) -> Sequence[tuple[str, str]]:
    """The programs that show a rule, each with a title."""
    titles = ("Partly verified", "Verified") if rule is UNVERIFIED else ("Refused", "Accepted")
    return [(title, program) for title, program in zip(titles, (rule.bad, rule.good)) if program]


def example_text(rule: Rule) -> str:
    """The programs in Markdown."""
    return "\n\n".join(f"**{title}**\n\n```python\n{program}```" for title, program in examples(rule))


def section(rule: Rule) -> str:
    """The section of README on a rule."""
    shown = example_text(rule)
    folded = f"\n\n<details><summary>Example</summary>\n\n{shown}\n\n</details>" if shown else ""
    return f"### {rule.code} {rule.symbol}\n\n{rule.why or rule.summary}{folded}\n"


def address(code: str, symbol: str) -> str:
    """The address of that section."""
    return f"{HOME}#{code.lower()}-{symbol}"

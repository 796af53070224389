"""The sections of README on the rules; ``python -m tests.rule_sections`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from dimlint.core.rules import RULES
from dimlint.render.rule_text import section

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- sections of rules: python -m tests.rule_sections -->\n", "<!-- end of the sections of rules -->\n"


def expected() -> str:
    """The sections as they should be."""
    return "\n" + "\n".join(map(section, RULES)) + "\n"


def written(readme: str) -> str:
    """README with the sections as they should be."""
    before, _, rest = readme.partition(BEGIN)
    return before + BEGIN + expected() + END + rest.partition(END)[2]


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")

"""What a fixture says about itself: ``# expect: RULE`` and ``# shape: (N, 64, 7, 7)`` on the line concerned.

``# expect: a, b`` names the rules that must be reported at that line. ``# shape: (N, 10), (N, 4)`` is the output of the
model that the line defines, creates or calls; ``N``, ``None`` and ``?`` stand for any size. A comment on the first line
may configure the analysis in TOML: ``# config: keras-version = 2``.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures"
MARKER = re.compile(r"#\s*(expect|shape|config):\s*([^#]+)")
SIZE = re.compile(r"\?|[A-Za-z]\w*")

Finding = tuple[int, str]


@dataclass(frozen=True)
class Fixture:
    """One fixture file and its markers.

    findings: (line, rule) pairs. shapes: line -> output shape, nested as the output is, unknown sizes ``None``.
    config: lines of TOML for ``[tool.dimlint]``.
    """

    path: Path
    source: str
    findings: frozenset[Finding]
    shapes: dict[int, object]
    config: str

    @property
    def name(self) -> str:
        """``torch/lenet``: how a test run shows it."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def framework(self) -> str:
        """``torch`` or ``keras``."""
        return "torch" if "import torch" in self.source or "from torch" in self.source else "keras"

    @property
    def judge(self) -> str:
        """The framework, or the former version of it that the program is written or configured for."""
        if self.path.stem.startswith("keras1_"):
            return "keras1"
        return "keras2" if "keras-version = 2" in self.config else self.framework


def read(path: Path) -> Fixture:
    """The fixture with the markers in its comments. Strings that look like markers are not."""
    source = path.read_text(encoding="utf-8")
    findings: set[Finding] = set()
    shapes: dict[int, object] = {}
    config = ""
    for line, comment in comments(source):
        for kind, text in MARKER.findall(comment):
            if kind == "expect":
                findings |= {(line, rule.strip()) for rule in text.split(",")}
            elif kind == "shape":
                shapes[line] = ast.literal_eval(SIZE.sub("None", text.strip()))
            else:
                config += text.strip() + "\n"
    return Fixture(path, source, frozenset(findings), shapes, config)


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Line number and text of every comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def fixtures(*folders: str) -> list[Fixture]:
    """All fixtures of the given folders under ``fixtures/``."""
    return [read(path) for folder in folders for path in sorted((FIXTURES / folder).glob("*.py"))]


def matches(actual: object, expected: object) -> bool:
    """Whether an output shape agrees with a marker, whose ``None`` stands for any size. Lists count as tuples."""
    if isinstance(expected, (tuple, list)):
        if not isinstance(actual, (tuple, list)) or len(actual) != len(expected):
            return False
        return all(map(matches, actual, expected))
    return expected is None or actual == expected

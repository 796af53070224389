"""Modules that are imported on some paths of a program only."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint import analyze

SIZES = "WIDTH = 8\nseen = []\ndef widen(n):\n    return n * 2\n"
PARTS = """
import torch.nn as nn
import sizes
from sizes import widen
sizes.seen.append('parts')
OUT = widen(sizes.WIDTH)
def conv(inside):
    return nn.Conv2d(inside, OUT, 3)
"""
FIRST = "import parts\ndef make():\n    return parts.conv(3)\n"
SECOND = "from parts import conv\ndef make():\n    return conv(4)\n"


def rules(tmp_path: Path, program: str, **files: str) -> list[tuple[int, str]]:
    for name, text in {"sizes": SIZES, "parts": PARTS, "first": FIRST, "second": SECOND, **files}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    report = analyze("import torch, sys\nimport torch.nn as nn\n" + program, str(tmp_path / "main.py"))
    assert report.failure is None
    return [(finding.span.line - 2, finding.rule) for finding in report.findings]


BRANCHES = """def main():
    if len(sys.argv) > 1:
        from first import make
        net, x = make(), torch.zeros(1, 3, 9, 9)
        nn.Conv2d(17, 1, 1)(net(x))
    else:
        from second import make
        net, x = make(), torch.zeros(1, 4, 9, 9)
        nn.Conv2d(17, 1, 1)(net(x))
main()
"""


def test_both_branches_have_what_both_import(tmp_path: Path) -> None:
    assert rules(tmp_path, BRANCHES) == [(5, "channel-mismatch"), (9, "channel-mismatch")]
    assert rules(tmp_path, BRANCHES.replace("17", "16")) == []


LATER = """def main():
    if len(sys.argv) > 1:
        FIRST
        import parts
    else:
        SECOND
        import parts
    THEN
    nn.Conv2d(16, 1, 1)(parts.conv(3)(torch.zeros(1, 3, 9, 9)))
main()
"""


@pytest.mark.parametrize(
    ("first", "second", "then", "found"),
    [
        ("import sizes", "pass", "pass", []),
        ("pass", "import sizes", "assert sizes_of() == ['parts']", []),
        ("import sizes; sizes.WIDTH = 16", "pass", "pass", []),  # another state: the module makes something else
        ("pass", "import sizes; sizes.WIDTH = 16", "pass", []),
        ("pass", "pass", "parts.OUT = 5", [(9, "channel-mismatch")]),
        ("width = 5", "width = 16", "parts.OUT = width", []),
        ("parts = 1", "parts = 2", "parts.OUT = 5", [(9, "channel-mismatch")]),
    ],
)
def test_what_the_branches_have_changed(tmp_path: Path, first: str, second: str, then: str, found: list[tuple[int, str]]) -> None:
    program = LATER.replace("FIRST", first).replace("SECOND", second).replace("THEN", then)
    program = program.replace("assert sizes_of()", "import sizes; assert sizes.seen")
    assert rules(tmp_path, program) == found


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    first = "import second\nWIDTH = 8\ndef make():\n    return second.conv(3)\n"
    second = "import torch.nn as nn\nimport first\ndef conv(n):\n    return nn.Conv2d(n, first.WIDTH, 3)\ndef make():\n    return conv(4)\n"
    assert rules(tmp_path, BRANCHES, first=first, second=second) == [(5, "channel-mismatch"), (9, "channel-mismatch")]
    assert rules(tmp_path, BRANCHES.replace("17", "8"), first=first, second=second) == []


def test_a_path_that_ends_early(tmp_path: Path) -> None:
    program = "try:\n    import parts\n    raise ValueError\nexcept ValueError:\n    import parts\nparts.conv(3)(torch.zeros(1, 4, 9, 9))\n"
    assert rules(tmp_path, program) == [(6, "channel-mismatch")]

"""Small arrays of constants that programs calculate with, until something is changed in place."""

from __future__ import annotations

from typing import Any

import pytest

from dimlint.config import Config
from dimlint.target import Program


def values(tmp_path: Any, program: str) -> dict[str, Any]:
    """The names of a module and what they are, where they are known numbers."""
    path = tmp_path / "numbers_of_a_program.py"
    path.write_text("import math\nimport torch\nimport numpy as np\n" + program, encoding="utf-8")
    machine, unit = Program(str(path), Config()).imported()
    return {name: machine.plain(value) for name, value in machine.store.scope(unit.scope.number).items()}


# name = expression -> what Python, NumPy and torch give for it
KNOWN: list[tuple[str, Any]] = [
    ("[x.item() for x in torch.linspace(0, 0.1, 4)]", [0.0, 0.03333333507180214, 0.06666666269302368, 0.10000000149011612]),
    ("[float(x) for x in torch.linspace(0, 0.5, steps=3)]", [0.0, 0.25, 0.5]),
    ("np.linspace(0, 0.3, 4).tolist()", [0.0, 0.09999999999999999, 0.19999999999999998, 0.3]),
    ("list(np.linspace(0, 1, 3))", [0.0, 0.5, 1.0]),
    ("np.linspace(0, 1, 5)[1:3].tolist()", [0.25, 0.5]),
    ("torch.diff(torch.tensor([0, 1, 4])).int().tolist()", [1, 3]),
    ("(torch.round(torch.arange(5) * 24.48 / 8) * 8).int().tolist()", [0, 24, 48, 72, 96]),
    ("int(torch.tensor([3, 4]).sum())", 7),
    ("torch.tensor([1, 2, 3]).max().item()", 3),
    ("(2 ** torch.arange(4)).tolist()", [1, 2, 4, 8]),
    ("[int(v) for v in np.arange(5)[1:] * 2]", [2, 4, 6, 8]),
    ("(np.array([8, 4]) // 3).tolist()", [2, 1]),
    ("np.round(np.array([0.5, 1.5, 2.4])).astype(int).tolist()", [0, 2, 2]),
    ("int(np.cumsum([1, 2, 3])[-1])", 6),
    ("np.array([1.5, 2.5]).sum().item()", 4.0),
]


@pytest.mark.parametrize(("expression", "wanted"), KNOWN, ids=lambda value: str(value))
def test_a_calculation(tmp_path: Any, expression: str, wanted: Any) -> None:
    found = values(tmp_path, f"found = {expression}\n")["found"]
    assert (found, type(found)) == (wanted, type(wanted))


CHANGED = """\
t += 1
t[0] = 5
t.add_(1)
t.view(2, 2)[0, 0] = 7
u = t; u.zero_()
unknown(t)
np.random.shuffle(a)
a[0] = 3
a.sort()
a += 1
"""


@pytest.mark.parametrize("change", CHANGED.splitlines())
def test_nothing_is_known_after_a_change(tmp_path: Any, change: str) -> None:
    program = f"from somewhere import unknown\nt = torch.arange(4)\na = np.arange(4)\n{change}\nfound = [t.tolist(), a.tolist()]\n"
    changed, other = values(tmp_path, program)["found"][:: 1 if "t" in change.partition("(")[0] else -1]
    assert not (isinstance(changed, list) and any(isinstance(item, (int, float)) for item in changed)), other


def test_large_and_odd_arrays_are_left_alone(tmp_path: Any) -> None:
    found = values(
        tmp_path,
        "a = torch.arange(10**9).tolist()\nb = torch.log(torch.zeros(3)).tolist()\nc = (2 ** (torch.arange(9) * 9999)).tolist()\n"
        "d = torch.linspace(0, 1, 3, dtype=torch.float64).tolist()\ne = torch.arange(3).view(3, 1).tolist()\n",
    )
    assert not [name for name in "abcde" if isinstance(found[name], list)]

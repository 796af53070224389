"""Tests that pytest does not run, or that are expected to fail, are no ground for an alarm."""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = "import pytest\nimport torch\nfrom torch import nn\n"
WRONG = "    nn.Linear(3, 4)(torch.zeros(1, 9))\n"


@pytest.mark.parametrize(
    ("lines", "reported"),
    [
        ("", True),
        ("@pytest.mark.xfail(raises=RuntimeError, strict=True)\n", False),
        ("@pytest.mark.xfail\n", False),
        ("@pytest.mark.skip\n", False),
        ("@pytest.mark.skip(reason='not ready')\n", False),
        ("@pytest.mark.skip('not ready')\n", False),
        ("@pytest.mark.skipif(True, reason='x')\n", False),
        ("@pytest.mark.skipif(not torch.cuda.is_available(), reason='x')\n", False),
        ("@pytest.mark.skipif('sys.platform == 1', reason='x')\n", False),
        ("@pytest.mark.skipif(False, reason='x')\n", True),
        ("@pytest.mark.xfail(condition=1 > 2, reason='x')\n", True),
        ("@pytest.mark.parametrize('n', [1])\n@pytest.mark.skip\n", False),
        ("@pytest.mark.slow\n", True),
        ("later = pytest.mark.skip(reason='x')\n@later\n", False),
        ("pytestmark = pytest.mark.skip\n", False),
        ("pytestmark = [pytest.mark.slow, pytest.mark.xfail(reason='x')]\n", False),
        ("pytestmark = [pytest.mark.slow]\n", True),
        ("torch = pytest.importorskip('torch')\n", True),
        ("pytest.importorskip('surely_not_there')\n", True),
        ("pytestmark = pytest.mark.skipif(False, reason='x')\n", True),
        ("pytestmark = []\npytestmark.append(pytestmark)\n", True),
        ("pytest.skip('x', allow_module_level=True)\n", False),
    ],
)
def test_marks(lines: str, reported: bool) -> None:
    assert bool(analyze(f"{HEAD}{lines}def test_it():\n{WRONG}").findings) is reported


@pytest.mark.parametrize(
    ("line", "reported"),
    [
        ("pytest.skip('x')", False),
        ("pytest.xfail('x')", False),
        ("pytest.fail('x')", False),
        ("pytest.importorskip('surely_not_there')", True),
        ("pytest.importorskip('torch')", True),
        ("pytest.approx(3)", True),
    ],
)
def test_calls_that_end_a_test(line: str, reported: bool) -> None:
    report = analyze(f"{HEAD}def test_it():\n    {line}\n{WRONG}")
    assert bool(report.findings) is reported and not report.gaps


def test_a_model_of_a_test_that_is_skipped_is_not_tried() -> None:
    net = "class Net(nn.Module):\n    def __init__(self, n=3):\n        super().__init__()\n"
    net += "        self.a, self.b = nn.Linear(4, n), nn.Linear(3, 2)\n"
    net += "    def forward(self, x):\n        return self.b(self.a(x))\n"
    assert not analyze(f"{HEAD}{net}@pytest.mark.xfail\ndef test_it():\n    Net(5)(torch.zeros(1, 4))\n").findings

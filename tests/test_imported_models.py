"""Models that another file builds and that nobody applies: they are run on open inputs, and shown where the main file asks for them."""

from __future__ import annotations

from pathlib import Path

from dimlint import analyze
from dimlint.config import Config

LIBRARY = """
import torch.nn as nn
class Net(nn.Module):
    def __init__(self, inside=3, kept=9):
        super().__init__()
        self.conv = nn.Conv2d(inside, 8, 3)
        self.norm = nn.BatchNorm2d(kept)
    def forward(self, x):
        return self.norm(self.conv(x))
def make(kept):
    model = Net(3, kept)
    return model
"""
MAIN = """import torch
from parts import Net, make
wrong = make(9)
right = make(8)
also = Net(4, 8)
"""


def test_they_are_run_on_open_inputs(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(LIBRARY, encoding="utf-8")
    report = analyze(MAIN, str(tmp_path / "main.py"))
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(3, "channel-mismatch")]
    assert [(model.name, model.span.line, model.status, model.layers) for model in report.models] == [
        ("wrong", 3, "wrong", 1),
        ("right", 4, "verified", 2),
        ("also", 5, "verified", 2),
    ]


FACTORY = """import torch
from parts import Net
def build(args):
    if args.name == 'small':
        model = Net(args.channels, 8)
    elif args.name == 'other':
        model = Net(args.channels, 9)
    else:
        return Net(1, 8)
    print(sum([p.data.nelement() for p in model.parameters()]))
    return model
"""


def test_those_that_a_function_builds_are_run_as_well(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(LIBRARY, encoding="utf-8")
    report = analyze(FACTORY.replace("    print", "    # print"), str(tmp_path / "main.py"))
    assert [finding.span.line for finding in report.findings] == [7]
    assert [(model.span.line, model.status) for model in report.models] == [(5, "verified"), (7, "wrong"), (9, "verified")]


def test_the_parts_of_a_lost_model_are_no_models(tmp_path: Path) -> None:
    library = LIBRARY.replace("self.conv = ", "self.norms = Part()\n        self.conv = ")
    (tmp_path / "parts.py").write_text(library + PART, encoding="utf-8")
    report = analyze(FACTORY, str(tmp_path / "main.py"))
    assert {model.span.line for model in report.models} <= {5, 7, 9}
    assert not {model.name for model in report.models} & {"norms", "Part"}


PART = """
class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(3, 4)
    def forward(self, x):
        return self.dense(x)
"""


def test_layers_in_sequence_that_a_function_builds() -> None:
    program = """
from torch import nn
def block(inside, outside, norm):
    model = nn.Sequential(nn.Conv2d(inside, outside, 3), nn.BatchNorm2d(outside), norm)
    return model
def store():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(9))
    return model
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = block(3, 8, nn.ReLU())
        self.spare = nn.Sequential(nn.Linear(3, 4), nn.Linear(3, 4))
    def forward(self, x):
        return self.block(x)
"""
    report = analyze(program)
    assert not report.findings  # the layers may be applied one by one
    assert {model.status for model in report.models if model.name == "Net"} == {"verified"}


BUSY = "from noise import *\n" + LIBRARY
NOISE = "import torch\n" + "x = abs(-1)\n" * 150


def test_what_imported_modules_need_is_not_taken_from_the_main_program(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(BUSY, encoding="utf-8")
    (tmp_path / "noise.py").write_text(NOISE, encoding="utf-8")
    report = analyze(MAIN, str(tmp_path / "main.py"), Config(fuel=500))
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(3, "channel-mismatch")]
    assert [model.status for model in report.models] == ["wrong", "verified", "verified"]


STARS = """
import probe
if probe.multi_backend():
    from keras import *
else:
    from tensorflow.keras import *
"""


def test_a_star_import_hands_on_the_modules_of_a_library(tmp_path: Path) -> None:
    """And ``layers`` of Keras is one module, whichever of the two branches it comes from."""
    (tmp_path / "backend.py").write_text(STARS, encoding="utf-8")
    report = analyze(
        "import backend as keras\nm = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])\nm(keras.ops.zeros((2, 5)))\n",
        str(tmp_path / "main.py"),
    )
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(3, "data-mismatch")]


def test_a_star_import_of_torch_hands_on_no_modules() -> None:
    report = analyze("from torch import *\nnn = 3\nfrom torch import *\nimport torch\ntorch.nn.Linear(nn, 4)(torch.zeros(2, 5))\n")
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(5, "feature-mismatch")]


EITHER = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, inside, chance):
        super().__init__()
        if chance > 0.5:
            self.part = nn.Linear(inside, 4)
        else:
            self.part = nn.Sequential(nn.Linear(inside, 5), nn.ReLU())
    def forward(self, x):
        return self.part(x)
"""


def test_what_each_of_several_parts_refuses_is_shown_where_the_main_file_asks_for_it(tmp_path: Path) -> None:
    """Which of them is called is not known, and cannot be compared with the layer that failed."""
    (tmp_path / "parts.py").write_text(EITHER, encoding="utf-8")
    main = "import torch\nfrom parts import Net\nNet(3, torch.rand(1))(torch.zeros(2, 3))\nNet(3, torch.rand(1))(torch.zeros(2, 7))\n"
    report = analyze(main, str(tmp_path / "main.py"))
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(4, "feature-mismatch")]
    assert [model.status for model in report.models] == ["verified", "wrong"]

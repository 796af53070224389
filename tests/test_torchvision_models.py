"""Models of torchvision whose source is not read: layer by layer what torchvision built, and programs that use them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dimlint import analyze
from dimlint.config import Config
from dimlint.libraries.torchvision.models.library import MODELS
from dimlint.summary import summarize

ZOO = Path(__file__).parents[1] / "fixtures" / "zoo" / "torchvision.jsonl"
MODELS.load()
ROWS = [row for row in map(json.loads, ZOO.read_text(encoding="utf-8").splitlines()) if row["entry"] in MODELS.recorded]
HEAD = "import torch\nfrom torch import nn\nfrom torchvision import models\n"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["entry"])
def test_a_model_is_that_of_torchvision(row: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(f"{HEAD}net = models.{row['entry']}()\n", encoding="utf-8")
    found = summarize(str(path), "net", [tuple(row["input"])], Config())
    assert (found.status, found.reason) == ("verified", None)
    assert [[step.name, step.layer, step.output_shape] for step in found.steps] == row["layers"]
    assert found.output_shape == row["output"]
    assert found.parameters == row["params"]


LEAST = [row for row in ROWS if row["min_input"] > 1]


@pytest.mark.parametrize("row", LEAST, ids=lambda row: row["entry"])
def test_the_smallest_image(row: dict[str, Any]) -> None:
    """What torchvision takes, and what it refuses."""
    size = row["min_input"]
    program = f"{HEAD}net = models.{row['entry']}().eval()\nnet(torch.zeros(2, 3, {{0}}, {{0}}))\n"
    assert not analyze(program.format(size)).findings
    assert [found.rule for found in analyze(program.format(size - 1)).findings] == ["nonpositive-dimension"]


@pytest.mark.parametrize(
    ("program", "shape"),
    [
        ("net = models.resnet18(weights=models.ResNet18_Weights.DEFAULT)\nnet.fc = nn.Linear(net.fc.in_features, 2)", [4, 2]),
        ("net = models.vgg16(pretrained=True)\nnet.classifier[6] = nn.Linear(net.classifier[6].in_features, 10)", [4, 10]),
        ("net = models.densenet121(True)\nnet.classifier = nn.Linear(net.classifier.in_features, 5)", [4, 5]),
        ("net = models.mobilenet_v2(num_classes=5, width_mult=0.5)", [4, 5]),
        ("net = nn.Sequential(*list(models.resnet50().children())[:-1])", [4, 2048, 1, 1]),
        ("net = models.vgg19(weights=None).features[:28].eval()", [4, 512, 14, 14]),
        ("net = models.__dict__['squeezenet1_1']()", [4, 1000]),
        ("net = getattr(models, 'alexnet')()", [4, 1000]),
        ("net = models.get_model('resnet34', weights=None)", [4, 1000]),
        ("net = models.ResNet(models.resnet.Bottleneck, [1, 1, 1, 1], num_classes=7)", [4, 7]),
        ("net = models.resnet50(replace_stride_with_dilation=[0, 1, 1])\nnet.avgpool = net.fc = nn.Identity()", [4, 2048 * 28 * 28]),
    ],
)
def test_a_program(program: str, shape: list[int]) -> None:
    report = analyze(f"{HEAD}{program}\nnet(torch.zeros(4, 3, 224, 224))\n")
    assert report.failure is None and not report.findings
    assert (report.models[-1].status, report.models[-1].output_shape) == ("verified", shape)


SUBCLASS = """
class Encoder(models.resnet.ResNet):
    def __init__(self):
        super().__init__(models.resnet.BasicBlock, [2, 2, 2, 2])
        del self.fc
        self.head = nn.Linear(WIDTH, 7)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.head(self.avgpool(x).flatten(1))


Encoder()(torch.zeros(4, 3, 64, 64))
"""


@pytest.mark.parametrize(("width", "rules"), [("512", []), ("512 * models.resnet.Bottleneck.expansion", ["feature-mismatch"])])
def test_a_class_of_the_program_above_one_of_these(width: str, rules: list[str]) -> None:
    report = analyze(HEAD + SUBCLASS.replace("WIDTH", width))
    assert [found.rule for found in report.findings] == rules


@pytest.mark.parametrize(
    ("program", "rule"),
    [
        ("net = models.resnet18()\nhead = nn.Linear(512, 2)\nhead(net(torch.zeros(1, 3, 64, 64)))", "feature-mismatch"),
        ("net = models.resnet18()\nnet(torch.zeros(1, 1, 28, 28))", "channel-mismatch"),
        ("net = models.vgg16()\nnet.classifier = nn.Linear(512, 10)\nnet(torch.zeros(1, 3, 64, 64))", "feature-mismatch"),
        ("net = models.resnet50()\nnet.fc = nn.Linear(512, 10)\nnet(torch.zeros(1, 3, 64, 64))", "feature-mismatch"),
    ],
)
def test_what_torch_refuses(program: str, rule: str) -> None:
    report = analyze(HEAD + program)
    assert [found.rule for found in report.findings] == [rule]


@pytest.mark.parametrize(
    "program",
    [
        "net = models.resnet18()\nnet.fc = nn.Identity()\nnn.Linear(512, 2)(net(torch.zeros(1, 3, 64, 64)))",
        "net = models.swin_t()\nnn.Linear(7, 2)(net(torch.zeros(1, 3, 64, 64)))",
        "net = models.resnet18(weights='DEFAULT', num_classes=10)\nnn.Linear(7, 2)(net(torch.zeros(1, 3, 64, 64)))",
        "models.resnet18 = nn.Identity\nnn.Linear(64, 2)(models.resnet18()(torch.zeros(1, 3, 64, 64)))",
        "models.__dict__['resnet18'] = nn.Identity\nnn.Linear(64, 2)(models.resnet18()(torch.zeros(1, 3, 64, 64)))",
        "net = models.resnet18(pretrained=True, norm_layer=nn.InstanceNorm2d)\nnn.Linear(1000, 2)(net(torch.zeros(1, 3, 64, 64)))",
    ],
)
def test_nothing_wrong(program: str) -> None:
    report = analyze(HEAD + program)
    assert report.failure is None and not report.findings


GETTER = """
from torchvision.models._utils import IntermediateLayerGetter


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = IntermediateLayerGetter(models.resnet18(), {'layer2': 'fine', 'layer3': 0})
        self.head = nn.Linear(WIDTH, 7)

    def forward(self, x):
        out = self.body(x)
        assert list(out) == ['fine', 0] and len(self.body) == 7
        return self.head(out[KEY].mean((2, 3)))


Net()(torch.zeros(4, 3, 64, 64))
"""


@pytest.mark.parametrize(("width", "key", "rules"), [(128, "'fine'", []), (256, 0, []), (512, 0, ["feature-mismatch"])])
def test_results_of_the_parts_of_a_model(width: int, key: object, rules: list[str]) -> None:
    report = analyze(HEAD + GETTER.replace("WIDTH", str(width)).replace("KEY", str(key)))
    assert report.failure is None and [found.rule for found in report.findings] == rules
    assert report.models[-1].status == ("wrong" if rules else "verified")


def test_parts_that_a_model_does_not_have() -> None:
    asked = "models._utils.IntermediateLayerGetter(models.resnet18(), {'layer2': 'a', NAME: 'b'})(torch.zeros(4, 3, 64, 64))['a']"
    program = f"try:\n    x = {asked}\nexcept ValueError:\n    x = torch.zeros(4, 5, 8, 8)\nnn.Conv2d(128, 2, 1)(x)\n"
    assert not analyze(HEAD + program.replace("NAME", "'conv1'")).findings
    assert [found.rule for found in analyze(HEAD + program.replace("NAME", "'layer2.0'")).findings] == ["channel-mismatch"]

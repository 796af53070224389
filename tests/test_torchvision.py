"""Data sets and transforms of torchvision: shapes of samples and batches, and what the transforms really gave.

Rows of ``fixtures/transforms.jsonl`` were recorded with torchvision 0.28: a transform in both of its versions, and by image (``L 12x18``
is a picture of Pillow of that mode, height first) the shape that came out, ``null`` where it was refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dimlint.analyze import analyze

HEAD = """
import numpy as np
import torch
import torchvision
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Subset, random_split
from torchvision import datasets, transforms
from torchvision.transforms import v2
import torchvision.transforms.functional as TF

class Same(nn.Module):
    def forward(self, x):
        return x

to = transforms.ToTensor()
"""
START = HEAD.count("\n")
PATH = Path(__file__).parent.parent / "fixtures" / "transforms.jsonl"
ROWS = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


def image(text: str) -> str:
    """The expression for an image."""
    kind, sizes = text.split()
    shape = tuple(map(int, sizes.split("x")))
    if kind in ("tensor", "array"):
        return f"torch.rand({shape})" if kind == "tensor" else f"np.zeros({shape}, 'uint8')"
    return f"Image.new({kind!r}, {shape[::-1]})"


def agrees(found: Any, real: Any) -> bool:
    """Whether a shape is what really came out, as far as it is known."""
    if found is None:
        return True
    if isinstance(real, list):
        return isinstance(found, list) and len(found) == len(real) and all(map(agrees, found, real))
    return bool(found == real)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["transform"])
def test_transforms(row: dict[str, Any]) -> None:
    lines = [f"y{i} = {row['transform']}({image(text)})\nSame()(y{i})\n" for i, text in enumerate(row["images"])]
    report = analyze(HEAD + "".join(lines))
    assert report.failure is None
    shapes = {model.span.line: model.output_shape for model in report.models}
    refused = {finding.span.line for finding in report.findings}
    for index, (text, real) in enumerate(row["images"].items()):
        line = START + 1 + 2 * index
        if real is None:
            continue
        assert line not in refused, text
        assert agrees(shapes.get(line + 1), real), (text, shapes[line + 1])


@pytest.mark.parametrize(
    ("batch", "shape"),
    [
        ("next(iter(DataLoader(datasets.MNIST('.', transform=to), 32)))[0]", [32, 1, 28, 28]),
        ("next(iter(DataLoader(datasets.MNIST('.', transform=to), 32)))[1]", [32]),
        ("next(iter(DataLoader(datasets.MNIST('.', train=False, transform=to), 64)))[0]", [None, 1, 28, 28]),
        ("next(iter(DataLoader(torchvision.datasets.CIFAR10('.', True, to), batch_size=4)))[0]", [4, 3, 32, 32]),
        ("next(iter(DataLoader(datasets.SVHN('.', 'extra', to), batch_size=4, drop_last=True)))[0]", [4, 3, 32, 32]),
        ("next(iter(DataLoader(datasets.STL10('.', split='test', transform=to), batch_size=4)))[0]", [4, 3, 96, 96]),
        ("next(iter(DataLoader(datasets.ImageFolder('.', to), batch_size=1)))[0]", [1, 3, None, None]),
        ("next(iter(DataLoader(datasets.FakeData(10, (3, 8, 9), transform=to), batch_size=5)))[0]", [5, 3, 8, 9]),
        ("next(iter(DataLoader(datasets.CelebA('.', transform=to), batch_size=1)))[0]", [1, 3, 218, 178]),
        ("next(iter(DataLoader(datasets.CelebA('.', transform=to), batch_size=1)))[1]", [1, 40]),
        ("next(iter(DataLoader(Subset(datasets.CIFAR100('.', transform=to), range(10)), 5)))[0]", [5, 3, 32, 32]),
        ("next(iter(DataLoader(random_split(datasets.MNIST('.', transform=to), [50000, 10000])[1], 5)))[0]", [5, 1, 28, 28]),
        ("datasets.MNIST('.').data", [60000, 28, 28]),
        ("datasets.MNIST('.', False).targets", [10000]),
        ("torch.tensor(datasets.CIFAR10('.').data)", [50000, 32, 32, 3]),
        ("datasets.EMNIST('.', split='letters', transform=to)[0][0]", [1, 28, 28]),
        ("TF.resize(datasets.CIFAR10('.', transform=to)[0][0], (10, 12))", [3, 10, 12]),
        ("TF.to_tensor(Image.open('a.png').convert('RGB').resize((10, 12)))", [3, 12, 10]),
        ("TF.to_tensor(Image.open('a.png').convert('L'))", [1, None, None]),
        ("torch.zeros(TF.get_dimensions(datasets.CIFAR10('.', transform=to)[0][0]))", [3, 32, 32]),
        ("torch.zeros(TF.get_image_size(datasets.CIFAR10('.')[0][0].resize((10, 12))))", [10, 12]),
        ("torch.zeros(TF.get_dimensions(torch.zeros(4, 5)))", [1, 4, 5]),
        ("torch.zeros(TF.get_image_num_channels(Image.open('a.png').convert('RGB')))", [3]),
        ("torch.tensor(np.array(Image.open('a.png').convert('RGB')))", [None, None, 3]),
    ],
)
def test_samples(batch: str, shape: list[int | None]) -> None:
    report = analyze(f"{HEAD}Same()({batch})\n")
    assert report.failure is None and not report.findings
    assert report.models[-1].output_shape == shape


def test_a_picture_from_a_file_has_the_size_that_the_model_needs() -> None:
    net = "net = nn.Sequential(nn.Conv2d(3, 4, 5), nn.Flatten(), nn.Linear(16, 2))\n"
    report = analyze(f"{HEAD}{net}net(to(Image.open('a.png'))[None])\n")
    assert report.failure is None and not report.findings and {model.status for model in report.models} == {"verified"}
    array = "np.array(Image.open('a.png'))[:, ::-1, :]"
    report = analyze(f"{HEAD}{net}net(to(Image.fromarray({array}, 'RGB').resize((6, 6)))[None])\n")
    assert not report.findings and {model.status for model in report.models} == {"verified"}
    (finding,) = analyze(f"{HEAD}{net}net(to(Image.open('a.png').convert('L'))[None])\n").findings
    assert finding.rule == "channel-mismatch"


def test_models_of_torchvision_are_not_lost() -> None:
    """Names beside those that are declared are looked for in the sources."""
    report = analyze("import torch\nimport torchvision\nnet = torchvision.models.resnet18()\nnet(torch.zeros(2, 3, 8, 8))\n")
    assert report.failure is None and not report.findings

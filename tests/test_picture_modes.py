"""A program that asks for the mode of a picture from a file tells how many channels it has."""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = """
import torch
from PIL import Image
from torch import nn
from torchvision import transforms

to_tensor = transforms.Compose([transforms.Resize((32, 32)), transforms.ToTensor()])
image = Image.open("x.png")


def to_rgb(image):
    made = Image.new("RGB", image.size)
    made.paste(image)
    return made


"""


@pytest.mark.parametrize(
    ("asked", "channels"),
    [
        ("if image.mode != 'RGB':\n    image = to_rgb(image)", 3),
        ("if image.mode != 'RGB':\n    image = image.convert('RGB')", 3),
        ("if image.mode != 'L':\n    raise ValueError('no greys')", 1),
        ("if not image.mode == 'RGBA':\n    raise ValueError('no alpha')", 4),
        ("image = image if 'RGB' == image.mode else to_rgb(image)", 3),
        ("assert image.mode == 'L'", 1),
        ("if image.mode == 'RGB':\n    print('colors')", None),
        ("if image.mode in ('RGB', 'L'):\n    image = image.convert('P')\nelse:\n    image = to_rgb(image)", None),
        ("if image.mode not in ('L', 'RGB'):\n    raise ValueError('neither')", None),
        ("assert image.mode == 'RGB'\nimage.putalpha(128)", None),
        ("assert image.mode == 'RGB'\nimage.draft('L', (8, 8))", None),
        ("assert image.mode == 'P'\nimage.seek(1)", None),
        ("assert image.mode == 'RGB'\nimage = image.quantize(4)", 1),
        ("assert image.mode == 'RGB'\nimage = image.point(lambda level: level // 2)", 3),
        ("assert image.mode == 'L'\nimage = image.point([0] * 256, 'P')", 1),
        ("if image.mode != other.mode:\n    raise ValueError('not alike')", None),
    ],
)
def test_what_is_asked_of_the_mode(asked: str, channels: int | None) -> None:
    source = HEAD + "other = Image.open('y.png')\n" + asked + "\n"
    found = [bool(analyze(f"{source}nn.Conv2d({number}, 8, 3)(to_tensor(image))\n").findings) for number in (1, 3, 4)]
    assert found == [channels is not None and number != channels for number in (1, 3, 4)]

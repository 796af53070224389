"""Of no attribute that the frameworks' objects have does dimlint say that it is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dimlint.analyze import analyze

pytestmark = pytest.mark.oracle

HEAD = "import torch, keras\nfrom torch import nn\nfrom torch.utils import data\n"
OBJECTS = {
    "nn.Module": "class Own(nn.Module):\n    pass\nx = Own()\n",
    "nn.Sequential": "x = nn.Sequential(nn.ReLU())\n",
    "DataLoader": "x = data.DataLoader(data.TensorDataset(torch.zeros(3, 2)))\n",
    "keras.Layer": "class Own(keras.layers.Layer):\n    pass\nx = Own()\n",
    "keras.Model": "class Own(keras.Model):\n    pass\nx = Own()\n",
    "keras loss": "x = keras.losses.MeanSquaredError()\n",
}


def made(name: str) -> Any:
    """The object as the framework makes it."""
    import keras
    import torch
    from torch.utils import data

    makers: dict[str, Callable[[], Any]] = {
        "nn.Module": type("Own", (torch.nn.Module,), {}),
        "nn.Sequential": lambda: torch.nn.Sequential(torch.nn.ReLU()),
        "DataLoader": lambda: data.DataLoader(data.TensorDataset(torch.zeros(3, 2))),
        "keras.Layer": type("Own", (keras.layers.Layer,), {}),
        "keras.Model": type("Own", (keras.Model,), {}),
        "keras loss": keras.losses.MeanSquaredError,
    }
    return makers[name]()


@pytest.mark.parametrize("name", OBJECTS)
def test_what_is_there_may_be_there(name: str) -> None:
    names = [item for item in dir(made(name)) if not item.startswith("__")]
    names = [item for item in names if not (item.startswith("_") and name.startswith("keras."))]  # of these most are known, too
    lines = [f"nn.Linear(7 if hasattr(x, {item!r}) else 1, 1)(torch.zeros(1, 7))" for item in names]
    head = HEAD + OBJECTS[name]
    report = analyze(head + "\n".join(lines) + "\n", "program.py")
    assert report.failure is None
    assert [names[finding.span.line - 1 - head.count("\n")] for finding in report.findings] == []


def test_what_is_not_there_is_not() -> None:
    report = analyze(HEAD + OBJECTS["nn.Module"] + "nn.Linear(7 if hasattr(x, 'strange') else 1, 1)(torch.zeros(1, 7))\n", "program.py")
    assert len(report.findings) == 1

"""Model zoos as they are published: every layer by name, class and output shape, and the number of parameters.

What the frameworks answered stands in ``fixtures/zoo``; dimlint reads the sources that are installed here and imports none of them.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from dimlint.config import Config
from dimlint.summary import summarize

ZOO = Path(__file__).parents[2] / "fixtures" / "zoo"
ROWS = [json.loads(line) for name in ("torchvision", "keras") for line in (ZOO / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def source(file: str) -> str:
    """Where a file of a package is installed."""
    package = find_spec(file.partition("/")[0])
    assert package is not None and package.submodule_search_locations, f"{file} is not installed"
    return str(Path(next(iter(package.submodule_search_locations))).parent / file)


@pytest.mark.zoo
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["entry"])
def test_a_published_model(row: dict[str, Any]) -> None:
    shapes = [] if row["file"].startswith("keras") else [tuple(row["input"])]
    found = summarize(source(row["file"]), row["entry"], shapes, Config())
    is_open = not shapes and any(size is None for shape in row["input"] for size in shape[1:])
    assert (found.status, found.reason) == ("verified", None) or (is_open and found.status == "partial")  # Keras itself looks when it runs
    for index, (step, wanted) in enumerate(zip(found.steps, row["layers"])):
        assert [step.name, step.layer, step.output_shape] == wanted, f"step {index}"
    assert len(found.steps) == len(row["layers"])
    assert found.output_shape == row["output"]
    assert (found.parameters, found.trainable_parameters) == (row["params"], row.get("trainable", row["params"]))
    if not shapes:
        assert [list(shape) for shape in found.input_shapes if shape is not None] == row["input"]

"""PyTorch's own answers, row by row: dimlint refuses what torch 2.13 refuses and gives its shapes and parameter counts."""

from __future__ import annotations

from collections import Counter

import pytest

from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.layer import Layer
from dimlint.core.problem import Problem, doubts
from dimlint.core.value import LibraryClass, Native, Tensor, Unknown
from dimlint.libraries.torch import LIBRARY
from tests.golden_driver import call, check_row, entry, plain
from tests.golden_rows import rows

ROWS = list(rows("torch_*.jsonl"))


def layer(name: str, *args: object, **kwargs: object) -> Layer:
    """A bound layer of ``torch.nn``."""
    declared = LIBRARY.entries[f"nn.{name}"]
    bound: Layer = declared.layer.bind(args, kwargs)
    return bound


@pytest.mark.parametrize("name", list(Counter(row["layer"] for row in ROWS)))
def test_every_row(name: str) -> None:
    answers = [(row, check_row(row, LIBRARY)) for row in ROWS if row["layer"] == name]
    wrong = [(row["args"], row["kwargs"], row.get("input_shape", row.get("input_shapes")), answer) for row, answer in answers if answer]
    assert not wrong, f"{len(wrong)} of {len(answers)} rows, first: {wrong[:3]}"


def test_every_row_is_declared() -> None:
    assert {row["layer"] for row in ROWS if entry(row, LIBRARY) is None} == set()


@pytest.mark.parametrize("name", sorted({row["layer"] for row in ROWS if row.get("params") is not None and "input_shape" in row}))
def test_knowing_less_reports_less(name: str) -> None:
    """With any size of the input unknown, a row that torch accepts gives no Problem."""
    for row in ROWS:
        if row["layer"] != name or "error" in row or "input_shape" not in row or 0 in row.get("output_shape", [0]):
            continue
        declared = LIBRARY.entries[f"nn.{name}"]
        for axis, size in enumerate(row["input_shape"]):
            x = Shape(*(unknown_dim("?") if index == axis else d for index, d in enumerate(row["input_shape"])))
            with doubts():
                try:
                    out = declared.layer.bind(plain(row["args"]), {k: plain(v) for k, v in row["kwargs"].items()}).output(x)
                except Problem as problem:
                    pytest.fail(f"{row['args']} {row['kwargs']} on {row['input_shape']} without axis {axis} ({size}): {problem}")
                except Exception as other:
                    assert type(other).__name__ == "Undecided", other
                    continue
            assert len(out) > 0


def test_unknown_arguments_are_no_problem() -> None:
    lost = Unknown("an argument")
    with doubts() as noted:
        shape = layer("Conv2d", lost, lost, 3, padding=1).output(Shape(2, 3, 8, 8))
        assert [*shape[:1], *shape[2:]] == [2, 8, 8]
        assert layer("Conv2d", 3, 8, lost).output(Shape(2, 3, 8, 8))[:2] == (2, 8)
        assert layer("Linear", lost, 5).output(Shape(2, 7)) == (2, 5)
    assert noted


def test_messages_say_what_would_be_right() -> None:
    with pytest.raises(Problem) as features:
        layer("Linear", 400, 10).output(Shape(4, 16, 5, 5))
    assert "torch.flatten" in features.value.message and features.value.blame == "in_features"
    with pytest.raises(Problem) as size:
        layer("Conv2d", 512, 8, 5).output(Shape(1, 512, 1, 1))
    assert size.value.rule == "nonpositive-dimension"
    assert size.value.message == (
        "Conv2d output height is -3: (1 - 5) // 1 + 1, from input (1, 512, 1, 1); kernel_size=5, padding=0. "
        "Needs a height of at least 5, or padding=2"
    )
    with pytest.raises(Problem) as channels:
        layer("Conv2d", 3, 8, 3).output(Shape(1, 4, 9, 9))
    assert (channels.value.rule, channels.value.blame, channels.value.expected) == ("channel-mismatch", "in_channels", 4)


def test_view_names_the_elements() -> None:
    body = LIBRARY.entries["Tensor.view"]
    assert isinstance(body, Native)
    with pytest.raises(Problem) as wrong:
        call(body.body, (tensor(4, 16, 5, 5), 4, 512), {})
    assert wrong.value.rule == "reshape-mismatch" and "4*16*5*5 = 1600" in wrong.value.message and "4*512 = 2048" in wrong.value.message
    batch = unknown_dim("N", low=1)
    assert call(body.body, (tensor(batch, 16, 5, 5), batch, -1), {}) == (batch, 400)
    with pytest.raises(Problem):
        call(body.body, (tensor(batch, 16, 5, 5), batch, 401), {})


def tensor(*sizes: Dim) -> Tensor:
    """A tensor of these sizes."""
    return Tensor(Shape(*sizes), "torch")


def test_every_declaration_is_documented() -> None:
    for name, value in LIBRARY.entries.items():
        if isinstance(value, LibraryClass) and value.layer is not None:
            assert value.layer.__doc__, name
        if isinstance(value, Native):
            assert value.body.__doc__ or value.body.__name__ in ("body", "compare"), name


def test_old_paths_lead_to_the_same_layer() -> None:
    for path in ("torch.nn.Conv2d", "torch.nn.modules.conv.Conv2d", "torch.nn.modules.Conv2d"):
        found = LIBRARY.find(path)
        assert found is not None and found[0] == "nn.Conv2d"
    assert LIBRARY.find("torch.nn.parameter.Parameter") is not None
    assert LIBRARY.find("torch.functional.einsum") is not None

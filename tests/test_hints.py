"""What messages say of the way out."""

from __future__ import annotations

import pytest

from dimlint import analyze

LAST = "Channels seem to come last in it: torch wants"
TORCH = "import torch\nfrom torch import nn\n"
KERAS = "from keras import Input, layers\n"


def message(text: str) -> str:
    [finding] = analyze(text).findings
    return finding.message


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("nn.Conv2d(3, 8, 3)(torch.zeros(1, 64, 64, 3))", f"{LAST} (N, C, H, W)"),
        ("nn.Conv2d(3, 8, 3)(torch.zeros(64, 64, 3))", f"{LAST} (C, H, W)"),
        ("nn.ConvTranspose2d(3, 8, 3)(torch.zeros(1, 64, 64, 3))", f"{LAST} (N, C, H, W)"),
        ("nn.Conv1d(3, 8, 3)(torch.zeros(1, 64, 3))", f"{LAST} (N, C, L)"),
        ("nn.Conv3d(3, 8, 3)(torch.zeros(1, 9, 64, 64, 3))", f"{LAST} (N, C, D, H, W)"),
        ("nn.BatchNorm2d(3)(torch.zeros(2, 64, 64, 3))", f"{LAST} (N, C, H, W)"),
        ("nn.BatchNorm1d(3)(torch.zeros(2, 64, 3))", f"{LAST} (N, C, L)"),
        ("nn.GroupNorm(1, 3)(torch.zeros(2, 64, 64, 3))", f"{LAST} (N, C, H, W)"),
        ("nn.Conv2d(3, 8, 3)(torch.zeros(1, 4, 64, 64))", "Needs in_channels=4"),
        ("nn.Conv2d(32, 8, 3)(torch.zeros(1, 64, 32, 32))", "Needs in_channels=64"),
        ("nn.Conv2d(32, 8, 3)(torch.zeros(1, 64, 31, 32))", f"{LAST} (N, C, H, W)"),
        ("nn.BatchNorm1d(3)(torch.zeros(2, 4))", "has 4 channels. Needs num_features=4"),
    ],
)
def test_channels_at_the_wrong_end_in_torch(call: str, hint: str) -> None:
    assert message(TORCH + call).endswith(hint)


@pytest.mark.parametrize(
    ("layer", "shapes", "hint"),
    [
        ("Conv2D(4, 3)", ["(32, 32, 3)", "(3, 32, 32)"], "Channels seem to come first in it: Conv2D wants them last"),
        ("Conv2D(4, 3, data_format='channels_first')", ["(3, 32, 32)", "(32, 32, 3)"], "come last in it: Conv2D wants them first"),
        ("BatchNormalization()", ["(32, 32, 3)", "(3, 32, 32)"], "come first in it: BatchNormalization wants them last"),
        ("Conv2D(4, 3)", ["(32, 32, 3)", "(32, 32, 4)"], "has 4"),
    ],
)
def test_channels_at_the_wrong_end_in_keras(layer: str, shapes: list[str], hint: str) -> None:
    calls = "".join(f"layer(Input({shape}))\n" for shape in shapes)
    assert message(f"{KERAS}layer = layers.{layer}\n{calls}").endswith(hint)


@pytest.mark.parametrize(
    ("layer", "state", "text"),
    [
        ("LSTM(3, 5)", "(h4, h2)", "a hidden state of shape (num_layers, N, hidden_size) = (1, 2, 5), got (1, 4, 5)"),
        ("LSTM(3, 5)", "(h2, h2[..., 1:])", "a cell state of shape (num_layers, N, hidden_size) = (1, 2, 5), got (1, 2, 4)"),
        ("LSTM(3, 5, proj_size=2)", "(h2, h2)", "a hidden state of shape (num_layers, N, proj_size) = (1, 2, 2), got (1, 2, 5)"),
        ("LSTM(3, 5)", "h2", "its state as a pair (h, c) of shapes (1, 2, 5) and (1, 2, 5), got one tensor (1, 2, 5)"),
        ("LSTM(3, 5)", "(h2,)", "its state as a pair (h, c) of shapes (1, 2, 5) and (1, 2, 5), got 1 item"),
        ("GRU(3, 5, 2, bidirectional=True)", "h2", "a hidden state of shape (2 * num_layers, N, hidden_size) = (4, 2, 5), got (1, 2, 5)"),
    ],
)  # fmt: skip
def test_a_state_that_does_not_fit_is_held_against_what_is_needed(layer: str, state: str, text: str) -> None:
    states = "h2, h4 = torch.zeros(1, 2, 5), torch.zeros(1, 4, 5)\n"
    assert message(f"{TORCH}{states}nn.{layer}(torch.zeros(7, 2, 3), {state})") == f"{layer.partition('(')[0]} needs {text}"

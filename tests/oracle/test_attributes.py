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


LAYERS = """
    MaxPool1d(2) | MaxPool2d(2) | MaxPool3d(2) | MaxPool1d(3, 2, 1) | MaxPool2d(3, 2, 1, 1) |
    MaxPool2d((3, 2), stride=(2, 1), padding=(1, 1)) | MaxPool3d((3, 2, 2), padding=1, ceil_mode=True) | MaxPool2d([2, 2]) |
    MaxPool2d(2, None) | AvgPool1d(2) | AvgPool1d(3, 2, 1) | AvgPool1d((3,), (2,), (1,)) | AvgPool2d(2) |
    AvgPool2d((3, 2), 2, 1) | AvgPool2d((3, 2), padding=1) | AvgPool3d(2) | AvgPool3d(2, (1, 1, 1), 1) | LPPool1d(2, 2) |
    LPPool1d(2, 2, 1) | LPPool2d(2, 2) | LPPool2d(2, (2, 3), stride=(1, 1)) | LPPool3d(2, 2) | LPPool3d(2, 2, 2) |
    FractionalMaxPool2d(2, output_size=(3, 3)) | FractionalMaxPool2d(2, output_size=3) |
    FractionalMaxPool2d(2, output_ratio=0.5) | FractionalMaxPool2d((2, 2), output_ratio=(0.5, 0.5)) |
    FractionalMaxPool3d(2, output_size=3) | FractionalMaxPool3d(2, output_ratio=0.5) | AdaptiveAvgPool1d(2) |
    AdaptiveAvgPool2d(2) | AdaptiveAvgPool2d((2, None)) | AdaptiveAvgPool3d(2) | AdaptiveMaxPool1d(2) | AdaptiveMaxPool2d(2) |
    AdaptiveMaxPool2d((2, 3)) | AdaptiveMaxPool3d((2, 3, 4)) | AdaptiveAvgPool2d([1, 1]) | MaxUnpool1d(2) | MaxUnpool2d(2) |
    MaxUnpool2d(2, 2, 0) | MaxUnpool3d((2, 2, 2), (1, 1, 1)) | Unfold(2) | Unfold((2, 3), 1, 1, 2) |
    Unfold(2, dilation=(1, 1), padding=(0, 0), stride=(2, 2)) | Fold(4, 2) | Fold((4, 4), (2, 2), 1, 0, 2) | Fold((4, 4), 2) |
    Upsample(scale_factor=2) | Upsample(scale_factor=(2, 3)) | Upsample(4) | Upsample(size=(4, 4), mode="bilinear") |
    Upsample(scale_factor=2.5, mode="bilinear", align_corners=True) | UpsamplingBilinear2d(scale_factor=2) |
    UpsamplingNearest2d(4) | UpsamplingNearest2d(scale_factor=2) | PixelShuffle(2) | PixelUnshuffle(2) | ChannelShuffle(2) |
    Embedding(4, 2) | Embedding(4, 2, padding_idx=-1) | Embedding(4, 2, 1) | EmbeddingBag(4, 2) |
    EmbeddingBag(4, 2, padding_idx=-1, mode="sum") | Embedding(4, 2, max_norm=1) | Dropout() | Dropout(0.3, True) |
    Dropout1d(0.2) | Dropout2d(0.2) | Dropout3d() | AlphaDropout() | FeatureAlphaDropout(0.1) | BatchNorm1d(3) |
    BatchNorm2d(3, affine=False) | BatchNorm2d(3, track_running_stats=False) | BatchNorm3d(3, 1e-3, 0.2) | SyncBatchNorm(3) |
    InstanceNorm1d(3) | InstanceNorm2d(3, affine=True) | InstanceNorm3d(3, track_running_stats=True) | GroupNorm(2, 4) |
    GroupNorm(2, 4, affine=False) | LayerNorm(4) | LayerNorm((3, 4)) | LayerNorm([3, 4], elementwise_affine=False) |
    LayerNorm(4, bias=False) | RMSNorm(4) | RMSNorm((3, 4), elementwise_affine=False) | LocalResponseNorm(2) | CrossMapLRN2d(3) |
    Conv1d(2, 4, 3) | Conv2d(2, 4, 3, padding="same") |
    Conv2d(2, 4, (3, 1), stride=2, padding=(1, 0), dilation=2, groups=2, bias=False) |
    Conv2d(2, 4, 3, padding=1, padding_mode="circular") | Conv3d(2, 4, [3, 3, 3]) | ConvTranspose1d(2, 4, 3) |
    ConvTranspose2d(2, 4, 3, 2, 1, 1) | ConvTranspose2d(2, 4, 2, output_padding=0, dilation=2) | ConvTranspose3d(2, 4, 3) |
    Conv2d(2, 4, 3, padding="valid") | LazyConv2d(4, 3) | LazyLinear(4) | LazyBatchNorm2d() | LazyInstanceNorm2d() |
    LazyConvTranspose2d(4, 3) | Linear(3, 4) | Linear(3, 4, bias=False) | Bilinear(2, 3, 4) | Bilinear(2, 3, 4, False) |
    Identity() | Identity(54, x=3) | RNN(3, 4) | LSTM(3, 4, 2, batch_first=True, bidirectional=True) | LSTM(3, 4, proj_size=2) |
    GRU(3, 4, bias=False, dropout=0.0) | RNN(3, 4, nonlinearity="relu") | RNNCell(3, 4) | LSTMCell(3, 4, bias=False) |
    GRUCell(3, 4) | MultiheadAttention(4, 2) | MultiheadAttention(4, 2, kdim=3) |
    MultiheadAttention(4, 2, bias=False, batch_first=True, add_bias_kv=True) | TransformerEncoderLayer(4, 2) |
    TransformerDecoderLayer(4, 2, 8) | TransformerEncoder(nn.TransformerEncoderLayer(4, 2, batch_first=True), 2) |
    TransformerDecoder(nn.TransformerDecoderLayer(4, 2), 2) | Transformer(4, 2, 1, 1) | ReflectionPad1d(1) |
    ReflectionPad2d((1, 2, 1, 2)) | ReflectionPad3d(1) | ReplicationPad1d(1) | ReplicationPad2d([1, 2, 1, 2]) |
    ReplicationPad3d(1) | ZeroPad1d(1) | ZeroPad2d(1) | ZeroPad3d(1) | ConstantPad1d(1, 2.0) | ConstantPad2d((1, 1, 1, 1), 0) |
    ConstantPad3d(1, 1) | CircularPad1d(1) | CircularPad2d((1, 0, 0, 0)) | CircularPad3d(1) | Flatten() | Flatten(0, 1) |
    Unflatten(1, (2, 3)) | Unflatten(1, torch.Size([2, 3])) | Unflatten(1, [2, 3]) | ReLU() | ReLU(True) | ReLU6() | ELU() |
    ELU(2.0) | SELU() | CELU() | GELU() | GELU("tanh") | LeakyReLU() | LeakyReLU(0.2) | PReLU() | PReLU(4) | RReLU() |
    Softplus() | Softplus(2, 10) | Softshrink() | Hardshrink() | Hardtanh() | Hardtanh(-2, 2) | Hardsigmoid() | Hardswish() |
    SiLU() | Mish() | Tanh() | Sigmoid() | LogSigmoid() | Softmax() | Softmax(1) | LogSoftmax(-1) | Softmin(1) | Softmax2d() |
    Softsign() | Tanhshrink() | Threshold(1, 2) | GLU() | GLU(1) | CosineSimilarity() | CosineSimilarity(0) |
    PairwiseDistance() | PairwiseDistance(1.0, keepdim=True) | CrossEntropyLoss() |
    CrossEntropyLoss(ignore_index=3, reduction="none") | CrossEntropyLoss(torch.ones(3)) | NLLLoss() | MSELoss() |
    MSELoss(reduction="sum") | MSELoss(size_average=False) | L1Loss(reduce=False) | BCELoss() |
    BCEWithLogitsLoss(pos_weight=torch.ones(3)) | SmoothL1Loss() | HuberLoss() | KLDivLoss(log_target=True) |
    TripletMarginLoss() | CTCLoss() | MarginRankingLoss() | CosineEmbeddingLoss() | HingeEmbeddingLoss() | MultiMarginLoss() |
    MultiLabelMarginLoss() | PoissonNLLLoss() | GaussianNLLLoss() | SoftMarginLoss() | TripletMarginWithDistanceLoss() |
    MultiLabelSoftMarginLoss() | AdaptiveLogSoftmaxWithLoss(4, 10, [3, 6]) |
    AdaptiveLogSoftmaxWithLoss(4, 10, (3, 6), 2.0, True)
"""
"""Layers with their arguments in several spellings: what the frameworks keep of them, dimlint must not say otherwise."""


def shown(value: Any) -> str | None:
    """A condition that holds for ``m.NAME`` as the framework has it; None for what is no data."""
    import torch

    if value is None:
        return "m.NAME is None"
    if isinstance(value, torch.nn.parameter.UninitializedTensorMixin):
        return None
    if isinstance(value, torch.Tensor):
        return f"isinstance(m.NAME, torch.Tensor) and tuple(m.NAME.shape) == {tuple(value.shape)}"
    items = value if isinstance(value, (tuple, list)) else (value,)
    if not all(item is None or isinstance(item, (str, int, float)) for item in items):
        return None
    return f"type(m.NAME) is type({value!r}) and m.NAME == {value!r}"


@pytest.mark.parametrize("call", [item for line in LAYERS.split("\n") for item in map(str.strip, line.rstrip("|").split(" | ")) if item])
def test_what_a_layer_keeps_is_what_the_framework_keeps(call: str) -> None:
    import torch
    from torch import nn

    made = eval("nn." + call, {"nn": nn, "torch": torch})
    names = [name for name in dir(made) if not name.startswith("__") and name not in ("T_destination", "forward")]
    stated = {name: shown(getattr(made, name)) for name in names}
    text = f"import torch\nfrom torch import nn\nm = nn.{call}\nkept = nn.Linear(1, 1)\n"
    for name, condition in stated.items():
        text += f"kept(torch.zeros(1, 1 if {condition.replace('NAME', name)} else 2))\n" if condition else "\n"
    report = analyze(text, "program.py")
    assert report.failure is None
    assert [(names[finding.span.line - 5], stated[names[finding.span.line - 5]]) for finding in report.findings] == []

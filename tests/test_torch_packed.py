"""Sequences of different lengths: packed, run through recurrent layers, padded again."""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = """import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence
from torch.nn.utils.rnn import unpack_sequence, unpad_sequence
x = torch.rand(3, 7, 5)
packed = pack_padded_sequence(x, [6, 4, 2], batch_first=True)
loose = pack_padded_sequence(x, torch.tensor([2, 6, 4]), batch_first=True, enforce_sorted=False)
lstm = nn.LSTM(5, 4, num_layers=2, bidirectional=True, batch_first=True)
"""

RIGHT = {
    "data": "packed.data.view(12 * 5)\npacked.batch_sizes.view(6)\nassert packed.sorted_indices is None and len(packed) == 4",
    "unpacking": "data, sizes, *_ = packed\ndata.view(60)\npacked[0].view(60)\nassert isinstance(packed, PackedSequence)\n"
    "assert isinstance(packed, tuple) and not isinstance(x, PackedSequence)",
    "lstm": "y, (h, c) = lstm(packed)\ny.data.view(12 * 8)\nh.reshape(4 * 3 * 4)\nassert h.shape == c.shape == (4, 3, 4)",
    "padded again": "y, lengths = pad_packed_sequence(lstm(packed)[0], batch_first=True)\ny.reshape(3 * 6 * 8)\nlengths.view(3)",
    "steps first": "y, _ = pad_packed_sequence(lstm(packed)[0])\ny.reshape(6, 24)",
    "total length": "y, _ = pad_packed_sequence(lstm(loose)[0], batch_first=True, total_length=7)\n"
    "y.reshape(3 * 7 * 8)\n(x[..., :1] + y).sum()",
    "unknown length": "y, n = pad_packed_sequence(lstm(loose)[0], batch_first=True)\nnn.Linear(8, 2)(y)[:, 0].reshape(6)\nn.view(3)",
    "projected": "y, (h, c) = nn.LSTM(5, 4, proj_size=2)(packed)\ny.data.view(24)\nh.reshape(6)\nc.reshape(12)",
    "gru": "y, h = nn.GRU(5, 4)(packed, torch.zeros(1, 3, 4))\nnn.GRU(4, 2)(y)[0].data.view(24)",
    "states": "lstm(packed, (torch.zeros(4, 3, 4), torch.zeros(4, 3, 4)))[0].data.view(96)\nnn.RNN(5, 4)(loose, torch.zeros(1, 9, 4))",
    "pad and pack": "s = [torch.rand(n, 5) for n in (4, 3, 1)]\npad_sequence(s).view(4 * 3 * 5)\n"
    "pad_sequence(s, batch_first=True).view(3, 20)\n"
    "lstm(pack_sequence(s))[0].data.view(8 * 8)",
    "unpack": "a, b, c = unpack_sequence(packed)\nnn.Linear(5, 1)(b)\nu = unpad_sequence(x, torch.tensor([7, 3, 1]), batch_first=True)\n"
    "assert len(u) == 3\nnn.Linear(5, 2)(u[1])",
    "by hand": "p = PackedSequence(nn.Linear(5, 3)(packed.data), packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)\n"
    "y, _ = nn.GRU(3, 2)(p)\ny.data.view(24)\npad_packed_sequence(packed._replace(data=y.data))[0].reshape(36)",
    "one sequence each": "pack_padded_sequence(torch.rand(7, 3), [6, 4, 2]).data.view(12)",
    "too long": "pack_padded_sequence(x, [9, 4, 2], batch_first=True)",
    "fewer": "pack_padded_sequence(x, [6, 4], batch_first=True, enforce_sorted=False).data.view(50)",
    "flattened": "lstm.flatten_parameters()\nassert isinstance(lstm, nn.RNNBase)\nlstm(packed.to('cpu'))",
}

WRONG = {
    "features": ("nn.LSTM(6, 4)(packed)", "feature-mismatch"),
    "features behind": ("y, _ = pad_packed_sequence(lstm(loose)[0])\nnn.Linear(4, 2)(y)", "feature-mismatch"),
    "features of data": ("nn.Linear(7, 2)(packed.data)", "feature-mismatch"),
    "next layer": ("nn.GRU(4, 2)(lstm(packed)[0])", "feature-mismatch"),
    "growing": ("pack_padded_sequence(x, [2, 6, 4], batch_first=True)", "invalid-layer-argument"),
    "nothing": ("pack_padded_sequence(x, [2, 1, 0], batch_first=True)", "invalid-layer-argument"),
    "layout": ("pack_padded_sequence(x, [6, 4, 2])", "merge-mismatch"),
    "more lengths": ("pack_padded_sequence(x, torch.ones(4), batch_first=True, enforce_sorted=False)", "merge-mismatch"),
    "matrix of lengths": ("pack_padded_sequence(x, torch.ones(3, 1), batch_first=True)", "rank-mismatch"),
    "one length": ("pack_padded_sequence(x[:1], 3, batch_first=True)", "invalid-layer-argument"),
    "vector": ("pack_padded_sequence(torch.rand(3), [1, 1, 1])", "rank-mismatch"),
    "empty": ("pack_padded_sequence(torch.rand(3, 7, 0), [6, 4, 2], batch_first=True)", "nonpositive-dimension"),
    "padding a tensor": ("pad_packed_sequence(x)", "invalid-layer-argument"),
    "total length": ("pad_packed_sequence(packed, total_length=5)", "invalid-layer-argument"),
    "linear": ("nn.Linear(5, 2)(packed)", "invalid-layer-argument"),
    "dropout": ("nn.Dropout(0.5)(lstm(packed)[0])", "invalid-layer-argument"),
    "states": ("nn.GRU(5, 4)(packed, torch.zeros(1, 2, 4))", "merge-mismatch"),
    "few states": ("nn.GRU(5, 4)(loose, torch.zeros(1, 2, 4))", "merge-mismatch"),
    "rank": ("nn.GRU(5, 4)(pack_padded_sequence(x[..., 0], [6, 4, 2], batch_first=True))", "rank-mismatch"),
    "sequences": ("pad_sequence([torch.rand(3, 5), torch.rand(2, 4)])", "merge-mismatch"),
    "no sequences": ("pad_sequence([])", "invalid-layer-argument"),
    "sequence of numbers": ("pad_sequence([torch.tensor(1), torch.tensor(2)])", "rank-mismatch"),
    "side": ("pad_sequence([x], padding_side='middle')", "invalid-layer-argument"),
    "lengths of another batch": ("unpad_sequence(x, torch.tensor([3, 2]), batch_first=True)", "merge-mismatch"),
    "pair": ("nn.Linear(8, 2)(lstm(packed))", "invalid-layer-argument"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    report = analyze(HEAD + RIGHT[name] + "\n")
    assert report.failure is None
    assert [finding.message for finding in report.findings] == []


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str) -> None:
    text, rule = WRONG[name]
    report = analyze(HEAD + text + "\n")
    assert [finding.rule for finding in report.findings] == [rule], report.gaps

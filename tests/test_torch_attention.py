"""Attention and transformers as programs use them: parts that are looked at, replaced and overridden; masks; modes."""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = """import copy
import torch
import torch.nn as nn
import torch.nn.functional as F
attention = nn.MultiheadAttention(8, 2, batch_first=True)
layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
encoder = nn.TransformerEncoder(layer, 2)
decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), num_layers=2, norm=nn.LayerNorm(8))
x, memory = torch.rand(2, 3, 8), torch.rand(2, 5, 8)
"""

RIGHT = {
    "weights": "y, w = attention(x, memory, memory)\nw.reshape(2 * 3 * 5)\ny.reshape(48)",
    "weights of each head": "_, w = attention(x, memory, memory, average_attn_weights=False)\nw.reshape(2 * 2 * 3 * 5)",
    "no weights": "y, w = attention(x, x, x, need_weights=False)\nassert w is None\ny.reshape(48)",
    "no batch": "y, w = attention(x[0], memory[0], memory[0])\nw.reshape(15)",
    "keyword arguments": "attention(query=x, key=memory, value=memory, key_padding_mask=torch.zeros(2, 5).bool())[0].reshape(48)",
    "appended keys": "nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True)(x, x, x)[1].reshape(3 * 2 * 4)",
    "other widths": "m = nn.MultiheadAttention(8, 2, kdim=6, vdim=5)\nm(x, torch.rand(4, 3, 6), torch.rand(4, 3, 5))[1].reshape(3, 2, 4)",
    "hint drops the mask": "attention(x, x, x, attn_mask=torch.zeros(9, 9), need_weights=False, is_causal=True)[0].reshape(48)",
    "attributes": "m = nn.MultiheadAttention(8, 2, kdim=6)\nassert m.in_proj_weight is None and m.k_proj_weight.shape == (8, 6)\n"
    "assert (m.embed_dim, m.num_heads, m.head_dim, m.kdim, m.vdim) == (8, 2, 4, 6, 8)\nassert m.bias_k is None\n"
    "assert m.out_proj.weight.shape == (8, 8) and isinstance(m.out_proj, nn.Linear)\nm.in_proj_bias.reshape(24)",
    "parts": "assert layer.self_attn.embed_dim == layer.linear1.in_features == 8\nassert len(encoder.layers) == encoder.num_layers == 2\n"
    "encoder.layers[1].linear2(torch.rand(4, 16)).view(32)\n"
    "assert [name for name, _ in layer.named_children()][:3] == ['self_attn', 'linear1', 'dropout']",
    "copies": "encoder.layers[0].linear1 = nn.Linear(8, 5)\nencoder.layers[0].linear2 = nn.Linear(5, 8)\n"
    "encoder(x).reshape(48)\nlayer(x).reshape(48)",
    "deep copy": "copy.deepcopy(encoder)(x).reshape(48)",
    "masks of an encoder": "encoder(x, torch.zeros(3, 3), torch.zeros(2, 3))\n"
    "encoder(x, mask=torch.zeros(4, 3, 3), is_causal=False).reshape(48)",
    "decoder": "m = nn.Transformer.generate_square_subsequent_mask(3)\ndecoder(x, memory, m, tgt_is_causal=True).reshape(48)\n"
    "decoder(x, memory, memory_mask=torch.zeros(3, 5), memory_key_padding_mask=torch.zeros(2, 5)).reshape(48)",
    "transformer": "t = nn.Transformer(8, 2, 1, 1, 16)\nm = t.generate_square_subsequent_mask(3)\n"
    "t(torch.rand(5, 2, 8), torch.rand(3, 2, 8), tgt_mask=m).reshape(48)\nassert t.d_model == 8\nt.decoder.layers[0].norm3(x)",
    "own encoder": "t = nn.Transformer(8, 2, custom_encoder=encoder, batch_first=True, num_decoder_layers=1)\nt(memory, x).reshape(48)",
    "modes": "encoder.eval()\nattention.eval()\nwith torch.no_grad():\n    encoder(x, torch.zeros(1, 9))\n"
    "    encoder(x, is_causal=True)\n    attention(x, x, x, is_causal=True)",
    "out of another width": "attention.out_proj = nn.Linear(8, 5)\ny, _ = attention(x, x, x)\ny.reshape(30)",
    "activation": "nn.TransformerEncoderLayer(8, 2, 16, activation=nn.GLU())\n"
    "nn.TransformerEncoderLayer(8, 2, activation=F.gelu)(x).reshape(48)",
    "unknown flags": "import os\nf = 'ATTENTION' in os.environ\n"
    "attention(x, x, x, attn_mask=torch.zeros(9, 9), need_weights=f, is_causal=True)\n"
    "y, w = attention(x, x, x, need_weights=f)\nnn.MultiheadAttention(8, 2, batch_first=not f)(x, memory, memory)[0].reshape(48)",
    "more heads than keys": "q, k = torch.rand(2, 6, 3, 4), torch.rand(2, 2, 5, 4)\n"
    "F.scaled_dot_product_attention(q, k, k, enable_gqa=True).reshape(2, 6, 12)",
    "function of weights": "l = nn.Linear(8, 8)\n"
    "F.multi_head_attention_forward(x, x, x, 8, 2, None, torch.cat([l.bias] * 3), None, None, False,\n"
    "    0.0, nn.Linear(8, 4).weight, None, use_separate_proj_weight=True, q_proj_weight=l.weight, k_proj_weight=l.weight,\n"
    "    v_proj_weight=l.weight)[0].reshape(24)",
}

WRONG = {
    "heads": ("nn.TransformerDecoderLayer(30, 4)", "invalid-layer-argument"),
    "heads of a transformer": ("nn.Transformer(30, 4)", "invalid-layer-argument"),
    "activation": ("nn.TransformerEncoderLayer(8, 2, activation='tanh')", "invalid-layer-argument"),
    "features": ("attention(torch.rand(2, 3, 9), memory, memory)", "feature-mismatch"),
    "key features": ("attention(x, torch.rand(2, 5, 7), torch.rand(2, 5, 7))", "feature-mismatch"),
    "rank": ("attention(x, memory[0], memory[0])", "rank-mismatch"),
    "4-d": ("attention(x[None], x[None], x[None])", "rank-mismatch"),
    "batches": ("attention(x, torch.rand(3, 5, 8), torch.rand(3, 5, 8))", "merge-mismatch"),
    "lengths": ("attention(x, memory, x)", "merge-mismatch"),
    "padding mask": ("attention(x, memory, memory, key_padding_mask=torch.zeros(2, 3).bool())", "merge-mismatch"),
    "padding mask in evaluation": ("attention.eval()(x, x, x, key_padding_mask=torch.zeros(2, 5).bool())", "merge-mismatch"),
    "mask": ("attention(x, memory, memory, attn_mask=torch.zeros(5, 3))", "merge-mismatch"),
    "mask of each head": ("attention(x, memory, memory, attn_mask=torch.zeros(2, 3, 5))", "merge-mismatch"),
    "mask in evaluation": ("layer.eval()(x, torch.zeros(5, 5))", "merge-mismatch"),
    "hint without mask": ("layer(x, is_causal=True)", "invalid-layer-argument"),
    "encoder": ("encoder(torch.rand(2, 3, 9))", "feature-mismatch"),
    "encoder of no layers": ("nn.TransformerEncoder(layer, 0)(x)", "invalid-layer-argument"),
    "memory": ("decoder(x, torch.rand(3, 5, 8))", "merge-mismatch"),
    "transformer": ("nn.Transformer(8, 2, 1, 1)(x, torch.rand(2, 4, 8))", "merge-mismatch"),
    "replaced": ("layer.linear2 = nn.Linear(16, 9)\nlayer(x)", "merge-mismatch"),
    "gate": ("nn.TransformerEncoderLayer(8, 2, 16, activation=nn.GLU())(x)", "feature-mismatch"),
    "pair": ("nn.Sequential(nn.LSTM(8, 8), attention)(x)", "invalid-layer-argument"),
    "pair of tensors": ("nn.Linear(8, 4)(attention(x, x, x))", "invalid-layer-argument"),
    "negative mask": ("nn.Transformer.generate_square_subsequent_mask(-1)", "invalid-layer-argument"),
    "scaled": ("F.scaled_dot_product_attention(x, memory, memory, attn_mask=torch.zeros(5, 3))", "merge-mismatch"),
    "groups": (
        "q, k = torch.rand(2, 6, 3, 4), torch.rand(2, 4, 5, 4)\nF.scaled_dot_product_attention(q, k, k, enable_gqa=True)",
        "merge-mismatch",
    ),
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


def test_findings_are_where_the_stack_is_called() -> None:
    report = analyze(HEAD + "encoder(\n    torch.rand(2, 3, 9)\n)\n")
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(10, "feature-mismatch")]
    assert "TransformerEncoderLayer has d_model=8" in report.findings[0].message


def test_forgotten_batch_first_is_named() -> None:
    report = analyze(HEAD + "nn.MultiheadAttention(8, 2)(torch.rand(2, 4, 8), memory, memory)\n")
    assert "Needs batch_first=True" in report.findings[0].message

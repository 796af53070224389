# mypy: disable-error-code=misc
"""Encoders and decoders of attention and feed-forward layers.

Their objects call their parts one by one, so that a program may replace or override any of them.
Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
Source: https://docs.pytorch.org/docs/stable/nn.html#transformer-layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dimlint.core.dim import Dim, Shape
from dimlint.core.layer import Field, Layer, dim, flag, ignored, number, refuse
from dimlint.core.value import Machine, Ref, Value
from dimlint.libraries.torch.activation import Dropout
from dimlint.libraries.torch.arguments import count, probability
from dimlint.libraries.torch.attention import MultiheadAttention
from dimlint.libraries.torch.dense import Linear
from dimlint.libraries.torch.heads import require_heads
from dimlint.libraries.torch.module import instance, torch
from dimlint.libraries.torch.normalization import LayerNorm
from dimlint.libraries.torch.parts import Composed, Parts, known, run

Step = Callable[[Value], Value]


def activation_argument() -> Any:
    """``'relu'``, ``'gelu'`` or anything that can be called."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, str) and value not in ("relu", "gelu"):
            raise refuse(owner, name, "'relu', 'gelu' or a function", value)
        return value

    return Field(convert, "relu")


class TransformerLayer(Composed):
    """What the layers of encoders and decoders share: the shape stays.

    training: the mode, which ``train()`` and ``eval()`` change. norms: how many normalizations there are, each after one block.
    """

    training: Value = True
    norms = 2
    unkept = frozenset(["d_model", "nhead", "dim_feedforward", "layer_norm_eps", "batch_first", "bias", "device", "dtype"])
    d_model: Dim = dim()
    nhead: Dim = dim()
    dim_feedforward: Dim = count(2048)
    dropout: Value = probability(0.1)
    activation: Value = activation_argument()
    layer_norm_eps: Value = number(1e-5)
    batch_first: bool = flag(False)
    norm_first: bool = flag(False)
    bias: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()

    def check(self) -> None:
        require_heads(self.label, self.d_model, self.nhead, ("d_model", "nhead"))

    def attention(self) -> MultiheadAttention:
        """One attention of the layer's width."""
        options = {"dropout": self.dropout, "bias": self.bias, "batch_first": self.batch_first}
        made = MultiheadAttention.bind((self.d_model, self.nhead), options)
        assert isinstance(made, MultiheadAttention)
        made.training = self.training
        made.owner = (self.label, "d_model")
        return made

    def parts(self) -> dict[str, Layer]:
        bias = {"bias": self.bias}
        norm = LayerNorm.bind((self.d_model,), {"eps": self.layer_norm_eps, **bias})
        drop = Dropout.bind((self.dropout,), {})
        return {
            **{name: self.attention() for name in ("self_attn", "multihead_attn")[: self.norms - 1]},
            "linear1": Linear.bind((self.d_model, self.dim_feedforward), bias),
            "dropout": drop,
            "linear2": Linear.bind((self.dim_feedforward, self.d_model), bias),
            **{f"norm{index + 1}": norm for index in range(self.norms)},
            **{f"dropout{index + 1}": drop for index in range(self.norms)},
        }

    def attribute(self, name: str) -> Value:
        found = super().attribute(name)
        return torch.entries[f"nn.functional.{found}"] if name == "activation" and isinstance(found, str) else found

    def attend(self, x: Shape, source: Shape, mask: Value, padding: Value, causal: Value) -> None:
        """Check one attention of the layer."""
        self.attention().output(x, source, source, padding, False, mask, True, causal)


class LayerMethods(Parts):
    """What the objects of encoder and decoder layers have in common."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        Parts.__init__(machine, self, *args, **kwargs)
        activation = machine.attribute(self, "activation")
        if isinstance(activation, Ref):
            machine.set_attribute(self, "activation", activation)

    def _sa_block(machine: Machine, self: Ref, x: Value, attn_mask: Value, key_padding_mask: Value, is_causal: Value = False) -> Value:
        options = {"attn_mask": attn_mask, "key_padding_mask": key_padding_mask, "need_weights": False, "is_causal": is_causal}
        return run(machine, self, "dropout1", first(machine, run(machine, self, "self_attn", x, x, x, **options)))

    def _ff_block(machine: Machine, self: Ref, x: Value) -> Value:
        layer = instance(machine, self).layer
        x = run(machine, self, "activation", run(machine, self, "linear1", x))
        x = run(machine, self, "linear2", run(machine, self, "dropout", x))
        return run(machine, self, f"dropout{layer.norms if isinstance(layer, TransformerLayer) else 2}", x)


def first(machine: Machine, pair: Value) -> Value:
    """The output of an attention, without the weights."""
    return known(machine.get_item(pair, 0, None))


def apply_blocks(machine: Machine, self: Ref, x: Value, blocks: list[Step]) -> Value:
    """Blocks with residual connections, each normalized before or after."""
    before = machine.truth(machine.attribute(self, "norm_first"))
    for index, block in enumerate(blocks):
        norm = f"norm{index + 1}"
        change = block(run(machine, self, norm, x) if before else x)
        x = known(machine.binary("+", x, change, None))
        x = x if before else run(machine, self, norm, x)
    return x


class EncoderLayerMethods(LayerMethods):
    """An encoder layer as it is called."""

    def forward(
        machine: Machine, self: Ref, src: Value, src_mask: Value = None, src_key_padding_mask: Value = None, is_causal: Value = False
    ) -> Value:
        def attend(x: Value) -> Value:
            return run(machine, self, "_sa_block", x, src_mask, src_key_padding_mask, is_causal=is_causal)

        return apply_blocks(machine, self, src, [attend, lambda x: run(machine, self, "_ff_block", x)])


@torch.layer("nn.TransformerEncoderLayer", methods=EncoderLayerMethods)
class TransformerEncoderLayer(TransformerLayer):
    """Self-attention and a feed-forward network: (L, N, d_model) stays."""

    def output(self, src: Shape, src_mask: Value = None, src_key_padding_mask: Value = None, is_causal: Value = False) -> Shape:
        self.attend(src, src, src_mask, src_key_padding_mask, is_causal)
        return src


class DecoderLayerMethods(LayerMethods):
    """A decoder layer as it is called."""

    def forward(
        machine: Machine,
        self: Ref,
        tgt: Value,
        memory: Value,
        tgt_mask: Value = None,
        memory_mask: Value = None,
        tgt_key_padding_mask: Value = None,
        memory_key_padding_mask: Value = None,
        tgt_is_causal: Value = False,
        memory_is_causal: Value = False,
    ) -> Value:
        def attend(x: Value) -> Value:
            return run(machine, self, "_sa_block", x, tgt_mask, tgt_key_padding_mask, tgt_is_causal)

        def look(x: Value) -> Value:
            return run(machine, self, "_mha_block", x, memory, memory_mask, memory_key_padding_mask, memory_is_causal)

        return apply_blocks(machine, self, tgt, [attend, look, lambda x: run(machine, self, "_ff_block", x)])

    def _mha_block(
        machine: Machine, self: Ref, x: Value, mem: Value, attn_mask: Value, key_padding_mask: Value, is_causal: Value = False
    ) -> Value:
        options = {"attn_mask": attn_mask, "key_padding_mask": key_padding_mask, "need_weights": False, "is_causal": is_causal}
        return run(machine, self, "dropout2", first(machine, run(machine, self, "multihead_attn", x, mem, mem, **options)))


@torch.layer("nn.TransformerDecoderLayer", methods=DecoderLayerMethods)
class TransformerDecoderLayer(TransformerLayer):
    """Self-attention, attention to a memory (S, N, d_model) and a feed-forward network: (L, N, d_model) stays."""

    norms = 3

    def output(
        self,
        tgt: Shape,
        memory: Shape,
        tgt_mask: Value = None,
        memory_mask: Value = None,
        tgt_key_padding_mask: Value = None,
        memory_key_padding_mask: Value = None,
        tgt_is_causal: Value = False,
        memory_is_causal: Value = False,
    ) -> Shape:
        self.attend(tgt, tgt, tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        self.attend(tgt, memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        return tgt

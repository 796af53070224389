# mypy: disable-error-code=misc
"""Stacks of encoder and decoder layers, and the whole transformer of them.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
Source: https://docs.pytorch.org/docs/stable/nn.html#transformer-layers.
"""

from __future__ import annotations

from dataclasses import replace

from dimlint.core.dim import Dim, Shape, never_positive
from dimlint.core.layer import ARGUMENT, Layer, dim, flag, ignored, number, plain, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Instance, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.python.copying import deep
from dimlint.libraries.torch.arguments import FEATURES, MERGE, count, probability, refuse_rank
from dimlint.libraries.torch.module import instance, members, torch
from dimlint.libraries.torch.normalization import LayerNorm
from dimlint.libraries.torch.parts import Composed, build, known, run
from dimlint.libraries.torch.transformer import TransformerDecoderLayer, TransformerEncoderLayer, TransformerLayer, activation_argument
from dimlint.shapes.select import require_few

MAX_LAYERS = 200
"""Copies of a layer that are followed one by one."""

PROTOTYPE = "_prototype_"
"""Attribute under which a stack remembers what its layers are copies of, in a tuple, since it is none of its modules."""


def stack(machine: Machine, self: Ref, layer: Value, num_layers: Value, norm: Value) -> None:
    """Keep copies of a layer. They have no place in the program: problems are shown where the stack is called."""
    if not isinstance(num_layers, int):
        if isinstance(num_layers, float):
            raise Problem(ARGUMENT, f"num_layers must be an integer, got {num_layers}", blame="num_layers")
        raise Undecided("the number of layers is not known")
    if num_layers > MAX_LAYERS:
        raise Undecided(f"more than {MAX_LAYERS} layers are not modelled")
    copies = []
    for _ in range(num_layers):
        copy = deep(machine, layer)
        held = machine.contents(copy) if isinstance(copy, Ref) else None
        if not isinstance(held, Instance):
            raise Undecided(layer.reason if isinstance(layer, Unknown) else "the layer to be copied is not known")
        machine.update(copy, replace(held, site=None))
        copies.append(copy)
    machine.set_attribute(self, "training", True)
    machine.set_attribute(self, "layers", machine.call(torch.entries["nn.ModuleList"], (tuple(copies),)))
    machine.set_attribute(self, "num_layers", num_layers)
    machine.set_attribute(self, PROTOTYPE, (layer,))
    machine.set_attribute(self, "norm", norm)


def layers_of(machine: Machine, self: Ref, label: str) -> list[Value]:
    """The copies. Raises Problem if there are none. What they are copies of need not be tried by itself."""
    (prototype,) = known(machine.attribute(self, PROTOTYPE))
    machine.record_model(prototype, (), None)
    layers = list(members(machine, known(machine.attribute(self, "layers"))).values())
    if not layers:
        raise Problem(ARGUMENT, f"{label} needs at least one layer, but has none", blame="num_layers")
    return layers


def finish(machine: Machine, self: Ref, x: Value) -> Value:
    """The output normalized, if there is a norm."""
    norm = machine.attribute(self, "norm")
    return x if norm is None else run(machine, self, "norm", x)


def hint(causal: Value) -> Value:
    """What a stack passes on: left open, it looks at the values of the mask, whose shape is right if they are causal."""
    return False if causal is None else causal


@torch.type("nn.TransformerEncoder", bases=("nn.Module",))
class TransformerEncoder:
    """Copies of an encoder layer one after the other."""

    def __init__(
        machine: Machine,
        self: Ref,
        encoder_layer: Value,
        num_layers: Value,
        norm: Value = None,
        enable_nested_tensor: Value = True,
        mask_check: Value = True,
    ) -> None:
        stack(machine, self, encoder_layer, num_layers, norm)

    def forward(
        machine: Machine, self: Ref, src: Value, mask: Value = None, src_key_padding_mask: Value = None, is_causal: Value = None
    ) -> Value:
        options = {"src_mask": mask, "is_causal": hint(is_causal), "src_key_padding_mask": src_key_padding_mask}
        for layer in layers_of(machine, self, "TransformerEncoder"):
            src = known(machine.call(layer, (src,), options))
        return finish(machine, self, src)


@torch.type("nn.TransformerDecoder", bases=("nn.Module",))
class TransformerDecoder:
    """Copies of a decoder layer one after the other."""

    def __init__(machine: Machine, self: Ref, decoder_layer: Value, num_layers: Value, norm: Value = None) -> None:
        stack(machine, self, decoder_layer, num_layers, norm)

    def forward(
        machine: Machine,
        self: Ref,
        tgt: Value,
        memory: Value,
        tgt_mask: Value = None,
        memory_mask: Value = None,
        tgt_key_padding_mask: Value = None,
        memory_key_padding_mask: Value = None,
        tgt_is_causal: Value = None,
        memory_is_causal: Value = False,
    ) -> Value:
        options = {
            "tgt_mask": tgt_mask,
            "memory_mask": memory_mask,
            "tgt_key_padding_mask": tgt_key_padding_mask,
            "memory_key_padding_mask": memory_key_padding_mask,
            "tgt_is_causal": hint(tgt_is_causal),
            "memory_is_causal": memory_is_causal,
        }
        for layer in layers_of(machine, self, "TransformerDecoder"):
            tgt = known(machine.call(layer, (tgt, memory), options))
        return finish(machine, self, tgt)


class TransformerMethods:
    """A transformer as it is built and called."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        machine.construct(self, Transformer, args, kwargs)
        held = instance(machine, self)
        layer = held.layer
        assert isinstance(layer, Transformer)
        encoder, decoder = layer.custom_encoder, layer.custom_decoder
        if encoder is None:
            encoder = _stack_of(machine, "nn.TransformerEncoder", layer, layer.encoder_layer(), layer.num_encoder_layers)
        if decoder is None:
            decoder = _stack_of(machine, "nn.TransformerDecoder", layer, layer.decoder_layer(), layer.num_decoder_layers)
        machine.update(self, replace(held, attributes={**held.attributes, "encoder": encoder, "decoder": decoder}))

    def forward(
        machine: Machine,
        self: Ref,
        src: Value,
        tgt: Value,
        src_mask: Value = None,
        tgt_mask: Value = None,
        memory_mask: Value = None,
        src_key_padding_mask: Value = None,
        tgt_key_padding_mask: Value = None,
        memory_key_padding_mask: Value = None,
        src_is_causal: Value = None,
        tgt_is_causal: Value = None,
        memory_is_causal: Value = False,
    ) -> Value:
        layer = instance(machine, self).layer
        if isinstance(layer, Transformer) and isinstance(src, Tensor) and isinstance(tgt, Tensor):
            layer.require_pair(src.shape, tgt.shape)
        masks = {"mask": src_mask, "src_key_padding_mask": src_key_padding_mask, "is_causal": src_is_causal}
        memory = run(machine, self, "encoder", src, **masks)
        options = {
            "tgt_mask": tgt_mask,
            "memory_mask": memory_mask,
            "tgt_key_padding_mask": tgt_key_padding_mask,
            "memory_key_padding_mask": memory_key_padding_mask,
            "tgt_is_causal": tgt_is_causal,
            "memory_is_causal": memory_is_causal,
        }
        return run(machine, self, "decoder", tgt, memory, **options)

    @staticmethod
    def generate_square_subsequent_mask(sz: Dim, device: Value = None, dtype: Value = None) -> Shape:
        if isinstance(sz, int) and sz < 0:
            raise Problem(ARGUMENT, f"generate_square_subsequent_mask needs a size of zero or more, got {sz}", blame="sz")
        return Shape(sz, sz)


def _stack_of(machine: Machine, name: str, owner: Transformer, layer: Layer, num_layers: Dim) -> Value:
    norm = LayerNorm.bind((owner.d_model,), {"eps": owner.layer_norm_eps, "bias": owner.bias})
    made = machine.call(torch.entries[name], (build(machine, layer), num_layers, build(machine, norm)))
    if isinstance(made, Ref):
        machine.update(made, replace(instance(machine, made), site=None))
    return made


@torch.layer("nn.Transformer", methods=TransformerMethods)
class Transformer(Composed):
    """An encoder of sources (S, N, d_model) and a decoder of targets (T, N, d_model) -> (T, N, d_model)."""

    unkept = frozenset(
        [
            *("num_encoder_layers", "num_decoder_layers", "dim_feedforward", "dropout", "activation", "custom_encoder", "custom_decoder"),
            *("layer_norm_eps", "norm_first", "bias", "device", "dtype"),
        ]
    )
    d_model: Dim = dim(512)
    nhead: Dim = dim(8)
    num_encoder_layers: Dim = dim(6)
    num_decoder_layers: Dim = dim(6)
    dim_feedforward: Dim = count(2048)
    dropout: Value = probability(0.1)
    activation: Value = activation_argument()
    custom_encoder: Value = plain(None)
    custom_decoder: Value = plain(None)
    layer_norm_eps: Value = number(1e-5)
    batch_first: bool = flag(False)
    norm_first: bool = flag(False)
    bias: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()

    def check(self) -> None:
        if self.custom_encoder is None:
            self.encoder_layer()
        if self.custom_decoder is None:
            self.decoder_layer()

    def encoder_layer(self) -> Layer:
        """The layer that the encoder repeats."""
        return TransformerEncoderLayer.bind((), self._options())

    def decoder_layer(self) -> Layer:
        """The layer that the decoder repeats."""
        return TransformerDecoderLayer.bind((), self._options())

    def _options(self) -> dict[str, Value]:
        return {name: getattr(self, name) for name in TransformerLayer.fields}

    def require_pair(self, src: Shape, tgt: Shape) -> None:
        """What is looked at before anything else."""
        axis = 0 if self.batch_first else 1
        for name, x in (("src", src), ("tgt", tgt)):
            if x.rank < 2:
                raise refuse_rank(self.label, f"a 3-d {name}, or a 2-d one without the batch", x)
        if src.rank == 3:
            batches = f"{src[axis]} and {tgt[axis]}, by batch_first={self.batch_first}"
            unify(src[axis], tgt[axis], MERGE, f"{self.label}: src {src} and tgt {tgt} have batches of {batches}", blame="batch_first")
        for name, x in (("src", src), ("tgt", tgt)):
            message = f"{self.label} has d_model={self.d_model}, but the last axis of {name} {x} is {x[-1]}"
            unify(x[-1], self.d_model, FEATURES, message, blame="d_model")

    def output(
        self,
        src: Shape,
        tgt: Shape,
        src_mask: Value = None,
        tgt_mask: Value = None,
        memory_mask: Value = None,
        src_key_padding_mask: Value = None,
        tgt_key_padding_mask: Value = None,
        memory_key_padding_mask: Value = None,
        src_is_causal: Value = None,
        tgt_is_causal: Value = None,
        memory_is_causal: Value = False,
    ) -> Shape:
        if self.custom_encoder is not None or self.custom_decoder is not None:
            raise Undecided(f"a {self.label} with an encoder or decoder of its own is not followed as a whole")
        self.require_pair(src, tgt)
        for name in ("num_encoder_layers", "num_decoder_layers"):
            if never_positive(getattr(self, name)):
                raise Problem(ARGUMENT, f"{self.label} {name} must be at least 1, got {getattr(self, name)}", blame=name)
        memory = self.encoder_layer().output(src, src_mask, src_key_padding_mask, hint(src_is_causal))
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        result: Shape = self.decoder_layer().output(tgt, memory, *masks, hint(tgt_is_causal), memory_is_causal)
        return result

    def weights(self, x: object = None) -> dict[str, Shape]:
        found: dict[str, Shape] = {}
        norm = LayerNorm.bind((self.d_model,), {"bias": self.bias}).weights(x)
        for name, layer, number_of in (
            ("encoder", self.encoder_layer(), self.num_encoder_layers),
            ("decoder", self.decoder_layer(), self.num_decoder_layers),
        ):
            copies = range(require_few(number_of)) if isinstance(number_of, int) else ()
            found |= {f"{name}.layers.{index}.{key}": shape for index in copies for key, shape in layer.weights(x).items()}
            found |= {f"{name}.norm.{key}": shape for key, shape in norm.items()}
        return found

# mypy: disable-error-code=misc
"""Attention: scaled products of queries and keys, and several heads of it.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html.
"""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.dim import Dim, Shape, always_equal, equal, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, Layer, dim, flag, ignored, plain, refuse, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Instance, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import MERGE, refuse_rank
from dimlint.libraries.torch.dense import Linear, NonDynamicallyQuantizableLinear
from dimlint.libraries.torch.heads import Heads, Masks, attend, require_dropout, require_heads
from dimlint.libraries.torch.module import instance, torch
from dimlint.libraries.torch.parts import Composed, Parts
from dimlint.shapes.agree import broadcast

NAME = "scaled_dot_product_attention"


@torch.function(f"nn.functional.{NAME}")
def scaled_dot_product_attention(
    query: Shape,
    key: Shape,
    value: Shape,
    attn_mask: Value = None,
    dropout_p: Value = 0.0,
    is_causal: Value = False,
    *,
    scale: Value = None,
    enable_gqa: bool = False,
) -> Shape:
    """Queries (*, L, E), keys (*, S, E) and values (*, S, V) -> (*, L, V).

    The fast kernel does not compare the lengths of keys and values, and nothing is compared where an input is empty.
    """
    for x in (query, key, value):
        if x.rank < 2:
            raise refuse_rank(NAME, "inputs of at least 2 dimensions", x)
    if any(map(never_positive, (query[-2], *value))):
        return Shape(*query[:-1], value[-1])
    unify(query[-1], key[-1], MERGE, f"{NAME}: the queries {query} and the keys {key} differ in their last axis")
    q, k, v = query[:-2], key[:-2], value[:-2]
    if enable_gqa:
        k, v = grouped(query, key), grouped(query, value)
    whole = (query, Shape(*k, *key[-2:]), Shape(*v, *value[-2:]))
    even = not enable_gqa or not never_equal(key[-3], value[-3])
    _require_kernel(whole, even, attn_mask, dropout_p, is_causal)
    weights = Shape(*broadcast([Shape(*q), Shape(*k)], NAME), query[-2], key[-2])
    if isinstance(attn_mask, Unknown):
        doubt(f"whether attn_mask fits is not known: {attn_mask.reason}")
    if isinstance(attn_mask, Tensor):
        require_broadcast(attn_mask.shape, weights)
    return Shape(*broadcast([Shape(*weights[:-2]), Shape(*v)], NAME), query[-2], value[-1])


def is_true(value: Value) -> bool:
    """Whether a flag is known to be set."""
    return not isinstance(value, (Unknown, Tensor)) and bool(value)


def _require_kernel(inputs: tuple[Shape, Shape, Shape], even: bool, mask: Value, dropout: Value, causal: Value) -> None:
    """What depends on whether the fast kernel runs, which does not compare the lengths of keys and values. Raises Problem.

    even: whether keys and values have as many heads as each other.
    """
    query, key, value = inputs
    rate = dropout if isinstance(dropout, (int, float)) else None
    if rate is not None and rate > 1:
        raise Problem(ARGUMENT, f"{NAME} dropout_p must be between 0 and 1, got {rate}", blame="dropout_p")
    fast = max(query.rank, key.rank, value.rank) == min(query.rank, key.rank, value.rank) == 4 and even and (rate is None or rate <= 0)
    fast = fast and not any(never_equal(a, b) for x in (key, value) for a, b in zip(query[:2], x[:2]))
    if fast and isinstance(mask, Tensor) and mask.shape.rank < 2 and rate is not None:
        raise refuse_rank(NAME, "an attn_mask of at least 2 dimensions for 4-d inputs", mask.shape)
    fast = fast and not any(never_equal(query[-1], x[-1]) for x in (key, value)) and not any(map(never_positive, (*query, *key)))
    fast = fast and not (isinstance(mask, Tensor) and not _is_fast(mask.shape, query, key))
    if fast and rate is not None and rate < 0:
        raise Problem(ARGUMENT, f"{NAME} dropout_p must be between 0 and 1, got {rate}", blame="dropout_p")
    if fast and isinstance(mask, Tensor) and never_equal(mask.shape[-1], 1):
        unify(mask.shape[-1], value[-2], MERGE, f"{NAME}: attn_mask {mask.shape} does not fit the values {value}")
    if isinstance(mask, Tensor) and is_true(causal) and not fast:
        raise Problem(ARGUMENT, f"{NAME}: is_causal=True makes a mask of its own; leave out attn_mask", blame="is_causal")
    sure = rate is not None and all(isinstance(size, int) for size in (*query, *key, *value)) and not isinstance(mask, Unknown)
    if never_equal(key[-2], value[-2]) and not fast:
        raise Problem(MERGE, f"{NAME}: the keys {key} and the values {value} differ in their length")
    if not always_equal(key[-2], value[-2]) and not (fast and sure):
        doubt(f"whether keys and values have one length is not known: {key[-2]} and {value[-2]}")


def _is_fast(mask: Shape, query: Shape, key: Shape) -> bool:
    """Whether the fast kernel may take the mask: one or all of each axis, for all heads or each of them."""
    whole = (query[0], query[1], query[-2], key[-2])
    return mask.rank in (2, 4) and not any(never_equal(a, b) and never_equal(a, 1) for a, b in zip(mask, whole[-mask.rank :]))


def grouped(query: Shape, x: Shape) -> tuple[Dim, ...]:
    """The batch of keys or values with each head repeated for its group of queries. Raises Problem."""
    if x.rank < 3 or query.rank < 3:
        raise refuse_rank(NAME, "inputs (*, heads, L, E) for enable_gqa=True", x if x.rank < 3 else query)
    heads, each = query[-3], x[-3]
    if isinstance(each, int) and (each == 0 or never_equal(heads % each, 0)):
        raise Problem(MERGE, f"{NAME}: {heads} heads of the queries {query} cannot be divided among the {each} heads of {x}")
    if not isinstance(each, int) and not always_equal(each, heads):
        doubt(f"whether {each} divides {heads} is not known")
    return (*x[:-3], heads)


def require_broadcast(mask: Shape, weights: Shape) -> None:
    """The mask is added to the weights in place: it must not make them larger. Raises Problem."""
    if mask.rank > weights.rank:
        raise Problem(MERGE, f"{NAME}: attn_mask {mask} has more axes than the weights {weights}")
    for size, whole in zip(mask[::-1], weights[::-1]):
        if never_equal(size, 1):
            unify(size, whole, MERGE, f"{NAME}: attn_mask {mask} cannot broadcast to the weights {weights}")
        elif not always_equal(size, 1) and not always_equal(size, whole):
            doubt(f"whether attn_mask {mask} broadcasts to {weights} is not known")


PROJECTIONS = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias", "bias_k", "bias_v")
"""Attributes that are tensors, or None where the arguments leave them out."""


class AttentionMethods(Parts):
    """The layer as it is called, which is not known if its projections were replaced."""

    def forward(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        held = instance(machine, self)
        if held.layer is not None:
            require_own(machine, held.layer, held.attributes)
        return machine.apply(self, args, kwargs)


def require_own(machine: Machine, layer: Layer, attributes: Mapping[str, Value]) -> None:
    """Raises Undecided if weights or the projection of the output were replaced by ones that may have another shape."""
    replaced = [name for name in PROJECTIONS if name in attributes and not _same_shape(attributes[name], layer.attribute(name))]
    width = layer.embed_dim if isinstance(layer, MultiheadAttention) else 0
    out = attributes.get("out_proj")
    held = machine.contents(out) if isinstance(out, Ref) else None
    inner = held.layer if isinstance(held, Instance) else None
    if not isinstance(inner, Linear) or not always_equal(inner.in_features, width) or not always_equal(inner.out_features, width):
        replaced.append("out_proj")
    if replaced:
        raise Undecided(f"{replaced[0]} of {layer.label} was replaced")


def _same_shape(a: Value, b: Value) -> bool:
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return a is None and b is None
    return a.shape.rank == b.shape.rank and all(map(always_equal, a.shape, b.shape))


@torch.layer("nn.MultiheadAttention", methods=AttentionMethods)
class MultiheadAttention(Composed):
    """Several heads of attention: (L, N, embed_dim), (S, N, kdim), (S, N, vdim) -> (L, N, embed_dim) and weights (N, L, S).

    training: the mode, which ``train()`` and ``eval()`` change. owner: the layer that this one is a part of, and its name for the width.
    """

    training: Value = True
    owner: tuple[str, str] = ("MultiheadAttention", "embed_dim")
    unkept = frozenset(["bias", "add_bias_kv", "device", "dtype"])
    embed_dim: Dim = dim()
    num_heads: Dim = dim()
    dropout: Value = plain(0.0)
    bias: bool = flag(True)
    add_bias_kv: bool = flag(False)
    add_zero_attn: bool = flag(False)
    kdim: Dim | None = dim(None, optional=True)
    vdim: Dim | None = dim(None, optional=True)
    batch_first: bool = flag(False)
    device: object = ignored()
    dtype: object = ignored()

    def check(self) -> None:
        require_heads(self.label, self.embed_dim, self.num_heads, ("embed_dim", "num_heads"))
        for name, size in (("kdim", self.kdim), ("vdim", self.vdim)):
            if isinstance(size, int) and size < 0:
                raise refuse(type(self), name, "zero or more", size)

    @property
    def widths(self) -> tuple[Dim, Dim, Dim]:
        """Sizes of the last axes of queries, keys and values."""
        return self.embed_dim, *(self.embed_dim if size is None else size for size in (self.kdim, self.vdim))  # type: ignore[return-value]

    @property
    def is_packed(self) -> bool:
        """Whether one weight projects queries, keys and values. Raises Undecided."""
        answers = [equal(size, self.embed_dim) for size in self.widths[1:]]
        if None in answers and False not in answers:
            raise Undecided(f"whether {self.label} has one width for queries, keys and values is not known")
        return all(answers)

    def output(
        self,
        query: Shape,
        key: Shape,
        value: Shape,
        key_padding_mask: Value = None,
        need_weights: Value = True,
        attn_mask: Value = None,
        average_attn_weights: Value = True,
        is_causal: Value = False,
    ) -> tuple[Shape, Value]:
        label, width = self.owner
        names = (width, width if self.kdim is None else "kdim", width if self.vdim is None else "vdim")
        extra = (1 if self.add_bias_kv else 0, 1 if self.add_zero_attn else 0)
        heads = Heads(label, self.num_heads, self.widths, names, *extra, certain=self.training is True)
        masks = Masks(key_padding_mask, attn_mask, need_weights, average_attn_weights, is_causal)
        result = attend(heads, (query, key, value), masks, bool(self.batch_first) if query.rank == 3 else False)
        require_dropout(label, self.dropout if self.training is True else 0.0, query, need_weights)
        return result

    def parts(self) -> dict[str, Layer]:
        return {"out_proj": NonDynamicallyQuantizableLinear.bind((self.embed_dim, self.embed_dim), {"bias": self.bias})}

    def own_weights(self) -> dict[str, Shape]:
        """The projections of the inputs."""
        e = self.embed_dim
        if self.is_packed:
            found = {"in_proj_weight": Shape(3 * e, e)}
        else:
            found = {f"{name}_proj_weight": Shape(e, size) for name, size in zip("qkv", self.widths)}
        found |= {"in_proj_bias": Shape(3 * e)} if self.bias else {}
        return found | ({"bias_k": Shape(1, 1, e), "bias_v": Shape(1, 1, e)} if self.add_bias_kv else {})

    def attribute(self, name: str) -> Value:
        if name in PROJECTIONS:
            shape = self.own_weights().get(name)
            return None if shape is None else Tensor(shape, "torch")
        if name in ("kdim", "vdim"):
            return self.widths[("kdim", "vdim").index(name) + 1]
        if name == "head_dim" and isinstance(self.num_heads, int):
            return self.embed_dim // self.num_heads
        return self.is_packed if name == "_qkv_same_embed_dim" else super().attribute(name)

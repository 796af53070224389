"""Scaled dot-product attention as a function."""

from __future__ import annotations

from dimlint.core.dim import Shape, always_equal, never_equal
from dimlint.core.layer import unify
from dimlint.core.problem import Problem, doubt
from dimlint.core.value import Tensor, Value
from dimlint.libraries.torch.arguments import MERGE, refuse_rank
from dimlint.libraries.torch.module import torch
from dimlint.shapes.agree import broadcast

NAME = "scaled_dot_product_attention"


@torch.function(f"nn.functional.{NAME}")
def attend(
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

    The CPU kernel for 4-d inputs does not compare the lengths of keys and values, so that a difference is a doubt there.
    """
    for x in (query, key, value):
        if x.rank < 2:
            raise refuse_rank(NAME, "inputs of at least 2 dimensions", x)
    message = f"{NAME}: the queries {query} and the keys {key} differ in their last axis"
    unify(query[-1], key[-1], MERGE, message)
    if never_equal(key[-2], value[-2]) and max(query.rank, key.rank, value.rank) != 4:
        raise Problem(MERGE, f"{NAME}: the keys {key} and the values {value} differ in their length")
    if not always_equal(key[-2], value[-2]):
        doubt(f"whether keys and values have one length is not known: {key[-2]} and {value[-2]}")
    if enable_gqa:
        batch = Shape(*query[:-2])
    else:
        batch = broadcast([Shape(*x[:-2]) for x in (query, key, value)], NAME)
    if isinstance(attn_mask, Tensor):
        broadcast([attn_mask.shape, Shape(*batch, query[-2], key[-2])], f"{NAME}, attn_mask and weights:")
    return Shape(*batch, query[-2], value[-1])

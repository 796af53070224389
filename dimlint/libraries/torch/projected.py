"""Multi-head attention as a function of its weights.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html.
"""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import FEATURES, MERGE, RANK
from dimlint.libraries.torch.heads import Heads, Masks, attend, require_dropout, require_heads
from dimlint.libraries.torch.module import torch

NAME = "multi_head_attention_forward"


@torch.function(f"nn.functional.{NAME}")
def multi_head_attention_forward(
    query: Shape,
    key: Shape,
    value: Shape,
    embed_dim_to_check: Dim,
    num_heads: Dim,
    in_proj_weight: Value,
    in_proj_bias: Value,
    bias_k: Value,
    bias_v: Value,
    add_zero_attn: Value,
    dropout_p: Value,
    out_proj_weight: Value,
    out_proj_bias: Value,
    training: Value = True,
    key_padding_mask: Value = None,
    need_weights: Value = True,
    attn_mask: Value = None,
    use_separate_proj_weight: Value = False,
    q_proj_weight: Value = None,
    k_proj_weight: Value = None,
    v_proj_weight: Value = None,
    static_k: Value = None,
    static_v: Value = None,
    average_attn_weights: Value = True,
    is_causal: Value = False,
) -> tuple[Shape, Value]:
    """Queries (L, N, E), keys (S, N, kdim), values (S, N, vdim) -> (L, N, rows of out_proj_weight) and weights (N, L, S)."""
    if static_k is not None or static_v is not None or any(map(never_positive, (*query, *key, *value))):
        raise Undecided(f"{NAME} with static keys or values, or of empty inputs, is not followed")
    require_heads(NAME, embed_dim_to_check, num_heads, ("embed_dim_to_check", "num_heads"))
    separate = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    widths = _require_projections(embed_dim_to_check, in_proj_weight, in_proj_bias, separate)
    names = ("embed_dim_to_check", *(("k_proj_weight", "v_proj_weight") if separate else ("embed_dim_to_check",) * 2))
    extra = (_appended(embed_dim_to_check, bias_k, bias_v), 1 if add_zero_attn else 0)
    heads = Heads(NAME, num_heads, (embed_dim_to_check, *widths), (names[0], names[1], names[2]), *extra)
    masks = Masks(key_padding_mask, attn_mask, need_weights, average_attn_weights, is_causal)
    output, weights = attend(heads, (query, key, value), masks, False)
    require_dropout(NAME, dropout_p if training else 0.0, query, need_weights)
    return Shape(*output[:-1], _rows(embed_dim_to_check, out_proj_weight, out_proj_bias)), weights


def _require_projections(width: Dim, packed: Value, bias: Value, separate: tuple[Value, Value, Value] | None) -> tuple[Dim, Dim]:
    """Sizes of the last axes of keys and values, by the weights that they are projected with. Raises Problem, Undecided."""
    if separate is None:
        _require_weight("in_proj_weight", packed, (3 * width, width))
    else:
        shapes = [_matrix(name, weight) for name, weight in zip(("q_proj_weight", "k_proj_weight", "v_proj_weight"), separate)]
        for name, weight, columns in zip("qkv", separate, (width, shapes[1][1], shapes[2][1])):
            _require_weight(f"{name}_proj_weight", weight, (width, columns))
    _require_bias(width, bias, separate is not None)
    return (width, width) if separate is None else (shapes[1][1], shapes[2][1])


def _matrix(name: str, weight: Value) -> Shape:
    """The shape of a weight. Raises Problem, Undecided."""
    if weight is None:
        raise Problem(ARGUMENT, f"{NAME} needs {name}, but it is None", blame=name)
    if not isinstance(weight, Tensor):
        raise Undecided(weight.reason if isinstance(weight, Unknown) else f"{name} is not known to be a tensor")
    if weight.shape.rank != 2:
        raise Problem(RANK, f"{NAME} needs a matrix as {name}, got {weight.shape}", blame=name)
    return weight.shape


def _require_weight(name: str, weight: Value, wanted: tuple[Dim, Dim]) -> None:
    shape = _matrix(name, weight)
    for actual, size in zip(shape, wanted):
        unify(actual, size, FEATURES, f"{NAME} needs {name} of shape {Shape(*wanted)}, got {shape}", blame=name)


def _require_bias(width: Dim, bias: Value, separate: bool) -> None:
    """The bias of all projections has three parts of the width. Raises Problem, Undecided."""
    if not isinstance(bias, Tensor):
        return
    message = f"{NAME} needs in_proj_bias of shape {Shape(3 * width)}, got {bias.shape}"
    size = bias.shape[0] if bias.shape.rank == 1 else 0
    if not separate and never_equal(size, 3 * width) and _may_broadcast(size, width):
        raise Undecided(message)
    if bias.shape.rank != 1:
        raise Problem(RANK, message, blame="in_proj_bias")
    unify(size, 3 * width, FEATURES, message, blame="in_proj_bias")


def _may_broadcast(size: Dim, width: Dim) -> bool:
    """Whether a wrong bias is added nevertheless, since a part of it has a single element."""
    if not isinstance(size, int) or not isinstance(width, int):
        return True
    part = -(-size // 3)
    return size <= 1 or (part in (1, width) and size - 2 * part in (1, width))


def _appended(width: Dim, bias_k: Value, bias_v: Value) -> Dim:
    """How many keys the biases append. Raises Problem, Undecided."""
    if bias_k is None and bias_v is None:
        return 0
    if bias_k is None or bias_v is None:
        raise Problem(MERGE, f"{NAME} needs both bias_k and bias_v, or neither", blame="bias_v" if bias_v is None else "bias_k")
    rows: list[Dim] = []
    for name, bias in (("bias_k", bias_k), ("bias_v", bias_v)):
        if not isinstance(bias, Tensor) or bias.shape.rank not in (1, 2, 3):
            raise Undecided(f"{name} of {NAME} is not known")
        whole = Shape(*(1,) * (3 - bias.shape.rank), *bias.shape)
        for actual, size in zip(whole[1:], (1, width)):
            unify(actual, size, MERGE, f"{NAME} needs {name} of shape {Shape(1, 1, width)}, got {bias.shape}", blame=name)
        rows.append(whole[0])
    unify(
        rows[0], rows[1], MERGE, f"{NAME}: bias_k {bias_k.shape} and bias_v {bias_v.shape} append different numbers of keys", blame="bias_v"
    )
    if not always_equal(rows[0], 1):
        raise Undecided(f"{NAME} with several rows in bias_k is not followed")
    return 1


def _rows(width: Dim, weight: Value, bias: Value) -> Dim:
    """The size of the last axis that comes out."""
    shape = _matrix("out_proj_weight", weight)
    unify(shape[1], width, FEATURES, f"{NAME} needs out_proj_weight of {width} columns, got {shape}", blame="out_proj_weight")
    if isinstance(bias, Tensor) and bias.shape.rank == 1 and never_equal(bias.shape[0], 1):
        unify(
            bias.shape[0],
            shape[0],
            MERGE,
            f"{NAME}: out_proj_bias {bias.shape} does not fit out_proj_weight {shape}",
            blame="out_proj_bias",
        )
    return shape[0]

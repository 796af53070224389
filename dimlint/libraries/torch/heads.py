"""What multi-head attention checks and gives, for the layer and for the function of it.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html.
"""

from __future__ import annotations

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape, always_equal, never_equal, never_positive, product
from dimlint.core.layer import ARGUMENT, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import FEATURES, MERGE, RANK, refuse_rank


@dataclass(frozen=True)
class Heads:
    """Attention by several heads, as it was built.

    features: sizes of the last axes of queries, keys and values. names: the arguments that these come from.
    biases, zeros: keys that are appended to the given ones, before and after the heads are split.
    certain: whether this is training; the fast path of evaluation looks at masks in another way.
    """

    label: str
    num_heads: Dim
    features: tuple[Dim, Dim, Dim]
    names: tuple[str, str, str]
    biases: Dim = 0
    zeros: Dim = 0
    certain: bool = True


@dataclass(frozen=True)
class Masks:
    """What one call says about masks and about the weights that it wants back."""

    padding: Value = None
    attention: Value = None
    need_weights: Value = True
    average: Value = True
    causal: Value = False


def attend(heads: Heads, inputs: tuple[Shape, Shape, Shape], masks: Masks, batch_first: bool) -> tuple[Shape, Value]:
    """Queries (L, N, E), keys (S, N, kdim), values (S, N, vdim) -> (L, N, E) and the weights (N, L, S), or None.

    ``batch_first``: (N, L, E). Without a batch: (L, E), and the weights are (L, S).
    """
    query, key, value = inputs
    _require_ranks(heads, inputs)
    _require_features(heads, inputs)
    same = "key and value must agree but for their last axis" if heads.names[1] != heads.names[0] else "key and value must agree"
    for a, b in zip(key[:-1], value[:-1]):
        unify(a, b, MERGE, f"{heads.label}: the key {key} and the value {value} differ; {same}")
    steps = 1 if query.rank == 3 and batch_first else 0
    batch = () if query.rank == 2 else (query[1 - steps],)
    if batch and not (never_positive(key[steps]) and heads.biases == 0):
        order = "(N, L, E), by batch_first=True" if batch_first else "(L, N, E), by batch_first=False"
        message = f"{heads.label}: the query {query} has a batch of {batch[0]}, the key {key} one of {key[1 - steps]}; inputs are {order}"
        message += f". Needs batch_first={not batch_first}?" if always_equal(query[steps], key[steps]) else ""
        unify(key[1 - steps], batch[0], MERGE, message, blame="batch_first")
    _require_masks(heads, masks, batch, query[steps], key[steps])
    return query, _weights(heads, masks, batch, query[steps], key[steps] + heads.biases + heads.zeros)


def _require_ranks(heads: Heads, inputs: tuple[Shape, Shape, Shape]) -> None:
    query = inputs[0]
    if query.rank not in (2, 3):
        raise refuse_rank(heads.label, "a 3-d query (L, N, E), or a 2-d one without the batch", query)
    for name, x in zip(("key", "value"), inputs[1:]):
        if x.rank != query.rank:
            raise Problem(RANK, f"{heads.label}: the query {query} is {query.rank}-d, so the {name} must be too, but it is {x}")


def _require_features(heads: Heads, inputs: tuple[Shape, Shape, Shape]) -> None:
    for role, name, size, x in zip(("query", "key", "value"), heads.names, heads.features, inputs):
        message = f"{heads.label} has {name}={size}, but the last axis of the {role} {x} is {x[-1]}"
        unify(x[-1], size, FEATURES, message, blame=name)


def _require_masks(heads: Heads, masks: Masks, batch: tuple[Dim, ...], length: Dim, source: Dim) -> None:
    """Masks fit: padding (N, S), attention (L, S) or (N * num_heads, L, S). Raises Problem, Undecided."""
    for name, mask in (("key_padding_mask", masks.padding), ("attn_mask", masks.attention)):
        if isinstance(mask, Unknown):
            doubt(f"whether the {name} fits is not known: {mask.reason}")
    dropped = _is_dropped(masks)
    try:
        if isinstance(masks.padding, Tensor):
            _require_shape(heads, "key_padding_mask", masks.padding.shape, (Shape(*batch, source),))
        _require_attention_mask(heads, masks, batch, length, source)
        _require_split(heads, masks, (*batch, 1)[0], source)
    except Problem as problem:
        if dropped is not None and (heads.certain or _has_no_view(masks, length, source, (*batch, 1)[0] * heads.num_heads)):
            raise
        raise Undecided(f"whether the masks are looked at is not known: {problem.message}") from None


def _has_no_view(masks: Masks, length: Dim, source: Dim, rows: Dim) -> bool:
    """Whether the fast path of evaluation refuses the attention mask too: it only counts elements."""
    mask = masks.attention
    if not isinstance(mask, Tensor):
        return isinstance(masks.padding, Tensor) and mask is None and _is_false(masks.causal)
    return all(never_equal(product(mask.shape), length * source * times) for times in (1, rows))


def _is_dropped(masks: Masks) -> bool | None:
    """Whether the hint ``is_causal`` makes the attention mask be left out, unlooked at; None if that is not known."""
    if _is_false(masks.causal):
        return False
    if any(isinstance(given, Unknown) for given in (masks.causal, masks.need_weights, masks.padding)):
        return None
    return masks.padding is None and _is_false(masks.need_weights)


def _is_false(value: Value) -> bool:
    return not isinstance(value, (Unknown, Tensor)) and not value


def _require_attention_mask(heads: Heads, masks: Masks, batch: tuple[Dim, ...], length: Dim, source: Dim) -> None:
    mask = masks.attention
    if mask is None and isinstance(masks.causal, Unknown):
        doubt(masks.causal.reason)
    elif mask is None and not _is_false(masks.causal):
        raise Problem(ARGUMENT, f"{heads.label}: is_causal=True is only a hint and needs the attn_mask as well", blame="is_causal")
    if not isinstance(mask, Tensor):
        return
    allowed = Shape(length, source), Shape((*batch, 1)[0] * heads.num_heads, length, source)
    if not _is_dropped(masks) or (not batch and mask.shape.rank == 3):
        _require_shape(heads, "attn_mask", mask.shape, allowed)
    elif mask.shape.rank not in (2, 3):
        raise refuse_rank(heads.label, "an attn_mask (L, S) or (N * num_heads, L, S)", mask.shape)


def _require_split(heads: Heads, masks: Masks, batch: Dim, source: Dim) -> None:
    """Without weights, a mask with a row for each head is viewed by heads, which an empty one cannot be."""
    full = isinstance(masks.padding, Tensor) or (isinstance(masks.attention, Tensor) and masks.attention.shape.rank == 3)
    if not full or _is_dropped(masks) or not _is_false(masks.need_weights):
        return
    rows = batch * heads.num_heads
    if never_equal(rows, 1) and never_positive(rows * (source + heads.biases + heads.zeros)):
        raise Problem(MERGE, f"{heads.label}: with need_weights=False, masks of an empty batch or of no keys cannot be viewed by heads")


def _require_shape(heads: Heads, name: str, shape: Shape, allowed: tuple[Shape, ...]) -> None:
    """A mask of one of the allowed shapes, which have different ranks."""
    text = " or ".join(map(str, allowed))
    wanted = next((item for item in allowed if item.rank == shape.rank), None)
    if wanted is None:
        raise Problem(RANK, f"{heads.label}: {name} must be {text}, got {shape}", blame=name)
    for actual, size in zip(shape, wanted):
        unify(actual, size, MERGE, f"{heads.label}: {name} must be {text}, got {shape}", blame=name)


def _weights(heads: Heads, masks: Masks, batch: tuple[Dim, ...], length: Dim, source: Dim) -> Value:
    """The attention weights, averaged over the heads or not; None if they are not wanted."""
    if isinstance(masks.need_weights, Unknown):
        return masks.need_weights
    if not masks.need_weights:
        return None
    if isinstance(masks.average, Unknown):
        return masks.average
    return Shape(*batch, length, source) if masks.average else Shape(*batch, heads.num_heads, length, source)


def require_heads(label: str, embed_dim: Dim, num_heads: Dim, names: tuple[str, str]) -> None:
    """Refuse a width that the heads do not divide, at construction."""
    for name, size in zip(names, (embed_dim, num_heads)):
        if never_positive(size):
            raise Problem(ARGUMENT, f"{label} {name} must be greater than zero, got {size}", blame=name)
    if isinstance(num_heads, int) and never_equal(embed_dim % num_heads, 0):
        message = f"{label} {names[0]}={embed_dim} is not divisible by {names[1]}={num_heads}"
        raise Problem(ARGUMENT, f"{message}: {embed_dim} % {num_heads} = {embed_dim % num_heads}", blame=names[1])
    if not isinstance(num_heads, int) and not always_equal(embed_dim, num_heads):
        doubt(f"whether {num_heads} divides {embed_dim} is not known")


def require_dropout(label: str, rate: Value, query: Shape, need_weights: Value) -> None:
    """Refuse a rate above 1, which is looked at when it is used. Raises Problem."""
    unused = never_positive(product(query)) and _is_false(need_weights)
    if not unused and (rate is None or (isinstance(rate, (int, float)) and rate > 1)):
        raise Problem(ARGUMENT, f"{label} dropout must be between 0 and 1, got {rate}", blame="dropout")

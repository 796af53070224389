"""Normalizations, attention and losses as functions. Source: https://keras.io/api/ops/nn, https://keras.io/api/losses."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Value
from dimlint.libraries.keras.base import shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, axes_of, axis_of, broadcast, late, replaced, require_rank

ENTROPIES = "binary_crossentropy binary_focal_crossentropy categorical_crossentropy"
PAIRWISE = """categorical_focal_crossentropy categorical_hinge hinge huber kl_divergence log_cosh mean_absolute_error
mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error poisson squared_hinge"""


@keras.function("ops.glu", "activations.glu")
def glu(x: Shape, axis: Value = -1) -> Shape:
    """One half gates the other: the size of the axis is halved. Raises Problem(rank-mismatch, merge-mismatch)."""
    index = axis_of(x, axis, "glu")
    if never_equal(x[index] % 2, 0):
        raise Problem(MERGE, f"glu: the size {x[index]} of axis {index} of {x} is odd", blame="axis")
    return replaced(x, {index: x[index] // 2})


@keras.function("ops.batch_normalization")
def batch_normalization(
    x: Shape,
    mean: Shape,
    variance: Shape,
    axis: Value,
    offset: Shape | None = None,
    scale: Shape | None = None,
    epsilon: object = 1e-3,
) -> Shape:
    """Normalized along an axis by given statistics. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    index = axis_of(x, axis, "batch_normalization")
    for given in (mean, variance, offset, scale):
        if given is None:
            continue
        if given.rank != 1 or shows_none(given[0]) != shows_none(x[index]) or (always_equal(given[0], 1) and x.rank):
            if given.rank == 1 and always_equal(given[0], x[index]):
                continue
            raise Undecided(f"statistics of the shape {given} for {x} differ between Keras' symbolic and eager calls")
        if never_equal(given[0], x[index]):
            raise Problem(MERGE, f"batch_normalization: statistics of the shape {given} do not fit axis {index} of {x}", blame="axis")
    return x


@keras.function("ops.layer_normalization")
def layer_normalization(
    x: Shape, gamma: Shape | None = None, beta: Shape | None = None, axis: Value = -1, epsilon: object = None, **kwargs: object
) -> Shape:
    """Normalized along axes. Raises Undecided."""
    return _scaled(x, axis, gamma, beta)


@keras.function("ops.rms_normalization")
def rms_normalization(x: Shape, scale: Shape | None = None, axis: Value = -1, epsilon: object = None) -> Shape:
    """Divided by the root of the mean square along axes. Raises Undecided."""
    return _scaled(x, axis, scale)


def _scaled(x: Shape, axis: Value, *factors: Shape | None) -> Shape:
    with late():
        axes_of(x, axis, "the normalization")
        for factor in factors:
            if factor is not None and (factor.rank > x.rank or any(map(never_equal, broadcast("the normalization", x, factor), x))):
                raise Undecided(f"a factor of the shape {factor} for {x} is not modelled")
    return x


@keras.function("ops.dot_product_attention")
def dot_product_attention(
    query: Shape,
    key: Shape,
    value: Shape,
    bias: Shape | None = None,
    mask: Shape | None = None,
    scale: object = None,
    is_causal: object = False,
    flash_attention: object = None,
    attn_logits_soft_cap: object = None,
) -> Shape:
    """Attention of many heads: (N, T, heads, F), (N, S, heads, F) twice -> (N, T, heads, F). Raises Undecided."""
    if attn_logits_soft_cap is not None or any(x.rank != 4 for x in (query, key, value)):
        raise Undecided("attention to tensors that have not 4 dimensions")
    pairs = ((0, query, key), (0, query, value), (1, key, value), (2, query, key), (2, key, value), (3, query, key), (3, query, value))
    for axis, a, b in pairs:
        if never_equal(a[axis], b[axis]):
            raise Undecided(f"attention of {query} to {key} and {value} is not modelled")
        if not always_equal(a[axis], b[axis]) and axis:
            doubt(f"whether {a} and {b} fit in attention is not known")
    scores = Shape(query[0], query[2], query[1], key[1])
    for extra in (bias, mask):
        if extra is not None and (extra.rank != 4 or any(map(never_equal, broadcast("attention", scores, extra), scores))):
            raise Undecided(f"a mask of the shape {extra} for scores of the shape {scores} is not modelled")
    return query


@keras.function("ops.ctc_loss")
def ctc_loss(target: Shape, output: Shape, target_length: Shape, output_length: Shape, mask_index: object = 0) -> Shape:
    """One loss for each sample. Raises Problem(merge-mismatch), Undecided."""
    if target.rank != 2 or output.rank != 3 or target_length.rank != 1 or output_length.rank != 1:
        raise Undecided(f"the CTC loss of {target} and {output} is not modelled")
    for given in (output, target_length, output_length):
        if never_equal(given[0], target[0]):
            raise Problem(MERGE, f"ctc_loss: the first sizes of {target} and {given} differ")
    return Shape(target[0])


@keras.function("ops.ctc_decode")
def ctc_decode(
    inputs: Shape,
    sequence_lengths: object,
    strategy: Value = "greedy",
    beam_width: object = 100,
    top_paths: Dim = 1,
    merge_repeated: object = True,
    mask_index: object = 0,
) -> tuple[Shape, Shape]:
    """The likely sequences and how likely they are. Raises Undecided."""
    if inputs.rank != 3 or strategy != "greedy":
        raise Undecided(f"sequences decoded from {inputs} are not modelled")
    return Shape(1, inputs[0], inputs[1]), Shape(inputs[0], 1)


def require_same_shape(target: Shape, output: Shape, what: str) -> None:
    """Refuse targets of another shape. Raises Problem(merge-mismatch), Undecided."""
    if target.rank != output.rank or any(map(never_equal, target, output)):
        raise Problem(MERGE, f"{what}: target {target} and output {output} must have the same shape", blame="target")
    if any(not always_equal(a, b) for a, b in zip(target, output)):
        doubt(f"whether target {target} and output {output} have the same shape is not known")


@keras.function("ops.binary_crossentropy")
def binary_crossentropy(target: Shape, output: Shape, from_logits: object = False) -> Shape:
    """A loss for each element. Raises Problem(merge-mismatch)."""
    require_same_shape(target, output, "binary_crossentropy")
    return output


@keras.function("ops.categorical_crossentropy")
def categorical_crossentropy(target: Shape, output: Shape, from_logits: object = False, axis: Value = -1) -> Shape:
    """A loss for each place, of classes along an axis. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    require_same_shape(target, output, "categorical_crossentropy")
    require_rank(target, "categorical_crossentropy", 1, 99)
    if not isinstance(axis, int) or (axis not in (-1, output.rank - 1) and not all(map(shows_none, output[:1]))):
        raise Undecided("Keras' symbolic and eager calls differ on classes along another axis than the last one")
    return Shape(*output[:-1])


@keras.function("ops.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(target: Shape, output: Shape, from_logits: object = False, axis: Value = -1) -> Shape:
    """A loss for each class number. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    what = "sparse_categorical_crossentropy"
    require_rank(output, what, 1, 99)
    index = axis_of(output, axis, what)
    if target.rank == output.rank and always_equal(target[-1], 1):
        target = Shape(*target[:-1])
    rest = Shape(*output[:index], *output[index + 1 :])
    require_same_shape(target, rest, what)
    return rest


@keras.function(*(f"{module}.{name}" for name in PAIRWISE.split() for module in ("losses", "metrics")))
def pairwise(y_true: Shape, y_pred: Shape, *args: object, **kwargs: object) -> Shape:
    """One number for each sample, from targets and predictions of one shape. Raises Undecided."""
    if kwargs.get("axis", -1) != -1:
        raise Undecided("a loss along another axis than the last one is not followed")
    found = broadcast("the loss", *_alike(y_true, y_pred))
    if not found.rank and (y_true.rank or y_pred.rank):
        raise Undecided("the loss of a number is not modelled")
    require_rank(found, "the loss", 1, 99)
    return Shape(*found[:-1])


@keras.function("losses.cosine_similarity", "metrics.cosine_similarity")
def cosine_similarity(y_true: Shape, y_pred: Shape, axis: Value = -1) -> Shape:
    """The angle between targets and predictions. Raises Problem(merge-mismatch), Undecided."""
    if not y_true and not y_pred:
        raise Undecided("Keras' symbolic and eager calls differ on the angle of numbers")
    return pairwise(y_true, y_pred, axis=axis)


@keras.function(*(f"{module}.{name}" for name in ENTROPIES.split() for module in ("losses", "metrics")))
def entropy(y_true: Shape, y_pred: Shape, *args: object, **kwargs: object) -> Shape:
    """One number for each sample, from targets and predictions of exactly one shape. Raises Problem(merge-mismatch), Undecided."""
    if kwargs.get("axis", -1) != -1:
        raise Undecided("a loss along another axis than the last one is not followed")
    require_same_shape(y_true, y_pred, "the crossentropy")
    require_rank(y_true, "the crossentropy", 1, 99)
    return Shape(*y_pred[:-1])


def _alike(a: Shape, b: Shape) -> tuple[Shape, Shape]:
    """Two tensors with as many axes, where one of them has a last axis of size 1 too many or too few."""
    if a.rank == b.rank + 1 and always_equal(a[-1], 1):
        return (a, Shape(*b, 1)) if b.rank == 1 else (Shape(*a[:-1]), b)
    if b.rank == a.rank + 1 and always_equal(b[-1], 1):
        return (Shape(*a, 1), b) if a.rank == 1 else (a, Shape(*b[:-1]))
    return a, b


@keras.function("losses.sparse_categorical_crossentropy", "metrics.sparse_categorical_crossentropy")
def sparse(y_true: Shape, y_pred: Shape, from_logits: object = False, ignore_class: object = None, axis: Value = -1) -> Shape:
    """One number for each sample of class numbers. Raises Undecided."""
    if axis != -1 or ignore_class is not None:
        raise Undecided("classes along another axis than the last one, or ignored ones, are not followed")
    return sparse_categorical_crossentropy(y_true, y_pred)


@keras.function("metrics.categorical_accuracy", "metrics.binary_accuracy", "metrics.sparse_categorical_accuracy")
@keras.function("metrics.top_k_categorical_accuracy", "metrics.sparse_top_k_categorical_accuracy")
@keras.function("metrics.pearson_correlation", "metrics.concordance_correlation")
@keras.function("losses.categorical_generalized_cross_entropy", "losses.dice", "losses.tversky", "losses.circle", "losses.ctc")
def unfollowed(y_true: Shape, y_pred: Shape, *args: object, **kwargs: object) -> Shape:
    """A number whose shape is not followed. Raises Undecided."""
    raise Undecided(f"what is measured of {y_true} and {y_pred}")

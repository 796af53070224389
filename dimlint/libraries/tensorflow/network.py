"""Normalizations and losses: ``tf.nn``. Source: https://www.tensorflow.org/api_docs/python/tf/nn."""

from __future__ import annotations

from dimlint.core.dim import Shape, always_equal, never_equal, product
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras.base import CHANNEL, RANK, shows_none
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, broadcast
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow


@tensorflow.function("nn.batch_normalization")
def batch_normalization(
    x: Shape, mean: Shape, variance: Shape, offset: Shape | None, scale: Shape | None, variance_epsilon: object, name: object = None
) -> Shape:
    """Normalized by statistics that broadcast to the tensor. Raises Problem(merge-mismatch)."""
    return broadcast("batch_normalization", x, *(item for item in (mean, variance, offset, scale) if item is not None))


@tensorflow.function("nn.fused_batch_norm")
def fused_batch_norm(x: Shape, scale: Shape, offset: Shape, *args: object, data_format: Value = "NHWC", **kwargs: object) -> Value:
    """Normalized images, and the statistics of their channels. Raises Problem(channel-mismatch), Undecided."""
    if x.rank != 4 or data_format != "NHWC" or scale.rank != 1:
        raise Undecided(f"fused_batch_norm of {x} is not modelled")
    if never_equal(scale[0], x[3]):
        raise Problem(CHANNEL, f"fused_batch_norm: {x} has {x[3]} channels, but the scale has {scale[0]}", blame="scale")
    return x, scale, scale


@tensorflow.function("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy(labels: Shape | None = None, logits: Shape | None = None, name: object = None) -> Shape:
    """A loss for each element. Raises Problem(merge-mismatch), Undecided."""
    if labels is None or logits is None:
        raise Undecided("labels or logits are not given")
    return _same(labels, logits, "sigmoid_cross_entropy_with_logits")


@tensorflow.function("nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy(labels: Shape, logits: Shape, pos_weight: object, name: object = None) -> Shape:
    """A weighted loss for each element. Raises Problem(merge-mismatch)."""
    return _same(labels, logits, "weighted_cross_entropy_with_logits")


def _same(labels: Shape, logits: Shape, what: str) -> Shape:
    """Refuse labels of another shape. Raises Problem(merge-mismatch)."""
    if labels.rank != logits.rank or any(map(never_equal, labels, logits)):
        raise Problem(MERGE, f"{what}: labels {labels} and logits {logits} must have the same shape", blame="labels")
    return logits


@tensorflow.function("nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy(labels: Shape, logits: Shape, axis: Value = -1, name: object = None, dim: Value = None) -> Shape:
    """A loss for each place, of classes along an axis. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    if not logits.rank:
        raise Undecided("classes of a number are not modelled")
    index = axis_of(logits, axis if dim is None else dim, "softmax_cross_entropy_with_logits")
    wrong = [(a, b) for a, b in zip(labels, logits) if never_equal(a, b)]
    if labels.rank == logits.rank and any(not always_equal(a, 1) and not always_equal(b, 1) for a, b in wrong):
        raise Problem(MERGE, f"softmax_cross_entropy_with_logits: labels {labels} and logits {logits} do not fit", blame="labels")
    outer = product(labels[:-1])
    fits = index == logits.rank - 1 and (always_equal(outer, 1) or not never_equal(outer, product(logits[:-1])))
    if labels.rank != logits.rank and not fits:
        raise Problem(MERGE, f"softmax_cross_entropy_with_logits: labels {labels} and logits {logits} do not fit", blame="labels")
    if labels.rank != logits.rank or wrong:
        raise Undecided(f"labels {labels} for logits {logits} are not modelled")
    if logits.rank == 2 and shows_none(logits[0]) and index:
        return Shape(labels[0])
    return Shape(*logits[:index], *logits[index + 1 :])


@tensorflow.function("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy(labels: Shape, logits: Shape, name: object = None) -> Shape:
    """A loss for each class number: (*) and (*, classes) -> (*). Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    what = "sparse_softmax_cross_entropy_with_logits"
    if not logits.rank or labels.rank != logits.rank - 1:
        raise Problem(RANK, f"{what}: labels {labels} must have one dimension less than logits {logits}", blame="labels")
    if any(map(never_equal, labels, logits)):
        raise Problem(MERGE, f"{what}: labels {labels} do not fit logits {logits}", blame="labels")
    return Shape(*(b if shows_none(a) else a for a, b in zip(labels, logits))) if logits.rank == 2 else labels


@tensorflow.function("nn.log_poisson_loss")
def log_poisson_loss(targets: Shape, log_input: Shape, compute_full_loss: object = False, name: object = None) -> Shape:
    """A loss for each element. Raises Problem(merge-mismatch)."""
    return _same(targets, log_input, "log_poisson_loss")

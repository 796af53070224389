"""Boxes found in images, and which of them remain. Source: https://www.tensorflow.org/api_docs/python/tf/image/non_max_suppression."""

from __future__ import annotations

import math

from dimlint.core.dim import Dim, Shape, bounds, never_equal, unknown_dim
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Value
from dimlint.libraries.keras.base import RANK
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.libraries.tensorflow.types import require_bool
from dimlint.shapes.agree import MERGE


def _remaining(boxes: Shape, scores: Shape, most: Value, what: str) -> Dim:
    """How many of the boxes (boxes, 4) remain. Raises Problem(rank-mismatch, merge-mismatch)."""
    if boxes.rank != 2 or scores.rank != 1:
        raise Problem(RANK, f"{what} needs boxes (boxes, 4) and a score of each, got {boxes} and {scores}")
    if never_equal(boxes[0], scores[0]):
        raise Problem(MERGE, f"{what} needs a score of each box, got {boxes} and {scores}")
    if never_equal(boxes[1], 4):
        raise Problem(MERGE, f"{what} needs boxes (boxes, 4), got {boxes}")
    high = min((size for size in (bounds(boxes[0])[1], most) if isinstance(size, int) and size >= 0), default=None)
    return unknown_dim("boxes", high=high, reason="how many boxes remain is not known")


@tensorflow.function("image.non_max_suppression")
def non_max_suppression(boxes: Shape, scores: Shape, max_output_size: Value, *args: object, **kwargs: object) -> Tensor:
    """Which boxes remain."""
    return Tensor(Shape(_remaining(boxes, scores, max_output_size, "non_max_suppression")), "keras", "int32")


@tensorflow.function("image.non_max_suppression_with_scores")
def with_scores(boxes: Tensor, scores: Tensor, max_output_size: Value, *args: object, **kwargs: object) -> tuple[Tensor, Tensor]:
    """Which boxes remain, and their scores."""
    left = Shape(_remaining(boxes.shape, scores.shape, max_output_size, "non_max_suppression_with_scores"))
    return Tensor(left, "keras", "int32"), Tensor(left, "keras", scores.dtype)


@tensorflow.function("image.non_max_suppression_overlaps")
def overlapping(overlaps: Shape, scores: Shape, max_output_size: Value, *args: object, **kwargs: object) -> Tensor:
    """Which boxes remain, by how much each covers the others: (boxes, boxes). Raises Problem(rank-mismatch, merge-mismatch)."""
    if overlaps.rank != 2 or scores.rank != 1:
        raise Problem(RANK, f"non_max_suppression_overlaps needs (boxes, boxes) and a score of each, got {overlaps} and {scores}")
    return Tensor(Shape(_remaining(Shape(overlaps[0], 4), scores, max_output_size, "non_max_suppression_overlaps")), "keras", "int32")


@tensorflow.function("image.combined_non_max_suppression")
def combined(
    boxes: Tensor,
    scores: Tensor,
    max_output_size_per_class: Value,
    max_total_size: Value,
    iou_threshold: Value = 0.5,
    score_threshold: Value = -math.inf,
    pad_per_class: Value = False,
    clip_boxes: Value = True,
    name: object = None,
) -> tuple[Tensor, ...]:
    """Boxes (N, boxes, 1 or classes, 4) and scores (N, boxes, classes): what remains, its scores, classes and number. Raises Undecided."""
    if boxes.shape.rank != 4 or scores.shape.rank != 3:
        raise Problem(RANK, f"combined_non_max_suppression needs boxes (N, boxes, q, 4) and scores, got {boxes.shape} and {scores.shape}")
    kept, each = max_total_size, max_output_size_per_class
    if require_bool(pad_per_class, "pad_per_class"):
        classes = scores.shape[2]
        known = isinstance(kept, int) and isinstance(each, int) and isinstance(classes, int)
        kept = min(kept, each * classes) if known else None
    if not isinstance(kept, int):
        raise Undecided("how many boxes remain is not known")
    batch = boxes.shape[0]
    found = Tensor(Shape(batch, kept), "keras", "float32")
    return Tensor(Shape(batch, kept, 4), "keras", "float32"), found, found, Tensor(Shape(batch), "keras", "int32")

"""Boxes: which of them remain, how much they overlap, and what they are in another notation.

Source: https://docs.pytorch.org/vision/stable/ops.html#box-operators.
"""

from __future__ import annotations

from dimlint.core.axis import require_equal
from dimlint.core.dim import Dim, Shape, always_positive, bounds, less, never_equal, never_positive, product, unknown_dim
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Value
from dimlint.libraries.torch.arguments import MERGE, RANK
from dimlint.libraries.torchvision.building import known
from dimlint.libraries.torchvision.ops.library import function
from dimlint.shapes.agree import broadcast

COORDINATES = {"xyxy": 4, "xywh": 4, "cxcywh": 4, "xywhr": 5, "cxcywhr": 5, "xyxyxyxy": 8}
"""How many numbers tell a box, by the notation."""
UPRIGHT = ("xyxy", "xywh", "cxcywh")


def _same_type(boxes: Tensor) -> str | None:
    """The element type of what is calculated of boxes, where that is surely their own."""
    return boxes.dtype if boxes.dtype in ("float32", "float64") else None


def _require_axes(boxes: Shape, label: str, least: int = 1) -> None:
    if boxes.rank < least:
        wanted = "(..., boxes, 4)" if least > 1 else "(..., 4)"
        raise Problem(RANK, f"{label} needs boxes {wanted}, got {boxes}")


def require_coordinates(boxes: Shape, label: str, count: int = 4) -> None:
    """So many numbers for each box. Raises Problem(rank-mismatch, merge-mismatch)."""
    _require_axes(boxes, label)
    problem = Problem(MERGE, f"{label} needs {count} numbers for each box, got boxes {boxes}")
    require_equal(boxes[-1], count, f"whether the boxes {boxes} of {label} have {count} numbers each is not known", problem)


def _require_corners(boxes: Shape, label: str) -> None:
    """At least four numbers for each box; more are left out of account."""
    _require_axes(boxes, label)
    if less(boxes[-1], 4):
        raise Problem(MERGE, f"{label} needs 4 numbers for each box, got boxes {boxes}")
    if less(boxes[-1], 4) is None:
        doubt(f"whether the boxes {boxes} of {label} have 4 numbers each is not known")


def _remaining(high: Dim) -> Tensor:
    """The numbers of the boxes that remain of so many."""
    left = unknown_dim("boxes", high=bounds(high)[1], reason="how many boxes remain is not known")
    return Tensor(Shape(left), "torch", "int64")


def _require_scored(boxes: Shape, scores: Shape, label: str) -> None:
    """Boxes (boxes, 4) and a score of each. Raises Problem(rank-mismatch, merge-mismatch)."""
    if boxes.rank != 2 or scores.rank != 1:
        raise Problem(RANK, f"{label} needs boxes (boxes, 4) and a score of each, got {boxes} and {scores}")
    require_coordinates(boxes, label)
    problem = Problem(MERGE, f"{label} needs a score of each box, got {boxes} and {scores}")
    require_equal(boxes[0], scores[0], f"whether {label} gets a score of each box is not known", problem)


@function("nms")
def nms(boxes: Shape, scores: Shape, iou_threshold: Value) -> Tensor:
    """Which boxes remain, the best first."""
    _require_scored(boxes, scores, "nms")
    return _remaining(boxes[0])


@function("batched_nms")
def batched_nms(boxes: Shape, scores: Shape, idxs: Shape, iou_threshold: Value) -> Tensor:
    """Which boxes remain of each class. Where there are no boxes, torchvision looks at nothing."""
    if boxes.rank and any(map(never_positive, boxes)):
        return Tensor(Shape(0), "torch", "int64")
    try:
        _require_scored(boxes, scores, "batched_nms")
        if idxs.rank != 1:
            raise Problem(RANK, f"batched_nms needs a class of each box, got {boxes} and {idxs}")
        if never_equal(boxes[0], idxs[0]) and never_equal(idxs[0], 1):
            raise Problem(MERGE, f"batched_nms needs a class of each box, got {boxes} and {idxs}")
    except Problem:
        if not all(map(always_positive, (*boxes, *idxs))):
            raise Undecided("whether there are boxes at all is not known") from None
        raise
    return _remaining(boxes[0])


@function("remove_small_boxes")
def remove_small_boxes(boxes: Shape, min_size: Value) -> Tensor:
    """Which boxes are large enough."""
    _require_corners(boxes, "remove_small_boxes")
    return _remaining(product(boxes[:-1]))


@function("clip_boxes_to_image")
def clip_boxes_to_image(boxes: Tensor, size: Value) -> Tensor:
    """The boxes as far as they lie in the image."""
    _require_axes(boxes.shape, "clip_boxes_to_image")
    if never_equal(boxes.shape[-1] % 2, 0):
        raise Problem(MERGE, f"clip_boxes_to_image needs 4 numbers for each box, got boxes {boxes.shape}")
    return Tensor(boxes.shape, "torch", boxes.dtype)


@function("box_convert")
def box_convert(boxes: Tensor, in_fmt: Value, out_fmt: Value) -> Tensor:
    """Boxes in another notation."""
    for name, given in (("in_fmt", in_fmt), ("out_fmt", out_fmt)):
        if known(given) not in COORDINATES:
            raise Problem(ARGUMENT, f"box_convert {name} must be one of {', '.join(COORDINATES)}, got {given!r}", blame=name)
    if in_fmt == out_fmt:
        return Tensor(boxes.shape, "torch", boxes.dtype)
    if (in_fmt in UPRIGHT) != (out_fmt in UPRIGHT):
        raise Problem(ARGUMENT, f"box_convert does not turn {in_fmt!r} into {out_fmt!r}", blame="out_fmt")
    require_coordinates(boxes.shape, "box_convert", COORDINATES[in_fmt])
    return Tensor(Shape(*boxes.shape[:-1], COORDINATES[out_fmt]), "torch", _same_type(boxes))


@function("box_area")
def box_area(boxes: Tensor, fmt: Value = "xyxy") -> Tensor:
    """The area of each box."""
    if known(fmt) not in UPRIGHT:
        raise Problem(ARGUMENT, f"box_area fmt must be one of {', '.join(UPRIGHT)}, got {fmt!r}", blame="fmt")
    _require_corners(boxes.shape, "box_area")
    return Tensor(Shape(*boxes.shape[:-1]), "torch", _same_type(boxes))


def _overlaps(boxes1: Tensor, boxes2: Tensor, label: str) -> Tensor:
    """Each of (..., N, 4) with each of (..., M, 4): (..., N, M). A single box (4,) may stand first."""
    first, second = boxes1.shape, boxes2.shape
    _require_axes(second, label, 2)
    for boxes in (first, second):
        require_coordinates(boxes, label)
    rows = first[-2] if first.rank > 1 else 1
    before = broadcast([Shape(*first[:-2]), Shape(*second[:-2])], label)
    dtype = _same_type(boxes1) if boxes1.dtype == boxes2.dtype else None
    return Tensor(Shape(*before, rows, second[-2]), "torch", dtype)


@function("box_iou")
def box_iou(boxes1: Tensor, boxes2: Tensor, fmt: Value = "xyxy") -> Tensor:
    """What each box of one set shares with each of the other."""
    if known(fmt) not in COORDINATES:
        raise Problem(ARGUMENT, f"box_iou fmt must be one of {', '.join(COORDINATES)}, got {fmt!r}", blame="fmt")
    if fmt not in UPRIGHT:
        raise Undecided("overlaps of turned boxes are not modelled")
    return _overlaps(boxes1, boxes2, "box_iou")


@function("_box_inter_union")
def inter_union(boxes1: Tensor, boxes2: Tensor, fmt: Value = "xyxy") -> tuple[Tensor, Tensor]:
    """Areas that boxes share, and those that they cover together."""
    if known(fmt) not in UPRIGHT:
        raise Undecided("overlaps of turned boxes are not modelled")
    found = _overlaps(boxes1, boxes2, "box_iou")
    return found, Tensor(found.shape, "torch", found.dtype)


@function("generalized_box_iou")
def generalized_box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """Overlaps, less what a box around both covers beside them."""
    return _overlaps(boxes1, boxes2, "generalized_box_iou")


@function("distance_box_iou")
def distance_box_iou(boxes1: Tensor, boxes2: Tensor, eps: Value = 1e-7) -> Tensor:
    """Overlaps, less the distance."""
    return _overlaps(boxes1, boxes2, "distance_box_iou")


@function("complete_box_iou")
def complete_box_iou(boxes1: Tensor, boxes2: Tensor, eps: Value = 1e-7) -> Tensor:
    """Overlaps, less the distance and the difference of the forms."""
    return _overlaps(boxes1, boxes2, "complete_box_iou")


@function("masks_to_boxes")
def masks_to_boxes(masks: Shape) -> Tensor:
    """A box around each mask (N, H, W); none where the masks have no elements."""
    if masks.rank and any(map(never_positive, masks)):
        return Tensor(Shape(0, 4), "torch", "float32")
    if masks.rank != 3:
        if not all(map(always_positive, masks)):
            raise Undecided("whether there are masks at all is not known")
        raise Problem(RANK, f"masks_to_boxes needs masks (N, H, W), got {masks}")
    count = masks[0] if all(map(always_positive, masks[1:])) else unknown_dim("masks", reason="whether masks have elements is not known")
    return Tensor(Shape(count, 4), "torch", "float32")

"""Losses of detectors. Source: https://docs.pytorch.org/vision/stable/ops.html#losses."""

from __future__ import annotations

from dimlint.core.dim import Shape
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, doubt
from dimlint.core.value import Machine, Tensor, Value
from dimlint.libraries.torch.arguments import MERGE
from dimlint.libraries.torchvision.building import apply, known
from dimlint.libraries.torchvision.ops.boxes import require_coordinates
from dimlint.libraries.torchvision.ops.library import function
from dimlint.shapes.agree import require_written

REDUCTIONS = ("none", "mean", "sum")


@function("sigmoid_focal_loss")
def sigmoid_focal_loss(
    machine: Machine, inputs: Value, targets: Value, alpha: Value = 0.25, gamma: Value = 2, reduction: Value = "none"
) -> Value:
    """Cross entropy of labels, weighted by how wrong the inputs are: what is compared is what that loss compares."""
    if isinstance(alpha, (int, float)) and not (0 <= alpha <= 1 or alpha == -1):
        raise Problem(ARGUMENT, f"sigmoid_focal_loss alpha must be between 0 and 1, or -1, got {alpha}", blame="alpha")
    return apply(machine, "nn.functional.binary_cross_entropy_with_logits", inputs, targets, reduction=reduction)


def _loss(boxes1: Tensor, boxes2: Tensor, reduction: Value, label: str) -> Tensor:
    """The loss of each pair of boxes (..., 4); the second ones broadcast to the first."""
    if known(reduction) not in REDUCTIONS:
        raise Problem(ARGUMENT, f"{label} reduction must be one of {', '.join(REDUCTIONS)}, got {reduction!r}", blame="reduction")
    for boxes in (boxes1.shape, boxes2.shape):
        require_coordinates(boxes, label)
    first, second = (Shape(*boxes.shape[:-1]) for boxes in (boxes1, boxes2))
    problem = Problem(MERGE, f"{label} needs as many boxes of either kind, got {boxes1.shape} and {boxes2.shape}")
    if second.rank > first.rank:
        raise problem
    if not require_written(second, first, problem):
        doubt(f"whether {label} gets as many boxes of either kind is not known")
    dtype = boxes1.dtype if boxes1.dtype == boxes2.dtype and boxes1.dtype in ("float32", "float64") else None
    return Tensor(first if reduction == "none" else Shape(), "torch", dtype)


@function("generalized_box_iou_loss")
def generalized_box_iou_loss(boxes1: Tensor, boxes2: Tensor, reduction: Value = "none", eps: Value = 1e-7) -> Tensor:
    """By what two boxes share and what a box around both covers."""
    return _loss(boxes1, boxes2, reduction, "generalized_box_iou_loss")


@function("distance_box_iou_loss")
def distance_box_iou_loss(boxes1: Tensor, boxes2: Tensor, reduction: Value = "none", eps: Value = 1e-7) -> Tensor:
    """By what two boxes share and how far they are apart."""
    return _loss(boxes1, boxes2, reduction, "distance_box_iou_loss")


@function("complete_box_iou_loss")
def complete_box_iou_loss(boxes1: Tensor, boxes2: Tensor, reduction: Value = "none", eps: Value = 1e-7) -> Tensor:
    """By what two boxes share, how far they are apart and how their forms differ."""
    return _loss(boxes1, boxes2, reduction, "complete_box_iou_loss")

"""What is known of ``torchvision.ops`` beside what ``fixtures/vision`` shows: compiled operators, import paths, sizes of unknown data."""

from __future__ import annotations

import pytest

from dimlint import analyze
from dimlint.core.report import Report

HEAD = """
import torch
import torchvision
from torch import nn
from torchvision import ops
from torchvision.ops import boxes as box_ops, misc
from torchvision.ops.roi_pool import RoIPool
from torchvision.ops.stochastic_depth import StochasticDepth

image, boxes, scores = torch.zeros(2, 8, 16, 16), torch.zeros(9, 4), torch.zeros(9)


class Model(nn.Module):
    def forward(self, x):
        return {0}


Model()(image)
"""


def report(expression: str) -> Report:
    found = analyze(HEAD.replace("{0}", expression))
    assert found.failure is None
    return found


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("ops.nms(boxes, scores, 0.5)", [None]),
        ("boxes[ops.nms(boxes, scores, iou_threshold=0.5)]", [None, 4]),
        ("scores[box_ops.batched_nms(boxes, scores, torch.zeros(9), 0.5)[:4]]", [None]),
        ("ops.batched_nms(boxes[:0], scores, scores, 0.5)", [0]),
        ("boxes[torchvision.ops.boxes.remove_small_boxes(boxes, 1.0)]", [None, 4]),
        ("ops.box_iou(boxes[0], boxes)", [1, 9]),
        ("ops.distance_box_iou(boxes, boxes[:2], 1e-6)", [9, 2]),
        ("ops.complete_box_iou(boxes.expand(3, 9, 4), boxes[:2])", [3, 9, 2]),
        ("box_ops._box_inter_union(boxes, boxes[:2])[1]", [9, 2]),
        ("ops.box_convert(torch.zeros(3, 5), 'xywhr', 'xyxyxyxy')", [3, 8]),
        ("ops.box_area(boxes, fmt='xywh')", [9]),
        ("ops.masks_to_boxes(torch.zeros(0, 4, 4))", [0, 4]),
        ("ops.complete_box_iou_loss(boxes, boxes, 'mean')", []),
        ("ops.generalized_box_iou_loss(boxes, boxes[:1])", [9]),
        ("ops.roi_pool(x, [boxes, boxes[:2]], 3)", [11, 8, 3, 3]),
        ("RoIPool((2, 3), 1.0)(x, torch.zeros(5, 5))", [5, 8, 2, 3]),
        ("ops.ps_roi_pool(x, torch.zeros(5, 5), 2)", [5, 2, 2, 2]),
        ("ops.PSRoIAlign([2, 4], 0.5, 2)(x, torch.zeros(5, 5))", [5, 1, 2, 4]),
        ("ops.PSRoIPool(1, 0.5)(x, [boxes])", [9, 8, 1, 1]),
        ("ops.RoIAlign(7, 0.25, 2, aligned=True)(x, torch.zeros(5, 5)).flatten(1)", [5, 392]),
        ("ops.deform_conv2d(x, torch.zeros(2, 18, 8, 8), torch.zeros(6, 4, 3, 3), stride=2, padding=1)", [2, 6, 8, 8]),
        ("ops.deform_conv2d(x, torch.zeros(2, 36, 14, 14), torch.zeros(6, 8, 3, 3), mask=torch.zeros(2, 18, 14, 14))", [2, 6, 14, 14]),
        ("ops.DeformConv2d(8, 6, (1, 3), padding=(0, 1), groups=2, bias=False)(x, torch.zeros(2, 6, 16, 16))", [2, 6, 16, 16]),
        ("torchvision.ops.deform_conv.DeformConv2d(8, 6, 3).weight", [6, 8, 3, 3]),
        ("ops.stochastic_depth(x, 0.5, 'batch', training=self.training)", [2, 8, 16, 16]),
        ("StochasticDepth(0.5, 'row')(x)", [2, 8, 16, 16]),
        ("ops.drop_block2d(x, 0.5, 4, training=False)", [2, 8, 16, 16]),
        ("ops.drop_block3d(x[None], 0.5, 7)", [1, 2, 8, 16, 16]),
        ("ops.DropBlock2d(0.5, 4).eval()(x)", [2, 8, 16, 16]),
        ("misc.FrozenBatchNorm2d(8)(x[:, :1])", [2, 8, 16, 16]),
        ("misc.SqueezeExcitation(8, 2)._scale(x)", [2, 8, 1, 1]),
        ("len(ops.Conv2dNormActivation(8, 4)) * ops.Conv2dNormActivation(8, 4).out_channels * x", [2, 8, 16, 16]),
    ],
)
def test_what_comes_out(expression: str, shape: list[int | None]) -> None:
    found = report(expression)
    assert not found.findings
    (model,) = [model for model in found.models if model.name == "Model"]
    assert (model.status, model.reason, model.output_shape) == ("verified", None, shape)


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        ("ops.nms(boxes[None], scores, 0.5)", "rank-mismatch"),
        ("ops.nms(boxes, boxes, 0.5)", "rank-mismatch"),
        ("ops.nms(boxes, scores[:4], 0.5)", "merge-mismatch"),
        ("ops.nms(torch.zeros(9, 5), scores, 0.5)", "merge-mismatch"),
        ("ops.batched_nms(boxes, scores, scores[:4], 0.5)", "merge-mismatch"),
        ("ops.box_iou(boxes, boxes[0])", "rank-mismatch"),
        ("ops.box_convert(boxes, 'xyxy', 'xywhr')", "invalid-layer-argument"),
        ("ops.masks_to_boxes(boxes)", "rank-mismatch"),
        ("ops.roi_align(x[0], torch.zeros(5, 5), 7)", "rank-mismatch"),
        ("ops.roi_pool(x, [boxes, torch.zeros(3, 5)], 7)", "merge-mismatch"),
        ("ops.ps_roi_align(x, torch.zeros(5, 5), 3)", "channel-mismatch"),
        ("ops.deform_conv2d(x, torch.zeros(2, 18, 16, 16), torch.zeros(6, 8, 3, 3))", "merge-mismatch"),
        ("ops.deform_conv2d(x, torch.zeros(2, 17, 14, 14), torch.zeros(6, 8, 3, 3))", "channel-mismatch"),
        ("ops.deform_conv2d(x, torch.zeros(2, 18, 14, 14), torch.zeros(6, 3, 3, 3))", "channel-mismatch"),
        ("ops.deform_conv2d(x, torch.zeros(2, 18, 14, 14), torch.zeros(6, 8, 3, 3), mask=torch.zeros(2, 18, 14, 14))", "channel-mismatch"),
        ("ops.deform_conv2d(x, torch.zeros(2, 18, 1, 1), torch.zeros(6, 8, 19, 19))", "nonpositive-dimension"),
        ("ops.DeformConv2d(8, 6, 3, groups=3)", "invalid-layer-argument"),
        ("ops.StochasticDepth(1.5, 'row')(x)", "invalid-layer-argument"),
        ("ops.drop_block3d(x, 0.5, 3)", "rank-mismatch"),
    ],
)
def test_what_is_refused(expression: str, rule: str) -> None:
    assert [found.rule for found in report(expression).findings] == [rule]


@pytest.mark.parametrize(
    "expression",
    [
        "ops.batched_nms(torch.zeros(int(input()), 5), scores, scores, 0.5)",
        "ops.box_iou(boxes, boxes, fmt='xywhr')",
        "ops.roi_align(x, [], 7)",
        "ops.roi_align(x, torch.zeros(5, 5), int(input()))",
        "ops.ps_roi_align(x, torch.zeros(5, 5), int(input()))",
        "ops.deform_conv2d(x, torch.zeros(2, 18, 8, 8), torch.zeros(6, 8, 17, 17), stride=2)",
        "ops.drop_block2d(x, 0.5, int(input()))",
        "ops.masks_to_boxes(torch.zeros(int(input()), 4))",
        "ops.Conv2dNormActivation(8, 4, activation_layer=eval(input()))(x)",
        "ops.Conv2dNormActivation(8, 4, activation_layer=nn.Sigmoid)(x)",
        "ops.Conv2dNormActivation(8, 4)[:1](x)",
        "ops.misc.Conv2d(3, 4, 3)(x)",
        "ops.name_of_another_version(x)",
    ],
)
def test_what_is_not_known(expression: str) -> None:
    found = report(expression)
    assert not found.findings
    assert [model.status for model in found.models if model.name == "Model"] == ["partial"]


def test_a_block_is_known_by_its_class() -> None:
    program = """
import torch
from torch import nn
from torchvision import models
from torchvision.ops import Conv2dNormActivation
from torchvision.ops.misc import ConvNormActivation

net = models.mobilenet_v2()
widths = [part.out_channels for part in net.features if isinstance(part, Conv2dNormActivation)]
nn.Linear(sum(widths), 2)(torch.zeros(1, 32 + 1280))
nn.Linear(sum(issubclass(cls, nn.Sequential) for cls in (Conv2dNormActivation, ConvNormActivation)), 1)(torch.zeros(1, 2))
nn.Linear(7, 2)(net(torch.zeros(1, 3, 64, 64)))
"""
    assert [found.span.line for found in analyze(program).findings] == [12]


def test_an_open_input() -> None:
    program = """
from torch import nn
from torchvision.ops import Conv2dNormActivation, box_iou, nms, roi_align


class Net(nn.Module):
    def __init__(self, channels, kernel_size=3, norm_layer=nn.BatchNorm2d):
        super().__init__()
        self.layers = nn.Sequential(Conv2dNormActivation(3, channels, kernel_size, norm_layer=norm_layer), nn.Conv2d(channels, 4, 1))

    def forward(self, x, boxes):
        return roi_align(self.layers(x), boxes, 3)


class Matching(nn.Module):
    def forward(self, boxes, others, scores):
        return box_iou(boxes, others)[nms(boxes, scores, 0.5)]
"""
    found = analyze(program)
    assert found.failure is None and not found.findings
    assert [model.status for model in found.models] == ["verified", "verified"]

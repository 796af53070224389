"""What ``torchvision.utils`` draws and writes. Source: https://docs.pytorch.org/vision/stable/utils.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.value import Machine, Unknown, Value
from dimlint.libraries.torchvision.library import LOST, vision


@vision.function("save_image")
def save_image(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """Write an image."""


@vision.function("make_grid", "draw_bounding_boxes", "draw_segmentation_masks", "draw_keypoints", "flow_to_image", "download_url")
def drawn(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """What is drawn is not followed."""
    return Unknown(LOST)


@vision.function("_log_api_usage_once")
def logged(machine: Machine, obj: Value) -> None:
    """Note that an object of the package is used."""

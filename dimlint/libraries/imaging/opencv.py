"""Pictures of OpenCV, which are arrays: (height, width), or (height, width, channels). Source: https://docs.opencv.org."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Shape
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Tensor, Unknown, Value
from dimlint.libraries.imaging.library import OPENCV, any_size, sides

LOST = "what OpenCV gives is not followed"
OPENCV.inert_reasons.add(LOST)

FLAGS = {"IMREAD_COLOR": 1, "IMREAD_GRAYSCALE": 0, "IMREAD_UNCHANGED": -1, "IMREAD_ANYDEPTH": 2, "IMREAD_COLOR_RGB": 256}
GRAY = """BGR2GRAY RGB2GRAY BGRA2GRAY RGBA2GRAY"""
COLOR = """BGR2RGB RGB2BGR BGR2HSV RGB2HSV HSV2BGR HSV2RGB BGR2LAB RGB2LAB LAB2BGR LAB2RGB BGR2YUV RGB2YUV YUV2BGR YUV2RGB BGR2HLS
BGR2YCrCb BGR2YCR_CB RGB2YCrCb YCrCb2BGR YCrCb2RGB GRAY2BGR GRAY2RGB BGRA2BGR RGBA2RGB BGR2Lab RGB2Lab Lab2BGR Lab2RGB BGRA2RGB RGBA2BGR"""

for _name, _flag in FLAGS.items():
    OPENCV.value(_name, _flag)
for _name in GRAY.split():
    OPENCV.value(f"COLOR_{_name}", "gray")
for _name in COLOR.split():
    OPENCV.value(f"COLOR_{_name}", "color")


@OPENCV.function("imread")
def imread(machine: Machine, filename: Value, flags: Value = 1) -> Value:
    """A picture from a file. Raises Undecided where the channels are left to the file."""
    if flags not in (0, 1, 256):
        raise Undecided("the channels of a picture from a file are not known")
    return Tensor(Shape(any_size("height"), any_size("width"), *((3,) if flags else ())), "numpy")


def _array(machine: Machine, value: Value) -> Tensor:
    found = machine.plain(value)
    if not isinstance(found, Tensor) or found.shape.rank not in (2, 3):
        raise Undecided("the array of a picture is not known")
    return found


@OPENCV.function("resize")
def resize(machine: Machine, src: Value, dsize: Value = None, dst: Value = None, fx: Value = 0, fy: Value = 0, **kwargs: Value) -> Value:
    """A picture of another size, width first; an axis of one channel is lost. Raises Undecided."""
    image = _array(machine, src)
    wanted = sides(machine.plain(dsize))
    width, height = wanted if wanted is not None else (any_size("width"), any_size("height"))
    channels = image.shape[2:]
    if channels and not isinstance(channels[0], int):
        raise Undecided("the channels of a picture are not known")
    return Tensor(Shape(height, width, *(size for size in channels if size != 1)), "numpy")


@OPENCV.function("cvtColor")
def convert(machine: Machine, src: Value, code: Value, *args: Value, **kwargs: Value) -> Value:
    """A picture with other colors. Raises Undecided."""
    image = _array(machine, src)
    if code not in ("gray", "color"):
        raise Undecided("how the colors of a picture are changed is not known")
    return Tensor(Shape(*image.shape[:2], *((3,) if code == "color" else ())), "numpy")


@OPENCV.function(
    "GaussianBlur", "blur", "medianBlur", "bilateralFilter", "erode", "dilate", "morphologyEx", "filter2D", "flip", "convertScaleAbs"
)
def filtered(machine: Machine, src: Value, *args: Value, **kwargs: Value) -> Value:
    """A picture of the same size. Raises Undecided for one channel, whose axis is lost."""
    image = _array(machine, src)
    if image.shape.rank == 3 and not (isinstance(image.shape[2], int) and image.shape[2] > 1):
        raise Undecided("whether a picture keeps its axis of channels is not known")
    return Tensor(image.shape, "numpy")


@OPENCV.function("imshow", "imwrite", "waitKey", "destroyAllWindows", "setNumThreads", "rectangle", "putText", "circle", "line")
def shown(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """What is shown or written."""
    return Unknown(LOST)

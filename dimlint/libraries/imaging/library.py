"""The tables of Pillow's and OpenCV's names, and how pictures are held.

A picture of Pillow whose mode is known is a ``Tensor`` of the library ``pillow`` and of the shape of its array: (height, width), or
(height, width, channels). One whose mode is not known is an object with a height and a width.
"""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape
from dimlint.core.library import Library
from dimlint.core.opening import open_dim
from dimlint.core.value import Tensor, Value, is_size

PILLOW = Library("pillow", ("PIL",), modules=("dimlint.libraries.imaging.pillow",), inert=True)
OPENCV = Library("opencv", ("cv2",), modules=("dimlint.libraries.imaging.opencv",), inert=True)

MODES = {
    **dict.fromkeys(("1", "L", "P", "I", "F", "I;16"), 0), "LA": 2, **dict.fromkeys(("RGB", "YCbCr", "LAB", "HSV"), 3),
    **dict.fromkeys(("RGBA", "CMYK", "RGBX"), 4),
}  # fmt: skip
"""Mode of a picture -> channels of its array, 0 for an array without an axis of channels."""


def picture(height: Dim, width: Dim, channels: int) -> Tensor:
    """A picture of Pillow of a known mode."""
    return Tensor(Shape(height, width, *((channels,) if channels else ())), "pillow")


def is_picture(value: Value) -> bool:
    """Whether a value is a picture of Pillow of a known mode."""
    return isinstance(value, Tensor) and value.library == "pillow"


def any_size(name: str) -> Dim:
    """A size of a picture from elsewhere: the program's user chooses it with the files."""
    return open_dim(name)


def sides(value: Value) -> tuple[Dim, Dim] | None:
    """A known pair of sizes."""
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(map(is_size, value)):
        return value[0], value[1]
    return None

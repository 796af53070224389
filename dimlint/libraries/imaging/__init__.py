"""Pictures: Pillow (``PIL``) and OpenCV (``cv2``), as shapes. Sources: https://pillow.readthedocs.io, https://docs.opencv.org."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.imaging.library import OPENCV, PILLOW

LIBRARIES: tuple[Library, ...] = (PILLOW, OPENCV)

__all__ = ["LIBRARIES"]

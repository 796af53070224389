"""What imported names mean, for every library that dimlint knows."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.addons import LIBRARIES as ADDONS
from dimlint.libraries.einops import LIBRARIES as EINOPS
from dimlint.libraries.imaging import LIBRARIES as IMAGING
from dimlint.libraries.keras import LIBRARY as KERAS
from dimlint.libraries.numpy import LIBRARY as NUMPY
from dimlint.libraries.python import LIBRARIES as PYTHON
from dimlint.libraries.python import language
from dimlint.libraries.sklearn import LIBRARY as SKLEARN
from dimlint.libraries.tensorflow import LIBRARY as TENSORFLOW
from dimlint.libraries.tools import LIBRARIES as TOOLS
from dimlint.libraries.torch import LIBRARIES as TORCH
from dimlint.libraries.torchvision import LIBRARIES as TORCHVISION

LIBRARIES: tuple[Library, ...] = (*PYTHON, NUMPY, *TORCH, KERAS, TENSORFLOW, *EINOPS, *ADDONS, *TOOLS, *IMAGING, *TORCHVISION, SKLEARN)
"""All libraries; the one with the longest matching root answers for a dotted name."""

LANGUAGE = language
"""Python's operators."""


def load() -> None:
    """Import all that declares names: before processes are forked, and where nothing may be imported later."""
    for library in LIBRARIES:
        library.load()

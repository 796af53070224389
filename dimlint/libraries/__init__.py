"""What imported names mean, for every library that dimlint knows."""

from __future__ import annotations

from dimlint.core.layer import Library
from dimlint.libraries import keras, numpy, python, tensorflow, torch
from dimlint.libraries.python import language as LANGUAGE

LIBRARIES: tuple[Library, ...] = (*python.LIBRARIES, numpy.LIBRARY, *torch.LIBRARIES, keras.LIBRARY, tensorflow.LIBRARY)
"""All libraries; the one with the longest matching root answers for a dotted name."""

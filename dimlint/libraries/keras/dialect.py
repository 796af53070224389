"""Tells programs written for Keras 1 by what only that had: keywords of layers, ``fit``, ``merge`` and ``Model``, and names of layers."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from dimlint.core.value import LibraryClass
from dimlint.libraries.keras.library import LIBRARY as keras

_RUNNING = frozenset({"nb_epoch", "samples_per_epoch", "nb_val_samples", "val_samples", "nb_worker", "max_q_size", "pickle_safe"})
_CALLS: Mapping[str, frozenset[str]] = {
    "merge": frozenset({"mode", "concat_axis", "dot_axes"}),
    "Merge": frozenset({"mode", "concat_axis", "dot_axes"}),
    "Model": frozenset({"input", "output"}),
    **dict.fromkeys(("fit", "fit_generator", "evaluate_generator", "predict_generator"), _RUNNING),
    **dict.fromkeys(("dict", "partial"), frozenset({"border_mode", "dim_ordering", "W_regularizer", "subsample"})),
}
"""Keywords of calls that construct no layer of ``SIGNATURES``."""

_NAMES = "Merge|merge|MaxoutDense|Highway|TimeDistributedDense|AtrousConv(?:olution)?[12]D|ParametricSoftplus|SReLU|visualize_util"
_OLD = re.compile(
    rf"^[ \t]*from[ \t]+keras\b[\w.]*[ \t]+import\b(?:[ \t]*\([^()]*?|(?:[^\n\\(]|\\\n)*?)\b(?:{_NAMES})\b"
    r"|\bkeras\.utils\.visualize_util\b|\bset_image_dim_ordering[ \t]*\(|['\"](?:border_mode|dim_ordering)['\"]\s*:",
    re.MULTILINE,
)
_BARE = re.compile(r"\bConvolution[23]D\(\s*(?:[^\s,()\[\]=][^,()\[\]=]*,\s*){2}[^\s,()\[\]=][^,()\[\]=]*[,)]")
_BRACKET = re.compile(r"[()\[\]{}]")
_CALLEE = re.compile(r"([A-Za-z_]\w*)\s*\Z")
REACH = 4000
"""Characters between a call's name and its keyword."""


def keras1(text: str) -> bool:
    """Whether the text says something that only a program for Keras 1 says."""
    if "keras" not in text:
        return False
    if _OLD.search(text):
        return True
    calls, keyword = _keywords()
    return any(match[1] in calls.get(_callee(text, match.start()), ()) for match in keyword.finditer(text))


_IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+keras\b", re.MULTILINE)
_VERSION = re.compile(r"^__version__\s*=\s*['\"]([12])\.", re.MULTILINE)


_KERAS2 = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+tf_keras\b"
    r"|^[^#\n]*\bTF_USE_LEGACY_KERAS['\"]?\s*(?:\]\s*=|,|=|:)(?!=|\s*(?:['\"]?(?:0|[Ff]alse|None)\b|''|\"\"))",
    re.MULTILINE,
)


def keras2(text: str) -> bool:
    """Whether the text imports ``tf_keras``, which is Keras 2 for good, or has TensorFlow take that for ``tensorflow.keras``."""
    return ("tf_keras" in text or "TF_USE_LEGACY_KERAS" in text) and _KERAS2.search(text) is not None


def imports_keras(text: str) -> bool:
    """Whether a program imports the package by its own name."""
    return _IMPORTED.search(text) is not None


def old_version(package: str) -> float | None:
    """Which former version of Keras it is whose ``keras/__init__.py`` says this; None for today's."""
    found = _VERSION.search(package)
    return float(found[1]) if found is not None else None


def either(text: str) -> bool:
    """Whether the text calls a convolution by its old name with three bare sizes: one kernel in Keras 1, a kernel and strides today."""
    return _BARE.search(text) is not None


@functools.cache
def _keywords() -> tuple[Mapping[str, frozenset[str]], re.Pattern[str]]:
    """The keywords that give Keras 1 away, by the names they are called with, and what finds any of them."""
    from dimlint.libraries.keras.base import COMMON
    from dimlint.libraries.keras.former.arguments1 import SIGNATURES

    calls = dict(_CALLS)
    for name, entry in sorted(keras.entries.items()):
        layer = entry.layer if isinstance(entry, LibraryClass) else None
        if layer is not None and layer.label in SIGNATURES:
            calls[name.rpartition(".")[2]] = frozenset(SIGNATURES[layer.label].split()) - set(layer.fields) - COMMON
    words = "|".join(sorted({word for found in calls.values() for word in found}))
    return calls, re.compile(rf"\b({words})\s*=(?!=)")


def _callee(text: str, place: int) -> str:
    """The name before the innermost bracket that is open at a place, or nothing if it is not a round one."""
    depth = 0
    for bracket in reversed(list(_BRACKET.finditer(text, max(place - REACH + 1, 0), place))):
        depth += 1 if bracket[0] in ")]}" else -1
        if depth < 0:
            index = bracket.start()
            found = _CALLEE.search(text, max(0, index - 60), index) if bracket[0] == "(" else None
            return found[1] if found is not None else ""
    return ""

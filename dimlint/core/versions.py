"""Which version of a framework is installed: what a program may ask, and what is said where that decides."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from dimlint.core.problem import Undecided
from dimlint.core.value import Unknown, Value

VERSIONED = "which version of a framework is installed is not known"
"""Why a value is not known that depends on it."""

VERSION_NAMES = frozenset({"__version__", "__git_version__", "VERSION", "GIT_VERSION", "version_info"})
"""Names in the modules of a framework that tell it."""


def is_versioned(value: Value) -> bool:
    """Whether a value depends on the version of a framework."""
    return isinstance(value, Unknown) and value.reason == VERSIONED


class Numbered(str):
    """A version that is compared by its numbers, as ``torch.__version__`` is. What stands behind a ``+`` in it is not known.

    Source: torch/torch_version.py.
    """

    __slots__ = ()

    def _ordered(self, other: str, op: Callable[[Any, Any], bool]) -> bool:
        first, second = release(self), release(str(other))
        if first is None or second is None:
            raise Undecided(VERSIONED)
        return op(trimmed(first), trimmed(second))

    def __lt__(self, other: str) -> bool:
        return self._ordered(other, operator.lt)

    def __le__(self, other: str) -> bool:
        return self._ordered(other, operator.le)

    def __gt__(self, other: str) -> bool:
        return self._ordered(other, operator.gt)

    def __ge__(self, other: str) -> bool:
        return self._ordered(other, operator.ge)

    def _unknown(self, *args: object) -> NoReturn:
        raise Undecided(VERSIONED)

    __eq__ = __ne__ = __contains__ = _unknown
    __hash__ = str.__hash__


_RELEASE = re.compile(r"\s*v?(\d{1,9}(?:\.\d{1,9})*)\s*")


def release(text: str) -> tuple[int, ...] | None:
    """The numbers of a release; None for any other version. Source: https://peps.python.org/pep-0440/."""
    found = _RELEASE.fullmatch(text)
    return None if found is None else tuple(map(int, found[1].split(".")))


def trimmed(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers as they are compared: 1.0 is 1."""
    while numbers and numbers[-1] == 0:
        numbers = numbers[:-1]
    return numbers


TOLD = ("__version__", "VERSION")
"""Names that tell the whole version."""
LATEST = {"torch": Numbered("2.13.0"), "tensorflow": "2.21.0", "numpy": "2.4.0"}
"""The versions whose shapes are told."""
FORMER_KERAS = {1: "1.2.2", 2: "2.15.0"}


def latest(library: str, settings: Mapping[str, Value]) -> str | None:
    """The version of a framework that is judged by, if its names tell which it is; of Keras, the configured one."""
    if library == "keras":
        version = settings.get("keras_version")
        if not isinstance(version, (int, float)):
            return None
        return FORMER_KERAS.get(int(version), f"{int(version)}.{round(100 * (version - int(version)))}.0")
    return LATEST.get(library)

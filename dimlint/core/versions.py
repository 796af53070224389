"""Which version of a framework is installed: what a program may ask, and what is said where that decides."""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.value import Unknown, Value

VERSIONED = "which version of a framework is installed is not known"
"""Why a value is not known that depends on it."""

VERSION_NAMES = frozenset({"__version__", "__git_version__", "VERSION", "GIT_VERSION", "version_info"})
"""Names in the modules of a framework that tell it."""


def is_versioned(value: Value) -> bool:
    """Whether a value depends on the version of a framework."""
    return isinstance(value, Unknown) and value.reason == VERSIONED


LATEST = {"torch": "2.13.0", "tensorflow": "2.21.0", "numpy": "2.4.0"}
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

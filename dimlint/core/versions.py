"""Which version of a framework is installed: what a program may ask, and what is said where that decides."""

from __future__ import annotations

from dimlint.core.value import Unknown, Value

VERSIONED = "which version of a framework is installed is not known"
"""Why a value is not known that depends on it."""

VERSION_NAMES = frozenset({"__version__", "__git_version__", "VERSION", "GIT_VERSION", "version_info"})
"""Names in the modules of a framework that tell it."""


def is_versioned(value: Value) -> bool:
    """Whether a value depends on the version of a framework."""
    return isinstance(value, Unknown) and value.reason == VERSIONED

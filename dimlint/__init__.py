"""dimlint: finds the shape errors of Keras and PyTorch models before they are run.

Importing this package loads no part of the analysis; the names below are imported when they are first asked for.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pylint.lint import PyLinter

    from dimlint.analyze import analyze
    from dimlint.config import Config
    from dimlint.core.report import Report

__version__ = "0.1.0"
__all__ = ["Config", "Report", "__version__", "analyze", "register"]

_HOMES = {"Config": "dimlint.config", "Report": "dimlint.core.report"}


def register(linter: PyLinter) -> None:
    """Make the checker known to pylint (``load-plugins=dimlint``)."""
    from dimlint.pylint_plugin import register as register_checker

    register_checker(linter)


def load_configuration(linter: PyLinter) -> None:
    """What pylint calls when its options are read, once in each of its processes."""
    from dimlint.pylint_plugin import load_configuration as load

    load(linter)


class _Package(ModuleType):
    """The function ``analyze`` shares its name with its module; here the name always means the function."""

    @property
    def analyze(self) -> Any:
        return import_module("dimlint.analyze").analyze

    @analyze.setter
    def analyze(self, module: ModuleType) -> None:
        """Importing ``dimlint.analyze`` assigns the module to its package."""

    def __getattr__(self, name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


sys.modules[__name__].__class__ = _Package

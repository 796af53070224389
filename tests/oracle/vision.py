"""torchvision as it can be imported beside any version of torch."""

from __future__ import annotations

import sys
from types import ModuleType


def torchvision_without_operators() -> None:
    """Let torchvision be imported without its compiled operators, which fit one version of torch only: most of it needs none of them."""
    name = "torchvision._meta_registrations"
    sys.modules.setdefault(name, ModuleType(name))

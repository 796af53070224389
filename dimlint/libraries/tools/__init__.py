"""Packages that programs around networks use: options and configurations, progress bars, trainers."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.tools.library import (
    ABSL,
    ACCELERATE,
    CLICK,
    COMMANDS,
    CONFIGS,
    HYDRA,
    LIGHTNING,
    PROGRESS,
    PYTEST,
    TIMM,
    TRANSFORMERS,
    TYPER,
    YACS,
)

LIBRARIES: tuple[Library, ...] = (
    *(CLICK, TYPER, ABSL, CONFIGS, YACS, HYDRA, PROGRESS),
    *(LIGHTNING, TRANSFORMERS, COMMANDS, ACCELERATE, PYTEST, TIMM),
)

__all__ = ["LIBRARIES"]

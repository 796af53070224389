"""The tables of these packages; each is filled when a program first asks for one of its names."""

from __future__ import annotations

import re

from dimlint.core.library import Library

PACKAGE = "dimlint.libraries.tools"
_FILES = frozenset(["layers", "helpers", "drop", "weight_init"])
"""Modules of timm that hold what is declared of it."""
_MOVED = re.compile(r"^(?:models\.)?layers\.(?:\w+\.)*(?=\w+$)")


def _in_layers(name: str) -> str:
    """``timm.models.layers.drop.DropPath`` is ``layers.DropPath``, and the modules on the way are ``layers``."""
    return "layers" if name.rpartition(".")[2] in _FILES else _MOVED.sub("layers.", name)


CLICK = Library("tools.click", ("click",), modules=(f"{PACKAGE}.click",))
TYPER = Library("tools.typer", ("typer",), modules=(f"{PACKAGE}.typer",))
ABSL = Library("tools.absl", ("absl", "tensorflow.app", "tensorflow.compat.v1.app"), modules=(f"{PACKAGE}.absl",))
CONFIGS = Library(
    "tools.configs",
    ("easydict", "addict", "munch", "ml_collections.config_dict", "ml_collections", "omegaconf", "box", "dotmap"),
    modules=(f"{PACKAGE}.configs",),
)
YACS = Library("tools.yacs", ("yacs.config", "fvcore.common.config"), modules=(f"{PACKAGE}.yacs",))
HYDRA = Library("tools.hydra", ("hydra.core.config_store", "hydra.utils", "hydra"), modules=(f"{PACKAGE}.hydra",))
PROGRESS = Library(
    "tools.progress",
    ("tqdm.auto", "tqdm.notebook", "tqdm.rich", "tqdm", "rich.progress", "wandb", "tensorboardX", "progressbar", "alive_progress"),
    inert=True,
    modules=(f"{PACKAGE}.progress",),
)
LIGHTNING = Library(
    "tools.lightning",
    ("pytorch_lightning.core", "lightning.pytorch", "lightning.fabric", "pytorch_lightning", "lightning"),
    modules=(f"{PACKAGE}.lightning",),
)
TRANSFORMERS = Library("tools.transformers", ("transformers",), modules=(f"{PACKAGE}.transformers", f"{PACKAGE}.commands"))
ACCELERATE = Library("tools.accelerate", ("accelerate",), modules=(f"{PACKAGE}.accelerate",))
COMMANDS = Library("tools.commands", ("tyro", "simple_parsing", "jsonargparse", "fire"), modules=(f"{PACKAGE}.commands",))
PYTEST = Library("tools.pytest", ("pytest",), inert=True, modules=(f"{PACKAGE}.pytest",))
TIMM = Library("timm", ("timm",), _in_layers, modules=(f"{PACKAGE}.timm",), in_part=True)

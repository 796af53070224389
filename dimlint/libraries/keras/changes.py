"""Layers that are changed after models were made of them: such models give something else than what was recorded."""

from __future__ import annotations

import itertools

from dimlint.core.value import Machine, Native, Unknown, Value
from dimlint.libraries.keras.library import LIBRARY as keras

INSIDE = "the layers inside a model of keras.applications are not followed"
keras.inert_reasons.add(INSIDE)

LAYERS, UNSEEN_LAYERS = "keras_changed_layers", "keras_changed_unseen_layers"
"""Settings: the last change of any layer, and of a layer inside a model of keras.applications."""
HARMLESS = frozenset(
    ["trainable", "name", "built", "rate", "momentum", "epsilon", "seed", "training", "supports_masking", "inbound_nodes"]
    + ["outbound_nodes", "optimizer", "loss", "metrics", "stop_training", "history", "class_names"]
    + [f"{what}_{kind}" for what in ("kernel", "bias", "activity") for kind in ("regularizer", "initializer", "constraint")]
)
"""Attributes that have no influence on shapes; ``_name`` and its kin neither."""

_changes = itertools.count(1)


def change(machine: Machine, value: Value, name: str, new: Value) -> None:
    """Note that a layer is changed: it gets another attribute."""
    unseen = isinstance(value, Unknown)
    keeps_shapes = name.endswith("activation") and (new is None or isinstance(new, (str, Native)))
    if keeps_shapes or name.lstrip("_") in HARMLESS or (unseen and value.reason != INSIDE):
        return
    for setting in (LAYERS, UNSEEN_LAYERS) if unseen else (LAYERS,):
        _stamp(machine, setting)


def _stamp(machine: Machine, setting: str) -> str:
    stamp = f"change {next(_changes)}"
    machine.change_setting(setting, stamp)
    return stamp


def last_change(machine: Machine, setting: str = LAYERS) -> str:
    """Which change was the last one: another one than any known before where paths with other changes have met."""
    now = machine.settings.get(setting, "")
    return now if isinstance(now, str) else _stamp(machine, setting)


def is_as(machine: Machine, before: Value, setting: str = LAYERS) -> bool:
    """Whether nothing was changed since then."""
    now = machine.settings.get(setting, "")
    return isinstance(now, str) and before == now


keras.attribute_set = change

"""Layers that learn from data by ``adapt``, and the methods by which they do."""

# mypy: disable-error-code="misc"

from __future__ import annotations

import copy
from dataclasses import replace

from dimlint.core.value import Machine, Ref, Unknown, Value
from dimlint.libraries.keras.base import KerasLayer
from dimlint.libraries.keras.objects import instance


class Learning(KerasLayer):
    """A layer that may learn from data before it is called. adapted: whether it has, or may have."""

    adapted: bool = False

    def touched(self) -> KerasLayer:
        """The layer after ``adapt``."""
        changed = copy.copy(self)
        changed.adapted = True
        return changed


def _adapt(machine: Machine, self: Ref, data: Value = None, *args: Value, **kwargs: Value) -> None:
    """Learn from data: what is learned is not known, but that it is learned."""
    held = instance(machine, self)
    if isinstance(held.layer, Learning):
        machine.update(self, replace(held, layer=held.layer.touched()))


def _vocabulary(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    """The learned vocabulary, or its size."""
    return Unknown("a vocabulary is not followed")


class Learns:
    """Methods of a layer that learns."""

    adapt = set_vocabulary = update_state = _adapt


class LearnsWords(Learns):
    """Methods of a layer that learns a vocabulary."""

    get_vocabulary = vocabulary_size = _vocabulary

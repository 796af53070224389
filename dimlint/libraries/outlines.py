"""The frameworks whose models can be summarized."""

from __future__ import annotations

from dimlint.libraries.keras.outline import KerasOutline
from dimlint.libraries.outline import Outline
from dimlint.libraries.torch.outline import TorchOutline

OUTLINES: dict[str, type[Outline]] = {"torch": TorchOutline, "keras": KerasOutline}
"""What summaries ask, by the name of the library whose models they show."""

"""``enable_lora`` and ``quantize``: they change which variables a layer has. Source: https://keras.io/api/layers/core_layers/dense."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.value import Machine, Ref, Unknown, Value
from dimlint.libraries.keras.layer import attach, keras
from dimlint.libraries.keras.variables import ADDED


def _lose(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    attach(machine, self, **{ADDED: Unknown("the variables of a layer that is quantized, or has those of LoRA, are not modelled")})


class _Quantized:
    quantize = _lose


class _Adapted:
    enable_lora = _lose


keras.extend("layers.Layer", _Quantized)
for _name in ("Dense", "EinsumDense", "Embedding", "ReversibleEmbedding", "Conv1D", "Conv2D", "Conv3D"):
    keras.extend(f"layers.{_name}", _Adapted)

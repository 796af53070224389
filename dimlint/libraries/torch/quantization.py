"""What quantized models are prepared with, as it works before it is converted. Source: https://docs.pytorch.org/docs/stable/quantization.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

from dimlint.core.layer import Layer, ignored
from dimlint.core.value import Machine, Ref, Value
from dimlint.libraries.torch.module import torch

FUNCTIONS = {"add": "add", "mul": "mul", "add_scalar": "add", "mul_scalar": "mul", "matmul": "matmul", "cat": "cat"}
"""Methods of a FloatFunctional, and the functions that they are."""


class Stub(Layer):
    """Its input."""

    qconfig: Value = ignored(None)

    def output(self, x: Value) -> Any:
        return x


@torch.layer("ao.quantization.QuantStub", "quantization.QuantStub", "ao.quantization.stubs.QuantStub")
class QuantStub(Stub):
    """Where a model becomes quantized: its input."""


@torch.layer("ao.quantization.DeQuantStub", "quantization.DeQuantStub", "ao.quantization.stubs.DeQuantStub")
class DeQuantStub(Stub):
    """Where a model is no longer quantized: its input."""


def _method(name: str) -> Any:
    def method(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return machine.call(machine.lookup(f"torch.{name}"), args, kwargs)

    method.__doc__ = f"``torch.{name}``, which a quantized model does in another way."
    return method


def _add_relu(machine: Machine, self: Ref, x: Value, y: Value) -> Value:
    return machine.call(machine.lookup("torch.relu"), [machine.call(machine.lookup("torch.add"), [x, y])])


_METHODS = {"__doc__": "Operations as a module, so that they can be quantized.", "add_relu": _add_relu}
torch.type("ao.nn.quantized.FloatFunctional", "nn.quantized.FloatFunctional", bases=("nn.Module",))(
    type("FloatFunctional", (), _METHODS | {name: _method(function) for name, function in FUNCTIONS.items()})
)

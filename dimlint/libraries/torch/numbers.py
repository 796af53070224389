"""Small vectors of constants that programs calculate with, as ``[x.item() for x in torch.linspace(0, rate, depth)]``."""

from __future__ import annotations

import struct

from dimlint.core.value import SomeNumber, Tensor, Unknown, Value
from dimlint.libraries.numbers import BINARY, REDUCTIONS, UNARY, Number, combined, counted, everything, item, mapped, same, spaced, unary
from dimlint.libraries.torch.library import torch

LOST = Unknown("the values of a tensor are not known")
torch.inert_reasons.add(LOST.reason)
SPELLED = {
    "sub": "sub subtract", "mul": "mul multiply", "truediv": "div divide true_divide", "floordiv": "floor_divide", "mod": "remainder",
}  # fmt: skip
"""Operator -> names of its functions, where that is not the operator's own."""


def single(number: Number) -> Number:
    """A float as torch keeps it: with 32 bits."""
    return float(struct.unpack("f", struct.pack("f", number))[0]) if isinstance(number, float) else number


def _truncated(number: Number) -> Number:
    return int(number)


def _changing(name: str) -> bool:
    last = name.rpartition(".")[2]
    return (last.endswith("_") and not last.startswith("__")) or last.startswith(("__i", "__setitem__", "__delitem__"))


for _name in UNARY:
    torch.numbers |= dict.fromkeys((_name, f"Tensor.{_name}"), unary(_name, single))
torch.numbers["Tensor.__neg__"] = unary("neg", single)
torch.numbers["Tensor.__abs__"] = unary("abs", single)
for _name, _function in BINARY.items():
    for _spelled in SPELLED.get(_name, _name).split():
        torch.numbers |= dict.fromkeys((_spelled, f"Tensor.{_spelled}"), mapped(_function, 2, single))
    torch.numbers[f"Tensor.__{_name}__"] = mapped(_function, 2, single)
    torch.numbers[f"Tensor.__r{_name}__"] = mapped(_function, 2, single, reverse=True)
for _name, _reduction in REDUCTIONS.items():
    if _name != "sort":
        torch.numbers |= dict.fromkeys((_name, f"Tensor.{_name}"), combined(_reduction, single))
for _name in ("tensor", "as_tensor", "Tensor.clone", "Tensor.detach", "Tensor.cpu", "clone"):
    torch.numbers[_name] = same(single)
for _name in ("Tensor.int", "Tensor.long"):
    torch.numbers[_name] = same(_truncated)
torch.numbers["Tensor.float"] = same(lambda number: single(float(number)))
torch.numbers["arange"] = counted(single)
torch.numbers["linspace"] = spaced(("start", "end", "steps"), single, from_both_ends=True)
torch.numbers["Tensor.__getitem__"] = item
for _name in ("split", "chunk", "tensor_split", "split_with_sizes"):
    torch.numbers |= dict.fromkeys((_name, f"Tensor.{_name}"), everything)
torch.changing = _changing


@torch.function("Tensor.item", "Tensor.__float__", "Tensor.__int__", "Tensor.__index__")
def number_of(self: Tensor) -> Value:
    """The one element."""
    return self.values[0] if self.values is not None and len(self.values) == 1 else SomeNumber(LOST.reason, self.dtype)


@torch.function("Tensor.tolist")
def listed(self: Tensor) -> Value:
    """The elements as a list, or the one element."""
    if self.values is None:
        return LOST
    return list(self.values) if self.shape else self.values[0]

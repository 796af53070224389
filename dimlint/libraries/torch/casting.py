"""The same values elsewhere or of another type: ``to``, ``float``, ``long``; and new values in the same tensor.

https://docs.pytorch.org/docs/stable/tensors.html
"""

from __future__ import annotations

from dataclasses import replace

from dimlint.core.value import Machine, Tensor, Unknown, Value
from dimlint.libraries.torch.library import torch
from dimlint.libraries.torch.types import ElementType, kind_of
from dimlint.shapes import select

MOVED = "contiguous pin_memory cpu cuda to xpu ipu mtia to_dense to_sparse to_sparse_coo to_mkldnn"
REALS = "float double half bfloat16 cfloat cdouble chalf to_padded_tensor"
INTEGERS = "long int short char"


def _moved(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The same values, elsewhere or of another type."""
    for given in (*args, *kwargs.values()):
        if isinstance(given, (Tensor, ElementType)):
            return replace(self, dtype=given.dtype if isinstance(given, Tensor) else given.kind)
    return self


def _real(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The same values of another type."""
    return replace(self, dtype=None)


def _integer(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The same values as whole numbers."""
    return replace(self, dtype="int64")


@torch.function("Tensor.type")
def as_type(self: Tensor, dtype: Value = None, non_blocking: Value = False) -> Value:
    """The same values of another type, or the name of the type."""
    return Unknown("the type of a tensor is not known") if dtype is None else replace(self, dtype=kind_of(dtype))


@torch.function("Tensor.@dtype")
def dtype_of(self: Tensor) -> Value:
    """The type of its elements."""
    kind = "int64" if self.dtype in select.INTEGERS else "bool" if self.dtype == "bool" else None
    return ElementType("the type of a tensor is not known", kind)


@torch.function("Tensor.type_as")
def type_as(self: Tensor, other: Value) -> Tensor:
    """The same values of the type of another tensor."""
    return replace(self, dtype=other.dtype if isinstance(other, Tensor) else None)


@torch.function("Tensor.bool")
def as_bool(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The same values as truth values."""
    return replace(self, dtype="bool")


@torch.function("Tensor.byte")
def as_byte(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The same values as bytes, which select elements as truth values do."""
    return replace(self, dtype=None)


torch.function(*(f"Tensor.{name}" for name in MOVED.split()))(_moved)
torch.function(*(f"Tensor.{name}" for name in REALS.split()))(_real)
torch.function(*(f"Tensor.{name}" for name in INTEGERS.split()))(_integer)


# -- methods that give the tensor itself another shape

RESHAPING = "squeeze unsqueeze transpose swapaxes swapdims t"


def _in_place(name: str) -> None:
    def body(machine: Machine, self: Tensor, *args: Value, **kwargs: Value) -> Value:
        """The tensor in its new shape; whatever else holds the tensor is not known any more."""
        result = machine.call(torch.entries[f"Tensor.{name}"], (self, *args), kwargs)
        machine.forget_tensor(self, f"{name}_ has changed its shape")
        return result

    torch.function(f"Tensor.{name}_")(body)


for _name in RESHAPING.split():
    _in_place(_name)


@torch.function("Tensor.resize_")
def resize(machine: Machine, self: Tensor, *sizes: Value, size: Value = None, memory_format: Value = None) -> Value:
    """The tensor in the shape that is given; whatever else holds the tensor is not known any more."""
    result = machine.call(torch.entries["Tensor.new_empty"], (self, *sizes), {"size": size})
    machine.forget_tensor(self, "resize_ has changed its shape")
    return result


@torch.function("Tensor.resize_as_")
def resize_as(machine: Machine, self: Tensor, the_template: Value, memory_format: Value = None) -> Value:
    """The tensor in the shape of another one."""
    result = machine.call(torch.entries["empty_like"], (the_template,), {})
    machine.forget_tensor(self, "resize_as_ has changed its shape")
    return result

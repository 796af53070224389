"""Types of elements, as far as it matters for shapes: whole numbers stand for positions, truth values select.

https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch-dtype
"""

from __future__ import annotations

from dimlint.core.dataclass import dataclass
from dimlint.core.value import LibraryClass, Unknown, Value, is_size
from dimlint.libraries.torch.library import torch

OTHERS = """float32 float float64 double float16 half bfloat16 complex32 chalf complex64 cfloat complex128 cdouble uint8 uint16 uint32
uint64 quint8 qint8 qint32 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz"""
LAYOUTS = """strided sparse_coo sparse_csr sparse_csc channels_last channels_last_3d contiguous_format preserve_format
per_tensor_affine per_channel_affine per_tensor_symmetric per_channel_symmetric"""
WHOLE = "int8 int16 short int32 int int64 long"


@dataclass(frozen=True, eq=False)
class ElementType(Unknown):
    """``torch.long`` and the like. kind: ``int64`` for all whole numbers with a sign, ``bool``; None for every other, or one not known."""

    kind: str | None = None


NAMED = {
    **{name: ElementType("a type of elements is not known") for name in OTHERS.split()},
    **{name: ElementType("a type of elements is not known", "int64") for name in WHOLE.split()},
    "bool": ElementType("a type of elements is not known", "bool"),
}
for _name, _type in NAMED.items():
    torch.value(_name, _type)
for _name in LAYOUTS.split():
    torch.value(_name, Unknown("how a tensor lies in memory is not known"))


def kind_of(dtype: Value) -> str | None:
    """The kind of elements that an argument ``dtype`` asks for; Python's own types serve as well."""
    if isinstance(dtype, ElementType):
        return dtype.kind
    if isinstance(dtype, LibraryClass) and dtype.library in ("builtins", "torch"):
        return {"int": "int64", "bool": "bool"}.get(dtype.name) or typed_tensor(dtype.name)
    return typed_tensor(dtype) if isinstance(dtype, str) else None


def typed_tensor(name: str) -> str | None:
    """The kind of elements that the type of a tensor is named for: ``torch.cuda.LongTensor``."""
    last = name.rpartition(".")[2]
    return "bool" if last == "BoolTensor" else "int64" if last in ("LongTensor", "IntTensor", "ShortTensor", "CharTensor") else None


def inferred(data: Value) -> str | None:
    """The kind of elements that numbers give which are tensors soon."""
    if isinstance(data, (tuple, list)):
        kinds = {inferred(item) for item in data}
        return None if None in kinds or not kinds else "bool" if kinds == {"bool"} else "int64"
    return "bool" if isinstance(data, bool) else "int64" if is_size(data) else None


torch.element_type = kind_of

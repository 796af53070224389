"""Element types and the tensor class of TensorFlow, and what its functions share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dimlint.core.dim import Shape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, ModuleName, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.objects import is_keras_tensor
from dimlint.libraries.keras.ops.arguments import axis_of, values_of
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow

DTYPES = """bfloat16 bool complex128 complex64 double float16 float32 float64 half int16 int32 int64 int8 qint8 quint8 resource string
uint16 uint32 uint64 uint8 variant"""
RANGES = {"float16": 65504.0, "half": 65504.0, "float32": 3.4028234663852886e38, "float64": 1.7976931348623157e308}

for _name in DTYPES.split():
    for _prefix in ("", "dtypes."):
        tensorflow.value(_prefix + _name, ModuleName(f"tensorflow.{_prefix}{_name}"))
for _name, _value in RANGES.items():
    tensorflow.value(f"{_name}.max", _value)
    tensorflow.value(f"{_name}.min", -_value)
for _name, _bits in (("int8", 7), ("int16", 15), ("int32", 31), ("int64", 63)):
    tensorflow.value(f"{_name}.max", 2**_bits - 1)
    tensorflow.value(f"{_name}.min", -(2**_bits))
tensorflow.value("newaxis", None)


def axes_of(x: Shape, axis: Value, what: str, extra: int = 0) -> list[int]:
    """Axes counted from the front, all of them for None; none may be repeated. Raises Problem(rank-mismatch), Undecided."""
    axis = values_of(axis)
    if axis is None:
        return list(range(x.rank))
    found = [axis_of(x, item, what, extra) for item in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if len(set(found)) < len(found) and any(map(shows_none, x)):
        raise Undecided(f"{what}: an axis of {x} is given twice, which is noticed only when the model runs")
    if len(set(found)) < len(found):
        raise Problem(RANK, f"{what}: an axis of {x} is given twice", blame="axis")
    return found


@contextmanager
def when_known(*shapes: Shape) -> Iterator[None]:
    """What TensorFlow checks only if no size is open: a Problem becomes Undecided otherwise."""
    try:
        yield
    except Problem as problem:
        if not any(shows_none(size) for shape in shapes for size in shape):
            raise
        raise Undecided(f"noticed only when the model runs: {problem.message}") from None


def require_bool(value: Value, name: str) -> bool:
    """A truth value that is known. Raises Undecided."""
    if value is None or isinstance(value, (bool, int)):
        return bool(value)
    raise Undecided(value.reason if isinstance(value, Unknown) else f"{name} is not known")


@tensorflow.type("Tensor")
class TensorType:
    """The class of eager tensors, and of those that layers run on: Keras' own symbolic tensors are of another one."""

    def __instancecheck__(machine: Machine, cls: Value, value: Value) -> bool:
        if isinstance(value, (Unknown, Ref)):
            raise Undecided(value.reason if isinstance(value, Unknown) else "whether an object is a tensor is not known")
        return isinstance(value, Tensor) and value.library in ("keras", "tensorflow") and require_eager(machine, value)


def require_eager(machine: Machine, value: Tensor) -> bool:
    """Whether a tensor of Keras or TensorFlow is one of TensorFlow's. Raises Undecided."""
    if is_keras_tensor(machine, value):
        return False
    if value.symbolic or value.variable is not None or value.step is None or value.step.label == "Variable":
        raise Undecided("whether a tensor is TensorFlow's is not known")
    return True


def is_tensor(value: Value) -> bool:
    """Whether it is a tensor or an array."""
    return isinstance(value, Tensor)

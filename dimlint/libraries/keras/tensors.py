"""What tensors of Keras and TensorFlow answer: shape, arithmetic, subscripts."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, less, maximum, minimum, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Raised, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import shows_none
from dimlint.libraries.keras.layer import keras, shape_value
from dimlint.shapes.agree import broadcast, matmul

_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


@keras.function("Tensor.@shape")
def shape(machine: Machine, x: Tensor) -> Value:
    """The sizes, ``None`` where a symbolic tensor's size is open."""
    return shape_value(x)


@keras.function("Tensor.@ndim", "Tensor.@rank")
def ndim(machine: Machine, x: Tensor) -> Value:
    """The number of dimensions."""
    return x.shape.rank


@keras.function("Tensor.@dtype", "Tensor.@device")
def lost(machine: Machine, x: Tensor) -> Value:
    """What has no influence on shapes."""
    return Unknown("types and names of tensors are not modelled")


@keras.function("Tensor.numpy")
def numpy(x: Tensor) -> Shape:
    """The array behind an eager tensor."""
    return x.shape


@keras.function("Tensor.get_shape")
def get_shape(machine: Machine, x: Tensor) -> Value:
    """``shape`` as a method."""
    return shape_value(x)


def elementwise(x: Shape, y: Shape) -> Shape:
    """Two tensors element by element. Raises Problem(merge-mismatch)."""
    return broadcast([x, y], "arithmetic", lenient=shows_none)


for _name in (*_ARITHMETIC, *(f"r{name}" for name in _ARITHMETIC), *_COMPARISONS):
    keras.function(f"Tensor.__{_name}__")(elementwise)


@keras.function("Tensor.__neg__", "Tensor.__abs__", "Tensor.__pos__", "Tensor.__invert__")
def unary(x: Shape) -> Shape:
    """One tensor element by element."""
    return x


@keras.function("Tensor.__matmul__")
def multiply_matrices(x: Shape, y: Shape) -> Shape:
    """The matrix product. Raises Problem(merge-mismatch)."""
    return matmul(x, y, "matmul")


@keras.function("Tensor.__getitem__")
def subscript(x: Shape, index: Value) -> Shape:
    """``x[index]`` for integers, slices, ``...`` and ``None``. Raises Raised(IndexError), Undecided."""
    items = list(index) if isinstance(index, tuple) else [index]
    taken = sum(item is not None and item is not ... for item in items)
    if taken > x.rank:
        raise Raised("ValueError", f"too many subscripts for a tensor with {x.rank} dimensions")
    if not any(item is ... for item in items):
        items.append(...)
    dims: list[Dim] = []
    axis = 0
    for item in items:
        if item is ...:
            dims += x[axis : axis + x.rank - taken]
            axis += x.rank - taken
        elif item is None:
            dims.append(1)
        else:
            dims += _one(x[axis], item)
            axis += 1
    return Shape(*dims)


def _one(size: Dim, item: Value) -> list[Dim]:
    """What one subscript leaves of an axis."""
    if isinstance(item, slice):
        return [_slice(size, item)]
    if isinstance(item, Unknown):
        raise Undecided(item.reason)
    if is_size(item) and not isinstance(item, bool):
        return []
    raise Undecided("a subscript is not modelled")


def _slice(size: Dim, item: slice) -> Dim:
    """Length of ``size[start:stop:step]``. Raises Undecided."""
    step = 1 if item.step is None else item.step
    bounds = [item.start, item.stop]
    if not isinstance(step, int) or step == 0 or any(value is not None and not is_size(value) for value in bounds):
        raise Undecided("a slice is not known")
    if step < 0:
        if bounds != [None, None]:
            raise Undecided("a slice backwards is not modelled")
        return (size + -step - 1) // -step
    if shows_none(size):
        return size if bounds == [None, None] and step == 1 else unknown_dim("None", none=True)
    start, stop = (_clamp(size, value, default) for value, default in zip(bounds, (0, size)))
    length = maximum(stop - start, 0)
    return length if step == 1 else (length + step - 1) // step


def _clamp(size: Dim, value: Value, default: Dim) -> Dim:
    """A bound of a slice, counted from the front, within the axis."""
    if value is None:
        return default
    negative = less(value, 0)
    if negative is None:
        raise Undecided("a slice is not known")
    return maximum(size + value, 0) if negative else minimum(value, size)

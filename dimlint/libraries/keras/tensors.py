"""What tensors of Keras and TensorFlow answer: shape, arithmetic, subscripts."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable, Mapping

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, never_equal, unknown_dim
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import TensorShape
from dimlint.core.value import Machine, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import RANK, may_fit, shows_none
from dimlint.libraries.keras.layer import keras, shape_value, to_dims
from dimlint.libraries.keras.objects import is_keras_tensor
from dimlint.shapes import contract
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import signed_length

_COUNTED: Mapping[str, Callable[[Dim, Dim], Dim]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
}
"""Arithmetic of which the results are followed where a tensor's elements are known sizes."""
_ARITHMETIC = (*_COUNTED, "truediv", "pow", "and", "or", "xor")
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


@keras.function("Tensor.@shape", "Tensor.get_shape", "Tensor.@_keras_shape")
def shape(machine: Machine, x: Tensor) -> Value:
    """The sizes, ``None`` where a symbolic tensor's size is open. Keras before 2.4 had them in ``_keras_shape``, too."""
    found = shape_value(x)
    return found.as_plain() if isinstance(found, TensorShape) and is_keras_tensor(machine, x) else found


def set_keras_shape(machine: Machine, x: Tensor, value: Value) -> None:
    """``x._keras_shape = shape``: a tensor that is told the shape that it has stays as it is; of others nothing is known."""
    told = machine.plain(value)
    alike = isinstance(told, (tuple, list)) and len(told) == x.shape.rank
    if not alike or not all(size is None or (is_size(size) and may_fit(size, own)) for size, own in zip(told, x.shape)):
        machine.forget_tensor(x, "it was given another shape")


keras.setters["_keras_shape"] = set_keras_shape


@keras.function("Tensor.@ndim", "Tensor.@rank")
def ndim(machine: Machine, x: Tensor) -> Value:
    """The number of dimensions."""
    return x.shape.rank


@keras.function("Tensor.@dtype", "Tensor.@device", "Tensor.@op", "Tensor.@graph", "Tensor.@initializer")
def lost(machine: Machine, x: Tensor) -> Value:
    """What has no influence on shapes."""
    return Unknown("types and names of tensors are not modelled")


@keras.function("Tensor.value", "Tensor.read_value", "Tensor.@value", "Tensor.eval")
def value(x: Tensor) -> Tensor:
    """The tensor behind a variable."""
    return Tensor(x.shape, "keras", x.dtype, x.symbolic, None, x.values)


@keras.function("Tensor.numpy", "Tensor.__array__")
def numpy(x: Tensor) -> Tensor:
    """The array behind an eager tensor."""
    return Tensor(x.shape, "numpy", x.dtype, values=x.values if x.shape.rank == 1 else None)


@keras.function("Tensor.set_shape")
def set_shape(machine: Machine, x: Tensor, shape: Value) -> None:
    """State sizes that are open. A tensor that does not show them yet is not followed any further. Raises Problem(merge-mismatch)."""
    sizes = to_dims(machine.plain(shape), "shape")
    wrong = len(sizes) != x.shape.rank or any(map(never_equal, sizes, x.shape))
    if wrong:
        raise Problem("merge-mismatch", f"set_shape: the tensor {x.shape} cannot have the shape {Shape(*sizes)}", blame="shape")
    if any(not shows_none(new) and not isinstance(old, int) for new, old in zip(sizes, x.shape)):
        machine.set_attribute(x, "shape", None)


@keras.function("Tensor.assign", "Tensor.assign_add", "Tensor.assign_sub")
def assign(self: Tensor, value: object, *args: object, **kwargs: object) -> Tensor:
    """A variable with other values."""
    return self


@keras.function("Tensor.__len__")
def length(x: Shape) -> Dim:
    """The size of the first axis. Raises Undecided."""
    if not x or shows_none(x[0]):
        raise Undecided("the length of a tensor is not known")
    return x[0]


def elementwise(x: Shape, y: Shape) -> Shape:
    """Two tensors element by element. Raises Problem(merge-mismatch)."""
    return broadcast([x, y], "arithmetic", lenient=shows_none, firm=True)


for _name in (*(name for name in _ARITHMETIC if name not in _COUNTED), "rtruediv", "rpow", "rand", "ror", "rxor", *_COMPARISONS):
    keras.function(f"Tensor.__{_name}__")(elementwise)


def _counted(name: str, reflected: bool) -> None:
    """Declare an operator that follows vectors of sizes."""
    operation = _COUNTED[name]

    def body(x: Value, y: Value) -> Value:
        return arithmetic(x, y, operation, reflected)

    body.__name__ = f"__{'r' if reflected else ''}{name}__"
    body.__doc__ = "Two tensors element by element; sizes are counted with. Raises Problem(merge-mismatch)."
    keras.function(f"Tensor.{body.__name__}")(body)


def arithmetic(x: Value, y: Value, operation: Callable[[Dim, Dim], Dim], reflected: bool = False) -> Value:
    """Two tensors element by element, of which one may be a vector of sizes."""
    found = elementwise(to_shape(x, "x"), to_shape(y, "y"))
    if found.rank != 1 or not isinstance(found[0], int):
        return found
    left, right = (_elements(side, found[0]) for side in ((y, x) if reflected else (x, y)))
    if left is None or right is None:
        return found
    try:
        return Tensor(found, "keras", "int32", False, None, tuple(map(operation, left, right)))
    except (Undecided, ZeroDivisionError):
        return found


def _elements(value: Value, count: int) -> tuple[Dim, ...] | None:
    """The sizes that a number, list or tensor stands for, if they are known."""
    if is_size(value) and not isinstance(value, bool):
        return (value,) * count
    items = value.values if isinstance(value, Tensor) else value
    if isinstance(items, (tuple, list)) and len(items) == count and all(map(is_size, items)):
        return tuple(items)
    return None


for _name in _COUNTED:
    _counted(_name, False)
    _counted(_name, True)


@keras.function("Tensor.__neg__", "Tensor.__abs__", "Tensor.__pos__", "Tensor.__invert__", "Tensor.__round__")
def unary(x: Shape, *args: object) -> Shape:
    """One tensor element by element."""
    return x


@keras.function("Tensor.__matmul__")
def multiply_matrices(x: Shape, y: Shape) -> Shape:
    """The matrix product. Raises Problem(merge-mismatch, rank-mismatch)."""
    return contract.matmul(x, y, "matmul", shows_none)


@keras.function("Tensor.__rmatmul__")
def multiplied_matrices(x: Shape, y: Shape) -> Shape:
    """The matrix product with the other operand in front. Raises Problem(merge-mismatch, rank-mismatch)."""
    return contract.matmul(y, x, "matmul", shows_none)


@keras.function("Tensor.__getitem__")
def subscript(x: Tensor, index: Value) -> Value:
    """``x[index]`` for integers, slices, ``...`` and ``None``; elements of a vector of sizes. Raises Problem, Undecided."""
    if x.values is not None and not isinstance(index, tuple):
        return _element(x, index)
    return picked(x.shape, index)


def _element(x: Tensor, index: Value) -> Value:
    """One size or some of them."""
    values = x.values or ()
    if isinstance(index, int) and not isinstance(index, bool) and -len(values) <= index < len(values):
        return values[index]
    if isinstance(index, slice) and all(bound is None or isinstance(bound, int) for bound in (index.start, index.stop, index.step)):
        part = values[index] if index.step != 0 else ()
        return Tensor(Shape(len(part)), "keras", x.dtype, False, None, part)
    return picked(x.shape, index)


def picked(x: Shape, index: Value) -> Shape:
    """The shape of ``x[index]`` for integers, slices, ``...`` and ``None``. Raises Problem, Undecided."""
    items = list(index) if isinstance(index, tuple) else [index]
    for item in items:
        if isinstance(item, Unknown):
            raise Undecided(item.reason)
        if isinstance(item, (bool, list, tuple, str)) or (isinstance(item, Tensor) and item.shape.rank):
            raise Undecided("a subscript is not modelled")
    taken = sum(item is not None and item is not ... for item in items)
    if taken > x.rank:
        raise Problem(RANK, f"{taken} subscripts for the tensor {x} with {x.rank} dimensions")
    if sum(item is ... for item in items) > 1:
        raise Undecided("more than one ellipsis in a subscript is not modelled")
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
            dims += _one(x, axis, item)
            axis += 1
    return Shape(*dims)


def _one(x: Shape, axis: int, item: Value) -> list[Dim]:
    """What one subscript leaves of an axis."""
    size = x[axis]
    if isinstance(item, slice):
        return [_slice(size, item)]
    if isinstance(item, int) and isinstance(size, int) and not -size <= item < size:
        raise Problem(ARGUMENT, f"index {item} is out of range for axis {axis} of size {size}, from the tensor {x}")
    if is_size(item) or isinstance(item, Tensor):
        return []
    raise Undecided("a subscript is not modelled")


def _slice(size: Dim, item: slice) -> Dim:
    """Length of ``size[start:stop:step]``. Raises Undecided."""
    step = 1 if item.step is None else item.step
    bounds = [item.start, item.stop]
    if not isinstance(step, int) or step == 0 or any(value is not None and not is_size(value) for value in bounds):
        raise Undecided("a slice is not known")
    if shows_none(size):
        return size if bounds == [None, None] and abs(step) == 1 else unknown_dim("None", none=True)
    return signed_length(size, item)

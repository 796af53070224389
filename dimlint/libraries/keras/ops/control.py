"""Functions that call the program's own functions, and questions about tensors. Source: https://keras.io/api/ops/core."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape
from dimlint.core.problem import Undecided
from dimlint.core.value import ListObject, Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.layer import keras


@keras.function("ops.map")
def mapped(machine: Machine, f: Value, xs: Value) -> Value:
    """A function applied to each slice along the first axis. Raises Undecided."""
    return over_slices(machine, f, xs)


@keras.function("ops.vectorized_map")
def vectorized_map(machine: Machine, function: Value, elements: Value) -> Value:
    """``map`` at once. Raises Undecided."""
    return over_slices(machine, function, elements)


def over_slices(machine: Machine, function: Value, given: Value) -> Value:
    """The results of a function for the slices of a tensor, stacked along a new first axis. Raises Undecided."""
    items = machine.plain(given)
    tensors = items if isinstance(items, (tuple, list)) else (items,)
    if not tensors or any(not isinstance(x, Tensor) or not x.shape.rank for x in tensors):
        raise Undecided("what a function is applied to is not known to be a tensor")
    count = tensors[0].shape[0]
    slices = tuple(Tensor(Shape(*x.shape[1:]), "keras", x.dtype, x.symbolic) for x in tensors)
    argument = slices[0] if not isinstance(items, (tuple, list)) else machine.new(ListObject(slices))
    return _stacked(machine, machine.call(function, (argument,)), count)


def _stacked(machine: Machine, result: Value, count: Dim) -> Value:
    """The result of one slice as that of all."""
    if isinstance(result, Tensor):
        return Tensor(Shape(count, *result.shape), "keras", result.dtype, result.symbolic)
    if is_size(result) or isinstance(result, float):
        return Tensor(Shape(count), "keras")
    if isinstance(result, tuple):
        return tuple(_stacked(machine, item, count) for item in result)
    held = machine.contents(result) if isinstance(result, Ref) else None
    if isinstance(held, ListObject):
        return machine.new(ListObject(tuple(_stacked(machine, item, count) for item in held.items)))
    raise Undecided(result.reason if isinstance(result, Unknown) else "what a mapped function returns is not followed")


@keras.function("ops.cond", "ops.switch", "ops.while_loop", "ops.fori_loop", "ops.scan", "ops.associative_scan", "ops.jvp")
def unfollowed(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """Which of the program's functions run, and how often, only running tells. Raises Undecided."""
    raise Undecided("which of the program's functions run is not known")


@keras.function("ops.custom_gradient")
def custom_gradient(machine: Machine, f: Value) -> Value:
    """A function with a gradient of its own returns it beside its result. Raises Undecided."""
    raise Undecided("functions with a gradient of their own are not followed")


@keras.function("ops.vectorize")
def vectorize(machine: Machine, pyfunc: Value, *args: Value, **kwargs: Value) -> Value:
    """A function made to work on each element. Raises Undecided."""
    raise Undecided("vectorized functions are not followed")


@keras.function("ops.is_tensor")
def is_tensor(machine: Machine, x: Value) -> bool:
    """Whether it is a tensor. Raises Undecided."""
    if isinstance(x, Unknown) or (isinstance(x, Tensor) and x.symbolic):
        raise Undecided(x.reason if isinstance(x, Unknown) else "whether a model is being built or run is not known")
    return isinstance(x, Tensor) and x.library != "numpy"


@keras.function("ops.dtype")
def dtype(machine: Machine, x: Value) -> Value:
    """The element type, which is not followed."""
    return Unknown("types of tensors are not modelled")


@keras.function("ops.shape")
def shape(machine: Machine, x: Value) -> Value:
    """The sizes of a tensor; open ones can be used as sizes. Raises Undecided."""
    if not isinstance(x, Tensor):
        raise Undecided(x.reason if isinstance(x, Unknown) else "what has a shape is not known to be a tensor")
    return tuple(x.shape)


@keras.function("ops.ndim")
def ndim(machine: Machine, x: Value) -> Value:
    """The number of dimensions. Raises Undecided."""
    if not isinstance(x, Tensor):
        raise Undecided(x.reason if isinstance(x, Unknown) else "what has dimensions is not known to be a tensor")
    return x.shape.rank

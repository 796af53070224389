"""Functions that call the program's own functions, and questions about tensors. Source: https://keras.io/api/ops/core."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal
from dimlint.core.problem import Undecided
from dimlint.core.value import NO_OBJECT, ListObject, Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.layer import keras

WHICH = "which of the program's functions run is not known"


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


@keras.function("ops.cond")
def cond(machine: Machine, pred: Value, true_fn: Value, false_fn: Value) -> Value:
    """What one of two functions gives. Raises Undecided."""
    return either(machine, pred, true_fn, false_fn)


def either(machine: Machine, condition: Value, first: Value, second: Value) -> Value:
    """What one of two functions gives: both are run, and have to give the same sizes. Raises Undecided."""
    if isinstance(condition, bool):
        return machine.call(first if condition else second)
    found: list[Value] = []
    for function in (first, second):
        result, problem = machine.try_model(NO_OBJECT, function, ())
        if problem is not None:
            raise Undecided(WHICH)
        found.append(machine.plain(result))
    return _shared(machine, *found)


def _shared(machine: Machine, a: Value, b: Value) -> Value:
    """What two values have in common, as one value. Raises Undecided."""
    if isinstance(a, Tensor) and isinstance(b, Tensor) and a.shape.rank == b.shape.rank and all(map(always_equal, a.shape, b.shape)):
        return Tensor(a.shape, a.library, a.dtype if a.dtype == b.dtype else None, a.symbolic or b.symbolic)
    if isinstance(a, (tuple, list)) and type(a) is type(b) and isinstance(b, (tuple, list)) and len(a) == len(b):
        items = tuple(_shared(machine, x, y) for x, y in zip(a, b))
        return machine.new(ListObject(items)) if isinstance(a, list) else items
    if a is None and b is None:
        return None
    raise Undecided(next((item.reason for item in (a, b) if isinstance(item, Unknown)), WHICH))


@keras.function("ops.switch", "ops.while_loop", "ops.fori_loop", "ops.scan", "ops.associative_scan", "ops.jvp")
def unfollowed(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """Which of the program's functions run, and how often, only running tells. Raises Undecided."""
    raise Undecided(WHICH)


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

"""The program's own layers: building them, and the output shape that they declare. Source: https://keras.io/api/layers/base_layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dimlint.core.dim import Dim, Shape, always_equal
from dimlint.core.problem import Undecided
from dimlint.core.results import TensorShape
from dimlint.core.value import Function, Instance, LibraryClass, ListObject, Machine, Method, Ref, Tensor, Value, is_size
from dimlint.libraries.keras.base import KerasLayer, major, shows_none
from dimlint.libraries.keras.objects import attach, contents, shape_value, symbolic, tensors, to_dims


def build(machine: Machine, self: Ref, args: Sequence[Value], kwargs: Mapping[str, Value]) -> bool:
    """Run the program's own ``build`` before the first call, or that of the library's layer for a ``call`` of its own.

    Whether the program has one.
    """
    held = contents(machine, self)
    if isinstance(held.cls, LibraryClass) or held.attributes.get("built") is True or not args:
        return False
    method = machine.attribute(self, "build")
    attach(machine, self, built=True)
    if not (isinstance(method, Method) and isinstance(method.function, Function)):
        own = machine.attribute(self, "call")
        if held.layer is not None and isinstance(own, Method) and isinstance(own.function, Function):
            machine.call(method, [stated_shape(machine, args[0])])
        return False
    attach(machine, self, _building=True)
    machine.call(method, shape_arguments(machine, self, method.function, args, kwargs))
    attach(machine, self, _building=False)
    return True


def declared(machine: Machine, self: Ref, args: Sequence[Value], kwargs: Mapping[str, Value], result: Value) -> Value:
    """What a layer gives: for symbolic inputs, Keras 3 asks its ``compute_output_shape`` if the program defines one."""
    held = contents(machine, self)
    first = next(iter(tensors(machine, args)), None)
    if isinstance(held.cls, LibraryClass) or major(machine.settings) < 3 or first is None or not first.symbolic:
        return result
    method = machine.attribute(self, "compute_output_shape")
    if not (isinstance(method, Method) and isinstance(method.function, Function)):
        return result
    stated = machine.plain(machine.call(method, shape_arguments(machine, self, method.function, args, kwargs)))
    try:
        return _agreed(machine, stated, machine.plain(result))
    except Undecided:
        return result


def activated(machine: Machine, self: Ref, held: Instance, result: Value) -> Value:
    """What a library's layer gives: an activation of the program's own may change the shape, as far as that is known."""
    layer = held.layer
    function = getattr(layer, "activation", None)
    if not isinstance(function, Function) or not isinstance(result, Tensor) or not isinstance(layer, KerasLayer) or layer.recurrent:
        return result
    if isinstance(getattr(machine.attribute(self, "call"), "function", None), Function):
        return result
    value, problem = machine.try_model(self, function, (result,))
    if problem is not None or not isinstance(value, Tensor):
        return result
    same = value.shape.rank == result.shape.rank and all(map(always_equal, value.shape, result.shape))
    return result if same else replace(result, shape=value.shape)


def _agreed(machine: Machine, stated: Value, result: Value) -> Value:
    """Tensors of the stated shapes, nested as they are; the sizes are those of the result where they are the same. Raises Undecided."""
    if not isinstance(stated, (tuple, list)):
        raise Undecided("the declared output shape of a layer is not known")
    if all(size is None or is_size(size) for size in stated):
        sizes = to_dims(stated, "output_shape")
        if not isinstance(result, Tensor) or result.shape.rank != len(sizes):
            return symbolic(Shape(*sizes))
        return replace(result, shape=Shape(*map(_same, sizes, result.shape)), symbolic=True)
    inner = list(result) if isinstance(result, (tuple, list)) and len(result) == len(stated) else [None] * len(stated)
    made = tuple(_agreed(machine, shape, item) for shape, item in zip(stated, inner))
    return machine.new(ListObject(made)) if isinstance(stated, list) else made


def _same(stated: Dim, size: Dim) -> Dim:
    """The size itself if it is what was stated."""
    return size if always_equal(stated, size) or (shows_none(stated) and shows_none(size)) else stated


def shape_arguments(machine: Machine, self: Ref, function: Function, args: Sequence[Value], kwargs: Mapping[str, Value]) -> list[Value]:
    """The shapes with which Keras calls ``build``: of the first input, or of those that the parameters name (``query_shape``)."""
    names = parameters(function)[1:]
    if len(names) < 2:
        return [stated_shape(machine, args[0])]
    call = machine.attribute(self, "call")
    called = parameters(call.function)[1:] if isinstance(call, Method) and isinstance(call.function, Function) else []
    given = {**dict(zip(called, args)), **kwargs}
    found: list[Value] = []
    for name in names:
        value = given.get(name.removesuffix("_shape"))
        if not tensors(machine, value):
            break
        found.append(stated_shape(machine, value))
    return found or [stated_shape(machine, args[0])]


def stated_shape(machine: Machine, value: Value) -> Value:
    """The shape of an input as Keras tells it; for a list, a list of shapes."""
    held = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(held, ListObject):
        return machine.new(ListObject(tuple(stated_shape(machine, item) for item in held.items)))
    found = shape_value(machine.plain(value))
    return found.as_plain() if isinstance(found, TensorShape) and major(machine.settings) >= 3 else found


def parameters(function: Function) -> list[str]:
    """Names of a function's parameters."""
    given = function.node.params
    return [item.name.value for item in (*given.posonly_params, *given.params, *given.kwonly_params)]


def takes(method: Value, name: str) -> bool:
    """Whether the program's own method has a parameter of this name; library methods take what Keras passes."""
    function = method.function if isinstance(method, Method) else method
    return not isinstance(function, Function) or name in parameters(function)

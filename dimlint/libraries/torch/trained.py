# mypy: disable-error-code=misc
"""The parameters of modules, one by one, and which of them are trained.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from dimlint.core.dim import Shape, always_equal
from dimlint.core.problem import Undecided
from dimlint.core.results import FROZEN, SHARED
from dimlint.core.value import Instance, IteratorObject, LibraryClass, Machine, Ref, SetObject, Tensor, Unknown, Value
from dimlint.libraries.torch.module import ORDER, ORDERLESS, descendants, instance, own_method, torch
from dimlint.libraries.torch.parts import Composed
from dimlint.libraries.torch.walking import lazily, may_walk, second

LISTED = "_parameters_"
"""Attribute under which the parameter containers keep their tensors, which are no modules."""
LOST = "the parameters of a module are not known"
UNBUILT: Value = Unknown("the layer was not called yet")


@torch.function("nn.Parameter")
def parameter(machine: Machine, data: Value = None, requires_grad: Value = True, **options: Value) -> Value:
    """A tensor that a module registers and trains."""
    if not isinstance(data, Tensor):
        return data if isinstance(data, Unknown) else Unknown("a parameter without data is not known")
    made = replace(data, variable=(machine.new(SetObject()), ""))
    set_trained(machine, made, requires_grad)
    return made


@torch.function("nn.UninitializedParameter")
def uninitialized(requires_grad: Value = True, device: Value = None, dtype: Value = None) -> Value:
    """A parameter whose shape the first input will tell."""
    return Unknown("a parameter without data")


def as_parameter(machine: Machine, value: Value) -> Value:
    """What a list or dictionary of parameters makes of what it is given."""
    return parameter(machine, value) if isinstance(value, Tensor) and value.variable is None else value


def is_trained(machine: Machine, tensor: Tensor) -> Value:
    """``requires_grad`` of a parameter; Unknown if it is not known."""
    frozen = machine.settings.get(FROZEN, frozenset())
    return frozen if isinstance(frozen, Unknown) else tensor.variable not in frozen


def set_trained(machine: Machine, tensor: Tensor, value: Value) -> None:
    """``tensor.requires_grad = value``."""
    frozen = machine.settings.get(FROZEN, frozenset())
    if tensor.variable is None or isinstance(frozen, Unknown):
        return
    if not isinstance(value, (bool, int)):
        machine.change_setting(FROZEN, Unknown("which parameters are trained is not known"))
    elif value and tensor.variable in frozen:
        machine.change_setting(FROZEN, frozen - {tensor.variable})
    elif not value and tensor.variable not in frozen:
        machine.change_setting(FROZEN, frozen | {tensor.variable})


def set_data(machine: Machine, tensor: Tensor, value: Value) -> None:
    """``tensor.data = value``: the tensor has another shape from here on, and so has the layer that it belongs to."""
    alike = isinstance(value, Tensor) and tensor.shape.rank == value.shape.rank and all(map(always_equal, tensor.shape, value.shape))
    if not alike:
        machine.forget_tensor(tensor, "its data was replaced")


def keep_shape(machine: Machine, tensor: Tensor, value: Value) -> None:
    """An attribute that has nothing to do with the shape."""


torch.setters |= {"requires_grad": set_trained, "data": set_data, "grad": keep_shape}


@torch.function("Tensor.@requires_grad")
def requires_grad(machine: Machine, self: Tensor) -> Value:
    """Whether a parameter is trained; of other tensors it is not followed."""
    return is_trained(machine, self) if self.variable is not None else Unknown("whether a tensor has a gradient is not followed")


@torch.function("Tensor.requires_grad_")
def set_requires_grad(machine: Machine, self: Tensor, requires_grad: Value = True) -> Tensor:
    """The tensor itself."""
    set_trained(machine, self, requires_grad)
    return self


def parameters_of(machine: Machine, ref: Ref, prefix: str = "") -> list[tuple[str, Tensor]]:
    """The parameters of a module and of all below it, each once, by their names. Raises Undecided."""
    found: dict[object, tuple[str, Tensor]] = {}
    for name, part in descendants(machine, ref, prefix):
        for own, tensor in own_parameters(machine, part):
            found.setdefault(tensor.variable, (f"{name}.{own}" if name else own, tensor))
    return list(found.values())


def own_parameters(machine: Machine, ref: Ref) -> Iterator[tuple[str, Tensor]]:
    """The parameters that a module registers itself, by their names. Raises Undecided."""
    held = instance(machine, ref)
    declared = _declared(machine, held)
    if declared and SHARED in held.attributes:
        raise Undecided("which parameters a shallow copy shares is not followed")
    if ORDER in held.attributes:
        raise Undecided(ORDERLESS)
    known = {name: Tensor(shape, "torch", variable=(ref, name)) for name, shape in declared.items()}
    for name, value in {**known, **held.attributes}.items():
        if isinstance(value, Unknown) and not machine.is_inert(value):
            raise Undecided(value.reason)
        for index, item in enumerate(value if name == LISTED and isinstance(value, tuple) else ()):
            if isinstance(item, Unknown):
                raise Undecided(item.reason)
            if isinstance(item, Tensor) and item.variable is not None:
                yield str(index), item
        if isinstance(value, Tensor) and value.variable is not None:
            yield name, value


def _declared(machine: Machine, held: Instance) -> dict[str, Shape]:
    """The weights of a library's layer, those of its parts left out. Raises Undecided."""
    layer = held.layer
    if layer is None:
        if any(isinstance(cls, LibraryClass) and cls.layer is not None for cls in machine.mro(held.cls)):
            raise Undecided("the construction of a layer was not followed")
        return {}
    if isinstance(layer, Composed):
        return layer.own_weights()
    return layer.variables(held.built if held.built is not None else (UNBUILT,) * 4)


class Methods:
    """What a module tells of its parameters."""

    def parameters(machine: Machine, self: Ref, recurse: Value = True) -> Value:
        own = own_method(machine, self, "named_parameters")
        if own is not None:
            return lazily(machine, lambda: second(machine, own, recurse=recurse))
        return _iterated(machine, self, recurse, lambda name, tensor: tensor)

    def named_parameters(machine: Machine, self: Ref, prefix: str = "", recurse: Value = True, remove_duplicate: Value = True) -> Value:
        if remove_duplicate is not True:
            return Unknown("parameters that are shared are not counted")
        return _iterated(machine, self, recurse, lambda name, tensor: (f"{prefix}.{name}" if prefix else name, tensor))

    def requires_grad_(machine: Machine, self: Ref, requires_grad: Value = True) -> Ref:
        for tensor in machine.elements(machine.call(machine.attribute(self, "parameters"))):
            if not isinstance(tensor, Tensor):
                raise Undecided(LOST)
            set_trained(machine, tensor, requires_grad)
        return self


def _iterated(machine: Machine, self: Ref, recurse: Value, item: Callable[[str, Tensor], Value]) -> Value:
    if recurse is not False and may_walk(machine, self, itself=True):
        return Unknown(LOST)
    try:
        found = parameters_of(machine, self) if recurse is True else list(own_parameters(machine, self))
    except Undecided:
        return Unknown(LOST)
    return machine.new(IteratorObject(tuple(item(name, tensor) for name, tensor in found)))


torch.extend("nn.Module", Methods)

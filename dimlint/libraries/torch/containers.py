# mypy: disable-error-code=misc
"""Modules that hold modules. Children are attributes of the object under their names (``"0"``, ``"1"``, ...), as in torch.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, IteratorObject, Machine, Raised, Ref, Unknown, Value
from dimlint.libraries.torch.module import add_child, instance, is_module, members, own_method, set_children, torch
from dimlint.libraries.torch.trained import LISTED, as_parameter


def _items(machine: Machine, value: Value) -> list[tuple[str, Value]] | None:
    """Names and modules of a dictionary, of a ``ModuleDict`` or of pairs; None if it is something else."""
    if isinstance(value, Ref):
        held = machine.contents(value)
        if isinstance(held, DictObject):
            return [(_name(key), item) for key, item in held.items.items()]
        if is_module(machine, value):
            return list(members(machine, value).items())
    pairs = machine.elements(value)
    if all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        return [(_name(key), item) for key, item in pairs]
    return None


def _name(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise Undecided("the name of a submodule is not known")


def _require_modules(machine: Machine, modules: Sequence[Value]) -> None:
    """A part of a container is a module, None, or not known; anything else makes the container unknown."""
    for module in modules:
        if module is not None and not is_module(machine, module) and not isinstance(module, Unknown):
            raise Undecided("a part of a container is not known to be a module")


def _add(machine: Machine, self: Ref, name: str, module: Value) -> None:
    own = own_method(machine, self, "add_module")
    add_child(machine, self, name, module) if own is None else machine.call(own, (name, module))


def _fill(machine: Machine, self: Ref, modules: Sequence[Value]) -> None:
    """Put the modules into a new container."""
    if own_method(machine, self, "add_module") is None:
        _renumber(machine, self, modules)
        return
    for index, module in enumerate(modules):
        _add(machine, self, str(index), module)


def _renumber(machine: Machine, self: Ref, modules: Sequence[Value]) -> None:
    _require_modules(machine, modules)
    set_children(machine, self, {str(index): module for index, module in enumerate(modules)})


def _position(index: Value, count: int) -> int:
    if isinstance(index, Unknown):
        raise Undecided(index.reason)
    if not isinstance(index, int):
        raise Undecided("the index of a submodule is not known")
    if not -count <= index < count:
        raise Raised("IndexError", f"index {index} is out of range")
    return index % count


def _cut(index: slice, count: int) -> slice:
    for part in (index.start, index.stop, index.step):
        if not (part is None or isinstance(part, int)):
            raise Undecided("a slice of submodules is not known")
    return index


@torch.type("nn.Sequential", bases=("nn.Module",))
class Sequential:
    """Modules applied one after the other."""

    def __init__(machine: Machine, self: Ref, *args: Value) -> None:
        machine.set_attribute(self, "training", True)
        if len(args) == 1 and isinstance(args[0], Unknown):
            raise Undecided(args[0].reason)
        if len(args) == 1 and isinstance(args[0], Ref) and isinstance(machine.contents(args[0]), DictObject):
            items = _items(machine, args[0]) or []
            _require_modules(machine, [module for _, module in items])
            set_children(machine, self, {})
            for name, module in items:
                _add(machine, self, name, module)
        else:
            _fill(machine, self, args)

    def forward(machine: Machine, self: Ref, input: Value) -> Value:
        own = own_method(machine, self, "__iter__")
        for child in members(machine, self).values() if own is None else machine.elements(machine.call(own)):
            input = machine.call(child, (input,))
        return input

    def append(machine: Machine, self: Ref, module: Value) -> Value:
        _require_modules(machine, (module,))
        _add(machine, self, str(len(members(machine, self))), module)
        return self

    def extend(machine: Machine, self: Ref, sequential: Value) -> Value:
        for module in machine.elements(sequential):
            _require_modules(machine, (module,))
            _add(machine, self, str(len(members(machine, self))), module)
        return self

    def insert(machine: Machine, self: Ref, index: Value, module: Value) -> Value:
        held = list(members(machine, self).values())
        _renumber(machine, self, [*held[: _position(index, len(held) + 1)], module, *held[_position(index, len(held) + 1) :]])
        return self

    def pop(machine: Machine, self: Ref, key: Value) -> Value:
        held = list(members(machine, self).values())
        module = held.pop(_position(key, len(held)))
        _renumber(machine, self, held)
        return module

    def __len__(machine: Machine, self: Ref) -> int:
        return len(members(machine, self))

    def __iter__(machine: Machine, self: Ref) -> Value:
        return machine.new(IteratorObject(tuple(members(machine, self).values())))

    def __getitem__(machine: Machine, self: Ref, idx: Value) -> Value:
        held = list(members(machine, self).items())
        if isinstance(idx, slice):
            part = machine.new(DictObject(dict(held[_cut(idx, len(held))]), "OrderedDict"))
            return machine.call(machine.class_of(self), (part,))
        return held[_position(idx, len(held))][1]

    def __setitem__(machine: Machine, self: Ref, idx: Value, module: Value) -> None:
        _require_modules(machine, (module,))
        held = list(members(machine, self).items())
        position = _position(idx, len(held))
        held[position] = (held[position][0], module)
        set_children(machine, self, dict(held))

    def __delitem__(machine: Machine, self: Ref, idx: Value) -> None:
        held = list(members(machine, self).values())
        if isinstance(idx, slice):
            del held[_cut(idx, len(held))]
        else:
            del held[_position(idx, len(held))]
        _renumber(machine, self, held)

    def __add__(machine: Machine, self: Ref, other: Value) -> Value:
        if not is_module(machine, other):
            raise Undecided("what is added to a Sequential is not known")
        both = (*members(machine, self).values(), *members(machine, other).values())
        return machine.call(machine.class_of(self), both)


@torch.type("nn.ModuleList", bases=("nn.Module",))
class ModuleList:
    """A list of modules that are registered but not applied."""

    def __init__(machine: Machine, self: Ref, modules: Value = None) -> None:
        machine.set_attribute(self, "training", True)
        _fill(machine, self, [] if modules is None else machine.elements(modules))

    def append(machine: Machine, self: Ref, module: Value) -> Value:
        _require_modules(machine, (module,))
        _add(machine, self, str(len(members(machine, self))), module)
        return self

    def extend(machine: Machine, self: Ref, modules: Value) -> Value:
        _renumber(machine, self, [*members(machine, self).values(), *machine.elements(modules)])
        return self

    def insert(machine: Machine, self: Ref, index: Value, module: Value) -> None:
        held: list[Value] = list(members(machine, self).values())
        if not isinstance(index, int):
            raise Undecided("the index of a submodule is not known")
        held.insert(index, module)
        _renumber(machine, self, held)

    def pop(machine: Machine, self: Ref, key: Value) -> Value:
        held = list(members(machine, self).values())
        module = held.pop(_position(key, len(held)))
        _renumber(machine, self, held)
        return module

    def __len__(machine: Machine, self: Ref) -> int:
        return len(members(machine, self))

    def __iter__(machine: Machine, self: Ref) -> Value:
        return machine.new(IteratorObject(tuple(members(machine, self).values())))

    def __contains__(machine: Machine, self: Ref, module: Value) -> Value:
        return module in members(machine, self).values()

    def __getitem__(machine: Machine, self: Ref, idx: Value) -> Value:
        held = list(members(machine, self).values())
        if isinstance(idx, slice):
            return machine.call(machine.class_of(self), (tuple(held[_cut(idx, len(held))]),))
        return held[_position(idx, len(held))]

    def __setitem__(machine: Machine, self: Ref, idx: Value, module: Value) -> None:
        held: list[Value] = list(members(machine, self).values())
        held[_position(idx, len(held))] = module
        _renumber(machine, self, held)

    def __delitem__(machine: Machine, self: Ref, idx: Value) -> None:
        held = list(members(machine, self).values())
        del held[_cut(idx, len(held)) if isinstance(idx, slice) else _position(idx, len(held))]
        _renumber(machine, self, held)

    def __add__(machine: Machine, self: Ref, other: Value) -> Value:
        both = (*members(machine, self).values(), *machine.elements(other))
        return machine.call(machine.lookup("torch.nn.ModuleList"), (both,))

    def __iadd__(machine: Machine, self: Ref, modules: Value) -> Value:
        _renumber(machine, self, [*members(machine, self).values(), *machine.elements(modules)])
        return self


@torch.type("nn.ModuleDict", bases=("nn.Module",))
class ModuleDict:
    """A dictionary of modules that are registered but not applied."""

    def __init__(machine: Machine, self: Ref, modules: Value = None) -> None:
        machine.set_attribute(self, "training", True)
        if modules is not None:
            _update(machine, self, modules)

    def __getitem__(machine: Machine, self: Ref, key: Value) -> Value:
        held = members(machine, self)
        if _name(key) not in held:
            raise Raised("KeyError", str(key))
        return held[key]

    def __setitem__(machine: Machine, self: Ref, key: Value, module: Value) -> None:
        _require_modules(machine, (module,))
        _add(machine, self, _name(key), module)

    def __delitem__(machine: Machine, self: Ref, key: Value) -> None:
        set_children(machine, self, {name: module for name, module in members(machine, self).items() if name != _name(key)})

    def __len__(machine: Machine, self: Ref) -> int:
        return len(members(machine, self))

    def __iter__(machine: Machine, self: Ref) -> Value:
        return machine.new(IteratorObject(tuple(members(machine, self))))

    def __contains__(machine: Machine, self: Ref, key: Value) -> Value:
        return _name(key) in members(machine, self)

    def keys(machine: Machine, self: Ref) -> Value:
        return tuple(members(machine, self))

    def values(machine: Machine, self: Ref) -> Value:
        return tuple(members(machine, self).values())

    def items(machine: Machine, self: Ref) -> Value:
        return tuple(members(machine, self).items())

    def get(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        return members(machine, self).get(_name(key), default)

    def update(machine: Machine, self: Ref, modules: Value) -> None:
        _update(machine, self, modules)

    def pop(machine: Machine, self: Ref, key: Value) -> Value:
        held = members(machine, self)
        if _name(key) not in held:
            raise Raised("KeyError", str(key))
        set_children(machine, self, {name: module for name, module in held.items() if name != key})
        return held[key]


def _update(machine: Machine, self: Ref, modules: Value) -> None:
    items = _items(machine, modules)
    if items is None:
        raise Undecided("the modules of a ModuleDict are not known")
    _require_modules(machine, [module for _, module in items])
    set_children(machine, self, {**members(machine, self), **dict(items)})


@torch.type("nn.ParameterList", bases=("nn.Module",))
class ParameterList:
    """A list of tensors that are registered."""

    def __init__(machine: Machine, self: Ref, values: Value = None) -> None:
        given = () if values is None else machine.elements(values)
        machine.set_attribute(self, LISTED, tuple(as_parameter(machine, value) for value in given))

    def append(machine: Machine, self: Ref, value: Value) -> Value:
        machine.set_attribute(self, LISTED, (*_parameters(machine, self), as_parameter(machine, value)))
        return self

    def __len__(machine: Machine, self: Ref) -> int:
        return len(_parameters(machine, self))

    def __iter__(machine: Machine, self: Ref) -> Value:
        return machine.new(IteratorObject(_parameters(machine, self)))

    def __getitem__(machine: Machine, self: Ref, idx: Value) -> Value:
        held = _parameters(machine, self)
        return held[_position(idx, len(held))]


def _parameters(machine: Machine, self: Ref) -> tuple[Value, ...]:
    held = instance(machine, self).attributes.get(LISTED, Unknown("the parameters of a list are not known"))
    if isinstance(held, Unknown):
        raise Undecided(held.reason)
    return tuple(held)


@torch.type("nn.ParameterDict", bases=("nn.Module",))
class ParameterDict:
    """A dictionary of tensors that are registered."""

    def __init__(machine: Machine, self: Ref, parameters: Value = None) -> None:
        for name, value in [] if parameters is None else _items(machine, parameters) or []:
            machine.set_attribute(self, name, as_parameter(machine, value))

    def __getitem__(machine: Machine, self: Ref, key: Value) -> Value:
        return machine.attribute(self, _name(key))

    def __setitem__(machine: Machine, self: Ref, key: Value, value: Value) -> None:
        machine.set_attribute(self, _name(key), as_parameter(machine, value))


@torch.type("nn.parallel.DistributedDataParallel", bases=("nn.Module",))
@torch.type("nn.DataParallel", "nn.parallel.DataParallel", bases=("nn.Module",))
class DataParallel:
    """A module run on several devices: the shapes are those of the module."""

    def __init__(machine: Machine, self: Ref, module: Value, *args: Value, **kwargs: Value) -> None:
        machine.set_attribute(self, "training", True)
        machine.set_attribute(self, "module", module)

    def forward(machine: Machine, self: Ref, *inputs: Value, **kwargs: Value) -> Value:
        return machine.call(machine.attribute(self, "module"), inputs, kwargs)


@torch.function("nn.parallel.data_parallel")
def data_parallel(
    machine: Machine,
    module: Value,
    inputs: Value,
    device_ids: Value = None,
    output_device: Value = None,
    dim: Value = 0,
    module_kwargs: Value = None,
) -> Value:
    """The module on its inputs, a tuple being several, on several devices."""
    if module_kwargs is not None:
        raise Undecided("module_kwargs of data_parallel is not followed")
    return machine.call(module, inputs if isinstance(inputs, tuple) else (inputs,))

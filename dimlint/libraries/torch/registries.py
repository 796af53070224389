# mypy: disable-error-code=misc
"""``_modules``, ``_parameters``, ``_buffers`` and the dictionaries of hooks: where a module keeps its parts. Programs change them.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dimlint.core.library import computed
from dimlint.core.problem import Undecided
from dimlint.core.results import NONE
from dimlint.core.value import DictObject, Instance, IteratorObject, Machine, Raised, Ref, Tensor, Unknown, Value
from dimlint.libraries.torch.hooks import BEFORE, BEHIND
from dimlint.libraries.torch.module import MODULE, ORDER, ORDERLESS, PARAMETER, add_child, instance, is_kept, is_module, registered, torch

CHANGED = "what a module holds was changed in a way that is not followed"
NOTHING: Any = object()
"""Default of an argument that need not be given."""


def _owner(machine: Machine, registry: Ref) -> Ref:
    owner = instance(machine, registry).attributes.get("*module")
    if not isinstance(owner, Ref):
        raise Undecided("whose parts these are is not known")
    return owner


@contextmanager
def _changing(machine: Machine, registry: Ref) -> Iterator[Ref]:
    """A change of a module through its registry: if it cannot be followed, nothing is known of the module from here on."""
    owner = _owner(machine, registry)
    try:
        yield owner
    except Undecided:
        machine.forget(owner, CHANGED)
        raise


def _name(key: Value) -> str:
    if isinstance(key, str):
        return key
    raise Undecided("the name of a part is not known")


class Registry:
    """What all of them have in common: what is put in becomes an attribute of the module, any other change is not followed."""

    def __setitem__(machine: Machine, self: Ref, key: Value, value: Value) -> None:
        with _changing(machine, self) as owner:
            add_child(machine, owner, _name(key), value, PARAMETER)

    def __getitem__(machine: Machine, self: Ref, key: Value) -> Value:
        owner = _owner(machine, self)
        return machine.attribute(owner, _name(key))

    def _lose(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        with _changing(machine, self):
            raise Undecided(CHANGED)

    def _doubted(machine: Machine, self: Ref, *args: Value) -> Value:
        raise Undecided("how many parts a module has is not followed")

    __delitem__ = pop = popitem = update = clear = setdefault = move_to_end = __ior__ = _lose
    __bool__ = __len__ = _doubted
    __eq__ = __ne__ = _doubted  # type: ignore[assignment]


@torch.type("nn.Module._parameters")
class Tensors(Registry):
    """The parameters of a module, or its buffers."""


def replacing(machine: Machine, held: Instance, name: str, new: Value) -> Mapping[str, Value]:
    """A module keeps the place of a part that becomes None; what was no part before comes after all others."""
    old, kind = held.attributes[name], MODULE if is_module(machine, new) else PARAMETER
    was = MODULE if is_module(machine, old) else PARAMETER if isinstance(old, Tensor) and old.variable is not None else None
    if new is None:
        note = Unknown(old.reason) if isinstance(old, Unknown) and not machine.is_inert(old) else was
        return {**held.attributes, name: None, **({} if note is None else {NONE + name: note})}
    is_part = kind is MODULE or (isinstance(new, Tensor) and new.variable is not None)
    if not is_part or was == kind or is_kept(held.attributes, name, kind):
        return {**held.attributes, name: new}
    lost = {ORDER: Unknown(ORDERLESS)} if isinstance(old, Unknown) and not machine.is_inert(old) else {}
    return {**{key: value for key, value in held.attributes.items() if key != name}, name: new, **lost}


torch.replacing = replacing


@torch.type("nn.Module._modules")
class Modules(Registry):
    """The direct submodules of a module, by name."""

    def __getitem__(machine: Machine, self: Ref, key: Value) -> Value:
        held = registered(machine, _owner(machine, self))
        if _name(key) not in held:
            raise Raised("KeyError", str(key))
        return held[key]

    def __setitem__(machine: Machine, self: Ref, key: Value, value: Value) -> None:
        with _changing(machine, self) as owner:
            add_child(machine, owner, _name(key), value)

    def __delitem__(machine: Machine, self: Ref, key: Value) -> None:
        with _changing(machine, self) as owner:
            machine.drop_attribute(owner, _name(key))

    def pop(machine: Machine, self: Ref, key: Value, default: Value = NOTHING) -> Value:
        with _changing(machine, self) as owner:
            held = registered(machine, owner)
            if _name(key) in held:
                machine.drop_attribute(owner, key)
                return held[key]
        if default is NOTHING:
            raise Raised("KeyError", str(key))
        return default

    def update(machine: Machine, self: Ref, modules: Value) -> None:
        with _changing(machine, self) as owner:
            items = machine.plain(modules)
            if not isinstance(items, dict):
                raise Undecided(CHANGED)
            for name, module in items.items():
                add_child(machine, owner, _name(name), module)

    def clear(machine: Machine, self: Ref) -> None:
        with _changing(machine, self) as owner:
            for name in registered(machine, owner):
                machine.drop_attribute(owner, name)

    def __copy__(machine: Machine, self: Ref) -> Value:
        return machine.new(DictObject(dict(registered(machine, _owner(machine, self)))))

    copy = __copy__

    def __len__(machine: Machine, self: Ref) -> int:
        return len(registered(machine, _owner(machine, self)))

    def __iter__(machine: Machine, self: Ref) -> Value:
        return machine.new(IteratorObject(tuple(registered(machine, _owner(machine, self)))))

    def __contains__(machine: Machine, self: Ref, key: Value) -> Value:
        return _name(key) in registered(machine, _owner(machine, self))

    def keys(machine: Machine, self: Ref) -> Value:
        return tuple(registered(machine, _owner(machine, self)))

    def values(machine: Machine, self: Ref) -> Value:
        return tuple(registered(machine, _owner(machine, self)).values())

    def items(machine: Machine, self: Ref) -> Value:
        return tuple(registered(machine, _owner(machine, self)).items())

    def get(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        return registered(machine, _owner(machine, self)).get(_name(key), default)


def _registry(kind: str) -> computed:
    """The attribute of a module by which programs reach a registry. One that is put in its place is not followed."""

    def look(machine: Machine, self: Ref) -> Value:
        return machine.new(Instance(torch.declared[kind], {"*module": self}))

    def change(machine: Machine, self: Ref, new: Value) -> None:
        held = machine.contents(new) if isinstance(new, Ref) else None
        shared = held.attributes.get("*module") if isinstance(held, Instance) else None
        for ref in (self, shared):
            if isinstance(ref, Ref):
                machine.forget(ref, CHANGED)

    return computed(look, change)


def _hooks(place: str) -> computed:
    """The attribute of a module by which programs reach its hooks: from there on these are not known."""

    def look(machine: Machine, self: Ref, new: Value = None) -> Value:
        held = instance(machine, self)
        machine.update(self, replace(held, attributes={**held.attributes, place: Unknown("the hooks of a module are not known")}))
        raise Undecided("the hooks of a module are not known")

    return computed(look, look)


class Registries:
    """The attributes of every module that hold its parts."""

    _modules = _registry("nn.Module._modules")
    _parameters = _registry("nn.Module._parameters")
    _buffers = _registry("nn.Module._parameters")
    _forward_hooks = _hooks(BEHIND)
    _forward_pre_hooks = _hooks(BEFORE)

    def set_submodule(machine: Machine, self: Ref, target: Value, module: Value, strict: Value = False) -> None:
        if not isinstance(target, str) or not target:
            machine.forget(self, CHANGED)
            raise Undecided("the name of a submodule is not known")
        *path, last = target.split(".")
        owner: Value = self
        for name in path:
            owner = machine.attribute(owner, name)
        if not is_module(machine, owner):
            raise Undecided("where a submodule is put is not known")
        machine.set_attribute(owner, last, module)


torch.extend("nn.Module", Registries)

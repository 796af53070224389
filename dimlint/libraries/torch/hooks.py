# mypy: disable-error-code=misc
"""Hooks of modules: functions that run before or behind every call. https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, Instance, Machine, Ref, Unknown, Value
from dimlint.libraries.torch.library import torch

torch.following |= {"nn.Module.register_forward_hook", "nn.Module.register_forward_pre_hook"}

BEFORE = "*before"
BEHIND = "*behind"
"""Attributes under which a module keeps its hooks: tuples of handle, function, and whether it is given the keyword arguments."""

Run = Callable[[Sequence[Value], Mapping[str, Value]], Value]


def register(machine: Machine, module: Ref, place: str, hook: Value, prepend: Value, with_kwargs: Value) -> Value:
    """Add a hook to a module; the handle that takes it away again."""
    machine.note_hook(hook)
    handle = machine.new(Instance(machine.lookup("torch.utils.hooks.RemovableHandle"), {"module": module, "place": place}))
    if not isinstance(prepend, bool) or not isinstance(with_kwargs, bool):
        hook = Unknown("how a hook is called is not known")
    earlier = _registered(machine, module, place)
    added = ((handle, hook, with_kwargs),)
    _keep(machine, module, place, (*added, *earlier) if prepend is True else (*earlier, *added))
    return handle


def _registered(machine: Machine, module: Ref, place: str) -> tuple[Value, ...]:
    """The hooks of a module. Raises Undecided."""
    held = machine.contents(module)
    found = held.attributes.get(place, ()) if isinstance(held, Instance) else ()
    if not isinstance(found, tuple):
        raise Undecided("the hooks of a module are not known")
    return found


def _keep(machine: Machine, module: Ref, place: str, hooks: Value) -> None:
    held = machine.contents(module)
    if isinstance(held, Instance):
        machine.update(module, replace(held, attributes={**held.attributes, place: hooks}))


def has_hooks(machine: Machine, module: Ref) -> bool:
    """Whether a module may have hooks that change what goes into it or comes out."""
    held = machine.contents(module)
    return isinstance(held, Instance) and (BEFORE in held.attributes or BEHIND in held.attributes)


def with_hooks(machine: Machine, module: Ref, args: Sequence[Value], kwargs: Mapping[str, Value], run: Run) -> Value:
    """The result of a module, its hooks included. Raises Undecided."""
    for _, hook, wants in _registered(machine, module, BEFORE):
        told = (machine.new(DictObject(dict(kwargs))),) if wants is True else ()
        given = machine.call(hook, (module, tuple(args), *told))
        if isinstance(given, Unknown):
            raise Undecided(given.reason)
        if given is not None and wants is True:
            args, kwargs = _both(machine, given)
        elif given is not None:
            args = given if isinstance(given, tuple) else (given,)
    result = run(args, kwargs)
    for _, hook, wants in _registered(machine, module, BEHIND):
        told = (machine.new(DictObject(dict(kwargs))),) if wants is True else ()
        changed = machine.call(hook, (module, tuple(args), *told, result))
        result = result if changed is None else changed
    return result


def _both(machine: Machine, given: Value) -> tuple[tuple[Value, ...], Mapping[str, Value]]:
    """Positional and keyword arguments, as a hook returns them. Raises Undecided."""
    named = machine.plain(given[1]) if isinstance(given, tuple) and len(given) == 2 else None
    if not isinstance(named, dict) or not isinstance(given[0], tuple):
        raise Undecided("what a hook gives back is not known")
    return given[0], named


@torch.type("utils.hooks.RemovableHandle")
class RemovableHandle:
    """What takes a hook away again."""

    def remove(machine: Machine, self: Ref) -> None:
        held = machine.contents(self)
        module, place = (held.attributes.get(name) for name in ("module", "place")) if isinstance(held, Instance) else (None, None)
        if not isinstance(module, Ref) or not isinstance(place, str):
            raise Undecided("whose hook is removed is not known")
        _keep(machine, module, place, tuple(item for item in _registered(machine, module, place) if item[0] != self))

    def __enter__(machine: Machine, self: Ref) -> Ref:
        return self

    def __exit__(machine: Machine, self: Ref, *args: object) -> None:  # noqa: PYI036 (the machine comes first)
        machine.call(machine.attribute(self, "remove"))

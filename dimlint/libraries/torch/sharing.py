# mypy: disable-error-code=misc
"""Modules whose parts change behind them: by a shallow copy, and by what a program does when weights are loaded.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

from __future__ import annotations

from dataclasses import replace

from dimlint.core.results import SHARED, Sharer
from dimlint.core.value import ClassObject, Function, Machine, Method, Ref, Unknown, Value
from dimlint.libraries.torch.module import descendants, instance, torch

LOADING = "*loading"
"""Attribute of a module that is told when weights are loaded."""
LOADERS = ("_load_from_state_dict", "set_extra_state")
"""Methods by which a module takes what is loaded."""


def _loaders(machine: Machine, ref: Ref) -> list[Value]:
    """The methods of the program that take what is loaded into a module."""
    found: dict[str, Value] = {}
    for cls in machine.mro(machine.class_of(ref)):
        held = machine.contents(cls) if isinstance(cls, Ref) else None
        body = held.attributes if isinstance(held, ClassObject) else {}
        for name in LOADERS:
            if isinstance(body.get(name), Function):
                found.setdefault(name, Method(body[name], ref))
    return list(found.values())


class Sharing:
    """What modules do with their parts beside calling them."""

    def __copy__(machine: Machine, self: Ref) -> Value:
        """Torch's modules hold their parts in dictionaries, which a shallow copy shares."""
        held = instance(machine, self)
        made = machine.new(replace(held, attributes={SHARED: Sharer(self), **held.attributes}))
        machine.update(self, replace(held, attributes={**held.attributes, SHARED: Sharer(made)}))
        return made

    def load_state_dict(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        """Weights keep their shapes, but for what methods and hooks of the program do."""
        for _, ref in list(descendants(machine, self)):
            for method in _loaders(machine, ref):
                machine.call(Unknown("what is loaded is not known"), (method,))
            if LOADING in instance(machine, ref).attributes:
                machine.forget(ref, "a hook may have changed it when weights were loaded")
        return Unknown("the result of load_state_dict is not known")

    def register_load_state_dict_post_hook(machine: Machine, self: Ref, hook: Value) -> Value:
        machine.store_attribute(self, LOADING, True)
        return Unknown("a hook's handle is not known")

    register_load_state_dict_pre_hook = _register_load_state_dict_pre_hook = register_load_state_dict_post_hook


torch.extend("nn.Module", Sharing)

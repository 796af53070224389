# mypy: disable-error-code=misc
"""``nn.Module``: what every layer and every model of PyTorch inherits.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence

from dimlint.core.dataclass import replace
from dimlint.core.layer import parameters
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import NONE, SHARED, Named
from dimlint.core.value import (
    ClassObject,
    Function,
    Instance,
    LibraryClass,
    Machine,
    Method,
    Native,
    Partial,
    Ref,
    Unknown,
    Value,
    tensors_in,
)
from dimlint.libraries.torch.hooks import BEFORE, BEHIND, has_hooks, register, with_hooks
from dimlint.libraries.torch.library import torch

__all__ = ["children", "descendants", "instance", "is_module", "members", "set_children", "torch"]

HOOKED = "torch_hooked"
"""Setting: whether the program may have hooks that run at every call of any module."""

MODULE, PARAMETER = "module", "parameter"
"""What the place of an attribute is kept for that holds None."""

ORDER = "*order"
"""Attribute of a module of which the order of its parts is not known."""
ORDERLESS = "the order of a module's parts is not known"


def instance(machine: Machine, ref: Value) -> Instance:
    """What a module object holds. Raises Undecided if it is no object."""
    contents = machine.contents(ref) if isinstance(ref, Ref) else None
    if isinstance(contents, Instance):
        return contents
    raise Undecided("a module is not known")


def is_module(machine: Machine, value: Value) -> bool:
    """Whether the value is an instance of a class that inherits ``nn.Module``."""
    return is_instance(machine, value, "nn.Module")


PACKED = "nn.utils.rnn.PackedSequence"


def is_instance(machine: Machine, value: Value, name: str) -> bool:
    """Whether the value is an object of a class that torch declares under that name, or of one below it."""
    contents = machine.contents(value) if isinstance(value, Ref) else None
    if not isinstance(contents, Instance):
        return False
    return any(isinstance(cls, LibraryClass) and (cls.library, cls.name) == ("torch", name) for cls in machine.mro(contents.cls))


def children(machine: Machine, ref: Value) -> dict[str, Ref]:
    """Direct submodules by name, in order of registration; those that are not known are left out."""
    return {name: value for name, value in instance(machine, ref).attributes.items() if is_module(machine, value)}


def members(machine: Machine, ref: Value, *, vacant: bool = True) -> dict[str, Value]:
    """What a container holds, by name and in order, members that are not known included, and places that hold None if ``vacant``."""
    held = instance(machine, ref).attributes
    if ORDER in held:
        raise Undecided(ORDERLESS)
    return {name: value for name, value in held.items() if _may_be_member(machine, name, value) or (vacant and is_kept(held, name, MODULE))}


def is_kept(attributes: Mapping[str, Value], name: str, kind: str) -> bool:
    """Whether an attribute is None in the place of a module or parameter."""
    kept = attributes.get(NONE + name) if attributes.get(name, kind) is None else None
    if isinstance(kept, Unknown):
        raise Undecided(kept.reason)
    return bool(kept == kind)


def known_children(machine: Machine, ref: Value) -> dict[str, Value]:
    """All submodules. Raises Undecided if an attribute that is not known might be one."""
    _require_known(machine, ref)
    return members(machine, ref, vacant=False)


def registered(machine: Machine, ref: Value) -> dict[str, Value]:
    """All submodules, and None where one was taken out. Raises Undecided as ``known_children``."""
    _require_known(machine, ref)
    return members(machine, ref)


def _require_known(machine: Machine, ref: Value) -> None:
    held = instance(machine, ref)
    require_parts(held)
    if any(isinstance(cls, LibraryClass) and cls.name in torch.containers for cls in machine.mro(held.cls)):
        return
    unknown = next((value for name, value in held.attributes.items() if name[:1] != "*" and isinstance(value, Unknown)), None)
    if unknown is not None:
        raise Undecided(unknown.reason)


def require_parts(held: Instance) -> None:
    """Raise Undecided for a layer that has modules inside which are not declared."""
    if held.layer is not None and getattr(held.layer, "hides_parts", False):
        raise Undecided(f"the parts of {held.layer.label} are not followed")


def _may_be_member(machine: Machine, name: str, value: Value) -> bool:
    return is_module(machine, value) or (isinstance(value, Unknown) and name[:1] != "*" and name != "training")


def set_children(machine: Machine, ref: Ref, modules: Mapping[str, Value]) -> None:
    """Replace what a container holds, keeping every other attribute."""
    held = instance(machine, ref)
    if SHARED in held.attributes:
        machine.store_attribute(ref, SHARED, Unknown("what is shared is set"))
    former = members(machine, ref)
    others = {name: value for name, value in held.attributes.items() if name not in former and name.removeprefix(NONE) not in former}
    kept = {NONE + name: MODULE for name, module in modules.items() if module is None}
    machine.update(ref, replace(held, attributes={**others, **modules, **kept}))


def add_child(machine: Machine, ref: Ref, name: str, module: Value, kind: str = MODULE) -> None:
    """Register a module or parameter, or None in the place of one."""
    machine.store_attribute(ref, name, module)
    if module is None:
        machine.store_attribute(ref, NONE + name, kind)


def descendants(machine: Machine, ref: Ref, prefix: str = "", seen: set[Ref] | None = None) -> Iterator[tuple[str, Ref]]:
    """The module and all modules below it, each once, with dotted names, in ``named_modules()`` order."""
    seen = set() if seen is None else seen
    if ref in seen:
        return
    seen.add(ref)
    yield prefix, ref
    for name, child in children(machine, ref).items():
        yield from descendants(machine, child, f"{prefix}.{name}" if prefix else name, seen)


def known_descendants(machine: Machine, ref: Ref, prefix: str = "", *, twice: bool = False) -> Iterator[tuple[str, Ref]]:
    """``descendants`` where a program counts them; ``twice``: those that are shared as often as they are held. Raises Undecided."""
    found = list(descendants(machine, ref, prefix))
    for _, module in found:
        require_parts(instance(machine, module))
    if twice and sum(len(children(machine, module)) for _, module in found) >= len(found):
        raise Undecided("modules that are held several times are not followed")
    yield from found


def known_flag(value: Value) -> bool:
    """Whether an argument is true. Raises Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return bool(value)


def set_training(machine: Machine, ref: Ref, mode: Value) -> None:
    """``train(mode)``: tell the module's own layer, then its children, as torch does (their overridden ``train`` included)."""
    held = instance(machine, ref)
    layer = held.layer
    if layer is not None and hasattr(layer, "training"):
        layer = copy.copy(layer)
        layer.training = mode
    machine.update(ref, replace(held, attributes={**held.attributes, "training": mode}, layer=layer))
    for child in own_children(machine, ref):
        machine.call(machine.attribute(child, "train"), (mode,))


def own_method(machine: Machine, ref: Ref, name: str) -> Value:
    """What a program has put in the place of a method of torch's modules; None if nothing."""
    held = instance(machine, ref)
    set_on_it = held.attributes.get(name)  # a module or tensor under that name does not come before the method
    if isinstance(set_on_it, (Function, Method, Native, Partial)):
        return set_on_it
    if isinstance(held.cls, LibraryClass):
        return None
    for cls in machine.mro(held.cls):
        body = machine.contents(cls) if isinstance(cls, Ref) else None
        if isinstance(body, ClassObject) and name in body.attributes:
            return Method(body.attributes[name], ref) if isinstance(body.attributes[name], Function) else machine.attribute(ref, name)
        if isinstance(cls, LibraryClass) and name in cls.methods:
            return None
    return None


def own_children(machine: Machine, ref: Ref) -> list[Ref]:
    """Direct submodules, each once, as ``children()`` gives them to torch's methods."""
    if own_method(machine, ref, "children") is None and own_method(machine, ref, "named_children") is None:
        return list(dict.fromkeys(children(machine, ref).values()))
    return [child for child in machine.elements(machine.call(machine.attribute(ref, "children"))) if is_module(machine, child)]


def require_tensor(machine: Machine, ref: Ref, args: Sequence[Value]) -> None:
    """Refuse a tuple of tensors where a layer of torch's own takes one tensor: what ``nn.LSTM`` returns, given to ``nn.Linear``."""
    held = instance(machine, ref)
    if held.layer is None or not isinstance(held.cls, LibraryClass) or not args:
        return
    first = next(iter(parameters(type(held.layer).output)[1:]), None)
    if is_instance(machine, args[0], PACKED) and first is not None and first.annotation == "Shape" and "forward" not in held.cls.methods:
        message = f"{held.layer.label} needs a tensor, but gets a packed sequence. Take its .data, or undo it by pad_packed_sequence first"
        raise Problem("invalid-layer-argument", message)
    if type(args[0]) not in (tuple, Named):
        return
    steps = [tensor.step for tensor in tensors_in(args[0])]
    if first is not None and first.annotation == "Shape" and steps:
        source = f", which {steps[0].label} returns" if steps[0] is not None and all(step is steps[0] for step in steps) else ""
        message = f"{held.layer.label} needs a tensor, but gets a tuple of {len(args[0])}{source}. Take the item that it should work on"
        raise Problem("invalid-layer-argument", message)


@torch.type("nn.Module")
class Module:
    """Base of all modules: calls, registration, and the questions asked of a tree of modules."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        machine.set_attribute(self, "training", True)

    def __call__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        if machine.settings.get(HOOKED):
            raise Undecided("hooks of all modules are not followed")

        def run(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
            require_tensor(machine, self, args)
            return machine.run_model(self, "forward", args, kwargs)

        return with_hooks(machine, self, args, kwargs, run) if has_hooks(machine, self) else run(args, kwargs)

    def add_module(machine: Machine, self: Ref, name: str, module: Value) -> None:
        add_child(machine, self, name, module)

    def register_module(machine: Machine, self: Ref, name: str, module: Value) -> None:
        machine.call(machine.attribute(self, "add_module"), (name, module))

    def register_buffer(machine: Machine, self: Ref, name: str, tensor: Value, persistent: Value = True) -> None:
        machine.set_attribute(self, name, tensor)

    def register_parameter(machine: Machine, self: Ref, name: str, param: Value) -> None:
        add_child(machine, self, name, param, PARAMETER)

    def register_forward_hook(
        machine: Machine, self: Ref, hook: Value, *, prepend: Value = False, with_kwargs: Value = False, always_call: Value = False
    ) -> Value:
        return register(machine, self, BEHIND, hook, prepend, with_kwargs)

    def register_forward_pre_hook(machine: Machine, self: Ref, hook: Value, *, prepend: Value = False, with_kwargs: Value = False) -> Value:
        return register(machine, self, BEFORE, hook, prepend, with_kwargs)

    def register_full_backward_hook(machine: Machine, self: Ref, hook: Value, prepend: Value = False) -> Value:
        return Unknown("a hook's handle is not known")

    register_full_backward_pre_hook = register_full_backward_hook

    def register_backward_hook(machine: Machine, self: Ref, hook: Value) -> Value:
        return Unknown("a hook's handle is not known")

    register_state_dict_pre_hook = register_state_dict_post_hook = register_backward_hook

    def get_submodule(machine: Machine, self: Ref, target: Value) -> Value:
        if not isinstance(target, str):
            raise Undecided("the name of a submodule is not known")
        found: Value = self
        for name in filter(None, target.split(".")):
            found = machine.attribute(found, name)
        return found


_UNDECLARED = (
    "T_destination _backward_hooks _backward_pre_hooks _call_impl _compiled_call_impl "
    "_forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks_with_kwargs "
    "_get_backward_hooks _get_backward_pre_hooks _get_name _is_full_backward_hook _load_from_state_dict "
    "_load_state_dict_post_hooks _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook _named_members "
    "_non_persistent_buffers_set _register_state_dict_hook "
    "_replicate_for_data_parallel _slow_forward _state_dict_hooks _state_dict_pre_hooks _version "
    "_wrapped_call_impl call_super_init compile dump_patches forward get_buffer get_extra_state get_parameter ipu mtia "
    "set_extra_state _get_item_by_idx "
)
"""Attributes of every module beside those above."""
torch.undeclared["nn.Module"] = frozenset(_UNDECLARED.split())

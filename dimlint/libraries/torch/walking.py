# mypy: disable-error-code=misc
"""What walks through the modules below a module, and so calls methods that programs put in the place of torch's own.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
https://github.com/pytorch/pytorch/blob/main/torch/nn/modules/module.py says which method calls which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from dimlint.core.problem import Undecided
from dimlint.core.value import IteratorObject, Machine, Native, Ref, Tensor, Unknown, Value
from dimlint.libraries.python.streams import Drawn
from dimlint.libraries.torch.module import (
    children,
    descendants,
    instance,
    known_children,
    known_descendants,
    known_flag,
    own_children,
    own_method,
    set_training,
    torch,
)

BUFFERS = "buffers are not followed one by one"
STATE = "a state dictionary is not known"


def _convert(value: Value) -> Value:
    """A tensor moved or converted, as ``to`` does with each."""
    return replace(value, dtype=None) if isinstance(value, Tensor) else Unknown("what is moved is not known")


CONVERT = Native("convert", "torch", _convert)


def lazily(machine: Machine, rows: Callable[[], Iterator[Value]]) -> Ref:
    """A generator of torch's that calls code of the program when it is asked for its items."""
    return machine.new(IteratorObject((), Drawn(rows)))


def second(machine: Machine, method: Value, **options: Value) -> Iterator[Value]:
    """The second items of the pairs that a method of the program gives. Raises Undecided."""
    for pair in machine.elements(machine.call(method, (), options)):
        yield machine.get_item(pair, 1)


def may_walk(machine: Machine, ref: Ref, *, itself: bool) -> bool:
    """Whether methods of the program may choose the modules that are gone through; they may run from here on."""
    refs = [module for _, module in descendants(machine, ref) if itself or module != ref]
    found = [method for module in refs if (method := own_method(machine, module, "named_modules")) is not None]
    for method in found:
        machine.call(Unknown("when it is called is not known"), (method,))
    return bool(found)


def _apply_below(machine: Machine, ref: Ref, fn: Value) -> None:
    machine.burn()
    for child in own_children(machine, ref):
        own = own_method(machine, child, "_apply")
        if own is None:
            _apply_below(machine, child, fn)
        else:
            machine.call(own, (fn,))


def _save(machine: Machine, ref: Ref, destination: Value, prefix: Value, keep_vars: Value) -> None:
    """What ``state_dict`` runs."""
    machine.burn()
    own = own_method(machine, ref, "_save_to_state_dict")
    if own is not None:
        machine.call(own, (destination, prefix, keep_vars))
    elif (own := own_method(machine, ref, "get_extra_state")) is not None:
        machine.call(own)
    for name, child in children(machine, ref).items():
        below = f"{prefix}{name}." if isinstance(prefix, str) else prefix
        own = own_method(machine, child, "state_dict")
        if own is None:
            _save(machine, child, destination, below, keep_vars)
        else:
            machine.call(own, (), {"destination": destination, "prefix": below, "keep_vars": keep_vars})


def _show(machine: Machine, ref: Ref) -> None:
    """What ``repr`` runs."""
    machine.burn()
    for name in ("extra_repr", "_get_name"):
        own = own_method(machine, ref, name)
        if own is not None:
            machine.call(own)
    for child in children(machine, ref).values():
        own = own_method(machine, child, "__repr__")
        if own is None:
            _show(machine, child)
        else:
            machine.call(own)


class Walking:
    """Methods of every module that reach those below it."""

    def buffers(machine: Machine, self: Ref, recurse: Value = True) -> Value:
        own = own_method(machine, self, "named_buffers")
        return Unknown(BUFFERS) if own is None else lazily(machine, lambda: second(machine, own, recurse=recurse))

    def named_buffers(machine: Machine, self: Ref, prefix: Value = "", recurse: Value = True, remove_duplicate: Value = True) -> Value:
        may_walk(machine, self, itself=True)
        return Unknown(BUFFERS)

    def children(machine: Machine, self: Ref) -> Value:
        own = own_method(machine, self, "named_children")
        if own is not None:
            return lazily(machine, lambda: second(machine, own))
        return machine.new(IteratorObject(tuple(dict.fromkeys(known_children(machine, self).values()))))

    def named_children(machine: Machine, self: Ref) -> Value:
        once: dict[Value, str] = {}
        for name, child in known_children(machine, self).items():
            once.setdefault(child, name)
        return machine.new(IteratorObject(tuple((name, child) for child, name in once.items())))

    def modules(machine: Machine, self: Ref) -> Value:
        own = own_method(machine, self, "named_modules")
        if own is not None:
            return lazily(machine, lambda: second(machine, own))
        if may_walk(machine, self, itself=False):
            raise Undecided("which modules a program goes through is not known")
        return machine.new(IteratorObject(tuple(ref for _, ref in known_descendants(machine, self))))

    def named_modules(machine: Machine, self: Ref, memo: Value = None, prefix: str = "", remove_duplicate: Value = True) -> Value:
        if memo is not None or may_walk(machine, self, itself=False):
            raise Undecided("modules that are left out are not followed")
        return machine.new(IteratorObject(tuple(known_descendants(machine, self, prefix, twice=known_flag(remove_duplicate) is False))))

    def train(machine: Machine, self: Ref, mode: Value = True) -> Value:
        set_training(machine, self, mode)
        return self

    def eval(machine: Machine, self: Ref) -> Value:
        machine.call(machine.attribute(self, "train"), (False,))
        return self

    def apply(machine: Machine, self: Ref, fn: Value) -> Value:
        for child in own_children(machine, self):
            machine.call(machine.attribute(child, "apply"), (fn,))
        machine.call(fn, (self,))
        return self

    def state_dict(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        given = dict(zip(("destination", "prefix", "keep_vars"), args)) | kwargs
        if isinstance(given.get("destination"), Ref):
            machine.forget(given["destination"], STATE)
        _save(machine, self, Unknown(STATE), given.get("prefix", ""), given.get("keep_vars", False))
        return Unknown(STATE)

    def _save_to_state_dict(machine: Machine, self: Ref, destination: Value, prefix: Value, keep_vars: Value) -> None:
        if isinstance(destination, Ref):
            machine.forget(destination, STATE)
        if (own := own_method(machine, self, "get_extra_state")) is not None:
            machine.call(own)

    def zero_grad(machine: Machine, self: Ref, set_to_none: Value = True) -> None:
        if any(own_method(machine, self, name) is not None for name in ("parameters", "named_parameters")):
            machine.elements(machine.call(machine.attribute(self, "parameters")))
        else:
            may_walk(machine, self, itself=True)

    def to(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        own = own_method(machine, self, "_apply")
        if own is not None:
            return machine.call(own, (CONVERT,))
        _apply_below(machine, self, CONVERT)
        return self

    cuda = cpu = xpu = to_empty = float = double = half = bfloat16 = type = share_memory = to

    def _apply(machine: Machine, self: Ref, fn: Value, recurse: Value = True) -> Value:
        if fn is not CONVERT:
            machine.forget(self, "its tensors were replaced by a function of the program")
            raise Undecided("what a function makes of each tensor is not followed")
        if known_flag(recurse):
            _apply_below(machine, self, fn)
        return self

    def extra_repr(machine: Machine, self: Ref) -> Value:
        if instance(machine, self).layer is not None:
            raise Undecided("what a layer tells of its arguments is not followed")
        return ""

    def __repr__(machine: Machine, self: Ref) -> Value:  # type: ignore[override]
        _show(machine, self)
        return Unknown("the text of a module is not known")


torch.extend("nn.Module", Walking)

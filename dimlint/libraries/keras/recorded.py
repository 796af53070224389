"""Whether a model still gives what was recorded: code of the program may give something else whenever it runs again."""

from __future__ import annotations

from dimlint.core.layer import Layer
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Function,
    Instance,
    LibraryClass,
    ListObject,
    Machine,
    Method,
    Ref,
    SetObject,
    Tensor,
    Value,
)
from dimlint.libraries.keras.changes import is_as
from dimlint.libraries.keras.graph import steps_in_order
from dimlint.libraries.keras.objects import is_a, tensors


def is_recorded(machine: Machine, model: Ref) -> bool:
    """Whether a built model consists of the library's layers alone, none of which was changed since. Raises Undecided."""
    return _is_fixed(machine, model, set())


def _is_fixed(machine: Machine, value: Value, seen: set[int]) -> bool:
    """Whether no code of the program runs where a layer, or what it holds, does."""
    if isinstance(value, (Function, Method)):
        return isinstance(value, Method) and not isinstance(value.function, Function)
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        return all(_is_fixed(machine, item, seen) for item in value)
    if not isinstance(value, Ref) or value.number in seen:
        return True
    seen.add(value.number)
    held = machine.contents(value)
    if isinstance(held, (ListObject, SetObject)):
        return _is_fixed(machine, tuple(held.items), seen)
    if isinstance(held, DictObject):
        return _is_fixed(machine, tuple(held.items.values()), seen)
    if isinstance(held, Instance) and (seen == {value.number} or isinstance(held.cls, LibraryClass)):
        return _holds_fixed(machine, value, held, seen)
    return not isinstance(held, (ClassObject, Instance))


def _holds_fixed(machine: Machine, ref: Ref, held: Instance, seen: set[int]) -> bool:
    """Whether no code of the program runs where an object of a library's class does."""
    if not is_a(machine, ref, "Model"):
        fields = [getattr(held.layer, name, None) for name in held.layer.fields] if isinstance(held.layer, Layer) else []
        return _is_fixed(machine, (*held.attributes.values(), *fields), seen)
    made, inputs = held.attributes.get("_layers"), held.attributes.get("_inputs")
    if "_last_change" in held.attributes and not is_as(machine, held.attributes["_last_change"]):
        return False
    if isinstance(made, tuple):
        return _is_fixed(machine, made, seen)
    if not isinstance(inputs, tuple):
        return True
    steps = steps_in_order(machine, inputs, tensors(machine, held.attributes["output"]))
    given = [item for step in steps for item in (step.callee, *step.args, *step.kwargs.values())]
    return all(isinstance(item, Tensor) or _is_fixed(machine, item, seen) for item in given)

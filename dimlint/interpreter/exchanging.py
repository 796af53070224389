"""Tensors that are others from some place on, in all that holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dimlint.core.dataclass import replace
from dimlint.core.results import items_in
from dimlint.core.value import DictObject, EitherStep, Instance, ListObject, Tensor, Unknown, Value, tensors_in


def alternatives(values: Iterable[Value]) -> list[Tensor]:
    """The tensors among these, and then those that they may be instead, each once."""
    found = {id(value): value for value in values if isinstance(value, Tensor)}
    pending = list(found.values())
    while pending:
        step = pending.pop().step
        for item in step.args if isinstance(step, EitherStep) else ():
            if isinstance(item, Tensor) and id(item) not in found:
                found[id(item)] = item
                pending.append(item)
    return list(found.values())


def exchanging(tensors: Sequence[Tensor], now: Value) -> Callable[[Value], Value]:
    """What stands in the place of something when these tensors, or other views of the same parameters, are another one from here on."""
    same = {id(tensor) for tensor in tensors}
    variables = {tensor.variable for tensor in tensors if tensor.variable is not None}
    maybe = now if isinstance(now, Unknown) else Unknown("it may have been changed in place")

    def is_one(item: Tensor) -> bool:
        return id(item) in same or item.variable in variables

    def exchanged(item: Value) -> Value:
        if not isinstance(item, Tensor):
            return item
        if is_one(item):
            return now
        return maybe if isinstance(item.step, EitherStep) and any(map(is_one, alternatives([item]))) else item

    return exchanged


def content_after(held: Value, exchanged: Callable[[Value], Value], reason: str) -> Value:
    """What a variable or an object holds after tensors were exchanged; the same object if that concerns none in it."""

    def is_other(item: Value) -> bool:
        return exchanged(item) is not item

    if isinstance(held, Tensor):
        return exchanged(held)
    if isinstance(held, Instance) and any(map(is_other, held.attributes.values())):
        return replace(held, attributes={name: exchanged(item) for name, item in held.attributes.items()})
    inside = tensors_in(held) if isinstance(held, tuple) else items_in(held) if isinstance(held, (ListObject, DictObject)) else ()
    return Unknown(reason) if any(map(is_other, inside)) else held

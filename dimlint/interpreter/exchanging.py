"""Tensors that are others from some place on, in all that holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dimlint.core.value import EitherStep, Tensor, Value


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


def among(tensors: Sequence[Tensor]) -> Callable[[Value], bool]:
    """Whether something is one of these tensors, or another view of the same parameter."""
    same = {id(tensor) for tensor in tensors}
    variables = {tensor.variable for tensor in tensors if tensor.variable is not None}
    return lambda item: isinstance(item, Tensor) and (id(item) in same or item.variable in variables)

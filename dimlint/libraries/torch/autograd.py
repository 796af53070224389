# mypy: disable-error-code=misc
"""Functions with gradients of their own: ``torch.autograd.Function``."""

from __future__ import annotations

from dimlint.core.library import computed
from dimlint.core.problem import Undecided
from dimlint.core.value import Function, Instance, Machine, Method, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.torch.module import torch

CONTEXT = "autograd.function.FunctionCtx"


@torch.type(CONTEXT)
class FunctionContext:
    """What ``forward`` and ``backward`` of a function have in common; a program may keep anything in it."""

    def save_for_backward(machine: Machine, self: Ref, *tensors: Value) -> None:
        """What is saved is there for ``backward`` only, after the model has run."""

    def save_for_forward(machine: Machine, self: Ref, *tensors: Value) -> None:
        """As ``save_for_backward``."""

    def mark_dirty(machine: Machine, self: Ref, *args: Value) -> None:
        """Which inputs are changed in place: their shapes stay."""

    def mark_non_differentiable(machine: Machine, self: Ref, *args: Value) -> None:
        """Which outputs have no gradient."""

    def set_materialize_grads(machine: Machine, self: Ref, value: Value) -> None:
        """Whether gradients are never None."""

    @computed
    def saved_tensors(machine: Machine, self: Ref) -> Value:
        return Unknown("the tensors that are saved for the gradient are not known")

    @computed
    def needs_input_grad(machine: Machine, self: Ref) -> Value:
        return Unknown("which inputs need a gradient is not known")


def _may_differentiate(machine: Machine, cls: Value, context: Ref) -> None:
    """Whatever asks for gradients from here on runs what the program says of them."""
    for name in ("backward", "vjp"):
        try:
            found = machine.attribute(cls, name)
        except (Raised, Undecided):
            continue
        if isinstance(found, Function):
            machine.call(Unknown("when a gradient is asked for is not known"), (Method(found, context),))


@torch.type("autograd.Function")
class AutogradFunction:
    """Base class of functions with gradients of their own."""

    @classmethod
    def apply(machine: Machine, cls: Value, *args: Value, **kwargs: Value) -> Value:
        """What ``forward`` gives: called with a context first, unless ``setup_context`` is to fill that afterwards."""
        if kwargs:
            raise Undecided("keyword arguments of a function with its own gradient are not followed")
        context = machine.new(Instance(torch.declared[CONTEXT]))
        forward, setup = machine.attribute(cls, "forward"), machine.attribute(cls, "setup_context")
        if isinstance(setup, Native):
            output = machine.call(forward, (context, *args))
        else:
            output = machine.call(forward, args)
            machine.call(setup, (context, args, output))
        _may_differentiate(machine, cls, context)
        return output

    @staticmethod
    def setup_context(machine: Machine, ctx: Value, inputs: Value, output: Value) -> Value:
        """Fills the context where a program says how; as long as it is this one, ``forward`` does."""
        raise Undecided("setup_context is not defined")

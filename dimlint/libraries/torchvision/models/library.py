"""The table of ``torchvision.models`` and how their modules are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dimlint.core.library import AnyClass, Library, modules_of
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Native, Raised, Ref, Value
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torchvision.building import recorded_type

MODELS = Library(
    "torchvision.models",
    ("torchvision.models",),
    modules=modules_of(__package__, "dense getter mobile plain residual"),
    source="torchvision.models",
    recorded_package="torchvision.models",
)
Made = Callable[[Machine, Mapping[str, Value]], Value]
"""What a function of the package makes, from its arguments but the weights."""


def module_type(name: str, **constants: Value) -> Callable[[AnyClass], AnyClass]:
    """Give the classes of that name below ``torchvision.models`` a meaning where the source is not read."""
    return recorded_type(MODELS, name, torch.declared["nn.Module"], **constants)


def model(name: str, made: Made) -> None:
    """A function that makes a model: ``resnet18(weights=None, progress=True, **kwargs)``."""

    def body(machine: Machine, *, weights: Value = None, progress: Value = True, **kwargs: Value) -> Value:
        weights = kwargs.pop("pretrained", weights)
        classes = kwargs.get("num_classes", 1000)
        if isinstance(weights, (str, bool, Ref)) and weights and isinstance(classes, int) and classes != 1000:
            raise Raised("ValueError", f"The parameter 'num_classes' expected value 1000 but got {classes} instead.")
        return made(machine, kwargs)

    def positional(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        return body(machine, **dict(zip(("weights", "progress"), args)), **kwargs)

    MODELS.recorded[name] = Native(name, MODELS.name, positional)


def get_model(machine: Machine, name: Value, **config: Value) -> Value:
    """The model that a function of that name makes. Raises Undecided."""
    made = MODELS.recorded.get(name.lower()) if isinstance(name, str) else None
    if not isinstance(made, Native):
        raise Undecided("which model of torchvision is built is not known")
    return machine.call(made, (), config)


MODELS.recorded["get_model"] = Native("get_model", MODELS.name, get_model)


def make(machine: Machine, cls: str, *args: Value, **kwargs: Value) -> Value:
    """An object of one of these classes."""
    return machine.call(MODELS.recorded[cls], args, kwargs)

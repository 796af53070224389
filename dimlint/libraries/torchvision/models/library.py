"""The table of ``torchvision.models`` and how their modules are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dimlint.core.library import AnyClass, Library, modules_of
from dimlint.core.problem import Undecided
from dimlint.core.value import LibraryClass, Machine, Native, Raised, Ref, Unknown, Value, is_size
from dimlint.libraries.torch.module import torch

MODELS = Library(
    "torchvision.models",
    ("torchvision.models",),
    modules=modules_of(__package__, "dense mobile plain residual"),
    source="torchvision.models",
    recorded_package="torchvision.models",
)
Made = Callable[[Machine, Mapping[str, Value]], Value]
"""What a function of the package makes, from its arguments but the weights."""


def module_type(name: str, **constants: Value) -> Callable[[AnyClass], AnyClass]:
    """Give the classes of that name below ``torchvision.models`` a meaning where the source is not read."""

    def declare(cls: AnyClass) -> AnyClass:
        hidden = f"*{name}"  # no name that a program could import: the source comes first
        MODELS.type(hidden, bases=(torch.declared["nn.Module"],))(cls)
        made = MODELS.declared[hidden]
        assert isinstance(made, LibraryClass)
        MODELS.recorded[name] = LibraryClass(name, MODELS.name, made.bases, None, {**made.methods, **constants}, made.doc)
        return cls

    return declare


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


def nn(machine: Machine, name: str, *args: Value, **kwargs: Value) -> Value:
    """A module of torch's."""
    return machine.call(torch.entries[f"nn.{name}"], args, kwargs)


def stack(machine: Machine, *modules: Value) -> Value:
    """``nn.Sequential`` of modules."""
    return nn(machine, "Sequential", *modules)


def start(machine: Machine, self: Ref, **attributes: Value) -> None:
    """``super().__init__()`` and the attributes, in order."""
    machine.set_attribute(self, "training", True)
    for name, value in attributes.items():
        machine.set_attribute(self, name, value)


def through(machine: Machine, self: Ref, x: Value, names: str) -> Value:
    """The input through some of an object's modules, one after the other."""
    for name in names.split():
        x = machine.call(machine.attribute(self, name), (x,))
    return x


def apply(machine: Machine, function: str, *args: Value, **kwargs: Value) -> Value:
    """A function of torch's."""
    return machine.call(torch.entries[function], args, kwargs)


def number(value: Value, name: str) -> int:
    """A size that says how a model is built. Raises Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    if not is_size(value) or not isinstance(value, int):
        raise Undecided(f"{name} is not a known integer")
    return int(value)


def numbers(machine: Machine, value: Value, name: str) -> Sequence[int]:
    """A list of such sizes. Raises Undecided."""
    return [number(item, name) for item in machine.elements(value)]

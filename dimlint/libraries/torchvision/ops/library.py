"""The table of ``torchvision.ops`` and how its parts are declared."""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.library import AnyClass, AnyFunction, Library, modules_of
from dimlint.core.value import Machine, Native, Value
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torchvision.building import recorded_type

OPS = Library(
    "torchvision.ops",
    ("torchvision.ops",),
    modules=modules_of(__package__, "blocks boxes deforming dropping losses pyramid regions"),
    source="torchvision.ops",
    recorded_package="torchvision.ops",
)
GIVEN_BY_DEFAULT = ...
"""Stands for a class of torch's where that is the default of an argument."""


def module_type(name: str, base: str = "nn.Module") -> Callable[[AnyClass], AnyClass]:
    """Give the classes of that name below ``torchvision.ops`` a meaning where the source is not read.

    base: a class of torch, or another one of these.
    """
    return recorded_type(OPS, name, OPS.recorded[base] if base in OPS.recorded else torch.entries[base])


def function(*names: str) -> Callable[[AnyFunction], AnyFunction]:
    """Give the functions of these names below ``torchvision.ops`` a meaning where the source is not read."""

    def declare(body: AnyFunction) -> AnyFunction:
        for name in names:
            OPS.recorded[name] = Native(name, OPS.name, body)
        return body

    return declare


def use(machine: Machine, name: str, *args: Value, **kwargs: Value) -> Value:
    """An object of one of these classes, or what one of these functions gives."""
    OPS.load()
    return machine.call(OPS.recorded[name], args, kwargs)

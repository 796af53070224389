"""How modules of torchvision whose source is not read are made: of torch's modules and functions, under the names that they have there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dimlint.core.library import AnyClass, Library
from dimlint.core.problem import Undecided
from dimlint.core.value import LibraryClass, Machine, Ref, Unknown, Value, is_size
from dimlint.libraries.torch.module import torch


def recorded_type(library: Library, name: str, base: LibraryClass, **constants: Value) -> Callable[[AnyClass], AnyClass]:
    """Give the classes of that name below the package of a library a meaning where the source is not read."""

    def declare(cls: AnyClass) -> AnyClass:
        hidden = f"*{name}"  # no name that a program could import: the source comes first
        library.type(hidden, bases=(base,))(cls)
        made = library.declared[hidden]
        assert isinstance(made, LibraryClass)
        library.recorded[name] = LibraryClass(name, library.name, made.bases, None, {**made.methods, **constants}, made.doc)
        return cls

    return declare


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


def known(value: Value) -> Value:
    """A value that says what is built. Raises Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return value


def number(value: Value, name: str) -> int:
    """A size that says how a model is built. Raises Undecided."""
    if not is_size(known(value)) or not isinstance(value, int):
        raise Undecided(f"{name} is not a known integer")
    return int(value)


def numbers(machine: Machine, value: Value, name: str) -> Sequence[int]:
    """A list of such sizes. Raises Undecided."""
    return [number(item, name) for item in machine.elements(value)]

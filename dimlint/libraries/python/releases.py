"""Versions as programs compare them: ``packaging.version``, ``distutils.version``, ``pkg_resources.parse_version``."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

import re

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import LibraryClass, Machine, Ref, Unknown, Value
from dimlint.libraries.python.library import instance_object

RELEASES = Library(
    "python.releases",
    ("packaging.version", "packaging", "distutils.version", "looseversion", "pkg_resources", "torch.torch_version"),
    lambda name: name.rpartition(".")[2],
    in_part=True,
)
_RELEASE = re.compile(r"\s*v?(\d{1,9}(?:\.\d{1,9})*)")
PARTS = ("major", "minor", "micro")
_KEPT = "*release"


@RELEASES.type("Version", "LooseVersion", "StrictVersion", "TorchVersion")
class Version:
    """A version by the numbers of its release; of one that is no release, nothing is told. Source: https://peps.python.org/pep-0440/."""

    def __init__(machine: Machine, self: Ref, version: Value, /) -> None:
        text = machine.plain(version)
        found = _RELEASE.fullmatch(text.partition("+")[0]) if isinstance(text, str) else None
        if found is None:
            raise Undecided(text.reason if isinstance(text, Unknown) else "a version is not known")
        numbers = tuple(map(int, found[1].split(".")))
        machine.store_attribute(self, _KEPT, numbers)
        machine.store_attribute(self, "release", numbers)
        for index, name in enumerate(PARTS):
            machine.store_attribute(self, name, numbers[index] if index < len(numbers) else 0)
        machine.store_attribute(self, "base_version", ".".join(map(str, numbers)))

    def __eq__(machine: Machine, self: Ref, other: Value) -> Value:
        return _release(machine, self) == _release(machine, other)

    def __ne__(machine: Machine, self: Ref, other: Value) -> Value:
        return _release(machine, self) != _release(machine, other)

    def __lt__(machine: Machine, self: Ref, other: Value) -> Value:
        return _release(machine, self) < _release(machine, other)

    def __le__(machine: Machine, self: Ref, other: Value) -> Value:
        return _release(machine, self) <= _release(machine, other)

    def __gt__(machine: Machine, self: Ref, other: Value) -> Value:
        return _release(machine, self) > _release(machine, other)

    def __ge__(machine: Machine, self: Ref, other: Value) -> Value:
        return _release(machine, self) >= _release(machine, other)


def _release(machine: Machine, value: Value) -> tuple[int, ...]:
    """The numbers of a version without zeros at its end. Raises Undecided."""
    if isinstance(value, str):
        value = machine.call(RELEASES.entries["Version"], [value])
    held = instance_object(machine, value).attributes.get(_KEPT) if isinstance(value, Ref) else None
    if not isinstance(held, tuple):
        raise Undecided(value.reason if isinstance(value, Unknown) else "a version is not known")
    while held and held[-1] == 0:
        held = held[:-1]
    return held


@RELEASES.function("parse", "parse_version")
def parse(machine: Machine, version: Value) -> Value:
    """The version that a text names."""
    cls = RELEASES.entries["Version"]
    assert isinstance(cls, LibraryClass)
    return machine.call(cls, [version])

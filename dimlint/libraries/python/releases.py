"""Versions as programs compare them: ``packaging.version``, ``distutils.version``, ``pkg_resources.parse_version``."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

import operator
from collections.abc import Callable

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Unknown, Value
from dimlint.core.versions import Numbered, release, trimmed
from dimlint.libraries.python.library import instance_object

RELEASES = Library(
    "python.releases",
    ("packaging.version", "packaging", "distutils.version", "looseversion", "pkg_resources", "torch.torch_version"),
    lambda name: name.rpartition(".")[2],
    in_part=True,
)
PARTS = ("major", "minor", "micro")
_KEPT = "*version"


@RELEASES.type("Version", "LooseVersion", "StrictVersion", "TorchVersion")
class Version:
    """A version by the numbers of its release; of one that is no release, nothing is told. Source: https://peps.python.org/pep-0440/."""

    def __init__(machine: Machine, self: Ref, version: Value, /) -> None:
        text = machine.plain(version)
        public, plus, _ = str(text).partition("+")
        stated = release(public) if isinstance(text, str) else None
        if stated is None:
            raise Undecided(text.reason if isinstance(text, Unknown) else "a version is not known")
        kept = {_KEPT: (stated, bool(plus) or isinstance(text, Numbered)), "release": stated, "base_version": ".".join(map(str, stated))}
        for name, value in {**kept, **dict(zip(PARTS, (*stated, 0, 0, 0)))}.items():
            machine.store_attribute(self, name, value)

    def __eq__(machine: Machine, self: Ref, other: Value) -> Value:
        return _compared(machine, self, other, operator.eq)

    def __ne__(machine: Machine, self: Ref, other: Value) -> Value:
        return _compared(machine, self, other, operator.ne)

    def __lt__(machine: Machine, self: Ref, other: Value) -> Value:
        return _compared(machine, self, other, operator.lt)

    def __le__(machine: Machine, self: Ref, other: Value) -> Value:
        return _compared(machine, self, other, operator.le)

    def __gt__(machine: Machine, self: Ref, other: Value) -> Value:
        return _compared(machine, self, other, operator.gt)

    def __ge__(machine: Machine, self: Ref, other: Value) -> Value:
        return _compared(machine, self, other, operator.ge)


def _compared(machine: Machine, self: Ref, other: Value, op: Callable[[Value, Value], bool]) -> bool:
    """By the numbers, where they decide. Some of these classes take a text for a version, others for no equal. Raises Undecided."""
    if isinstance(other, str) and op in (operator.eq, operator.ne):
        raise Undecided("whether a version is equal to a text is not known")
    (first, local), (second, other_local) = (_kept(machine, value) for value in (self, other))
    first, second = trimmed(first), trimmed(second)
    if first == second and (local or other_local):
        raise Undecided("what stands behind the + of a version is not compared")
    return op(first, second)


def _kept(machine: Machine, value: Value) -> tuple[tuple[int, ...], bool]:
    """The numbers of a version, and whether more is said behind a ``+``. Raises Undecided."""
    if isinstance(value, str):
        stated = release(value)
        held: Value = (stated, False) if stated is not None else None
    else:
        held = instance_object(machine, value).attributes.get(_KEPT) if isinstance(value, Ref) else None
    if not isinstance(held, tuple):
        raise Undecided(value.reason if isinstance(value, Unknown) else "a version is not known")
    return held[0], held[1]


@RELEASES.function("parse", "parse_version")
def parse(machine: Machine, version: Value) -> Value:
    """The version that a text names."""
    return machine.call(RELEASES.entries["Version"], [version])

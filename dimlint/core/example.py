"""Arguments of an example: numbers, until the program asks something of one that no number answers; then something that does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from dimlint.core.dataclass import dataclass

Key = tuple[int, str]
"""The function that has an argument, by the identity of its node, and the argument's name; for a part of it, with the way to it."""

ITEMS, KEYS, ATTRIBUTES, CALL, OPTIONS, CHOICE = "items", "keys", "attributes", "call", "options", "choice"
"""What a program may ask of an argument: to have items, keys or attributes, to be called, spread as ``**options``, be a certain value."""
Role = tuple[str, Any]
"""One of these, and what is known besides: the number of items, the value."""
METHODS = {
    **dict.fromkeys(("append", "copy", "extend", "index", "insert", "pop", "reverse", "sort"), ITEMS),
    **dict.fromkeys(("items", "keys", "values"), KEYS),
}
"""Methods that tell what has them."""


@dataclass
class Example:
    """number: what arguments are. roles: what is known of those that are no numbers. asked: what this run asked of numbers."""

    number: int
    roles: Mapping[Key, Role] = field(default_factory=dict)
    asked: dict[Key, Role] = field(default_factory=dict)

    def corrected(self) -> Example | None:
        """The example with what this run asked; None if it asked nothing new."""
        new = {key: role for key, role in self.asked.items() if self.roles.get(key) != role}
        return Example(self.number, {**self.roles, **new}) if new else None


class ExampleNumber(int):
    """A number that stands for an argument."""

    example: Example
    key: Key

    @classmethod
    def of(cls, number: int, example: Example, key: Key) -> ExampleNumber:
        made = cls(number)
        made.example, made.key = example, key
        return made


def asks(value: object, role: str, what: object = None, *, softly: bool = False) -> None:
    """The program asks of a value what no number answers. what: the number of items, the value that it is compared with.

    softly: the program goes on with a number, too; what is asked of the same argument otherwise counts more.
    """
    if type(value) is ExampleNumber:
        asked = value.example.asked
        asked[value.key] = asked.get(value.key, (role, what)) if softly else (role, what)


def asks_for(value: object, name: str) -> None:
    """The program asks for an attribute of a value."""
    asks(value, METHODS.get(name, ATTRIBUTES))

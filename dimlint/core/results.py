"""Tuples that library functions return and that are more than tuples."""

from __future__ import annotations

from dimlint.core.value import Value


class Named(tuple[Value, ...]):
    """A tuple that a library function returns and whose items have names, too: ``torch.max(x, 1).values``."""

    fields: tuple[str, ...]

    def __new__(cls, **items: Value) -> Named:  # noqa: PYI034 -- nobody derives from it
        made = super().__new__(cls, items.values())
        made.fields = tuple(items)
        return made


class TensorShape(tuple[Value, ...]):
    """The shape of a TensorFlow or Keras tensor: a tuple of sizes and ``None`` that has methods of its own."""

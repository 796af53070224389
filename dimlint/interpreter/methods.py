"""Names of methods by what they do to their object."""

from __future__ import annotations

READERS = frozenset(["__contains__", "__getitem__", "__iter__", "__len__", "copy", "count", "get", "index", "items", "keys", "values"])
"""Methods of lists, sets and dictionaries that change nothing."""

MUTATORS = frozenset(
    [
        *("add", "add_module", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "pop", "popitem", "popleft"),
        *("register_module", "remove", "reverse", "setdefault", "sort", "update", "__delitem__", "__iadd__", "__init__", "__setitem__"),
    ]
)
"""Methods of library types that change their object."""
REGISTERING = "register_"
"""Beginning of the names of methods by which modules get parts and hooks."""
INNER = ("_modules", "_parameters", "_buffers", "__dict__")
"""Dictionaries in which modules hold their parts."""

"""``str`` and ``bytes``: methods run natively on known text, with the length of the result checked first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from dimlint.core.problem import Undecided
from dimlint.core.results import Own, items_in
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Instance,
    LibraryClass,
    ListObject,
    Machine,
    Native,
    Raised,
    Ref,
    SetObject,
    Tensor,
    Unknown,
    Value,
)
from dimlint.core.versions import Numbered
from dimlint.libraries.python.library import BUILTINS, attempt, find_method, of_class, require_own
from dimlint.libraries.python.limits import check_count, check_text, first_unknown, is_known
from dimlint.libraries.python.text import UNKNOWN_TEXT, fill_template, format_value
from dimlint.libraries.python.text import percent as text_percent

PURE = (
    "upper",
    "lower",
    "capitalize",
    "title",
    "swapcase",
    "casefold",
    "strip",
    "lstrip",
    "rstrip",
    "startswith",
    "endswith",
    "find",
    "rfind",
    "index",
    "rindex",
    "count",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "partition",
    "rpartition",
    "removeprefix",
    "removesuffix",
)
"""Methods whose result is about as long as the text itself."""

ENCODINGS = ("utf-8", "utf8", "ascii", "latin-1")
PADDING = ("zfill", "center", "ljust", "rjust", "expandtabs")


def to_text(machine: Machine, value: Value, conversion: str = "s") -> Value:
    """``str(value)``, or ``repr`` for conversion ``r``: text, or Unknown."""
    if isinstance(value, LibraryClass) or (isinstance(value, Ref) and isinstance(machine.peek(value), ClassObject)):
        return Unknown("the text of a class is not known")
    if isinstance(value, (Unknown, Tensor)):
        return value if isinstance(value, Unknown) else Unknown("the text of a tensor is not known")
    method = _own_method(machine, value, ("__str__", "__repr__") if conversion == "s" else ("__repr__",))
    if method is not None:
        return machine.call(method)
    value = next((kind(value) for kind in (int, float, str, tuple) if isinstance(value, Own) and isinstance(value, kind)), value)
    # is_known first: it refuses a tuple that is too large to be walked.
    return format_value(value if is_known(value) else machine.plain(value), conversion, "")


def show(machine: Machine, value: Value, conversion: str | None, spec: str) -> Value:
    """What ``f"{value!conversion:spec}"`` gives: text, or Unknown."""
    if not _is_object(machine, value):
        return format_value(machine.plain(value), conversion, spec)
    if not conversion:
        method = _own_method(machine, value, ("__format__",))
        if method is not None:
            return machine.call(method, [spec])
        if isinstance(value, Own) and spec:
            return Unknown(UNKNOWN_TEXT)
    text = to_text(machine, value, "r" if conversion in ("r", "a") else "s")
    return format_value(ascii(text) if conversion == "a" else text, None, spec) if isinstance(text, str) else text


def _is_object(machine: Machine, value: Value) -> bool:
    return isinstance(value, Own) or (isinstance(value, Ref) and isinstance(machine.peek(value), Instance))


def percent(machine: Machine, template: str, args: Value) -> Value:
    """What ``template % args`` gives: text, or Unknown."""
    if isinstance(args, Own) or not isinstance(args, tuple):
        return text_percent(template, _printable(machine, template, args))
    return text_percent(template, tuple(_printable(machine, template, value) for value in args))


def _printable(machine: Machine, template: str, value: Value) -> Value:
    """An object as its text, if only that is asked for; any other value as Python's own."""
    if not _is_object(machine, value):
        return machine.plain(value)
    return to_text(machine, value) if set(CONVERSION.findall(template)) <= {"s", "%"} else Unknown(UNKNOWN_TEXT)


CONVERSION = re.compile("%[^a-zA-Z%]*([a-zA-Z%])")


def fill(machine: Machine, template: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    """What ``template.format(*args, **kwargs)`` gives: text, or Unknown."""

    def follow(value: Value, is_attribute: bool, name: str | int) -> Value:
        return machine.attribute(value, str(name)) if is_attribute else machine.get_item(value, name)

    return fill_template(template, args, kwargs, lambda value, conversion, spec: show(machine, value, conversion, spec), follow)


def _own_method(machine: Machine, value: Value, names: tuple[str, ...]) -> Value:
    for name in names:
        method = find_method(machine, value, name)
        if method is not None:
            return method
    return None


MAX_NESTED = 3
"""Containers in containers in which objects are looked for that are shown."""


@BUILTINS.function("print")
def say(machine: Machine, *args: Value, **options: Value) -> None:
    """Objects are asked for their texts."""
    for value in args:
        with suppress(Undecided):
            for part, names in _objects(machine, value, ("__str__", "__repr__"), 0):
                method = _own_method(machine, part, names)
                if method is not None:
                    machine.call(method)


def _objects(machine: Machine, value: Value, names: tuple[str, ...], depth: int) -> Iterator[tuple[Ref, tuple[str, ...]]]:
    """The objects in a value that is shown, and the methods that show them."""
    held = machine.peek(value) if isinstance(value, Ref) else None
    if isinstance(value, Ref) and isinstance(held, Instance):
        yield value, names
    elif depth < MAX_NESTED and isinstance(held, (ListObject, SetObject, DictObject)):
        for item in items_in(held):
            if isinstance(item, Ref):
                yield from _objects(machine, item, ("__repr__",), depth + 1)


@BUILTINS.type("str", bases=("object",))
class Str:
    def __new__(machine: Machine, cls: Value, value: Value = "", *args: Value) -> Value:
        return of_class(machine, cls, to_text(machine, value) if not args else Unknown("decoded text is not known"))

    def join(machine: Machine, self: str, parts: Value) -> Value:
        items = machine.elements(parts)
        lost = first_unknown(*items)
        if lost is not None:
            return lost
        if not all(isinstance(item, str) for item in items):
            raise Raised("TypeError", "sequence item: expected str instance")
        check_text(sum(map(len, items)) + len(self) * len(items))
        return self.join(items)

    def replace(machine: Machine, self: str, old: str, new: str, count: int = -1, /) -> Value:
        check_text(len(self) + self.count(old) * max(len(new) - len(old), 0))
        return self.replace(old, new, count)

    def split(machine: Machine, self: str, sep: Value = None, maxsplit: int = -1) -> Ref:
        return _pieces(machine, self.split, sep, maxsplit)

    def rsplit(machine: Machine, self: str, sep: Value = None, maxsplit: int = -1) -> Ref:
        return _pieces(machine, self.rsplit, sep, maxsplit)

    def splitlines(machine: Machine, self: str, keepends: Value = False) -> Ref:
        return _pieces(machine, self.splitlines, machine.truth(keepends))

    def format(machine: Machine, self: str, /, *args: Value, **kwargs: Value) -> Value:
        return fill(machine, self, args, kwargs)

    def format_map(machine: Machine, self: str, mapping: Value) -> Value:
        contents = machine.contents(mapping) if isinstance(mapping, Ref) else None
        if not isinstance(contents, DictObject):
            raise Undecided("a mapping is not known")
        return fill(machine, self, [], contents.items)

    def encode(machine: Machine, self: str, encoding: str = "utf-8", errors: str = "strict") -> Value:
        check_text(len(self) * 4)
        return attempt(self.encode, encoding, errors) if encoding in ENCODINGS else Unknown("encoded text is not known")

    def translate(machine: Machine, self: str, table: Value) -> Value:
        known = machine.plain(table)
        return attempt(self.translate, known) if is_known(known) else Unknown("translated text is not known")

    @staticmethod
    def maketrans(machine: Machine, *args: Value) -> Value:
        known = [machine.plain(value) for value in args]
        if not all(map(is_known, known)):
            return Unknown("translated text is not known")
        return machine.new(DictObject(attempt(str.maketrans, *known)))


def _pieces(machine: Machine, function: Callable[..., list[str]], *args: Value) -> Ref:
    if not all(map(is_known, args)):
        raise Undecided("how a string is split is not known")
    pieces = attempt(function, *args)
    check_count(len(pieces))
    return machine.new(ListObject(tuple(pieces)))


def _native(name: str) -> Callable[..., Value]:
    """A string method that runs natively on known arguments."""

    def body(machine: Machine, self: Value, *args: Value) -> Value:
        lost = first_unknown(self, *args)
        if lost is not None:
            return lost
        if not isinstance(self, str) or not all(map(is_known, args)) or (name == "endswith" and isinstance(self, Numbered)):
            raise Undecided(UNKNOWN_TEXT)
        widths = [arg for arg in args if isinstance(arg, int)] if name in PADDING else []
        check_text(max([len(self), *widths]) if name != "expandtabs" else len(self) * (1 + max([8, *widths])))
        result: Any = attempt(getattr(str, name), self, *args)
        return result

    body.__name__ = name
    return body


STR = BUILTINS.entries["str"]
STR.methods.update({name: Native(f"str.{name}", "builtins", _native(name)) for name in (*PURE, *PADDING)})


@BUILTINS.type("bytes", bases=("object",))
class Bytes:
    def __new__(machine: Machine, cls: Value, *args: Value, **kwargs: Value) -> Value:
        require_own(cls, "bytes")
        known = [machine.plain(value) for value in args]
        if kwargs or not all(isinstance(value, list) and is_known(value) for value in known):
            return Unknown("bytes are not known")
        return attempt(bytes, *known)

    def decode(machine: Machine, self: bytes, encoding: str = "utf-8", errors: str = "strict") -> Value:
        return attempt(bytes.decode, self, encoding, errors) if encoding in ENCODINGS else Unknown("decoded bytes are not known")

    def hex(machine: Machine, self: bytes) -> Value:
        return attempt(bytes.hex, self)

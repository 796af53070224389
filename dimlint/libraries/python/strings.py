"""``str`` and ``bytes``: methods run natively on known text, with the length of the result checked first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dimlint.core.problem import Undecided
from dimlint.core.value import ListObject, Machine, Native, Raised, Ref, Tensor, Unknown, Value
from dimlint.libraries.python.library import BUILTINS, attempt, find_method, require_own
from dimlint.libraries.python.limits import check_count, check_text, first_unknown, is_known
from dimlint.libraries.python.text import UNKNOWN_TEXT, fill_template, format_value

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

PADDING = ("zfill", "center", "ljust", "rjust", "expandtabs")


def to_text(machine: Machine, value: Value, conversion: str = "s") -> Value:
    """``str(value)``, or ``repr`` for conversion ``r``: text, or Unknown."""
    if isinstance(value, (Unknown, Tensor)):
        return value if isinstance(value, Unknown) else Unknown("the text of a tensor is not known")
    method = _own_method(machine, value, ("__str__", "__repr__") if conversion == "s" else ("__repr__",))
    if method is not None:
        return machine.call(method)
    # is_known first: it refuses a tuple that is too large to be walked.
    return format_value(value if is_known(value) else machine.plain(value), conversion, "")


def _own_method(machine: Machine, value: Value, names: tuple[str, ...]) -> Value:
    for name in names:
        method = find_method(machine, value, name)
        if method is not None:
            return method
    return None


@BUILTINS.type("str", bases=("object",))
class Str:
    def __new__(machine: Machine, cls: Value, value: Value = "", *args: Value) -> Value:
        require_own(cls, "str")
        return to_text(machine, value) if not args else Unknown("decoded text is not known")

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
        plain = {name: machine.plain(value) for name, value in kwargs.items()}
        return fill_template(self, [machine.plain(value) for value in args], plain)

    def encode(machine: Machine, self: str, encoding: str = "utf-8", errors: str = "strict") -> Value:
        return Unknown("encoded text is not known")

    def translate(machine: Machine, self: str, table: Value) -> Value:
        return Unknown("translated text is not known")


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
        if not isinstance(self, str) or not all(map(is_known, args)):
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
        return Unknown("bytes are not known")

    def decode(machine: Machine, self: bytes, encoding: str = "utf-8", errors: str = "strict") -> Value:
        return Unknown("decoded bytes are not known")

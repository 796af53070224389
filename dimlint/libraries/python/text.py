"""Text made from values: ``str``, ``repr``, ``format``, ``%`` and f-strings, never longer than ``MAX_TEXT``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from string import Formatter

from dimlint.core.dim import Shape
from dimlint.core.problem import Undecided
from dimlint.core.results import Own, PerhapsTorchSize
from dimlint.core.value import Raised, Unknown, Value
from dimlint.libraries.python.limits import MAX_TEXT, check_text, is_known

CONVERSIONS: dict[str, Callable[[object], object]] = {"": lambda value: value, "s": str, "r": repr, "a": ascii}
DIGITS = re.compile(r"\d+")
TOO_LONG = "a string is too long"
UNKNOWN_TEXT = "the text of an object is not known"


def format_value(value: Value, conversion: str | None, spec: str) -> str | Unknown:
    """What ``f"{value!conversion:spec}"`` gives, lists and dictionaries as Python's own. Raises Raised for a wrong spec."""
    if type(value) is str and not conversion and not spec and len(value) <= MAX_TEXT:
        return value
    try:
        if not _is_printable(value):
            return value if isinstance(value, Unknown) else Unknown(UNKNOWN_TEXT)
        _check_numbers(spec)
        text = format(CONVERSIONS[conversion or ""](value), spec)
    except Undecided as undecided:
        return Unknown(undecided.reason)
    except (ValueError, TypeError, OverflowError) as error:
        raise Raised(type(error).__name__, str(error)) from None
    return text if len(text) <= MAX_TEXT else Unknown(TOO_LONG)


def percent(template: str, args: Value) -> str | Unknown:
    """What ``template % args`` gives; a dictionary as Python's own. Raises Raised where Python raises."""
    args = tuple(args) if isinstance(args, tuple) else args
    try:
        if not _is_printable(args):
            return args if isinstance(args, Unknown) else Unknown(UNKNOWN_TEXT)
        _check_widths(template, args)
        text = template % args
    except Undecided as undecided:
        return Unknown(undecided.reason)
    except (ValueError, TypeError, OverflowError, KeyError) as error:
        raise Raised(type(error).__name__, str(error)) from None
    return text if len(text) <= MAX_TEXT else Unknown(TOO_LONG)


Show = Callable[[Value, "str | None", str], Value]
Follow = Callable[[Value, bool, "str | int"], Value]


def _not_followed(value: Value, is_attribute: bool, name: str | int) -> Value:
    raise Undecided("attributes and items in a format string are not modelled")


def fill_template(
    template: str, args: Sequence[Value], kwargs: Mapping[str, Value], show: Show = format_value, follow: Follow = _not_followed
) -> Value:
    """What ``template.format(*args, **kwargs)`` gives. show: the text of one value. follow: an attribute or an item of one."""
    try:
        return _Template(args, kwargs, show, follow).fill(template)
    except Undecided as undecided:
        return Unknown(undecided.reason)
    except ValueError as error:
        raise Raised("ValueError", str(error)) from None


class _Template:
    """One call of ``str.format``: looks fields up, numbers the empty ones."""

    def __init__(self, args: Sequence[Value], kwargs: Mapping[str, Value], show: Show, follow: Follow) -> None:
        self.args = args
        self.kwargs = kwargs
        self.show = show
        self.follow = follow
        self.next = 0
        self.automatic: bool | None = None

    def fill(self, template: str, depth: int = 0) -> str | Unknown:
        if depth > 1:
            raise Raised("ValueError", "Max string recursion exceeded")
        text = ""
        for literal, name, spec, conversion in Formatter().parse(template):
            text += literal
            if name is not None:
                value = self.look_up(name)
                if (conversion or "") not in CONVERSIONS:
                    raise Raised("ValueError", "Unknown conversion specifier")
                inner = self.fill(spec, depth + 1) if spec else ""
                piece = inner if isinstance(inner, Unknown) else self.show(value, conversion, inner)
                if isinstance(piece, Unknown):
                    return piece
                text += piece
            check_text(len(text))
        return text

    def look_up(self, field: str) -> Value:
        """The value of a field: an argument, and what stands in it under the names and indices that follow."""
        first, parts = _split(field)
        value = self.argument(str(first))
        for is_attribute, name in parts:
            value = self.follow(value, is_attribute, name)
        return value

    def argument(self, name: str) -> Value:
        if name.isdecimal() or not name:
            if self.automatic is not (not name) and self.automatic is not None:
                raise Raised("ValueError", "cannot switch between automatic field numbering and manual field specification")
            self.automatic = not name
            position = int(name) if name and len(name) < 6 else len(self.args) if name else self.next
            self.next += not name
            if position >= len(self.args):
                raise Raised("IndexError", "Replacement index out of range for positional args tuple")
            return self.args[position]
        if name not in self.kwargs:
            raise Raised("KeyError", name)
        return self.kwargs[name]


def _split(field: str) -> tuple[str, list[tuple[bool, str | int]]]:
    """The argument of a field, and the attributes and items after it, each with whether it is an attribute."""
    first = re.match(r"[^.\[]*", field)
    parts: list[tuple[bool, str | int]] = []
    assert first is not None
    for attribute, item in re.findall(r"\.([^.\[]+)|\[([^\]]+)\]", field[first.end() :]):
        parts.append((True, attribute) if attribute else (False, int(item) if item.isdecimal() and len(item) < 9 else item))
    return first[0], parts


def _is_printable(value: Value) -> bool:
    """Whether Python prints the value as the framework's program would. Raises Undecided if that is too long."""
    if not is_known(value):
        return False
    pending, length = [value], 0
    while pending:
        part = pending.pop()
        if isinstance(part, (Shape, Own, PerhapsTorchSize)):
            return False
        if isinstance(part, (tuple, list)):
            pending += part
        elif isinstance(part, Mapping):
            pending += [*part.keys(), *part.values()]
        length += len(part) if isinstance(part, (str, bytes)) else part.bit_length() // 3 + 2 if isinstance(part, int) else 2
        check_text(length)
    return True


def _check_numbers(spec: str) -> None:
    """Widths and precisions within the cap. Raises Undecided."""
    for digits in DIGITS.findall(spec):
        check_text(MAX_TEXT + 1 if len(digits) > 9 else int(digits))


def _check_widths(template: str, args: Value) -> None:
    """All widths and precisions of a ``%`` template together within the cap. Raises Undecided."""
    total, starred, position = 0, False, template.find("%")
    while position >= 0:
        position += 1
        if template[position : position + 1] == "(":
            position = max(template.find(")", position), position) + 1
        end = position
        while end < len(template) and template[end] in "#0- +123456789*.":
            end += 1
        spec = template[position:end]
        starred = starred or "*" in spec
        total += sum(MAX_TEXT + 1 if len(digits) > 9 else int(digits) for digits in DIGITS.findall(spec))
        check_text(total)
        position = template.find("%", end + 1 if template[end : end + 1] == "%" else end)
    if starred:
        check_text(total + sum(abs(item) for item in (args if isinstance(args, tuple) else (args,)) if isinstance(item, int)))

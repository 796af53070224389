"""``re``: run on known text, with patterns that cannot take long."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dimlint.core.library import computed
from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, Instance, ListObject, Machine, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.python.functions import iterator
from dimlint.libraries.python.library import note
from dimlint.libraries.python.limits import MAX_TEXT, check_count
from dimlint.libraries.python.seldom import RE

HELD = "*held"
MAX_PATTERN = 200
MAX_SUBJECT = 500
"""Characters of a pattern, and of the text that it is tried on: together they bound the time."""
NESTED = re.compile(r"[*+}]\??\)[*+{?]|\(\?[(P]=|\\[1-9]")
"""Repetitions of repetitions and references back, by which a pattern may take exponential time."""
REPEATS = re.compile(r"(?<!\\)[*+{]")
MAX_REPEATS = 3

KNOWN = int(re.A | re.I | re.M | re.S | re.X | re.U)
for _name in ("A", "ASCII", "I", "IGNORECASE", "M", "MULTILINE", "S", "DOTALL", "X", "VERBOSE", "U", "UNICODE"):
    RE.value(_name, int(getattr(re, _name)))


def _compiled(machine: Machine, pattern: Value, flags: Value = 0) -> re.Pattern[str]:
    """A pattern of which it is known that it takes no time. Raises Undecided, Raised."""
    if isinstance(pattern, Ref):
        held = note(machine, pattern, HELD)
        if isinstance(held, re.Pattern):
            return held
        raise Undecided("a pattern is not known")
    if not isinstance(pattern, str) or not isinstance(flags, int) or len(pattern) > MAX_PATTERN or flags & ~KNOWN:
        raise Undecided(pattern.reason if isinstance(pattern, Unknown) else "a pattern is not known")
    if NESTED.search(pattern) or len(REPEATS.findall(pattern)) > MAX_REPEATS:
        raise Undecided("a pattern may take too long")
    try:
        return re.compile(str(pattern), flags)
    except (re.error, OverflowError) as error:
        raise Raised("error", str(error)[:60]) from None


def _subject(text: Value) -> str:
    if not isinstance(text, str) or len(text) > MAX_SUBJECT:
        raise Undecided(text.reason if isinstance(text, Unknown) else "the text that a pattern is tried on is not known")
    return str(text)


def _match(machine: Machine, found: re.Match[str] | None) -> Value:
    return None if found is None else machine.new(Instance(RE.entries["Match"], {HELD: found}))


def _held(machine: Machine, self: Ref) -> re.Match[str]:
    held = note(machine, self, HELD)
    if isinstance(held, re.Match):
        return held
    raise Undecided("a match is not known")


@RE.type("Match")
class Match:
    """What a pattern has found."""

    def group(machine: Machine, self: Ref, *groups: Value) -> Value:
        if not all(isinstance(group, (int, str)) for group in groups):
            raise Undecided("which group is meant is not known")
        try:
            return _held(machine, self).group(*groups)
        except IndexError:
            raise Raised("IndexError", "no such group") from None

    def __getitem__(machine: Machine, self: Ref, group: Value) -> Value:
        return machine.call(RE.entries["Match"].methods["group"], [self, group])

    def groups(machine: Machine, self: Ref, default: Value = None) -> Value:
        return _held(machine, self).groups(default)

    def groupdict(machine: Machine, self: Ref, default: Value = None) -> Ref:
        return machine.new(DictObject(dict(_held(machine, self).groupdict(default))))

    def start(machine: Machine, self: Ref) -> int:
        return _held(machine, self).start()

    def end(machine: Machine, self: Ref) -> int:
        return _held(machine, self).end()

    def span(machine: Machine, self: Ref) -> Value:
        return _held(machine, self).span()


def _search(machine: Machine, pattern: Value, string: Value, flags: Value = 0) -> Value:
    return _match(machine, _compiled(machine, pattern, flags).search(_subject(string)))


def _at_start(machine: Machine, pattern: Value, string: Value, flags: Value = 0) -> Value:
    return _match(machine, _compiled(machine, pattern, flags).match(_subject(string)))


def _whole(machine: Machine, pattern: Value, string: Value, flags: Value = 0) -> Value:
    return _match(machine, _compiled(machine, pattern, flags).fullmatch(_subject(string)))


def _all(machine: Machine, pattern: Value, string: Value, flags: Value = 0) -> Value:
    return machine.new(ListObject(tuple(_compiled(machine, pattern, flags).findall(_subject(string)))))


def _each(machine: Machine, pattern: Value, string: Value, flags: Value = 0) -> Value:
    return iterator(machine, [_match(machine, found) for found in _compiled(machine, pattern, flags).finditer(_subject(string))])


def _split(machine: Machine, pattern: Value, string: Value, maxsplit: Value = 0, flags: Value = 0) -> Value:
    if not isinstance(maxsplit, int):
        raise Undecided("how often a text is split is not known")
    return machine.new(ListObject(tuple(_compiled(machine, pattern, flags).split(_subject(string), maxsplit))))


def _substituted(machine: Machine, pattern: Value, repl: Value, string: Value, count: Value, flags: Value) -> tuple[str, int]:
    if not isinstance(count, int):
        raise Undecided("how often a text is replaced is not known")

    def replacement(found: re.Match[str]) -> str:
        text: Any = machine.call(repl, [_match(machine, found)])
        if not isinstance(text, str):
            raise Undecided("what a match is replaced by is not known")
        return str(text)

    if isinstance(repl, Unknown):
        raise Undecided(repl.reason)
    try:
        text, times = _compiled(machine, pattern, flags).subn(repl if isinstance(repl, str) else replacement, _subject(string), count)
    except (re.error, IndexError) as error:
        raise Raised("error", str(error)[:60]) from None
    check_count(len(text) * 10_000 // MAX_TEXT, "a text")
    return text, times


def _replaced(machine: Machine, pattern: Value, repl: Value, string: Value, count: Value = 0, flags: Value = 0) -> Value:
    return _substituted(machine, pattern, repl, string, count, flags)[0]


def _replaced_counting(machine: Machine, pattern: Value, repl: Value, string: Value, count: Value = 0, flags: Value = 0) -> Value:
    return _substituted(machine, pattern, repl, string, count, flags)


@RE.type("Pattern")
class Pattern:
    """A compiled pattern."""

    @computed
    def pattern(machine: Machine, self: Ref) -> Value:
        return _compiled(machine, self).pattern

    @computed
    def flags(machine: Machine, self: Ref) -> Value:
        return _compiled(machine, self).flags


BODIES: dict[str, Callable[..., Value]] = {
    "search": _search,
    "match": _at_start,
    "fullmatch": _whole,
    "findall": _all,
    "finditer": _each,
    "split": _split,
    "sub": _replaced,
    "subn": _replaced_counting,
}
for _name, _body in BODIES.items():
    RE.value(_name, Native(_name, RE.name, _body))
    RE.entries["Pattern"].methods[_name] = Native(f"Pattern.{_name}", RE.name, _body)


@RE.function("compile")
def compiled(machine: Machine, pattern: Value, flags: Value = 0) -> Value:
    return machine.new(Instance(RE.entries["Pattern"], {HELD: _compiled(machine, pattern, flags)}))


@RE.function("escape")
def escape(machine: Machine, pattern: Value) -> Value:
    return re.escape(_subject(pattern))

"""Whatever stands in a call of a declared name, dimlint itself does not fail: a call has a result, a Problem or a gap.

Functions, constructors, layers, methods and properties of every library are called with arguments that fit what they
declare, and with ones that nobody would give them. The machine is a real one, so a mistake shows as a gap of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dimlint.core.binding import Binder
from dimlint.core.dim import Shape, unknown_dim
from dimlint.core.library import Library
from dimlint.core.problem import OutOfFuel, Problem, Undecided, doubts
from dimlint.core.report import FAILED
from dimlint.core.value import (
    DictObject,
    HalfKnown,
    Instance,
    IteratorObject,
    LibraryClass,
    ListObject,
    ModuleName,
    Native,
    Property,
    Raised,
    Ref,
    SetObject,
    StaticMethod,
    Tensor,
    Unknown,
    Value,
)
from dimlint.interpreter.machine import Interpreter
from dimlint.libraries import LANGUAGE, LIBRARIES

WORDS = [
    *("", "a", "same", "valid", "SAME", "causal", "mean", "sum", "none", "channels_first", "channels_last", "constant", "reflect"),
    *("ij,jk->ik", "b (h w) -> b h w", "b c -> c", "...", "bilinear", "relu", "tanh", "float32", "int64"),
    *("xy", "N", "1.5", "0x1f", "\ud800", "%d%s", "{0:>9}"),
]
NUMBERS = [
    *(0, 1, 2, 3, 4, 7, 8, 64, -1, -2, -7, 10**30, -(10**30), 2**63),
    *(True, False, 0.5, 1.0, -2.5, 1e300, float("nan"), float("inf"), 1j),
]
SIZES = [1, 1, 2, 3, 4, 8, 0, 5]
OTHERS = [None, ..., b"", b"x", range(3), range(0), range(10**12), slice(None), slice(0, 2), slice(None, None, -1), ModuleName("torch")]
EXAMPLES = 12
SETTINGS = {
    "image_data_format": "channels_last",
    "keras_version": 3,
    "keras_dialect": 3,
    "keras_custom_objects": False,
    "torch_mode": "train",
}


PLAIN: dict[str, Any] = {
    "list": lambda machine, items: machine.new(ListObject(items)),
    "set": lambda machine, items: machine.new(SetObject(items)),
    "dict": lambda machine, items: machine.new(DictObject(dict(enumerate(items)))),
    "iterator": lambda machine, items: machine.new(IteratorObject(items)),
    "tuple": lambda machine, items: items,
    "str": lambda machine, items: "b c h w -> b (c h) w",
    "bytes": lambda machine, items: b"odd",
    "int": lambda machine, items: len(items),
    "float": lambda machine, items: 0.5,
    "complex": lambda machine, items: 1j,
    "range": lambda machine, items: range(len(items)),
    "slice": lambda machine, items: slice(1, 5, 2),
}
"""Values of Python's own types."""


class Odd:
    """Arguments for one machine."""

    def __init__(self, machine: Interpreter, rng: random.Random) -> None:
        self.machine = machine
        self.rng = rng

    def size(self) -> Any:
        rng = self.rng
        kind = rng.random()
        if kind < 0.75:
            return rng.choice(SIZES)
        if kind < 0.85:
            return unknown_dim("None", none=True)
        return unknown_dim("n", low=rng.choice([None, 0, 1, 5]), high=rng.choice([None, 5, 9]))

    def tensor(self, library: str | None = None) -> Tensor:
        rng = self.rng
        shape = Shape(*(self.size() for _ in range(rng.randint(0, 6))))
        name = library if library in ("torch", "keras", "numpy") and rng.random() < 0.9 else rng.choice(["torch", "keras", "numpy"])
        return Tensor(shape, name, rng.choice([None, None, "int64", "bool", "float32"]), name == "keras" and rng.random() < 0.5)

    def several(self, library: str, depth: int) -> tuple[Value, ...]:
        kind = self.rng.random()
        count = self.rng.randint(0, 4)
        if kind < 0.35:
            return tuple(self.size() for _ in range(count))
        if kind < 0.6:
            return tuple(self.tensor(library) for _ in range(count))
        return tuple(self.value(library, depth + 1) for _ in range(count))

    def value(self, library: str, depth: int = 0) -> Value:
        rng, new = self.rng, self.machine.new
        kind = rng.random()
        if kind < 0.25:
            return self.tensor(library)
        if kind < 0.4:
            return self.size()
        if kind < 0.55:
            return rng.choice([*NUMBERS, *WORDS])
        if kind < 0.8 and depth < 3:
            items = self.several(library, depth)
            return rng.choice([tuple, lambda given: new(ListObject(given)), lambda given: new(ListObject(given))])(items)
        if kind < 0.85 and depth < 3:
            items = self.several(library, depth)
            keys = [rng.choice([*WORDS, 0, 1, None]) for _ in items]
            return rng.choice([new(DictObject(dict(zip(keys, items)))), new(SetObject(tuple(keys))), new(IteratorObject(items))])
        if kind < 0.92:
            return rng.choice([Unknown("odd"), HalfKnown("odd", True), *OTHERS])
        return self.thing(library)

    def thing(self, library: str) -> Value:
        """An instance, a class, a function."""
        declared = self.rng.choice(declarations(self.rng.choice([library, "builtins", "torch", "keras"])))
        return self.made(declared) if isinstance(declared, LibraryClass) and self.rng.random() < 0.7 else declared

    def made(self, cls: LibraryClass) -> Value:
        """An instance of a library class, usually one that was constructed with its own arguments."""
        if cls.name in PLAIN:
            return PLAIN[cls.name](self.machine, self.several(cls.library, 2))
        if self.rng.random() < 0.1:
            return self.machine.new(Instance(cls))
        return called(self.machine, cls, *self.arguments(cls.layer or cls.methods.get("__init__"), cls.library))

    def arguments(self, declared: Any, library: str) -> tuple[list[Value], dict[str, Value]]:
        """Positional and keyword arguments for a function or a layer class, about as many as it takes."""
        if isinstance(declared, Native):
            binder = Binder(declared.body)
            hints = [p.annotation for p in binder.positional] + ([binder.rest.annotation] * 3 if binder.rest else [])
            names = [p.name for p in binder.keyword.values()]
        else:
            names = list(declared.fields) if declared is not None else []
            hints = [""] * len(names)
        count = self.rng.randint(0, len(hints) + (self.rng.random() < 0.1))
        args = [self.hinted(hint, library) for hint in [*hints, ""][:count]]
        left = [name for name in names[count:] if name not in ("self", "cls")]
        return args, {name: self.value(library) for name in self.rng.sample(left, min(len(left), self.rng.randint(0, 3)))}

    def hinted(self, hint: Any, library: str) -> Value:
        """A value that mostly fits an annotation."""
        rng = self.rng
        if rng.random() < 0.25:
            return self.value(library)
        hint = str(hint).removesuffix(" | None")
        if hint in ("Shape", "Tensor"):
            return self.tensor(library)
        if hint == "Shapes":
            return self.machine.new(ListObject(tuple(self.tensor(library) for _ in range(rng.randint(0, 3)))))
        if hint in ("Dim", "int"):
            return self.size() if rng.random() < 0.7 else rng.choice([-1, -2, *NUMBERS])
        if hint in ("Dims", "Ints"):
            return tuple(rng.choice([self.size(), -1]) for _ in range(rng.randint(0, 4)))
        if hint == "str":
            return rng.choice(WORDS)
        return self.value(library)


def calls_of(odd: Odd, value: Value) -> Iterator[tuple[Value, list[Value], dict[str, Value]]]:
    """A declared value called in every way there is: functions, constructors, layers, methods, properties."""
    if isinstance(value, StaticMethod):
        value = value.function
    if isinstance(value, Property):
        value = value.getter
    if isinstance(value, Native):
        yield (value, *odd.arguments(value, value.library))
    if isinstance(value, LibraryClass):
        yield (value, *odd.arguments(value.layer, value.library))
        made = odd.made(value)
        for method in {**value.methods}.values():
            for function, args, kwargs in calls_of(odd, method):
                yield function, [made, *args[1:]] if args and odd.rng.random() < 0.9 else args, kwargs
        if value.layer is not None:
            yield (made, *odd.arguments(Native("call", value.library, value.layer.output), value.library))
            yield made, [odd.tensor(value.library) for _ in range(odd.rng.randint(0, 2))], {}


def called(machine: Interpreter, function: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """What a call gives, as a program has it; the program's own exceptions and running out of fuel end it."""
    machine.fuel.steps = 30_000
    with suppress(Raised, OutOfFuel, RecursionError):
        return machine.call(function, args, kwargs)
    return None


def asked(machine: Interpreter, ref: Value) -> None:
    """What else is asked of a layer: its attributes, which may be its weights."""
    held = machine.store.get(ref.number) if isinstance(ref, Ref) else None
    if isinstance(held, Instance) and held.layer is not None:
        for name in (*held.layer.fields, "weight", "bias", "kernel"):
            with suppress(Undecided, Problem, Raised):
                held.layer.attribute(name)


@cache
def declarations(library: str) -> list[Value]:
    """All that a library declares, in the order of the names: they are declared in the order in which modules happen to be loaded."""
    entries = next(item.entries for item in LIBRARIES if item.name == library)
    return [entries[name] for name in sorted(entries)]


def failures(library: Library, seed: int) -> list[tuple[str, str]]:
    """Names whose calls dimlint fails at, and how."""
    machine = Interpreter(LIBRARIES, LANGUAGE, lambda *_: None, SETTINGS, 1_000_000)
    odd = Odd(machine, random.Random(seed))
    found: list[tuple[str, str]] = []
    with doubts() as machine.noted:
        for name, value in sorted(library.entries.items()):
            for function, args, kwargs in calls_of(odd, value):
                before = len(machine.record.gaps)
                result = called(machine, function, args, kwargs)
                try:
                    asked(machine, result)
                except Exception as error:
                    found.append((f"{name}{args} {kwargs}", f"asked: {type(error).__name__}: {error}"))
                told = [reason for _, reason in machine.record.gaps[before:] if reason.startswith(FAILED)]
                found += [(f"{name}{tuple(map(machine.plain, args))} {kwargs}", reason) for reason in told]
    return found


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_dimlint_bears_every_call(library: Library) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None)
    @given(st.integers(0, 10**9))
    def law(seed: int) -> None:
        assert failures(library, seed) == []

    law()

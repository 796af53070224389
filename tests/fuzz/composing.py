"""Programs put together by choices, whoever makes them: chance, or a fuzzer that has seen where other choices led."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.hostile import HEAD, ODD, ODD_HEAD

T = TypeVar("T")
NAMES = ["a", "b", "c", "f", "g", "A", "B", "net", "before", "t", "t4", "k", "k4", "self", "x", "nn", "torch", "keras", "u"]
ATTRIBUTES = ["shape", "a", "b", "forward", "call", "weight", "size", "T", "__class__", "__dict__", "append", "items", "view", "reshape"]
FUNCTIONS = [
    *("nn.Linear", "nn.Conv2d", "nn.Sequential", "nn.ModuleList", "nn.LSTM", "nn.MaxPool2d", "nn.Flatten", "nn.BatchNorm2d"),
    *("torch.randn", "torch.cat", "torch.stack", "torch.matmul", "nn.functional.relu", "nn.functional.interpolate", "keras.Input"),
    *("keras.layers.Dense", "keras.layers.Conv2D", "keras.layers.Concatenate", "keras.layers.LSTM", "keras.Model", "keras.Sequential"),
    *("range", "len", "list", "tuple", "dict", "zip", "map", "filter", "sorted", "isinstance", "getattr", "setattr", "hasattr", "super"),
    *("sum", "max", "min", "print", "iter", "next", "enumerate", "reversed", "type", "functools.partial", "copy.deepcopy", "math.floor"),
]
METHODS = [
    *("__init__", "__call__", "__getattr__", "__setattr__", "__getitem__", "__len__", "__iter__", "__next__", "__eq__", "__add__"),
    *("__enter__", "__exit__", "__new__", "__bool__", "forward", "call", "build", "training_step", "a", "b"),
]
SIGNS = ["+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in", "and", "or"]
DECORATORS = ["property", "staticmethod", "classmethod", "functools.lru_cache", "functools.wraps(f)", "torch.no_grad()", "f", "A"]
BASES = ["nn.Module", "keras.Model", "keras.layers.Layer", "object", "A", "B", "dict", "list", "tuple", "Exception", "nn.Sequential"]
HEADS = ["if {e}:", "elif {e}:", "else:", "if u:", "while {e}:", "for {n} in {e}:", "with {e} as {n}:", "try:", "match {e}:"]
MAX_DEPTH = 3
MAX_STATEMENTS = 24


class Composer:
    """Puts a program together. choose: a number below the one that it is given. inside, looping: where a statement is to stand."""

    def __init__(self, choose: Callable[[int], int]) -> None:
        self.choose = choose
        self.left = MAX_STATEMENTS
        self.inside = self.looping = False

    def program(self) -> str:
        """The whole program, with models to work on."""
        lines: list[str] = []
        while self.left > 0:
            lines += self.statement(0)
        return HEAD + ODD_HEAD + "u = int(input())\n" + "\n".join(lines) + "\n"

    def one(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.choose(len(items))]

    def expression(self, depth: int = 0) -> str:
        """An expression that is not nested too deeply."""
        if depth >= MAX_DEPTH:
            return self.one(NAMES) if self.choose(2) else self.one(ODD)

        def part() -> str:
            return self.expression(depth + 1)

        forms: list[Callable[[], str]] = [
            lambda: self.one(NAMES),
            lambda: self.one(ODD),
            lambda: f"{self.one(FUNCTIONS)}({self.arguments(depth)})",
            lambda: f"{self.one(NAMES)}({self.arguments(depth)})",
            lambda: f"({part()}).{self.one(ATTRIBUTES)}",
            lambda: f"({part()}).{self.one(ATTRIBUTES)}({self.arguments(depth)})",
            lambda: f"({part()} {self.one(SIGNS)} {part()})",
            lambda: f"({part()} {self.one(COMPARISONS)} {part()})",
            lambda: f"({part()})[{part()}]",
            lambda: f"{self.one(NAMES)}[{part()}:{part()}, ..., None]",
            lambda: f"[{part()}, *{part()}]",
            lambda: f"({part()}, {part()})",
            lambda: f"{{{part()}: {part()}, **{part()}}}",
            lambda: f"[{part()} for {self.one(NAMES)} in {part()} if {part()}]",
            lambda: f"({part()} for {self.one(NAMES)} in {part()})",
            lambda: f"({part()} if {part()} else {part()})",
            lambda: f"(lambda {self.one(NAMES)}=None, *b: {part()})",
            lambda: f"({self.one(NAMES)} := {part()})",
            lambda: "f'{" + self.one(NAMES) + "!r:>{u}}'",
            lambda: f"(not -{part()})",
        ]
        return self.one(forms)()

    def arguments(self, depth: int) -> str:
        """What stands between the brackets of a call."""
        parts = [self.expression(depth + 1) for _ in range(self.choose(4))]
        last = self.one(["", "", "a=net", "bias=True", "**b", "**{'x': t}"])
        return ", ".join([*(self.one(["", "", "*"]) + part for part in parts), *([last] if last else [])])

    def target(self) -> str:
        """What is assigned to."""
        form = self.one(["{n}", "{n}", "{n}", "{n}.a", "self.b", "{n}[{e}]", "{n}, *b", "(a, {n})"])
        return form.format(n=self.one(NAMES), e=self.one(ODD))

    def statement(self, depth: int) -> list[str]:
        """A statement with all that belongs to it."""
        self.left -= 1
        simple: list[Callable[[], str]] = [
            lambda: f"{self.target()} = {self.expression()}",
            lambda: f"{self.target()} = {self.expression()}",
            lambda: f"{self.one(NAMES)} {self.one(SIGNS)}= {self.expression()}",
            lambda: self.expression(),
            lambda: f"net({self.expression()})",
            lambda: f"del {self.one(NAMES)}",
            lambda: f"raise {self.expression()}",
            lambda: f"assert {self.expression()}",
            lambda: f"return {self.expression()}" if self.inside else "pass",
            lambda: f"b = yield {self.expression()}" if self.inside else "pass",
            lambda: f"yield from {self.expression()}" if self.inside else "pass",
            lambda: "if u: break" if self.looping else "pass",
            lambda: f"import {self.one(['torch', 'keras', 'os', 'functools', 'nowhere'])} as {self.one(NAMES)}",
        ]
        if depth >= MAX_DEPTH or self.choose(3):
            line = self.one(simple)()
            return [line] if self.choose(2) else ["try:", " " + line, "except Exception:", " pass"]
        return self.one([self.definition, self.klass, self.block])(depth)

    def suite(self, depth: int) -> list[str]:
        """Statements, indented."""
        return [" " + line for _ in range(self.choose(4) + 1) for line in self.statement(depth + 1)]

    def definition(self, depth: int) -> list[str]:
        """A function or method."""
        decorated = [f"@{self.one(DECORATORS)}"] if not self.choose(4) else []
        name = self.one(METHODS) if depth else self.one(["f", "g"])
        parameters = self.one(["self, x=None", "self, *a, **b", "x", "a, b=2, *, c=net", "", "self"])
        before, self.inside, self.looping = (self.inside, self.looping), True, False
        suite = self.suite(depth)
        self.inside, self.looping = before
        return [*decorated, f"def {name}({parameters}):", *suite]

    def klass(self, depth: int) -> list[str]:
        """A class."""
        bases = ", ".join(self.one(BASES) for _ in range(self.choose(3)))
        before, self.inside, self.looping = (self.inside, self.looping), False, False
        suite = self.suite(depth)
        self.inside, self.looping = before
        return [f"class {self.one(['A', 'B'])}({bases}):", *suite]

    def block(self, depth: int) -> list[str]:
        """A compound statement with what has to follow."""
        head, before = self.one(HEADS).format(n=self.one(NAMES), e=self.expression()), self.looping
        self.looping = head.startswith(("while", "for"))
        suite, self.looping = self.suite(depth), before
        if head == "try:":
            return [head, *suite, self.one(["except Exception as e:", "except:", "finally:"]), *self.suite(depth)]
        if head.startswith("match"):
            pattern = self.one(["[a, *b]", "{'a': a}", "A(a=1)", "1 | 2", "_ if a"])
            return [head, f" case {pattern}:", *(" " + line for line in suite)]
        return ["if u:", " pass", head, *suite] if head.startswith("el") else [head, *suite]


def composed(choose: Callable[[int], int]) -> str:
    """The program of these choices."""
    return Composer(choose).program()

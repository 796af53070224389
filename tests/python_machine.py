"""A small machine for tests of Python's own names: it evaluates expressions on a heap that is a dictionary."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from dimlint.core.binding import Binder
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassMethod,
    ClassObject,
    DictObject,
    Instance,
    IteratorObject,
    LibraryClass,
    ListObject,
    Machine,
    Method,
    ModuleName,
    Native,
    Partial,
    Property,
    Raised,
    Ref,
    SetObject,
    StaticMethod,
    SymbolicDim,
    Unknown,
    Value,
)
from dimlint.libraries.python import LIBRARIES, language
from dimlint.libraries.python.sequences import item

KINDS = {ListObject: "list", SetObject: "set", IteratorObject: "iterator"}
SIGNS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.LShift: "<<",
    ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in", ast.NotIn: "not in",
    ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
METHODS = {"+": "add", "*": "mul", "|": "or", "&": "and", "-": "sub", "^": "xor"}


class FakeMachine:
    """The part of the Machine protocol that Python's own names use."""

    settings: Mapping[str, Value] = {}

    def __init__(self) -> None:
        self.heap: dict[Ref, Any] = {}
        self.numbers = count()
        self.modules = {library.roots[0]: library for library in LIBRARIES}
        self.builtins = self.modules["builtins"].entries

    # -- heap

    def new(self, contents: Any) -> Ref:
        ref = Ref(next(self.numbers))
        self.heap[ref] = contents
        return ref

    def contents(self, ref: Ref) -> Any:
        held = self.heap[ref]
        if isinstance(held, Unknown):
            raise Undecided(held.reason)
        return held

    def update(self, ref: Ref, contents: Any) -> None:
        self.heap[ref] = contents

    def forget(self, ref: Ref, reason: str = "it was changed") -> None:
        self.heap[ref] = Unknown(reason)

    # -- classes and attributes

    def class_of(self, value: Value) -> Value:
        if isinstance(value, Ref):
            held = self.contents(value)
            if isinstance(held, Instance):
                return held.cls
            name = "type" if isinstance(held, ClassObject) else held.kind if isinstance(held, DictObject) else KINDS[type(held)]
            return self.builtins[name]
        if isinstance(value, LibraryClass):
            return self.builtins["type"]
        name = "int" if isinstance(value, SymbolicDim) else "tuple" if isinstance(value, tuple) else type(value).__name__
        return self.builtins[name]

    def mro(self, cls: Value) -> tuple[Value, ...]:
        return cls.mro if isinstance(cls, LibraryClass) else self.contents(cls).mro

    def attribute(self, value: Value, name: str) -> Value:
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, ModuleName):
            return self.modules[value.name].entries[name]
        held = self.contents(value) if isinstance(value, Ref) else None
        if isinstance(held, Instance) and name in held.attributes:
            return held.attributes[name]
        is_class = isinstance(value, LibraryClass) or isinstance(held, ClassObject)
        for cls in self.mro(value if is_class else self.class_of(value)):
            table = self.contents(cls).attributes if isinstance(cls, Ref) else cls.methods
            if name in table:
                return self.bind(table[name], value, is_class)
        raise Raised("AttributeError", name)

    def bind(self, found: Value, value: Value, is_class: bool) -> Value:
        if isinstance(found, StaticMethod):
            return found.function
        if isinstance(found, ClassMethod):
            return Method(found.function, value if is_class else self.class_of(value))
        if is_class:
            return found
        if isinstance(found, Property):
            return self.call(found.getter, [value])
        return Method(found, value) if isinstance(found, Native) else found

    def set_attribute(self, value: Value, name: str, new: Value) -> None:
        held = self.contents(value)
        self.update(value, Instance(held.cls, {**held.attributes, name: new}))

    # -- calls and questions

    def call(self, function: Value, args: Sequence[Value] = (), kwargs: Mapping[str, Value] | None = None) -> Value:
        kwargs = kwargs or {}
        if isinstance(function, Unknown):
            raise Undecided(function.reason)
        if isinstance(function, Method):
            return self.call(function.function, [function.receiver, *args], kwargs)
        if isinstance(function, Partial):
            return self.call(function.function, [*function.args, *args], {**function.kwargs, **kwargs})
        if isinstance(function, Native):
            binder = Binder(function.body)
            assert binder.wants_machine, function.name
            positional, keywords = binder.bind(args, kwargs)
            return function.body(self, *positional, **keywords)
        tables = [self.contents(cls).attributes if isinstance(cls, Ref) else cls.methods for cls in self.mro(function)]
        for table in tables:
            if "__new__" in table:
                return self.call(table["__new__"], [function, *args], kwargs)
        ref = self.new(Instance(function))
        for table in tables:
            if "__init__" in table:
                self.call(table["__init__"], [ref, *args], kwargs)
                break
        return ref

    def elements(self, value: Value) -> list[Value]:
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, (tuple, str, bytes, range)):
            return list(value)
        if not isinstance(value, Ref):
            raise Raised("TypeError", "not iterable")
        held = self.contents(value)
        if isinstance(held, Instance):
            return self.elements(self.call(self.attribute(value, "__iter__")))
        if isinstance(held, IteratorObject):
            self.update(value, IteratorObject())
        return list(held.items)

    def truth(self, value: Value) -> bool:
        held = self.contents(value) if isinstance(value, Ref) else None
        if isinstance(held, (ListObject, SetObject, DictObject)):
            return bool(held.items)
        return True if isinstance(value, Ref) else language.truth(value)

    def plain(self, value: Value) -> Value:
        held = self.heap[value] if isinstance(value, Ref) else None
        if isinstance(held, (ListObject, IteratorObject)):
            return [self.plain(item) for item in held.items]
        if isinstance(held, SetObject):
            return {self.plain(item) for item in held.items}
        if isinstance(held, DictObject):
            return {key: self.plain(item) for key, item in held.items.items()}
        return tuple(map(self.plain, value)) if isinstance(value, tuple) else value

    def binary(self, op: str, a: Value, b: Value, site: object = None) -> Value:
        if op == "%" and isinstance(a, str):
            return language.percent(a, self.plain(b))
        for value, other, prefix in ((a, b, ""), (b, a, "r")):
            if isinstance(value, Ref):
                return self.call(self.attribute(value, f"__{prefix}{METHODS[op]}__"), [other])
        return language.binary(op, a, b)

    def compare(self, op: str, a: Value, b: Value, site: object = None) -> Value:
        return language.compare(op, a, b, self)  # type: ignore[arg-type]

    def get_item(self, value: Value, index: Value, site: object = None) -> Value:
        if isinstance(value, (tuple, str, range)):
            return item(value, index)
        return self.call(self.attribute(value, "__getitem__"), [index])

    # -- expressions

    def run(self, text: str, **names: Value) -> Value:
        """The value of a Python expression; modules of Python are visible by name."""
        return self.evaluate(ast.parse(text, mode="eval").body, names)

    def evaluate(self, node: Any, names: Mapping[str, Value]) -> Value:
        return getattr(self, f"eval_{type(node).__name__.lower()}")(node, names)

    def eval_constant(self, node: Any, names: Mapping[str, Value]) -> Value:
        return node.value

    def eval_name(self, node: Any, names: Mapping[str, Value]) -> Value:
        found = names.get(node.id, self.builtins.get(node.id))
        return ModuleName(node.id) if found is None else found

    def eval_attribute(self, node: Any, names: Mapping[str, Value]) -> Value:
        return self.attribute(self.evaluate(node.value, names), node.attr)

    def eval_tuple(self, node: Any, names: Mapping[str, Value]) -> Value:
        return tuple(self.evaluate(item, names) for item in node.elts)

    def eval_list(self, node: Any, names: Mapping[str, Value]) -> Value:
        return self.new(ListObject(self.eval_tuple(node, names)))

    def eval_set(self, node: Any, names: Mapping[str, Value]) -> Value:
        return self.new(SetObject(tuple(dict.fromkeys(self.eval_tuple(node, names)))))

    def eval_dict(self, node: Any, names: Mapping[str, Value]) -> Value:
        return self.new(DictObject({self.evaluate(k, names): self.evaluate(v, names) for k, v in zip(node.keys, node.values)}))

    def eval_binop(self, node: Any, names: Mapping[str, Value]) -> Value:
        return self.binary(SIGNS[type(node.op)], self.evaluate(node.left, names), self.evaluate(node.right, names))

    def eval_unaryop(self, node: Any, names: Mapping[str, Value]) -> Value:
        return language.unary(SIGNS[type(node.op)], self.evaluate(node.operand, names))

    def eval_compare(self, node: Any, names: Mapping[str, Value]) -> Value:
        return self.compare(SIGNS[type(node.ops[0])], self.evaluate(node.left, names), self.evaluate(node.comparators[0], names))

    def eval_slice(self, node: Any, names: Mapping[str, Value]) -> Value:
        return slice(*(None if part is None else self.evaluate(part, names) for part in (node.lower, node.upper, node.step)))

    def eval_subscript(self, node: Any, names: Mapping[str, Value]) -> Value:
        return self.get_item(self.evaluate(node.value, names), self.evaluate(node.slice, names))

    def eval_call(self, node: Any, names: Mapping[str, Value]) -> Value:
        args: list[Value] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                args += self.elements(self.evaluate(argument.value, names))
            else:
                args.append(self.evaluate(argument, names))
        kwargs = {keyword.arg: self.evaluate(keyword.value, names) for keyword in node.keywords}
        return self.call(self.evaluate(node.func, names), args, kwargs)

    def eval_lambda(self, node: Any, names: Mapping[str, Value]) -> Value:
        def body(machine: Machine, /, *args: Value) -> Value:
            return self.evaluate(node.body, {**names, **{p.arg: value for p, value in zip(node.args.args, args)}})

        return Native("lambda", "builtins", body)

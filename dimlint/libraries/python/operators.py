"""``operator``."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.results import of_python
from dimlint.core.value import Instance, ListObject, Machine, Native, Ref, Value
from dimlint.libraries.python import functions
from dimlint.libraries.python.arithmetic import unary
from dimlint.libraries.python.library import find_method

OPERATOR = Library("python.operator", ("operator", "_operator"))
BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@", "lshift": "<<",
    "rshift": ">>", "and_": "&", "or_": "|", "xor": "^", "concat": "+",
}  # fmt: skip
IN_PLACE = {
    "iadd": "+", "isub": "-", "imul": "*", "itruediv": "/", "ifloordiv": "//", "imod": "%", "ipow": "**", "imatmul": "@", "ilshift": "<<",
    "irshift": ">>", "iand": "&", "ior": "|", "ixor": "^", "iconcat": "+",
}  # fmt: skip
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "is_": "is", "is_not": "is not"}
UNARY = {"neg": "-", "pos": "+", "invert": "~", "inv": "~"}


def _declare_operator(name: str, sign: str) -> None:
    def calculate(machine: Machine, a: Value, b: Value, /) -> Value:
        return machine.binary(sign, a, b, None)

    def compare(machine: Machine, a: Value, b: Value, /) -> Value:
        return machine.compare(sign, a, b, None)

    def apply(machine: Machine, a: Value, /) -> Value:
        return unary(sign, a)

    def change(machine: Machine, a: Value, b: Value, /) -> Value:
        return _changed(machine, name, sign, a, b)

    body = change if name in IN_PLACE else calculate if name in BINARY else compare if name in COMPARISONS else apply
    OPERATOR.value(name, Native(name, OPERATOR.name, body))


for _name, _sign in {**BINARY, **IN_PLACE, **COMPARISONS, **UNARY}.items():
    _declare_operator(_name, _sign)


def _changed(machine: Machine, name: str, sign: str, a: Value, b: Value) -> Value:
    """``a`` after ``a += b`` and the like: what can be changed is."""
    held = machine.contents(a) if isinstance(a, Ref) else None
    if isinstance(a, Ref) and isinstance(held, Instance):
        method = find_method(machine, a, f"__{name}__")
        return machine.binary(sign, a, b, None) if method is None else machine.call(method, (b,))
    if sign == "+" and isinstance(held, ListObject):
        machine.call(machine.attribute(a, "extend"), (b,))
        return a
    made = machine.binary(sign, a, b, None)
    if not isinstance(a, Ref):
        return made
    new = machine.contents(made) if isinstance(made, Ref) else None
    if new is not None and type(new) is type(held):
        machine.update(a, new)
    else:
        machine.forget(a)
    return a


@OPERATOR.function("not_")
def not_(machine: Machine, obj: Value, /) -> bool:
    return not machine.truth(obj)


@OPERATOR.function("truth")
def truth(machine: Machine, obj: Value, /) -> bool:
    return machine.truth(obj)


@OPERATOR.function("contains")
def contains(machine: Machine, container: Value, item: Value, /) -> Value:
    return machine.compare("in", item, container, None)


@OPERATOR.function("getitem")
def getitem(machine: Machine, obj: Value, key: Value, /) -> Value:
    return machine.get_item(obj, key, None)


@OPERATOR.function("index")
def index(machine: Machine, obj: Value, /) -> Value:
    return of_python(machine.call(machine.attribute(obj, "__index__")))


@OPERATOR.function("itemgetter")
def itemgetter(machine: Machine, key: Value, /, *more: Value) -> Native:
    keys = (key, *more)

    def body(machine: Machine, obj: Value, /) -> Value:
        found = tuple(machine.get_item(obj, key, None) for key in keys)
        return found if len(keys) > 1 else found[0]

    return Native("itemgetter", OPERATOR.name, body)


@OPERATOR.function("attrgetter")
def attrgetter(machine: Machine, name: Value, /, *more: Value) -> Native:
    names = (name, *more)

    def body(machine: Machine, obj: Value, /) -> Value:
        found = tuple(_follow(machine, obj, name) for name in names)
        return found if len(names) > 1 else found[0]

    return Native("attrgetter", OPERATOR.name, body)


def _follow(machine: Machine, obj: Value, path: Value) -> Value:
    if not isinstance(path, str):
        raise Undecided("the name of an attribute is not known")
    for name in path.split("."):
        obj = machine.attribute(obj, name)
    return obj


@OPERATOR.function("methodcaller")
def methodcaller(machine: Machine, name: str, /, *args: Value, **kwargs: Value) -> Native:
    def body(machine: Machine, obj: Value, /) -> Value:
        return machine.call(machine.attribute(obj, name), args, kwargs)

    return Native("methodcaller", OPERATOR.name, body)


OPERATOR.value("abs", Native("abs", OPERATOR.name, functions.absolute))


@OPERATOR.function("countOf")
def count_of(machine: Machine, a: Value, b: Value, /) -> int:
    return sum(machine.truth(machine.compare("==", item, b)) for item in machine.elements(a))

"""Arguments of an example, for a model that nobody builds: of the kind that its annotations name and its class makes use of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.example import ATTRIBUTES, CALL, ITEMS, KEYS, METHODS, OPTIONS, Example, ExampleNumber, Key
from dimlint.core.opening import OpenArgument, likely
from dimlint.core.problem import Undecided
from dimlint.core.value import ClassObject, DictObject, Function, Instance, LibraryClass, ListObject, Raised, Ref, Value
from dimlint.interpreter.annotations import parsed
from dimlint.interpreter.frame import MISSING, Site
from dimlint.nodes import every

if TYPE_CHECKING:
    from dimlint.interpreter.parameters import Parameters

SHAPE = "shape"
SEVERAL = {SHAPE: 3, "image": 2, "img": 2, "patch": 2, "": 4}
"""Items of a sequence by a word of its name, unless it is unpacked into another number."""
TUPLES = ("tuple", "Tuple")
NAMES = ("first", "second")
"""Keys of a dictionary."""
SEQUENCES = ("list", "List", "tuple", "Tuple", "Sequence", "Iterable")
OPTIONAL = ("Optional", "Union", "Annotated")
CLASSES = ("Type", "type", "Callable")
READERS = ("len", "zip", "enumerate", "list", "tuple", "sum", "reversed", "sorted")
"""Functions that take a sequence."""
HOLDERS = ("Sequential", "ModuleList", "deepcopy")
"""What takes modules."""


def example_of(machine: Parameters, example: Example, name: str, function: Function) -> Value:
    """An argument: what its annotation names, the number, some of them, a module, or something with attributes that are numbers."""
    key, number, body = (id(function.node), name), example.number, function.node.body
    if key in example.roles:
        return _given(machine, example, key, name, function)
    node = _annotation(name, function)
    named = _first_name(node)
    if named in ("float", "bool"):
        return {"float": 0.5, "bool": False}[named]
    if named == "int":
        usual = likely(name, number)
        return usual if isinstance(usual, int) else number
    made, asked = _annotated(machine, node, number, function), set(_attributes(body, name))
    if made is not None and _answers(machine, made, asked):
        return made
    uses = list(_uses(body, name))
    stand_in = _stand_in(machine, function.owner) if function.owner is not None else None
    if stand_in is not None and (CALL in uses or _is_module(machine, name, function)):
        return stand_in if CALL in uses else machine.call(stand_in, (number,))
    if ATTRIBUTES in uses:
        cls = _class_with(machine, asked, function)
        return cls if cls is not None else _with_attributes(machine, example, key, function)
    if KEYS in uses:
        return _keyed(machine, example, key, function)
    counts = [use for use in uses if isinstance(use, int)]
    if uses or named in SEQUENCES:
        items = _items_of(machine, example, key, function, counts[0] if counts else _count(name))
        return items if named in TUPLES or (named is None and SHAPE in name) else machine.new(ListObject(items))
    return _given(machine, example, key, name, function)


def _given(machine: Parameters, example: Example, key: Key, name: str, function: Function) -> Value:
    """An argument, or a part of one: a number, unless the program was seen to ask for something else."""
    role, what = example.roles.get(key, (None, None))
    if role == ITEMS:
        return machine.new(ListObject(_items_of(machine, example, key, function, what or _count(name))))
    if role == KEYS:
        return _keyed(machine, example, key, function)
    if role == ATTRIBUTES:
        return _with_attributes(machine, example, key, function)
    if role == OPTIONS:
        return machine.new(DictObject())
    if role == CALL:
        return _stand_in(machine, function.owner) if function.owner is not None else None
    if role is not None:
        return what
    usual = likely(name, example.number)
    return ExampleNumber.of(usual, example, key) if type(usual) is int else usual


def _class_with(machine: Parameters, names: set[str], function: Function) -> Ref | None:
    """A class of modules beside a function that has these attributes itself, if any: ``block.expansion`` tells that it is one.

    One that the module defines comes before those that it imports.
    """
    unit, found = function.scope.unit, []
    for value in machine.store.scope(unit.scope.number).values() if names else ():
        if isinstance(value, Ref) and value != function.owner:
            held = machine.store.get(value.number)
            if isinstance(held, ClassObject) and names <= held.attributes.keys() and _stand_in(machine, value) is not None:
                found.append((isinstance(held.site, Site) and held.site.unit is unit, value))
    return max(found, key=lambda item: item[0])[1] if found else None


def _count(name: str) -> int:
    """How many items a sequence of this name is likely to have."""
    return next(count for word, count in SEVERAL.items() if word in name)


def _items_of(machine: Parameters, example: Example, key: Key, function: Function, count: int) -> tuple[Value, ...]:
    """The items of an argument, which are alike."""
    owner, path = key
    return tuple(_given(machine, example, (owner, f"{path}[]"), path, function) for _ in range(count))


def _keyed(machine: Parameters, example: Example, key: Key, function: Function) -> Value:
    """A dictionary of items that are alike."""
    return machine.new(DictObject(dict(zip(NAMES, _items_of(machine, example, key, function, len(NAMES))))))


def _with_attributes(machine: Parameters, example: Example, key: Key, function: Function) -> OpenArgument:
    owner, path = key
    return OpenArgument.example(path, lambda name: _given(machine, example, (owner, f"{path}.{name}"), name, function))


def part_of(machine: Parameters, number: int, name: str, function: Function) -> Value:
    """A module of the program's that an annotation names, for an argument that may be left out; None if it names none."""
    made = _annotated(machine, _annotation(name, function), number, function)
    return made if isinstance(made, Ref) else None


def annotation_of(name: str, function: Function) -> str | None:
    """The name that a parameter is annotated with; of ``List[int]`` it is ``List``."""
    return _first_name(_annotation(name, function))


def _annotation(name: str, function: Function) -> Any:
    """The annotation of a parameter, without the ``Optional`` around it."""
    parameters = function.node.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    node = next((p.annotation.annotation for p in every if p.name.value == name and p.annotation is not None), None)
    node = parsed(node) if isinstance(node, cst.SimpleString) else node
    if isinstance(node, cst.Subscript) and _first_name(node) in OPTIONAL:
        return _items(node)[0]
    return node.left if isinstance(node, cst.BinaryOperation) else node


def _items(node: cst.Subscript) -> list[Any]:
    return [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)] or [None]


def _first_name(annotation: Any) -> str | None:
    node = annotation.value if isinstance(annotation, cst.Subscript) else annotation
    node = node.attr if isinstance(node, cst.Attribute) and isinstance(annotation, cst.Subscript) else node
    return node.value if isinstance(node, cst.Name) else None


def _annotated(machine: Parameters, node: Any, number: int, function: Function) -> Value:
    """A module, some of them, or a class of modules, if the annotation names such, or what holds settings; else None."""
    if not isinstance(node, cst.Subscript):
        made = _built(machine, _class_of(machine, node, function), number)
        return made if made is not None else _settings(machine, _named_class(machine, node, function), number)
    named, items = _first_name(node), _items(node)
    if named == "Literal":
        return machine.quietly(lambda: machine.evaluate(items[0], function.scope))
    if named in SEQUENCES:
        made = _annotated(machine, items[0], number, function) or _built(machine, _named_class(machine, items[0], function), number)
        return (made,) * SEVERAL[""] if made is not None else None
    return _class_of(machine, items[-1], function) if named in CLASSES else None


def _named_class(machine: Parameters, node: Any, function: Function) -> Value:
    """The class that an annotation names, of the program or of a library; None for others."""
    if not isinstance(node, (cst.Name, cst.Attribute)):
        return None
    cls = machine.quietly(lambda: machine.evaluate(node, function.scope))
    known = isinstance(cls, LibraryClass) or (isinstance(cls, Ref) and isinstance(machine.store.get(cls.number), ClassObject))
    return cls if known else None


def _class_of(machine: Parameters, node: Any, function: Function) -> Value:
    """The class of modules that an annotation names; for a library's, what stands for any. None for others."""
    while isinstance(node, cst.Subscript) and _first_name(node) in OPTIONAL:
        node = _items(node)[0]
    cls = _named_class(machine, node, function)
    found = _stand_in(machine, cls) if cls is not None else None
    return cls if found is not None and isinstance(cls, Ref) else found


def _stand_in(machine: Parameters, cls: Value) -> LibraryClass | None:
    """What stands for any module in a program whose class this is, if it is a module's."""
    bases = [base for base in machine.mro(cls) if isinstance(base, LibraryClass)]
    return next((machine.libraries[base.library].stand_in for base in bases if base.name == machine.libraries[base.library].base), None)


def _built(machine: Parameters, cls: Value, number: int) -> Value:
    """A module of a class, with the arguments of the example."""
    init = machine.class_attribute(machine.mro(cls), "__init__") if isinstance(cls, Ref) else None
    if isinstance(init, Function) and id(init.node) not in machine.open_ended:
        built = machine.record.built
        before = len(built)
        with machine.taking(parts_are_given=True):
            made = machine.on_defaults(init, lambda: machine.call(cls))
        del built[before:]  # nobody builds them: their classes are tried by themselves
        return made
    stand_in = _stand_in(machine, cls) if cls is not None else None
    return machine.call(stand_in, (number,)) if stand_in is not None else None


def _settings(machine: Parameters, cls: Value, number: int) -> Value:
    """An object of a class of the program's, built with its defaults or those of the example; None for any other class.

    Numbers that stand for what is set later are those of the example.
    """
    if not isinstance(cls, Ref) or any(isinstance(base, LibraryClass) and base.name == "Protocol" for base in machine.mro(cls)):
        return None
    init = machine.class_attribute(machine.mro(cls), "__init__")
    made: Value = None
    with suppress(Raised, Undecided):
        if not isinstance(init, Function):
            made = machine.call(cls)
        elif id(init.node) not in machine.open_ended:
            made = machine.on_defaults(init, lambda: machine.call(cls))
    held = machine.store.get(made.number) if isinstance(made, Ref) else None
    for name, value in held.attributes.items() if isinstance(held, Instance) else ():
        if type(value) is int and machine.is_placeholder(name, value):
            machine.set_attribute(made, name, likely(name, number))
    return made


def _answers(machine: Parameters, made: Value, names: set[str]) -> bool:
    """Whether settings have what the program asks them for; others may have been put into them."""
    held = machine.store.get(made.number) if isinstance(made, Ref) else None
    if not isinstance(held, Instance) or _stand_in(machine, held.cls) is not None:
        return True
    order = machine.mro(held.cls)
    return all(name in held.attributes or machine.class_attribute(order, name) is not MISSING for name in names)


def _is_module(machine: Parameters, name: str, function: Function) -> bool:
    """Whether an argument is kept as an attribute that the class calls, or put among modules."""
    if "held" in _uses(function.node.body, name):
        return True
    held = machine.store.get(function.owner.number) if function.owner is not None else None
    node = held.site.node if isinstance(held, ClassObject) and held.site is not None else None
    kept = set(_kept_as(function.node.body, name))
    return isinstance(node, cst.ClassDef) and bool(kept) and not kept.isdisjoint(_called(node.body))


def _uses(body: Any, name: str) -> Iterator[str | int]:
    """What code does with a name: the number of items that it unpacks, what it asks of it, ``held`` if it puts it among modules."""
    for node in every(body):
        kind = type(node)
        if kind is cst.Attribute and _is(node.value, name):
            yield METHODS.get(node.attr.value, ATTRIBUTES)
        elif kind is cst.Assign and _is(node.value, name) and type(node.targets[0].target) in (cst.Tuple, cst.List):
            yield len(node.targets[0].target.elements)
        elif kind is cst.Call and _is(node.func, name):
            yield CALL
        elif kind is cst.Call and _last_name(node.func) in HOLDERS and _holds(node, name):
            yield "held"
        elif kind in _READING and _reads_items(node, name):
            yield ATTRIBUTES if _is_named(node) else ITEMS


def _attributes(body: Any, name: str) -> Iterator[str]:
    """What code asks a name for."""
    return (node.attr.value for node in every(body) if type(node) is cst.Attribute and _is(node.value, name))


def _kept_as(body: Any, name: str) -> Iterator[str]:
    """The attributes that are set to what a name means."""
    for node in every(body):
        for target, value in _assigned(node) if type(node) is cst.Assign else ():
            if isinstance(target, cst.Attribute) and _is(value, name):
                yield target.attr.value


def _assigned(node: cst.Assign) -> Iterator[tuple[Any, Any]]:
    """What an assignment sets, each with the expression of its value, also in ``a, b = c, d``."""
    kinds = (cst.Tuple, cst.List)
    for item in node.targets:
        target, value = item.target, node.value
        if isinstance(target, kinds) and isinstance(value, kinds):
            yield from zip((element.value for element in target.elements), (element.value for element in value.elements))
        else:
            yield target, value


def _called(body: Any) -> Iterator[str]:
    """The attributes that code calls: ``self.net(x)``."""
    for node in every(body):
        if type(node) is cst.Call and isinstance(node.func, cst.Attribute) and _is(node.func.value, "self"):
            yield node.func.attr.value


_READING = (cst.Subscript, cst.For, cst.CompFor, cst.Call, cst.StarredElement)


def _holds(call: cst.Call, name: str) -> bool:
    """Whether a name is an argument of a call, or an item of a list that is."""
    values = [arg.value for arg in call.args if not arg.star]
    inner = [element.value for value in values if isinstance(value, (cst.List, cst.Tuple)) for element in value.elements]
    return any(_is(value, name) for value in (*values, *inner))


def _reads_items(node: Any, name: str) -> bool:
    if isinstance(node, (cst.Subscript, cst.StarredElement)):
        return _is(node.value, name)
    if isinstance(node, (cst.For, cst.CompFor)):
        return _is(node.iter, name)
    reader = type(node.func) is cst.Name and node.func.value in READERS
    return any(_is(arg.value, name) and (reader or arg.star == "*") for arg in node.args)


def _is_named(node: Any) -> bool:
    """Whether it is ``x["name"]``."""
    index = node.slice[0].slice if type(node) is cst.Subscript else None
    return isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString)


def _last_name(node: Any) -> str:
    node = node.attr if isinstance(node, cst.Attribute) else node
    return str(node.value) if isinstance(node, cst.Name) else ""


def _is(node: Any, name: str) -> bool:
    return type(node) is cst.Name and node.value == name

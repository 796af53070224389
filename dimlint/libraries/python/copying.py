"""``copy``: new objects on the heap. Functions and classes are shared, and so are layer declarations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.results import FROZEN
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Instance,
    IteratorObject,
    ListObject,
    Machine,
    Ref,
    SetObject,
    Tensor,
    Unknown,
    Value,
)
from dimlint.libraries.python.library import find_method
from dimlint.libraries.python.limits import MAX_DEPTH, check_count
from dimlint.libraries.python.rebuilding import hooks_of, rebuilt_by

COPY = Library("python.copy", ("copy",))


@COPY.function("copy")
def shallow(machine: Machine, x: Value) -> Value:
    if isinstance(x, Tensor):
        return replace(x) if x.variable is None else Unknown("what a shallow copy of a parameter shares with it is not followed")
    if not isinstance(x, Ref):
        return x
    method = find_method(machine, x, "__copy__")
    if method is not None:
        return machine.call(method)
    contents = machine.contents(x)
    if isinstance(contents, ClassObject):
        return x
    if isinstance(contents, IteratorObject):
        raise Undecided("a copy of an iterator is not modelled")
    hooks = hooks_of(machine, x)
    if hooks:
        made: list[Value] = []
        rebuilt_by(machine, x, hooks, lambda part: part, made.append)
        return made[-1]
    return machine.new(contents)


@COPY.function("deepcopy")
def deep(machine: Machine, x: Value, memo: Value = None) -> Value:
    copying = _DeepCopy(machine)
    copied = copying.copy(x, 0)
    copying.keep_frozen()
    return copied


class _DeepCopy:
    """One deep copy: objects and tensors that are met twice are copied once."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.copies: dict[Ref, Value] = {}
        self.tuples: dict[int, tuple[tuple[Value, ...], Value]] = {}
        self.tensors: dict[int, tuple[Tensor, Value]] = {}

    def copy(self, value: Value, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise Undecided("an object is nested too deeply to be copied")
        if isinstance(value, Ref):
            if value not in self.copies:
                check_count(len(self.copies) + 1, "a deep copy")
                self.copy_object(value, depth)
            return self.copies[value]
        if type(value) is tuple:
            if id(value) not in self.tuples:
                check_count(len(self.tuples) + 1, "a deep copy")
                self.tuples[id(value)] = (value, tuple(self.copy(item, depth + 1) for item in value))
            return self.tuples[id(value)][1]
        if isinstance(value, Tensor):
            if id(value) not in self.tensors:
                self.tensors[id(value)] = (value, self.copy_tensor(value, depth))
            return self.tensors[id(value)][1]
        return value

    def copy_tensor(self, value: Tensor, depth: int) -> Value:
        """A parameter is told from others by the object that it belongs to, so that those which share it share its copy."""
        if value.variable is None:
            return replace(value)
        owner, name = value.variable
        if owner not in self.copies and _deep_copied_by_itself(self.machine, owner):
            return Unknown("how an object is copied is not known")
        copied = self.copy(owner, depth + 1)
        if not isinstance(copied, Ref):
            return Unknown(copied.reason if isinstance(copied, Unknown) else "what a parameter belongs to is not known")
        return replace(value, variable=(copied, name))

    def keep_frozen(self) -> None:
        """A copy of a parameter that is not trained is not trained."""
        frozen = self.machine.settings.get(FROZEN, frozenset())
        if isinstance(frozen, frozenset):
            copies = {(self.copies[owner], name) for owner, name in frozen if isinstance(self.copies.get(owner), Ref)}
            if not copies <= frozen:
                self.machine.change_setting(FROZEN, frozen | copies)

    def copy_object(self, ref: Ref, depth: int) -> None:
        machine = self.machine
        try:
            method = find_method(machine, ref, "__deepcopy__")
            contents = machine.contents(ref)
        except Undecided as undecided:
            self.copies[ref] = Unknown(undecided.reason)
            return
        if method is not None:
            self.copies[ref] = machine.call(method, [machine.new(DictObject())])
        elif isinstance(contents, ClassObject):
            self.copies[ref] = ref
        elif isinstance(contents, IteratorObject):
            raise Undecided("a copy of an iterator is not modelled")
        elif hooks := hooks_of(machine, ref):
            rebuilt_by(machine, ref, hooks, lambda part: self.copy(part, depth + 1), lambda made: self.copies.update({ref: made}))
        else:
            self.copies[ref] = new = machine.new(contents)
            machine.update(new, _rebuilt(contents, lambda value: self.copy(value, depth + 1)))


def _deep_copied_by_itself(machine: Machine, ref: Ref) -> bool:
    """Whether the class of an object says how it is copied, or is not known."""
    try:
        return find_method(machine, ref, "__deepcopy__") is not None
    except Undecided:
        return True


def _rebuilt(contents: ListObject | SetObject | DictObject | Instance, copy: Callable[[Value], Value]) -> Value:
    if isinstance(contents, (ListObject, SetObject)):
        return replace(contents, items=tuple(map(copy, contents.items)))
    if isinstance(contents, DictObject):
        return replace(contents, items={copy(key): copy(value) for key, value in contents.items.items()})
    return replace(contents, attributes={name: copy(value) for name, value in contents.attributes.items()})

"""Functions and classes as the program defines them: defaults, bases, decorators, exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import libcst as cst

from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassMethod,
    ClassObject,
    DictObject,
    Function,
    Instance,
    IteratorObject,
    LibraryClass,
    Property,
    Raised,
    Ref,
    StaticMethod,
    Unknown,
    Value,
)
from dimlint.interpreter.anchoring import Anchoring
from dimlint.interpreter.attempts import SWALLOWED, Final
from dimlint.interpreter.frame import MISSING, Control, Scope, Site

IMPLICIT = {"__new__": StaticMethod, "__init_subclass__": ClassMethod, "__class_getitem__": ClassMethod}
MERGED_A_STEP = 64
"""Comparisons of bases that cost as much fuel as one statement."""
FAILURE_CONTEXTS = frozenset(["raises", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "suppress"])
"""Context managers for code that is expected to fail."""


class Classes(Anchoring):
    """Definitions."""

    def make_function(self, name: str, node: Any, parameters: cst.Parameters, scope: Scope) -> Function:
        """The value of a ``def`` or ``lambda``; defaults are evaluated now."""
        defaults: dict[str, Value] = {}
        for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
            if parameter.default is not None:
                defaults[parameter.name.value] = self.evaluate(parameter.default, scope)
        owner = scope.owner if scope.kind != "module" else None
        return Function(name, node, scope, defaults, Site(scope.unit, node), owner)

    def decorate(self, made: Value, decorators: Sequence[cst.Decorator], scope: Scope) -> Value:
        """Apply decorators. One that is not understood is taken to give back what it was given."""
        for decorator in reversed(decorators):
            node = decorator.decorator
            if isinstance(node, cst.Attribute) and node.attr.value in ("setter", "getter", "deleter"):
                earlier = self.evaluate(node.value, scope)
                if isinstance(earlier, Property):
                    made = _extended(earlier, node.attr.value, made)
                    continue
            value = self.evaluate(node, scope)
            if isinstance(value, Unknown):
                continue
            result = self.call(value, (made,))
            made = made if isinstance(result, Unknown) else result
        return made

    def make_class(self, node: cst.ClassDef, scope: Scope) -> Ref:
        """The value of a class statement."""
        bases = tuple(self._base(argument, scope) for argument in node.bases) + self._metaclass(node, scope)
        ref = self.new(ClassObject(node.name.value, bases, (), {}))
        body = Scope(scope.unit, scope, "class", owner=ref)
        self.run_suite(node.body, body)
        attributes = {name: self._implicit(name, value) for name, value in self.store.scope(body.number).items()}
        mro = (ref, *self._linearize(bases))
        self.update(ref, ClassObject(node.name.value, bases, mro, attributes, Site(scope.unit, node), node.name.value))
        self.defined_classes.append(ref)
        self.derived_from.update(base for base in mro[1:] if isinstance(base, Ref))
        return ref

    def _metaclass(self, node: cst.ClassDef, scope: Scope) -> tuple[Value, ...]:
        """A metaclass of the program may do anything: it is taken for a base that is not known."""
        given = [self.evaluate(argument.value, scope) for argument in node.keywords if argument.star == "**" or _is_metaclass(argument)]
        return (Unknown("a metaclass is not followed"),) if any(isinstance(value, Ref) for value in given) else ()

    def _base(self, argument: cst.Arg, scope: Scope) -> Value:
        if argument.star:
            return Unknown("the bases of a class are not followed")
        value = self.evaluate(argument.value, scope)
        if isinstance(value, LibraryClass):
            return value
        if isinstance(value, Ref) and isinstance(self.store.get(value.number), ClassObject):
            return value
        return value if isinstance(value, Unknown) else Unknown("a base class is not followed")

    def _implicit(self, name: str, value: Value) -> Value:
        return IMPLICIT[name](value) if name in IMPLICIT and isinstance(value, Function) else value

    def _linearize(self, bases: tuple[Value, ...]) -> list[Value]:
        """C3; an inconsistent order is Unknown, as Python refuses it."""
        if len(bases) == 1:
            return list(self.mro(bases[0]))
        sequences = [list(self.mro(base)) for base in bases] + [list(bases)]
        self.burn(sum(map(len, sequences)) ** 2 // MERGED_A_STEP)
        result: list[Value] = []
        while sequences := [sequence for sequence in sequences if sequence]:
            head = next((s[0] for s in sequences if not any(_holds(other[1:], s[0]) for other in sequences)), None)
            if head is None:
                return [*result, Unknown("the bases of a class have no consistent order")]
            result.append(head)
            sequences = [sequence[1:] if sequence[0] is head or _equal(sequence[0], head) else sequence for sequence in sequences]
        return result

    def annotate(self, scope: Scope, name: str) -> None:
        """Remember an annotated name of a class body, in order, for dataclasses."""
        earlier = self.store.get((scope.number, "__annotations__"))
        names = () if earlier is MISSING else earlier
        self.store.set((scope.number, "__annotations__"), (*names, name))

    # -- exceptions and contexts

    def exception_name(self, value: Value, node: Any) -> str:
        """The class name of what a ``raise`` statement raises."""
        if isinstance(value, Ref):
            held = self.store.get(value.number)
            return self.class_name(held.cls if isinstance(held, Instance) else value)
        if isinstance(value, LibraryClass):
            return value.label
        name = node.func if isinstance(node, cst.Call) else node
        return name.value if isinstance(name, cst.Name) else "Exception"

    def exception_bases(self, raised: Raised) -> set[str]:
        """Names of all classes that an ``except`` clause may name to catch it; ``?`` if not all are known."""
        cls: Value = raised.value
        if isinstance(cls, Unknown):
            return {"?", raised.kind, "BaseException"}
        if isinstance(cls, Ref):
            held = self.store.get(cls.number)
            cls = held.cls if isinstance(held, Instance) else cls
        elif not isinstance(cls, LibraryClass):
            cls = self.builtins.get(raised.kind)
        named = {self.class_name(item) for item in self.mro(cls)} if cls is not None else set()
        return named | {raised.kind, "BaseException"} | ({"Exception"} if raised.kind not in ("SystemExit", "KeyboardInterrupt") else set())

    def expects_failure(self, node: Any) -> bool:
        """Whether a context manager is there for code that fails: ``pytest.raises(...)``."""
        name = node.func if isinstance(node, cst.Call) else node
        text = name.attr.value if isinstance(name, cst.Attribute) else name.value if isinstance(name, cst.Name) else ""
        return text in FAILURE_CONTEXTS

    def enter_context(self, manager: Value) -> Value:
        """What ``with manager as x`` binds."""
        lost = Unknown("what a context manager gives is not known")
        if self.is_generator(manager):
            return next(iter(self.quietly(lambda: tuple(self.elements(manager)[:1]))), lost)
        if isinstance(manager, Ref):
            try:
                return self.call(self.attribute(manager, "__enter__"))
            except (Undecided, Raised):
                return lost
        return lost

    def is_generator(self, manager: Value) -> bool:
        """Whether this is what a function with ``yield`` gives: as a context manager, it runs up to there on entry."""
        return isinstance(manager, Ref) and isinstance(self.store.get(manager.number), IteratorObject)

    def leave_context(self, manager: Value) -> Final | None:
        """The call of ``__exit__``, if the program defines it."""
        method = self.quietly(lambda: self.class_attribute(self.mro(self.class_of(manager)), "__exit__"))
        if not isinstance(method, Function):
            return None

        def leave(raised: Raised | None) -> Control | None:
            told = Unknown("an exception") if raised is not None else None
            answer = self.call(method, (manager, told, told, told))
            return SWALLOWED if raised is not None and (isinstance(answer, Unknown) or self.truth(answer)) else None

        return leave

    # -- small objects

    def keyword_dict(self, items: Mapping[str, Value]) -> Value:
        return self.new(DictObject(dict(items)))

    defined_classes: list[Ref]
    derived_from: set[Ref]
    """Classes of the program that another one builds on."""


def _extended(earlier: Property, which: str, made: Value) -> Property:
    return Property(earlier.getter, made) if which == "setter" else Property(made if which == "getter" else earlier.getter, earlier.setter)


def _is_metaclass(argument: cst.Arg) -> bool:
    return argument.keyword is not None and argument.keyword.value == "metaclass"


def _equal(a: Value, b: Value) -> bool:
    return a is b or (isinstance(a, Ref) and isinstance(b, Ref) and a == b)


def _holds(values: Sequence[Value], value: Value) -> bool:
    return any(_equal(item, value) for item in values)

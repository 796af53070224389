"""Functions as the program defines them: defaults, decorators; exceptions and contexts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import libcst as cst

from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Function,
    Instance,
    IteratorObject,
    LibraryClass,
    Native,
    Property,
    Raised,
    Ref,
    Unknown,
    Value,
)
from dimlint.interpreter.attempts import SWALLOWED, Final
from dimlint.interpreter.defining import Defining
from dimlint.interpreter.frame import MISSING, Control, Scope, Site, serial
from dimlint.interpreter.joining import join_values
from dimlint.interpreter.swallowing import may_swallow
from dimlint.nodes import docstring

PARAMETERS = "*parameters"
"""Attribute of a function by which libraries learn the names and kinds of its parameters."""
ANNOTATION = "*annotation"
"""Attribute of a function by which libraries learn its first annotation."""

LEAVING = frozenset(["python.contextlib", "python.mock", "tools.pytest"])
"""Libraries whose context managers do something when they are left."""


class Functions(Defining):
    """Definitions."""

    def make_function(self, name: str, node: Any, parameters: cst.Parameters, scope: Scope) -> Function:
        """The value of a ``def`` or ``lambda``; defaults are evaluated now."""
        defaults: dict[str, Value] = {}
        for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
            if parameter.default is not None:
                defaults[parameter.name.value] = self.evaluate(parameter.default, scope)
        owner = scope.owner if scope.kind != "module" else None
        return Function(name, node, scope, defaults, Site(scope.unit, node), owner, scope.qualified(name), serial())

    def decorate(self, made: Value, decorators: Sequence[cst.Decorator], scope: Scope) -> Value:
        """Apply decorators. One that is not understood is taken to give back what it was given."""
        for decorator in reversed(decorators):
            node = decorator.decorator
            if isinstance(node, cst.Attribute) and node.attr.value in ("setter", "getter", "deleter"):
                earlier = self.evaluate(node.value, scope)
                if isinstance(earlier, Property):
                    made = self.call(self.attribute(earlier, node.attr.value), (made,))
                    continue
            value = self.evaluate(node, scope)
            result = value if isinstance(value, Unknown) else self.call(value, (made,))
            if isinstance(result, Unknown):
                self._may_be_remade(made, result.reason)
            else:
                made = result
        return made

    def _may_be_remade(self, made: Value, reason: str) -> None:
        """A decorator that is not followed may make a constructor and attributes of the annotations of a class, as ``dataclass`` does."""
        held = self.store.get(made.number) if isinstance(made, Ref) else None
        if not isinstance(made, Ref) or not isinstance(held, ClassObject) or "__init__" in held.attributes:
            return
        names = [name for name, _ in held.attributes.get("__annotations__", ())]
        if names:
            lost = Unknown(reason)
            attributes = {**held.attributes, **{name: lost for name in names if name in held.attributes}}
            self.update(made, replace(held, mro=(held.mro[0], lost, *held.mro[1:]), attributes=attributes))

    def told_of(self, function: Function, name: str) -> Value:
        """What Python itself tells of a function, or MISSING."""
        parameters = function.node.params
        if name == "__name__":
            return function.name
        if name == "__qualname__":
            return function.qualified_name or Unknown("the qualified name of a function is not known")
        if name == "__module__":
            return function.scope.unit.name
        if name == "__doc__":
            return docstring(function.node)
        if name == "__defaults__":
            named = [p.name.value for p in (*parameters.posonly_params, *parameters.params)]
            return tuple(function.defaults[name] for name in named if name in function.defaults) or None
        if name == "__kwdefaults__":
            named = [p.name.value for p in parameters.kwonly_params]
            given = {name: function.defaults[name] for name in named if name in function.defaults}
            made = self.keyword_dict(given) if given else None
            if made is not None:  # what is put into it counts
                self.store.set((function.number, name), made)
            return made
        if name == PARAMETERS:
            return tuple(_parameters(parameters))
        if name == ANNOTATION:
            stated = [p.annotation for p in (*parameters.posonly_params, *parameters.params) if p.annotation is not None]
            return self.evaluate(stated[0].annotation, function.scope) if stated else Unknown("an annotation is missing")
        return MISSING

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

    def enter_context(self, manager: Value, waits: bool = False) -> Value:
        """What ``with manager as x`` binds, or ``async with``."""
        lost = Unknown("what a context manager gives is not known")
        if self.is_generator(manager):
            return self.quietly(lambda: self.next_item(manager))
        if isinstance(manager, Ref):
            try:
                entered = self.call(self.attribute(manager, "__aenter__" if waits else "__enter__"))
                return self.awaited(entered) if waits else entered
            except (Undecided, Raised):
                return lost
        return lost

    def is_generator(self, manager: Value) -> bool:
        """Whether this is what a function with ``yield`` gives: as a context manager, it runs up to there on entry."""
        return isinstance(manager, Ref) and isinstance(self.store.get(manager.number), IteratorObject)

    def call_inside(self, manager: Value, function: Value, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """Call a function inside of a context manager."""
        self.enter_context(manager)
        leave, swallows, risks = self.leave_context(manager), may_swallow(self, manager), self.record.risks  # type: ignore[arg-type]
        try:
            with self.muted(swallows):
                result = self.call(function, args, kwargs)
        except Raised as raised:
            ended = leave(raised) if leave is not None else None
            if ended is None:
                raise
            return None
        if leave is not None:
            leave(None)
        return join_values(result, None) if swallows and self.record.risks != risks else result

    def leave_context(self, manager: Value, waits: bool = False) -> Final | None:
        """The call of ``__exit__``, if the program defines it."""
        name = "__aexit__" if waits else "__exit__"
        method = self.quietly(lambda: self.class_attribute(self.mro(self.class_of(manager)), name))
        if not isinstance(method, Function) and not (isinstance(method, Native) and method.library in LEAVING):
            return None

        def leave(raised: Raised | None) -> Control | None:
            told = self._told(raised) if raised is not None else (None, None, None)
            answer = self.call(method, (manager, *told))
            answer = self.quietly(lambda: self.awaited(answer)) if waits else answer
            return SWALLOWED if raised is not None and (isinstance(answer, Unknown) or self.truth(answer)) else None

        return leave

    def _told(self, raised: Raised) -> tuple[Value, ...]:
        """What ``__exit__`` is told of an exception: its class, the exception, and its trace."""
        lost = Unknown("an exception is not known")
        value = raised.value
        if value is None:
            cls: Value = self.builtins.get(raised.kind, lost)
            return cls, lost, lost
        if isinstance(value, Unknown):
            return lost, lost, lost
        made = isinstance(value, Ref) and isinstance(self.store.get(value.number), Instance)
        return self.class_of(value) if made else value, value, lost

    # -- small objects

    def keyword_dict(self, items: Mapping[str, Value]) -> Value:
        return self.new(DictObject(dict(items)))


def _parameters(parameters: cst.Parameters) -> Iterator[tuple[str, str]]:
    """Names of parameters, each with its kind as ``inspect`` calls it."""
    for kind, group in (("POSITIONAL_ONLY", parameters.posonly_params), ("POSITIONAL_OR_KEYWORD", parameters.params)):
        yield from ((parameter.name.value, kind) for parameter in group)
    if isinstance(parameters.star_arg, cst.Param):
        yield parameters.star_arg.name.value, "VAR_POSITIONAL"
    yield from ((parameter.name.value, "KEYWORD_ONLY") for parameter in parameters.kwonly_params)
    if parameters.star_kwarg is not None:
        yield parameters.star_kwarg.name.value, "VAR_KEYWORD"

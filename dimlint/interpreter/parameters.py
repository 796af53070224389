"""Parameters of the program's functions, also of those that nobody calls: what is not given is open, or as the defaults say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import libcst as cst

from dimlint.core.example import Example
from dimlint.core.opening import OpenArgument
from dimlint.core.value import ClassObject, DictObject, Function, LibraryClass, ListObject, Raised, Ref, Unknown, Value
from dimlint.interpreter.examples import annotation_of, example_of, part_of
from dimlint.interpreter.frame import DEFAULTS, KEYWORD_DEFAULTS, MISSING, Scope
from dimlint.interpreter.namespaces import Namespaces
from dimlint.interpreter.record import NOT_GIVEN

AXES = ("axis", "axes", "dim", "dims")
"""Parameters of which 0 and -1 are values like others."""
COUNTS = ("channel", "feature", "dim", "size", "num", "class", "width", "units", "planes", "hidden", "in_", "out_")
"""Words in names of sizes, which are never 0."""


class Parameters(Namespaces):
    """Binding."""

    rest_is_empty = False
    """Whether ``*args`` and ``**kwargs`` of a function that nobody calls are taken to be empty, as they are by default."""
    rest_may_be_empty = True
    """Whether that is tried."""
    none_is_open = False
    """Whether its arguments whose default is None are taken to be given."""
    class_is_open = False
    """Whether those whose default is a class are taken to be given: something else that is called with the same arguments."""
    none_if_asked = False
    """Whether the program takes those of them for None that it asks about: it works without them, too."""
    annotations_hold = False
    """Whether what is annotated as an integer is one: enough to show that a model works, and no proof that it does not."""
    example: Example | None = None
    """What is given for the arguments of a model that nobody builds; None if they are open."""
    parts_are_given = False
    """Whether, in an example, the parts are given that its parts may be built without."""

    forwarding: set[int]
    """Functions that nobody calls and that take more than their parameters, by the identity of their node."""

    def bind_parameters(self, function: Function, args: tuple[Value, ...], kwargs: dict[str, Value], scope: Scope) -> None:
        """Set the parameters of a function in its scope. Raises Raised where Python refuses the call."""
        parameters: cst.Parameters = function.node.params
        named = [parameter.name.value for parameter in (*parameters.posonly_params, *parameters.params)]
        keyword_only = [parameter.name.value for parameter in parameters.kwonly_params]
        values = dict(zip(named, args))
        stars = [star.name.value for star in (parameters.star_arg, parameters.star_kwarg) if type(star) is cst.Param]
        scope.given = frozenset([*values, *kwargs, *stars])
        for name in (*named, *keyword_only):
            if name in values:
                continue
            values[name] = kwargs.pop(name) if name in kwargs else self._default(name, function)
        if id(function.node) in self.open_ended and not self.rest_is_empty:
            values |= _unknown_rest(parameters)
        elif type(parameters.star_arg) is cst.Param:
            values[parameters.star_arg.name.value] = tuple(args[len(named) :])
        elif len(args) > len(named):
            raise Raised("TypeError", f"{function.name}() takes {len(named)} positional arguments but {len(args)} were given")
        if parameters.star_kwarg is not None and parameters.star_kwarg.name.value not in values:
            values[parameters.star_kwarg.name.value] = self.keyword_dict(kwargs)
        elif kwargs and parameters.star_kwarg is None:
            raise Raised("TypeError", f"{function.name}() got an unexpected keyword argument {next(iter(kwargs))!r}")
        for name, value in values.items():
            self.store.set((scope.number, name), value)

    def _default(self, name: str, function: Function) -> Value:
        """An argument that is not given; a model that nobody builds is built for any."""
        changed = self._changed_default(name, function)
        if changed is not MISSING:
            return changed
        opened = id(function.node) in self.open_ended
        if name in function.defaults and not (opened and self._stands_for_others(name, function.defaults[name])):
            default = function.defaults[name]
            given = default is None and opened and self.parts_are_given
            return part_of(self, self.example.number, name, function) if given and self.example is not None else default
        searched = id(function.node) in self.ledger.searched
        if not searched and (function.name != "__init__" or not (opened or self._is_forwarded())):
            return Unknown(_not_given(name, function))
        if self.example is not None:
            return example_of(self, self.example, name, function)
        return self.missing(name, function)

    def _changed_default(self, name: str, function: Function) -> Value:
        """The default that the program gave a parameter after the function was made; MISSING if it changed none of its kind."""
        if all(self.store.get((function.number, kind)) is MISSING for kind in (DEFAULTS, KEYWORD_DEFAULTS)):
            return MISSING
        parameters: cst.Parameters = function.node.params
        places = [p.name.value for p in (*parameters.posonly_params, *parameters.params)]
        held = self.store.get((function.number, DEFAULTS if name in places else KEYWORD_DEFAULTS))
        if held is MISSING:
            return MISSING
        lost = Unknown("the defaults of a function were changed")
        if name in places:
            behind = places.index(name) - len(places)
            return held[behind] if type(held) is tuple and -behind <= len(held) else lost
        given = self.quietly(lambda: self.mapping(held)) if isinstance(held, Ref) else lost
        return given.get(name, lost) if isinstance(given, Mapping) else lost

    def missing(self, name: str, function: Function) -> OpenArgument:
        """An argument that nobody gives, of a function that is run by itself."""
        integer = self.annotations_hold and annotation_of(name, function) == "int"
        made = OpenArgument.named(name, _not_given(name, function), id(function.node), self.ledger, integer=integer)
        return replace(made, optional=True) if self.none_if_asked and name in function.defaults else made

    def _is_forwarded(self) -> bool:
        """Whether the innermost running function hands on what it is given beyond its own parameters, and nobody calls it."""
        innermost = next(reversed(self.active), None) if self.rest_is_empty else None
        return innermost is not None and innermost in self.forwarding

    def on_defaults(self, function: Function, run: Callable[[], Value]) -> Value:
        """Run a function that nobody calls: with nothing beyond its parameters, or else with anything if that goes wrong.

        What is wrong only with a default of None, of nothing in a list or text, of -1 or a size of 0, is not wrong.
        """
        known = self.open_ended
        self.open_ended = known | {id(function.node)}
        try:
            return self._in_some_way(function, run)
        finally:
            self.open_ended = known

    def _in_some_way(self, function: Function, run: Callable[[], Value]) -> Value:
        before = self.record.mark()
        for way in self._ways(function):
            with self.taking(**way):
                if way.get("rest_is_empty"):
                    self.forwarding.add(id(function.node))
                with suppress(Raised):
                    made = run()
                    if len(self.record.discoveries) == before.discoveries:
                        return made
            self.record.go_back(before)
        return run()

    def _stands_for_others(self, name: str, default: Value) -> bool:
        """Whether a default is there for what callers give."""
        held = self.store.get(default.number) if isinstance(default, Ref) else default
        open_class = self.class_is_open and isinstance(held, (ClassObject, LibraryClass))
        return open_class or (self.none_is_open and self.is_placeholder(name, default))

    def is_placeholder(self, name: str, value: Value) -> bool:
        """Whether a default is None or holds nothing, or is -1 or a size of 0, and no axis."""
        held = self.store.get(value.number) if isinstance(value, Ref) else None
        nothing = value is None or value in ("", ()) or (isinstance(held, (ListObject, DictObject)) and not held.items)
        counts = any(word in name for word in COUNTS)
        return nothing or (name not in AXES and (value == -1 or (value == 0 and value is not False and counts)))

    def _ways(self, function: Function) -> list[dict[str, bool]]:
        """What may be taken for granted of the arguments, the likeliest first."""
        rest = [{"rest_is_empty": True}] if self.rest_may_be_empty and has_rest(function) else []
        if not any(self.is_placeholder(name, default) for name, default in function.defaults.items()):
            return [*rest, {}]
        opened = {"none_is_open": True}
        asked = [{**opened, "none_if_asked": True}] if function.name == "__init__" else []
        return [*rest, *({**first, **second} for first in rest for second in asked), {}, *asked, opened]

    @contextmanager
    def taking(self, **settings: bool | Example) -> Iterator[None]:
        """Take these things for granted of functions that nobody calls."""
        known = {name: getattr(self, name) for name in settings}
        self.__dict__.update(settings)
        try:
            yield
        finally:
            self.__dict__.update(known)

    def keyword_dict(self, items: Mapping[str, Value]) -> Value:
        """The dictionary of surplus keyword arguments."""
        raise NotImplementedError


def has_rest(function: Function) -> bool:
    """Whether a function takes arguments beyond its parameters."""
    parameters: Any = function.node.params
    return isinstance(parameters.star_arg, cst.Param) or parameters.star_kwarg is not None


def _unknown_rest(parameters: cst.Parameters) -> dict[str, Value]:
    """``*args`` and ``**kwargs`` of a function that nobody calls: anything may be in them."""
    rest = [parameters.star_arg, parameters.star_kwarg]
    return {p.name.value: Unknown(f"the arguments {p.name.value!r} are not given") for p in rest if isinstance(p, cst.Param)}


def _not_given(name: str, function: Function) -> str:
    return f"the argument {name!r} of {function.name} {NOT_GIVEN}"

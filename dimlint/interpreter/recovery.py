"""Going on after a call that was not followed: what it may have changed is forgotten, and a mistake of dimlint's own is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from dimlint.core.dataclass import dataclass
from dimlint.core.opening import GIVEN, OpenArgument, Opened, OpenList, Outside
from dimlint.core.problem import OutOfFuel
from dimlint.core.report import FAILED
from dimlint.core.value import ClassObject, Either, Function, Instance, LibraryClass, Method, Native, Raised, Ref, Unknown, Value
from dimlint.interpreter.frame import Footing, Site
from dimlint.interpreter.handed import is_python
from dimlint.interpreter.joining import join_values
from dimlint.interpreter.kinds import LayerMethod
from dimlint.interpreter.methods import MUTATORS
from dimlint.interpreter.operations import Operations
from dimlint.interpreter.selecting import one_of

PASSING = (Raised, OutOfFuel, RecursionError, MemoryError, Opened)
"""What leaves a call: the program's own exceptions, and those that end the entry point."""

PYTHON = ("builtins", "python")
"""Beginnings of the names of Python's own libraries."""

TOO_LARGE = "a number is too large"

MAX_TEXT = 200

def mishap(place: str, error: Exception) -> str:
    """What is said of an exception inside dimlint, on one short ASCII line."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).encode("ascii", "backslashreplace").decode()
    return f"{FAILED}{f' in {place}' if place else ''}: {text[:MAX_TEXT]}"


@dataclass(frozen=True)
class Active:
    """A running call. ``site`` is None where library code calls."""

    callee: Value
    site: Site | None
    args: tuple[Value, ...] = ()

    def is_of(self, ref: Ref | None) -> bool:
        """Whether this object is called; what is not known cannot be compared."""
        return isinstance(self.callee, Ref) and self.callee == ref


class Recovery(Operations):
    """What is left after a call that was not followed."""

    stack: list[Active]

    def nearest_site(self) -> Site | None:
        """The place of the innermost call that stands in the source."""
        return next((active.site for active in reversed(self.stack) if active.site is not None), None)

    def may_change(self, function: Value, args: Sequence[Value]) -> None:
        """Unknown code runs: lists and dictionaries it is given may change, instances may gain attributes."""
        self.changes += 1
        receiver = (function.receiver,) if isinstance(function, Method) else ()
        taking = [ref for ref in function.refs if isinstance(self.store.get(ref.number), Unknown)] if isinstance(function, Either) else []
        if isinstance(function, OpenArgument):
            self._give(function, args)
        for value in (function, *receiver, *args):
            if isinstance(value, OpenArgument):
                value.change()
            elif isinstance(value, OpenList):
                self.list_changed(value, None, None)
            elif isinstance(value, Ref) and value is not function:
                held = self.store.get(value.number)
                if isinstance(held, Instance):
                    self.may_gain(value, held, "unknown code may have set it")
                elif not isinstance(held, (ClassObject, Unknown)):
                    self.forget(value, "unknown code may have changed it")
                taking += [value] if isinstance(self.store.get(value.number), Unknown) and len(args) > 1 else []
        for ref in taking:
            self._take_in(ref, args)

    def tell_given(self, native: Native, values: Sequence[Value]) -> None:
        """Tell the libraries what a declared function was given that is not followed; Python's own call what they are given."""
        for library in () if is_python(native.library) else self.libraries.values():
            if library.given_away is not None:
                library.given_away(self, values)

    def _take_in(self, ref: Ref, values: Sequence[Value]) -> None:
        """Values may have been put into an object of which nothing is known."""
        held = self.store.get(ref.number)
        if isinstance(held, Unknown):
            self.store.set(ref.number, join_values(held, one_of(self.store, (tuple(values),), held.reason)))

    def _give(self, argument: OpenArgument, values: Sequence[Value]) -> None:
        """Something that is not followed is given objects, which it may give back."""
        given = one_of(self.store, (tuple(values), *values), argument.reason)
        if isinstance(given, Either):
            known = argument.root.parts.get(GIVEN)
            argument.root.parts[GIVEN] = given if known is None else join_values(known, given)

    def given_by(self, function: Value, args: Sequence[Value], reason: str) -> Unknown:
        """What a call gives that was not followed: of code outside of the program, something that is the same wherever it is used."""
        if isinstance(function, Native):
            return self.taken_by(function, args, reason)
        if isinstance(function, Outside):
            name = function.name
        elif isinstance(function, OpenArgument) and function.outside:
            name = function.short_name
        else:
            return Unknown(reason)
        made = self.open_number(f"{name}()", reason)
        self._give(made, args if isinstance(function, Outside) else (function.meant,))
        return made

    def taken_by(self, native: Native, args: Sequence[Value], reason: str) -> Unknown:
        """What a function gives that is not known; one of Python's own or of a library of data may hand back a part of its arguments."""
        if not native.library.startswith(PYTHON) and not self.libraries[native.library].inert:
            return Unknown(reason)
        if native.name == "getattr" and args and isinstance(args[0], Ref):
            args = (*args, tuple(self.methods_of(args[0])))
        several = tuple(arg for arg in args if isinstance(arg, Ref))
        return one_of(self.store, (*args, several) if several and len(args) > 1 else args, reason)

    def methods_of(self, ref: Ref) -> Iterator[Method]:
        """The methods that a class of the program gives an object."""
        held = self.store.get(ref.number)
        for cls in self.mro(held.cls) if isinstance(held, Instance) else ():
            body = self.store.get(cls.number) if isinstance(cls, Ref) else None
            for name, value in body.attributes.items() if isinstance(body, ClassObject) else ():
                if isinstance(value, Function) and not name.startswith("__"):
                    yield Method(value, ref)

    def open_number(self, name: str, reason: str) -> OpenArgument:
        """A value from outside of the program: not known, but the same wherever it is used."""
        site = self.nearest_site()
        return OpenArgument.named(name, reason, id(site.node) if site is not None else 0, self.ledger, outside=True)

    def awaited(self, value: Value) -> Value:
        """``await value``."""
        raise NotImplementedError

    def half_done(self, function: Value, args: Sequence[Value], reason: str) -> None:
        """A method that changes its object was not followed: nothing is known of the object any more."""
        name = function.label if isinstance(function, Native) else function.name if isinstance(function, LayerMethod) else ""
        if name in MUTATORS and args and isinstance(args[0], Ref):
            self.forget(args[0], reason)
            self._take_in(args[0], args[1:])

    def not_applied(self, ref: Ref, values: Sequence[Value]) -> None:
        """A layer was applied to what is not known. Raises OpenedArgument where somebody is in search of it."""
        self.record.unclear.add(ref)
        held = self.store.get(ref.number)
        if not isinstance(held, Instance) or held.layer is None:
            return
        for value in map(self.plain, values):
            for item in value if isinstance(value, (tuple, list)) else (value,):
                if isinstance(item, OpenArgument):
                    item.serves_as("input", held.layer.assume())

    def failed(self, function: Value, args: Sequence[Value], error: Exception, footing: Footing) -> Unknown:
        """The result of a call that dimlint itself failed at: nothing is known of what it gives or may have changed."""
        site = self.nearest_site()
        self.regain(footing)
        reason = TOO_LARGE if isinstance(error, OverflowError) else mishap(self._callee_name(function), error)
        self.record.risks += 1
        self.forget_since(footing.clock, sys.maxsize, reason)
        self.may_change(function, args)
        self.record.gap(site, reason)
        return Unknown(reason)

    def _callee_name(self, function: Value) -> str:
        if isinstance(function, LayerMethod):
            return function.cls.label
        if isinstance(function, Ref):
            held = self.store.get(function.number)
            return self.class_name(held.cls if isinstance(held, Instance) else function)
        name = function.name if isinstance(function, (Native, LibraryClass, Function)) else ""
        return str(name) or "a call"

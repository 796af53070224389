"""Names as data: ``globals()``, ``exec``, ``sys.modules``, and names of libraries that a program sets anew."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import libcst as cst

from dimlint.core.dataclass import dataclass
from dimlint.core.opening import OpenArgument, Outside
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassMethod,
    ClassObject,
    DictObject,
    Either,
    Function,
    Instance,
    LibraryClass,
    Method,
    ModuleName,
    Native,
    Ref,
    Undeclared,
    Unknown,
    Value,
)
from dimlint.interpreter.callbacks import Callbacks
from dimlint.interpreter.frame import MISSING, Scope, Site, Unit
from dimlint.interpreter.methods import READERS

NAMES = "the names of a scope are not known"
CODE = (ClassMethod, Function, LibraryClass, Method, ModuleName, Native, Unit)
SCOPED = frozenset(["eval", "exec", "globals", "locals"])
"""Functions that mean the names of the place where they are called."""
OF_TEXT = "what a program makes of text is not known"
SET_BY_NAME = "it may be set through the names of its module"
_WORD = re.compile(r"[^\W\d]\w*")
_DOTTED = re.compile(r"[^\W\d]\w*(\.(?!__)[^\W\d]\w*)*")
MAX_LITERAL = 100
"""Characters of a literal that ``eval`` is given."""


@dataclass(frozen=True, eq=False)
class Names(Unknown):
    """The dictionary that holds the names of a module. library: the module, if it is a library's."""

    scope: Scope | None = None
    library: ModuleName | None = None


class Namespaces(Callbacks):
    """Names that are set without an assignment."""

    # -- the program's own modules

    def scoped_call(self, node: cst.Call, name: str, scope: Scope) -> Value:
        """A call of ``globals``, ``locals``, ``eval`` or ``exec``."""
        module = scope.unit.scope
        if name in ("eval", "exec"):
            args = [self.quietly(partial(self.evaluate, argument.value, scope)) for argument in node.args]
            text = args[0].strip() if args and isinstance(args[0], str) else None
            if name == "eval" and text is not None and len(args) == 1 and (literal := _literal(text)) is not MISSING:
                return literal
            if name == "eval" and text is not None and len(args) == 1 and _DOTTED.fullmatch(text):
                return self._spelled(text, scope)
            self.unseen()
            if name == "exec" or text is not None:
                self._may_reach(text, scope)
            if name == "eval":
                return Unknown(OF_TEXT)
            self._executed(args[1] if len(args) > 1 else Names(NAMES, module))
            return None
        return Names(NAMES, module) if name == "globals" or scope is module else self._variables(scope)

    def _spelled(self, text: str, scope: Scope) -> Value:
        """What ``eval`` gives for a name with dots. Raises Undecided."""
        first, *rest = text.split(".")
        value = self.resolved(self.find_name(first, scope))
        if value is MISSING or self._is_around(first, scope):
            raise Undecided(f"the name {first!r} is not known")
        for name in rest:
            value = self.resolved(self.read_from(value, name) if isinstance(value, Unit) else self.attribute(value, name))
        return value

    def _is_around(self, name: str, scope: Scope) -> bool:
        """Whether a name is one of a function around this one: text sees that only if the code beside it uses the name, too."""
        places = [place for place in scope.named(name) if self.store.get((place.number, name)) is not MISSING]
        return bool(places) and places[0] is not scope.redirects.get(name, scope) and places[0].kind != "module"

    def read_from(self, unit: Unit, name: str) -> Value:
        """``module.name`` as it stands in the program."""
        raise NotImplementedError

    def _may_reach(self, text: str | None, scope: Scope) -> None:
        """Text runs as code: it may change what it names and run the functions among that, or change any object if it is not known."""
        named = None if text is None else frozenset(_WORD.findall(text))
        found: list[Value] = []
        inner: Scope | None = scope
        while inner is not None:
            names = self.store.scope(inner.number).items()
            found += [value for name, value in names if named is None or name in named]
            inner = inner.parent
        refs = tuple(dict.fromkeys(value for value in found if isinstance(value, Ref)))
        self.may_change(Unknown(OF_TEXT), refs)
        if named is not None:
            methods = (method for ref in refs for method in self.methods_of(ref) if self.attribute(method, "__name__") in named)
            for function in (*self.functions_in(found), *methods):
                self.run_vaguely(function, OF_TEXT)

    def _variables(self, scope: Scope) -> Value:
        """``locals()`` inside of a function: a dictionary of its variables, or their objects where others may be among them."""
        held = {name: value for name, value in self.store.scope(scope.number).items() if isinstance(name, str) and name.isidentifier()}
        outer = scope.parent
        while outer is not None and outer.kind == "class":
            outer = outer.parent
        if scope.kind == "function" and outer is scope.unit.scope and not any(isinstance(value, Unknown) for value in held.values()):
            return self.new(DictObject(dict(held)))
        refs = frozenset(value for value in held.values() if isinstance(value, Ref))
        return Either(NAMES, refs) if refs else Unknown(NAMES)

    def _contains(self, container: Value, item: Value) -> bool:
        if isinstance(container, Names) and isinstance(item, str) and self._named(container, item) is not MISSING:
            return True  # others may be set in ways that are not followed
        return super()._contains(container, item)

    def _named(self, names: Names, name: str) -> Value:
        """What a module of the program holds by a name, as far as that is followed."""
        return MISSING if names.scope is None else self.store.get((names.scope.number, name))

    def _executed(self, names: Value) -> None:
        """Text runs as code that sets these names."""
        if isinstance(names, Names):
            self.forget_module(names.scope)
        elif isinstance(names, Ref):
            self.forget(names, "text was run as code")

    def forget_module(self, scope: Scope | None) -> None:
        """The data among the names of a module is not known any more; functions, classes and modules stay."""
        for name, value in self.store.scope(scope.number).items() if scope is not None else ():
            held = self.store.get(value.number) if isinstance(value, Ref) else None
            if not isinstance(value, CODE) and not isinstance(held, ClassObject) and not name.startswith("__") and scope is not None:
                self.set_name(name, Unknown(SET_BY_NAME), scope)

    def touch(self, value: Value, name: str) -> None:
        super().touch(value, name)
        if isinstance(value, Names) and name not in READERS:
            self.forget_module(value.scope)

    def get_item(self, value: Value, index: Value, site: Site | None = None) -> Value:
        if isinstance(value, Names) and isinstance(index, str) and value.library is not None:
            return self.resolved(self.attribute(value.library, index))
        if isinstance(value, Names) and isinstance(index, str) and (found := self._named(value, index)) is not MISSING:
            return found
        if isinstance(value, Unknown) and isinstance(index, str) and value is self.lookup("sys.modules"):
            return self._module(index)
        return super().get_item(value, index, site)

    def _module(self, name: str) -> Value:
        """A module of the program by its name, as ``sys.modules`` has it. Raises Undecided."""
        for unit in (*(scope.unit for scope in self.scopes), *self.modules.values()):
            if self.find_name("__name__", unit.scope) == name:
                return unit
        raise Undecided(f"the module {name} is not known")

    def set_item(self, value: Value, index: Value, new: Value, site: Site | None) -> None:
        if isinstance(value, Names) and value.library is not None and isinstance(index, str):
            self.set_attribute(value.library, index, new)
        elif not isinstance(value, Names) or value.scope is None:
            super().set_item(value, index, new, site)
        elif isinstance(index, str):
            self.set_name(index, new, value.scope)
        else:
            self.forget_module(value.scope)

    def may_change(self, function: Value, args: Sequence[Value]) -> None:
        super().may_change(function, args)
        for value in args:
            if isinstance(value, (Names, Unit)):
                self.forget_module(value.scope)
        self._may_patch(function, args)

    def _may_patch(self, function: Value, args: Sequence[Value]) -> None:
        """Unknown code is given an object and a name that it has, or both as text: it may set that, as ``mock.patch`` does."""
        lost = Unknown("unknown code may have set it")
        for owner, name in pairwise(args):
            if isinstance(name, str) and name.isidentifier() and self._may_hold(owner, name):
                self.set_attribute(owner, name, lost)
        called = function.name if isinstance(function, Outside) else function.short_name if isinstance(function, OpenArgument) else ""
        by_text = called.rpartition(".")[2].startswith(("patch", "setattr"))
        text = args[0] if by_text and args and isinstance(args[0], str) else ""
        place, _, name = text.rpartition(".")
        if not name.isidentifier():
            return
        if not any(library.owns(place) for library in self.libraries.values()):
            self._may_patch_by_name(place.rpartition(".")[2], name, lost)
            return
        owner = self.lookup(place)
        if isinstance(owner, LibraryClass):
            self.set_attribute(owner, name, lost)
        else:
            self._patch(place, name, lost)

    def _may_hold(self, owner: Value, name: str) -> bool:
        """Whether the value is a class, object or module of the program that has an attribute of that name, or a library's."""
        held = self.store.get(owner.number) if isinstance(owner, Ref) else None
        if isinstance(held, Instance):
            return name in held.attributes
        if isinstance(held, ClassObject):
            return self.quietly(lambda: self.class_attribute(held.mro, name)) is not MISSING
        if isinstance(owner, Unit):
            return self.store.get((owner.scope.number, name)) is not MISSING
        return isinstance(owner, (LibraryClass, ModuleName))

    def _may_patch_by_name(self, owner: str, name: str, lost: Unknown) -> None:
        """An attribute of a class or module of the program that is named by a path that leads nowhere."""
        for cls in self.defined_classes:
            held = self.store.get(cls.number)
            if isinstance(held, ClassObject) and held.name == owner and name in held.attributes:
                self.set_attribute(cls, name, lost)
        for unit in self.modules.values():
            if unit.name.rpartition(".")[2] == owner and self._may_hold(unit, name):
                self.set_attribute(unit, name, lost)

    # -- names of libraries

    def set_attribute(self, value: Value, name: str, new: Value) -> None:
        if isinstance(value, LibraryClass):
            self._patch(f"{value.library}:{value.name}", name, new)
        elif isinstance(value, ModuleName):
            self._patch(value.name, name, new)
            if value.name.partition(".")[0] in sys.stdlib_module_names:  # functions of Python's own run it, whoever calls them
                self.hand_over([*self.functions_in((new,)), *(self.methods_of(new) if isinstance(new, Ref) else ())])
        elif isinstance(value, Undeclared):
            self.patched.add(name)
        super().set_attribute(value, name, new)

    def _patch(self, owner: str, name: str, new: Value) -> None:
        self.patched.add(name)
        self.store.set((0, f"{owner}.{name}"), new)

    def attribute(self, value: Value, name: str) -> Value:
        if isinstance(value, Names) and name == "get":
            return Native("dict.get", "builtins", lambda key, default=None: self.get_item(value, key))
        if name in self.patched and isinstance(value, ModuleName):
            found = self.store.get((0, f"{value.name}.{name}"))
            if found is not MISSING:
                return found
        if name == "__dict__" and isinstance(value, (ModuleName, Unit)):
            return Names(NAMES, value.scope) if isinstance(value, Unit) else Names(NAMES, None, value)
        return super().attribute(value, name)


def _literal(text: str) -> Value:
    """The constant that a text writes; MISSING if it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text) if len(text) < MAX_LITERAL else MISSING
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return MISSING
    return value if isinstance(value, (bool, int, float, str, type(None))) else MISSING

"""The interpreter as a whole: joins the parts, runs modules, and answers imports."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import libcst as cst

from dimlint.core.library import Library
from dimlint.core.opening import Outside
from dimlint.core.problem import OutOfFuel, Undecided, doubts
from dimlint.core.value import REPORTED, Function, ModuleName, Raised, Ref, Refused, Step, Undeclared, Unknown, Value, tensors_in
from dimlint.interpreter import entry
from dimlint.interpreter.assuming import ASSUMED
from dimlint.interpreter.awaiting import awaited
from dimlint.interpreter.environment import Language, ModuleFinder
from dimlint.interpreter.expressions import CONSTANTS, index_of
from dimlint.interpreter.frame import MISSING, Awaited, Control, Scope, Unit, serial, serial_of
from dimlint.interpreter.importing import Importing
from dimlint.interpreter.joining import Assumed
from dimlint.interpreter.record import Application, Record, flat, told
from dimlint.interpreter.recovery import TOO_LARGE, mishap
from dimlint.interpreter.statements import run_block
from dimlint.nodes import children

MAX_GRAPH = 20_000
"""Steps of a functional model's graph that are looked at."""


class Found:
    """A name found in a module; the value may be anything."""

    def __init__(self, value: Value) -> None:
        self.value = value


class Interpreter(Importing):
    """Runs a module on abstract values and records what it finds."""

    def __init__(
        self, libraries: Sequence[Library], language: Language, find_module: ModuleFinder, settings: Mapping[str, Value], fuel: int
    ) -> None:
        super().__init__(libraries, language, find_module, settings, fuel)
        self.stack = []
        self.trials = []
        self.handling = []
        self.binders = {}
        self.noted = []
        self.drafts = []
        self.derived_from = set()
        self.called = set()
        self.kept = {}
        self.effects, self.model_hooks = {}, {}
        self.settled_effects = {}
        self.patched = set()
        self.vague = 0
        self.imported_text, self.made_on_paths, self.importing, self.runs = 0, {}, [], {}
        self.store.set(ASSUMED, Assumed())
        self.sourced: dict[str, Value] = {}
        """Names that libraries do not declare, and what they mean by their sources."""

    def __del__(self) -> None:
        """Let go of what the run has made at once: modules and their scopes hold each other, and with them all trees."""
        for unit in self.modules.values():
            unit.__dict__.pop("scope", None)

    def run(self, unit: Unit, inputs: entry.Inputs) -> Record:
        """Run a module as the main program, then what it defines and does not use. Never raises for what it analyses."""
        with self.listening():
            self.load(unit, "__main__")
            entry.run_rest(self, unit, inputs)
        self.fuel.steps = sys.maxsize  # what is left is to read the result
        return self.record

    @contextmanager
    def listening(self) -> Iterator[None]:
        """What checks leave in doubt is noted within the block."""
        with doubts() as self.noted:
            yield

    def load(self, unit: Unit, name: str) -> None:
        """Run a module under a name: ``__main__`` as a program, anything else as an import would."""
        unit.name = name
        self.set_name("__name__", name, unit.scope)
        self.set_name("__file__", unit.path, unit.scope)
        entry.run_module(self, unit)

    def run_module(self, unit: Unit) -> None:
        entry.run_module(self, unit)

    def value_of(self, node: Any, scope: Scope) -> Value:
        """The value of an expression that does not stand in the program. Raises Raised('NameError')."""
        for name in _names(node):
            if name not in CONSTANTS and self.find_name(name, scope) is MISSING:
                raise Raised("NameError", f"the name {name!r} is not defined")
        self.scopes.append(scope)
        value = self.evaluate(node, scope)
        self.scopes.pop()
        return value

    def run_suite(self, suite: Any, scope: Scope) -> Control | None:
        return run_block(self, suite.body, scope)

    def run_statements(self, statements: Sequence[Any], scope: Scope) -> Control | None:
        return run_block(self, statements, scope)

    def run_statement(self, statement: Any, scope: Scope) -> None:
        """Run one statement of a module."""
        self.scopes.append(scope)
        run_block(self, (statement,), scope)
        self.scopes.pop()

    def call_function(self, function: Function, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        self.called.add(id(function.node))
        if self.store.get((function.number, "__code__")) is not MISSING:
            self.may_change(Unknown("the code of a function was changed"), (*args, *kwargs.values()))
            raise Undecided("the code of a function was changed")
        return super().call_function(function, args, kwargs)

    def instantiate(self, cls: Value, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        made = super().instantiate(cls, args, kwargs)
        if self.freeing and isinstance(made, Ref):
            self.may_be_freed(made)
        return made

    def awaited(self, value: Value) -> Value:
        return awaited(self, value)

    def index_value(self, node: cst.Subscript, scope: Scope) -> Value:
        return index_of(self, node, scope)

    # -- models

    def record_model(self, ref: Ref, inputs: Sequence[Value], output: Value) -> None:
        """Record a Keras model that maps these tensors to that output; its layers are the steps between."""
        application = Application(ref, flat(self.tensors_among(inputs)), output)
        steps = self.steps_to(output)
        self.burn(len(steps) // 2)  # a model that grows is recorded again and again
        for step in steps:
            if self._is_layer(step.callee):
                application.layers += 1
            application.reason = application.reason or next(iter(step.doubts), None)
        unknown = next((value for value in _leaves(self.plain(output)) if isinstance(value, Unknown)), None)
        if unknown is not None:
            application.reason = application.reason or unknown.reason
        earlier = self.record.applications.get(ref)
        if earlier is not None and not earlier.wrong:
            del self.record.applications[ref]  # a Sequential model has grown
        self.record.finish(application)

    def steps_to(self, output: Value) -> list[Step]:
        pending = list(tensors_in(self.plain(output)))
        seen: dict[int, Step] = {}
        while pending and len(seen) < MAX_GRAPH:
            step = pending.pop().step
            if step is not None and id(step) not in seen:
                seen[id(step)] = step
                pending += self.inputs_of(step)
        return list(seen.values())

    # -- modules

    def import_module(self, name: str, importer: Unit, level: int) -> Value:
        """The module of that name: of the project if it has one, else of a library."""
        known = self.lookup(name) if not level else Unknown("")
        if not isinstance(known, (Unknown, ModuleName)):
            return known
        declared = isinstance(known, ModuleName) and not self.is_in_part(name)
        unit = self.find_module(name, importer.path, level) if not declared and not isinstance(known, Undeclared) else None
        if unit is None and isinstance(known, ModuleName):
            return known
        if unit is None:
            self.record.risks += 1
            reason = f"the module {'.' * level}{name} is not followed"
            top = name.partition(".")[0]
            if not level and any(top in library.packages for library in self.libraries.values()):
                self.inert_reasons.add(reason)
            return known if isinstance(known, Undeclared) else Outside(reason, top, "" if level else name)
        return self.run_imported(unit)

    def module_below(self, package: str, name: str, importer: Unit, level: int) -> Unit | None:
        """A module of the project in a directory without an ``__init__.py``. Source: https://peps.python.org/pep-0420/."""
        unit = self.find_module(f"{package}.{name}" if package else name, importer.path, level)
        run = self.run_imported(unit) if unit is not None else None
        return run if isinstance(run, Unit) else None

    def name_outside(self, module: Outside, name: str) -> Value:
        """A module of a directory without an ``__init__.py``, if the program has imported it."""
        path = f"{module.path}.{name}" if module.path else ""
        return (self.loaded_module(path) if path else None) or Outside(module.reason, name, path)

    def imported(self, name: str) -> Value:
        """The module of an absolute name, imported where the program runs now."""
        return self.import_module(name, self.scopes[-1].unit, 0) if self.scopes else Unknown(f"the module {name} is not followed")

    def resolved(self, value: Value) -> Value:
        """What a name that its library does not declare means by the library's own source, if that may be read.

        What a module did not have yet when its name was imported is looked for once more.
        """
        if isinstance(value, Awaited):
            found = self.module_name(value.unit, value.name)
            return self.resolved(found.value) if found is not None and found.value is not value else value
        if not isinstance(value, Undeclared):
            return value
        if value.name not in self.sourced:
            self.sourced[value.name] = value  # while its module runs
            self.sourced[value.name] = self.quietly(lambda: self._from_source(value))
        return self.sourced[value.name]

    def _from_source(self, value: Undeclared) -> Value:
        for library in self.libraries.values():
            below = library.below(value.name) if library.source else ""
            path = [library.source, *below.split(".")] if below else []
            for length in range(len(path), 0, -1):
                unit = self.find_module(".".join(path[:length]), self.scopes[-1].unit.path, 0) if self.scopes else None
                if unit is not None:
                    found = self.run_imported(unit)
                    if length == len(path):
                        return self._handed_on(path, found)
                    for name in path[length:]:
                        found = self.resolved(self.attribute(found, name))
                    return found
            if library.recorded_package and library.recorded_package in path:
                return library.recorded.get(path[-1], value)
        return value

    def _handed_on(self, path: Sequence[str], module: Value) -> Value:
        """A module, or what its package calls by the name of it: a function of that name, as a rule (``torchvision.ops.roi_align``)."""
        if len(path) == 1 or not isinstance(module, Unit) or self.module_name(module, path[-1]) is None:
            return module
        unit = self.find_module(".".join(path[:-1]), module.path, 0)
        package = self.run_imported(unit) if unit is not None else None
        named = self.module_name(package, path[-1]) if isinstance(package, Unit) else None
        return self.resolved(named.value) if named is not None else module

    def module_name(self, unit: Unit, name: str) -> Found | None:
        """A global name of a module, or its ``__getattr__``; a submodule is found by import."""
        for find in (self._set_in, self._loaded_below, self._given_by_hook):
            value = find(unit, name)
            if value is not MISSING:
                return Found(value)
        return None

    def _set_in(self, unit: Unit, name: str) -> Value:
        return self.store.get((unit.scope.number, name))

    def _loaded_below(self, unit: Unit, name: str) -> Value:
        """An already imported submodule of a package."""
        return self.loaded_module(f"{unit.name}.{name}") or MISSING

    def loaded_module(self, name: str) -> Unit | None:
        return next((unit for unit in self.modules.values() if unit.name == name), None)

    def _given_by_hook(self, unit: Unit, name: str) -> Value:
        """What the ``__getattr__`` of a module gives. Source: https://peps.python.org/pep-0562/."""
        hook = self._set_in(unit, "__getattr__")
        if not isinstance(hook, Function) or name.startswith("__"):
            return MISSING
        try:
            return self.call(hook, (name,))
        except Raised:
            return MISSING

    def read_from(self, unit: Unit, name: str) -> Value:
        """``module.name`` as it stands in the program: a submodule of a package that it reads it has imported somewhere."""
        found = self.module_name(unit, name)
        if found is not None:
            return found.value
        if not unit.is_main and os.path.basename(unit.path) == "__init__.py":
            submodule = self.find_module(f"{unit.name}.{name}", unit.path, 0)
            if submodule is not None:
                self.run_imported(submodule)
        return self.attribute(unit, name)

    def exports(self, module: Value) -> dict[str, Value]:
        """What ``from module import *`` binds."""
        if isinstance(module, Unit):
            cells = self.store.scope(module.scope.number)
            listed = self.plain(cells.get("__all__", Unknown("no __all__")))
            if isinstance(listed, (list, tuple)):
                return {name: cells[name] for name in listed if isinstance(name, str) and name in cells}
            return {name: value for name, value in cells.items() if not name.startswith("_")}
        if isinstance(module, ModuleName):
            return self.library_exports(module.name)
        return {}

    def library_exports(self, module: str) -> dict[str, Value]:
        """Names that a library declares below a module, modules among them; torch itself does not hand these on."""
        found: dict[str, Value] = {}
        for library in self.libraries.values():
            for root in library.roots:
                if module != root and not module.startswith(root + "."):
                    continue
                prefix = module[len(root) + 1 :] + "." if module != root else ""
                for name in library.entries:
                    rest, _, below = name[len(prefix) :].partition(".") if name.startswith(prefix) else ("", "", "")
                    if rest and rest not in found and not (below and module == "torch"):
                        found[rest] = self.lookup(f"{module}.{rest}")
        return {name: value for name, value in found.items() if not isinstance(value, Unknown)}

    # -- protection

    def alone(self, action: Any) -> str | None:
        """Run an entry point so that it changes nothing for the ones after it; what it makes is kept for the record."""
        since, journal = serial(), self.store.open()
        reason = self.protected(action)
        before = {key: value for key, value in self.store.changes(journal).items() if serial_of(key) <= since}
        self.store.put(before)
        self.store.close(journal)
        return reason

    def protected(self, action: Any) -> str | None:
        """Run one entry point; the reason if it ended early. State that a broken run leaves behind is tidied."""
        footing = self.footing()
        try:
            action()
            return None
        except Refused:
            return REPORTED
        except Raised as raised:
            return told(raised)
        except (OutOfFuel, Undecided) as out:
            return out.reason
        except RecursionError:
            return "the program is nested too deeply"
        except (OverflowError, MemoryError):
            return TOO_LARGE
        except Exception as error:  # a mistake of dimlint's own costs this entry point only
            reason = mishap("", error)
            self.record.gap(self.nearest_site(), reason)
            return reason
        finally:
            self.regain(footing)


def _names(node: cst.CSTNode) -> Iterator[str]:
    """The names that an expression reads, those of its functions and comprehensions left out."""
    if isinstance(node, cst.Name):
        yield node.value
    skipped = (cst.Lambda, cst.BaseComp, cst.Param)
    for child in () if isinstance(node, skipped) else children(node):
        named = (isinstance(node, cst.Attribute) and child is node.attr) or (isinstance(node, cst.Arg) and child is node.keyword)
        if not named:
            yield from _names(child)


def _leaves(value: Value) -> list[Value]:
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in _leaves(item)]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    return [value]

"""Which model a summary is asked for: ``path.py``, ``path.py::name`` or ``path.py::expression``."""

from __future__ import annotations

import re
from collections.abc import Callable

from dimlint.config import Config
from dimlint.core.dataclass import dataclass
from dimlint.core.layer import REQUIRED
from dimlint.core.value import (
    REPORTED,
    ClassObject,
    Function,
    Instance,
    LibraryClass,
    Method,
    Native,
    Partial,
    Ref,
    Unknown,
    Value,
)
from dimlint.files import Files
from dimlint.gate import Unreadable, is_notebook
from dimlint.interpreter.entry import Inputs
from dimlint.interpreter.frame import Scope, Site, Unit
from dimlint.interpreter.machine import Interpreter
from dimlint.libraries.outlines import OUTLINES
from dimlint.outcome import held_by_others, outermost
from dimlint.project import Loader, ProjectLoader, read_text
from dimlint.run import deep_recursion, machine_for
from dimlint.source import Source

_CALLED = re.compile(r"\s*(?:\w+\s*\.\s*)*(\w+)\s*(?:\(|$)")


class NoSummary(Exception):
    """The target cannot be summarized; the message is one line. ``refused``: because the framework refuses the program."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


@dataclass(frozen=True)
class Target:
    """A model found in a program.

    machine: what ran the program, at rest. line: where the model, or what makes it, is defined.
    """

    machine: Interpreter
    source: Source
    model: Ref
    name: str
    line: int


class Program:
    """One file, run as often as it is needed."""

    def __init__(self, path: str, config: Config, loader: Loader | None = None) -> None:
        self.path = path
        self.config = config
        self.loader = loader or ProjectLoader.for_file(path, config)
        try:
            self.source = Source.parse(read_text(path), path)
        except Unreadable as unreadable:
            raise NoSummary(f"{path}: {unreadable.reason}") from None

    def imported(self) -> tuple[Interpreter, Unit]:
        """The module as an import would run it; nobody imports a notebook."""
        return self._loaded("__main__" if is_notebook(self.path) else Files().dotted_name(self.path))

    def started(self) -> tuple[Interpreter, Unit]:
        """The module as a program runs it."""
        return self._loaded("__main__")

    def explored(self) -> Interpreter:
        """The module with all that it defines tried, as ``check`` does."""
        machine, unit = machine_for(self.source, self.config, self.loader)
        with deep_recursion():
            machine.run(unit, Inputs(self.source.input_shapes, self.config.input_shapes))
        machine.fuel.steps = self.config.fuel
        return machine

    def _loaded(self, name: str) -> tuple[Interpreter, Unit]:
        machine, unit = machine_for(self.source, self.config, self.loader)
        with deep_recursion(), machine.listening():
            machine.load(unit, name)
        return machine, unit


def find_target(program: Program, text: str | None) -> Target:
    """The one model of the program, or the one that a name or an expression stands for. Raises NoSummary."""
    if text is None:
        return _only_model(program)
    expression = _parsed(text)
    machine, unit = program.imported()
    named = text.isidentifier()
    if named and machine.module_name(unit, text) is None:
        machine, unit = program.started()
        if machine.module_name(unit, text) is None:
            return _only_model(program, text)
    place = Scope(Unit(unit.path, unit.name, expression, is_main=True), unit.scope, "function")
    evaluation = _Evaluation(machine, text)
    with deep_recursion(), machine.listening():
        value = evaluation.run(lambda: machine.value_of(expression.expression(), place))
        model = evaluation.made(value)
    called = _CALLED.match(text)
    name = called[1] if called is not None else text
    return Target(machine, program.source, model, name, program.source.definition(name) or _line(machine, model, program.source))


def _only_model(program: Program, name: str | None = None) -> Target:
    """The only model that the program builds, or the only one of that name: what ``check`` names may be a variable of a function."""
    machine = program.explored()
    held = held_by_others(machine)
    models = outermost(machine, program.source)
    found = {(model.span, model.name): (ref, model) for ref, model in models if ref not in held and name in (None, model.name)}
    if name is not None and len(found) != 1:
        raise NoSummary(f"{program.path}: there {f'are {len(found)} models named' if found else 'is no'} {name!r}")
    if not found:
        raise NoSummary(f"{program.path}: no model is found; name one: {program.path}::NAME")
    if len(found) > 1:
        names = ", ".join(dict.fromkeys(model.name for _, model in found.values()))
        raise NoSummary(f"{program.path}: several models are found ({names}); say which: {program.path}::NAME")
    ((ref, model),) = found.values()
    return Target(machine, program.source, ref, model.name, model.span.line)


def _parsed(text: str) -> Source:
    try:
        source = Source.parse(f"({text}\n)", "<target>")
        source.expression()
    except Unreadable:
        raise NoSummary(f"{cut(text)!r} is not a Python expression") from None
    return source


def cut(text: str) -> str:
    """A text as a message shows it."""
    return text if len(text) <= 60 else text[:57] + "..."


def _line(machine: Interpreter, model: Ref, source: Source) -> int:
    held = machine.store.get(model.number)
    site = held.site if isinstance(held, Instance) else None
    return int(source.span(site.node).line) if isinstance(site, Site) and site.unit.source is source else 1


class _Evaluation:
    """From an expression to a model."""

    def __init__(self, machine: Interpreter, text: str) -> None:
        self.machine = machine
        self.text = cut(text)

    def run(self, action: Callable[[], Value]) -> Value:
        """What the action gives. Raises NoSummary if that is not known."""
        results: list[Value] = []
        reason = self.machine.protected(lambda: results.append(action()))
        if results and isinstance(results[0], Unknown):
            reason = results[0].reason
        if reason == REPORTED:
            found = self.machine.record.discoveries
            raise NoSummary(f"{self.text!r} is refused: {found[-1].problem.message if found else 'see dimlint check'}", refused=True)
        if reason is not None:
            raise NoSummary(f"{self.text!r} cannot be evaluated: {reason}")
        return results[0]

    def made(self, value: Value) -> Ref:
        """The model that a value is, or makes if it is called. Raises NoSummary."""
        if not self._is_model(value) and self._is_called(value):
            missing = self._missing(value)
            if missing:
                hint = f"{self.text}({', '.join(f'{name}=...' for name in missing)})"
                raise NoSummary(f"{self.text!r} needs {', '.join(map(repr, missing))}; write {hint!r}")
            value = self.run(lambda: self.machine.call(value))
        if not self._is_model(value):
            raise NoSummary(f"{self.text!r} gives no model but {self._kind(value)}")
        assert isinstance(value, Ref)
        return value

    def _is_model(self, value: Value) -> bool:
        held = self.machine.store.get(value.number) if isinstance(value, Ref) else None
        return isinstance(held, Instance) and framework(self.machine, held) is not None

    def _is_called(self, value: Value) -> bool:
        held = self.machine.store.get(value.number) if isinstance(value, Ref) else None
        return isinstance(value, (Function, LibraryClass, Partial, Method, Native)) or isinstance(held, ClassObject)

    def _missing(self, value: Value) -> list[str]:
        """The arguments that a function or class needs and that have no defaults."""
        function, bound = value, 0
        if isinstance(value, LibraryClass) and value.layer is not None:
            return [name for name, item in value.layer.fields.items() if item.default is REQUIRED]
        if isinstance(value, (Ref, LibraryClass)):
            function, bound = self.machine.quietly(lambda: self.machine.class_attribute(self.machine.mro(value), "__init__")), 1
        if not isinstance(function, Function):
            return []
        parameters = function.node.params
        positional = [*parameters.posonly_params, *parameters.params][bound:]
        return [name for item in (*positional, *parameters.kwonly_params) if (name := item.name.value) not in function.defaults]

    def _kind(self, value: Value) -> str:
        if value is None:
            return "None"
        cls = self.machine.quietly(lambda: self.machine.class_of(value))
        return "something else" if isinstance(cls, Unknown) else f"an object of {self.machine.class_name(cls)!r}"


def framework(machine: Interpreter, held: Instance) -> str | None:
    """The library whose modules or layers an object is one of."""
    for cls in machine.mro(held.cls):
        if isinstance(cls, LibraryClass) and cls.library in OUTLINES and cls.name == machine.libraries[cls.library].base:
            return cls.library
    return None

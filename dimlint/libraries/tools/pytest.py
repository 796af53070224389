"""``pytest``: marks and calls that keep a test from being run, or say that it fails. Source: https://docs.pytest.org/en/stable/reference."""

# mypy: disable-error-code="misc, override"
# ruff: noqa: PYI036 -- what is passed on is abstract, too

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import ClassObject, Function, Instance, Machine, Method, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.python.library import note
from dimlint.libraries.python.mock import named, refill, removed, replaced, restore, updated
from dimlint.libraries.tools.library import PYTEST

OUTCOME = Unknown("what ends a test is not followed")


@PYTEST.type("MarkDecorator")
class MarkDecorator:
    """A mark that has been given its arguments: what it is put on is not run, or expected to fail."""

    def __call__(machine: Machine, self: Ref, marked: Value) -> Value:
        return put_on(machine, marked)


def put_on(machine: Machine, marked: Value) -> Value:
    """Mark a function or class."""
    if isinstance(marked, (Function, Ref)):
        machine.set_attribute(marked, "pytestmark", machine.new(Instance(PYTEST.entries["MarkDecorator"], {})))
    return marked


@PYTEST.function("mark.skip", "mark.skipif", "mark.xfail")
def mark(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """The mark itself, or what it is put on. One whose condition does not hold changes nothing."""
    if len(args) == 1 and not kwargs and _is_marked(machine, args[0]):
        return put_on(machine, args[0])
    condition = args[0] if args else kwargs.get("condition", "")
    if not isinstance(condition, str) and _fails(machine, condition):
        return Native("mark", PYTEST.name, _unmarked)
    return machine.new(Instance(PYTEST.entries["MarkDecorator"], {}))


def _is_marked(machine: Machine, value: Value) -> bool:
    return isinstance(value, (Function, Method)) or (isinstance(value, Ref) and isinstance(machine.contents(value), ClassObject))


def _unmarked(machine: Machine, marked: Value) -> Value:
    return marked


def _fails(machine: Machine, condition: Value) -> bool:
    """Whether a condition surely does not hold."""
    try:
        return not machine.truth(condition)
    except Undecided:
        return False


@PYTEST.function("skip", "xfail", "fail", "exit")
def end(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """Ends the test. Raises Raised."""
    raise Raised("Skipped", "", OUTCOME)


@PYTEST.function("importorskip")
def import_or_skip(machine: Machine, modname: Value, *args: Value, **kwargs: Value) -> Value:
    """What an import of the module gives: with one that is not there, nothing of the test runs."""
    return machine.lookup(modname) if isinstance(modname, str) else Unknown("which module is imported is not known")


NOT_GIVEN = Unknown("it is not given")
UNDO = "*undo"


@PYTEST.type("MonkeyPatch")
class MonkeyPatch:
    """Attributes and items that hold something else until ``undo``."""

    def __init__(machine: Machine, self: Ref) -> None:
        machine.store_attribute(self, UNDO, ())

    def setattr(machine: Machine, self: Ref, target: Value, name: Value, value: Value = NOT_GIVEN, raising: Value = True) -> None:
        if value is NOT_GIVEN:
            owner, attribute = named(machine, target)
            _noted(machine, self, restore, replaced(machine, owner, attribute, name))
        else:
            _noted(machine, self, restore, replaced(machine, target, name, value))

    def delattr(machine: Machine, self: Ref, target: Value, name: Value = NOT_GIVEN, raising: Value = True) -> None:
        owner, attribute = named(machine, target) if name is NOT_GIVEN else (target, name)
        _noted(machine, self, restore, removed(machine, owner, attribute))

    def setitem(machine: Machine, self: Ref, dic: Value, name: Value, value: Value) -> None:
        _noted(machine, self, refill, updated(machine, dic, {name: value}))

    def delitem(machine: Machine, self: Ref, dic: Value, name: Value, raising: Value = True) -> None:
        saved = updated(machine, dic, {})
        machine.call(machine.attribute(dic, "pop"), [name, None])
        _noted(machine, self, refill, saved)

    def setenv(machine: Machine, self: Ref, name: Value, value: Value, prepend: Value = None) -> None:
        kept = Unknown("more stands before it") if prepend is not None else value
        _noted(machine, self, refill, updated(machine, machine.lookup("os.environ"), {name: kept}))

    def delenv(machine: Machine, self: Ref, name: Value, raising: Value = True) -> None:
        MonkeyPatch.delitem(machine, self, machine.lookup("os.environ"), name)

    def undo(machine: Machine, self: Ref) -> None:
        held = note(machine, self, UNDO)
        machine.store_attribute(self, UNDO, ())
        for take_back, saved in reversed(held):
            take_back(machine, saved)

    @staticmethod
    def context(machine: Machine) -> Value:
        return machine.call(PYTEST.entries["MonkeyPatch"])

    def __enter__(machine: Machine, self: Ref) -> Ref:
        return self

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        MonkeyPatch.undo(machine, self)


def _noted(machine: Machine, patch: Ref, take_back: Value, saved: tuple[Value, ...]) -> None:
    machine.store_attribute(patch, UNDO, (*note(machine, patch, UNDO), (take_back, saved)))

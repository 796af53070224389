"""``pytest``: marks and calls that keep a test from being run, or say that it fails. Source: https://docs.pytest.org/en/stable/reference."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import ClassObject, Function, Instance, Machine, Method, Native, Raised, Ref, Unknown, Value
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

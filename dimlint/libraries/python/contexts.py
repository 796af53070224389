"""``contextlib``: context managers made of generators, and managers of managers."""

# mypy: disable-error-code="misc, override"
# ruff: noqa: PYI036 -- what is passed on is abstract, too

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import END, IteratorObject, Machine, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.python.functional import update_wrapper
from dimlint.libraries.python.inspection import as_raised
from dimlint.libraries.python.library import lost

CONTEXTLIB = Library("python.contextlib", ("contextlib",))


@CONTEXTLIB.type("ContextDecorator")
class ContextDecorator:
    """A context manager that also decorates functions."""

    def __call__(machine: Machine, self: Ref, function: Value) -> Native:
        def inside(machine: Machine, /, *args: Value, **kwargs: Value) -> Value:
            return machine.call_inside(_again(machine, self), function, args, kwargs)

        return Native("inside", CONTEXTLIB.name, inside)


def _again(machine: Machine, manager: Ref) -> Value:
    """The manager for one more call: one that is made of a generator is made anew."""
    made = machine.attributes_of(manager).get("make")
    return manager if made is None else machine.call(made[0], made[1], dict(made[2]))


def _generator(machine: Machine, manager: Ref) -> Ref:
    held = machine.attributes_of(manager).get("gen")
    if not isinstance(held, Ref):
        raise Undecided("the generator of a context manager is not known")
    return held


@CONTEXTLIB.type("GeneratorManager", bases=("ContextDecorator",))
class GeneratorManager:
    """What a function decorated by ``contextmanager`` gives."""

    def __init__(machine: Machine, self: Ref, generator: Value, make: Value) -> None:
        if not isinstance(generator, Ref) or not isinstance(machine.peek(generator), IteratorObject):
            raise Undecided("a context manager is not made of a generator")
        machine.store_attribute(self, "gen", generator)
        machine.store_attribute(self, "make", make)

    def __enter__(machine: Machine, self: Ref) -> Value:
        item = machine.next_item(_generator(machine, self))
        if item is END:
            raise Raised("RuntimeError", "generator didn't yield")
        return item

    def __exit__(machine: Machine, self: Ref, kind: Value = None, value: Value = None, traceback: Value = None) -> Value:
        generator = _generator(machine, self)
        if isinstance(value, Unknown) or isinstance(kind, Unknown):
            raise Undecided("whether there is an exception is not known")
        if kind is None:
            if machine.next_item(generator) is not END:
                raise Raised("RuntimeError", "generator didn't stop")
            return False
        raised = as_raised(machine, kind if value is None else value)
        try:
            machine.throw(generator, raised)
        except Raised as again:
            if again.value is raised.value and again.kind == raised.kind:
                return False
            raise
        return True

    __aenter__, __aexit__ = __enter__, __exit__


@CONTEXTLIB.function("contextmanager", "asynccontextmanager")
def contextmanager(machine: Machine, func: Value) -> Value:
    def made(machine: Machine, /, *args: Value, **kwargs: Value) -> Value:
        make = (factory, args, tuple(kwargs.items()))
        return machine.call(CONTEXTLIB.entries["GeneratorManager"], [machine.call(func, args, kwargs), make])

    made.generator = func  # type: ignore[attr-defined]
    factory = Native("contextmanager", CONTEXTLIB.name, made)
    return update_wrapper(machine, factory, func)


@CONTEXTLIB.type("AbstractContextManager")
class AbstractContextManager:
    """Base of context managers."""

    def __enter__(machine: Machine, self: Ref) -> Value:
        return self

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        """Nothing is to be done."""


@CONTEXTLIB.type("nullcontext")
class NullContext:
    """A context manager that does nothing."""

    def __init__(machine: Machine, self: Ref, enter_result: Value = None) -> None:
        machine.store_attribute(self, "enter_result", enter_result)

    def __enter__(machine: Machine, self: Ref) -> Value:
        return machine.attributes_of(self)["enter_result"]

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        """Nothing is to be done."""


@CONTEXTLIB.type("closing")
class Closing:
    """A context manager that closes its object."""

    def __init__(machine: Machine, self: Ref, thing: Value) -> None:
        machine.store_attribute(self, "thing", thing)

    def __enter__(machine: Machine, self: Ref) -> Value:
        return machine.attributes_of(self)["thing"]

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        machine.call(machine.attribute(machine.attributes_of(self)["thing"], "close"))


@CONTEXTLIB.type("suppress", bases=("ContextDecorator",))
class Suppress:
    """A context manager that ends exceptions of some classes."""

    def __init__(machine: Machine, self: Ref, *exceptions: Value) -> None:
        machine.store_attribute(self, "exceptions", exceptions)

    def __enter__(machine: Machine, self: Ref) -> None:
        """Nothing is entered."""

    def __exit__(machine: Machine, self: Ref, kind: Value = None, value: Value = None, traceback: Value = None) -> bool:
        if isinstance(kind, Unknown):
            raise Undecided(kind.reason)
        expected = machine.attributes_of(self)["exceptions"]
        return kind is not None and machine.truth(machine.call(machine.lookup("builtins.issubclass"), [kind, expected]))


@CONTEXTLIB.type("ExitStack")
class ExitStack:
    """A context manager of any number of others."""

    def __init__(machine: Machine, self: Ref) -> None:
        machine.store_attribute(self, "callbacks", ())

    def __enter__(machine: Machine, self: Ref) -> Ref:
        return self

    def enter_context(machine: Machine, self: Ref, cm: Value) -> Value:
        result = machine.call(machine.attribute(cm, "__enter__"))
        _push(machine, self, (machine.attribute(cm, "__exit__"), None, ()))
        return result

    def push(machine: Machine, self: Ref, exit: Value) -> Value:
        _push(machine, self, (machine.attribute(exit, "__exit__"), None, ()))
        return exit

    def callback(machine: Machine, self: Ref, callback: Value, /, *args: Value, **kwargs: Value) -> Value:
        _push(machine, self, (callback, args, tuple(kwargs.items())))
        return callback

    def pop_all(machine: Machine, self: Ref) -> Ref:
        made: Ref = machine.call(CONTEXTLIB.entries["ExitStack"])
        machine.store_attribute(made, "callbacks", machine.attributes_of(self)["callbacks"])
        machine.store_attribute(self, "callbacks", ())
        return made

    def close(machine: Machine, self: Ref) -> None:
        _leave(machine, self, (None, None, None))

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> bool:
        return _leave(machine, self, excinfo)


@CONTEXTLIB.type("AsyncExitStack", bases=("ExitStack",))
class AsyncExitStack:
    """The same, whose managers may be those of ``async with``."""

    def enter_async_context(machine: Machine, self: Ref, cm: Value) -> Value:
        result = machine.awaited(machine.call(machine.attribute(cm, "__aenter__")))
        _push(machine, self, (machine.attribute(cm, "__aexit__"), None, ()))
        return result

    def push_async_exit(machine: Machine, self: Ref, exit: Value) -> Value:
        _push(machine, self, (machine.attribute(exit, "__aexit__"), None, ()))
        return exit

    def push_async_callback(machine: Machine, self: Ref, callback: Value, /, *args: Value, **kwargs: Value) -> Value:
        _push(machine, self, (callback, args, tuple(kwargs.items())))
        return callback

    def aclose(machine: Machine, self: Ref) -> None:
        _leave(machine, self, (None, None, None), waits=True)

    def __aenter__(machine: Machine, self: Ref) -> Ref:
        return self

    def __aexit__(machine: Machine, self: Ref, *excinfo: object) -> bool:
        return _leave(machine, self, excinfo, waits=True)


def _push(machine: Machine, stack: Ref, callback: Value) -> None:
    machine.store_attribute(stack, "callbacks", (*machine.attributes_of(stack)["callbacks"], callback))


def _waited(machine: Machine, result: Value, waits: bool) -> Value:
    return machine.awaited(result) if waits and isinstance(result, Ref) else result


def _leave(machine: Machine, stack: Ref, excinfo: tuple[Value, ...], *, waits: bool = False) -> bool:
    callbacks = machine.attributes_of(stack)["callbacks"]
    machine.store_attribute(stack, "callbacks", ())
    told = excinfo
    for function, args, kwargs in reversed(callbacks):
        if args is not None:
            _waited(machine, machine.call(function, args, dict(kwargs)), waits)
        elif machine.truth(_waited(machine, machine.call(function, told), waits)):
            told = (None, None, None)
    return bool(excinfo) and excinfo[0] is not None and told[0] is None


lost(CONTEXTLIB, "what is printed is not known", ("redirect_stdout", "redirect_stderr"))

"""``asyncio``: what runs one coroutine to its end. Code that runs several beside each other is not followed: what they change is forgotten.

Source: https://docs.python.org/3/library/asyncio-runner.html.
"""

# mypy: disable-error-code="misc, override"
# ruff: noqa: PYI036 -- what is passed on is abstract, too

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, Machine, Ref, Value
from dimlint.libraries.python.library import BUILTINS

ASYNCIO = Library("python.asyncio", ("asyncio",), in_part=True)


@BUILTINS.type("coroutine", bases=("object",))
class Coroutine:
    """What a call of an ``async`` function gives."""

    def __await__(machine: Machine, self: Ref) -> Value:
        return self

    def close(machine: Machine, self: Ref) -> None:
        """It never runs."""

    def send(machine: Machine, self: Ref, value: Value) -> Value:
        machine.call(machine.lookup("asyncio.ensure_future"), [self])
        raise Undecided("a coroutine is run by hand")


@ASYNCIO.function("run")
def run(machine: Machine, main: Value, **options: Value) -> Value:
    return machine.awaited(main)


@ASYNCIO.function("sleep")
def sleep(machine: Machine, delay: Value, result: Value = None) -> Value:
    return result


@ASYNCIO.type("Runner")
class Runner:
    """A context manager that runs coroutines."""

    def __enter__(machine: Machine, self: Ref) -> Ref:
        return self

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        """The loop is closed."""

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"{name} of a loop is not followed")

    def run(machine: Machine, self: Ref, coro: Value, **options: Value) -> Value:
        return machine.awaited(coro)


@ASYNCIO.type("AbstractEventLoop")
class Loop:
    """An event loop; of what else it does nothing is known."""

    def run_until_complete(machine: Machine, self: Ref, future: Value) -> Value:
        return machine.awaited(future)

    def close(machine: Machine, self: Ref) -> None:
        """Nothing runs any more."""

    def is_closed(machine: Machine, self: Ref) -> Value:
        raise Undecided("whether a loop is closed is not known")

    def create_task(machine: Machine, self: Ref, coro: Value, **options: Value) -> Value:
        return machine.call(machine.lookup("asyncio.ensure_future"), [coro])

    def run_in_executor(machine: Machine, self: Ref, executor: Value, func: Value, *args: Value) -> Value:
        return machine.call(machine.lookup("asyncio.to_thread"), [func, *args])

    def call_soon(machine: Machine, self: Ref, callback: Value, *args: Value, **options: Value) -> Value:
        return machine.call(machine.lookup("asyncio.to_thread"), [callback, *args])

    def call_later(machine: Machine, self: Ref, delay: Value, callback: Value, *args: Value, **options: Value) -> Value:
        return machine.call(machine.lookup("asyncio.to_thread"), [callback, *args])

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"{name} of a loop is not followed")

    call_at = call_later
    call_soon_threadsafe = call_soon


@ASYNCIO.function("new_event_loop", "get_event_loop", "get_running_loop")
def get_loop(machine: Machine) -> Value:
    return machine.new(Instance(ASYNCIO.entries["AbstractEventLoop"], {}))


@ASYNCIO.function("set_event_loop")
def set_loop(machine: Machine, loop: Value) -> None:
    """Loops are all alike."""

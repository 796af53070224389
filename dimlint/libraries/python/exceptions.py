"""Exception classes, with Python's own relations between them."""

from __future__ import annotations

import builtins
from dataclasses import replace

from dimlint.core.value import Instance, Machine, Native, Property, Ref, Value
from dimlint.libraries.python.library import BUILTINS, instance_object


@BUILTINS.type("BaseException", bases=("object",))
class BaseExceptionType:
    def __new__(machine: Machine, cls: Value, *args: Value, **kwargs: Value) -> Value:
        made = machine.blank(cls)
        machine.update(made, replace(instance_object(machine, made), attributes={"args": tuple(args), "__cause__": None}))
        return made

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        contents = machine.contents(self)
        if isinstance(contents, Instance):
            machine.update(self, replace(contents, attributes={**contents.attributes, "args": tuple(args)}))

    def __str__(machine: Machine, self: Ref) -> Value:  # type: ignore[override]
        contents = machine.contents(self)
        args = contents.attributes.get("args", ()) if isinstance(contents, Instance) else ()
        return machine.call(BUILTINS.entries["str"], args if len(args) < 2 else [args])

    def with_traceback(machine: Machine, self: Ref, traceback: Value) -> Ref:
        return self

    def add_note(machine: Machine, self: Ref, note: Value) -> None:
        """Notes are not followed."""


def _declare(cls: type[BaseException]) -> None:
    if cls.__name__ in BUILTINS.entries:
        return
    for base in cls.__bases__:
        if issubclass(base, BaseException):
            _declare(base)
    bases = tuple(base.__name__ for base in cls.__bases__ if issubclass(base, BaseException))
    BUILTINS.type(cls.__name__, bases=bases)(type(cls.__name__, (), {}))


for _cls in list(vars(builtins).values()):
    if isinstance(_cls, type) and issubclass(_cls, BaseException):
        _declare(_cls)

def _first(machine: Machine, self: Ref) -> Value:
    args = machine.attributes_of(self).get("args", ())
    return args[0] if args else None


for _name, _attribute in (("StopIteration", "value"), ("SystemExit", "code")):
    BUILTINS.entries[_name].methods[_attribute] = Property(Native(f"{_name}.{_attribute}", BUILTINS.name, _first))

for _alias in ("IOError", "EnvironmentError"):
    BUILTINS.value(_alias, BUILTINS.entries["OSError"])

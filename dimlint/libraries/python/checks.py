"""What classes of the program answer about what is below them: ``__instancecheck__``, ``__subclasscheck__``, ``__subclasshook__``."""

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import ClassMethod, ClassObject, Machine, Ref, Unknown, Value


def own_answer(machine: Machine, cls: Value, check: str, asked: Value, other: Value) -> bool | None:
    """What a class answers by methods of its metaclass or a hook of its own; None if it has none. other: the class that is asked about."""
    if not isinstance(cls, Ref) or not isinstance(machine.peek(cls), ClassObject):
        return None
    method = own_method(machine, machine.mro(machine.class_of(cls)), check)
    if method is not None:
        return machine.truth(machine.call(method, [cls, asked]))
    hook = own_method(machine, machine.mro(cls), "__subclasshook__")
    if hook is None:
        return None
    answer = machine.call(hook.function, [cls, other]) if isinstance(hook, ClassMethod) else Unknown("a hook is not a class method")
    if isinstance(answer, Unknown):
        raise Undecided(answer.reason)
    return None if answer is NotImplemented else machine.truth(answer)


def own_method(machine: Machine, order: tuple[Value, ...], name: str) -> Value:
    """A method that a class of the program defines, or None."""
    for cls in order:
        contents = machine.contents(cls) if isinstance(cls, Ref) else None
        if isinstance(contents, ClassObject) and name in contents.attributes:
            return contents.attributes[name]
    return None

"""Which special methods answer an operator, and what it is when they do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dimlint.core.problem import Undecided
from dimlint.core.results import Own
from dimlint.core.value import LibraryClass, ListObject, Raised, Ref, SomeNumber, Tensor, Unknown, Value, is_size, lost_size
from dimlint.interpreter.frame import MISSING, Site
from dimlint.interpreter.objects import Objects
from dimlint.interpreter.operators import REFLECTED

PLAIN = frozenset([int, float, complex, bool, str, bytes, tuple, type(None)])
"""Types that leave an operator with an object of the program to the object."""


class Dispatching(Objects):
    """Operators by special methods."""

    def answered(self, op: str, name: str, reflected: str, a: Value, b: Value, site: Site | None, in_place: bool = False) -> Value:
        """What the special methods make of ``a op b``; NotImplemented if there are none. Raises Raised if none of them can tell."""
        asked = False
        for method, args in self._operator_methods(name, reflected, a, b, in_place):
            answer = self.call(method, args, site=site)
            if answer is not NotImplemented:
                return answer
            asked = True
        if not asked or op == "!=":  # which may still be the opposite of ``==``
            return NotImplemented
        if op == "==":
            return isinstance(a, Ref) and a == b
        if not (self._knows_only_its_own(a) and self._knows_only_its_own(b)):
            raise Undecided("whether a type knows an operator is not known")
        raise Raised("TypeError", f"unsupported operand type(s) for {op}")

    def _knows_only_its_own(self, value: Value) -> bool:
        """Whether a value is plain, or has no operators but those that the program defines."""
        if not isinstance(value, Ref):
            return type(value) in PLAIN
        return not any(isinstance(cls, (LibraryClass, Unknown)) and cls != self.builtin("object") for cls in self.mro(self.class_of(value)))

    def _operator_methods(
        self, name: str, reflected: str, a: Value, b: Value, in_place: bool = False
    ) -> Iterator[tuple[Value, Sequence[Value]]]:
        """The special methods that answer, in Python's order."""
        if any(isinstance(value, Unknown) and not isinstance(value, SomeNumber) for value in (a, b)):
            return
        if (isinstance(a, SomeNumber) and not self._counts(b)) or (isinstance(b, SomeNumber) and not self._counts(a)):
            return
        if in_place and (method := self.special(a, f"i{name}")) is not None:
            yield method, (a, b)
        first = isinstance(b, Tensor) and _gives_way(a, b)
        if isinstance(a, Ref) and isinstance(b, Ref):
            first = self._comes_first(a, b, reflected)
        if first and (method := self.special(b, reflected)) is not None:
            yield method, (b, a)
        if (method := self.special(a, name)) is not None:
            yield method, (a, b)
        if not first and (method := self.special(b, reflected)) is not None and self._is_asked(a, b, reflected):
            yield method, (b, a)

    def _comes_first(self, a: Ref, b: Ref, reflected: str) -> bool:
        """Whether the right operand is asked first: an object of a subclass, for arithmetic one that defines the method anew."""
        left, right = self.class_of(a), self.class_of(b)
        if left == right or isinstance(right, LibraryClass) or left not in self.mro(right):
            return False
        is_comparison = reflected in REFLECTED.values()
        return is_comparison or bool(self.special(b, reflected) is not self.special(a, reflected))

    def _is_asked(self, a: Value, b: Value, reflected: str) -> bool:
        """Whether the right operand is asked after the left one: for arithmetic not one of the same class, which has answered."""
        if reflected in REFLECTED.values() or not isinstance(a, Ref) or not isinstance(b, Ref):
            return True
        return bool(self.class_of(a) != self.class_of(b))

    def _counts(self, value: Value) -> bool:
        """Whether a number of NumPy's calculates with it."""
        if isinstance(value, Ref):
            return isinstance(self.store.get(value.number), ListObject)
        return isinstance(value, (Tensor, SomeNumber, tuple, float, complex)) or is_size(value)

    def special(self, value: Value, name: str) -> Value | None:
        """The function behind an operator, for tensors and instances."""
        if isinstance(value, SomeNumber):
            return self.libraries["numpy"].entries.get(f"Tensor.__{name}__")
        if isinstance(value, Tensor):
            return self.libraries[value.library].entries.get(f"Tensor.__{name}__")
        if isinstance(value, Ref):
            found = self.class_attribute(self.mro(self.class_of(value)), f"__{name}__")
            return None if found is MISSING else found
        if isinstance(value, Own):  # what its own class and what is mixed in define comes before the operators of the type
            own = [cls for cls in self.mro(self.class_of(value)) if not isinstance(cls, LibraryClass) or cls.library != "builtins"]
            found = self.class_attribute(own, f"__{name}__")
            return None if found is MISSING else found
        return None


def is_of_lost_sizes(a: Value, b: Value) -> bool:
    """Whether Python itself calculates with an integer of which the value is lost: beside no array and no object."""
    lost = lost_size(a) is not None or lost_size(b) is not None
    return lost and not isinstance(a, (Tensor, Ref)) and not isinstance(b, (Tensor, Ref))


def _gives_way(a: Value, b: Tensor) -> bool:
    """Whether the right operand is asked first: a tensor by plain values, a framework's tensor by arrays of NumPy's."""
    return not isinstance(a, Tensor) or (a.library == "numpy") > (b.library == "numpy")

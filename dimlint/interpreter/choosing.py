"""What is done to one of several objects, where an undecided condition tells which it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from dimlint.core.dataclass import dataclass
from dimlint.core.library import ENTRIES
from dimlint.core.problem import Uncounted, Undecided
from dimlint.core.results import Own, UndecidedComparison
from dimlint.core.value import ClassObject, DictObject, Either, Function, Instance, Method, Raised, Ref, Repeated, Unknown, Value
from dimlint.interpreter.frame import MISSING, Site
from dimlint.interpreter.guarding import conditions
from dimlint.interpreter.joining import join_values
from dimlint.interpreter.kinds import Inherited
from dimlint.interpreter.parameters import Parameters
from dimlint.interpreter.record import BEHIND, told
from dimlint.interpreter.selecting import one_of


@dataclass(frozen=True, eq=False)
class EitherMethod(Unknown):
    """A method of one of several objects: that of each."""

    methods: tuple[Method, ...] = ()


class Choosing(Parameters):
    """Attributes and calls of an ``Either``."""

    def own_attribute(self, value: Value, name: str) -> Value:
        try:
            return super().own_attribute(value, name)
        except Undecided as undecided:
            ref = value.ref if isinstance(value, Own) else value
            if undecided.parts is None and isinstance(ref, Ref) and not name.startswith("__") and self._is_open(ref):
                undecided.parts = Inherited(undecided.reason, receiver=ref)
            raise

    def _is_open(self, ref: Ref) -> bool:
        """Whether an object of the program has a base that is not followed."""
        held = self.store.get(ref.number)
        own = isinstance(held, Instance) and isinstance(held.cls, Ref)
        return own and any(isinstance(cls, Unknown) for cls in self.mro(held.cls))

    def attribute_of_either(self, value: Either, name: str) -> Value:
        """What all of the objects have by that name: a method of whichever it is, or what their attributes agree on. Raises Undecided.

        Of what may be something else, or where not all have it: what any of them has, or something else.
        """
        if value.complete and all(isinstance(self.store.get(ref.number), Instance) for ref in value.refs):
            found: list[Value] = []

            def path(ref: Value) -> Value:
                found.append(self.attribute(ref, name))
                return found[-1]

            joined = self._whichever(path, _ordered(value))
            if len(found) == len(value.refs):
                methods = tuple(item for item in found if isinstance(item, Method))
                return EitherMethod(value.reason, methods) if len(methods) == len(found) else joined
        containers = [ref for ref in _ordered(value) if not isinstance(self.store.get(ref.number), (Instance, ClassObject))]
        inside = one_of(self.store, containers, value.reason)  # what their methods may give
        self.touch(value, name)
        found = [self.quietly(partial(self._plainly, ref, name)) for ref in _ordered(value)]
        parts = join_values(one_of(self.store, [tuple(found)], value.reason), inside)
        if not isinstance(parts, Either):
            raise Undecided(value.reason)
        return parts

    def _whichever(self, path: Callable[[Value], Value], options: Sequence[Value]) -> Value:
        """What a path gives, taken for one of the options. Nothing is reported, since it may be another one."""
        with self.muted(), self.undecided():
            return self.fork_values([partial(path, option) for option in options])

    def _plainly(self, ref: Ref, name: str) -> Value:
        """What an object holds by a name, or its method; nothing runs."""
        held = self.store.get(ref.number)
        if not isinstance(held, Instance):
            raise Undecided("it is no object")
        if name in held.attributes:
            return held.attributes[name]
        if held.layer is not None:
            with suppress(Raised):
                return self.own_attribute(ref, name)
        found = self.class_attribute(self.mro(held.cls), name)
        return Method(found, ref) if isinstance(found, Function) and name not in ENTRIES else None

    def item_of(self, value: Value, index: Value, site: Site | None) -> Value:
        """``value[index]``; where it is not known which item that is, one of them. A ``defaultdict`` may have one more then.

        Raises Undecided, Raised.
        """
        try:
            found = self.get_item(value, index, site)
            return one_of(self.store, (value,), found.reason) if type(found) is Unknown else found
        except (Uncounted, UndecidedComparison):
            raise
        except Undecided as undecided:
            parts = one_of(self.store, (value,), undecided.reason)
            held = self.store.get(value.number) if isinstance(value, Ref) else None
            if isinstance(held, DictObject) and held.default_factory is not None:
                self.forget(value, undecided.reason)
            if isinstance(parts, Either):
                return parts
            raise

    def elements_of_each(self, value: Either, limit: int) -> list[Value]:
        """The items of one of several objects: as many of each, or an unknown number of items that are alike. Raises Undecided."""
        if any(self._counts_itself(ref) for ref in value.refs):
            raise Undecided(value.reason)

        def path(ref: Value) -> Value:
            try:
                return tuple(self.elements(ref, limit))
            except Uncounted as uncounted:
                return Repeated(uncounted.reason, uncounted.item)

        joined = self._whichever(path, _ordered(value))
        if not isinstance(joined, tuple):
            raise Uncounted(joined.reason, joined.item) if isinstance(joined, Repeated) else Undecided(value.reason)
        return list(joined)

    def _counts_itself(self, ref: Ref) -> bool:
        """Whether an object of the program is its own iterator, which may go on for long."""
        held = self.store.get(ref.number)
        own = isinstance(held, Instance) and isinstance(held.cls, Ref)
        return own and self.class_attribute(self.mro(held.cls), "__next__") is not MISSING

    def call_each(
        self, function: Either | EitherMethod, args: tuple[Value, ...], kwargs: Mapping[str, Value], site: Site | None
    ) -> Value:
        """What several callables give of which one is called.

        That one of them is refused proves nothing, since there may be a reason why it is not this one; that all are does.
        """
        options: Sequence[Value] = function.methods if isinstance(function, EitherMethod) else _ordered(function)
        refused: list[Value] = []

        def path(option: Value) -> Value:
            known, here = len(self.record.refusals), (len(conditions(self)), self.muting, self.doubtful)
            try:
                return self.call(option, args, kwargs, site)
            except Raised as raised:
                self.record.died()
                self.record.doubt(BEHIND)
                return Unknown(told(raised))
            finally:
                refused.extend([option] if here in self.record.refusals[known:] else [])

        value = self._whichever(path, options)
        return value if len(refused) < len(options) else self.call(refused[0], args, kwargs, site)


def _ordered(value: Either) -> Sequence[Ref]:
    """The objects in the order in which they were made."""
    return sorted(value.refs, key=lambda ref: ref.number)

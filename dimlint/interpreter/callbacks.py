"""Functions of the program that other code is given: nobody sees when they run, so what they change is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from dimlint.core.library import ENTRIES
from dimlint.core.problem import OutOfFuel, Undecided, bare
from dimlint.core.results import items_in
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Either,
    Function,
    Instance,
    IteratorObject,
    LibraryClass,
    ListObject,
    Method,
    Native,
    Partial,
    Raised,
    Ref,
    SetObject,
    Tensor,
    Unknown,
    Value,
)
from dimlint.interpreter.applying import Applying
from dimlint.interpreter.awaiting import body_of, unbound
from dimlint.interpreter.effects import Effect, changes_something, lost_parts, written_effects
from dimlint.interpreter.frame import MISSING, Key, Site, serial, serial_of
from dimlint.interpreter.handed import after_some, identity, is_of_main, is_python, node_of, untupled
from dimlint.interpreter.kinds import Inherited
from dimlint.interpreter.methods import MUTATORS
from dimlint.interpreter.record import Record

CALLED_LATER = "a function that other code was given may have changed it"
FREED = "an object that is freed may have changed it"
CHANGED = "unknown code may have changed it"

PROTOCOL = frozenset(["__call__", "__getitem__", "__iter__", "__len__", "__next__"])
"""Methods by which a library uses any object."""
ANSWERS = frozenset(["__bool__", "__contains__", "__eq__", "__hash__", "__lt__", "__repr__", "__str__"])
"""Others, which hardly ever change anything."""

FUNCTIONS = (Function, Method, Partial)

TELLING = frozenset(["excepthook", "formatwarning", "showwarning", "stderr", "stdout"])
"""Names of Python's modules that a program may set, and by which others of its functions run code of the program then."""

MAX_NESTING = 4
"""Levels of data in which functions are looked for."""
MAX_KEPT = 100
"""Functions that are kept apart though they were made in the same place of the program."""
ENOUGH = 4
"""Runs of one function that other code may call at any time, after which it is taken to change what it has changed."""
MAX_VAGUE = 3
"""Vague runs inside each other."""
VAGUE_SHARE = 8
"""One vague run may take this part of the fuel that is left."""


class Callbacks(Applying):
    """What becomes of functions that a library or unknown code is given."""

    called: set[int]
    """Functions, by the identity of their node, that ran."""
    kept: dict[Key, Value]
    """Functions that other code may run at any time from now on, and that change what stands outside of them."""
    model_hooks: dict[Key, Value]
    """Functions that run whenever a model does, which other code may have."""
    effects: dict[Key, list[Effect]]
    """What each of them changed when it ran."""
    settled_effects: dict[Key, frozenset[str] | None]
    """What all those together change that have run often enough to tell, or whose text tells it."""
    vague: int
    """Vague runs that are going on."""

    # -- who is given what

    def call_declared(self, native: Native, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        """Call a declared function. The functions it is given and does not run itself may run later."""
        python = is_python(native.library)
        functions = self._named_by(args, kwargs) if python else list(self.functions_in((*args, *kwargs.values())))
        try:
            if not functions or native.name in self.libraries[native.library].following:
                result = self._call_native(native, args, kwargs)
            else:
                result = self._call_with_functions(native, args, kwargs, functions, only_lost=python)
        except Undecided:
            self.tell_given(native, (*args, *kwargs.values()))
            raise
        if isinstance(result, Unknown):
            self.tell_given(native, (*args, *kwargs.values()))
        if self.kept and (self.patched & TELLING if python else self._may_run_others(native, result)):
            self.run_kept()
        return result

    def _named_by(self, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> list[Value]:
        """The functions that a function of Python's own is given; by keyword also objects and classes: ``dumps(x, cls=Encoder)``."""
        given = [value for value in (*args, *kwargs.values()) if type(value) in FUNCTIONS]
        found = list(self.functions_in(given)) if given else given
        for value in kwargs.values() if kwargs else ():
            held = self._held(value)
            if isinstance(held, Instance) and isinstance(held.cls, Ref):
                found += self.functions_in((value,))
            elif isinstance(held, ClassObject) and all(not isinstance(cls, LibraryClass) or is_python(cls.library) for cls in held.mro):
                found += self._called_back(value)
        return found

    def _may_run_others(self, native: Native, result: Value) -> bool:
        """Whether a declared function does more than to compute shapes, such as ``fit`` and ``backward``."""
        if native.label.startswith("__"):
            return native.label == "__iter__"
        return result is None or isinstance(result, Unknown) or self._binder(native.body).wants_machine

    def _call_with_functions(
        self, native: Native, args: tuple[Value, ...], kwargs: Mapping[str, Value], functions: list[Value], *, only_lost: bool
    ) -> Value:
        before, self.called = self.called, set()
        lost: Undecided | None = None
        result: Value = None
        try:
            result = self._call_native(native, args, kwargs)
        except Undecided as undecided:
            lost = bare(undecided)
        finally:
            ran, self.called = self.called, before
            before |= ran
        if not only_lost or lost is not None or isinstance(result, Unknown):
            back = {identity(function) for function in self.functions_in((result,))}
            self.hand_over(f for f in functions if identity(f) not in back and not (node_of(f) is not None and id(node_of(f)) in ran))
        if lost is not None:
            raise bare(lost)
        return result

    def may_change(self, function: Value, args: Sequence[Value]) -> None:
        """Unknown code runs: it may change the objects and run the functions that it is given, and those of others."""
        receiver = (function.receiver,) if isinstance(function, (Method, Inherited)) else ()
        functions = list(self.functions_in((*self._meant_by(function), *args) if isinstance(function, Either) else args))
        args = [value for value in untupled(args, MAX_NESTING) if not self._is_constant(self._held(value))]
        if not self.is_inert(function):
            for value in (*receiver, *args):
                self._forget_data(value, MAX_NESTING)
        super().may_change(function, args)
        self.hand_over(functions)
        if self.model_hooks and any(isinstance(self._held(value), Instance) for value in (*receiver, *args)):
            self.hand_over(self.model_hooks.values())
        self.run_kept()

    def _meant_by(self, function: Either) -> Iterator[Value]:
        """What runs if one of these is called, as far as the file itself defines it: of its models, what takes their input."""
        if isinstance(function, Inherited):
            yield from self.methods_of(function.receiver)
        own = ((item, item.function if isinstance(item, Method) else item) for item in function.functions)
        yield from (item for item, function in own if not isinstance(function, Tensor) and is_of_main(function))
        for ref in function.refs:
            held = self.store.get(ref.number)
            if isinstance(held, Instance) and isinstance(held.cls, Ref):
                found = (self.class_attribute(self.mro(held.cls), name) for name in (*ENTRIES, "__call__"))
                yield from (Method(item, ref) for item in found if is_of_main(item))

    def _forget_data(self, value: Value, depth: int) -> None:
        """Lists, dictionaries and plain data in an object; the parts of a model stay as they are."""
        if not isinstance(value, Ref) or depth == 0:
            return
        held = self.store.get(value.number)
        if isinstance(held, Instance) and not self._is_constant(held):
            part = self._is_part(held)
            for item in held.attributes.values():
                if not part or not isinstance(self._held(item), Instance):
                    self._forget_data(item, depth - 1)
            if not part:
                lost = Unknown(CHANGED)
                own = held.attributes.items()
                kept = {name: item if name[:1] == "*" or isinstance(item, (Ref, Function)) else lost for name, item in own}
                self.update(value, replace(held, attributes=kept))
        elif isinstance(held, (ListObject, SetObject, DictObject)):
            for item in items_in(held):
                self._forget_data(item, depth - 1)
            self.forget(value, CHANGED)

    def _is_constant(self, held: Value) -> bool:
        """Whether the object is a member of an enumeration."""
        return isinstance(held, Instance) and any(isinstance(cls, LibraryClass) and cls.name == "Enum" for cls in self.mro(held.cls))

    def _held(self, value: Value) -> Value:
        return self.store.get(value.number) if isinstance(value, Ref) else None

    def set_attribute(self, value: Value, name: str, new: Value) -> None:
        super().set_attribute(value, name, new)
        self._given_to(value, new)

    def set_item(self, value: Value, index: Value, new: Value, site: Site | None) -> None:
        super().set_item(value, index, new, site)
        if isinstance(value, Unknown):
            self._given_to(value, new)

    def _given_to(self, value: Value, new: Value) -> None:
        """An object that is not the program's gets hold of a value."""
        held = self._held(value)
        library = isinstance(held, Instance) and isinstance(held.cls, LibraryClass) and not self._is_part(held)
        if isinstance(new, (Function, Method, Partial)) and (isinstance(value, Unknown) or library):
            self.hand_over(self.functions_in((new,)))
        if isinstance(new, Ref) and (isinstance(value, Tensor) or (isinstance(value, Unknown) and not self.is_inert(value))):
            self.may_change(Unknown(CHANGED), (new,))

    # -- functions among values

    def functions_in(self, values: Iterable[Value], depth: int = MAX_NESTING) -> Iterator[Value]:
        """The program's functions, and methods that change an object, in data and in objects that a library calls."""
        for value in values:
            if isinstance(value, Function):
                yield value
            elif isinstance(value, Method):
                if isinstance(value.function, Function) or (isinstance(value.function, Native) and value.function.label in MUTATORS):
                    yield value
            elif isinstance(value, Partial):
                yield from self.functions_in((value.function, *value.args, *value.kwargs.values()), depth - 1) if depth else ()
            elif type(value) is tuple and depth:
                yield from self.functions_in(value, depth - 1)
            elif isinstance(value, Ref) and depth:
                held = self.store.get(value.number)
                if isinstance(held, (ListObject, SetObject, DictObject)):
                    yield from self.functions_in(items_in(held), depth - 1)
                elif isinstance(held, Instance) and isinstance(held.cls, Ref):
                    yield from self._callbacks(value, held)
                elif (body := body_of(held)) is not None:
                    yield body

    def _callbacks(self, ref: Ref, held: Instance) -> Iterator[Value]:
        """The methods by which a library uses an object of the program: those that its base names, and Python's protocols."""
        if self._is_part(held):
            return
        yield from (Method(function, ref) for function in self._called_back(held.cls))

    def _called_back(self, cls: Value) -> Iterator[Function]:
        order = self.mro(cls)
        named = {name for cls in order if isinstance(cls, LibraryClass) and cls.name != "object" for name in cls.methods}
        anything = any(isinstance(cls, Unknown) for cls in order)
        seen: set[str] = {"__init__", "__new__"}
        for cls in order:
            body = self.store.get(cls.number).attributes if isinstance(cls, Ref) else {}
            for name, value in body.items():
                asked = anything or name in PROTOCOL or name in named or (name in ANSWERS and changes_something(value))
                if asked and name not in seen and isinstance(value, Function):
                    yield value
                seen.add(name)

    def _is_part(self, held: Instance) -> bool:
        """Whether the object is a layer or model."""
        return any(
            isinstance(cls, LibraryClass)
            and (cls.layer is not None or cls.name == self.libraries[cls.library].base or cls.name in self.libraries[cls.library].models)
            for cls in self.mro(held.cls)
        )

    @contextmanager
    def handing_over(self, cls: Ref, args: Sequence[Value]) -> Iterator[None]:
        """An object is made. If a base that is not known makes it, that base may call every method of the class on what it is given."""
        try:
            yield
        except Undecided:
            self.may_change(cls, args)
            self.hand_over(self._called_back(cls))
            raise

    # -- running them

    def hand_over(self, functions: Iterable[Value]) -> None:
        """Other code has these functions now, and may run them at once and at any time later."""
        for function in functions:
            if self.run_vaguely(function, CALLED_LATER):
                self.kept[identity(function) if len(self.kept) < MAX_KEPT else node_of(function)] = function

    def may_call_methods(self, value: Value) -> None:
        """Other code may call every method that the program gives an object."""
        if isinstance(value, Ref):
            self.hand_over(self.methods_of(value))

    def note_hook(self, function: Value) -> None:
        """A function that runs whenever a model does: the program's own calls run it, too."""
        if isinstance(function, (Function, Method)):
            self.model_hooks[identity(function)] = function

    def run_kept(self) -> None:
        """Code runs that may run what others were given."""
        if self.vague:
            return
        for key, function in list(self.kept.items()):
            effects = self.effects.setdefault(key, [])
            if len(effects) < ENOUGH:
                since = serial()
                with self.store.watched() as written:
                    _, missing = self._run_vaguely(function, CALLED_LATER)
                effects.append({cell: lost_parts(self.store.get(cell)) for cell in written if serial_of(cell) <= since})
                if missing or len(effects) == ENOUGH:
                    self._settle([*effects, written_effects(self, function)])
        self.repeat()

    def may_be_freed(self, ref: Ref) -> None:
        """An object with a ``__del__`` may be freed after any statement: what that changes of what was there before it is not known."""
        held = self.store.get(ref.number)
        method = self.quietly(lambda: self.class_attribute(self.mro(held.cls), "__del__")) if isinstance(held, Instance) else None
        if not isinstance(method, Function) or self.vague >= MAX_VAGUE or id(method.node) in self.active:
            return
        journal = self.store.open()
        self.vague += 1
        with self.store.watched() as written:
            self._apart(method, (ref,), FREED)
        self.vague -= 1
        self.store.undo(journal)
        self.store.close(journal)
        ran = {cell: lost_parts(after_some(values, FREED)) for cell, values in written.items()}
        for effect in (ran, written_effects(self, Method(method, ref))):
            self._settle([{cell: names for cell, names in effect.items() if serial_of(cell) < ref.number}])
        self.repeat()

    def _settle(self, effects: Sequence[Effect]) -> None:
        """A function has run often enough to tell what it changes, or its text has to tell it."""
        for effect in effects:
            for cell, names in effect.items():
                known = self.settled_effects.get(cell, names)
                self.settled_effects[cell] = None if names is None or known is None else known | names

    def repeat(self) -> None:
        """What functions change that have run often enough to tell, without running them."""
        lost = Unknown(CALLED_LATER)
        for cell, names in self.settled_effects.items():
            held = self.store.get(cell)
            if names is None or not isinstance(held, Instance):
                if held is not MISSING and not isinstance(held, Unknown):
                    self.store.set(cell, lost)
            elif any(not isinstance(held.attributes.get(name), Unknown) for name in names):
                self.store.set(cell, replace(held, attributes={**held.attributes, **dict.fromkeys(names, lost)}))

    def run_vaguely(self, function: Value, reason: str) -> bool:
        """Run a function any number of times on arguments that are not known. Whether it changes what stands outside of it."""
        return any(self._run_vaguely(function, reason))

    def _run_vaguely(self, function: Value, reason: str) -> tuple[bool, bool]:
        """The same; whether it changes something, and whether it was not followed to its end."""
        called, given = unbound(function)
        if isinstance(called, Native) and isinstance(function, Method) and isinstance(function.receiver, Ref):
            self.forget(function.receiver, reason)
            return True, False
        if not isinstance(called, Function):
            return False, False
        if self.vague >= MAX_VAGUE or id(called.node) in self.active:
            return False, True
        since = serial()
        self.vague += 1
        with self.store.watched() as written:
            missing = self._apart(called, given, reason)
        self.vague -= 1
        outside = [key for key in written if serial_of(key) <= since]
        for key in outside:
            self.store.set(key, after_some(written[key], reason))
        return bool(outside), missing

    def _apart(self, called: Function, args: tuple[Value, ...], reason: str) -> bool:
        """Run a function so that the record shows nothing of it. Whether it was not followed to its end."""
        footing, record, before = self.footing(), self.record, self.called
        self.record, self.called = Record(), set()
        missing = False
        with self.fuel.share(VAGUE_SHARE):
            try:
                self._call_open(called, args, reason)
            except Raised:
                missing = True
            except OutOfFuel:
                self.regain(footing)
                self.unseen()
                missing = True
        record.risks += bool(self.record.risks)
        self.record, self.called = record, before
        return missing

    def _call_open(self, called: Function, args: tuple[Value, ...], reason: str) -> None:
        """Call a function, unknown values for what it is not given."""
        parameters = called.node.params
        every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
        unknown = dict.fromkeys((parameter.name.value for parameter in every), Unknown(reason))
        known = self.open_ended
        self.open_ended = known | {id(called.node)}
        try:
            with self.muted(), self.undecided():
                made = self.call(replace(called, defaults=unknown, number=serial()), args)
                if body_of(self._held(made)) is not None:
                    self.quietly(lambda: self.awaited(made))
                elif isinstance(self._held(made), IteratorObject):
                    self.quietly(lambda: self.elements(made))  # a generator runs as it is asked for its items
        finally:
            self.open_ended = known

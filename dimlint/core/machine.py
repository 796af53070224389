"""What the interpreter offers to the libraries: the one interface between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dimlint.core.layer import Layer
    from dimlint.core.problem import Problem
    from dimlint.core.value import Contents, LibraryClass, Raised, Ref, Site, Step, Tensor, Value


class Machine(Protocol):
    """What the interpreter offers to library code that needs more than shapes."""

    settings: Mapping[str, Value]
    """Framework settings: ``image_data_format``, ``keras_version`` …; the program may change them."""
    patched: set[str]
    """Names that the program has set in libraries and their classes."""

    def call(self, function: Value, args: Sequence[Value] = (), kwargs: Mapping[str, Value] | None = None) -> Value:
        """Call any callable value. A ``Problem`` inside is reported and yields ``Unknown``."""

    def may_call_methods(self, value: Value) -> None:
        """Other code may call every method that the program gives an object, at once and at any time later."""

    def note_hook(self, function: Value) -> None:
        """Whoever is given a model may call it, and so this function."""

    def changing(self, question: Callable[[], Value]) -> tuple[Value, bool]:
        """The answer to a question, and whether asking it has changed objects or variables that were there before."""

    def try_model(self, ref: Ref, function: Value, args: Sequence[Value]) -> tuple[Value, Problem | None]:
        """A call that runs a model and is no application of it: its first certain Problem is handed back instead of being reported."""

    def apply(self, ref: Ref, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """Run the bound layer of an instance on its inputs: convert, ``output``, wrap. Raises Problem, Undecided."""

    def construct(self, ref: Ref, layer: type[Layer], args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
        """Bind a layer declaration to an instance, as the library class's ``__init__`` does."""

    def attribute(self, value: Value, name: str) -> Value:
        """``getattr(value, name)``. Raises ``Raised('AttributeError')`` if it is surely missing, else Undecided."""

    def set_attribute(self, value: Value, name: str, new: Value) -> None: ...
    def delete_attribute(self, value: Value, name: str) -> None: ...
    def drop_attribute(self, value: Value, name: str) -> None: ...

    def store_attribute(self, value: Value, name: str, new: Value) -> None:
        """Put an attribute into the object itself, as ``object.__setattr__`` does."""

    def store_attributes(self, ref: Ref, values: Mapping[str, Value]) -> None:
        """Put several attributes into an object."""

    def registered(self, ref: Ref, name: str) -> Value:
        """A part of a module by its name, as the module itself finds it. Raises Raised, Undecided."""

    def own_attribute(self, value: Value, name: str) -> Value:
        """An attribute without the program's ``__getattribute__``, as ``object.__getattribute__`` finds it."""

    def blank(self, cls: Value) -> Ref:
        """A new instance of a class, not initialised, as ``object.__new__`` makes it."""

    def awaited(self, value: Value) -> Value:
        """``await value``. Raises Raised, Undecided."""

    def call_inside(self, manager: Value, function: Value, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """Call a function inside of a context manager."""

    def define(
        self, metaclass: Value, name: str, bases: Sequence[Value], namespace: Mapping[str, Value], keywords: Mapping[str, Value]
    ) -> Ref:
        """A new class, as ``type.__new__`` makes it."""

    def loaded_module(self, name: str) -> Value | None:
        """A module of the program that has begun to run, by its name; None if there is none."""

    def open_number(self, name: str, reason: str) -> Value:
        """A number from outside of the program: not known, but the same wherever it is used."""

    def attributes_of(self, ref: Ref) -> Mapping[str, Value]:
        """The attributes that an instance has of its own. Raises Undecided."""

    def iterator(self, value: Value) -> Ref:
        """``iter(value)``: a new iterator, or the value itself if it is one. Raises Undecided."""

    def watching(self, rows: Sequence[Value], sources: Sequence[Value]) -> Ref:
        """An iterator over rows, of which each has one item of each source; it sees what becomes of those that are lists."""

    def next_item(self, ref: Ref, sent: Value = None) -> Value:
        """The next item of an iterator, or ``END``. Raises Raised, Undecided."""

    def is_waiting(self, ref: Ref) -> bool:
        """Whether this is an iterator, whose position all who hold it share, or an object with an ``__iter__`` of its own."""

    def throw(self, ref: Ref, raised: Raised) -> Value:
        """Raise an exception where a generator waits; its next item, or ``END``. Raises Raised, Undecided."""

    def elements(self, value: Value) -> list[Value]:
        """The items that iterating over ``value`` gives. Raises Undecided if they are not known."""

    def binary(self, operator: str, a: Value, b: Value, site: Site = None) -> Value:
        """``a <operator> b`` for any values: numbers, tensors, instances with special methods."""

    def compare(self, operator: str, a: Value, b: Value, site: Site = None) -> Value:
        """``a <operator> b`` for ``==``, ``<``, ``in``, ``is`` and the like. Raises Undecided if it depends."""

    def get_item(self, value: Value, index: Value, site: Site = None) -> Value:
        """``value[index]``."""

    def truth(self, value: Value) -> bool:
        """``bool(value)``. Raises Undecided if it depends."""

    def plain(self, value: Value) -> Value:
        """``value`` with heap lists, dictionaries and sets in it as Python's own; instances stay ``Ref``."""

    def class_of(self, value: Value) -> Value:
        """The class of a value: a ``LibraryClass``, a ``Ref`` to a ``ClassObject``, or a builtin's ``LibraryClass``."""

    def mro(self, cls: Value) -> tuple[Value, ...]:
        """The method resolution order of a class value."""

    def new(self, contents: Contents) -> Ref: ...
    def contents(self, ref: Ref) -> Contents:
        """What the object holds now. Raises Undecided if branches disagreed on it."""

    def update(self, ref: Ref, contents: Contents) -> None: ...

    def assume_side(self, test: Value, holds: bool) -> None:
        """From here on an undecided test holds, or does not."""

    def rebind(self, ref: Ref, now: Value) -> None:
        """Variables that hold an object hold this value from here on."""

    def peek(self, ref: Ref) -> Contents:
        """What the object holds now, an iterator without asking it for its items. Raises Undecided."""

    def returned(self, ref: Ref) -> Value:
        """What a generator has returned at its end."""
    def forget(self, ref: Ref, reason: str = ...) -> None:
        """What the object holds is not known from here on: ``contents`` raises Undecided until the next ``update``."""

    def burn(self, steps: int = 1) -> None: ...
    def touch(self, value: Value, name: str) -> None: ...
    def forget_tensor(self, value: Tensor, reason: str) -> None: ...
    def nearest_site(self) -> Site: ...

    def lookup(self, qualified_name: str) -> Value:
        """The library value of a dotted name, e.g. ``torch.nn.Module``. Unknown if no library declares it."""

    def imported(self, name: str) -> Value:
        """The module of an absolute name; Unknown if it is not followed."""

    def offers(self, dotted: str) -> bool | None:
        """Whether a framework has a name; None for what is no framework's. Raises Undecided where its version decides."""

    def offers_member(self, obj: Value, name: str) -> bool | None:
        """Whether a class, object or tensor has what a framework gives such; None where a framework does not decide. Raises Undecided."""

    def counts_as(self, order: Sequence[Value], cls: LibraryClass) -> bool:
        """Whether one of the classes is a subclass of another in the framework, though not here. Raises Undecided if a version decides."""

    def muted(self) -> AbstractContextManager[None]:
        """Nothing is reported meanwhile."""

    def doubt(self, reason: str) -> None:
        """Note that something relevant could not be followed: the model around it is not fully verified."""

    def run_model(self, ref: Ref, method: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """Call ``ref.method(*args)`` as one application of a model: counts layers, collects doubts, records the result."""

    def steps_to(self, output: Value) -> list[Step]:
        """All applications of layers and functions that lead to the tensors in a value, each once."""

    def record_model(self, ref: Ref, inputs: Sequence[Value], output: Value) -> None:
        """Record that the model maps these tensors to that output (Keras models that are built without being called)."""

    def is_class(self, value: Value) -> bool:
        """Whether a value is a class."""

    def is_inert(self, function: Value) -> bool:
        """Whether a value that is not known is data: no code of the program, and no object of a framework's."""

    def assume(self, what: str) -> bool:
        """Whether the defaults of something outside the program, as of its command line, are taken for what it runs with."""

    def data_file(self, path: str) -> str | None:
        """The text of a data file of the project, or None."""

    def local_names(self) -> Mapping[str, Value]:
        """The variables of the running function."""

    def change_setting(self, name: str, value: Value) -> None:
        """Set a framework setting for the rest of the path."""

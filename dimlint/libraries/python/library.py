"""The table of builtin names, and what the declarations of Python's own types share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.results import DATA, Own, held_data, owned
from dimlint.core.value import ClassObject, Instance, LibraryClass, Machine, Method, Native, Raised, Ref, Unknown, Value

_PACKAGES = """IPython PIL albumentations bokeh boto3 bs4 click colorama cv2 dask django docopt flask gensim google gym gymnasium h5py
imageio imgaug imutils ipywidgets joblib librosa lightgbm loguru lxml matplotlib mpl_toolkits music21 networkx nltk numba openpyxl pandas
pickle5 plotly polars prettytable psutil pyarrow pydot pygame pytest requests rich scipy seaborn setuptools simplejson six skimage sklearn
soundfile spacy statsmodels sympy tabulate tifffile tqdm ujson wandb xgboost yaml"""
_RUNNING = frozenset(["asyncio", "builtins", "concurrent", "contextlib", "importlib", "multiprocessing", "pkgutil", "runpy", "threading"])
"""Modules of Python that run code of the program."""
BUILTINS = Library("builtins", ("builtins",), packages=(frozenset(_PACKAGES.split()) | sys.stdlib_module_names) - _RUNNING)


def of_class(machine: Machine, cls: Value, value: Value) -> Value:
    """A builtin value as an object of ``cls``: itself, or an instance of the program's own subclass. Raises Undecided."""
    if isinstance(cls, LibraryClass) or isinstance(value, Unknown):
        return value
    made = machine.blank(cls)
    if not isinstance(value, Ref):
        return owned(value, made)
    machine.update(made, replace(instance_object(machine, made), attributes={DATA: value}))
    return made


def class_object(machine: Machine, cls: Value) -> ClassObject:
    """A class of the program. Raises Undecided for anything else."""
    contents = machine.contents(cls) if isinstance(cls, Ref) else None
    if not isinstance(contents, ClassObject):
        raise Undecided("the value is not known to be a class")
    return contents


def instance_object(machine: Machine, ref: Value) -> Instance:
    """What an object holds. Raises Undecided for anything else."""
    contents = machine.contents(ref) if isinstance(ref, Ref) else None
    if not isinstance(contents, Instance):
        raise Undecided("the value is not known to be an object")
    return contents


def note(machine: Machine, ref: Value, name: str) -> Value:
    """What a declaration has noted in an object. Raises Undecided if the object was not constructed."""
    held = instance_object(machine, ref).attributes
    if name not in held:
        raise Undecided("the construction of an object was not followed")
    return held[name]


def inside(machine: Machine, value: Value) -> Value:
    """The builtin container that an object of the program's own subclass holds; any other value is itself. Raises Undecided."""
    if isinstance(value, Ref):
        found = held_data(machine.peek(value))
        return value if found is None else found
    return value


def require_own(cls: Value, name: str) -> None:
    """Refuse to make an object of a program's subclass of a builtin class. Raises Undecided."""
    if not isinstance(cls, LibraryClass):
        raise Undecided(f"a subclass of {name} is not modelled")


def attempt(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a Python function on known plain data; its exception becomes ``Raised``."""
    try:
        return function(*args, **kwargs)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise Raised(type(error).__name__, str(error)) from None


def find_method(machine: Machine, value: Value, name: str) -> Value:
    """A special method of an instance, bound to it, or None if its class surely has none. Raises Undecided."""
    contents = machine.peek(value) if isinstance(value, Ref) else machine.peek(value.ref) if isinstance(value, Own) else None
    if isinstance(contents, ClassObject) and contents.metaclass is not None:
        order = machine.mro(contents.metaclass)
    elif isinstance(contents, Instance):
        order = machine.mro(contents.cls)
    else:
        return None
    for cls in order:
        if isinstance(cls, Ref):
            held = machine.contents(cls)
            found = isinstance(held, ClassObject) and name in held.attributes
        elif isinstance(cls, LibraryClass):
            found = name in cls.methods
        else:
            raise Undecided(cls.reason if isinstance(cls, Unknown) else "a base class is not followed")
        if found and isinstance(contents, ClassObject):
            return Method(class_object(machine, cls).attributes[name] if isinstance(cls, Ref) else cls.methods[name], value)
        if found:
            return machine.attribute(value, name)
    return None


@contextmanager
def forgetting(machine: Machine, ref: Ref) -> Iterator[None]:
    """A change of an object: if it cannot be followed, the contents are unknown from here on."""
    try:
        yield
    except Undecided as undecided:
        machine.forget(inside(machine, ref), undecided.reason)
        raise


def constant(library: Library, value: Value, *names: str) -> None:
    """Declare functions that ignore their arguments and return ``value``."""

    def body(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        return value

    for name in names:
        library.value(name, Native(name, library.name, body))


def lost(library: Library, reason: str, names: Iterable[str]) -> None:
    """Declare functions whose result is not known, without making a call to them a gap: it is data."""
    library.inert_reasons.add(reason)
    constant(library, Unknown(reason), *names)


def identity(library: Library, *names: str) -> None:
    """Declare decorators that give back what they are given."""

    def body(machine: Machine, function: Value) -> Value:
        return function

    for name in names:
        library.value(name, Native(name, library.name, body))


@BUILTINS.type("object")
class Object:
    def __new__(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Value:
        return machine.blank(cls)

    def __init__(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
        """``object.__init__``; wrong arguments are not refused here."""

    @staticmethod
    def __init_subclass__(machine: Machine, *args: Value, **kwargs: Value) -> None:
        """``object.__init_subclass__``; wrong arguments are not refused here."""

    def __setattr__(machine: Machine, self: Value, name: str, value: Value) -> None:  # type: ignore[misc, override]
        machine.store_attribute(self, name, value)

    def __getattribute__(machine: Machine, self: Value, name: str) -> Value:  # type: ignore[misc, override]
        return machine.own_attribute(self, name)

    def __delattr__(machine: Machine, self: Value, name: str) -> None:  # type: ignore[override]
        machine.drop_attribute(self, name)

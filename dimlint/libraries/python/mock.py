"""``unittest.mock``: attributes and dictionaries that hold something else for a while. What a mock itself gives is not known.

Source: https://docs.python.org/3/library/unittest.mock.html#the-patchers.
"""

# mypy: disable-error-code="misc, override"
# ruff: noqa: PYI036 -- what is passed on is abstract, too

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dimlint.core.opening import Outside
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Function,
    Instance,
    LibraryClass,
    Machine,
    Native,
    Raised,
    Ref,
    Unknown,
    Value,
)
from dimlint.libraries.python.keys import key_of
from dimlint.libraries.python.library import forgetting, inside, note
from dimlint.libraries.python.mappings import put
from dimlint.libraries.python.seldom import MOCK

DEFAULT: Any = LibraryClass("DEFAULT", MOCK.name)
ABSENT: Value = object()
UNFOLLOWED = "what is replaced for a while is not known"
PATCHES, SAVED = "*patches", "*saved"
STARTED = "mock/started"
"""Setting: the patches that were started and not stopped yet."""

MOCK.value("DEFAULT", DEFAULT)


# -- one change, and how it is taken back


def replaced(machine: Machine, owner: Value, name: Value, new: Value) -> tuple[Value, ...]:
    """Set an attribute to something else; what ``restore`` needs. Raises Undecided."""
    if not isinstance(name, str):
        if isinstance(owner, Ref):
            machine.forget(owner, UNFOLLOWED)
        raise Undecided(UNFOLLOWED)
    try:
        original = _own(machine, owner, name)
    except Undecided as undecided:
        original = Unknown(undecided.reason)
    machine.set_attribute(owner, name, new)
    return (owner, name, original)


def removed(machine: Machine, owner: Value, name: Value) -> tuple[Value, ...]:
    """Take an attribute away; what ``restore`` needs. Raises Undecided."""
    if not isinstance(name, str):
        return replaced(machine, owner, name, None)
    original = _own(machine, owner, name)
    machine.delete_attribute(owner, name)
    return (owner, name, original)


def _own(machine: Machine, owner: Value, name: str) -> Value:
    """What the object itself holds by that name."""
    held = machine.contents(owner) if isinstance(owner, Ref) else None
    if isinstance(held, ClassObject):
        return held.attributes.get(name, ABSENT)
    if isinstance(held, Instance):
        return ABSENT if held.layer is not None else machine.attributes_of(owner).get(name, ABSENT)
    if isinstance(owner, LibraryClass):
        return Unknown("it was replaced for a while")
    if isinstance(owner, Unknown):
        raise Undecided(owner.reason)
    try:
        return machine.attribute(owner, name)
    except Raised:
        return ABSENT


def restore(machine: Machine, saved: tuple[Value, ...]) -> None:
    """Put back what was there before."""
    owner, name, original = saved
    held = machine.contents(owner) if isinstance(owner, Ref) else None
    if isinstance(held, Instance) and held.layer is not None and isinstance(owner, Ref):
        machine.forget(owner, "a layer was changed for a while")
    elif original is ABSENT:
        machine.delete_attribute(owner, name)
    else:
        machine.set_attribute(owner, name, original)


def updated(machine: Machine, target: Value, values: Mapping[Value, Value], *, clear: bool = False) -> tuple[Value, ...]:
    """Give a dictionary other items; what ``refill`` needs."""
    place = inside(machine, target)
    held = machine.contents(place) if isinstance(place, Ref) else None
    if isinstance(place, Ref) and isinstance(held, DictObject):
        with forgetting(machine, place):
            put(machine, place, {**({} if clear else held.items), **{key_of(machine, key): value for key, value in values.items()}})
        return (place, held.items)
    for key, value in values.items():
        machine.call(machine.attribute(target, "__setitem__"), [key, value])
    return (target, tuple(values))


def refill(machine: Machine, saved: tuple[Value, ...]) -> None:
    """Put back the items that a dictionary had; what others had is not known."""
    target, items = saved
    if isinstance(target, Ref) and isinstance(items, Mapping):
        put(machine, target, dict(items))
        return
    for key in items:
        machine.call(machine.attribute(target, "__setitem__"), [key, Unknown("it was replaced for a while")])


def named(machine: Machine, path: Value) -> tuple[Value, str]:
    """The owner and the name of an attribute that is given by its dotted path. Raises Undecided."""
    if not isinstance(path, str) or "." not in path:
        raise Undecided(UNFOLLOWED)
    place, _, name = path.rpartition(".")
    first, *rest = place.split(".")
    owner = machine.loaded_module(first) or machine.imported(first)
    known = first
    for part in rest:
        known = f"{known}.{part}"
        try:
            owner = machine.attribute(owner, part)
        except (Raised, Undecided):
            owner = machine.imported(known)
    if isinstance(owner, Unknown):
        machine.call(Outside(owner.reason, "patch"), [path])  # it may be a part of the program that has another name here
        raise Undecided(owner.reason)
    return owner, name


# -- patches


@MOCK.type("Patch")
class Patch:
    """What ``patch`` gives: a context manager, a decorator, and something to be started."""

    def __enter__(machine: Machine, self: Ref) -> Value:
        enter, _ = note(machine, self, PATCHES)
        saved, given = enter(machine)
        machine.store_attribute(self, SAVED, saved)
        return given

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        _, leave = note(machine, self, PATCHES)
        for saved in reversed(note(machine, self, SAVED)):
            leave(machine, saved)
        machine.store_attribute(self, SAVED, ())

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"{name} of a patch is not followed")

    def start(machine: Machine, self: Ref) -> Value:
        given = Patch.__enter__(machine, self)
        machine.change_setting(STARTED, (*machine.settings.get(STARTED, ()), self))
        return given

    def stop(machine: Machine, self: Ref) -> None:
        Patch.__exit__(machine, self)
        machine.change_setting(STARTED, tuple(ref for ref in machine.settings.get(STARTED, ()) if ref != self))

    def __call__(machine: Machine, self: Ref, function: Value) -> Value:
        contents = machine.contents(function) if isinstance(function, Ref) else None
        if isinstance(contents, ClassObject):
            for name, value in contents.attributes.items():
                if name.startswith("test") and isinstance(value, Function):
                    machine.set_attribute(function, name, _wrapped(machine, self, value))
            return function
        return _wrapped(machine, self, function)


def _wrapped(machine: Machine, patch: Ref, function: Value) -> Native:
    """The function, run while the patch holds. A mock that the patch makes itself is one more argument."""

    def run(machine: Machine, /, *args: Value, **kwargs: Value) -> Value:
        more = (Unknown("what a mock gives is not known"),) if note(machine, patch, "*gives") else ()
        return machine.call_inside(patch, function, (*args, *more), kwargs)

    return Native("patched", MOCK.name, run, {"__wrapped__": function})


def _patch(
    machine: Machine,
    enter: Callable[[Machine], tuple[Iterable[tuple[Value, ...]], Value]],
    leave: Callable[[Machine, tuple[Value, ...]], None],
    *,
    gives: bool = False,
) -> Ref:
    return machine.new(Instance(MOCK.entries["Patch"], {PATCHES: (enter, leave), SAVED: (), "*gives": gives}))


def _attribute_patch(machine: Machine, target: Callable[[Machine], tuple[Value, Value]], new: Value, options: Mapping[str, Value]) -> Ref:
    def enter(machine: Machine) -> tuple[Iterable[tuple[Value, ...]], Value]:
        given: Value = Unknown("what a mock gives is not known") if new is DEFAULT else new
        if new is DEFAULT and options.get("new_callable") is not None:
            given = machine.call(options["new_callable"], (), {key: value for key, value in options.items() if key not in OPTIONS})
        owner, name = target(machine)
        return (replaced(machine, owner, name, given),), given

    return _patch(machine, enter, restore, gives=new is DEFAULT)


OPTIONS = ("spec", "create", "spec_set", "autospec", "new_callable", "unsafe")


@MOCK.function("patch")
def patch(machine: Machine, target: Value, new: Value = DEFAULT, *args: Value, **options: Value) -> Ref:
    return _attribute_patch(machine, lambda machine: named(machine, target), new, options)


@MOCK.function("patch.object")
def patch_object(machine: Machine, target: Value, attribute: Value, new: Value = DEFAULT, *args: Value, **options: Value) -> Ref:
    return _attribute_patch(machine, lambda machine: (target, attribute), new, options)


@MOCK.function("patch.multiple")
def patch_multiple(machine: Machine, target: Value, *args: Value, **changes: Value) -> Ref:
    def enter(machine: Machine) -> tuple[Iterable[tuple[Value, ...]], Value]:
        owner = _whole(machine, target)
        news = {name: value for name, value in changes.items() if name not in OPTIONS}
        lost = Unknown("what a mock gives is not known")
        saved = [replaced(machine, owner, name, lost if value is DEFAULT else value) for name, value in news.items()]
        return tuple(saved), lost

    return _patch(machine, enter, restore)


@MOCK.function("patch.dict")
def patch_dict(machine: Machine, in_dict: Value, values: Value = (), clear: Value = False, **more: Value) -> Ref:
    def enter(machine: Machine) -> tuple[Iterable[tuple[Value, ...]], Value]:
        target = _whole(machine, in_dict)
        given = machine.plain(machine.call(machine.lookup("builtins.dict"), [values], more))
        if not isinstance(given, Mapping):
            raise Undecided(UNFOLLOWED)
        return (updated(machine, target, given, clear=machine.truth(clear)),), target

    return _patch(machine, enter, refill)


@MOCK.function("patch.stopall")
def stop_all(machine: Machine) -> None:
    for started in reversed(machine.settings.get(STARTED, ())):
        Patch.stop(machine, started)


def _whole(machine: Machine, target: Value) -> Value:
    """The object that a dotted path names; anything else is itself."""
    if not isinstance(target, str):
        return target
    if "." not in target:
        return machine.loaded_module(target) or machine.imported(target)
    owner, name = named(machine, target)
    return machine.attribute(owner, name)

"""Layer objects of the analysed program: what they hold, and shapes as programs state them."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from dimlint.core.dataclass import replace
from dimlint.core.dim import Dim, Shape, SymbolicDim, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.opening import OpenArgument, any_rank
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import Constructed, TensorShape
from dimlint.core.value import Instance, LibraryClass, Machine, Ref, Step, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import major, shows_none


def instance(machine: Machine, ref: Value) -> Instance:
    """Contents of a layer object, with attributes that may be missing. Raises Undecided."""
    held = contents(machine, ref)
    return held if type(held.attributes) is Constructed else replace(held, attributes=Constructed(held.attributes))


def contents(machine: Machine, ref: Value) -> Instance:
    """Contents of a layer object, for those who ask for no attribute that its constructor sets. Raises Undecided."""
    held = machine.contents(ref) if isinstance(ref, Ref) else None
    if not isinstance(held, Instance):
        raise Undecided(ref.reason if isinstance(ref, Unknown) else "a layer is not known")
    return held


def attach(machine: Machine, ref: Ref, **attributes: Value) -> None:
    """Put attributes into the object itself, past the program's own ``__setattr__`` and properties."""
    held = contents(machine, ref)
    machine.update(ref, replace(held, attributes={**held.attributes, **attributes}))


def is_a(machine: Machine, value: Value, name: str) -> bool:
    """Whether a value is an instance of a declared Keras type or of a class derived from it."""
    held = machine.contents(value) if isinstance(value, Ref) else None
    if not isinstance(held, Instance):
        return False
    return any(isinstance(cls, LibraryClass) and cls.name == name and cls.library == "keras" for cls in machine.mro(held.cls))


def is_keras_tensor(machine: Machine, value: Value) -> bool:
    """Whether a value is a symbolic tensor of Keras 3 for sure: what is made of an ``Input`` outside of layers, which run on others."""
    if not isinstance(value, Tensor) or major(machine.settings) < 3 or machine.settings.get("keras_inside", 0) != 0:
        return False
    return _comes_from_input(value)


_FROM_INPUT: WeakKeyDictionary[Step, bool] = WeakKeyDictionary()
"""What was found out of steps: programs ask for the shape of one tensor after the other."""


def _comes_from_input(tensor: Tensor) -> bool:
    """Whether the first symbolic tensors that lead to a tensor begin with that of an ``Input``."""
    at: Tensor | None = tensor
    passed: list[Step] = []
    while at is not None and at.symbolic and at.origin is None and at.step is not None:
        if at.step in _FROM_INPUT:
            found = _FROM_INPUT[at.step]
            break
        passed.append(at.step)
        at = next((item for item in at.step.inputs if item.symbolic), None)
    else:
        found = at is not None and at.origin is not None
    _FROM_INPUT.update(dict.fromkeys(passed, found))
    return found


def shape_value(value: Value) -> Value:
    """The shape of a tensor, or of each in nested sequences, as Keras tells it: ``None`` where it is not fixed."""
    if isinstance(value, Tensor):
        return TensorShape(None if value.symbolic and shows_none(size) else size for size in value.shape)
    if isinstance(value, (tuple, list)):
        return tuple(map(shape_value, value))
    return Unknown(value.reason if isinstance(value, Unknown) else "the shape of an input is not known")


def to_dims(value: Value, what: str, *, chosen: bool = False) -> tuple[Dim, ...]:
    """Sizes that a program states; each ``None`` becomes a symbol of its own. Raises Problem, Undecided.

    chosen: whether ``None`` is any size that the caller likes, as in the shape of an input.
    """
    if isinstance(value, Unknown):
        if chosen and isinstance(value, OpenArgument):
            value.serves_as(what, any_rank())
        raise Undecided(value.reason)
    if is_size(value) or value is None:
        message = f"{what} must be a tuple of sizes in Keras 3, got {show(value)}. Needs a trailing comma: ({show(value)},)"
        raise Problem(ARGUMENT, message, blame=what)
    if not isinstance(value, (tuple, list)):
        raise Undecided(f"{what} is not a known shape")
    return tuple(_to_dim(size, value, what, chosen) for size in value)


def _to_dim(size: Value, shape: Value, what: str, chosen: bool) -> Dim:
    if size is None:
        return unknown_dim("None", none=True, open=chosen)
    if isinstance(size, Unknown):
        return unknown_dim(reason=size.reason)
    if isinstance(size, (int, SymbolicDim)):
        if isinstance(size, int) and size < 0:
            raise Problem(ARGUMENT, f"{what} must not hold negative sizes, got {show(shape)}", blame=what)
        return size
    if isinstance(size, (str, float)):
        raise Problem(ARGUMENT, f"{what} must hold integers or None, got {show(shape)}", blame=what)
    raise Undecided(f"{what} is not a known shape")


def symbolic(shape: Shape, dtype: str | None = None) -> Tensor:
    """A Keras tensor that a model starts from."""
    return Tensor(shape, "keras", dtype, True)


def tensors(machine: Machine, value: Value) -> list[Tensor]:
    """The tensors in nested sequences and dictionaries, in order."""
    found: list[Tensor] = []
    pending = [machine.plain(value)]
    while pending:
        item = pending.pop()
        if isinstance(item, Tensor):
            found.append(item)
        elif isinstance(item, (tuple, list)):
            pending += reversed(item)
        elif isinstance(item, dict):
            pending += reversed(in_order(item))
    return found


def in_order(items: Mapping[Value, Value]) -> list[Value]:
    """The values of a dictionary as Keras flattens it: by key."""
    known = all(isinstance(name, str) for name in items)
    return [items[name] for name in sorted(items)] if known else list(items.values())

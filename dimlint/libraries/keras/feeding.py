"""Data given to a model: whether it fits the model's input, and what comes out. Source: https://keras.io/api/models.

A model whose input is stated is held against it; one that is not built yet is built by its first data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape, always_equal, never_equal, product, unknown_dim
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import DictObject, Instance, ListObject, Machine, Native, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import CHANNEL, major, shows_none
from dimlint.libraries.keras.changes import is_as
from dimlint.libraries.keras.graph import replay
from dimlint.libraries.keras.library import LIBRARY as keras
from dimlint.libraries.keras.names import inside
from dimlint.libraries.keras.nesting import is_checked, is_graph, opened
from dimlint.libraries.keras.objects import attach, in_order, instance, symbolic, tensors
from dimlint.libraries.keras.recorded import is_recorded

DATA = "data-mismatch"
Shown = tuple[int, str]
"""Position and name of an argument."""


@dataclass(frozen=True)
class Asked:
    """A call: its name, and where its data and targets stand among the arguments.

    later: whether a call of its kind ran before. TensorFlow then takes sizes that differ from those of the first call for open ones,
    and leaves it to the kernels to refuse them.
    """

    name: str
    x: Shown
    y: Shown | None = None
    later: bool = False


@dataclass(frozen=True)
class Entrance:
    """The input of a model that is built. inputs: its tensors. struct: how they are nested. output: what it maps them to.

    strict: sizes other than the stated ones are refused, though the layers may take them.
    unchanged: no layer is known to have been changed since the output was recorded.
    """

    label: str
    inputs: tuple[Tensor, ...]
    struct: Value
    output: Value
    strict: bool
    functional: bool
    unchanged: bool

    @property
    def shape(self) -> str:
        """The stated shapes, for messages."""
        return ", ".join(str(tensor.shape) for tensor in self.inputs)


def entrance(machine: Machine, self: Ref) -> Entrance | None:
    """The input of a model; None if its layers were not applied to any yet. Raises Undecided."""
    held = instance(machine, self)
    if not isinstance(getattr(machine.attribute(self, "call"), "function", None), Native):
        return None
    label = str(getattr(machine.class_of(self), "label", "")) or str(getattr(machine.contents(held.cls), "name", "the model"))
    inputs, made = held.attributes.get("_inputs"), held.attributes.get("_tensors")
    if isinstance(inputs, Unknown) or isinstance(made, Unknown):
        raise Undecided("the input of the model is not known")
    unchanged = is_as(machine, held.attributes.get("_last_change", ""))
    if isinstance(inputs, tuple):
        strict = major(machine.settings) >= 2 and is_checked(held)
        return Entrance(label, inputs, machine.plain(held.attributes["input"]), held.attributes["output"], strict, True, unchanged)
    if isinstance(made, tuple) and len(made) > 1:
        if not isinstance(made[0], Tensor) or isinstance(made[-1], Unknown):
            raise Undecided("the input of the model is not known")
        return Entrance(label, (made[0],), made[0], made[-1], major(machine.settings) < 3, False, unchanged)
    return None


def is_built(machine: Machine, self: Ref) -> bool:
    """Whether the input of a model is known, in a version of Keras whose checks are modelled."""
    try:
        return major(machine.settings) >= 2 and entrance(machine, self) is not None
    except Undecided:
        return False


def is_data(machine: Machine, value: Value) -> bool:
    """Whether a value holds arrays or eager tensors, and no symbolic one."""
    found = tensors(machine, value)
    return bool(found) and not any(tensor.symbolic for tensor in found)


def result(machine: Machine, self: Ref, x: Value, asked: Asked, whole: Value = None) -> Value:
    """What a model gives for a batch of data. whole: the data that it is cut from. Raises Problem(data-mismatch), Undecided."""
    found = entrance(machine, self)
    if found is None:
        return _built_by(machine, self, x)
    if not found.inputs or not all(wanted.shape.rank for wanted in found.inputs):
        raise Undecided("a model without a batch of inputs is not followed")
    given = _ordered(machine, found, x, asked)
    stated = found.unchanged and all(_is_stated(tensor.shape, wanted.shape) for tensor, wanted in zip(given, found.inputs))
    if stated and is_recorded(machine, self):
        return opened(machine, _batched(machine, found.output, found.inputs[0].shape[0], _batch(given)))
    originals = given if whole is None else _ordered(machine, found, whole, asked)
    for tensor, original, wanted in zip(given, originals, found.inputs):
        if _is_refused(machine, tensor.shape, wanted.shape, found.strict and not asked.later):
            raise _refusal(machine, found, original, wanted, asked, hint(original.shape, wanted.shape))
    value, problem = machine.try_model(self, *_run(found, self, given))
    if problem is not None and asked.later and problem.rule == CHANNEL:
        raise Undecided("TensorFlow may take the channels for those of several groups")
    if problem is not None and stated:
        raise Undecided(f"the model took data of this shape when it was made, but not any more: {problem.message}")
    if problem is not None:
        why = hint(originals[0].shape, found.inputs[0].shape) or f": {problem.message}"
        raise _refusal(machine, found, originals[0], found.inputs[0], asked, why)
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return value


def _built_by(machine: Machine, self: Ref, x: Value) -> Value:
    """The first data builds a model: its layers are applied to it, and what is wrong is wrong there. Raises Undecided."""
    plain = machine.plain(x)
    found = tensors(machine, plain)
    looks = tuple(tuple(tensor.shape[1:]) for tensor in found)
    known = instance(machine, self).attributes.get("_fed")
    if isinstance(known, tuple) and known[0] == looks:
        value = known[1]
    else:
        value = machine.call(self, (_map(machine, plain, _as_symbolic),))
        value = opened(machine, value) if is_graph(machine, self) else value
        attach(machine, self, _fed=(looks, value))
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return value


def _as_symbolic(x: Tensor) -> Tensor:
    return symbolic(Shape(unknown_dim("None", none=True), *x.shape[1:]), x.dtype)


def _map(machine: Machine, value: Value, change: object) -> Value:
    """Nested sequences and dictionaries of the program with other tensors in them. Raises Undecided."""
    assert callable(change)
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_map(machine, item, change) for item in value)
    if isinstance(value, list):
        return machine.new(ListObject(tuple(_map(machine, item, change) for item in value)))
    if isinstance(value, dict):
        return machine.new(DictObject({name: _map(machine, item, change) for name, item in value.items()}))
    raise Undecided(value.reason if isinstance(value, Unknown) else "the data is not known")


def _run(found: Entrance, self: Ref, given: Sequence[Tensor]) -> tuple[Value, tuple[Value, ...]]:
    """A function that applies the model's layers to the data as eager tensors, and its arguments."""
    eager = [Tensor(tensor.shape, "keras", tensor.dtype) for tensor in given]
    if not found.functional:
        return keras.entries["layers.Layer"].methods["__call__"], (self, eager[0])

    def body(machine: Machine, *args: Value) -> Value:
        with inside(machine):
            return opened(machine, replay(machine, found.inputs, found.output, list(map(_adapted, args, found.inputs))))

    return Native("Model.call", "keras", body), tuple(eager)


def _adapted(x: Tensor, wanted: Tensor) -> Tensor:
    """Data with the last axis of size 1 that the model wants, or without one that it does not want."""
    if x.shape.rank == wanted.shape.rank + 1 and always_equal(x.shape[-1], 1):
        return Tensor(Shape(*x.shape[:-1]), x.library, x.dtype)
    if x.shape.rank == wanted.shape.rank - 1 and always_equal(wanted.shape[-1], 1):
        return Tensor(Shape(*x.shape, 1), x.library, x.dtype)
    return x


def _batched(machine: Machine, output: Value, old: Dim, new: Dim) -> Value:
    """The recorded output, for a batch of another size."""

    def change(x: Tensor) -> Tensor:
        first = new if x.shape and always_equal(x.shape[0], old) else unknown_dim("batch", low=0)
        return Tensor(Shape(first, *x.shape[1:]), "keras", x.dtype, step=x.step) if x.shape else x

    return _map(machine, machine.plain(output), change)


def _batch(given: Sequence[Tensor]) -> Dim:
    """The size of a batch; not known if inputs differ in it, some of which are broadcast then."""
    first, *others = [tensor.shape[0] for tensor in given]
    return first if all(always_equal(first, size) for size in others) else unknown_dim("batch", low=0)


def _is_stated(x: Shape, wanted: Shape) -> bool:
    """Whether the data has the stated shape, to the letter."""
    return x.rank == wanted.rank and all(map(always_equal, x[1:], wanted[1:]))


# -- which tensor is which input


def _ordered(machine: Machine, found: Entrance, x: Value, asked: Asked) -> list[Tensor]:
    """The data in the order of the model's inputs. Raises Problem(data-mismatch), Undecided."""
    plain = machine.plain(x)
    if isinstance(plain, dict):
        items = _by_name(machine, found, plain, asked)
    else:
        items = _leaves(plain)
    for item in items:
        if not isinstance(item, Tensor):
            raise Undecided(item.reason if isinstance(item, Unknown) else "the data is not known")
    if not found.functional and items:
        return items[:1]
    if len(items) != len(found.inputs):
        if any(tensor.origin is None for tensor in found.inputs):
            raise Undecided("whether a model is fed an input that was made from a tensor is not known")
        wanted = f"{_count(len(found.inputs), 'input')}: {found.shape}"
        message = f"{asked.name} is given {_count(len(items), 'array')}, but {found.label} has {wanted}"
        raise Problem(DATA, message, shown=asked.x, related=_stated_at(machine, found.inputs[0]))
    return items


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _leaves(value: Value) -> list[Value]:
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [leaf for item in in_order(value) for leaf in _leaves(item)] if isinstance(value, dict) else [value]


def _by_name(machine: Machine, found: Entrance, given: Mapping[Value, Value], asked: Asked) -> list[Value]:
    """Data by the names of the inputs. Raises Problem(data-mismatch), Undecided."""
    if isinstance(found.struct, dict):
        plain = all(isinstance(name, str) and isinstance(item, Tensor) for name, item in found.struct.items())
        names = sorted(found.struct) if plain else []  # what holds more than tensors is not compared by name
    else:
        names = [name_of(machine, tensor.origin) for tensor in found.inputs]
    if not names or not found.functional or not all(isinstance(name, str) for name in names) or major(machine.settings) < 3:
        raise Undecided("the names of the model's inputs are not known")
    missing = [name for name in names if name not in given]
    if missing:
        keys = ", ".join(map(repr, given))
        wanted = f"the inputs {', '.join(map(repr, names))}: {missing[0]!r} is missing"
        message = f"{asked.name} is given data for {keys}, but {found.label} has {wanted}"
        raise Problem(DATA, message, shown=asked.x, related=_stated_at(machine, found.inputs[0]))
    return [given[name] for name in names]


def name_of(machine: Machine, layer: Ref | None) -> Value:
    """The name of a layer. Unknown if it is not known."""
    held = machine.contents(layer) if layer is not None else None
    return held.attributes.get("name") if isinstance(held, Instance) else None


# -- whether a shape fits


def _is_refused(machine: Machine, x: Shape, stated: Shape, strict: bool) -> bool:
    """Whether the model does not even pass the data on to its layers. Raises Undecided."""
    if x.rank == 0 or (x.rank == 1 and major(machine.settings) < 3):
        raise Undecided("data without a batch axis is not followed")
    if strict:
        count = min(_sure(x), _sure(stated))
        if any(never_equal(a, b) for a, b in zip(x[1:count], stated[1:count]) if not (shows_none(a) or shows_none(b))):
            return True
    if x.rank == stated.rank or major(machine.settings) < 3:
        return False
    last = x[-1] if x.rank > stated.rank else stated[-1]
    if abs(x.rank - stated.rank) == 1 and not (always_equal(last, 1) or never_equal(last, 1) or shows_none(last)):
        raise Undecided("whether the last axis of the data has size 1 is not known")
    return abs(x.rank - stated.rank) > 1 or never_equal(last, 1) or shows_none(last)


def _sure(x: Shape) -> int:
    """How many axes are surely compared: a last one of size 1 is left out."""
    return x.rank if never_equal(x[-1], 1) else x.rank - 1


def _refusal(machine: Machine, found: Entrance, given: Tensor, wanted: Tensor, asked: Asked, why: str) -> Problem:
    message = f"{asked.name} is given data of shape {given.shape}, but {found.label} expects {wanted.shape}{why}"
    return Problem(DATA, message, shown=asked.x, related=_stated_at(machine, wanted), about=given)


def hint(x: Shape, wanted: Shape) -> str:
    """What a person may have meant, as the end of a message."""
    sizes, stated = list(x[1:]), list(wanted[1:])
    if x.rank == wanted.rank - 1 and all(map(_may_be, x, stated)):
        return ". Is the batch axis missing? x[np.newaxis] adds it"
    known = all(isinstance(size, int) for size in (*sizes, *stated))
    if known and sorted(map(str, sizes)) == sorted(map(str, stated)):
        return ". Are the axes in another order?"
    if known and always_equal(product(sizes), product(stated)):
        return f". Needs reshape(-1, {', '.join(map(str, stated))})"
    return ""


def _may_be(a: Dim, b: Dim) -> bool:
    return always_equal(a, b) or shows_none(b)


def _stated_at(machine: Machine, wanted: Tensor) -> tuple[tuple[object, str], ...]:
    """The place where a model's input is stated."""
    held = machine.contents(wanted.origin) if wanted.origin is not None else None
    return ((held.site, f"the model's input {wanted.shape}"),) if isinstance(held, Instance) and held.site is not None else ()

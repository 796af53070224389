"""Running library code: functions and layers on converted arguments, results as values of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from dimlint.core.binding import Binder
from dimlint.core.dataclass import replace
from dimlint.core.dim import Shape
from dimlint.core.layer import Layer
from dimlint.core.library import Library
from dimlint.core.opening import OpenArgument, Opened, OpenShape, any_rank
from dimlint.core.problem import Doubt, Problem, Undecided
from dimlint.core.results import PYTHONS_OWN, Named, Numbers, Sizes, TensorShape, from_numpy
from dimlint.core.value import (
    DictObject,
    Either,
    Instance,
    IteratorObject,
    LibraryClass,
    ListObject,
    Native,
    Ref,
    Repeated,
    SetObject,
    SomeNumber,
    Step,
    Tensor,
    Unknown,
    Value,
    tensors_in,
)
from dimlint.interpreter.assuming import Assuming
from dimlint.interpreter.emptiness import on_lists
from dimlint.interpreter.frame import Site
from dimlint.interpreter.joining import DIFFERS
from dimlint.interpreter.kinds import LayerMethod
from dimlint.interpreter.recovery import Recovery

MAX_NUMBERS = 4096
"""Elements of an array that are followed one by one."""

SETTERS = ("setattr", "delattr")
"""Built-in functions that change what they are given."""

READING = {
    "builtins": ("len", "max", "min", "sum", "int.__new__"),
    "math": ("prod",),
    "numpy": ("array", "asarray", "prod"),
}
"""Functions that make something of one argument and leave it as it is."""

HANDING = ("int.__new__", "copy", "deepcopy", "cast", "getattr", "next", "dict.get", "dict.pop", "dict.setdefault", "index")
"""Functions that may give the very argument that they are given."""

NUMERIC = (
    *("int.__new__", "float.__new__", "abs", "round", "max", "min"),
    *("Tensor.item", "Tensor.__float__", "Tensor.__int__", "Tensor.__index__"),
)
"""Functions that give a number for a number that is not known, beside those of ``math`` and of NumPy."""


class Applying(Recovery, Assuming):
    """Declared functions and layers, called."""

    binders: dict[Any, Binder]
    patched: set[str]
    """Last parts of the names of libraries that the program has set."""
    noted: list[Doubt]
    """What ``doubt`` has noted so far in this run."""

    reads_in_doubt = False
    """Whether what runs under an undecided condition may tell the shape of an open input."""
    declined_to_read = False
    """Whether it would have."""

    def _binder(self, body: Callable[..., Any], skip: int = 0) -> Binder:
        if body not in self.binders:
            self.binders[body] = Binder(body, skip=skip)
        return self.binders[body]

    def _call_native(self, native: Native, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        library = self.libraries[native.library]
        reads = native.name in READING.get(native.library, ()) and len(args) == 1 and isinstance(args[0], OpenArgument)
        if reads and kwargs.keys() <= {"dtype"}:  # an axis, a default or a key make it another number
            return args[0].read_by(native.label)
        if native.library != "builtins" or native.name in SETTERS:
            for arg in args:
                if isinstance(arg, OpenArgument):
                    arg.change()
        try:
            given = () if native.name.endswith("__init__") else (*args, *kwargs.values())  # its `[]` may be the library's own
            result = on_lists(self, given, lambda: self._run_native(native, args, kwargs))
        except Undecided as undecided:
            self._note_inert(library, undecided.reason, args)
            self._write_out(library, kwargs, Unknown(undecided.reason))
            raise
        if library.name == "numpy" and native.name not in PYTHONS_OWN:
            result = from_numpy(result)
        if isinstance(result, SomeNumber) and library.name not in ("numpy", "math") and native.name not in NUMERIC:
            result = Unknown(result.reason)
        if isinstance(result, Unknown):
            if native.name not in HANDING and any(result is arg for arg in args):  # what comes of an argument is another value
                if isinstance(result, SomeNumber):
                    result = SomeNumber(result.reason, result.dtype)
                elif isinstance(result, OpenArgument):
                    result = Unknown(result.reason)
            result = self.taken_by(native, args, result.reason) if type(result) is Unknown else result
            if not isinstance(result, Either):
                self._note_inert(library, result.reason, args)
        result = self._write_out(library, kwargs, result)
        if library.applied is not None:
            library.applied(self, native.name, result)
        return result

    def _write_out(self, library: Library, kwargs: Mapping[str, Value], result: Value) -> Value:
        """The result of a call with ``out``: the tensors that it names, which have its shape from here on."""
        if kwargs.get("out") is None or not library.resizes_out:
            return result
        given, made = list(tensors_in(self.plain(kwargs["out"]))), list(tensors_in(result))
        for index, tensor in enumerate(given):
            known = len(made) == len(given)
            now = replace(made[index], dtype=tensor.dtype, strides=None, values=None) if known else Unknown("it was written to as out=")
            self.change_tensor(tensor, now)
            result = now if known and isinstance(result, Tensor) else result
        return result

    def _note_inert(self, library: Library, reason: str, args: Sequence[Value]) -> None:
        """What an inert library does not tell is data, unless it was handed the unknown value."""
        if library.inert and not any(isinstance(arg, Unknown) and arg.reason == reason for arg in args):
            self.inert_reasons.add(reason)

    def _run_native(self, native: Native, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        binder = self._binder(native.body)
        kwargs = binder.renamed(kwargs, self.libraries[native.library].aliases_of(native.name)) if kwargs else kwargs
        if binder.wants_machine:
            self.changes += self.libraries[native.library].changing(native.name)
            positional, keywords = binder.bind(args, kwargs)
            return native.body(self, *positional, **keywords)
        if args and native.name in self.libraries[native.library].whole and isinstance(args[0], Ref) and self._is_unordered(args[0]):
            raise Undecided("an array of one object that is no sequence is not followed")
        given, named = self._plain_arguments(args, kwargs)
        if self.libraries[native.library].changing(native.name) or named.get("out") is not None:
            self.changes += not (given and isinstance(given[0], Tensor) and given[0].variable is not None)
        positional, keywords = binder.bind(given, named)
        before = len(self.noted)
        positional = [self.settings, *positional] if binder.wants_settings else positional
        try:
            result = native.body(*positional, **keywords)
        except Undecided:
            self._open((*given, *named.values()), any_rank(), several=_is_item(native, given))
            raise
        doubts = self._new_doubts(before)
        step = Step(native.label.strip("_@"), native, args, dict(kwargs), self.nearest_site(), doubts, self._noted_tensors(given, named))
        kind = self.libraries[native.library].type_of_result(native.name, given, named)
        value = self._wrap(result, native.library, step, _is_symbolic((*given, *named.values())), kind)
        if args and _is_in_place(native) and self._same_shape(args[0], value):
            return args[0]  # the very tensor, so that what changes its shape next is seen wherever it is held
        value = self._placed(value, native.library, native.name, given, named)
        return self._numbered(value, self.libraries[native.library], native.name, given, named)

    def _is_unordered(self, ref: Ref) -> bool:
        """Whether an object is a set, dictionary or iterator."""
        return isinstance(self.peek(ref), (SetObject, DictObject, IteratorObject))

    def _numbered(self, value: Value, library: Library, name: str, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
        """A small array with its elements, where a rule tells them."""
        rule = library.numbers.get(name)
        if rule is not None and type(value) is tuple:
            return self._dealt(value, rule(given, named))
        if rule is None or not isinstance(value, (Tensor, Unknown)) or (isinstance(value, Tensor) and value.shape.rank > 1):
            return value
        found = rule(given, named)
        if isinstance(value, Unknown):
            return found[0] if found is not None and len(found) == 1 else value
        if found is None or len(found) > MAX_NUMBERS or (value.shape and value.shape[0] != len(found)):
            return value
        return replace(value, values=Numbers(found, self.changes))

    def _dealt(self, parts: tuple[Value, ...], found: Sequence[Value] | None) -> tuple[Value, ...]:
        """The parts of a vector with their elements, in order, if they share all that there are."""
        vectors = [(part, part.shape[0]) for part in parts if isinstance(part, Tensor) and part.shape.rank == 1]
        lengths = [length for _, length in vectors if isinstance(length, int)]
        if found is None or len(found) > MAX_NUMBERS or len(lengths) < len(parts) or sum(lengths) != len(found):
            return parts
        rest = iter(found)
        return tuple(replace(part, values=Numbers(islice(rest, length), self.changes)) for (part, _), length in zip(vectors, lengths))

    def _plain_arguments(self, args: Sequence[Value], kwargs: Mapping[str, Value]) -> tuple[tuple[Value, ...], dict[str, Value]]:
        """Arguments as declarations take them: lists, dictionaries and sets as Python's own."""
        return tuple(map(self._plain_argument, args)), {name: self._plain_argument(value) for name, value in kwargs.items()}

    def _plain_argument(self, value: Value) -> Value:
        if isinstance(value, Tensor):
            return value if value.values is self.numbers(value) else replace(value, values=None)
        return self.plain(value)

    def _noted_tensors(self, args: Sequence[Value], kwargs: Mapping[str, Value]) -> tuple[Tensor, ...] | None:
        """What goes into a call, if somebody wants to know how tensors flow."""
        return tuple(tensors_in((*args, *kwargs.values()))) if self.record.calls is not None else None

    def _new_doubts(self, before: int) -> tuple[str, ...]:
        noted = self.noted[before:]
        found = tuple(doubt.reason for doubt in noted if not self.settled(doubt))
        for reason in found:
            self.record.gap(self.nearest_site(), reason)
        return found

    def _wrap(self, result: Any, library: str, step: Step, symbolic: bool, dtype: str | None = None) -> Value:
        """Shapes as tensors of the library, Python's lists and dictionaries as heap objects."""
        if isinstance(result, (Shape, Tensor)) and library == "numpy" and not (result if isinstance(result, Shape) else result.shape):
            return SomeNumber("the value of a number is not known", getattr(result, "dtype", dtype))
        if isinstance(result, Shape):
            return Tensor(result, _array_library(library), dtype, symbolic, step)
        if isinstance(result, Tensor):
            in_place = isinstance(step.callee, Native) and _is_in_place(step.callee)
            result = replace(result, variable=None) if result.variable is not None and not in_place else result
            if library == "numpy" and result.values is not None and not isinstance(result.values, Numbers):
                result = replace(result, values=Numbers(result.values, self.changes))
            return result if result.step is not None else replace(result, step=step)
        if isinstance(result, Repeated):
            return replace(result, item=self._wrap(result.item, library, step, symbolic, dtype))
        if isinstance(result, Named):
            return Named(**{name: self._wrap(item, library, step, symbolic, dtype) for name, item in zip(result.fields, result)})
        if isinstance(result, tuple) and not isinstance(result, (Sizes, TensorShape)):
            return tuple(self._wrap(item, library, step, symbolic, dtype) for item in result)
        if isinstance(result, list):
            return self.new(ListObject(tuple(self._wrap(item, library, step, symbolic, dtype) for item in result)))
        return result

    def _placed(self, value: Value, library: str, name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """A result with its place in memory, where a rule tells it. Raises Problem."""
        rule = self.libraries[library].memory.get(name)
        if rule is None or not self.settings.get("torch_strides"):
            return value
        if isinstance(value, Tensor):
            return replace(value, strides=rule(args, kwargs, value.shape))
        return tuple(self._placed(item, library, name, args, kwargs) for item in value) if type(value) is tuple else value

    def _call_layer_method(self, method: LayerMethod, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        if not args or not isinstance(args[0], Ref):
            raise Undecided(f"{method.cls.label}.{method.name} is called without an instance")
        if method.name == "__init__":
            assert method.cls.layer is not None
            self.construct(args[0], method.cls.layer, args[1:], kwargs)
            return None
        try:
            return on_lists(self, args[1:], lambda: self.apply(args[0], args[1:], kwargs))
        except Undecided:
            self.not_applied(args[0], args[1:])
            raise

    def construct(self, ref: Ref, layer: type[Layer], args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
        """Bind a layer declaration to an instance. Raises Problem, Undecided."""
        held = self.contents(ref)
        if not isinstance(held, Instance):
            return
        given, named = self._plain_arguments(args, kwargs)
        library = self.libraries[self._library_of(held.cls)]
        if library.constructing is not None:
            library.constructing(self, ref, layer, given, named)
            held = self.contents(ref)
        try:
            bound = library.bind(layer, given, named, self.settings)
        except Problem as problem:
            if library.certain(problem, self.settings):
                raise
            bound = library.bind(layer, *_without(layer, problem, given, named), self.settings)
        if self.settings["torch_mode"] == "eval" and hasattr(bound, "training"):
            setattr(bound, "training", False)  # noqa: B010 -- only some layers have a mode
        self.update(ref, replace(held, layer=bound))
        if library.constructed is not None:
            library.constructed(self, ref)

    def _require_own(self, held: Instance) -> None:
        """A layer does what is declared as long as the program gives it no inner method of its own. Raises Undecided."""
        declared = self._declared(held.cls)
        internals = self.libraries[declared.library].internals(declared.name) if declared is not None else frozenset[str]()
        bodies = (self.contents(cls).attributes for cls in self.mro(held.cls) if isinstance(cls, Ref))
        own = next((name for body in (self.patched, held.attributes, *bodies) for name in internals.intersection(body)), None)
        if own is not None:
            raise Undecided(f"{self.class_name(held.cls)} has a method {own!r} of its own, by which it may do anything")

    def apply(self, ref: Ref, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """Run the bound layer of an instance on its inputs. Raises Problem, Undecided."""
        held = self.contents(ref)
        if not isinstance(held, Instance) or held.layer is None:
            raise Undecided("the construction of a layer was not followed")
        layer = held.layer
        if layer.torn:
            raise Undecided(DIFFERS)
        self._require_own(held)
        binder = self._binder(type(layer).output, skip=1)
        given, named = self._plain_arguments(args, kwargs)
        positional, keywords = binder.bind(given, named)
        before = len(self.noted)
        try:
            result = layer.output(*positional, **keywords)
        except Undecided:
            self._open(given, layer.assume())
            raise
        shapes = _shapes_of(positional)
        if held.built is not None:
            layer.accept(held.built, *shapes)
        doubts = self._new_doubts(before)
        if held.built is None:
            self.update(ref, replace(held, built=shapes))
        self.record.count_layer()
        step = Step(layer.label, ref, tuple(args), dict(kwargs), self._layer_site(ref, held), doubts, self._noted_tensors(given, named))
        library = self._library_of(held.cls)
        value = self._wrap(result, library, step, _is_symbolic((*given, *named.values())))
        return self._placed(value, library, f"nn.{layer.label}", args, kwargs)

    def _open(self, values: Sequence[Value], shapes: Sequence[Shape], *, several: bool = False) -> None:
        """End the run if one of the values is an input whose shape is open: it may be one of these.

        Where it is doubtful whether it is read at all, only if ``reads_in_doubt``.
        """
        for tensor in tensors_in(tuple(values)):
            if isinstance(tensor.shape, OpenShape) and (shapes or several):
                if self.doubtful and not self.reads_in_doubt:
                    self.declined_to_read = True
                    return
                raise Opened(tensor.shape.number, shapes, several=several)

    def open_list(self, value: Value) -> None:
        self._open((value,), (), several=True)

    def _layer_site(self, ref: Ref, held: Instance) -> Site | None:
        """Where a chain of shapes shows the layer: at its call, or where it was built if a container calls it."""
        for active in reversed(self.stack):
            if active.site is not None:
                return active.site if active.is_of(ref) or held.site is None else _site(held)
        return _site(held)

    def _library_of(self, cls: Value) -> str:
        declared = self._declared(cls)
        return declared.library if declared is not None else "builtins"

    def _declared(self, cls: Value) -> LibraryClass | None:
        """The library's class that a class is or derives from first."""
        for item in self.mro(cls):
            if isinstance(item, LibraryClass):
                return item
        return None


def _is_in_place(native: Native) -> bool:
    """Whether a method or function of torch changes its tensor and gives it back: ``x.clamp_(0)``, ``relu_(x)``; not ``np.bool_(x)``."""
    return native.name.endswith("_") and not native.name.endswith("__") and native.library in ("torch", "timm")


def _is_item(native: Native, args: Sequence[Value]) -> bool:
    """Whether this is ``x[0]``, ``x[1:]`` or a store into them, which lists have, too."""
    return native.label in ("__getitem__", "__setitem__") and len(args) > 1 and isinstance(args[1], (int, slice))


def _is_symbolic(values: tuple[Value, ...]) -> bool:
    """Whether a symbolic tensor is among plain arguments."""
    return any(tensor.symbolic for tensor in tensors_in(values))


def _site(held: Instance) -> Site | None:
    return held.site if isinstance(held.site, Site) else None


def _without(
    layer: type[Layer], problem: Problem, args: Sequence[Value], kwargs: Mapping[str, Value]
) -> tuple[list[Value], dict[str, Value]]:
    """The arguments of a construction with the blamed one unknown."""
    lost = Unknown(problem.message)
    names = [name for name, item in layer.fields.items() if not item.keyword]
    blamed = names.index(problem.blame) if problem.blame in names else -1
    return (
        [lost if index == blamed else arg for index, arg in enumerate(args)],
        {name: lost if name == problem.blame else value for name, value in kwargs.items()},
    )


def _shapes_of(values: Sequence[Any]) -> tuple[Shape, ...]:
    found: list[Shape] = []
    for value in values:
        if isinstance(value, Shape):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += [item for item in value if isinstance(item, Shape)]
    return tuple(found)


def _array_library(library: str) -> str:
    """Whose tensors a library's functions give."""
    return {"tensorflow": "keras"}.get(library, library)

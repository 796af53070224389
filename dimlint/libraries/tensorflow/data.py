"""``tf.data``: what an element of a data set looks like after it was mapped, batched, zipped.

Source: https://www.tensorflow.org/api_docs/python/tf/data. Elements are nested as the program nests them: tensors in tuples and
dictionaries. How many there are is not followed.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, Instance, ListObject, Machine, Ref, Repeated, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.objects import to_dims
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow

OPEN = "the number of elements of a data set is not known"
LOST = "the elements of a data set are not followed"
tensorflow.inert_reasons |= {OPEN, LOST}

DATASET = "data.Dataset"


def dataset(machine: Machine, element: Value) -> Value:
    """A data set with such elements."""
    made = machine.call(tensorflow.entries[DATASET])
    held = machine.contents(made) if isinstance(made, Ref) else None
    if isinstance(held, Instance) and isinstance(made, Ref):
        machine.update(made, replace(held, attributes={"_element": element}))
    return made


def element_of(machine: Machine, self: Value) -> Value:
    """What an element looks like. Raises Undecided."""
    held = machine.contents(self) if isinstance(self, Ref) else None
    element = held.attributes.get("_element") if isinstance(held, Instance) else None
    if element is None or isinstance(element, Unknown):
        raise Undecided(element.reason if isinstance(element, Unknown) else LOST)
    return element


def mapped(machine: Machine, value: Value, change: Callable[[Tensor], Tensor]) -> Value:
    """A structure with other tensors in it. Raises Undecided."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, tuple):
        return tuple(mapped(machine, item, change) for item in value)
    held = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(held, DictObject):
        return machine.new(DictObject({name: mapped(machine, item, change) for name, item in held.items.items()}))
    raise Undecided(value.reason if isinstance(value, Unknown) else LOST)


def structure(machine: Machine, value: Value) -> Value:
    """What a program hands over as an element: arrays, numbers and lists of them as tensors. Raises Undecided."""
    held = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(value, Tensor):
        return Tensor(value.shape, "keras", value.dtype)
    if isinstance(value, tuple):
        return tuple(structure(machine, item) for item in value)
    if isinstance(held, DictObject):
        return machine.new(DictObject({name: structure(machine, item) for name, item in held.items.items()}))
    if isinstance(held, ListObject):
        return Tensor(_stacked(machine, value), "keras")
    if is_size(value) or isinstance(value, (float, str, bytes)):
        return Tensor(Shape(), "keras", "string" if isinstance(value, (str, bytes)) else None)
    raise Undecided(value.reason if isinstance(value, Unknown) else LOST)


def _stacked(machine: Machine, value: Ref) -> Shape:
    """The shape of a list of numbers, texts or tensors. Raises Undecided."""
    plain = machine.plain(value)
    if isinstance(plain, list) and plain and all(isinstance(item, (str, bytes)) for item in plain):
        return Shape(len(plain))
    return to_shape(plain, "the elements of a data set")


def _first(x: Tensor) -> Tensor:
    """One of the slices along the first axis. Raises Undecided."""
    if not x.shape.rank:
        raise Undecided("a scalar has no slices")
    return Tensor(Shape(*x.shape[1:]), "keras", x.dtype)


def _eager(x: Tensor) -> Tensor:
    return Tensor(x.shape, "keras", x.dtype)


def _symbolic(x: Tensor) -> Tensor:
    return Tensor(x.shape, "keras", x.dtype, True)


def _with_batch(size: Dim) -> Callable[[Tensor], Tensor]:
    return lambda x: Tensor(Shape(size, *x.shape), "keras", x.dtype)


def run(machine: Machine, function: Value, element: Value) -> Value:
    """What a function gives for an element, whose parts are its arguments if it is a tuple. Raises Undecided."""
    given = mapped(machine, element, _symbolic)
    result = machine.call(function, given if isinstance(given, tuple) else (given,))
    if isinstance(result, Unknown):
        raise Undecided(result.reason)
    return result


def _kept(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    return dataset(machine, element_of(machine, self))


def _lost(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    return dataset(machine, Unknown(LOST))


@tensorflow.type(DATASET, "data.TFRecordDataset", "data.TextLineDataset", "data.FixedLengthRecordDataset")
class Dataset:
    """A source of elements. One that is made by its constructor reads files."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Arguments have no influence on shapes."""

    def __iter__(machine: Machine, self: Ref) -> Value:
        return Repeated(OPEN, mapped(machine, element_of(machine, self), _eager))

    def __len__(machine: Machine, self: Ref) -> Value:
        return unknown_dim("elements", low=0, reason=OPEN)

    def as_numpy_iterator(machine: Machine, self: Ref) -> Value:
        return Repeated(OPEN, mapped(machine, element_of(machine, self), lambda x: Tensor(x.shape, "numpy", x.dtype)))

    def make_one_shot_iterator(machine: Machine, self: Ref) -> Value:
        return Unknown(LOST)

    make_initializable_iterator = make_one_shot_iterator

    def map(machine: Machine, self: Ref, map_func: Value, *args: Value, **kwargs: Value) -> Value:
        result = run(machine, map_func, element_of(machine, self))
        held = machine.contents(result) if isinstance(result, Ref) else None
        given = tuple(held.items) if isinstance(held, ListObject) else result
        return dataset(machine, structure(machine, given))

    def flat_map(machine: Machine, self: Ref, map_func: Value, *args: Value, **kwargs: Value) -> Value:
        return dataset(machine, element_of(machine, run(machine, map_func, element_of(machine, self))))

    interleave = flat_map

    def apply(machine: Machine, self: Ref, transformation_func: Value) -> Value:
        return machine.call(transformation_func, (self,))

    def batch(machine: Machine, self: Ref, batch_size: Value, drop_remainder: Value = False, *args: Value, **kwargs: Value) -> Value:
        known = batch_size if isinstance(batch_size, int) and batch_size > 0 else None
        size: Dim = unknown_dim("None", low=1, high=known, none=True)
        if drop_remainder is True and known is not None:
            size = known
        return dataset(machine, mapped(machine, element_of(machine, self), _with_batch(size)))

    def unbatch(machine: Machine, self: Ref) -> Value:
        return dataset(machine, mapped(machine, element_of(machine, self), _first))

    def padded_batch(machine: Machine, self: Ref, batch_size: Value, *args: Value, **kwargs: Value) -> Value:
        def padded(x: Tensor) -> Tensor:
            sizes = (unknown_dim("None", none=True) for _ in x.shape)
            return Tensor(Shape(unknown_dim("None", low=1, none=True), *sizes), "keras", x.dtype)

        return dataset(machine, mapped(machine, element_of(machine, self), padded))

    def enumerate(machine: Machine, self: Ref, start: Value = 0) -> Value:
        return dataset(machine, (Tensor(Shape(), "keras", "int64"), element_of(machine, self)))

    def concatenate(machine: Machine, self: Ref, dataset: Value) -> Value:
        mine, other = element_of(machine, self), element_of(machine, dataset)
        if not _alike(machine.plain(mine), machine.plain(other)):
            raise Undecided("data sets whose elements differ are joined")
        return _kept(machine, self)

    def __getattr__(machine: Machine, self: Ref, name: Value) -> Value:
        return Unknown(LOST)

    shuffle = prefetch = cache = repeat = take = skip = with_options = shard = filter = snapshot = assert_cardinality = _kept
    ignore_errors = take_while = unique = _kept
    window = group_by_window = bucket_by_sequence_length = ragged_batch = scan = _lost

    @staticmethod
    def from_tensor_slices(machine: Machine, tensors: Value, name: Value = None) -> Value:
        return dataset(machine, mapped(machine, structure(machine, tensors), _first))

    @staticmethod
    def from_tensors(machine: Machine, tensors: Value, name: Value = None) -> Value:
        return dataset(machine, structure(machine, tensors))

    @staticmethod
    def range(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        return dataset(machine, Tensor(Shape(), "keras", "int64"))

    @staticmethod
    def list_files(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        return dataset(machine, Tensor(Shape(), "keras", "string"))

    @staticmethod
    def zip(machine: Machine, *args: Value, datasets: Value = None, name: Value = None) -> Value:
        parts = (datasets,) if datasets is not None else args
        held = machine.contents(parts[0]) if len(parts) == 1 and isinstance(parts[0], Ref) else None
        if isinstance(held, DictObject):
            return dataset(machine, machine.new(DictObject({key: element_of(machine, item) for key, item in held.items.items()})))
        given = parts[0] if len(parts) == 1 and isinstance(parts[0], tuple) else parts
        return dataset(machine, tuple(element_of(machine, item) for item in given))

    @staticmethod
    def from_generator(
        machine: Machine,
        generator: Value,
        output_types: Value = None,
        output_shapes: Value = None,
        args: Value = None,
        output_signature: Value = None,
        name: Value = None,
    ) -> Value:
        stated = output_shapes if output_signature is None else output_signature
        return dataset(machine, _stated(machine, stated))


def _alike(a: Value, b: Value) -> bool:
    """Whether two elements surely look the same."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape.rank == b.shape.rank and all(map(always_equal, a.shape, b.shape))
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(map(_alike, a, b))
    return False


def _stated(machine: Machine, value: Value) -> Value:
    """The element that shapes or specifications state. Raises Undecided."""
    held = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(held, Instance) and "_stated" in held.attributes:
        return held.attributes["_stated"]
    if isinstance(held, DictObject):
        return machine.new(DictObject({name: _stated(machine, item) for name, item in held.items.items()}))
    if isinstance(value, tuple) and value and not all(item is None or is_size(item) for item in value):
        return tuple(_stated(machine, item) for item in value)
    plain = machine.plain(value)
    if isinstance(plain, (tuple, list)) and all(item is None or is_size(item) for item in plain):
        return Tensor(Shape(*to_dims(tuple(plain), "shape")), "keras")
    raise Undecided("the shapes of a generator's elements are not known")


@tensorflow.type("TensorSpec")
class TensorSpec:
    """What a tensor is to look like."""

    def __init__(machine: Machine, self: Ref, shape: Value = None, dtype: Value = None, name: Value = None) -> None:
        sizes = machine.plain(shape)
        held = machine.contents(self)
        if isinstance(held, Instance) and isinstance(sizes, (tuple, list)):
            stated = Tensor(Shape(*to_dims(tuple(sizes), "shape")), "keras")
            machine.update(self, replace(held, attributes={"_stated": stated, "shape": shape, "dtype": dtype, "name": name}))


for _name in ("data.AUTOTUNE", "data.experimental.AUTOTUNE"):
    tensorflow.value(_name, -1)

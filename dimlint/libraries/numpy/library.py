"""The table of NumPy's names, and what its declarations share. Source: https://numpy.org/doc/stable/reference."""

# mypy: disable-error-code="misc"

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.library import Library, modules_of
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, SomeNumber, Tensor, Unknown, Value, is_size
from dimlint.shapes import agree

MODULES = "attributes creation elementwise indexing joining products rearranging reduction sampling subscripts"
"""Modules of this package that declare names."""

WAVERING = "Inf Infinity NAN NaN PINF NINF bool8 complex complex_ float float_ in1d infty int object str row_stack product cumproduct trapz"
LIBRARY = Library(
    "numpy", ("numpy",), modules=modules_of(__package__, MODULES), inert=True, versioned=True, wavering=frozenset(WAVERING.split())
)
LIBRARY.whole = frozenset(["array", "asarray", "asanyarray", "asarray_chkfinite", "require"])
function = LIBRARY.function
CHANGING: set[str] = set()
"""Functions that change the elements of an array in place."""
LIBRARY.changing = CHANGING.__contains__

MERGE = "merge-mismatch"
RANK = "rank-mismatch"
RESHAPE = "reshape-mismatch"
UNKNOWN_NUMBER = Unknown("the values of an array are not known")


class Composed(Unknown):
    """An element type of several parts, which may change the shape of what is made of it."""


DTYPES = {
    "int": "int64", "int_": "int64", "intp": "int64", "long": "int64", "longlong": "int64", "i8": "int64", "i": "int32", "i4": "int32",
    "intc": "int32", "short": "int16", "byte": "int8", "ubyte": "uint8", "uint": "uint64", "uintp": "uint64", "u1": "uint8",
    "float": "float64", "double": "float64", "float_": "float64", "f8": "float64", "d": "float64", "f": "float32", "f4": "float32",
    "single": "float32", "half": "float16", "f2": "float16", "bool_": "bool", "?": "bool", "object_": "object", "O": "object",
    "complex": "complex128", "cdouble": "complex128", "complex_": "complex128", "csingle": "complex64", "str_": "str", "bytes_": "bytes",
}
"""Other names of element types."""


def array(shape: Shape, dtype: str | None = None, values: tuple[Value, ...] | None = None) -> Tensor:
    """An array; ``values``: the elements of a vector, if they are known."""
    return Tensor(shape, "numpy", dtype, values=values)


def number(dtype: str | None = None) -> SomeNumber:
    """A single number that is not known."""
    return SomeNumber("the value of a number is not known", dtype)


def is_composed(dtype: Value) -> bool:
    """Whether an element type has several parts, as that of a record."""
    return isinstance(dtype, (Composed, tuple, list, dict)) or (isinstance(dtype, str) and ("," in dtype or dtype[:1].isdigit()))


def dtype_name(dtype: Value) -> str | None:
    """The name of an element type: of ``"int32"``, ``int``, ``np.float32``; None if it is not known. Raises Undecided for one of parts."""
    if is_composed(dtype):
        raise Undecided("an element type of several parts is not followed")
    label = dtype if isinstance(dtype, str) else getattr(dtype, "label", None)
    label = label.lstrip("<>=") if isinstance(label, str) else None
    return DTYPES.get(label, label) if label else None


def typed(dtype: Value, default: str | None = "float64") -> str | None:
    """The element type that an argument names, or the default where it is ``None``."""
    return default if dtype is None else dtype_name(dtype)


def lost(value: Value) -> None:
    """Raise Undecided for a value of which not even its kind is known."""
    if isinstance(value, Unknown) and not isinstance(value, SomeNumber):
        raise Undecided(value.reason)


def is_array(value: Value) -> bool:
    """Whether a function of NumPy takes this argument for an array rather than for a plain number."""
    return isinstance(value, (Tensor, list, tuple, range))


def require_own(value: Value, label: str) -> None:
    """NumPy hands some work on to the methods of a tensor of PyTorch, with its own arguments. Raises Undecided."""
    if isinstance(value, Tensor) and value.library == "torch":
        raise Undecided(f"what numpy.{label} makes of a torch tensor is not modelled")


def shape_of(value: Value, label: str) -> Shape:
    """The shape of an argument. Raises Undecided."""
    require_own(value, label)
    return to_shape(value, "an array")


def axis_of(axis: Value, rank: int, label: str, *, extra: int = 0) -> int:
    """A non-negative axis. Raises Problem(rank-mismatch), Undecided."""
    count = rank + extra
    if not isinstance(axis, int) or isinstance(axis, bool):
        raise Undecided(axis.reason if isinstance(axis, Unknown) else f"the axis of {label} is not known")
    if not -count <= axis < count:
        raise Problem(RANK, f"numpy.{label}: axis {axis} is out of bounds for an array of {count} dimensions", blame="axis")
    return axis % count


def axes_of(axis: Value, rank: int, label: str, *, extra: int = 0) -> list[int]:
    """One or several axes, each once. Raises Problem(rank-mismatch), Undecided."""
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    found = [axis_of(index, rank, label, extra=extra) for index in given]
    if len(set(found)) != len(found):
        raise Problem(RANK, f"numpy.{label}: the axes {show(axis)} name one twice", blame="axis")
    return found


def count_of(value: Value, label: str) -> Dim:
    """A size or number of elements; what is not known is a new symbol. Raises Undecided."""
    if isinstance(value, Unknown):
        return unknown_dim("n", reason=value.reason)
    if isinstance(value, Tensor) and not value.shape:
        return unknown_dim("n", reason="the value of a number is not known")
    if not is_size(value):
        raise Undecided(f"a size given to {label} is not known")
    return int(value) if isinstance(value, int) else value


MAX_AXES = 64
"""Axes that an array may have."""


def sized(dims: Value, label: str) -> Shape:
    """A new array's shape. Raises Problem(invalid-layer-argument) for a negative size, Undecided."""
    lost(dims)
    if isinstance(dims, Tensor) and dims.shape:
        if dims.values is None:
            raise Undecided(f"the sizes given to {label} are not known")
        dims = dims.values
    if isinstance(dims, range) and dims[MAX_AXES:]:
        raise Undecided(f"a range of sizes given to {label} is too long")
    sizes = [count_of(size, label) for size in (dims if isinstance(dims, (tuple, list, range)) else (dims,))]
    if any(isinstance(size, int) and size < 0 for size in sizes):
        raise Problem(ARGUMENT, f"numpy.{label}: sizes must not be negative, got {show(tuple(sizes))}")
    return Shape(*sizes)


def values_of(value: Value) -> Value:
    """The elements behind a vector, where they are known; else the value itself."""
    return value.values if isinstance(value, Tensor) and value.values is not None else value


def require_rank(x: Shape, least: int, label: str) -> None:
    """Raise Problem(rank-mismatch) for an array of fewer axes."""
    if x.rank < least:
        raise Problem(RANK, f"numpy.{label} needs an array of at least {least} dimensions, got the {x.rank}-d array {x}")


def require_written(given: Shape, part: Shape, label: str) -> None:
    """Refuse a value that does not broadcast to the place that it is written to; leading axes of size 1 are left out."""
    given = agree.trimmed(given, part.rank)
    agree.require_written(given, part, Problem(MERGE, f"{label}: a value of shape {given} does not fit into {part}"))


def replaced(x: Sequence[Dim], axis: int, *sizes: Dim) -> Shape:
    """A shape with one axis replaced."""
    return Shape(*x[:axis], *sizes, *x[axis + 1 :])


def with_parameters(
    body: Callable[..., Value], first: Sequence[str], *optional: str, keyword: Sequence[str] = (), **defaults: Value
) -> Callable[..., Value]:
    """A body that takes anything, with the parameters of the function that it is declared for; defaults are None unless given."""
    plain, named = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter(name, plain, annotation="Value") for name in first]
    parameters += [inspect.Parameter(name, plain, default=defaults.get(name), annotation="Value") for name in optional]
    keyword = [name for name in keyword if name not in optional]
    parameters += [inspect.Parameter(name, named, default=defaults.get(name), annotation="Value") for name in keyword]
    body.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return body


@LIBRARY.type("ndarray")
class NdArray:
    """The class of arrays; its methods are declared as those of tensors."""

    def __new__(machine: Machine, cls: Value, shape: Value, dtype: Value = None, *args: Value, **kwargs: Value) -> Value:
        return array(sized(machine.plain(shape), "ndarray"), typed(dtype))

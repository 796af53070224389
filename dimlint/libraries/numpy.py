"""NumPy: arrays as shapes. What NumPy refuses is undecided here, except sizes that can never fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal, bounds, maximum, minimum, never_equal, product, unknown_dim
from dimlint.core.layer import Dims, Ints, Library, Shapes, to_shape
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.shapes.agree import broadcast, concatenate

LIBRARY = Library("numpy", ("numpy",))
function = LIBRARY.function

RESHAPE = "reshape-mismatch"
UNKNOWN_NUMBER = Unknown("the values of an array are not known")


def axis_of(axis: int, rank: int) -> int:
    """A non-negative axis. Raises Undecided for one that does not exist."""
    if not -rank <= axis < rank:
        raise Undecided(f"axis {axis} does not exist in an array of {rank} axes")
    return axis % rank


def sized(dims: Sequence[Dim]) -> Shape:
    """A new array's shape. Raises Undecided for a size that may be negative."""
    for size in dims:
        low = bounds(size)[0]
        if low is None or low < 0:
            raise Undecided(f"the size {size} of a new array may be negative")
    return Shape(*dims)


@LIBRARY.type("ndarray")
class NdArray:
    """The class of arrays; its methods are declared as those of tensors."""


# -- making arrays


@function("zeros", "ones", "empty")
def filled(shape: Dims, dtype: object = None, order: object = None) -> Shape:
    return sized(shape)


@function("full")
def full(shape: Dims, fill_value: object, dtype: object = None, order: object = None) -> Shape:
    return sized(shape)


@function("eye", "identity")
def eye(N: Dim, M: Dim | None = None, k: object = 0, dtype: object = None) -> Shape:
    return sized((N, N if M is None else M))


@function("array", "asarray", "asanyarray", "ascontiguousarray", "zeros_like", "ones_like", "empty_like", "copy", "nan_to_num")
def array(a: Shape, dtype: object = None, copy: object = None, order: object = None) -> Shape:
    return a


@function("full_like")
def full_like(a: Shape, fill_value: object, dtype: object = None) -> Shape:
    return a


@function("arange")
def arange(start: Value, stop: Value = None, step: Value = 1, dtype: object = None) -> Shape:
    first, last = (0, start) if stop is None else (start, stop)
    numbers = (first, last, step)
    if all(isinstance(value, (int, float)) for value in numbers) and step != 0 and all(map(math.isfinite, numbers)):
        return Shape(max(math.ceil((last - first) / step), 0))
    if is_size(first) and is_size(last) and step == 1:
        return Shape(maximum(last - first, 0))
    raise Undecided("the length of a range of numbers is not known")


@function("linspace", "logspace", "geomspace")
def linspace(start: object, stop: object, num: Dim = 50, endpoint: object = True) -> Shape:
    return sized((num,))


@function("random.rand", "random.randn")
def rand(*dims: Dim) -> Value:
    return sized(dims) if dims else UNKNOWN_NUMBER


def _drawn(size: Value) -> Value:
    """A random array of a size, or a number if there is none."""
    if isinstance(size, Unknown):
        raise Undecided(size.reason)
    if size is None:
        return UNKNOWN_NUMBER
    dims = size if isinstance(size, (tuple, list)) else (size,)
    if not all(map(is_size, dims)):
        raise Undecided("the size of a random array is not known")
    return sized(dims)


@function("random.random", "random.random_sample", "random.standard_normal", "random.ranf", "random.sample")
def random(size: Value = None) -> Value:
    return _drawn(size)


@function("random.normal", "random.uniform", "random.laplace", "random.lognormal", "random.beta")
def normal(loc: Value = 0.0, scale: Value = 1.0, size: Value = None) -> Value:
    if any(isinstance(value, Tensor) for value in (loc, scale)):
        raise Undecided("random numbers with an array of parameters are not modelled")
    return _drawn(size)


@function("random.randint")
def randint(low: Value, high: Value = None, size: Value = None, dtype: object = None) -> Value:
    if size is not None:
        return _drawn(size)
    first, last = (0, low) if high is None else (low, high)
    if isinstance(first, int) and isinstance(last, int):
        return unknown_dim(low=first, high=last - 1, reason="a random integer")
    return UNKNOWN_NUMBER


# -- changing shapes


def reshaped(shape: Shape, dims: Sequence[Dim]) -> Shape:
    """The same elements in another shape, with at most one -1. Raises Problem(reshape-mismatch)."""
    total = product(shape)
    holes = [index for index, size in enumerate(dims) if isinstance(size, int) and size == -1]
    if len(holes) > 1:
        raise Undecided("more than one size of a new shape is left open")
    rest = product(size for index, size in enumerate(dims) if index not in holes)
    wanted = total % rest if holes and not (isinstance(rest, int) and rest == 0) else total - rest
    if never_equal(wanted, 0):
        raise Problem(RESHAPE, f"reshape cannot turn {shape} ({total} elements) into ({', '.join(map(str, dims))})")
    if not always_equal(wanted, 0):
        doubt(f"whether {shape} has as many elements as the new shape is not known")
    if holes and isinstance(rest, int) and rest == 0:
        raise Undecided("an array without elements is reshaped")
    return Shape(*(total // rest if index in holes else size for index, size in enumerate(dims)))


@function("reshape")
def reshape(a: Shape, shape: Dims, order: object = "C") -> Shape:
    return reshaped(a, shape)


@function("Tensor.reshape")
def reshape_method(a: Shape, *shape: Dims, order: object = "C") -> Shape:
    return reshaped(a, [size for part in shape for size in part])


@function("ravel", "Tensor.ravel", "Tensor.flatten")
def ravel(a: Shape, order: object = "C") -> Shape:
    return Shape(product(a))


@function("expand_dims")
def expand_dims(a: Shape, axis: Ints) -> Shape:
    dims: list[Dim] = list(a)
    for index in sorted(axis_of(index, a.rank + len(axis)) for index in axis):
        dims.insert(index, 1)
    return Shape(*dims)


@function("squeeze", "Tensor.squeeze")
def squeeze(a: Shape, axis: Ints | None = None) -> Shape:
    if axis is None:
        if not all(always_equal(size, 1) or never_equal(size, 1) for size in a):
            raise Undecided("which axes of an array have size 1 is not known")
        return Shape(*(size for size in a if never_equal(size, 1)))
    dropped = {axis_of(index, a.rank) for index in axis}
    if not all(always_equal(a[index], 1) for index in dropped):
        raise Undecided("whether the squeezed axis has size 1 is not known")
    return Shape(*(size for index, size in enumerate(a) if index not in dropped))


@function("transpose")
def transpose(a: Shape, axes: Ints | None = None) -> Shape:
    order = [axis_of(index, a.rank) for index in axes] if axes is not None else list(reversed(range(a.rank)))
    if sorted(order) != list(range(a.rank)):
        raise Undecided("the axes of a transposition do not match the array")
    return Shape(*(a[index] for index in order))


@function("Tensor.transpose")
def transpose_method(a: Shape, *axes: Ints) -> Shape:
    return transpose(a, tuple(index for part in axes for index in part) if axes else None)


@function("Tensor.@T")
def transposed(a: Shape) -> Shape:
    return transpose(a)


@function("swapaxes", "Tensor.swapaxes")
def swapaxes(a: Shape, axis1: int, axis2: int) -> Shape:
    dims = list(a)
    i, j = axis_of(axis1, a.rank), axis_of(axis2, a.rank)
    dims[i], dims[j] = dims[j], dims[i]
    return Shape(*dims)


@function("moveaxis")
def moveaxis(a: Shape, source: int, destination: int) -> Shape:
    dims = list(a)
    size = dims.pop(axis_of(source, a.rank))
    dims.insert(axis_of(destination, a.rank), size)
    return Shape(*dims)


@function("concatenate")
def concatenated(arrays: Shapes, axis: int | None = 0) -> Shape:
    if not arrays:
        raise Undecided("no arrays are joined")
    if axis is None:
        return Shape(sum((product(shape) for shape in arrays), start=0))
    return concatenate(arrays, axis_of(axis, arrays[0].rank), "numpy.concatenate")


@function("stack")
def stack(arrays: Shapes, axis: int = 0) -> Shape:
    joined = concatenated([expand_dims(shape, (axis,)) for shape in arrays], axis)
    return joined


@function("vstack")
def vstack(tup: Shapes) -> Shape:
    return concatenated([Shape(1, *shape) if shape.rank < 2 else shape for shape in tup], 0)


@function("hstack")
def hstack(tup: Shapes) -> Shape:
    return concatenated(tup, 0 if tup and tup[0].rank == 1 else 1)


# -- numbers and elementwise functions

ELEMENTWISE: dict[str, Callable[[float], float] | None] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "rint": round,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "abs": abs,
    "absolute": abs,
    "square": None,
    "sign": None,
    "isnan": None,
    "isfinite": None,
    "logical_not": None,
}


def _declare_elementwise(name: str, on_number: Callable[[float], float] | None) -> None:
    def body(x: Value, dtype: object = None) -> Value:
        if isinstance(x, (Tensor, list, tuple)):
            return to_shape(x, "x")
        if isinstance(x, SymbolicDim) and name in ("floor", "ceil", "trunc", "rint"):
            return x
        try:
            return float(on_number(x)) if on_number is not None and isinstance(x, (int, float)) else UNKNOWN_NUMBER
        except (ValueError, OverflowError):
            return UNKNOWN_NUMBER

    body.__name__ = name
    function(name)(body)


for _name, _on_number in ELEMENTWISE.items():
    _declare_elementwise(_name, _on_number)


@function("clip", "flip", "roll", "sort", "cumsum", "around", "round", "fft.fft", "Tensor.clip", "Tensor.astype", "Tensor.copy", "Tensor.round")
def same_shape(a: Value, *args: object, **kwargs: object) -> Value:
    return to_shape(a, "a") if isinstance(a, (Tensor, list, tuple)) else UNKNOWN_NUMBER


@function("random.permutation")
def permutation(x: Value) -> Shape:
    return Shape(x) if is_size(x) else to_shape(x, "x")


@function("int8", "int16", "int32", "int64", "uint8", "int_", "intp")
def integer_type(x: Value = 0) -> Value:
    if isinstance(x, Tensor):
        return x.shape
    return int(x) if isinstance(x, float) and math.isfinite(x) else x if is_size(x) else UNKNOWN_NUMBER


@function("float16", "float32", "float64")
def float_type(x: Value = 0.0) -> Value:
    return x.shape if isinstance(x, Tensor) else float(x) if isinstance(x, (int, float)) else UNKNOWN_NUMBER


# -- reductions


def _reduced(a: Shape, axis: Value, keepdims: bool) -> Value:
    if isinstance(axis, Unknown):
        raise Undecided(axis.reason)
    if axis is None:
        return Shape(*(1,) * a.rank) if keepdims else UNKNOWN_NUMBER
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    if not all(isinstance(index, int) for index in given):
        raise Undecided("the axis of a reduction is not known")
    dropped = {axis_of(index, a.rank) for index in given}
    if keepdims:
        return Shape(*(1 if index in dropped else size for index, size in enumerate(a)))
    return Shape(*(size for index, size in enumerate(a) if index not in dropped))


def _declare_reduction(name: str, on_sizes: Callable[[Sequence[Dim]], Dim] | None) -> None:
    def body(a: Value, axis: Value = None, dtype: object = None, *, keepdims: bool = False) -> Value:
        plain = isinstance(a, (tuple, list)) and all(map(is_size, a))
        if plain and on_sizes is not None and (a or name in ("sum", "prod")) and axis in (None, 0, -1) and not keepdims:
            return on_sizes([int(size) if isinstance(size, int) else size for size in a])
        if is_size(a) and on_sizes is not None and axis is None:
            return a
        return _reduced(to_shape(a, "a"), axis, keepdims)

    def method(a: Shape, axis: Value = None, dtype: object = None, *, keepdims: bool = False) -> Value:
        return _reduced(a, axis, keepdims)

    body.__name__ = method.__name__ = name
    function(name)(body)
    function(f"Tensor.{name}")(method)


def _fold(pick: Callable[[Dim, Dim], Dim]) -> Callable[[Sequence[Dim]], Dim]:
    def folded(sizes: Sequence[Dim]) -> Dim:
        result = sizes[0]
        for size in sizes[1:]:
            result = pick(result, size)
        return result

    return folded


for _name, _on_sizes in (
    ("prod", product),
    ("sum", lambda sizes: sum(sizes, start=0)),
    ("max", _fold(maximum)),
    ("min", _fold(minimum)),
    ("mean", None),
    ("std", None),
    ("var", None),
    ("any", None),
    ("all", None),
    ("argmax", None),
    ("argmin", None),
):
    _declare_reduction(_name, _on_sizes)  # type: ignore[arg-type]


# -- arithmetic

OPERATIONS = ("add", "subtract", "multiply", "divide", "true_divide", "power", "mod", "floor_divide")
OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "eq", "ne", "lt", "le", "gt", "ge")


def _operand(value: Value) -> Shape:
    return to_shape(value, "an operand")


@function(*OPERATIONS, *(f"Tensor.__{name}__" for name in OPERATORS), *(f"Tensor.__r{name}__" for name in OPERATORS[:10]))
def arithmetic(a: Value, b: Value) -> Value:
    if not any(isinstance(value, (Tensor, list, tuple)) for value in (a, b)):
        return UNKNOWN_NUMBER
    return broadcast([_operand(a), _operand(b)], "NumPy arithmetic")


@function("maximum", "minimum", "equal", "greater", "less", "logical_and", "logical_or")
def compared(a: Value, b: Value) -> Value:
    return arithmetic(a, b)


@function("Tensor.__neg__", "Tensor.__pos__", "Tensor.__invert__", "Tensor.__abs__")
def negated(a: Shape) -> Shape:
    return a


@function("where")
def where(condition: Shape, x: Shape, y: Shape) -> Shape:
    return broadcast([condition, x, y], "numpy.where")


@function("matmul", "dot", "Tensor.dot", "Tensor.__matmul__")
def matmul(a: Shape, b: Shape) -> Shape:
    if a.rank != 2 or b.rank != 2:
        raise Undecided("a product of arrays that are not matrices is not modelled")
    if not always_equal(a[1], b[0]):
        raise Undecided(f"whether {a} and {b} can be multiplied is not known")
    return Shape(a[0], b[1])


# -- attributes


@function("Tensor.@shape")
def shape_of(a: Shape) -> Value:
    return tuple(a)


@function("shape")
def shape_function(a: Shape) -> Value:
    return tuple(a)


@function("Tensor.@ndim", "ndim")
def ndim(a: Shape) -> int:
    return a.rank


@function("Tensor.@size", "size")
def size_of(a: Shape, axis: int | None = None) -> Dim:
    return product(a) if axis is None else a[axis_of(axis, a.rank)]


@function("Tensor.__len__")
def length(a: Shape) -> Dim:
    if not a:
        raise Undecided("the length of an array without axes")
    return a[0]


@function("Tensor.@dtype", "Tensor.tolist", "Tensor.item", "Tensor.tobytes")
def contents(a: object) -> Value:
    return UNKNOWN_NUMBER


@function("random.seed", "set_printoptions", "seterr", "random.shuffle", "save", "savez", "savetxt")
def without_result(*args: object, **kwargs: object) -> None:
    return None


@function("load", "loadtxt", "genfromtxt", "random.choice", "random.default_rng", "random.RandomState")
def unknown_array(*args: object, **kwargs: object) -> Value:
    return UNKNOWN_NUMBER


for _name, _value in (("pi", math.pi), ("e", math.e), ("inf", math.inf), ("nan", math.nan), ("newaxis", None)):
    LIBRARY.value(_name, _value)

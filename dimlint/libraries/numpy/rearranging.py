"""Arrays in other shapes: reshaped, transposed, joined."""

from __future__ import annotations

from dimlint.core.binding import Dims, Ints, Shapes
from dimlint.core.dim import Dim, Shape, always_equal, never_equal, product
from dimlint.core.problem import Undecided
from dimlint.libraries.numpy.library import axis_of, function
from dimlint.shapes.agree import concatenate
from dimlint.shapes.rearrange import reshape as reshaped
from dimlint.shapes.rearrange import swap


@function("reshape")
def reshape(a: Shape, shape: Dims, order: object = "C") -> Shape:
    return reshaped(a, shape, "numpy.reshape")


@function("Tensor.reshape")
def reshape_method(a: Shape, *shape: Dims, order: object = "C") -> Shape:
    return reshaped(a, [size for part in shape for size in part], "numpy.ndarray.reshape")


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
    return swap(a, axis_of(axis1, a.rank), axis_of(axis2, a.rank))


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
    return concatenated([expand_dims(shape, (axis,)) for shape in arrays], axis)


@function("vstack")
def vstack(tup: Shapes) -> Shape:
    return concatenated([Shape(1, *shape) if shape.rank < 2 else shape for shape in tup], 0)


@function("hstack")
def hstack(tup: Shapes) -> Shape:
    return concatenated(tup, 0 if tup and tup[0].rank == 1 else 1)

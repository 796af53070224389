"""The same elements in another form: ``view``, ``permute``, ``squeeze``, ``expand`` and their kin."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.axis import expect_positive, is_open
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, less, never_positive, unknown_dim
from dimlint.core.layer import ARGUMENT, show, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.results import TorchSize
from dimlint.core.value import Unknown, Value, is_size, lost_size
from dimlint.libraries.torch.arguments import RANK, RESHAPE, axis_of, refuse_rank
from dimlint.libraries.torch.module import torch
from dimlint.shapes import rearrange
from dimlint.shapes.agree import broadcast
from dimlint.shapes.window import slide


def sizes_of(args: Sequence[Value], name: str) -> tuple[Dim, ...]:
    """Sizes given one by one or as one sequence. An unknown one becomes a symbol that may be negative."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    if len(args) == 1 and isinstance(args[0], Unknown):
        raise Undecided(args[0].reason)
    return tuple(_size(item, name) for item in args)


def _size(item: Value, name: str) -> Dim:
    lost: Dim | None = lost_size(item)
    if lost is not None:
        return lost
    if isinstance(item, Unknown):
        return unknown_dim(name, low=None, reason=item.reason)
    if is_size(item):
        size: Dim = int(item) if isinstance(item, bool) else item
        return size
    if isinstance(item, (float, str, tuple, list)):
        raise Problem(ARGUMENT, f"{name}: sizes must be integers, got {show(item)}")
    raise Undecided(f"a size given to {name} is not a known integer")


def axes_given(args: Sequence[Value], x: Shape, label: str) -> list[int]:
    """Axes given one by one or as one sequence."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    found = [axis_of(axis, x, label) for axis in args]
    if len(set(found)) != len(found):
        raise Problem(RANK, f"{label}: the axes {tuple(found)} name one twice, from input {x}")
    return found


@torch.function("Tensor.view")
def view(self: Shape, *given: Value, size: Value = None) -> Shape:
    """The elements in another shape; one size may be -1."""
    return rearrange.reshape(self, sizes_of(_all(given, size), "view"), "view")


def _all(given: tuple[Value, ...], named: Value) -> tuple[Value, ...]:
    """Arguments that a call gives one by one, as one sequence, or by their name. Raises Undecided."""
    if given and named is not None:
        raise Undecided("an argument is given twice")
    return given if named is None else (named,)


@torch.function("Tensor.reshape")
def reshape_method(self: Shape, *given: Value, shape: Value = None) -> Shape:
    """The elements in another shape; one size may be -1."""
    return rearrange.reshape(self, sizes_of(_all(given, shape), "reshape"), "reshape")


@torch.function("reshape")
@torch.function("view_copy", shape="size")
def reshape(input: Shape, shape: Value) -> Shape:
    """The elements in another shape; one size may be -1."""
    return rearrange.reshape(input, sizes_of((shape,), "reshape"), "reshape")


@torch.function("Tensor.view_as", "Tensor.reshape_as")
def view_as(self: Shape, other: Shape) -> Shape:
    """The elements in the shape of another tensor."""
    return rearrange.reshape(self, other, "view_as")


@torch.function("flatten", "Tensor.flatten")
def flatten(input: Shape, start_dim: Value = 0, end_dim: Value = -1) -> Shape:
    """Axes merged, all of them unless told otherwise."""
    start, end = axis_of(start_dim, input, "flatten", "start_dim"), axis_of(end_dim, input, "flatten", "end_dim")
    return rearrange.flatten(input, start, end, "flatten")


@torch.function("ravel", "Tensor.ravel")
def ravel(input: Shape) -> Shape:
    """All axes merged."""
    return rearrange.flatten(input, 0, max(input.rank - 1, 0), "ravel")


@torch.function("unflatten", "Tensor.unflatten")
def unflatten(input: Shape, dim: Value, sizes: Value) -> Shape:
    """One axis split into several."""
    if is_size(sizes):
        raise Problem(ARGUMENT, f"unflatten: sizes must be a sequence of integers, got {show(sizes)}", blame="sizes")
    return rearrange.unflatten(input, axis_of(dim, input, "unflatten"), sizes_of((sizes,), "unflatten"), "unflatten")


@torch.function("Tensor.permute")
def permute_method(self: Shape, *given: Value, dims: Value = None) -> Shape:
    """Axes in another order."""
    return _permute(self, _all(given, dims))


@torch.function("permute", "permute_copy")
def permute(input: Shape, dims: Value) -> Shape:
    """Axes in another order."""
    return _permute(input, (dims,))


def _permute(x: Shape, dims: Sequence[Value]) -> Shape:
    if len(dims) == 1 and isinstance(dims[0], (tuple, list)):
        dims = dims[0]
    if len(dims) != x.rank and not any(isinstance(dim, Unknown) for dim in dims):
        raise Problem(RANK, f"permute: {len(dims)} axes are given for the {x.rank}-d input {x}")
    return rearrange.permute(x, axes_given(dims, x, "permute"), "permute")


@torch.function("transpose", "swapdims", "transpose_copy", "Tensor.transpose", "Tensor.swapdims")
@torch.function("swapaxes", "Tensor.swapaxes", dim0="axis0", dim1="axis1")
def transpose(input: Shape, dim0: Value, dim1: Value) -> Shape:
    """Two axes exchanged."""
    first, second = axis_of(dim0, input, "transpose", "dim0"), axis_of(dim1, input, "transpose", "dim1")
    return rearrange.swap(input, first, second) if input.rank else input


@torch.function("t", "Tensor.t", "t_copy")
def t(input: Shape) -> Shape:
    """The two axes of a matrix exchanged."""
    if input.rank > 2:
        raise refuse_rank("t", "an input of at most 2 dimensions", input)
    return Shape(*reversed(input))


@torch.function("Tensor.@T")
def transposed(self: Shape) -> Shape:
    """All axes in reverse order."""
    return Shape(*reversed(self))


@torch.function("adjoint", self="input")
@torch.function("Tensor.@mT", "Tensor.@mH", "Tensor.adjoint")
def matrix_transposed(self: Shape) -> Shape:
    """The last two axes exchanged."""
    if self.rank == 0:
        return self
    if self.rank == 1:
        raise refuse_rank("mT", "a matrix or a batch of matrices", self)
    return rearrange.swap(self, self.rank - 2, self.rank - 1)


@torch.function("Tensor.@H")
def conjugate_transposed(self: Shape) -> Shape:
    """The two axes of a matrix exchanged."""
    if self.rank not in (0, 2):
        raise refuse_rank("H", "a 2-d input", self)
    return Shape(*reversed(self))


@torch.function("movedim", "moveaxis", "Tensor.movedim", "Tensor.moveaxis")
def movedim(input: Shape, source: Value, destination: Value) -> Shape:
    """Axes moved to other places."""
    return rearrange.move(input, axes_given((source,), input, "movedim"), axes_given((destination,), input, "movedim"), "movedim")


@torch.function("squeeze", "Tensor.squeeze", "squeeze_copy")
def squeeze(input: Shape, *given: Value, dim: Value = None) -> Shape:
    """Without axes of size 1: all of them, or those that are given."""
    axes = given or (dim,)
    if axes == (None,):
        return rearrange.squeeze(input, range(input.rank))
    return rearrange.squeeze(input, axes_given(axes, input, "squeeze"))


@torch.function("unsqueeze", "Tensor.unsqueeze", "unsqueeze_copy")
def unsqueeze(input: Shape, dim: Value) -> Shape:
    """A new axis of size 1."""
    axis = axis_of(dim, input, "unsqueeze", extra=1)
    return Shape(*input[:axis], 1, *input[axis:])


@torch.function("Tensor.expand")
def expand(self: Shape, *given: Value, size: Value = None, implicit: Value = False) -> Shape:
    """Axes of size 1 repeated without a copy; -1 keeps an axis."""
    return rearrange.expand(self, sizes_of(_all(given, size), "expand"), "expand")


@torch.function("Tensor.expand_as")
def expand_as(self: Shape, other: Shape) -> Shape:
    """Axes of size 1 repeated up to the shape of another tensor."""
    return rearrange.expand(self, other, "expand_as")


@torch.function("broadcast_to", "Tensor.broadcast_to")
def broadcast_to(input: Shape, *given: Value, size: Value = None) -> Shape:
    """Axes of size 1 repeated without a copy."""
    return rearrange.expand(input, sizes_of(_all(given, size), "broadcast_to"), "broadcast_to")


@torch.function("broadcast_tensors")
def broadcast_tensors(*tensors: Shape) -> list[Shape]:
    """All tensors in their common shape."""
    return [broadcast(tensors, "broadcast_tensors")] * len(tensors)


@torch.function("Tensor.repeat")
def repeat(self: Shape, *given: Value, repeats: Value = None) -> Shape:
    """Copies along each axis."""
    return rearrange.repeat(self, sizes_of(_all(given, repeats), "repeat"), "repeat")


@torch.function("tile", "Tensor.tile")
def tile(input: Shape, *given: Value, dims: Value = None) -> Shape:
    """Copies along the last axes."""
    counts = sizes_of(_all(given, dims), "tile")
    return rearrange.repeat(input, (*(1,) * (input.rank - len(counts)), *counts), "tile")


@torch.function("repeat_interleave", "Tensor.repeat_interleave")
def repeat_interleave(input: Shape, repeats: Value, dim: Value = None, *, output_size: Value = None) -> Shape:
    """Each element repeated, along one axis or of the flattened tensor."""
    if isinstance(repeats, Unknown) or not is_size(repeats):
        raise Undecided("how often elements are repeated is not known")
    if less(repeats, 0):
        raise Problem(ARGUMENT, f"repeat_interleave: repeats must not be negative, got {repeats}", blame="repeats")
    if input.rank == 0 and dim is not None:
        raise refuse_rank("repeat_interleave", "an input of at least 1 dimension where dim is given", input)
    flat = input if dim is not None else rearrange.flatten(input, 0, max(input.rank - 1, 0), "repeat_interleave")
    axis = axis_of(0 if dim is None else dim, flat, "repeat_interleave")
    return Shape(*flat[:axis], flat[axis] * repeats, *flat[axis + 1 :])


@torch.function("flip", "Tensor.flip")
def flip(input: Shape, *given: Value, dims: Value = None) -> Shape:
    """Axes reversed: the shape stays."""
    if not given and dims is None:
        raise Problem(ARGUMENT, "flip is missing the required argument 'dims'")
    axes_given(_all(given, dims), input, "flip")
    return input


@torch.function("fliplr", "Tensor.fliplr")
def fliplr(input: Shape) -> Shape:
    """The second axis reversed: the shape stays."""
    if input.rank < 2:
        raise refuse_rank("fliplr", "an input of at least 2 dimensions", input)
    return input


@torch.function("flipud", "Tensor.flipud")
def flipud(input: Shape) -> Shape:
    """The first axis reversed: the shape stays."""
    if input.rank < 1:
        raise refuse_rank("flipud", "an input of at least 1 dimension", input)
    return input


@torch.function("roll", "Tensor.roll")
def roll(input: Shape, shifts: Value, dims: Value = None) -> Shape:
    """Elements moved along axes: the shape stays."""
    if dims is None or dims == ():
        return input
    given = dims if isinstance(dims, (tuple, list)) else (dims,)
    count = len(shifts) if isinstance(shifts, (tuple, list)) else 1 if is_size(shifts) else len(given)
    if count != len(given):
        raise Problem(ARGUMENT, f"roll: {count} shifts are given for {len(given)} axes", blame="shifts")
    if input.rank == 0:
        raise refuse_rank("roll", "an input of at least 1 dimension where dims is given", input)
    if not any(map(always_equal, input, (0,) * input.rank)):  # nothing is checked where nothing is moved
        for axis in given:
            axis_of(axis, input, "roll", "dims")
    return input


@torch.function("tril", "triu", "Tensor.tril", "Tensor.triu", "Tensor.tril_", "Tensor.triu_")
def triangle(input: Shape, diagonal: Value = 0, *, out: Value = None) -> Shape:
    """Zeros on one side of a diagonal: the shape stays."""
    if input.rank < 2:
        raise refuse_rank("tril", "an input of at least 2 dimensions", input)
    return input


@torch.function("Tensor.unfold")
def unfold(self: Shape, dimension: Value, size: Dim, step: Dim) -> Shape:
    """Windows along one axis, whose elements become a new last axis."""
    axis = axis_of(dimension, self, "unfold", "dimension")
    points: Dim = self[axis] if self.rank else 1
    message = f"unfold: windows of {size} do not fit into axis {axis} of size {points}, from input {self}"
    problem = Problem("nonpositive-dimension", message, blame="size")
    if less(points, size):
        raise problem
    if is_open(points - size + 1) and not always_positive(points - size + 1):
        expect_positive(points - size + 1, f"whether windows of {size} fit into axis {axis} is not known", problem)
    if never_positive(step):
        raise Problem(ARGUMENT, f"unfold: step must be greater than zero, got {step}", blame="step")
    return Shape(*self[:axis], slide(points, size, step), *self[axis + 1 :], size) if self.rank else Shape(size)


@torch.function("atleast_1d")
def atleast_1d(*tensors: Shape) -> Shape | tuple[Shape, ...]:
    """At least one axis."""
    return _one_or_all([x if x.rank else Shape(1) for x in tensors])


@torch.function("atleast_2d")
def atleast_2d(*tensors: Shape) -> Shape | tuple[Shape, ...]:
    """At least two axes, new ones in front."""
    return _one_or_all([Shape(*(1,) * (2 - x.rank), *x) for x in tensors])


def _one_or_all(shapes: list[Shape]) -> Shape | tuple[Shape, ...]:
    return shapes[0] if len(shapes) == 1 else tuple(shapes)


@torch.function("atleast_3d")
def atleast_3d(*tensors: Shape) -> Shape | tuple[Shape, ...]:
    """At least three axes: new ones around a vector, behind a matrix."""
    forms = {0: lambda x: Shape(1, 1, 1), 1: lambda x: Shape(1, x[0], 1), 2: lambda x: Shape(*x, 1)}
    return _one_or_all([forms[x.rank](x) if x.rank in forms else x for x in tensors])


@torch.function("rot90", "Tensor.rot90")
def rot90(input: Shape, k: int = 1, dims: Value = (0, 1)) -> Shape:
    """Two axes turned by ``k`` quarters: an odd number of them exchanges the sizes."""
    if input.rank < 2:
        raise refuse_rank("rot90", "an input of at least 2 dimensions", input)
    axes = axes_given((dims,), input, "rot90")
    if len(axes) != 2:
        raise Problem(ARGUMENT, f"rot90: dims must be two axes, got {show(dims)}", blame="dims")
    return rearrange.swap(input, *axes) if k % 2 else input


@torch.function("broadcast_shapes")
def broadcast_shapes(*shapes: Value) -> Value:
    """The common shape of several, as a ``torch.Size``."""
    return TorchSize(broadcast([Shape(*sizes_of((shape,), "broadcast_shapes")) for shape in shapes], "broadcast_shapes"))


@torch.function("Tensor.sum_to_size")
def sum_to_size(self: Shape, *given: Value, size: Value = None) -> Shape:
    """Sums over the axes along which a tensor of the given size would be repeated."""
    target = Shape(*sizes_of(_all(given, size), "sum_to_size"))
    if target.rank > self.rank:
        raise Problem(RANK, f"sum_to_size: {target} has more dimensions than the input {self}")
    rearrange.expand(target, self, "sum_to_size")
    return target


@torch.function("view_as_real", "view_as_real_copy")
def view_as_real(input: Shape) -> Shape:
    """Complex numbers as pairs along a new last axis."""
    return Shape(*input, 2)


@torch.function("view_as_complex", "view_as_complex_copy")
def view_as_complex(input: Shape) -> Shape:
    """Pairs along the last axis as complex numbers."""
    if input.rank == 0:
        raise refuse_rank("view_as_complex", "an input of at least 1 dimension", input)
    unify(input[-1], 2, RESHAPE, f"view_as_complex needs a last axis of size 2, got the input {input}")
    return Shape(*input[:-1])


@torch.function("as_strided", "Tensor.as_strided", "as_strided_copy")
def as_strided(input: Shape, size: Value, stride: Value, storage_offset: Value = None) -> Shape:
    """Elements at given distances in memory. Whether the memory holds them is not followed."""
    sizes = sizes_of((size,), "as_strided")
    if isinstance(stride, (tuple, list)) and len(stride) != len(sizes):
        raise Problem(ARGUMENT, f"as_strided: {len(sizes)} sizes and {len(stride)} strides are given", blame="stride")
    doubt("whether the memory of a tensor holds all elements of as_strided is not followed")
    return Shape(*sizes)

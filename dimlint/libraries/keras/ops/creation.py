"""New tensors: filled, counted, drawn at random. Source: https://keras.io/api/ops/numpy, https://keras.io/api/random."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, is_finite, maximum, product
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import axis_of, broadcast, new_sizes, values_of


@keras.function("ops.zeros", "ops.ones", "ops.empty")
def filled(shape: Value, dtype: object = None) -> Shape:
    """A tensor of a given shape. Raises Problem(invalid-layer-argument), Undecided."""
    return new_sizes(shape, "shape")


@keras.function("ops.full")
def full(shape: Value, fill_value: Value, dtype: object = None) -> Shape:
    """A tensor of a given shape with one value. Raises Problem(invalid-layer-argument), Undecided."""
    if is_size(shape):
        raise Undecided("a shape that is a number, which not every backend of Keras takes")
    if to_shape(fill_value, "fill_value").rank:
        raise Undecided("values that are no single number are not followed")
    return new_sizes(shape, "shape")


@keras.function("ops.full_like")
def full_like(x: Shape, fill_value: Value, dtype: object = None) -> Shape:
    """A tensor of the same shape with one value. Raises Undecided."""
    if to_shape(fill_value, "fill_value").rank:
        raise Undecided("values that are no single number are not followed")
    return x


@keras.function("ops.eye", "ops.tri")
def eye(N: Dim, M: Dim | None = None, k: object = 0, dtype: object = None) -> Shape:
    """A matrix with ones on, or below, a diagonal. Raises Problem(invalid-layer-argument), Undecided."""
    if isinstance(M, int) and isinstance(k, int) and isinstance(N, int) and 0 < N <= abs(k) and N + abs(k) < M:
        raise Undecided("the backends of Keras differ on diagonals beside the main one")
    if always_equal(N, 0) and k != 0:
        raise Undecided("the backends of Keras differ on empty matrices")
    return new_sizes((N, N if M is None else M), "eye")


@keras.function("ops.identity")
def identity(n: Dim, dtype: object = None) -> Shape:
    """The square matrix that changes nothing. Raises Problem(invalid-layer-argument)."""
    return new_sizes((n, n), "identity")


@keras.function("ops.arange")
def arange(start: Value, stop: Value = None, step: Value = None, dtype: object = None) -> Value:
    """Numbers from ``start`` (0 by default) to ``stop`` as a vector. Raises Undecided."""
    found = count(start, stop, 1 if step is None else step)
    if (found.shape if isinstance(found, Tensor) else found) == (0,) and start not in (0, stop):
        raise Undecided("the backends of Keras differ on ranges that end before they start")
    return found


def count(start: Value, stop: Value, step: Value) -> Value:
    """A range of numbers; those of integers are known. Raises Undecided."""
    first, last = (0, start) if stop is None else (start, stop)
    numbers = (first, last, step)
    if any(isinstance(value, Unknown) for value in numbers) or step == 0:
        raise Undecided("how many numbers a range holds is not known")
    if all(isinstance(value, int) for value in numbers):
        found = range(first, last, step)
        size = max(0, -((first - last) // step))
        values = tuple(found) if size <= 64 else None
        return Tensor(Shape(size), "keras", "int32", False, None, values)
    if all(map(is_finite, numbers)):
        return Shape(max(0, -int((first - last) // step)))
    if not is_size(first) or not is_size(last) or step != 1:
        raise Undecided("how many numbers a range holds is not known")
    return Shape(maximum(last - first, 0))


@keras.function("ops.linspace")
def linspace(
    start: Shape, stop: Shape, num: Dim = 50, endpoint: object = True, retstep: Value = False, dtype: object = None, axis: Value = 0
) -> Value:
    """Numbers at equal distances from ``start`` to ``stop`` along a new axis. Raises Problem(merge-mismatch), Undecided."""
    if retstep:
        raise Undecided("the distance of the numbers is not followed")
    return between(start, stop, num, axis)


@keras.function("ops.geomspace")
def geomspace(start: Shape, stop: Shape, num: Dim = 50, endpoint: object = True, dtype: object = None, axis: Value = 0) -> Shape:
    """Numbers of equal ratios along a new axis. Raises Problem(merge-mismatch)."""
    return between(start, stop, num, axis)


@keras.function("ops.logspace")
def logspace(
    start: Shape, stop: Shape, num: Dim = 50, endpoint: object = True, base: object = 10, dtype: object = None, axis: Value = 0
) -> Shape:
    """Powers of a base along a new axis. Raises Problem(merge-mismatch)."""
    return between(start, stop, num, axis)


def between(start: Shape, stop: Shape, num: Dim, axis: Value) -> Shape:
    """``num`` tensors between two others along a new axis."""
    ends = broadcast("the ends of a range", start, stop)
    index = axis_of(ends, axis, "a range", 1)
    if isinstance(num, int) and num < 0:
        raise Problem(ARGUMENT, f"a range cannot hold {num} numbers", blame="num")
    return Shape(*ends[:index], num, *ends[index:])


@keras.function("ops.bartlett", "ops.blackman", "ops.hamming", "ops.hanning")
def window(x: Value) -> Shape:
    """A window function of so many points. Raises Undecided."""
    if not is_size(x) or (isinstance(x, int) and x < 1):
        raise Undecided("the length of a window is not known")
    return Shape(x)


@keras.function("ops.kaiser")
def kaiser(x: Value, beta: object) -> Shape:
    """A window function of so many points. Raises Undecided."""
    return window(x)


@keras.function("ops.meshgrid")
def meshgrid(*x: Shape, indexing: Value = "xy") -> list[Shape]:
    """Coordinates of a grid, one tensor for each axis. Raises Problem(invalid-layer-argument), Undecided."""
    return grid(x, indexing)


def grid(x: tuple[Shape, ...], indexing: Value) -> list[Shape]:
    """Coordinates of a grid whose axes have as many places as the vectors. Raises Problem(invalid-layer-argument), Undecided."""
    if isinstance(indexing, Unknown):
        raise Undecided(indexing.reason)
    if indexing not in ("xy", "ij"):
        raise Problem(ARGUMENT, f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}", blame="indexing")
    if len(x) < 2 and indexing == "xy":
        raise Undecided("a grid of a single vector is not followed")
    sizes = [product(shape) for shape in x]
    if indexing == "xy":
        sizes[:2] = sizes[1::-1]
    return [Shape(*sizes)] * len(x)


@keras.function("ops.one_hot")
def one_hot(x: Shape, num_classes: Dim, axis: Value = -1, dtype: object = None, sparse: object = False) -> Shape:
    """A new axis, the last by default, with one entry for each class. Raises Undecided."""
    return with_classes(x, num_classes, axis)


def with_classes(x: Shape, num_classes: Dim, axis: Value) -> Shape:
    """A new axis with one entry for each class. Raises Undecided."""
    if not isinstance(axis, int) or (isinstance(num_classes, int) and num_classes < 0):
        raise Undecided("where the classes stand is not known")
    if not -1 <= axis <= x.rank:
        raise Problem(RANK, f"classes cannot stand at axis {axis} of {x}, only at -1 to {x.rank - 1}", blame="axis")
    index = x.rank if axis == -1 else axis
    if axis == x.rank:
        raise Undecided(f"whether axis {axis} may be the one behind the last is not certain")
    return Shape(*x[:index], num_classes, *x[index:])


@keras.function("ops.multi_hot")
def multi_hot(
    inputs: Shape, num_classes: Dim | None = None, axis: Value = -1, dtype: object = None, sparse: object = False
) -> Shape:
    """Classes of several entries at once: (N, T) -> (N, num_classes), (T,) -> (num_classes,). Raises Problem(rank-mismatch), Undecided."""
    if num_classes is None or always_equal(num_classes, 0):
        raise Undecided("no classes")
    found = with_classes(inputs, num_classes, axis)
    return Shape(found[-1]) if found.rank == 2 else Shape(found[0], *found[2:])


@keras.function("random.normal", "random.uniform", "random.truncated_normal", "random.randint")
def drawn(shape: Value, *args: Value, **kwargs: object) -> Shape:
    """Random numbers of a given shape. Raises Problem(invalid-layer-argument), Undecided."""
    if any(isinstance(item, Tensor) and item.shape.rank for item in (*args, *kwargs.values())):
        raise Undecided("random numbers with tensors as parameters are not followed")
    return new_sizes(shape, "shape")


@keras.function("random.gamma", "random.beta", "random.binomial")
def drawn_around(shape: Value, *args: object, **kwargs: object) -> Shape:
    """Random numbers of a given shape, whose parameters broadcast to it."""
    return new_sizes(shape, "shape")


@keras.function("random.dropout", x="inputs")
@keras.function("random.shuffle")
def changed(x: Value, *args: object, **kwargs: object) -> Shape:
    """A tensor with elements dropped, or in another order."""
    return to_shape(values_of(x) if not isinstance(x, Tensor) else x, "inputs")


@keras.function("random.categorical")
def categorical(logits: Shape, num_samples: Dim, dtype: object = "int32", seed: object = None) -> Shape:
    """Classes drawn for each row: (N, classes) -> (N, num_samples). Raises Undecided."""
    if logits.rank != 2:
        raise Undecided(f"classes drawn from {logits} are not modelled")
    return Shape(logits[0], num_samples)


@keras.function("ops.vander")
def vander(x: Shape, N: Dim | None = None, increasing: object = False) -> Shape:
    """Powers of each number: (n,) -> (n, N). Raises Undecided."""
    if x.rank != 1 or (isinstance(N, int) and N < 0):
        raise Problem(RANK, f"vander: N={N} powers of {x}, which must be a vector", blame="N")
    return Shape(x[0], x[0] if N is None else N)


@keras.function("ops.histogram")
def histogram(x: Shape, bins: Dim = 10, range: object = None) -> tuple[Shape, Shape]:
    """How many elements fall into each bin, and the edges of the bins. Raises Undecided."""
    if x.rank != 1 or shows_none(bins) or (isinstance(bins, int) and bins < 1):
        raise Undecided(f"the histogram of {x} is not modelled")
    return Shape(bins), Shape(bins + 1)

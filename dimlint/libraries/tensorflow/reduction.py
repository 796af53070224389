"""Functions that leave one value along axes, or change their order. Source: https://www.tensorflow.org/api_docs/python/tf/math."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, less
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import Named
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.ops.arguments import axis_of
from dimlint.libraries.keras.ops.indexing import found_size
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.libraries.tensorflow.types import axes_of, require_bool, when_known
from dimlint.shapes import select

REDUCTIONS = """all any euclidean_norm logsumexp max mean min prod std sum variance"""


@tensorflow.function(*(f"reduce_{name}" for name in REDUCTIONS.split()))
def reduce(
    input_tensor: Shape,
    axis: Value = None,
    keepdims: Value = False,
    name: object = None,
    reduction_indices: Value = None,
    keep_dims: Value = None,
) -> Shape:
    """One value along the axes, all of them by default. Raises Problem(rank-mismatch), Undecided."""
    axes = axes_of(input_tensor, reduction_indices if axis is None else axis, "the reduction")
    return select.reduce(input_tensor, axes, require_bool(keepdims if keep_dims is None else keep_dims, "keepdims"))


@tensorflow.function("count_nonzero")
def count_nonzero(input: Shape, axis: Value = None, keepdims: Value = None, dtype: object = None, name: object = None) -> Shape:
    """How many are not zero along the axes. Raises Problem(rank-mismatch), Undecided."""
    return reduce(input, axis, keepdims)


@tensorflow.function("argmax", "argmin", "arg_max", "arg_min")
def argmax(input: Shape, axis: Value = None, output_type: object = None, name: object = None, dimension: Value = None) -> Shape:
    """Index of the extremum along an axis, the first by default. Raises Problem(rank-mismatch), Undecided."""
    index = dimension if axis is None else axis
    gone = axis_of(input, 0 if index is None else index, "argmax")
    if isinstance(input[gone], int) and input[gone] < 1:
        raise Problem(ARGUMENT, f"argmax: axis {gone} of {input} is empty", blame="axis")
    return select.reduce(input, [gone], False)


@tensorflow.function("nn.moments")
def moments(x: Shape, axes: Value, shift: object = None, keepdims: Value = False, name: object = None, keep_dims: Value = None) -> Value:
    """Mean and variance along the axes. Raises Problem(rank-mismatch), Undecided."""
    found = reduce(x, axes, keepdims or keep_dims)
    return found, found


@tensorflow.function("nn.zero_fraction")
@tensorflow.function("nn.l2_loss", value="t")
@tensorflow.function("nn.compute_average_loss", value="per_example_loss")
@tensorflow.function("linalg.global_norm", "global_norm", value="t_list")
def scalar(value: object, *args: object, **kwargs: object) -> Shape:
    """One number."""
    return Shape()


@tensorflow.function("cumsum", "cumprod", "cumulative_logsumexp")
def cumulate(x: Shape, axis: Value = 0, exclusive: object = False, reverse: object = False, name: object = None) -> Shape:
    """What has come so far along an axis. Raises Problem(rank-mismatch), Undecided."""
    with when_known(x):
        axis_of(x, axis, "the cumulation")
    return x


@tensorflow.function("sort")
def sort(values: Shape, axis: Value = -1, direction: object = "ASCENDING", name: object = None) -> Shape:
    """In order along an axis. Raises Problem(rank-mismatch), Undecided."""
    axis_of(values, axis, "sort")
    return values


@tensorflow.function("argsort")
def argsort(values: Shape, axis: Value = -1, direction: object = "ASCENDING", stable: object = False, name: object = None) -> Shape:
    """The places of the elements in order along an axis. Raises Problem(rank-mismatch), Undecided."""
    return sort(values, axis)


@tensorflow.function("top_k", "approx_max_k", "approx_min_k")
def top_k(input: Shape, k: Dim = 1, sorted: object = True, index_type: object = None, name: object = None) -> Value:
    """The largest values of the last axis and their places. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    if not input.rank:
        raise Problem(RANK, "top_k needs at least 1 dimension, got a number")
    if not shows_none(input[-1]) and (less(input[-1], k) or less(k, 0)):
        raise Problem(ARGUMENT, f"top_k: the last axis of {input} has no {k} values", blame="k")
    found = Shape(*input[:-1], k)
    return Named(values=found, indices=found)


@tensorflow.function("nn.in_top_k")
def in_top_k(targets: Shape, predictions: Shape, k: object, name: object = None) -> Shape:
    """Whether the class is among the most likely ones, for each sample. Raises Undecided."""
    if targets.rank != 1 or predictions.rank != 2:
        raise Undecided(f"the best of {predictions} for {targets} is not modelled")
    return targets


@tensorflow.function("bincount")
def bincount(arr: Shape, weights: object = None, *args: object, axis: Value = None, **kwargs: object) -> Shape:
    """How often each number occurs. Raises Undecided."""
    if axis is not None:
        raise Undecided("numbers counted along an axis are not modelled")
    return Shape(found_size("the largest number that is counted"))


@tensorflow.function("unique")
def unique(x: Shape, *args: object, **kwargs: object) -> Value:
    """The different elements of a vector, and where each one is. Raises Problem(rank-mismatch)."""
    if x.rank != 1:
        raise Problem(RANK, f"unique needs a vector, got {x}")
    return Shape(found_size("how many elements differ")), x


@tensorflow.function("segment_sum", "segment_mean", "segment_max", "segment_min", "segment_prod")
def segment(data: Shape, segment_ids: Shape, name: object = None) -> Shape:
    """Rows with the same number combined. Raises Undecided."""
    if segment_ids.rank != 1 or not data.rank:
        raise Undecided(f"segments {segment_ids} of {data} are not modelled")
    return Shape(found_size("how many segments there are"), *data[1:])


@tensorflow.function(*(f"unsorted_segment_{name}" for name in ("sum", "mean", "max", "min", "prod", "sqrt_n")))
def unsorted_segment(data: Shape, segment_ids: Shape, num_segments: Dim, name: object = None) -> Shape:
    """Rows with the same number combined: (*ids, *) -> (num_segments, *). Raises Undecided."""
    if segment_ids.rank > data.rank:
        raise Undecided(f"segments {segment_ids} of {data} are not modelled")
    return Shape(num_segments, *data[segment_ids.rank :])


@tensorflow.function("sequence_mask")
def sequence_mask(lengths: Value, maxlen: Value = None, dtype: object = None, name: object = None) -> Shape:
    """Which places lie inside of sequences: (*) -> (*, maxlen). Raises Undecided."""
    if isinstance(maxlen, Unknown) or not (maxlen is None or is_size(maxlen) or isinstance(maxlen, Tensor)):
        raise Undecided("the longest sequence is not known")
    longest = maxlen if is_size(maxlen) else found_size("the longest sequence")
    return Shape(*to_shape(lengths, "lengths"), longest)

"""The same elements in another form: reshape, flatten, transpose, expand, repeat."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.axis import expect_equal
from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal, always_positive, less, never_equal, product, unknown_dim
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.solving import never_negative

RESHAPE = "reshape-mismatch"
RANK = "rank-mismatch"


def elements_text(dims: Sequence[Dim]) -> str:
    """The number of elements with its arithmetic: ``4*400 = 1600``."""
    total = product(dims)
    factors = "*".join(f"({dim})" if isinstance(dim, SymbolicDim) and " " in str(dim) else str(dim) for dim in dims)
    return f"{factors} = {total}" if len(dims) > 1 and isinstance(total, int) else factors or "1"


def reshape(shape: Shape, target: Sequence[Dim], what: str) -> Shape:
    """Another shape of as many elements; one size of ``target`` may be -1. Raises Problem(reshape-mismatch).

    A size that may be negative as far as is known stands for -1 too, since every other one is as the caller says.
    """
    open_at = [index for index, dim in enumerate(target) if _may_be_inferred(dim)]
    if sum(always_equal(dim, -1) for dim in target) > 1:
        raise Problem(RESHAPE, f"{what}: only one size of {Shape(*target)} can be -1")
    surely_negative = [dim for dim in target if isinstance(dim, int) and dim < -1]
    if surely_negative:
        raise Problem(RESHAPE, f"{what}: {Shape(*target)} has the negative size {surely_negative[0]}")
    literal = [index for index in open_at if always_equal(target[index], -1)]
    if len(open_at) > 1 or (open_at and not literal):
        return _guess(shape, target, literal)
    if not literal:
        return _same_elements(shape, target, what)
    return _infer(shape, target, literal[0], what)


def _may_be_inferred(dim: Dim) -> bool:
    return not never_negative(dim)


def _guess(shape: Shape, target: Sequence[Dim], literal: Sequence[int]) -> Shape:
    """What is known when a size of the target may be -1 or not."""
    doubt(f"whether {Shape(*target)} has as many elements as {shape} is not known")
    dims = [unknown_dim("size", reason="a size that may be -1") if _may_be_inferred(dim) else dim for dim in target]
    open_at = [index for index, dim in enumerate(target) if _may_be_inferred(dim)]
    if len(open_at) == 1 and not literal:
        rest, remaining = _cancel(shape, [dim for index, dim in enumerate(target) if index != open_at[0]])
        divisor = product(remaining)
        if always_positive(divisor):
            dims[open_at[0]] = product(rest) // divisor
    return Shape(*dims)


def _same_elements(shape: Shape, target: Sequence[Dim], what: str) -> Shape:
    left, right = _cancel(shape, target)
    if never_equal(product(left), product(right)) and _cancelled_positive(shape, left):
        raise mismatch(shape, target, what)
    if not always_equal(product(left), product(right)):
        reason = f"whether {Shape(*target)} has as many elements as {shape} is not known"
        expect_equal(product(left), product(right), reason, mismatch(shape, target, what))
    return Shape(*target)


def _infer(shape: Shape, target: Sequence[Dim], position: int, what: str) -> Shape:
    known = [dim for index, dim in enumerate(target) if index != position]
    if any(always_equal(dim, 0) for dim in known):
        if never_equal(product(shape), 0) or always_equal(product(shape), 0):
            raise Problem(RESHAPE, f"{what}: the -1 in {Shape(*target)} cannot be inferred next to a size of 0, from input {shape}")
        return Shape(*(unknown_dim("size") if index == position else dim for index, dim in enumerate(target)))
    left, right = _cancel(shape, known)
    total, divisor = product(left), product(right)
    if isinstance(divisor, int):
        if never_equal(total % divisor, 0) and _cancelled_positive(shape, left):
            raise mismatch(shape, target, what)
        if not always_equal(total % divisor, 0):
            reason = f"whether {total} is a multiple of {divisor} is not known"
            expect_equal(total % divisor, 0, reason, mismatch(shape, target, what))
    elif not always_equal(total // divisor * divisor, total):
        doubt(f"whether {total} is a multiple of {divisor} is not known")
    inferred = total // divisor
    return Shape(*(inferred if index == position else dim for index, dim in enumerate(target)))


def mismatch(shape: Shape, target: Sequence[Dim], what: str) -> Problem:
    """The Problem for a target with another number of elements."""
    known = [dim for dim in target if not always_equal(dim, -1)]
    wanted = elements_text(known)
    relation = f"which is not a multiple of {wanted}" if len(known) < len(target) else f"not {wanted}"
    return Problem(RESHAPE, f"{what}: {Shape(*target)} does not fit the input {shape} of {elements_text(shape)} elements, {relation}")


def _cancel(shape: Sequence[Dim], target: Sequence[Dim]) -> tuple[list[Dim], list[Dim]]:
    """Both lists of factors without the symbolic ones that stand in both."""
    left, right = list(shape), []
    for dim in target:
        same = next((index for index, other in enumerate(left) if isinstance(other, SymbolicDim) and always_equal(other, dim)), None)
        if same is None:
            right.append(dim)
        else:
            del left[same]
    return left, right


def _cancelled_positive(shape: Sequence[Dim], left: Sequence[Dim]) -> bool:
    """Whether no factor that was cancelled can be zero, which would make any two products equal."""
    remaining = list(left)
    for dim in shape:
        if dim in remaining:
            remaining.remove(dim)
        elif not always_positive(dim):
            return False
    return True


def flatten(shape: Shape, start: int, end: int, what: str) -> Shape:
    """Merge the axes ``start`` to ``end`` (non-negative, inclusive); a scalar becomes one element."""
    if start > end:
        raise Problem(RANK, f"{what}: start_dim={start} comes after end_dim={end} for the input {shape}")
    return Shape(*shape[:start], product(shape[start : end + 1]), *shape[end + 1 :])


def unflatten(shape: Shape, axis: int, sizes: Sequence[Dim], what: str) -> Shape:
    """Split one axis into ``sizes``, one of which may be -1. Raises Problem(rank-mismatch, reshape-mismatch)."""
    if not shape.rank:
        raise Problem(RANK, f"{what}: the input {shape} has no axis to split")
    return Shape(*shape[:axis], *reshape(Shape(shape[axis]), sizes, what), *shape[axis + 1 :])


def permute(shape: Shape, order: Sequence[int], what: str) -> Shape:
    """Axes in another order; ``order`` holds non-negative axes. Raises Problem(rank-mismatch)."""
    if len(order) != shape.rank:
        raise Problem(RANK, f"{what}: {len(order)} axes are given for the {shape.rank}-d input {shape}")
    if len(set(order)) != len(order):
        raise Problem(RANK, f"{what}: the axes {tuple(order)} repeat one, from input {shape}")
    return Shape(*(shape[axis] for axis in order))


def move(shape: Shape, source: Sequence[int], destination: Sequence[int], what: str) -> Shape:
    """Axes ``source`` at the places ``destination``, the others in their order. Raises Problem(rank-mismatch)."""
    if len(source) != len(destination) or len(set(source)) != len(source) or len(set(destination)) != len(destination):
        raise Problem(RANK, f"{what}: source {tuple(source)} and destination {tuple(destination)} must be as many axes, each once")
    others = iter([axis for axis in range(shape.rank) if axis not in source])
    placed = dict(zip(destination, source))
    return Shape(*(shape[placed[place] if place in placed else next(others)] for place in range(shape.rank)))


def swap(shape: Shape, first: int, second: int) -> Shape:
    """Two axes exchanged."""
    order = list(range(shape.rank))
    order[first], order[second] = order[second], order[first]
    return Shape(*(shape[axis] for axis in order))


def expand(shape: Shape, target: Sequence[Dim], what: str) -> Shape:
    """Repeat axes of size 1 without a copy; -1 keeps an axis. Raises Problem."""
    new = len(target) - shape.rank
    if new < 0:
        raise Problem(RANK, f"{what}: {len(target)} sizes are given for the {shape.rank}-d input {shape}")
    dims: list[Dim] = []
    for index, wanted in enumerate(target):
        if index < new:
            empty = any(always_equal(size, 0) for size in target)  # torch does not look at the sizes of nothing
            if not empty and (always_equal(wanted, -1) or (isinstance(wanted, int) and wanted < 0)):
                raise Problem(RESHAPE, f"{what}: the new leading axis {index} of {Shape(*target)} cannot be {wanted}")
            dims.append(wanted)
        else:
            dims.append(_expand_dim(shape, shape[index - new], wanted, target, what))
    return Shape(*dims)


def _expand_dim(shape: Shape, size: Dim, wanted: Dim, target: Sequence[Dim], what: str) -> Dim:
    if always_equal(wanted, -1) or always_equal(wanted, size):
        return size
    if always_equal(size, 1) and not _may_be_inferred(wanted):
        return wanted
    problem = Problem(RESHAPE, f"{what}: {Shape(*target)} does not fit the input {shape}: {size} cannot become {wanted}")
    if never_equal(size, 1) and never_equal(wanted, -1) and never_equal(wanted, size):
        raise problem
    reason = f"whether {size} can be expanded to {wanted} is not known"
    if never_equal(size, 1) and never_equal(wanted, -1):
        expect_equal(size, wanted, reason, problem)
    else:
        doubt(reason)
    return unknown_dim("size") if _may_be_inferred(wanted) else wanted


def repeat(shape: Shape, times: Sequence[Dim], what: str) -> Shape:
    """Copies along each axis; more counts than axes add leading ones. Raises Problem."""
    new = len(times) - shape.rank
    if new < 0:
        raise Problem(
            RANK, f"{what}: {len(times)} counts are given for the {shape.rank}-d input {shape}, which needs at least {shape.rank}"
        )
    padded = (*(1,) * new, *shape)
    if any(less(size * count, 0) for size, count in zip(padded, times)):
        raise Problem(RESHAPE, f"{what}: a negative count in {Shape(*times)}")
    return Shape(*(size * count for size, count in zip(padded, times)))


def squeeze(shape: Shape, axes: Sequence[int]) -> Shape:
    """Without those of the given axes that have size 1. Raises Undecided if that depends."""
    kept = []
    for axis, size in enumerate(shape):
        if axis in axes and not never_equal(size, 1):
            if always_equal(size, 1):
                continue
            raise Undecided(f"whether the size {size} is 1, and squeeze removes it, is not known")
        kept.append(size)
    return Shape(*kept)

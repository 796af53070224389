"""``rearrange``, ``reduce``, ``repeat``, ``einsum``: tensors by patterns. Source: https://einops.rocks/api/rearrange."""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.binding import Binder
from dimlint.core.dim import Dim, Shape, always_equal, less, never_equal
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import DictObject, Machine, Native, Tensor, Unknown, Value
from dimlint.libraries.einops.library import function, lengths_of, text_of
from dimlint.shapes.agree import stack
from dimlint.shapes.einsum import einsum_shape
from dimlint.shapes.pattern import (
    DOTS,
    RANK,
    REDUCTIONS,
    RESHAPE,
    Anonymous,
    check,
    grouped,
    measure,
    parse_side,
    plan_for,
    refused,
    sides,
    transform,
)
from dimlint.shapes.select import INTEGERS


def tensor_of(given: Value, what: str) -> Tensor:
    """The tensor that a call works on; a list of them is stacked. Raises Problem, Undecided."""
    if isinstance(given, Tensor):
        return given
    if isinstance(given, list) and all(isinstance(item, Tensor) for item in given):
        if not given:
            raise Problem(ARGUMENT, f"{what} needs a tensor, but gets an empty list")
        return like(given[0], stack([item.shape for item in given], 0, what))
    if given is None or isinstance(given, (str, bytes, dict)) or (isinstance(given, tuple) and any(isinstance(t, Tensor) for t in given)):
        wanted = ". Needs a list of them" if isinstance(given, tuple) else ""
        raise Problem(ARGUMENT, f"{what} needs a tensor, but gets {show(given)}{wanted}")
    raise Undecided(given.reason if isinstance(given, Unknown) else f"what is given to {what} is not known to be a tensor")


def like(tensor: Tensor, shape: Shape, *, truth: bool = False) -> Tensor:
    """A tensor of another shape, of the same library and element type."""
    return Tensor(shape, tensor.library, "bool" if truth else tensor.dtype, tensor.symbolic)


def _by_pattern(tensor: Value, pattern: Value, operation: str, given: Mapping[str, Value], name: str) -> Tensor:
    what = f"{name} {show(pattern)}"
    text = text_of(pattern, name)
    lengths = lengths_of(given)
    check(text, operation, lengths, what)  # what needs no tensor comes first
    x = tensor_of(tensor, what)
    if x.library != "torch" and any(less(size, 0) is not False for size in lengths.values()):
        raise Undecided("what a length below zero gives is not known")
    return like(x, transform(text, operation, x.shape, lengths, what), truth=operation in ("any", "all"))


@function("rearrange")
def rearrange(tensor: Value, pattern: Value, **axes_lengths: Value) -> Tensor:
    """The same elements in another order and form: ``"b (h p) w c -> b h w (p c)"``."""
    return _by_pattern(tensor, pattern, "rearrange", axes_lengths, "rearrange")


@function("repeat")
def repeat(tensor: Value, pattern: Value, **axes_lengths: Value) -> Tensor:
    """Copies along new axes, whose lengths are given: ``"h w -> h w c"``."""
    return _by_pattern(tensor, pattern, "repeat", axes_lengths, "repeat")


@function("reduce")
def reduce(tensor: Value, pattern: Value, reduction: Value, **axes_lengths: Value) -> Tensor:
    """One value along the axes that the right side leaves out: ``"b c h w -> b c"``."""
    text = text_of(pattern, "reduce")
    if isinstance(reduction, str):
        if reduction not in (*REDUCTIONS, "rearrange", "repeat"):
            wanted = ", ".join(map(show, REDUCTIONS))
            raise Problem(ARGUMENT, f"reduce: the reduction must be one of {wanted}, got {show(reduction)}", blame="reduction")
        if reduction == "mean" and isinstance(tensor, Tensor) and tensor.dtype in (*INTEGERS, "bool"):
            raise Undecided("whether the mean of whole numbers can be taken is not followed")
        return _by_pattern(tensor, text, reduction, axes_lengths, "reduce")
    if reduction is None or isinstance(reduction, (int, float, tuple, list, dict)):
        raise Problem(ARGUMENT, f"reduce: the reduction must be a name or a function, got {show(reduction)}", blame="reduction")
    if isinstance(reduction, Native):
        return _by_function(tensor, text, reduction, lengths_of(axes_lengths))
    try:
        result = _by_pattern(tensor, text, "any reduction", axes_lengths, "reduce")
    except Problem as problem:
        raise Undecided(problem.message) from None
    doubt("what a reduction by a function gives is not known")
    return result


def _by_function(tensor: Value, pattern: str, reduction: Native, lengths: Mapping[str, Dim]) -> Tensor:
    """A reduction by a function of the tensor and of the axes to reduce, which are its last ones. Raises Problem, Undecided."""
    what = f"reduce {show(pattern)}"
    left, right = check(pattern, "a function", lengths, what)
    x = tensor_of(tensor, what)
    plan = plan_for(left, right, x.shape, what)
    sizes = measure(plan, x.shape, lengths, what)
    if plan.reduced:
        kept = Shape(*(sizes[axis] for axis in plan.after))
        given = like(x, Shape(*kept, *(sizes[axis] for axis in plan.reduced)))
        binder = Binder(reduction.body)
        if binder.wants_machine:
            raise Undecided("what a reduction by a function gives is not known")
        positional, keywords = binder.bind((given, tuple(range(len(kept), given.shape.rank))), {})
        result = reduction.body(*positional, **keywords)
        shape = result.shape if isinstance(result, Tensor) else result
        if not isinstance(shape, Shape) or len(shape) != len(kept) or not all(map(always_equal, shape, kept)):
            raise Undecided("what a reduction by a function gives is not known")
    return like(x, grouped(plan.right, sizes))


@function("parse_shape")
def parse_shape(machine: Machine, x: Value, pattern: Value) -> Value:
    """The sizes of the axes by their names; ``_`` leaves one out. Raises Problem, Undecided."""
    what = f"parse_shape {show(pattern)}"
    side = parse_side(text_of(pattern, what), what, skipping=True)
    tensor = tensor_of(machine.plain(x), what)
    if any(len(group) > 1 for group in side.groups):
        raise refused(what, "composed axes have no size of their own. Needs names without parentheses")
    count = len(side.groups) - side.dotted
    if tensor.shape.rank < count or (tensor.shape.rank != count and not side.dotted):
        raise Problem(RANK, f"{what}: the pattern names {count} dimensions, but the input {tensor.shape} has {tensor.shape.rank}")
    if side.dotted and not side.bare:
        raise refused(what, "'...' stands inside parentheses")
    sizes: dict[Value, Value] = {}
    for group, size in zip(side.opened(tensor.shape.rank - count), tensor.shape):
        axis = group[0] if group else Anonymous(1)
        if isinstance(axis, str):
            sizes |= {axis: size} if axis != "_" and not axis.startswith(DOTS) else {}
        elif never_equal(size, axis.size):
            raise Problem(RESHAPE, f"{what}: the input {tensor.shape} has {size} where the pattern has {axis.size}")
        elif not always_equal(size, axis.size):
            doubt(f"whether {size} is {axis.size} is not known")
    return machine.new(DictObject(sizes))


@function("asnumpy")
def asnumpy(tensor: Tensor) -> Tensor:
    """The tensor as an array."""
    return Tensor(tensor.shape, "numpy", tensor.dtype)


@function("einsum")
def einsum(*tensors_and_pattern: Value) -> Tensor:
    """Sums of products over named axes; the pattern comes last: ``einsum(a, b, "i k, k j -> i j")``."""
    if len(tensors_and_pattern) < 2:
        raise Problem(ARGUMENT, f"einsum needs tensors and a pattern, got {len(tensors_and_pattern)} arguments")
    *tensors, pattern = tensors_and_pattern
    equation = letters(text_of(pattern, "einsum"))
    if not all(isinstance(x, Tensor) for x in tensors):
        raise Undecided("the operands of einsum are not known")
    return like(tensors[0], einsum_shape(equation, [x.shape for x in tensors], f"einsum {show(pattern)}"))


def letters(pattern: str) -> str:
    """A pattern of named axes as one of single letters. Raises Problem."""
    what = f"einsum {show(pattern)}"
    left, right = sides(pattern, what)
    known: dict[str, str] = {}

    def term(text: str, *, new: bool) -> str:
        found = ""
        for group in parse_side(text, what, skipping=True, repeated=new).groups:
            if len(group) != 1 or isinstance(group[0], Anonymous):
                raise refused(what, f"only named axes and '...' can stand in {text.strip()!r}")
            axis = group[0]
            if axis not in known and axis != DOTS:
                if not new:
                    raise refused(what, f"{axis!r} stands on the right only")
                if len(known) >= 52:
                    raise refused(what, "more than 52 axes are named")
                known[axis] = chr((97 if len(known) < 26 else 39) + len(known))
            found += DOTS if axis == DOTS else known[axis]
        return found

    terms = [term(text, new=True) for text in left.split(",")]
    return ",".join(terms) + "->" + term(right, new=False)


@function("_torch_specific.allow_ops_in_compiled_graph")
def allow_ops_in_compiled_graph() -> None:
    """Nothing that shapes depend on."""

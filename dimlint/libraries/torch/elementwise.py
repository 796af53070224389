"""Functions of single elements and of pairs, operators, and comparisons."""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.binding import to_shape
from dimlint.core.dim import Shape, always_equal, never_equal, unknown_dim
from dimlint.core.problem import Problem, doubt
from dimlint.core.value import Tensor, Value, is_size
from dimlint.libraries.torch.arguments import MERGE
from dimlint.libraries.torch.module import torch
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import INTEGERS

UNARY = """abs absolute neg negative exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square sin cos tan asin acos atan arcsin arccos
arctan sinh cosh tanh asinh acosh atanh arctanh sigmoid relu ceil floor round trunc fix frac sign sgn reciprocal erf erfc erfinv logit
digamma lgamma deg2rad rad2deg nan_to_num sinc bernoulli"""
"""Functions that leave the shape, each as ``torch.f``, ``Tensor.f`` and ``Tensor.f_``."""

FUNCTIONS = "selu celu celu_ rrelu rrelu_ relu_ selu_ sigmoid_ tanh_ exp_ sqrt_ abs_ neg_ log_"
"""Functions of ``torch`` that leave the shape and are no methods."""

UNARY_ONLY = "isnan isinf isfinite isneginf isposinf isreal positive real conj angle bitwise_not logical_not resolve_conj i0"
"""The same without a form in place."""

IN_PLACE = "fill_ zero_ normal_ uniform_ random_ exponential_ log_normal_ cauchy_ geometric_ clamp_min_ clamp_max_ detach_"
"""Methods that change the tensor and keep its shape."""

BINARY = """add sub subtract mul multiply div divide true_divide floor_divide remainder fmod pow atan2 arctan2 eq ne not_equal lt less le
less_equal gt greater ge greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor
hypot xlogy copysign nextafter"""
"""Functions of two tensors that broadcast, each as ``torch.f``, ``Tensor.f`` and in place."""

BINARY_ONLY = "maximum minimum fmax fmin float_power heaviside logaddexp logaddexp2 isclose ldexp gcd lcm"
"""The same without a form in place."""

OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _unary(input: Shape, *args: Value, **kwargs: Value) -> Shape:
    """The shape stays."""
    return input


def _in_place(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The tensor itself, with other values."""
    return self


def broadcasting(label: str) -> Callable[..., Shape]:
    """A function of two tensors or numbers that broadcast."""

    def body(input: Shape, other: Shape, *args: Value, **kwargs: Value) -> Shape:
        return broadcast([input, other], label)

    return body


def assigning(label: str) -> Callable[..., Shape]:
    """A method that changes a tensor in place: the result must have its shape."""

    def body(self: Shape, other: Shape, *args: Value, **kwargs: Value) -> Shape:
        return require_same(self, broadcast([self, other], label), label)

    return body


def require_same(target: Shape, result: Shape, label: str) -> Shape:
    """Refuse a result that does not fit into the tensor that it is written to."""
    if target.rank != result.rank or any(map(never_equal, target, result)):
        raise Problem(MERGE, f"{label} cannot write a result of shape {result} into a tensor of shape {target}")
    if not all(map(always_equal, target, result)):
        doubt(f"whether a result of shape {result} fits into {target} is not known")
    return target


for _name in UNARY.split():
    torch.function(_name, f"Tensor.{_name}", f"Tensor.{_name}_")(_unary)
torch.function(*FUNCTIONS.split())(_unary)
for _name in UNARY_ONLY.split():
    torch.function(_name, f"Tensor.{_name}")(_unary)
for _name in IN_PLACE.split():
    torch.function(f"Tensor.{_name}")(_in_place)
for _name in BINARY.split():
    torch.function(_name, f"Tensor.{_name}")(broadcasting(_name))
    torch.function(f"Tensor.{_name}_")(assigning(f"{_name}_"))
torch.function("rsub")(broadcasting("rsub"))
for _name in BINARY_ONLY.split():
    torch.function(_name, f"Tensor.{_name}")(broadcasting(_name))
for _name, _sign in OPERATORS.items():
    torch.function(f"Tensor.__{_name}__", f"Tensor.__r{_name}__")(broadcasting(_sign))
    torch.function(f"Tensor.__i{_name}__")(assigning(f"{_sign}="))
    torch.keeping.add(f"Tensor.__i{_name}__")
for _name in ("neg", "pos", "abs", "invert"):
    torch.function(f"Tensor.__{_name}__")(_unary)


def _calculate(sign: str) -> Callable[..., Tensor]:
    """An operator that gives whole numbers for whole numbers, so that the result may select elements."""

    def body(self: Tensor, other: Value) -> Tensor:
        kinds = [given.dtype in INTEGERS if isinstance(given, Tensor) else is_size(given) for given in (self, other)]
        return Tensor(broadcast([self.shape, to_shape(other, "other")], sign), "torch", "int64" if all(kinds) else None)

    return body


for _name in ("add", "sub", "mul", "floordiv", "mod"):
    torch.function(f"Tensor.__{_name}__", f"Tensor.__r{_name}__")(_calculate(OPERATORS[_name]))


def _compare(sign: str) -> Callable[..., Tensor]:
    def body(self: Shape, other: Shape) -> Tensor:
        return Tensor(broadcast([self, other], sign), "torch", "bool")

    return body


for _name, _sign in COMPARISONS.items():
    torch.function(f"Tensor.__{_name}__")(_compare(_sign))


@torch.function("clamp", "clip", "Tensor.clamp", "Tensor.clip", "Tensor.clamp_", "Tensor.clip_", "clamp_")
def clamp(input: Shape, min: Value = None, max: Value = None, *, out: Value = None) -> Shape:
    """Each element limited; bounds that are tensors broadcast."""
    return broadcast([input, *(bound.shape for bound in (min, max) if isinstance(bound, Tensor))], "clamp")


@torch.function("clamp_min", "clamp_max", "Tensor.clamp_min", "Tensor.clamp_max")
def clamp_one(input: Shape, min: Shape, *, out: Value = None) -> Shape:
    """Each element limited on one side; the bound broadcasts."""
    return broadcast([input, min], "clamp")


@torch.function("where", "Tensor.where")
def where(condition: Shape, input: Value = None, other: Value = None) -> Shape | tuple[Tensor, ...]:
    """One of two values by a condition; all three broadcast. With the condition alone: where it holds, an index for each axis."""
    if input is None or other is None:
        found = unknown_dim("n", low=0, reason="the number of elements that are not zero is not known")
        return tuple(Tensor(Shape(found), "torch", "int64") for _ in range(max(condition.rank, 1)))
    return broadcast([condition, to_shape(input, "input"), to_shape(other, "other")], "where")


@torch.function("masked_fill", "Tensor.masked_fill")
def masked_fill(input: Shape, mask: Shape, value: Value) -> Shape:
    """Some elements replaced; the mask broadcasts."""
    return broadcast([input, mask], "masked_fill")


@torch.function("Tensor.masked_fill_")
def masked_fill_in_place(self: Shape, mask: Shape, value: Value) -> Shape:
    """Some elements of the tensor replaced; the mask broadcasts to its shape."""
    return require_same(self, broadcast([self, mask], "masked_fill_"), "masked_fill_")


@torch.function("Tensor.copy_")
def copy_(self: Shape, src: Shape, non_blocking: Value = False) -> Shape:
    """Values of another tensor, which broadcasts to the shape of this one."""
    return require_same(self, broadcast([self, src], "copy_"), "copy_")


@torch.function("lerp", "Tensor.lerp")
def lerp(input: Shape, end: Shape, weight: Shape, *, out: Value = None) -> Shape:
    """Interpolation between two tensors; all broadcast."""
    return broadcast([input, end, weight], "lerp")


@torch.function("addcmul", "addcdiv", "Tensor.addcmul", "Tensor.addcdiv")
def addcmul(input: Shape, tensor1: Shape, tensor2: Shape, *, value: Value = 1, out: Value = None) -> Shape:
    """``input + value * tensor1 * tensor2``; all broadcast."""
    return broadcast([input, tensor1, tensor2], "addcmul")


@torch.function("Tensor.addcmul_", "Tensor.addcdiv_")
def addcmul_(self: Shape, tensor1: Shape, tensor2: Shape, *, value: Value = 1) -> Shape:
    """``self += value * tensor1 * tensor2``; the operands broadcast to the shape of the tensor."""
    return require_same(self, broadcast([self, tensor1, tensor2], "addcmul_"), "addcmul_")


@torch.function("nonzero", "Tensor.nonzero", "argwhere", "Tensor.argwhere")
def nonzero(input: Shape, *, as_tuple: bool = False) -> Value:
    """Where a tensor is not zero: one row of indices for each place, or with ``as_tuple`` one index tensor for each axis."""
    if as_tuple:
        return where(input)
    found = unknown_dim("n", low=0, reason="the number of elements that are not zero is not known")
    return Tensor(Shape(found, input.rank), "torch", "int64")


KEEPING = """view reshape flatten ravel unflatten permute transpose swapaxes swapdims t movedim moveaxis squeeze unsqueeze expand expand_as
broadcast_to repeat tile repeat_interleave flip roll tril triu unfold view_as reshape_as chunk split tensor_split unbind narrow select
index_select gather diagonal cat concat stack hstack vstack meshgrid sum cumsum clone detach contiguous cuda cpu pin_memory"""
"""Functions that arrange elements, as functions and methods: the type of the elements stays."""
for _name in KEEPING.split():
    torch.keeping |= {_name, f"Tensor.{_name}"}
torch.keeping |= {"Tensor.__getitem__", "Tensor.@T", "Tensor.@mT", "Tensor.@data"}

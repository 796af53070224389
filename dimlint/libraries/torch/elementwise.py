"""Functions of single elements and of pairs, operators, and comparisons."""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.axis import Condition
from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal, never_equal, unknown_dim
from dimlint.core.problem import Problem, doubt
from dimlint.core.results import Named
from dimlint.core.value import Tensor, Value, is_size
from dimlint.libraries.torch.arguments import MERGE
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.types import inferred
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import INTEGERS

UNARY = """abs absolute neg negative exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square sin cos tan asin acos atan arcsin arccos
arctan arccosh arcsinh sinh cosh tanh asinh acosh atanh arctanh sigmoid relu ceil floor round trunc fix frac sign sgn reciprocal erf erfc
erfinv logit digamma lgamma deg2rad rad2deg nan_to_num sinc bernoulli bitwise_not i0 conj_physical mvlgamma"""
"""Functions that leave the shape, each as ``torch.f``, ``Tensor.f`` and ``Tensor.f_``."""

FUNCTIONS = """selu celu rrelu selu_ celu_ rrelu_ abs_ acos_ acosh_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ asin_ asinh_ atan_
atanh_ ceil_ cos_ cosh_ deg2rad_ erf_ erfc_ exp_ exp2_ expm1_ fix_ floor_ frac_ i0_ log_ log10_ log1p_ log2_ logit_
nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ relu_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_
zero_ detach_ poisson special.expit special.logit special.log_ndtr special.ndtr special.ndtri special.entr special.erf
special.erfc special.erfcx special.erfinv special.exp2 special.expm1 special.log1p special.gammaln special.digamma
special.psi special.i0 special.i0e special.i1 special.i1e special.bessel_j0 special.bessel_j1 special.bessel_y0
special.bessel_y1 special.sinc special.round special.multigammaln"""
"""Functions of ``torch`` that leave the shape and are no methods."""

UNARY_ONLY = "positive real conj angle resolve_conj resolve_neg"
"""The same without a form in place."""

IN_PLACE = "zero_ normal_ uniform_ random_ exponential_ log_normal_ cauchy_ geometric_ detach_ logical_not_ apply_ polygamma_"
"""Methods that change the tensor and keep its shape."""

TRUTHS = "logical_not isnan isinf isfinite isneginf isposinf isreal signbit"
"""Questions to each element."""

COMPARING = """eq ne not_equal lt less le less_equal gt greater ge greater_equal logical_and logical_or logical_xor isclose"""
"""Functions of pairs that give truth values."""

BINARY = """add sub subtract mul multiply div divide true_divide floor_divide remainder fmod pow atan2 arctan2 eq ne not_equal lt less le
less_equal gt greater ge greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor
hypot xlogy copysign nextafter heaviside float_power ldexp gcd lcm bitwise_left_shift bitwise_right_shift igamma igammac"""
"""Functions of two tensors that broadcast, each as ``torch.f``, ``Tensor.f`` and in place."""

SECOND = {"pow": "exponent", "float_power": "exponent", "heaviside": "values"}
"""What the second tensor is called, if not ``other``."""

BINARY_ONLY = "maximum minimum fmax fmin logaddexp logaddexp2 isclose"
"""The same without a form in place."""

OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _unary(input: Shape, *args: Value, **kwargs: Value) -> Shape:
    """The shape stays."""
    return input


def _truth(input: Shape, *args: Value, **kwargs: Value) -> Tensor:
    """Whether something holds for each element."""
    return Tensor(input, "torch", "bool")


def _in_place(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The tensor itself, with other values."""
    return self


def broadcasting(label: str) -> Callable[..., Shape | Tensor]:
    """A function of two tensors or numbers that broadcast."""
    truth = label in COMPARING.split()

    def body(input: Shape, other: Shape, *args: Value, **kwargs: Value) -> Shape | Tensor:
        found = broadcast([input, other], label)
        return Tensor(found, "torch", "bool") if truth else found

    return body


def assigning(label: str) -> Callable[..., Shape]:
    """A method that changes a tensor in place: the result must have its shape."""

    def body(input: Shape, other: Shape, *args: Value, **kwargs: Value) -> Shape:
        found = broadcast([input, other], label)
        if found.rank != input.rank or any(map(never_equal, input, found)):
            return require_same(input, found, label)
        for size, part in zip(input[input.rank - other.rank :], other):
            _expect_fit(size, part, label)
        return input

    return body


def _expect_fit(size: Dim, part: Dim, label: str) -> None:
    """What is broadcast onto an axis in place has its size, or size 1."""
    difference = size - part
    if always_equal(part, 1) or always_equal(difference, 0):
        return
    problem = Problem(MERGE, f"{label} cannot write a part of size {part} into an axis of size {size}")
    one = part - 1
    ones = (one,) if isinstance(one, SymbolicDim) else ()
    asked = Condition(difference, False, problem.message, ones) if isinstance(difference, SymbolicDim) else None
    doubt(f"whether a part of size {part} fits into {size} is not known", asked, problem)


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
torch.function("special.spherical_bessel_j0", "special.airy_ai", input="x")(_unary)
for _name in UNARY_ONLY.split():
    torch.function(_name, f"Tensor.{_name}")(_unary)
for _name in TRUTHS.split():
    torch.function(_name, f"Tensor.{_name}")(_truth)
for _name in IN_PLACE.split():
    torch.function(f"Tensor.{_name}")(_in_place)
for _name in BINARY.split():
    torch.function(_name, f"Tensor.{_name}", other=SECOND.get(_name, "other"))(broadcasting(_name))
    torch.function(f"Tensor.{_name}_", other=SECOND.get(_name, "other"))(assigning(f"{_name}_"))
torch.function("rsub")(broadcasting("rsub"))
for _name in ("xlogy", "xlog1py", "zeta", "gammainc", "gammaincc"):
    torch.function(f"special.{_name}")(broadcasting(_name))
for _name in ("chebyshev_polynomial_t", "hermite_polynomial_h", "legendre_polynomial_p"):
    torch.function(f"special.{_name}", input="x", other="n")(broadcasting(_name))
for _name in ("polygamma", "prelu"):
    torch.function(f"Tensor.{_name}")(_unary)
for _name in BINARY_ONLY.split():
    torch.function(_name, f"Tensor.{_name}")(broadcasting(_name))
for _name, _sign in OPERATORS.items():
    torch.function(f"Tensor.__i{_name}__")(assigning(f"{_sign}="))
    torch.keeping.add(f"Tensor.__i{_name}__")
for _name in ("neg", "pos", "abs"):
    torch.function(f"Tensor.__{_name}__")(_unary)


@torch.function("Tensor.__invert__")
def inverted(self: Tensor) -> Tensor:
    """The opposite of each element, of the same type."""
    return Tensor(self.shape, "torch", self.dtype)


def _combine(sign: str) -> Callable[..., Tensor]:
    """An operator that gives truth values for truth values, so that the result may be a mask."""

    def body(self: Tensor, other: Value) -> Tensor:
        masks = [given.dtype == "bool" if isinstance(given, Tensor) else isinstance(given, bool) for given in (self, other)]
        return Tensor(broadcast([self.shape, to_shape(other, "other")], sign), "torch", "bool" if all(masks) else None)

    return body


def _calculate(sign: str) -> Callable[..., Tensor]:
    """An operator that gives whole numbers for whole numbers, so that the result may select elements."""

    def body(self: Tensor, other: Value) -> Tensor:
        kinds = [given.dtype in INTEGERS if isinstance(given, Tensor) else is_size(given) for given in (self, other)]
        return Tensor(broadcast([self.shape, to_shape(other, "other")], sign), "torch", "int64" if all(kinds) else None)

    return body


MADE_BY = dict.fromkeys(("and", "or", "xor"), _combine) | dict.fromkeys(("add", "sub", "mul", "floordiv", "mod"), _calculate)
for _name, _sign in OPERATORS.items():
    torch.function(f"Tensor.__{_name}__", f"Tensor.__r{_name}__")(MADE_BY.get(_name, broadcasting)(_sign))


def _compare(sign: str) -> Callable[..., Tensor]:
    def body(self: Shape, other: Shape) -> Tensor:
        return Tensor(broadcast([self, other], sign), "torch", "bool")

    return body


for _name, _sign in COMPARISONS.items():
    torch.function(f"Tensor.__{_name}__")(_compare(_sign))


@torch.function("clamp", "clip", "Tensor.clamp", "Tensor.clip")
def clamp(input: Shape, min: Value = None, max: Value = None, *, out: Value = None) -> Shape:
    """Each element limited; bounds that are tensors broadcast."""
    if min is None and max is None:
        raise Problem("invalid-layer-argument", "clamp needs min or max")
    return broadcast([input, *(bound.shape for bound in (min, max) if isinstance(bound, Tensor))], "clamp")


@torch.function("clamp_", "clip_", "Tensor.clamp_", "Tensor.clip_")
def clamp_in_place(input: Shape, min: Value = None, max: Value = None) -> Shape:
    """Each element of the tensor limited; bounds that are tensors broadcast to its shape."""
    return require_same(input, clamp(input, min, max), "clamp_")


@torch.function("clamp_min", "Tensor.clamp_min")
def clamp_min(input: Shape, min: Shape, *, out: Value = None) -> Shape:
    """Each element limited from below; the bound broadcasts."""
    return broadcast([input, min], "clamp_min")


@torch.function("clamp_max", "Tensor.clamp_max")
def clamp_max(input: Shape, max: Shape, *, out: Value = None) -> Shape:
    """Each element limited from above; the bound broadcasts."""
    return broadcast([input, max], "clamp_max")


for _name, _bound in (("clamp_min_", "min"), ("clamp_max_", "max")):
    torch.function(_name, f"Tensor.{_name}", other=_bound)(assigning(_name))


@torch.function("Tensor.fill_", "fill_", "fill")
def fill_(input: Shape, value: Value) -> Shape:
    """All elements set to one number: the shape stays."""
    if isinstance(value, Tensor) and value.shape.rank:
        raise Problem("rank-mismatch", f"fill_ needs one number, got a tensor of shape {value.shape}")
    return input


@torch.function("complex")
def complex_numbers(real: Shape, imag: Shape, *, out: Value = None) -> Shape:
    """Complex numbers of real and imaginary parts, which broadcast."""
    return broadcast([real, imag], "complex")


@torch.function("polar")
def polar(abs: Shape, angle: Shape, *, out: Value = None) -> Shape:
    """Complex numbers of absolute values and angles, which broadcast."""
    return broadcast([abs, angle], "polar")


@torch.function("polygamma", "special.polygamma")
def polygamma(n: Value, input: Shape, *, out: Value = None) -> Shape:
    """The shape stays."""
    return input


@torch.function("frexp", "Tensor.frexp")
def frexp(input: Shape, *, out: Value = None) -> Named:
    """Mantissa and exponent of each element."""
    return Named(mantissa=input, exponent=input)


@torch.function("where", "Tensor.where")
def where(condition: Shape, input: Value = None, other: Value = None) -> Tensor | tuple[Tensor, ...]:
    """One of two values by a condition; all three broadcast. With the condition alone: where it holds, an index for each axis."""
    if input is None or other is None:
        found = unknown_dim("n", low=0, reason="the number of elements that are not zero is not known")
        return tuple(Tensor(Shape(found), "torch", "int64") for _ in range(max(condition.rank, 1)))
    kinds = [given.dtype if isinstance(given, Tensor) else inferred(given) for given in (input, other)]
    shape = broadcast([condition, to_shape(input, "input"), to_shape(other, "other")], "where")
    return Tensor(shape, "torch", kinds[0] if kinds[0] == kinds[1] else None)


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


@torch.function("Tensor.lerp_")
def lerp_(self: Shape, end: Shape, weight: Shape) -> Shape:
    """Interpolation, written to the tensor; the operands broadcast to its shape."""
    return require_same(self, broadcast([self, end, weight], "lerp_"), "lerp_")


@torch.function("binomial")
def binomial(count: Shape, prob: Shape, generator: Value = None) -> Shape:
    """Random numbers of successes; the tensors broadcast."""
    return broadcast([count, prob], "binomial")


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
index_select gather diagonal cat concat stack hstack vstack meshgrid clone detach contiguous cuda cpu pin_memory masked_fill clamp clip
clamp_min clamp_max abs absolute neg negative positive sign __neg__ __pos__ __abs__"""
"""Functions that arrange elements, as functions and methods: the type of the elements stays."""
for _name in KEEPING.split():
    torch.keeping |= {_name, f"Tensor.{_name}"}
torch.keeping |= {"Tensor.__getitem__", "Tensor.@T", "Tensor.@mT", "Tensor.@data"}

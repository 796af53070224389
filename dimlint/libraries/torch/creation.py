"""Tensors from sizes, from data, and like other tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, is_finite, less, maximum, never_positive, product, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.opening import OpenArgument
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import TorchSize, sizes_like
from dimlint.core.value import Machine, Tensor, Unknown, Value, is_size
from dimlint.libraries.python.library import BUILTINS
from dimlint.libraries.torch.arguments import refuse_rank
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.shaping import sizes_of
from dimlint.libraries.torch.types import inferred, kind_of
from dimlint.shapes.agree import broadcast

FILLED = "zeros ones empty rand randn"
"""Functions of the sizes alone."""


def _sized(args: Sequence[Value], size: Value, label: str) -> Shape:
    """The shape that sizes stand for; none may be negative, an unknown one is not."""
    listed = args if size is None else (size,)
    if len(listed) == 1 and isinstance(listed[0], OpenArgument) and listed[0].may_be_several:
        raise Undecided(listed[0].reason)  # it may be all of the sizes
    listed = listed[0] if len(listed) == 1 and isinstance(listed[0], (tuple, list)) else listed
    sizes = sizes_of([item.size if isinstance(item, OpenArgument) else item for item in listed], label)
    for given in sizes:
        if isinstance(given, int) and given < 0:
            raise Problem(ARGUMENT, f"{label}: sizes must not be negative, got {show(sizes)}")
    return Shape(*(unknown_dim("size", reason=_reason(given)) if _open(given) else given for given in sizes))


def _open(size: Dim) -> bool:
    """Whether a size comes from an unknown value, of which not even the sign was known."""
    return not isinstance(size, int) and len(size.terms) == 1 and size.bounds[0] is None


def _reason(size: Dim) -> str:
    return "" if isinstance(size, int) else f"{size} is not known"


def _filled(label: str) -> None:
    def body(*sizes: Value, size: Value = None, **options: Value) -> Shape:
        if not sizes and size is None:
            raise Undecided(f"{label} is called without a size")
        return _sized(sizes, size, label)

    torch.function(label)(body)


for _name in FILLED.split():
    _filled(_name)


@torch.function("full")
def full(size: Value, fill_value: Value, **options: Value) -> Tensor:
    """A tensor of one value."""
    return Tensor(_sized((size,), None, "full"), "torch", _chosen(options, inferred(fill_value)))


def _chosen(options: Mapping[str, Value], default: str | None) -> str | None:
    """The kind of elements that is asked for, or else the one that comes of itself."""
    return default if options.get("dtype") is None else kind_of(options["dtype"])


@torch.function("randint")
def randint(*args: Value, low: Value = 0, high: Value = None, size: Value = None, **options: Value) -> Tensor:
    """Random whole numbers: ``(high, size)`` or ``(low, high, size)``."""
    given = size if size is not None else next((arg for arg in reversed(args) if isinstance(arg, (tuple, list))), None)
    if given is None:
        raise Undecided("the size given to randint is not known")
    limits = [low, *args[: 2 if high is None else 1], *([] if high is None else [high])]
    _require_numbers(*(limit for limit in limits if not isinstance(limit, (tuple, list))))
    return Tensor(_sized((given,), None, "randint"), "torch", _chosen(options, "int64"))


def _require_numbers(*limits: Value) -> None:
    """There are whole numbers from the last limit but one up to and without the last one."""
    if len(limits) > 1 and all(map(is_size, limits[-2:])) and less(*limits[-2:]) is False:
        raise Problem(ARGUMENT, f"randint: there is no number from {limits[-2]} up to but without {limits[-1]}", blame="high")


@torch.function("normal")
def normal(mean: Value, std: Value = 1.0, size: Value = None, **options: Value) -> Shape:
    """Normal random numbers, of a size or as many as the means and deviations."""
    if size is not None:
        return _sized((size,), None, "normal")
    given = [part.shape for part in (mean, std) if isinstance(part, Tensor)]
    if not given:
        raise Undecided("the size given to normal is not known")
    return broadcast(given, "normal")


@torch.function("multinomial", "Tensor.multinomial")
def multinomial(input: Shape, num_samples: Dim, replacement: Value = False, **options: Value) -> Tensor:
    """Indices drawn by the weights on the last axis, one row of them for each row of weights."""
    if input.rank not in (1, 2):
        raise refuse_rank("multinomial", "weights of 1 or 2 dimensions", input)
    if never_positive(num_samples):
        raise Problem(ARGUMENT, f"multinomial: num_samples must be greater than zero, got {num_samples}", blame="num_samples")
    if replacement is False and less(input[-1], num_samples):
        raise Problem(ARGUMENT, f"multinomial draws num_samples={num_samples} without replacement from {input[-1]} in the input {input}")
    return Tensor(_sized((*input[:-1], num_samples), None, "multinomial"), "torch", "int64")


@torch.function("randperm")
def randperm(n: Dim, **options: Value) -> Tensor:
    """The numbers below ``n`` in random order."""
    return Tensor(_sized((n,), None, "randperm"), "torch", _chosen(options, "int64"))


@torch.function("arange")
def arange(start: Value = None, end: Value = None, step: Value = 1, **options: Value) -> Tensor:
    """Numbers from ``start`` (0) up to but without ``end``. Raises Problem(invalid-layer-argument)."""
    if start is None and end is None:
        raise Problem(ARGUMENT, "arange is missing the required argument 'end'")
    begin, stop = (0, start) if end is None else (0 if start is None else start, end)
    for given in (begin, stop, step):
        if isinstance(given, Unknown):
            return Tensor(Shape(unknown_dim("arange", reason=given.reason)), "torch", _chosen(options, None))
    whole = all(map(is_size, (begin, stop, step)))
    kind = _chosen(options, "int64" if whole else None)
    if all(isinstance(given, (int, float)) for given in (begin, stop, step)):
        _require_direction(begin, stop, step, "arange")
    if whole and isinstance(step, int) and step > 0:
        return Tensor(Shape(maximum((stop - begin + step - 1) // step, 0)), "torch", kind)
    if all(map(is_finite, (begin, stop, step))):
        return Tensor(Shape(max(math.ceil((stop - begin) / step), 0)), "torch", kind)
    raise Undecided("the bounds given to arange are not known")


@torch.function("range")
def inclusive_range(start: Value, end: Value, step: Value = 1, **options: Value) -> Shape:
    """Numbers from ``start`` up to and with ``end``."""
    if not all(map(is_finite, (start, end, step))):
        raise Undecided("the bounds given to range are not known")
    _require_direction(start, end, step, "range")
    return Shape(math.floor((end - start) / step) + 1)


def _require_direction(begin: float, stop: float, step: float, label: str) -> None:
    """A range goes from its first number to its last one, both of them finite."""
    if not (is_finite(begin) and is_finite(stop)):
        raise Problem(ARGUMENT, f"{label}: there is no range from {begin} to {stop}")
    if step == 0 or (stop - begin) * step < 0:
        raise Problem(ARGUMENT, f"{label}: a step of {step} does not lead from {begin} to {stop}", blame="step")


@torch.function("linspace")
def linspace(start: Value, end: Value, steps: Dim, **options: Value) -> Shape:
    """Numbers at equal distances, both ends included."""
    return _sized((steps,), None, "linspace")


@torch.function("logspace")
def logspace(start: Value, end: Value, steps: Dim, base: Value = 10.0, **options: Value) -> Shape:
    """Numbers at equal ratios, both ends included."""
    return _sized((steps,), None, "logspace")


@torch.function("eye")
def eye(n: Dim, m: Value = None, **options: Value) -> Shape:
    """The identity matrix."""
    return _sized((n, n if m is None else m), None, "eye")


@torch.function("scalar_tensor", data="s")
@torch.function("tensor", "as_tensor", "asarray")
def tensor(data: Value, **options: Value) -> Tensor:
    """A tensor of nested sequences of numbers."""
    return Tensor(to_shape(data, "data"), "torch", _chosen(options, data.dtype if isinstance(data, Tensor) else inferred(data)))


@torch.function("from_numpy")
def from_numpy(ndarray: Tensor) -> Shape:
    """The tensor of an array."""
    return ndarray.shape


torch.keeping |= {"from_numpy", "full_like", "randint_like", *(f"{name}_like" for name in FILLED.split())}
torch.keeping |= {"autograd.Variable", *(f"Tensor.new_{name}" for name in ("zeros", "ones", "empty", "full"))}


@torch.function(*(f"{name}_like" for name in ("zeros", "ones", "empty", "rand", "randn")), "autograd.Variable", "clone", "detach")
def like(input: Shape, *args: Value, **options: Value) -> Shape:
    """A tensor of the shape of another one."""
    return input


@torch.function("full_like", "randint_like", "Tensor.new_tensor_like")
def filled_like(input: Shape, *args: Value, **options: Value) -> Shape:
    """A tensor of the shape of another one."""
    return input


@torch.function("Tensor.new_zeros", "Tensor.new_ones", "Tensor.new_empty")
def new_zeros(self: Tensor, *sizes: Value, size: Value = None, **options: Value) -> Shape:
    """A tensor of another size and the same type."""
    return _sized(sizes, size, "new_zeros")


@torch.function("Tensor.new_full")
def new_full(self: Tensor, size: Value, fill_value: Value, **options: Value) -> Shape:
    """A tensor of another size and the same type."""
    return _sized((size,), None, "new_full")


@torch.function("empty_permuted")
def empty_permuted(size: Value, physical_layout: Value, **options: Value) -> Shape:
    """A tensor without values, whose axes stand in another order in memory."""
    found = _sized((size,), None, "empty_permuted")
    plain = isinstance(physical_layout, (tuple, list)) and all(isinstance(axis, int) for axis in physical_layout)
    if plain and sorted(physical_layout) != list(range(found.rank)):
        text = f"empty_permuted: physical_layout must name each axis of {found} once, got {show(physical_layout)}"
        raise Problem(ARGUMENT, text, blame="physical_layout")
    return found


@torch.function("empty_strided")
def empty_strided(size: Value, stride: Value, **options: Value) -> Shape:
    """A tensor without values, in a given order in memory."""
    return _sized((size,), None, "empty_strided")


@torch.function("Tensor.new_empty_strided")
def new_empty_strided(self: Tensor, size: Value, stride: Value, **options: Value) -> Shape:
    """A tensor of another size and the same type."""
    return _sized((size,), None, "new_empty_strided")


@torch.function("Tensor.new_tensor")
def new_tensor(self: Tensor, data: Value, **options: Value) -> Shape:
    """A tensor of nested sequences of numbers."""
    return to_shape(data, "data")


@torch.function("nn.Buffer")
def buffer(data: Value = None, persistent: Value = True) -> Value:
    """A tensor that a module registers and does not train."""
    return data if isinstance(data, (Tensor, Unknown)) else Unknown("a buffer without data is not known")


def _from_sizes_or_data(given: Sequence[Value], named: Mapping[str, Value]) -> Tensor:
    """What ``torch.Tensor(...)`` makes: a list or tuple is data, a ``torch.Size`` sizes; by name, either. Raises Problem, Undecided."""
    named = {name: value for name, value in named.items() if name != "device"}
    if len(named) == 1 and not given and "size" in named:
        return Tensor(_sized((), named["size"], "Tensor"), "torch")
    if len(named) == 1 and not given and ("data" in named or "other" in named):
        return Tensor(to_shape(next(iter(named.values())), "data"), "torch")
    if named:
        raise Undecided("a tensor made of a storage is not followed")
    only = given[0] if len(given) == 1 else None
    if isinstance(only, TorchSize):
        return Tensor(_sized((), only, "Tensor"), "torch")
    if isinstance(only, tuple) and all(is_size(item) or isinstance(item, Unknown) for item in only):
        raise Undecided("whether a tuple is a torch.Size or data is not known")
    if isinstance(only, (tuple, list, Tensor)):
        return Tensor(to_shape(only, "data"), "torch")
    return Tensor(_sized(given, None, "Tensor") if given else Shape(0), "torch")


@torch.function("Tensor.new")
def new(self: Tensor, *args: Value, **options: Value) -> Tensor:
    """A tensor of the same type, from sizes or from data."""
    return _from_sizes_or_data(args, options)


_TYPED = [f"{kind}Tensor" for kind in ("Float", "Long", "Double", "Int", "Half", "Bool", "Byte", "Short", "Char", "BFloat16")]


class TypedTensor:
    """``LongTensor`` and the like. Called, they make a tensor from sizes or from data; each counts the tensors of its type and device."""

    def __new__(machine: Machine, cls: Value, *args: Value, **kwargs: Value) -> Value:
        made = _from_sizes_or_data([machine.plain(arg) for arg in args], {name: machine.plain(value) for name, value in kwargs.items()})
        return replace(made, dtype=kind_of(cls))

    def __instancecheck__(machine: Machine, cls: Value, obj: Value) -> Value:
        return Unknown("the type of a tensor is not known") if isinstance(obj, (Tensor, Unknown)) else False


for _name in _TYPED:  # programs choose between a type's two devices, and make tensors of either
    torch.type(_name, f"cuda.{_name}")(TypedTensor)


@torch.type("Tensor")
class TensorType:
    """The class of tensors. Called, it makes one from sizes or from data."""

    def __new__(machine: Machine, cls: Value, *args: Value, **kwargs: Value) -> Value:
        return _from_sizes_or_data([machine.plain(arg) for arg in args], {name: machine.plain(value) for name, value in kwargs.items()})


@torch.type("Size", bases=(BUILTINS.entries["tuple"],))
class Size:
    """The sizes of a tensor: a tuple of whole numbers, of which every part is such, too."""

    def __new__(machine: Machine, cls: Value, sizes: Value = (), /) -> Value:
        given = machine.plain(sizes)
        return sizes_like(TorchSize(given if isinstance(given, (tuple, list)) else machine.elements(given)), TorchSize())

    def numel(machine: Machine, self: Value) -> Value:
        if not isinstance(self, tuple):
            raise Undecided("whose elements are counted is not known")
        return product(self)

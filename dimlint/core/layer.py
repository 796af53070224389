"""How a layer is declared, so that one declaration gives every product.

A layer's fields are the framework's own signature, its methods are its meaning::

    @torch.layer("nn.Linear")
    class Linear(Layer):
        in_features: Dim = dim()
        bias: bool = flag(True)

        def output(self, x: Shape) -> Shape: ...

``core.binding`` converts what ``output`` is called with to what its annotations name.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from dimlint.core.axis import require_equal
from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape, always_equal, unknown_dim
from dimlint.core.opening import SPATIAL, OpenArgument, any_rank, open_shape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size, lost_size

REQUIRED: Any = object()
"""Default of a field or parameter that must be given."""

ARGUMENT = "invalid-layer-argument"

AS_GIVEN = "*"
"""Before the name of a field: its value as it was given."""


@dataclass(frozen=True)
class Field:
    """One argument of a layer's constructor.

    convert: ``(value, owner, name) -> converted``; raises Problem for what the framework refuses at construction.
    keyword: may only be given by keyword, and stands after the positional ones.
    """

    convert: Callable[[Value, type[Layer], str], object]
    default: object = REQUIRED
    keyword: bool = False


def refuse(owner: type[Layer], name: str, wanted: str, value: Value) -> Problem:
    """The Problem for an argument of the wrong kind."""
    return Problem(ARGUMENT, f"{owner.label} {name} must be {wanted}, got {show(value)}", blame=name)


def show(value: Value) -> str:
    """A value as a message shows it: Python's notation, cut to 60 characters, ASCII."""
    try:
        text = "unknown" if isinstance(value, Unknown) else str(value) if isinstance(value, Shape) else repr_of(value)
    except ValueError:
        text = "a huge number"
    text = text.encode("ascii", "backslashreplace").decode()
    return text if len(text) <= 60 else text[:57] + "..."


def repr_of(value: Value) -> str:
    """``repr`` for plain values, with symbolic sizes by name."""
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(repr_of, value[:12]))
        inner += ", ..." if len(value) > 12 else "," if len(value) == 1 and isinstance(value, tuple) else ""
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    if value is None or isinstance(value, (bool, int, float, complex, bytes)):
        return repr(value)
    if isinstance(value, str):
        return repr(value[:80])
    return str(value) if is_size(value) else f"<{type(value).__name__}>"


def _dim(value: Value, owner: type[Layer], name: str) -> object:
    if isinstance(value, OpenArgument):
        return value.size if owner.fields[name].default == 0 else value.as_size()
    if lost_size(value) is not None:
        return lost_size(value)
    if isinstance(value, Unknown):
        return unknown_dim(name, reason=value.reason)
    if is_size(value):
        return int(value) if isinstance(value, int) else value
    if _is_plain(value):
        raise refuse(owner, name, "an integer", value)
    return unknown_dim(name, reason=f"{name} is not a plain integer")


def _is_plain(value: Value) -> bool:
    """Whether a value is data that surely is no integer; a tensor or an object may act as one."""
    return value is None or isinstance(value, (str, bytes, float, complex, tuple, list, dict))


def dim(default: object = REQUIRED, *, keyword: bool = False, optional: bool = False) -> Any:
    """A size: an integer. An unknown argument becomes a symbol. ``optional`` lets ``None`` pass."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        return None if optional and value is None else _dim(value, owner, name)

    return Field(convert, default, keyword)


def axes(
    default: object = REQUIRED,
    *,
    keyword: bool = False,
    optional: bool = False,
    words: tuple[str, ...] = (),
    rank: int | None = None,
) -> Any:
    """One size for each spatial axis (``rank`` of the class unless given): an integer or a sequence of integers.

    The converted value is a tuple of ``rank`` sizes; a sequence of another length is kept as it is, for ``check`` or
    ``output`` to refuse at the stage where the framework does. ``words``: strings that pass (``'same'``).
    An unknown argument becomes symbols, unless it might be one of the words: then it stays Unknown.
    """

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        n = owner.rank if rank is None else rank
        if optional and value is None:
            return None
        if isinstance(value, Unknown):
            if isinstance(value, OpenArgument) and not (value.plain and (words or optional)):
                return value.each(name, n, low=0 if default == 0 else 1)
            return value if words or optional else tuple(_dim(value, owner, name) for _ in range(n))
        if isinstance(value, str) and value in words:
            return value
        if isinstance(value, (tuple, list)):
            return tuple(_dim(item, owner, name) for item in value)
        if _is_plain(value):
            raise refuse(owner, name, f"an integer or {n} integers", value)
        return (_dim(value, owner, name),) * n

    return Field(convert, default, keyword)


def flag(default: object = REQUIRED, *, keyword: bool = False) -> Any:
    """A truth value, by Python's rules."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, Unknown):
            return value
        if value is None or isinstance(value, (bool, int, float, str, tuple, list, dict)):
            return bool(value)
        return Unknown(f"whether {name} is true is not known")

    return Field(convert, default, keyword)


def number(default: object = REQUIRED, *, keyword: bool = False) -> Any:
    """A number, or None; anything else is Unknown to the layer."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if value is None or isinstance(value, (int, float, Unknown)) or is_size(value):
            return value
        return Unknown(f"{name} is not a plain number")

    return Field(convert, default, keyword)


def choice(*words: object, default: object = REQUIRED, keyword: bool = False, fold: bool = False) -> Any:
    """One of the given words; any other known value is refused at construction. ``fold``: case does not matter."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, Unknown):
            return value
        value = value.lower() if fold and isinstance(value, str) else value
        if not isinstance(value, (str, bool, int, float, type(None))):
            return Unknown(f"{name} is not a plain value")
        if value not in words:
            raise refuse(owner, name, "one of " + ", ".join(map(show, words)), value)
        return value

    return Field(convert, default, keyword)


def plain(default: object = REQUIRED, *, keyword: bool = False) -> Any:
    """Any value, as it is; ``output`` and ``check`` look at it themselves. It may be Unknown."""
    return Field(lambda value, owner, name: value, default, keyword)


def ignored(default: object = None, *, keyword: bool = False) -> Any:
    """An argument without influence on shapes."""
    return Field(lambda value, owner, name: value, default, keyword)


class UnknownArgument(Undecided):
    """A layer is given an argument that no version of it is known to have."""


class _Collected:
    """The fields of a layer and of its bases; they take the place of this as soon as they are asked for."""

    def __get__(self, instance: Layer | None, owner: type[Layer]) -> dict[str, Field]:
        found: dict[str, Field] = {}
        for base in reversed(owner.__mro__):
            found |= {name: item for name, item in vars(base).items() if isinstance(item, Field)}
        owner.fields = dict(sorted(found.items(), key=lambda pair: pair[1].keyword))
        return owner.fields


_COLLECTED: Any = _Collected()

PARAMETRIZED = "*parametrized"
"""Attribute of a layer whose weights are calculated from others: it has other parameters than before, in another order."""


class Layer:
    """Base of all layer declarations. Instances are immutable; one is bound per construction.

    rank: number of spatial axes, for families that exist in 1-d, 2-d and 3-d.
    windowed: whether this is a convolution or a pooling, whose output may never fall to zero.
    foreign: arguments that no version of the layer has, though other frameworks' layers do.
    read_from_weights: fields that only shape the weights: a call looks at these, whatever the field is set to afterwards.
    as_given: fields that the framework's object keeps as they were given; what the declaration holds is their converted form.
    unkept: arguments that the framework's object has not as attributes of the same name.
    torn: whether paths have met that called it differently: only its arguments are known, not what a call does.
    """

    rank: ClassVar[int] = 0
    windowed: ClassVar[bool] = False
    fields: ClassVar[dict[str, Field]] = {}
    label: ClassVar[str] = "Layer"
    read_from_weights: ClassVar[frozenset[str]] = frozenset()
    foreign: ClassVar[frozenset[str]] = frozenset()
    as_given: ClassVar[frozenset[str]] = frozenset()
    unkept: ClassVar[frozenset[str]] = frozenset()
    torn: bool = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.fields = _COLLECTED
        cls.label = cls.__name__

    @classmethod
    def bind(cls, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Layer:
        """Bind plain arguments to the signature and check them. Raises Problem, Undecided."""
        given = _assign(cls, args, kwargs)
        layer = cls.__new__(cls)
        for name, item in cls.fields.items():
            value = given.get(name, item.default)
            if value is REQUIRED:
                raise Problem(ARGUMENT, f"{cls.label}() is missing the required argument {name!r}", blame=name)
            setattr(layer, name, item.convert(value, cls, name))
            if name in cls.as_given:
                setattr(layer, AS_GIVEN + name, _spelled(value, name))
        layer.check()
        return layer

    def check(self) -> None:
        """What the framework refuses at construction. Raises Problem."""

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        """What the framework refuses on a later call, given the shapes of the first one. Raises Problem."""

    def assume(self) -> Sequence[Shape]:
        """Shapes of an input that nobody states, the likeliest first; none if nothing can be said."""
        if not self.rank:
            return any_rank()
        sizes = ("C", *SPATIAL[self.rank])
        return [open_shape("N", *sizes), open_shape(*sizes)]

    def output(self, *inputs: Any, **options: Any) -> Any:
        """The shape that comes out. Raises Problem, Undecided. Sub-classes name and annotate their own inputs."""
        raise Undecided(f"{self.label} is not modelled")

    def weights(self, *inputs: Any) -> dict[str, Shape]:
        """Names and shapes of all variables, trainable or not, in the framework's order, once the shapes of the first inputs are known.

        Sub-classes name as many of the inputs as they need; ``variables`` leaves out the others.
        """
        return {}

    def variables(self, inputs: Sequence[Shape]) -> dict[str, Shape]:
        """``weights`` for the shapes of all inputs of the first call."""
        return self.weights(*inputs[: _inputs_of(type(self).weights)])

    def member(self, name: str, built: tuple[Shape, ...] | None) -> Value:
        """A public attribute of the framework's object, given the shapes of its first call if there was one."""
        return self.attribute(name)

    def attribute(self, name: str) -> Value:
        """A public attribute of the framework's object, or Unknown."""
        if name in self.fields and name not in self.unkept:
            return getattr(self, AS_GIVEN + name if name in self.as_given else name)
        return Unknown(f"attribute {name!r} of {self.label} is not modelled")


def _spelled(value: Value, name: str) -> Value:
    """An argument as it was given, if that is plain data."""
    items = value if isinstance(value, tuple) else (value,)
    known = all(item is None or isinstance(item, (int, float, str, Unknown)) or is_size(item) for item in items)
    return value if known else Unknown(f"{name} is not followed as it was given")


@functools.cache
def parameters(method: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    """The parameters of a method of a class, ``self`` included."""
    return tuple(inspect.signature(method).parameters.values())


def _inputs_of(method: Callable[..., Any]) -> int | None:
    """How many inputs a method takes behind ``self``; None for any number."""
    stated = parameters(method)[1:]
    return None if any(p.kind is p.VAR_POSITIONAL for p in stated) else len(stated)


def _assign(cls: type[Layer], args: Sequence[Value], kwargs: Mapping[str, Value]) -> dict[str, Value]:
    """Arguments by field name. A keyword that no version of the layer is known to have makes the call undecided."""
    positional = [name for name, item in cls.fields.items() if not item.keyword]
    if len(args) > len(positional):
        raise Problem(ARGUMENT, f"{cls.label}() takes at most {len(positional)} positional arguments, got {len(args)}")
    given = dict(zip(positional, args))
    for name, value in kwargs.items():
        if name in given:
            raise Problem(ARGUMENT, f"{cls.label}() got multiple values for argument {name!r}", blame=name)
        if name not in cls.fields and name in cls.foreign:
            raise Problem(ARGUMENT, f"{cls.label}() has no argument {name!r}. It has {', '.join(cls.fields)}", blame=name)
        if name not in cls.fields:
            raise UnknownArgument(f"{cls.label} is called with the argument {name!r}, which dimlint does not know")
        given[name] = value
    return given


def unify(actual: Dim, expected: Dim, rule: str, message: str, *, blame: str | None = None) -> None:
    """Require two sizes to be equal: Problem if they never are, a doubt if it depends."""
    if always_equal(actual, expected):
        return
    reason = f"whether {actual} equals {expected} is not known"
    require_equal(actual, expected, reason, Problem(rule, message, blame=blame, expected=actual))

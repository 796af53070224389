"""``timm.layers``, as far as programs take their helpers from it. Source: https://huggingface.co/docs/timm, timm/layers of 1.0.31."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dimlint.core.dim import Shape
from dimlint.core.layer import Layer, ignored
from dimlint.core.problem import Undecided
from dimlint.core.value import LibraryClass, ListObject, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.tools.library import TIMM
from dimlint.libraries.torch import LIBRARY as TORCH

GIVING = ("trunc_normal_", "trunc_normal_tf_")
SILENT = ("variance_scaling_", "lecun_normal_")
"""Functions that fill a tensor with numbers: those that give it back, and those that give nothing."""


class DropPath(Layer):
    """Whole samples dropped in training: the shape stays."""

    drop_prob: Any = ignored(0.0)
    scale_by_keep: Any = ignored(True)

    def output(self, x: Shape) -> Shape:
        return x


TIMM.value("layers.DropPath", LibraryClass("DropPath", "torch", (TORCH.entries["nn.Module"],), DropPath))


@TIMM.function("layers.drop_path")
def drop_path(
    machine: Machine, x: Value, drop_prob: Value = 0.0, training: Value = False, scale_by_keep: Value = True
) -> Value:
    """The same tensor, of which whole samples may be zero."""
    return x


def _initialized(machine: Machine, tensor: Value, *args: Value, **kwargs: Value) -> Value:
    return tensor


def _nothing(machine: Machine, tensor: Value, *args: Value, **kwargs: Value) -> None:
    return None


for _name in GIVING:
    TIMM.function(f"layers.{_name}")(_initialized)
for _name in SILENT:
    TIMM.function(f"layers.{_name}")(_nothing)


def repeated(count: int) -> Callable[[Machine, Value], Value]:
    """What makes tuples of numbers: ``3`` is ``(3, 3)``, a sequence stays what it is."""

    def body(machine: Machine, x: Value) -> Value:
        held = machine.contents(x) if isinstance(x, Ref) else None
        if isinstance(x, Unknown):
            raise Undecided(x.reason)
        if isinstance(held, ListObject):
            return tuple(held.items)
        if isinstance(x, (Ref, Tensor)):
            raise Undecided("what becomes a tuple is not known to be a number or a sequence")
        return tuple(x) if isinstance(x, (tuple, range)) else (x,) * count

    return body


for _count in (1, 2, 3, 4):
    TIMM.function(f"layers.to_{_count}tuple")(repeated(_count))


@TIMM.function("layers.make_divisible")
def make_divisible(machine: Machine, v: Value, divisor: Value = 8, min_value: Value = None, round_limit: Value = 0.9) -> Value:
    """The multiple of ``divisor`` nearest to a number, at least ``min_value`` and 0.9 of it. Raises Undecided."""
    if not all(isinstance(item, (int, float)) for item in (v, divisor, round_limit)) or not isinstance(min_value, (int, float, type(None))):
        raise Undecided("what is made divisible is not a known number")
    made = max(min_value or divisor, int(v + divisor / 2) // divisor * divisor)
    return made + divisor if made < round_limit * v else made

"""Parts of feature maps that are left out while a model is trained; the shape stays.

Source: https://docs.pytorch.org/vision/stable/ops.html#layers.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Dim, bounds
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, doubt
from dimlint.core.value import Machine, Ref, Tensor, Value
from dimlint.libraries.torch.arguments import refuse_rank
from dimlint.libraries.torchvision.building import start
from dimlint.libraries.torchvision.ops.library import function, module_type, use


def _require_probability(p: Value, label: str) -> None:
    if isinstance(p, (int, float)) and not 0 <= p <= 1:
        raise Problem(ARGUMENT, f"{label} p must be between 0 and 1, got {p}", blame="p")


@function("stochastic_depth")
def stochastic_depth(input: Tensor, p: Value, mode: Value, training: Value = True) -> Tensor:
    """All of the input, or some of its rows, set to zero."""
    _require_probability(p, "stochastic_depth")
    if isinstance(mode, (str, int, type(None))) and mode not in ("batch", "row"):
        raise Problem(ARGUMENT, f"stochastic_depth mode must be 'batch' or 'row', got {mode!r}", blame="mode")
    return Tensor(input.shape, "torch", input.dtype)


@module_type("StochasticDepth")
class StochasticDepth:
    """Rows of the input set to zero."""

    def __init__(machine: Machine, self: Ref, p: Value, mode: Value) -> None:
        start(machine, self, p=p, mode=mode)

    def forward(machine: Machine, self: Ref, input: Value) -> Value:
        p, mode, training = (machine.attribute(self, name) for name in ("p", "mode", "training"))
        return use(machine, "stochastic_depth", input, p, mode, training)


def _without_blocks(input: Tensor, p: Value, block_size: Value, training: Value, rank: int) -> Tensor:
    """Raises Problem(rank-mismatch, invalid-layer-argument)."""
    label = f"drop_block{rank}d"
    _require_probability(p, label)
    if input.shape.rank != rank + 2:
        raise refuse_rank(label, f"a {rank + 2}-d input", input.shape)
    sizes = (block_size, *input.shape[-rank:])
    least: Dim | None = min(sizes) if all(isinstance(size, int) for size in sizes) else _surely_least(sizes)
    if training is False or (isinstance(p, (int, float)) and p == 0) or (isinstance(least, int) and least % 2):
        return Tensor(input.shape, "torch", input.dtype)
    message = f"{label} needs an odd block size or a smaller, odd side of the input, got block_size={block_size} for {input.shape}"
    if least is not None and training is True and isinstance(p, (int, float)):
        raise Problem(ARGUMENT, message, blame="block_size")
    doubt(f"whether the block size of {label} is odd is not known")
    return Tensor(input.shape, "torch", input.dtype)


def _surely_least(sizes: tuple[Value, ...]) -> int | None:
    """The block size, if no side is smaller."""
    block, *sides = sizes
    if not isinstance(block, int):
        return None
    lows = [bounds(side)[0] for side in sides]
    return block if all(low is not None and low >= block for low in lows) else None


@function("drop_block2d")
def drop_block2d(
    input: Tensor, p: Value, block_size: Value, inplace: Value = False, eps: Value = 1e-6, training: Value = True
) -> Tensor:
    """Squares of the input set to zero."""
    return _without_blocks(input, p, block_size, training, 2)


@function("drop_block3d")
def drop_block3d(
    input: Tensor, p: Value, block_size: Value, inplace: Value = False, eps: Value = 1e-6, training: Value = True
) -> Tensor:
    """Cubes of the input set to zero."""
    return _without_blocks(input, p, block_size, training, 3)


def _dropped(machine: Machine, self: Ref, input: Value, name: str) -> Value:
    held = ("p", "block_size", "inplace", "eps", "training")
    return use(machine, name, input, *(machine.attribute(self, item) for item in held))


@module_type("DropBlock2d")
class DropBlock2d:
    """Squares of the input set to zero."""

    def __init__(machine: Machine, self: Ref, p: Value, block_size: Value, inplace: Value = False, eps: Value = 1e-6) -> None:
        start(machine, self, p=p, block_size=block_size, inplace=inplace, eps=eps)

    def forward(machine: Machine, self: Ref, input: Value) -> Value:
        return _dropped(machine, self, input, "drop_block2d")


@module_type("DropBlock3d", base="DropBlock2d")
class DropBlock3d:
    """Cubes of the input set to zero."""

    def forward(machine: Machine, self: Ref, input: Value) -> Value:
        return _dropped(machine, self, input, "drop_block3d")

"""Prints what symbols cost: ``python -m tests.benchmarks.open_sizes [MODEL ...]``, processor time on an open input / on a stated one.

Each model of torchvision is built anew for each run; only its application is timed, not its construction, which is the same in both.
The least of several runs counts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from time import process_time
from typing import Any

from dimlint.config import Config
from dimlint.core.dim import Shape
from dimlint.core.value import Tensor
from dimlint.interpreter.opening import Search
from dimlint.run import deep_recursion
from dimlint.target import Program, find_target
from tests.oracle.test_zoo import ZOO, source

RUNS = 3


def main(names: Sequence[str]) -> None:
    """Print the ratios, the worst ones last."""
    rows = [json.loads(line) for line in (ZOO / "torchvision.jsonl").read_text(encoding="utf-8").splitlines()]
    chosen = [row for row in rows if not names or row["entry"] in names]
    costs = {row["entry"]: cost(row) for row in chosen}
    for name, (numbers, symbols) in sorted(costs.items(), key=lambda item: item[1][1] / item[1][0]):
        print(f"  {symbols / numbers:6.2f}  {name} ({numbers:.3f} s, {symbols:.3f} s)")
    totals = [sum(column) for column in zip(*costs.values())]
    print(f"  {totals[1] / totals[0]:6.2f}  all {len(costs)} ({totals[0]:.2f} s, {totals[1]:.2f} s)")


def cost(row: dict[str, Any]) -> tuple[float, float]:
    """Processor seconds of one model on its stated input, and on an open one."""
    shape = row["input"]
    numbers = [once(row, lambda machine, ref: machine.call(ref, (Tensor(Shape(*shape), "torch"),))) for _ in range(RUNS)]
    symbols = [once(row, lambda machine, ref: Search.of(machine, ref, "torch").start()) for _ in range(RUNS)]
    return min(numbers), min(symbols)


def once(row: dict[str, Any], action: Callable[[Any, Any], Any]) -> float:
    """The time of the action on a model that is built anew."""
    found = find_target(Program(source(row["file"]), Config()), row["entry"])
    with deep_recursion(), found.machine.listening():
        start = process_time()
        found.machine.protected(lambda: action(found.machine, found.model))
        return process_time() - start


if __name__ == "__main__":
    main(sys.argv[1:])

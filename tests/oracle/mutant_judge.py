"""What the real framework says to mutants: ``python -m tests.oracle.mutant_judge torch`` reads and writes lines of JSON.

Each line that comes in is ``[name, text]``; each that goes out ``[name, verdict]``, the verdict being the fields of ``Outcome``.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import os
import subprocess
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MOST = 10**7
"""Tensors of more elements are not made: the mutant is left aside."""
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"}


@dataclass
class Outcome:
    """What became of a program.

    line, error: where it was refused first and with which words, if it was. inner: whether that was no function of the framework's that
    is written in Python. executed: the lines that ran. caught: those whose refusals the program caught itself. empty: those where a
    result without elements came up.
    """

    line: int | None = None
    error: str = ""
    inner: bool = False
    executed: list[int] = field(default_factory=list)
    caught: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)


class TooLarge(Exception):
    """A tensor of more than ``MOST`` elements."""


def outcomes(framework: str, programs: Sequence[tuple[str, str]]) -> dict[str, Outcome]:
    """Run programs, given by name and text, in child processes: one that ends with its program gives way to the next."""
    found: dict[str, Outcome] = {}
    while waiting := [program for program in programs if program[0] not in found]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.oracle.mutant_judge", framework],
            input="\n".join(map(json.dumps, waiting)),
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            env=os.environ | ENVIRONMENT,
            check=False,
        )
        answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('["')]
        found |= {name: Outcome(**fields) for name, fields in answers}
        if len(answers) < len(waiting):
            assert done.returncode < 0, done.stderr[-3000:]
            found[waiting[len(answers)][0]] = Outcome(0, f"ended the process: {done.returncode}")
    return found


def judged(framework: str, text: str) -> Outcome:
    """Run one program in this process."""
    from tests.oracle.judge import Judge, frames_of, keras_of, watching_keras, watching_torch
    from tests.oracle.standins import keras_datasets

    class Following(Judge):
        """Notes the lines that are executed, and those of the refusals whose traceback ends there."""

        executed: set[int] = set()
        inner: set[int] = set()

        def _local_trace(self, frame: types.FrameType, event: str, argument: Any) -> Any:
            self.executed.add(frame.f_lineno)
            return super()._local_trace(frame, event, argument)

        def refused(self, error: Exception, trace: types.TracebackType | None = None) -> int:
            line = super().refused(error, trace)
            *_, (frame, _) = frames_of(trace or error.__traceback__)
            self.inner |= {line} if frame.f_code.co_filename == self.filename else set()
            return line

    judge = Following("program.py")
    judge.executed, judge.inner = set(), set()
    empty: set[int] = set()
    watching = watching_torch(judge) if framework == "torch" else watching_keras(judge)
    measuring = measuring_torch(judge, empty) if framework == "torch" else measuring_keras(judge, empty)
    with watching, measuring, contextlib.nullcontext() if framework == "torch" else keras_datasets(keras_of()):
        verdict = judge.run(text, trace=True)
    refused = {line: error for line, error in verdict.refusals.items() if line not in verdict.caught}
    line, error = next(iter(refused.items()), (None, ""))
    return Outcome(line, error, line in judge.inner, sorted(judge.executed), sorted(verdict.caught), sorted(empty))


@contextlib.contextmanager
def measuring_torch(judge: Any, empty: set[int]) -> Iterator[None]:
    """Note the lines of empty results; refuse large ones."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    from tests.oracle.judge import PLACE

    class Measuring(TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = function(*args, **(kwargs or {}))
            for item in tree_leaves(result):
                if isinstance(item, torch.Tensor):
                    measure(item.shape, judge.place(), empty)
            return result

    def note(module: Any, _: Any, result: Any) -> None:
        if any(isinstance(item, torch.Tensor) and not item.numel() for item in tree_leaves(result)):
            empty.add(getattr(module, PLACE, 0))

    hook = torch.nn.modules.module.register_module_forward_hook(note)
    try:
        with Measuring():
            yield
    finally:
        hook.remove()


@contextlib.contextmanager
def measuring_keras(judge: Any, empty: set[int]) -> Iterator[None]:
    """The same for symbolic tensors and weights."""
    import keras

    from tests.oracle.judge import PLACE

    tensor, layer = keras.KerasTensor, keras.layers.Layer
    init, call, add = tensor.__init__, layer.__call__, layer.add_weight

    def noting_init(self: Any, shape: Any, *args: Any, **kwargs: Any) -> None:
        init(self, shape, *args, **kwargs)
        measure(self.shape, judge.place(), empty)

    def noting_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = call(self, *args, **kwargs)
        if any(0 in tuple(item.shape) for item in keras.tree.flatten(result) if hasattr(item, "shape")):
            empty.update((getattr(self, PLACE, 0), judge.place()))
        return result

    def measuring_add(self: Any, shape: Any = None, *args: Any, **kwargs: Any) -> Any:
        if isinstance(shape, (tuple, list)) and None not in shape:
            measure(shape, 0, set())
        return add(self, shape, *args, **kwargs)

    tensor.__init__, layer.__call__, layer.add_weight = noting_init, noting_call, measuring_add
    try:
        yield
    finally:
        tensor.__init__, layer.__call__, layer.add_weight = init, call, add


def measure(shape: Sequence[int | None], line: int, empty: set[int]) -> None:
    """Note the line of an empty shape; refuse a large one."""
    size = math.prod(1 if item is None else item for item in shape)
    if size > MOST:
        raise TooLarge(f"{size} elements")
    if size == 0:
        empty.add(line)


def child(framework: str) -> None:
    """Read programs from standard input, write what became of them."""
    if framework == "keras":
        import keras

        keras.config.disable_traceback_filtering()
        gc.freeze()  # clearing a session collects garbage, which takes long among the objects of the framework
    for line in sys.stdin.read().splitlines():
        name, text = json.loads(line)
        if framework == "keras":
            keras.backend.clear_session()
        print(json.dumps([name, asdict(judged(framework, text))]), flush=True)


if __name__ == "__main__":
    child(sys.argv[1])

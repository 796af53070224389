"""Runs a program under the real framework and says on which lines it was refused, and what shapes came out.

The line of a refusal is the innermost line of the program in the traceback. A layer inside a ``Sequential`` is called
by the framework, not by a line of the program; for it, the line counts on which the layer was constructed. Exceptions
that the program catches count too when ``trace`` is on.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import io
import os
import sys
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy
import torch

PLACE = "_constructed_on_line"
LEGACY = os.environ.get("TF_USE_LEGACY_KERAS")
BUILDING = ("build", "add") if LEGACY or os.environ.get("JUDGE") == "keras1" else ("build",)
"""Methods in which a Keras ``Sequential`` applies its layers: former versions do so one by one as they are added."""


@dataclass
class Verdict:
    """What happened. refusals: line -> first line of the error. outputs: (lines, shape) of each model's result.

    lines of an output: where the model's class is defined, where the model was constructed, and where it was called.
    """

    refusals: dict[int, str] = field(default_factory=dict)
    caught: set[int] = field(default_factory=set)
    """Lines whose refusals the program caught each time."""
    outputs: list[tuple[set[int], object]] = field(default_factory=list)
    namespace: dict[str, Any] = field(default_factory=dict)


class Judge:
    """Executes one program text; ``filename`` is what its code objects are compiled under."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.verdict = Verdict()
        self.source = ""
        self.depth = 0

    def run(self, source: str, *, trace: bool = False, main: bool = True, go_on: bool = False) -> Verdict:
        """Execute the text as ``__main__`` (or under another name). Its output is swallowed, its exceptions are the verdict.

        go_on: a statement of the module that is refused does not keep the ones behind it from running.
        """
        self.source = source
        parts = self._statements(source) if go_on else [compile(source, self.filename, "exec")]
        module = types.ModuleType("__main__" if main else "program")
        module.__file__ = self.filename
        self.verdict.namespace = vars(module)
        with self._guard(), _imported(module):
            sys.settrace(self._global_trace if trace else None)
            for code in parts:
                try:
                    exec(code, vars(module))
                except Exception as error:
                    if not (go_on and isinstance(error, NameError) and self.verdict.refusals):  # the name of what was refused
                        self.verdict.caught.discard(self.refused(error))
            sys.settrace(None)
        return self.verdict

    def _statements(self, source: str) -> list[types.CodeType]:
        """The statements of a module, one by one."""
        tree = ast.parse(source)
        later = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
        flags = annotations.compiler_flag if later else 0
        return [compile(ast.Module([node], []), self.filename, "exec", flags, dont_inherit=True) for node in tree.body]

    @functools.cached_property
    def class_lines(self) -> dict[int, int]:
        """Line of each method -> line of the class statement around it."""
        classes = [node for node in ast.walk(ast.parse(self.source)) if isinstance(node, ast.ClassDef)]
        return {item.lineno: node.lineno for node in classes for item in node.body if isinstance(item, ast.FunctionDef)}

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        argv, sys.argv = sys.argv, [self.filename]
        torch.manual_seed(0)
        numpy.random.seed(0)
        try:
            with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                yield
        finally:
            sys.argv = argv

    def _global_trace(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        return self._local_trace if frame.f_code.co_filename == self.filename else None

    def _local_trace(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        if event == "exception" and isinstance(argument[1], Exception) and not isinstance(argument[1], StopIteration):
            known = dict(self.verdict.refusals)
            if not isinstance(argument[1], NameError) or not known:
                line = self.refused(argument[1], argument[2])
                self.verdict.caught |= {line} - known.keys()
        return self._local_trace

    def refused(self, error: Exception, trace: types.TracebackType | None = None) -> int:
        """Note the line that an exception belongs to. ``trace`` is its traceback while it still is on its way."""
        frames = list(frames_of(trace or error.__traceback__))
        own = [i for i, (frame, _) in enumerate(frames) if frame.f_code.co_filename == self.filename]
        if not own:
            raise error
        line = frames[own[-1]][1]
        child = called_by_sequential([frame for frame, _ in frames[own[-1] + 1 :]])
        line = line if child is None else getattr(child, PLACE, line)
        self.verdict.refusals.setdefault(line, f"{type(error).__name__}: {error}".splitlines()[0])
        return line

    def place(self, skip: object = None) -> int:
        """The innermost line of the program that is executed now, not counting methods of ``skip`` itself."""
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self.filename and frame.f_locals.get("self", self) is not skip:
                return frame.f_lineno
            frame = frame.f_back
        return 0


@contextlib.contextmanager
def _imported(module: types.ModuleType) -> Iterator[None]:
    """The module is found under its name inside the block."""
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        if before is None:
            del sys.modules[module.__name__]
        else:
            sys.modules[module.__name__] = before


def frames_of(trace: types.TracebackType | None) -> Iterator[tuple[types.FrameType, int]]:
    """Frames and lines of a traceback, outermost first."""
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def called_by_sequential(frames: list[types.FrameType]) -> object:
    """The child that the innermost framework ``Sequential`` among the frames was applying, or None."""
    child: object = None
    for frame in frames:
        owner = frame.f_locals.get("self")
        if frame.f_code.co_name == "forward" and isinstance(owner, torch.nn.Sequential):
            child = frame.f_locals.get("module", child)
        elif frame.f_code.co_name in BUILDING and type(owner).__name__ == "Sequential":
            child = frame.f_locals.get("layer", child)
    return child


@contextlib.contextmanager
def watching_torch(judge: Judge) -> Iterator[None]:
    """Note where modules are constructed and what the outermost ones return."""
    module = torch.nn.Module
    init, call = module.__init__, module.__call__

    def noting_init(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.__dict__[PLACE] = judge.place(self)

    def noting_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        judge.depth += 1
        try:
            result = call(self, *args, **kwargs)
        finally:
            judge.depth -= 1
        if judge.depth == 0:
            lines = {judge.place(), getattr(self, PLACE, 0), class_line(self, judge)}
            judge.verdict.outputs.append((lines, shape_of(result)))
        return result

    module.__init__, module.__call__ = noting_init, noting_call
    try:
        yield
    finally:
        module.__init__, module.__call__ = init, call


def keras_of() -> Any:
    """The Keras that judges in this process."""
    if os.environ.get("JUDGE") == "keras1":
        from tests.oracle.keras1 import keras1

        return keras1()
    return importlib.import_module("tf_keras" if LEGACY else "keras")


@contextlib.contextmanager
def watching_keras(judge: Judge) -> Iterator[None]:
    """Note where layers are constructed and, at the end, what the models map to."""
    keras = keras_of()
    models: list[Any] = []
    owners = [keras.layers.Layer]
    if os.environ.get("JUDGE") == "keras1":  # its models do not call the base's __init__
        owners += [keras.engine.topology.Container, keras.models.Sequential, keras.layers.Merge]
    inits = [owner.__init__ for owner in owners]

    def noting(init: Any) -> Any:
        def noting_init(self: Any, *args: Any, **kwargs: Any) -> None:
            init(self, *args, **kwargs)
            object.__setattr__(self, PLACE, judge.place(self))
            if isinstance(self, keras.models.Model):
                models.append(self)

        return noting_init

    for owner, init in zip(owners, inits):
        owner.__init__ = noting(init)
    try:
        yield
        for model in models:
            with contextlib.suppress(AttributeError, ValueError):
                lines = {getattr(model, PLACE), class_line(model, judge)}
                judge.verdict.outputs.append((lines, plain(model.output_shape)))
    finally:
        for owner, init in zip(owners, inits):
            owner.__init__ = init


def class_line(instance: object, judge: Judge) -> int:
    """The line of the ``class`` statement in the program, 0 for a class of the framework."""
    for function in vars(type(instance)).values():
        code = getattr(function, "__code__", None)
        if code is not None and code.co_filename == judge.filename:
            return judge.class_lines.get(code.co_firstlineno, 0)
    return 0


def shape_of(value: Any) -> object:
    """The shape of a tensor, or of the tensors in nested sequences; None for anything else."""
    if isinstance(value, (tuple, list)):
        return tuple(map(shape_of, value))
    return plain(value.shape) if hasattr(value, "shape") else None


def plain(shape: Any) -> object:
    """A shape, or nested sequences of shapes, as tuples of Python integers and None."""
    if isinstance(shape, dict):
        return {name: plain(item) for name, item in shape.items()}
    if isinstance(shape, (tuple, list)):
        return tuple(map(plain, shape))
    return None if shape is None else int(shape)

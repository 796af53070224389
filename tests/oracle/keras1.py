"""Keras 1.2.2 on today's TensorFlow, for recording: ``KERAS1=path/to/Keras-1.2.2 python -m tests.oracle.record ...``.

``KERAS1`` is the unpacked source (``pip download --no-deps --no-binary :all: keras==1.2.2``). It finds the TensorFlow 1 that it was written
for in ``tensorflow.compat.v1``, and the few names that Python and NumPy have dropped since are put back. It takes the name ``keras``, so a
process that judges by it can judge by nothing else.
"""

from __future__ import annotations

import collections
import collections.abc
import functools
import importlib
import inspect
import os
import sys
import tempfile
import types
from typing import Any

GONE = ("tensorflow.python.training.moving_averages", "tensorflow.python.ops.tensor_array_ops", "tensorflow.python.ops.ctc_ops")
FLOW = "tensorflow.python.ops.control_flow_ops"


@functools.cache
def keras1() -> Any:
    """The package."""
    tensorflow = importlib.import_module("tensorflow")
    old = tensorflow.compat.v1
    old.disable_v2_behavior()
    for name in GONE:
        importlib.import_module(name)
    flow: Any = importlib.import_module(FLOW)
    flow.while_loop, flow.cond = old.while_loop, old.cond
    module: Any = types.ModuleType("tensorflow")
    vars(module).update({name: getattr(old, name) for name in dir(old)})
    module.__version__, module.__path__, module.python = "1.0.0", tensorflow.__path__, sys.modules["tensorflow.python"]
    resources: Any = types.ModuleType("pkg_resources")
    resources.parse_version = lambda text: text.split(".")
    sys.modules |= {"tensorflow": module, "pkg_resources": resources}
    for name in ("Iterable", "Mapping", "Callable"):
        setattr(collections, name, getattr(collections.abc, name))
    inspect.getargspec = lambda function: types.SimpleNamespace(**inspect.getfullargspec(function)._asdict())  # type: ignore[attr-defined]
    os.environ |= {"HOME": tempfile.mkdtemp(), "KERAS_BACKEND": "tensorflow"}
    for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
        del sys.modules[name]  # TensorFlow has loaded today's
    sys.path.insert(0, os.environ["KERAS1"])
    return importlib.import_module("keras")

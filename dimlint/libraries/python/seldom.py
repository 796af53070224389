"""The tables of modules that few programs use; each is filled when a program first asks for one of its names."""

from __future__ import annotations

from dimlint.core.library import Library

PACKAGE = "dimlint.libraries.python"

ARGPARSE = Library("python.argparse", ("argparse",), inert=True, modules=(f"{PACKAGE}.arguments",))
ATTRS = Library("python.attrs", ("attrs",), modules=(f"{PACKAGE}.attrs", f"{PACKAGE}.attrs_objects"))
ATTR = Library("python.attr", ("attr",), modules=(f"{PACKAGE}.attrs_objects",))
"""The same names, of which ``asdict`` and ``astuple`` do otherwise if they are not told what to do with tuples."""
INSPECT = Library("python.inspect", ("inspect",), inert=True, modules=(f"{PACKAGE}.signatures",))
MOCK = Library("python.mock", ("unittest.mock", "mock"), in_part=True, modules=(f"{PACKAGE}.mock",))
RE = Library("python.re", ("re", "regex"), inert=True, modules=(f"{PACKAGE}.patterns",))
WEAKREF = Library("python.weakref", ("weakref",), in_part=True, modules=(f"{PACKAGE}.weak",))

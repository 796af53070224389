"""Python's own names: each module of the standard library that programs around networks use is a library."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.python import exceptions, inspection, mappings, records, scalars, sequences, sets, strings
from dimlint.libraries.python.containers import ABSTRACT, COLLECTIONS, NUMBERS
from dimlint.libraries.python.contexts import CONTEXTLIB
from dimlint.libraries.python.copying import COPY
from dimlint.libraries.python.dataclass import DATACLASSES
from dimlint.libraries.python.enumeration import ENUM
from dimlint.libraries.python.files import FILES, JSON, TOML, YAML
from dimlint.libraries.python.functional import FUNCTOOLS
from dimlint.libraries.python.importing import IMPORTLIB
from dimlint.libraries.python.iteration import ITERTOOLS
from dimlint.libraries.python.library import BUILTINS
from dimlint.libraries.python.mathematics import MATH, RANDOM
from dimlint.libraries.python.operators import OPERATOR
from dimlint.libraries.python.paths import PATHLIB
from dimlint.libraries.python.releases import RELEASES
from dimlint.libraries.python.seldom import ARGPARSE, ATTR, ATTRS, INSPECT, MOCK, RE, WEAKREF
from dimlint.libraries.python.system import GC, LOGGING, OS, STRING, SYS, TIME, WARNINGS
from dimlint.libraries.python.tasks import ASYNCIO
from dimlint.libraries.python.typed import ABC, TYPES, TYPING

DECLARATIONS = (exceptions, inspection, mappings, records, scalars, sequences, sets, strings)
"""Modules that are imported only for what they declare among the builtins."""

LIBRARIES: tuple[Library, ...] = (
    BUILTINS,
    MATH,
    RANDOM,
    FUNCTOOLS,
    IMPORTLIB,
    RELEASES,
    OPERATOR,
    ITERTOOLS,
    COLLECTIONS,
    ABSTRACT,
    NUMBERS,
    COPY,
    CONTEXTLIB,
    DATACLASSES,
    ATTRS,
    ATTR,
    MOCK,
    ASYNCIO,
    WEAKREF,
    TYPING,
    ABC,
    TYPES,
    ENUM,
    ARGPARSE,
    OS,
    SYS,
    TIME,
    LOGGING,
    WARNINGS,
    FILES,
    JSON,
    YAML,
    TOML,
    PATHLIB,
    RE,
    GC,
    INSPECT,
    STRING,
)

"""Records which of the declared classes are subclasses of which in the real packages: ``python -m tests.oracle.relations``."""

from __future__ import annotations

import importlib
import json
import warnings
from typing import Any

from dimlint.core.value import LibraryClass
from dimlint.libraries import LIBRARIES

PACKAGES = {"torch": "torch", "keras": "keras", "tf_keras": "keras"}
"""Package -> the library that declares its names."""


def real_relations() -> dict[str, dict[str, list[str]]]:
    """Package -> name of each declared class that it has -> names of all others that this is a subclass of."""
    return {package: _of_package(package, library) for package, library in PACKAGES.items()}


def _of_package(package: str, library: str) -> dict[str, list[str]]:
    root = importlib.import_module(package)
    entries = next(item for item in LIBRARIES if item.name == library).entries
    found = {name: _find(root, name) for name, entry in entries.items() if isinstance(entry, LibraryClass)}
    classes = {name: cls for name, cls in sorted(found.items()) if isinstance(cls, type)}
    return {
        name: [other for other, above in classes.items() if other != name and issubclass(cls, above) and above is not object]
        for name, cls in classes.items()
    }


def _find(root: Any, name: str) -> Any:
    for part in name.split("."):
        root = getattr(root, part, None)
    return root


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        print(json.dumps(real_relations(), indent=0, sort_keys=True))

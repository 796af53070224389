"""What imported names mean to the libraries."""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.library import Library
from dimlint.core.opening import Outside
from dimlint.core.problem import Undecided
from dimlint.core.value import NO_OBJECT, Instance, LibraryClass, ModuleName, Ref, Shared, Undeclared, Unknown, Value
from dimlint.core.versions import VERSION_NAMES, VERSIONED
from dimlint.interpreter.frame import Store


class Lookup:
    """The tables of the libraries."""

    libraries: Mapping[str, Library]
    store: Store
    found: dict[str, Value]
    builtins: Mapping[str, Value]

    def lookup(self, qualified_name: str) -> Value:
        """What an imported dotted name means; the library with the longest matching root answers."""
        if qualified_name not in self.found:
            self.found[qualified_name] = self._lookup(qualified_name)
        return self.found[qualified_name]

    def _lookup(self, qualified_name: str) -> Value:
        best: tuple[int, Library, str] | None = None
        for library in self.libraries.values():
            for root in library.roots:
                if (qualified_name == root or qualified_name.startswith(root + ".")) and (best is None or len(root) > best[0]):
                    best = (len(root), library, root)
        if best is None:
            return ModuleName(qualified_name) if self._is_root_prefix(qualified_name) else Unknown(f"{qualified_name} is not followed")
        _, library, root = best
        if qualified_name == root:
            return self._library_module(library, root, "")
        if library.versioned and qualified_name.rpartition(".")[2] in VERSION_NAMES:
            return Unknown(VERSIONED)
        name = library.canonical(below := qualified_name[len(root) + 1 :])
        if name in library.entries:
            entry = library.entries[name]
            return self._shared(library, entry) if isinstance(entry, Shared) else entry
        if (other := library.elsewhere(below)) and not isinstance(found := self.lookup(other), Unknown):
            return found
        if self._is_root_prefix(qualified_name) or library.holders & {below, name}:
            return self._library_module(library, root, f".{below}")
        if library.in_part:
            return Outside(f"{qualified_name} is not modelled", qualified_name.rpartition(".")[2])
        return Undeclared(f"{qualified_name} is not modelled", qualified_name)

    def _library_module(self, library: Library, root: str, below: str) -> ModuleName:
        """A module of a library: one and the same below each root of that name: ``keras``, ``tensorflow.keras``."""
        same = (self.found.get(other + below) for other in library.roots if other.split(".")[-1] == root.split(".")[-1])
        return next((module for module in same if isinstance(module, ModuleName)), ModuleName(root + below))

    def is_in_part(self, name: str) -> bool:
        """Whether a module is one of a library of which only a few names are declared."""
        return any(name in library.roots or library.owns(name) for library in self.libraries.values() if library.in_part)

    def _shared(self, library: Library, entry: Shared) -> Ref:
        """The object that a library has made by itself, before the program began."""
        ref = Ref(NO_OBJECT.number - 1 - len(self.found))
        self.store.cells[ref.number] = Instance(library.entries[entry.cls])
        return ref

    def _is_root_prefix(self, name: str) -> bool:
        return any(root.startswith(name + ".") for library in self.libraries.values() for root in library.roots)

    def builtin(self, name: str) -> LibraryClass:
        """A class of Python's own."""
        cls = self.builtins.get(name)
        if not isinstance(cls, LibraryClass):
            raise Undecided(f"the type {name} is not modelled")
        return cls

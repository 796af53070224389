"""The argument to blame for a Problem, where it is written: in the call that is refused, or where the refused layer was built."""

from __future__ import annotations

import libcst as cst

from dimlint.core.problem import Problem
from dimlint.core.value import Instance, LibraryClass, Native, Ref
from dimlint.interpreter.applying import Applying
from dimlint.interpreter.frame import Site
from dimlint.interpreter.recovery import Active
from dimlint.interpreter.written import starred


class Blaming(Applying):
    """Finds the argument that a person would change first."""

    def blamed(self, problem: Problem) -> Site | None:
        """The expression of the argument ``problem.blame``; None where no call in the source is known to give it."""
        if problem.blame is None:
            return None
        for active in reversed(self.stack):
            found = self._argument_of(problem.blame, active)
            if found is not None or active.site is not None:  # beyond it, the name means an argument of another call
                return found
        return None

    def _argument_of(self, name: str, active: Active) -> Site | None:
        callee = active.callee
        if isinstance(callee, Native):
            return expression(active.site, self._place(name, callee, active), name)
        if isinstance(callee, LibraryClass):
            return _built_with(name, callee, active.site)
        held = self.contents(callee) if isinstance(callee, Ref) else None
        if isinstance(held, Instance) and held.layer is not None and isinstance(held.cls, LibraryClass):
            return _built_with(name, held.cls, held.site)
        return None

    def _place(self, name: str, native: Native, active: Active) -> int | None:
        """The position that a parameter has among the arguments that are written; the receiver of a method stands before them."""
        names = [parameter.name for parameter in self._binder(native.body).positional]
        if name not in names or active.site is None or starred(active.site.node):
            return None
        receivers = len(active.args) - len(active.site.node.args)
        return names.index(name) - receivers if receivers in (0, 1) and names.index(name) >= receivers else None


def _built_with(name: str, cls: LibraryClass, site: Site | None) -> Site | None:
    """The argument of a layer's construction. A class under another name (a partial, a wrapper) may be given others before it."""
    fields = cls.layer.fields if cls.layer is not None else {}
    if name not in fields:
        return None
    positional = [key for key, item in fields.items() if not item.keyword]
    named_so = site is not None and isinstance(site.node, cst.Call) and _last_name(site.node.func) == cls.label
    return expression(site, positional.index(name) if named_so and name in positional else None, name)


def _last_name(node: cst.CSTNode) -> str | None:
    """``Conv2d`` of ``torch.nn.Conv2d``."""
    name = node.attr if isinstance(node, cst.Attribute) else node
    return name.value if isinstance(name, cst.Name) else None


def expression(site: Site | None, position: int | None, name: str) -> Site | None:
    """An argument of the call that stands at a site, if it stands there by itself: by its name, or by a position that no ``*`` shifts."""
    given = site.node.args if site is not None and isinstance(site.node, cst.Call) else ()
    named = next((item for item in given if item.keyword is not None and item.keyword.value == name), None)
    before = given[: position + 1] if position is not None else ()
    placed = before[-1] if len(before) == (position or 0) + 1 and not any(item.star or item.keyword for item in before) else None
    found = named or placed
    return None if site is None or found is None else Site(site.unit, found.value)

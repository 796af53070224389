"""The argument to blame for a Problem, where it is written: in the call that is refused, or where the refused layer was built."""

from __future__ import annotations

from dimlint.core.layer import Layer
from dimlint.core.problem import Problem
from dimlint.core.value import Instance, LibraryClass, Native, Ref, Value
from dimlint.interpreter.applying import Applying
from dimlint.interpreter.frame import Around, Site
from dimlint.interpreter.handing import Built, hands_of, origin
from dimlint.interpreter.kinds import LayerMethod
from dimlint.interpreter.recovery import Active
from dimlint.interpreter.written import argument, starred


class Blaming(Applying):
    """Finds the argument that a person would change first."""

    def blamed(self, problem: Problem) -> Site | None:
        """The expression of the argument ``problem.blame``; None where no call in the source is known to give it."""
        if problem.blame is None:
            return None
        for active in reversed(self.stack):
            found = self._argument_of(problem.blame, active)
            if found is not None and isinstance(active.callee, LibraryClass):
                return origin(found, hands_of(self.stack))
            if found is not None or active.site is not None:  # beyond it, the name means an argument of another call
                return found
        return None

    def _argument_of(self, name: str, active: Active) -> Site | None:
        callee = active.callee
        if isinstance(callee, Native):
            return expression(active.site, self._place(name, callee, active), name)
        if isinstance(callee, LibraryClass):
            return self._built_with(name, callee.layer, callee.library, active.site)
        held = self.contents(callee) if isinstance(callee, Ref) else None
        if not isinstance(held, Instance) or held.layer is None or not self._is_built_as_declared(held.cls):
            return None
        found = self._built_with(name, type(held.layer), self._library_of(held.cls), held.site)
        return origin(found, held.site.hands) if found is not None and isinstance(held.site, Built) else found

    def _is_built_as_declared(self, cls: Value) -> bool:
        """Whether a layer's arguments are those of its class: a class of the program may take others and hand these on."""
        return isinstance(cls, LibraryClass) or isinstance(self.class_attribute(self.mro(cls), "__init__"), LayerMethod)

    def _built_with(self, name: str, layer: type[Layer] | None, library: str, site: Site | None) -> Site | None:
        """The argument of a layer's construction; where a partial or the like makes it, positions are not the layer's own."""
        fields = layer.fields if layer is not None else {}
        if name not in fields or (library == "keras" and self.settings["keras_version"] < 2):  # Keras 1 had other arguments
            return None
        positional = [key for key, item in fields.items() if not item.keyword]
        known = name in positional and not isinstance(site, Around)
        return expression(site, positional.index(name) if known else None, name)

    def _place(self, name: str, native: Native, active: Active) -> int | None:
        """The position that a parameter has among the arguments that are written; the receiver of a method stands before them."""
        names = self._binder(native.body).names
        if name not in names or active.site is None or starred(active.site.node):
            return None
        receivers = len(active.args) - len(active.site.node.args)
        return names.index(name) - receivers if receivers in (0, 1) and names.index(name) >= receivers else None


def expression(site: Site | None, position: int | None, name: str) -> Site | None:
    """An argument of the call that stands at a site, if it stands there by itself."""
    found = argument(site.node, position, name) if site is not None else None
    return None if site is None or found is None else Site(site.unit, found)

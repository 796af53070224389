"""Classes as the program defines them: bases, metaclasses, and the methods that hear of a new class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import libcst as cst

from dimlint.core.dataclass import dataclass
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassMethod,
    ClassObject,
    DictObject,
    Function,
    Instance,
    LibraryClass,
    Raised,
    Ref,
    StaticMethod,
    Unknown,
    Value,
)
from dimlint.interpreter.anchoring import Anchoring
from dimlint.interpreter.frame import MISSING, Around, Scope, Site
from dimlint.interpreter.handing import Built, hands_of
from dimlint.interpreter.kinds import DESCRIBING
from dimlint.nodes import string_value

IMPLICIT = {"__new__": StaticMethod, "__init_subclass__": ClassMethod, "__class_getitem__": ClassMethod}
MERGED_A_STEP = 64
"""Comparisons of bases that cost as much fuel as one statement."""
ANNOTATED = "*annotations"
"""Entry of a class body for the names that it annotates; the program may set ``__annotations__`` itself."""
ABSTRACT = "*abstract"
"""Entry among the attributes of a class of ``ABCMeta``."""
METACLASS = "*metaclass"
"""Entry among the methods of a library class: the class of its subclasses."""


@dataclass(frozen=True)
class Draft:
    """A class statement whose class is not made yet: the object that its functions refer to, and its place."""

    name: str
    ref: Ref
    site: Site
    annotations: tuple[tuple[str, str], ...]
    """Annotated names, each with the first word of its annotation."""
    qualified: str


class Defining(Anchoring):
    """Class statements, and ``type(name, bases, namespace)``."""

    freeing = False
    """Whether a class says what happens when its objects are freed."""
    drafts: list[Draft]
    """The class statements that run, innermost last."""

    def make_class(self, node: cst.ClassDef, scope: Scope) -> Value:
        """The value of a class statement."""
        bases = tuple(self._base(argument, scope) for argument in node.bases)
        keywords, lost = self._keywords(node, scope)
        stated = keywords.pop("metaclass", None)
        abstract = isinstance(stated, LibraryClass) and stated.label == "ABCMeta"
        metaclass = self._metaclass(stated, bases)
        qualified = scope.qualified(node.name.value)
        ref = self.new(ClassObject(node.name.value, bases, (), {}))
        body = Scope(scope.unit, scope, "class", owner=ref, path=f"{qualified}." if qualified else None)
        metaclass = self._prepare(metaclass, (node.name.value, bases), keywords, body)
        self.run_suite(node.body, body)
        namespace = self.store.scope(body.number)
        draft = Draft(node.name.value, ref, Site(scope.unit, node), namespace.pop(ANNOTATED, ()), qualified)
        if abstract:
            namespace[ABSTRACT] = True
        if lost is not None or isinstance(metaclass, Unknown):
            bases = (*bases, lost or metaclass)
            metaclass = None
        self.drafts.append(draft)
        try:
            return self._made(draft, metaclass, bases, namespace, keywords)
        finally:
            self.drafts.pop()

    def _prepare(self, metaclass: Value, args: tuple[Value, ...], keywords: Mapping[str, Value], body: Scope) -> Value:
        """Have a metaclass of the program put names into the body of a class before it runs; the metaclass, or Unknown."""
        method = self.class_attribute(self.mro(metaclass), "__prepare__") if isinstance(metaclass, Ref) else MISSING
        function = method.function if isinstance(method, (ClassMethod, StaticMethod)) else method
        if not isinstance(function, Function):
            return metaclass
        try:
            made = self.call(function, (metaclass, *args) if isinstance(method, ClassMethod) else args, keywords)
            held = self.contents(made) if isinstance(made, Ref) else None
            if not isinstance(held, DictObject) or held.kind != "dict":
                raise Undecided("the namespace of a class is not a plain dictionary")
        except Undecided as undecided:
            return Unknown(undecided.reason)
        for name, value in held.items.items():
            self.set_name(name, value, body)
        return metaclass

    def _made(
        self, draft: Draft, metaclass: Value, bases: tuple[Value, ...], namespace: Mapping[str, Value], keywords: Mapping[str, Value]
    ) -> Value:
        """The class of a statement: a metaclass of the program makes it in its own way."""
        if not isinstance(metaclass, Ref):
            return self.define(metaclass, draft.name, bases, namespace, keywords)
        given = self.new(DictObject(dict(namespace)))
        try:
            made = self.make_by(metaclass, (draft.name, bases, given), keywords)
        except Undecided as undecided:
            made = Unknown(undecided.reason)
        if not isinstance(made, Unknown):
            return made
        return self.define(None, draft.name, (*bases, Unknown(f"a metaclass is not followed: {made.reason}")), namespace, {})

    def make_by(self, metaclass: Ref, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
        """``metaclass(name, bases, namespace)``, as ``type.__call__`` does it."""
        order = self.mro(metaclass)
        maker = self.class_attribute(order, "__new__")
        made = self.call(maker.function if isinstance(maker, StaticMethod) else maker, (metaclass, *args), keywords)
        if isinstance(made, Ref) and self.class_of(made) == metaclass:
            self.call(self.class_attribute(order, "__init__"), (made, *args), keywords)
        return made

    def define(
        self, metaclass: Value, name: str, bases: Sequence[Value], namespace: Mapping[str, Value], keywords: Mapping[str, Value]
    ) -> Ref:
        """A new class, as ``type.__new__`` makes it."""
        draft = self.drafts[-1] if self.drafts and self.drafts[-1].name == name else None
        ref = draft.ref if draft is not None else self.new(ClassObject(name, tuple(bases), (), {}))
        site = draft.site if draft is not None else self.nearest_site()
        annotated, qualified = (draft.annotations, draft.qualified) if draft is not None else ((), name)
        attributes = {**{key: _implicit(key, value) for key, value in namespace.items()}, "__annotations__": annotated}
        mro = (ref, *self._linearize(tuple(bases)))
        if metaclass is None or metaclass is self.builtin("type"):
            metaclass = self._metaclass(None, tuple(bases))
        metaclass = None if isinstance(metaclass, Unknown) else metaclass
        self.update(ref, ClassObject(name, tuple(bases), mro, attributes, site, qualified, metaclass))
        self.defined_classes.append(ref)
        self.derived_from.update(base for base in mro[1:] if isinstance(base, Ref))
        self.freeing = self.freeing or "__del__" in attributes
        self.hooks |= DESCRIBING & attributes.keys()
        self.has_getters = self.has_getters or "__getattr__" in attributes
        self._announce(ref, attributes, mro, keywords)
        return ref

    def _announce(self, ref: Ref, attributes: Mapping[str, Value], mro: tuple[Value, ...], keywords: Mapping[str, Value]) -> None:
        """Tell the attributes their names, and the bases of a new subclass."""
        for name, value in attributes.items():
            held = self.store.get(value.number) if isinstance(value, Ref) else None
            if isinstance(held, Instance):
                method = self.quietly(lambda held=held: self.class_attribute(self.mro(held.cls), "__set_name__"))  # type: ignore[misc]
                if isinstance(method, Function):
                    self.call(method, (value, ref, name))
        method = self.quietly(lambda: self.class_attribute(mro[1:], "__init_subclass__"))
        if isinstance(method, (ClassMethod, StaticMethod)):
            self.call(method.function, (ref,), keywords)

    # -- bases

    def _keywords(self, node: cst.ClassDef, scope: Scope) -> tuple[dict[str, Value], Unknown | None]:
        """The keyword arguments of a class statement, and why they are not known if so."""
        keywords: dict[str, Value] = {}
        lost: Unknown | None = None
        for argument in node.keywords:
            value = self.evaluate(argument.value, scope)
            if argument.keyword is not None:
                keywords[argument.keyword.value] = value
            else:
                lost = Unknown("the arguments of a class are not followed")
        return keywords, lost

    def _metaclass(self, stated: Value, bases: tuple[Value, ...]) -> Value:
        """The metaclass of a new class: the one stated, or the most derived one of its bases. None for ``type``."""
        found = None if stated is self.builtin("type") else stated
        for base in bases:
            for cls in self.mro(base):
                held = self.store.get(cls.number) if isinstance(cls, Ref) else None
                inherited = held.metaclass if isinstance(held, ClassObject) else None
                inherited = cls.methods.get(METACLASS) if isinstance(cls, LibraryClass) else inherited
                if inherited is not None and (found is None or found in self.mro(inherited)):
                    found = inherited
        if isinstance(found, LibraryClass) and not found.methods:
            return None  # ABCMeta
        return found

    def _base(self, argument: cst.Arg, scope: Scope) -> Value:
        if argument.star:
            return Unknown("the bases of a class are not followed")
        value = self.evaluate(argument.value, scope)
        if isinstance(value, LibraryClass):
            return value
        if isinstance(value, Ref) and isinstance(self.store.get(value.number), ClassObject):
            return value
        return value if isinstance(value, Unknown) else Unknown("a base class is not followed")

    def _linearize(self, bases: tuple[Value, ...]) -> list[Value]:
        """C3; an inconsistent order is Unknown, as Python refuses it. ``object``, which not every library names, comes last."""
        if len(bases) == 1:
            return list(self.mro(bases[0]))
        root = self.builtin("object")
        sequences = [[cls for cls in line if cls is not root] for line in (*map(self.mro, bases), bases)]
        self.burn(sum(map(len, sequences)) ** 2 // MERGED_A_STEP)
        result: list[Value] = []
        while sequences := [sequence for sequence in sequences if sequence]:
            head = next((s[0] for s in sequences if not any(_holds(other[1:], s[0]) for other in sequences)), None)
            if head is None:
                return [*result, Unknown("the bases of a class have no consistent order")]
            result.append(head)
            sequences = [sequence[1:] if sequence[0] is head or _equal(sequence[0], head) else sequence for sequence in sequences]
        return [*result, root]

    def annotate(self, scope: Scope, name: str, annotation: Any) -> None:
        """Remember an annotated name of a class body, in order, with the first word of its annotation."""
        earlier = self.store.get((scope.number, ANNOTATED))
        names = () if earlier is MISSING else earlier
        self.store.set((scope.number, ANNOTATED), (*names, (name, _first_word(annotation))))

    # -- instances

    def blank(self, cls: Value) -> Ref:
        """A new instance of a class, not initialised. Raises Undecided."""
        if not self.is_class(cls):
            raise Undecided("what an object is made of is not known to be a class")
        site = next((active.site for active in reversed(self.stack) if active.site is not None and _equal(active.callee, cls)), None)
        around = self.nearest_site() if site is None else None
        is_model = self.is_model(self.mro(cls))
        if site is not None and (is_model or (isinstance(cls, LibraryClass) and cls.layer is not None)):
            site = Built(site.unit, site.node, hands_of(self.stack))
        ref = self.new(Instance(cls, {}, None, None, site if around is None else Around(around.unit, around.node)))
        if is_model:
            if self.record.constructing:
                self.record.within[ref] = self.record.constructing[-1]
            self.record.built.append(ref)
            self._note_order(ref)
        return ref

    def _note_order(self, ref: Ref) -> None:
        """Another file may build the model: the call in the main file that leads there stands for it."""
        site = self.contents(ref).site
        if site is not None and not site.unit.is_main:
            called = (active.site for active in reversed(self.stack) if active.site is not None and active.site.unit.is_main)
            ordered = next(called, None)
            if ordered is not None:
                self.record.ordered[ref] = ordered

    def refuse_abstract(self, cls: Ref) -> None:
        """Python makes no instances of a class with abstract methods. Raises Raised."""
        held = self.contents(cls)
        seen: set[str] = set()
        for base in held.mro if self._is_checked(held.mro) else ():
            attributes = self.store.get(base.number).attributes if isinstance(base, Ref) else base.methods
            for name, value in attributes.items():
                if name not in seen and self._is_abstract(value):
                    raise Raised("TypeError", f"Can't instantiate abstract class {held.name} without an implementation for {name!r}")
            seen |= attributes.keys()

    def _is_abstract(self, value: Value) -> bool:
        while isinstance(value, (StaticMethod, ClassMethod)):
            value = value.function
        value = getattr(value, "getter", value)
        return isinstance(value, Function) and self.store.get((value.number, "__isabstractmethod__")) is True

    def _is_checked(self, mro: tuple[Value, ...]) -> bool:
        """Whether abstract methods mean something: for classes of ``ABCMeta``, if all their bases are known."""
        names = {cls.name for cls in mro if isinstance(cls, LibraryClass)}
        marked = any(isinstance(cls, Ref) and self.store.get(cls.number).attributes.get(ABSTRACT) for cls in mro)
        return ("ABC" in names or marked) and all(isinstance(cls, (Ref, LibraryClass)) for cls in mro)

    derived_from: set[Ref]
    """Classes of the program that another one builds on."""


def _implicit(name: str, value: Value) -> Value:
    return IMPLICIT[name](value) if name in IMPLICIT and isinstance(value, Function) else value


def _first_word(annotation: Any) -> str:
    """The name before the brackets, without its module; of a string, too."""
    if isinstance(annotation, cst.SimpleString):
        return str(string_value(annotation.value)).partition("[")[0].rpartition(".")[2]
    node = annotation.value if isinstance(annotation, cst.Subscript) else annotation
    node = node.attr if isinstance(node, cst.Attribute) else node
    return node.value if isinstance(node, cst.Name) else ""


def _equal(a: Value, b: Value) -> bool:
    return a is b or (isinstance(a, Ref) and isinstance(b, Ref) and a == b)


def _holds(values: Sequence[Value], value: Value) -> bool:
    return any(_equal(item, value) for item in values)

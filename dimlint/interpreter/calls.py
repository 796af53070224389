"""Calling: binding and running functions, library code and layers. The one place where a Problem becomes a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import libcst as cst

from dimlint.core.example import CALL, asks
from dimlint.core.library import ENTRIES
from dimlint.core.opening import OpenArgument, Outside
from dimlint.core.problem import Problem, Undecided, bare
from dimlint.core.value import (
    REPORTED,
    ClassObject,
    Either,
    Function,
    Instance,
    IteratorObject,
    LibraryClass,
    Method,
    Native,
    Partial,
    Raised,
    Ref,
    Refused,
    Unknown,
    Value,
    tensors_in,
)
from dimlint.core.versions import VERSIONED, is_versioned
from dimlint.interpreter.awaiting import body_of, coroutine
from dimlint.interpreter.choosing import EitherMethod
from dimlint.interpreter.effects import forget_reached
from dimlint.interpreter.frame import MISSING, YIELDED, Scope, Site, serial
from dimlint.interpreter.generating import Body
from dimlint.interpreter.kinds import LayerMethod, Super
from dimlint.interpreter.making import Making
from dimlint.interpreter.namespaces import SCOPED
from dimlint.interpreter.record import Application, LayerCall, flat
from dimlint.interpreter.recovery import PASSING, Active
from dimlint.interpreter.rounding import quotient_of, rounded
from dimlint.interpreter.yielding import holds_yield

FORGOTTEN_A_STEP = 8
"""Cells forgotten that cost as much fuel as one statement."""
MAX_DOUBTFUL_RECURSION = 2
"""Runs of one function inside each other if an undecided condition or loop is around."""


class Calls(Making):
    """Everything that can be called."""

    def evaluate_call(self, node: cst.Call, scope: Scope) -> Value:
        """A call expression."""
        if type(node.func) is cst.Name:
            if node.func.value == "super" and self.find_name("super", scope) is MISSING:
                return self._super(node, scope)
            if node.func.value in SCOPED and self._is_builtin(node.func.value, scope):
                return self.scoped_call(node, node.func.value, scope)
        function = self.resolved(self.evaluate(node.func, scope))
        quotient = quotient_of(function, node)
        if quotient is not None:
            return self._call_rounding(function, node, quotient, scope)
        args: list[Value] = []
        kwargs: dict[str, Value] = {}
        try:
            self._arguments(node, scope, args, kwargs)
        except Undecided as undecided:
            self.unseen()
            if not _initializes_type(function):
                self.run_vaguely(function, undecided.reason)
                self.may_change(function, (*args, *kwargs.values()))
                raise
            args, kwargs = [], {}
        site = Site(scope.unit, node)
        if self._is_direct(function):
            return self._recorded(function.receiver, args, kwargs, lambda: self.call(function, args, kwargs, site=site))
        value = self.call(function, args, kwargs, site=site)
        if isinstance(value, Unknown) and isinstance(function, (Unknown, Native, LibraryClass)) and any(map(is_versioned, args)):
            return Unknown(VERSIONED)
        return value

    def _call_rounding(self, function: Value, node: cst.Call, quotient: cst.BinaryOperation, scope: Scope) -> Value:
        """``int(a / b)``."""
        size, divisor = self.evaluate(quotient.left, scope), self.evaluate(quotient.right, scope)
        found = rounded(function, size, divisor)
        if found is not None:
            return found
        value = self.quietly(lambda: self.binary("/", size, divisor, Site(scope.unit, quotient)))
        self.record.risks += isinstance(value, Unknown)
        return self.call(function, [value], {}, site=Site(scope.unit, node))

    def _is_builtin(self, name: str, scope: Scope) -> bool:
        return self.find_name(name, scope) is self.builtins.get(name)

    def _is_direct(self, function: Value) -> bool:
        """Whether this is ``net.forward(x)`` for a model that is not running: an application like ``net(x)``."""
        if not isinstance(function, Method) or not isinstance(function.function, Function):
            return False
        if function.function.name not in ENTRIES:
            return False
        ref = function.receiver
        if not isinstance(ref, Ref) or any(application.ref == ref for application in self.record.running):
            return False
        held = self.store.get(ref.number)
        return isinstance(held, Instance) and self.is_model(self.mro(held.cls))

    def _super(self, node: cst.Call, scope: Scope) -> Value:
        args: list[Value] = []
        named: dict[str, Value] = {}
        self._arguments(node, scope, args, named)
        if named or len(args) > 2:
            raise Undecided("super() takes a class and an object")
        if args:
            return Super(args[0], args[1] if len(args) > 1 else scope.receiver)
        inner = scope
        while inner.owner is None and inner.parent is not None:
            inner = inner.parent
        if inner.owner is None:
            raise Undecided("super() outside of a class")
        return Super(inner.owner, inner.receiver)

    def _arguments(self, node: cst.Call, scope: Scope, args: list[Value], kwargs: dict[str, Value]) -> None:
        """Evaluate the arguments of a call into ``args`` and ``kwargs``. Raises Undecided."""
        for argument in node.args:
            value = self._handed(argument, scope)
            if argument.star == "*":
                args += self.elements(value)
            elif argument.star == "**":
                kwargs |= {str(name): item for name, item in self.mapping(value).items()}
            elif argument.keyword is not None:
                kwargs[argument.keyword.value] = value
            else:
                args.append(value)

    def _handed(self, argument: cst.Arg, scope: Scope) -> Value:
        """The value of an argument. ``**x.__dict__`` hands the attributes on, and nobody the dictionary, which could change them."""
        node = argument.value
        if argument.star == "**" and isinstance(node, cst.Attribute) and node.attr.value == "__dict__":
            owner = self.evaluate(node.value, scope)
            if isinstance(owner, Ref) and self.is_foreign(self.contents(owner)):
                raise Undecided("__dict__ is not followed")
            return self.attribute(owner, "__dict__")
        return self.evaluate(node, scope)

    # -- the one place

    def call(
        self, function: Value, args: Sequence[Value] = (), kwargs: Mapping[str, Value] | None = None, site: Site | None = None
    ) -> Value:
        """Call any value. A Problem is reported, an Undecided becomes a gap; both yield Unknown. Raises Raised, OutOfFuel."""
        self.burn()
        for value in args:
            if isinstance(value, Unknown):
                self.record.risks += 1
                break
        while isinstance(function, Method):
            args, function = (function.receiver, *args), function.function
        self.stack.append(Active(function, site, (*args, *kwargs.values()) if kwargs else tuple(args)))
        footing = self.footing()
        try:
            return self._dispatch(function, tuple(args), kwargs or {}, site)
        except Problem as problem:
            reason = self.report(problem)
            return Unknown(VERSIONED if any(guard.about_version for guard in self.guards) else reason)
        except Undecided as undecided:
            self.record.risks += 1
            parts = undecided.parts
            given = parts if isinstance(parts, Either) else self.given_by(function, (*args, *(kwargs or {}).values()), undecided.reason)
            self.half_done(function, args, undecided.reason)
            if self._concerns_models(function, args):
                told = isinstance(function, Unknown) and site is not None and site.node is self.discarded
                self.record.gap(self.nearest_site(), undecided.reason, matters=not told)  # it was handed tensors, to tell of them
            return given
        except Refused:
            return Unknown(REPORTED)
        except PASSING:
            raise
        except Exception as error:  # a mistake of dimlint's own costs this call only
            return self.failed(function, (*args, *(kwargs or {}).values()), error, footing)
        finally:
            self.stack.pop()

    def _dispatch(self, function: Value, args: tuple[Value, ...], kwargs: Mapping[str, Value], site: Site | None) -> Value:
        if isinstance(function, Function):
            return self.call_function(function, args, kwargs)
        if isinstance(function, Native):
            return self.call_declared(function, args, kwargs)
        if isinstance(function, LayerMethod):
            return self._call_layer_method(function, args, kwargs)
        if isinstance(function, LibraryClass):
            return self.instantiate(function, args, kwargs)
        if isinstance(function, Partial):
            return self.call(function.function, (*function.args, *args), {**function.kwargs, **kwargs})
        if isinstance(function, Ref):
            held = self.contents(function)
            if isinstance(held, ClassObject):
                maker = MISSING if held.metaclass is None else self.class_attribute(self.mro(held.metaclass), "__call__")
                if maker is not MISSING:
                    return self.call(maker, (function, *args), kwargs, site)
                with self.handing_over(function, (*args, *kwargs.values())):
                    return self.instantiate(function, args, kwargs)
            if isinstance(held, Instance):
                method = self.class_attribute(self.mro(held.cls), "__call__")
                if method is not MISSING:
                    return self.call(self.bind(method, function, held.cls), args, kwargs)
        if isinstance(function, EitherMethod) or (isinstance(function, Either) and function.complete):
            return self.call_each(function, args, kwargs, site)
        if isinstance(function, OpenArgument) and function.is_reading and not args and not kwargs:
            return function.read_by("")
        asks(function, CALL)
        undecided = Undecided(function.reason if isinstance(function, Unknown) else "what is called is not known")
        if not isinstance(function, (OpenArgument, Outside)):  # what comes from outside is the same wherever it is used
            self.among(undecided, function, *args)
        self.may_change(function, (*args, *kwargs.values()))
        if not self.is_inert(function):
            self.unseen()
        raise bare(undecided)

    def _concerns_models(self, function: Value, args: Sequence[Value]) -> bool:
        """Whether a call that could not be followed matters for a model's shapes."""
        if isinstance(function, (Native, LibraryClass)):
            return function.library not in ("builtins", "math") and not function.library.startswith("python")
        if isinstance(function, LayerMethod):
            return True
        return any(True for _ in tensors_in(tuple(args)))

    def run_model(self, ref: Ref, method: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """Call ``ref.method`` as one application of a model."""
        record = self.record
        if record.calls is None:
            return self._recorded(ref, args, kwargs, lambda: self.call(self.attribute(ref, method), args, kwargs))
        given = tuple(self.tensors_among((*args, *kwargs.values())))
        site = self._layer_site(ref, self.contents(ref))
        with record.noted(LayerCall(ref, given, record.calling, self.doubtful > 0, site=site, assumed=record.assuming)) as call:
            value = self._recorded(ref, args, kwargs, lambda: self.call(self.attribute(ref, method), args, kwargs))
            call.output = self.plain(value)
        return value

    def _recorded(self, ref: Ref, args: Sequence[Value], kwargs: Mapping[str, Value], run: Callable[[], Value]) -> Value:
        """An application of a model, with its result noted."""
        application = Application(ref, flat((*args, *kwargs.values())), site=self.nearest_site())
        self.record.running.append(application)
        try:
            application.output = run()
        finally:
            self.record.running.pop()
        if isinstance(application.output, Unknown) and application.output.reason != REPORTED:
            application.reason = application.reason or application.output.reason
        elif isinstance(application.output, Ref) and body_of(self.store.get(application.output.number)) is not None:
            application.reason = application.reason or "a coroutine runs it later"
        self.record.finish(application)
        return application.output

    # -- functions of the program

    def call_function(self, function: Function, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        """Run a function of the program in a scope of its own."""
        path = f"{function.qualified_name}.<locals>." if function.qualified_name else None
        scope = Scope(function.scope.unit, function.scope, "function", owner=function.owner, receiver=args[0] if args else None, path=path)
        self.bind_parameters(function, args, dict(kwargs), scope)
        if self._is_generator(function):
            return self.new(IteratorObject((), Body(function, scope)))
        if type(function.node) is cst.FunctionDef and function.node.asynchronous is not None:
            return coroutine(self, function, scope, args, kwargs)  # type: ignore[arg-type]
        return self.run_body(function, scope)

    def run_body(self, function: Function, scope: Scope) -> Value:
        """Run a function whose parameters are bound."""
        with self.running(function.node, scope):
            if type(function.node) is cst.Lambda:
                return self.evaluate(function.node.body, scope)
            try:
                control = self.run_suite(function.node.body, scope)
                value = control.value if control is not None and control.kind == "return" else None
            except Raised:
                if not scope.pending:
                    raise
                control = self.resume(scope.pending.pop(), scope)
                value = control.value
            return self.settle_returns(scope, value)

    def _is_generator(self, function: Function) -> bool:
        return function.scope.unit.source.may_yield and self.holds_yield(function.node)

    def holds_yield(self, node: cst.CSTNode) -> bool:
        """Whether ``yield`` stands in a statement or function itself, not in a function defined inside."""
        if id(node) not in self.generators:
            self.generators[id(node)] = holds_yield(node)
        return self.generators[id(node)]

    def yielded(self, scope: Scope) -> Value:
        """What a running generator has yielded so far."""
        items = self.store.get((scope.number, YIELDED))
        return () if items is MISSING else items

    @contextmanager
    def running(self, node: Any, scope: Scope) -> Iterator[None]:
        """A function is running in its scope, one level deeper. A condition that may have raised in it keeps the caller from going on, too.

        One that recurs where it is not known whether it does is followed a few times only. One that calls another of the same text, but
        in another closure that stood before, does not recur: ``compose(f, g, h)`` by ``lambda x: g(f(x))`` ends with what was composed.
        """
        closures, since, clock = self.active.get(id(node), ((), serial(), self.store.clock))
        made_before = scope.parent is None or scope.parent.number < since
        alike = [closure for closure in closures if closure is scope.parent] if self.doubtful and made_before else closures
        reason = "a recursion whose end is not known" if self.doubtful and len(alike) >= MAX_DOUBTFUL_RECURSION else None
        reason = "calls are nested too deeply" if self.fuel.depth >= self.fuel.max_depth else reason
        if reason is not None:
            self.cut.add(id(node))
            self.burn(self.forget_since(clock, since, reason) // FORGOTTEN_A_STEP)
            forget_reached(self, list(self.store.scope(scope.number).values()), node, reason)
            raise Undecided(reason)
        self.active[id(node)] = ((*closures, scope.parent), since, clock)
        self.fuel.depth += 1
        self.scopes.append(scope)
        try:
            yield
        finally:
            self.scopes.pop()
            if self.scopes and scope.conditions:
                known = self.scopes[-1].conditions
                known += [guard for guard in scope.conditions if guard.deadly and guard not in known]
            self.fuel.depth -= 1
            self.active[id(node)] = (closures, since, clock)
            if not closures:
                del self.active[id(node)]
                if id(node) in self.cut:
                    self.cut.remove(id(node))
                    self.forget_since(clock, since, "a recursion was not followed to its end")

    def report(self, problem: Problem) -> str:
        """Record a problem where a person would look for it. Gives why what the refused call gives is not known."""
        raise NotImplementedError


def _initializes_type(function: Value) -> bool:
    """Whether this is ``super().__init__`` of a framework's base type, for which arguments that are not known do not matter."""
    return isinstance(function, Method) and isinstance(function.function, Native) and function.function.label == "__init__"

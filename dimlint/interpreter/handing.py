"""Where an argument is given that functions of the program hand on: ``block(128, 64)`` for the ``cin`` of a layer that ``block`` builds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from dimlint.core.dataclass import dataclass
from dimlint.core.value import Function
from dimlint.interpreter.frame import Site
from dimlint.interpreter.recovery import Active
from dimlint.interpreter.written import argument, starred
from dimlint.nodes import assigned_names

MAX_HANDS = 8
"""Functions through which an argument is followed."""


class Hand(NamedTuple):
    """A running function, the call that it runs for, and how many arguments it has, its receiver included."""

    function: Function
    site: Site | None
    given: int


@dataclass(frozen=True)
class Built(Site):
    """The place of a call that makes an object. hands: the functions that ran then, innermost first."""

    hands: tuple[Hand, ...] = ()


def hands_of(stack: Sequence[Active]) -> tuple[Hand, ...]:
    """The running functions of the program. An ``__init__`` runs for the call of its class."""
    found: list[Hand] = []
    for index in range(len(stack) - 1, -1, -1):
        active = stack[index]
        if isinstance(active.callee, Function):
            site = active.site
            if site is None and active.callee.name == "__init__" and index and not isinstance(stack[index - 1].callee, Function):
                site = stack[index - 1].site
            found.append(Hand(active.callee, site, len(active.args)))
            if len(found) == MAX_HANDS:
                break
    return tuple(found)


def origin(site: Site, hands: Sequence[Hand]) -> Site:
    """Where the value of an expression is written, which may be the name of a parameter of the innermost function."""
    for hand in hands:
        given = _given(hand, site.node.value) if isinstance(site.node, cst.Name) else None
        if given is None:
            break
        site = given
    return site


def _given(hand: Hand, name: str) -> Site | None:
    """The argument that a parameter has by a call, or its default; None if that is not plain to see."""
    parameters = hand.function.node.params
    places = [*parameters.posonly_params, *parameters.params]
    parameter = next((item for item in (*places, *parameters.kwonly_params) if item.name.value == name), None)
    if parameter is None or hand.site is None or starred(hand.site.node) or name in assigned_names(hand.function.node.body):
        return None
    receivers = hand.given - len(hand.site.node.args)
    position = places.index(parameter) - receivers if parameter in places else None
    if receivers not in (0, 1) or (position is not None and position < 0):
        return None
    found = argument(hand.site.node, position, name)
    if found is not None:
        return Site(hand.site.unit, found)
    defined = hand.function.site
    return Site(defined.unit, parameter.default) if parameter.default is not None and isinstance(defined, Site) else None

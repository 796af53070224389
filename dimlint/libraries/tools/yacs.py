"""``yacs``: nested configurations. Source: https://github.com/rbgirshick/yacs."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Raised, Ref, Unknown, Value
from dimlint.libraries.python.files import _yaml, heap, open_file, text_in
from dimlint.libraries.python.library import BUILTINS
from dimlint.libraries.python.mappings import held
from dimlint.libraries.python.sequences import collected
from dimlint.libraries.tools.configs import AttributeDict, converted, merge, plain_copy
from dimlint.libraries.tools.library import YACS


class Node:
    """What a node can do besides."""

    def clone(machine: Machine, self: Ref) -> Value:
        return machine.call(machine.class_of(self), [plain_copy(machine, self)])

    def freeze(machine: Machine, self: Ref) -> None:
        """Whether it may be changed is not followed."""

    def defrost(machine: Machine, self: Ref) -> None:
        """Whether it may be changed is not followed."""

    def merge_from_file(machine: Machine, self: Ref, cfg_filename: Value) -> None:
        with_text = open_file(machine, cfg_filename) if isinstance(cfg_filename, str) else cfg_filename
        try:
            merge(machine, self, heap(machine, _yaml(text_in(machine, with_text))))
        except Undecided as undecided:
            machine.forget(self, undecided.reason)
            raise

    def merge_from_other_cfg(machine: Machine, self: Ref, cfg_other: Value) -> None:
        merge(machine, self, cfg_other)

    def merge_from_list(machine: Machine, self: Ref, cfg_list: Value) -> None:
        if isinstance(cfg_list, Unknown):
            machine.forget(self, cfg_list.reason)
            raise Undecided(cfg_list.reason)
        words = collected(machine, cfg_list) if cfg_list is not None else []
        for path, value in zip(words[::2], words[1::2]):
            _set(machine, self, path, value)

    def is_frozen(machine: Machine, self: Ref) -> Value:
        return Unknown("whether a configuration is frozen is not known")

    def dump(machine: Machine, self: Ref, **kwargs: Value) -> Value:
        return Unknown("the text of a configuration is not known")

    def set_new_allowed(machine: Machine, self: Ref, value: Value) -> None:
        """Whether keys may be added is not followed."""


def _set(machine: Machine, node: Ref, path: Value, value: Value) -> None:
    """Set one value by its dotted path."""
    if not isinstance(path, str):
        raise Undecided("a key of a configuration is not known")
    *above, last = path.split(".")
    for name in above:
        items = held(machine, node).items
        if name not in items:
            raise Raised("AssertionError", f"Non-existent key: {path}")
        node = items[name]
    if isinstance(value, str):
        value = Unknown("a value given as text is not followed")
    machine.set_attribute(node, last, converted(machine, machine.class_of(node), value))


YACS.type("CfgNode", bases=(BUILTINS.entries["dict"],))(type("CfgNode", (), {**vars(AttributeDict), **vars(Node)}))
YACS.entries["CfgNode"].methods["*missing"] = "raise"

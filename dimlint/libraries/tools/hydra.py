"""``hydra``: a main function is given the configuration that stands beside it. Source: https://hydra.cc."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

import posixpath

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Native, Ref, Shared, Unknown, Value
from dimlint.libraries.python.arguments import COMMAND_LINE
from dimlint.libraries.python.files import _yaml, heap, open_file, text_in
from dimlint.libraries.python.library import lost
from dimlint.libraries.python.mappings import held
from dimlint.libraries.tools.configs import DICT_CONFIG, merge, structured_items
from dimlint.libraries.tools.library import HYDRA


@HYDRA.type("ConfigStore")
class ConfigStore:
    """Where a program keeps structured configurations by name."""

    @staticmethod
    def instance(machine: Machine) -> Value:
        return machine.lookup("hydra.store")

    def store(machine: Machine, self: Ref, name: Value = None, node: Value = None, group: Value = None, **kwargs: Value) -> None:
        if isinstance(name, str) and group is None:
            machine.store_attribute(self, name, node)


HYDRA.value("store", Shared("ConfigStore"))


@HYDRA.function("main")
def main(machine: Machine, config_path: Value = None, config_name: Value = None, version_base: Value = None) -> Native:
    def decorator(machine: Machine, function: Value) -> Value:
        def run(machine: Machine, /, *args: Value) -> Value:
            return machine.call(function, args or [_configuration(machine, config_path, config_name)])

        return Native("main", HYDRA.name, run)

    return Native("main", HYDRA.name, decorator)


def _configuration(machine: Machine, path: Value, name: Value) -> Value:
    """The configuration of that name: one that the program has stored, or that of a file. Overrides are assumed to be none."""
    lost = Unknown("the configuration is not known")
    if not isinstance(name, str) or not machine.assume(COMMAND_LINE):
        return lost
    try:
        stored = machine.attributes_of(machine.lookup("hydra.store"))
        if name in stored:
            return machine.call(DICT_CONFIG, [structured_items(machine, stored[name])])
        return _from_file(machine, path if isinstance(path, str) else "", name, 0)
    except Undecided as undecided:
        return Unknown(undecided.reason)


def _from_file(machine: Machine, path: str, name: str, depth: int) -> Value:
    """The configuration of a file, and of those that its list of defaults names. Raises Undecided."""
    if depth > 8:
        raise Undecided("configurations are nested too deeply")
    file = posixpath.join(path, name if name.endswith((".yaml", ".yml")) else name + ".yaml")
    data = heap(machine, _yaml(text_in(machine, open_file(machine, file))))
    made: Ref = machine.call(DICT_CONFIG)
    own = dict(held(machine, data).items)
    defaults = machine.plain(own.pop("defaults", ()))
    for entry in defaults if isinstance(defaults, (list, tuple)) else ():
        if entry == "_self_":
            continue
        if not isinstance(entry, dict) or len(entry) != 1:
            raise Undecided("the defaults of a configuration are not followed")
        group, chosen = next(iter(entry.items()))
        if not isinstance(group, str) or not isinstance(chosen, str) or " " in group or "@" in group or "/" in group:
            raise Undecided("the defaults of a configuration are not followed")
        part = _from_file(machine, posixpath.join(path, group), chosen, depth + 1)
        merge(machine, made, heap(machine, {group: machine.plain(part)}))
    merge(machine, made, heap(machine, {key: machine.plain(value) for key, value in own.items()}))
    return made


lost(HYDRA, "paths of a run are not known", ("get_original_cwd", "to_absolute_path"))
lost(HYDRA, "what a configuration names is not followed", ("initialize", "compose", "initialize_config_dir"))

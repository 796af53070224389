"""Dictionaries whose items are attributes, too: easydict, addict, munch, ml_collections, omegaconf, python-box, dotmap."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from dimlint.core.problem import Undecided
from dimlint.core.results import DATA, held_data
from dimlint.core.value import ClassObject, DictObject, Instance, LibraryClass, ListObject, Machine, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.python.files import _yaml, heap, open_file, text_in
from dimlint.libraries.python.keys import key_of
from dimlint.libraries.python.library import BUILTINS, identity, inside, instance_object
from dimlint.libraries.python.limits import MAX_DEPTH
from dimlint.libraries.python.mappings import entries, held, put
from dimlint.libraries.tools.library import CONFIGS

DICT = BUILTINS.entries["dict"]
MISSING: Value = object()


class AttributeDict:
    """A dictionary whose items are attributes; dictionaries in it become of its kind."""

    def __new__(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Ref:
        made = machine.blank(cls)
        machine.update(made, replace(instance_object(machine, made), attributes={DATA: machine.new(DictObject())}))
        if isinstance(cls, LibraryClass):
            fill(machine, made, args, kwargs)
        return made

    def __init__(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        fill(machine, self, args, kwargs)

    def update(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        fill(machine, self, args, kwargs)

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        items = held(machine, self).items
        if name in items:
            return items[name]
        missing = machine.attribute(machine.class_of(self), "*missing")
        if missing != "raise":
            return _missing(machine, self, name) if missing == "empty" else None
        raise Raised("AttributeError", name)

    def __setattr__(machine: Machine, self: Ref, name: str, value: Value) -> None:
        put(machine, self, {**held(machine, self).items, name: converted(machine, machine.class_of(self), value)})

    def __setitem__(machine: Machine, self: Ref, name: Value, value: Value) -> None:
        put(machine, self, {**held(machine, self).items, name: converted(machine, machine.class_of(self), value)})

    def __delattr__(machine: Machine, self: Ref, name: str) -> None:
        machine.call(DICT.methods["__delitem__"], [self, name])

    def copy(machine: Machine, self: Ref) -> Value:
        return machine.call(machine.class_of(self), [inside(machine, self)])

    def to_dict(machine: Machine, self: Ref) -> Value:
        return plain_copy(machine, self)

    def as_dict(machine: Machine, self: Ref) -> Value:
        return plain_copy(machine, self)


def fill(machine: Machine, self: Ref, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> None:
    """Give a dictionary items, as its constructor and ``update`` do."""
    cls = machine.class_of(self)
    given = {key: converted(machine, cls, value) for key, value in entries(machine, args, kwargs).items()}
    put(machine, self, {**held(machine, self).items, **given})


def converted(machine: Machine, cls: Value, value: Value, depth: int = 0) -> Value:
    """A value as the dictionary keeps it."""
    if depth > MAX_DEPTH:
        raise Undecided("a configuration is nested too deeply")
    if cls is DICT_CONFIG and isinstance(value, str) and (value == "???" or "${" in value):
        return Unknown("what a configuration takes from elsewhere is not known")
    contents = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(contents, DictObject):
        return machine.call(cls, [value])
    if isinstance(contents, ListObject) and (cls is DICT_CONFIG or any(isinstance(item, Ref) for item in contents.items)):
        return machine.new(ListObject(tuple(converted(machine, cls, item, depth + 1) for item in contents.items)))
    return value


def plain_copy(machine: Machine, value: Value, depth: int = 0) -> Value:
    """A configuration as ordinary dictionaries and lists."""
    if depth > MAX_DEPTH:
        raise Undecided("a configuration is nested too deeply")
    contents = machine.contents(value) if isinstance(value, Ref) else None
    inner = held_data(contents)
    contents = machine.contents(inner) if isinstance(inner, Ref) else contents
    if isinstance(contents, DictObject):
        return machine.new(DictObject({key: plain_copy(machine, item, depth + 1) for key, item in contents.items.items()}))
    if isinstance(contents, ListObject):
        return machine.new(ListObject(tuple(plain_copy(machine, item, depth + 1) for item in contents.items)))
    return value


def _missing(machine: Machine, self: Ref, name: str) -> Value:
    """A level that is made by asking for it."""
    made = machine.call(machine.class_of(self))
    put(machine, self, {**held(machine, self).items, name: made})
    return made


def _declare(missing: str, *names: str) -> LibraryClass:
    """A kind of dictionary. missing: what an unknown attribute does, ``raise``, or gives: ``none`` or an ``empty`` level."""
    CONFIGS.type(*names, bases=(DICT,))(type(names[0], (), dict(vars(AttributeDict))))
    cls: LibraryClass = CONFIGS.entries[names[0]]
    cls.methods["*missing"] = missing  # type: ignore[index]
    return cls


_declare("raise", "EasyDict", "Munch", "Box", "ConfigDict", "FrozenConfigDict", "Bunch")
_declare("empty", "Dict", "DotMap", "DefaultMunch")
DICT_CONFIG = _declare("raise", "DictConfig")


def _holds(machine: Machine, self: Ref, key: Value) -> bool:
    """``key in config``; of a value that comes from elsewhere it is not known. Raises Undecided."""
    value = held(machine, self).items.get(key_of(machine, key), MISSING)
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return value is not MISSING


DICT_CONFIG.methods["__contains__"] = Native("DictConfig.__contains__", CONFIGS.name, _holds)  # type: ignore[index]


def _same(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> Value:
    return self


def _silent(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
    return None


for _name in ("lock", "unlock", "freeze", "unfreeze", "defrost"):
    CONFIGS.entries["ConfigDict"].methods[_name] = Native(f"ConfigDict.{_name}", CONFIGS.name, _same)


@CONFIGS.function("munchify", "config_dict")
def munchify(machine: Machine, x: Value = None, **kwargs: Value) -> Value:
    return machine.call(CONFIGS.entries["EasyDict"], [] if x is None else [x], kwargs)


@CONFIGS.function("create")
def created(machine: Machine, x: Value = None, **kwargs: Value) -> Value:
    return machine.call(CONFIGS.entries["ConfigDict"], [] if x is None else [x], kwargs)


@CONFIGS.function("placeholder")
def placeholder(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """A value that is set later."""


# -- omegaconf


def structured_items(machine: Machine, obj: Value) -> Value:
    """A dictionary of the fields of a dataclass, or of an instance of one."""
    contents = machine.contents(obj) if isinstance(obj, Ref) else None
    made = machine.call(obj) if isinstance(contents, ClassObject) else obj
    if isinstance(made, Unknown):
        raise Undecided(made.reason)
    return machine.call(machine.lookup("dataclasses.asdict"), [made])


@CONFIGS.type("OmegaConf")
class OmegaConf:
    """Makes configurations of dictionaries, text, files and dataclasses."""

    @staticmethod
    def create(machine: Machine, obj: Value = None, **kwargs: Value) -> Value:
        if isinstance(obj, str):
            obj = heap(machine, _yaml(obj))
        contents = machine.contents(obj) if isinstance(obj, Ref) else None
        if isinstance(contents, ListObject):
            return converted(machine, DICT_CONFIG, obj)
        if isinstance(contents, ClassObject) or (isinstance(contents, Instance) and held_data(contents) is None):
            obj = structured_items(machine, obj)
        return machine.call(DICT_CONFIG, [] if obj is None else [obj])

    @staticmethod
    def structured(machine: Machine, obj: Value, **kwargs: Value) -> Value:
        return machine.call(DICT_CONFIG, [structured_items(machine, obj)])

    @staticmethod
    def load(machine: Machine, file_: Value) -> Value:
        source = open_file(machine, file_) if isinstance(file_, str) else file_
        return machine.call(DICT_CONFIG, [heap(machine, _yaml(text_in(machine, source)))])

    @staticmethod
    def merge(machine: Machine, *configs: Value) -> Value:
        made = machine.call(DICT_CONFIG)
        for config in configs:
            if isinstance(config, Unknown):
                raise Undecided(config.reason)
            merge(machine, made, config)
        return made

    @staticmethod
    def from_cli(machine: Machine, args_list: Value = None) -> Value:
        if not machine.assume("the command line"):
            return Unknown("what is given on the command line is not known")
        return machine.call(DICT_CONFIG)

    @staticmethod
    def to_container(machine: Machine, cfg: Value, **kwargs: Value) -> Value:
        return plain_copy(machine, cfg)

    @staticmethod
    def to_object(machine: Machine, cfg: Value) -> Value:
        return plain_copy(machine, cfg)

    @staticmethod
    def to_yaml(machine: Machine, cfg: Value, **kwargs: Value) -> Value:
        return Unknown("the text of a configuration is not known")

    @staticmethod
    def set_struct(machine: Machine, conf: Value, value: Value) -> None:
        """Whether keys may be added is not followed."""

    @staticmethod
    def resolve(machine: Machine, cfg: Value) -> None:
        """Interpolations are not followed."""

    @staticmethod
    def register_new_resolver(machine: Machine, *args: Value, **kwargs: Value) -> None:
        """Interpolations are not followed."""

    @staticmethod
    def is_config(machine: Machine, obj: Value) -> Value:
        return machine.call(BUILTINS.entries["isinstance"], [obj, DICT_CONFIG])

    is_dict = is_config

    @staticmethod
    def select(machine: Machine, cfg: Value, key: Value, default: Value = None, **kwargs: Value) -> Value:
        """What stands at the end of a way such as ``a.b[0].c``; the default if it ends before."""
        found: Value = cfg
        for name in _way(key):
            found = _below(machine, found, name)
            if found is MISSING:
                return default
        return found

    @staticmethod
    def is_missing(machine: Machine, cfg: Value, key: Value) -> Value:
        found = OmegaConf.select(machine, cfg, key)
        if isinstance(found, Unknown):
            raise Undecided(found.reason)
        return False

    @staticmethod
    def update(machine: Machine, cfg: Value, key: Value, value: Value = None, **kwargs: Value) -> None:
        """Set what stands at the end of a way; levels that are missing are made, and dictionaries are merged."""
        way = _way(key)
        if not way:
            raise Undecided("which value of a configuration is set is not known")
        for name in way[:-1]:
            found = _below(machine, cfg, name)
            cfg = found if found is not MISSING and found is not None else _missing(machine, _dictionary(machine, cfg), name)
        inner, earlier = _dictionary(machine, cfg), _below(machine, cfg, way[-1])
        if kwargs.get("merge", True) is not False and _is_mapping(machine, earlier) and _is_mapping(machine, value):
            merge(machine, earlier, value)
        else:
            put(machine, inner, {**held(machine, inner).items, way[-1]: converted(machine, DICT_CONFIG, value)})

    @staticmethod
    def set_readonly(machine: Machine, conf: Value, value: Value) -> None:
        """Whether it may be changed is not followed."""


def _way(key: Value) -> list[str]:
    """The names and numbers of ``a.b[0].c``. Raises Undecided."""
    if not isinstance(key, str):
        raise Undecided("a key of a configuration is not known")
    return [name for name in re.split(r"[.\[\]]+", key) if name]


def _dictionary(machine: Machine, value: Value) -> Ref:
    if not isinstance(value, Ref) or not _is_mapping(machine, value):
        raise Undecided("a part of a configuration is not known to be a dictionary")
    return value


def _below(machine: Machine, value: Value, name: str) -> Value:
    """An item of a configuration by its name or number; MISSING if there is none. Raises Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    contents = machine.contents(inside(machine, value)) if isinstance(value, Ref) else None
    if isinstance(contents, DictObject):
        if any(not isinstance(key, str) for key in contents.items):
            raise Undecided("keys of a configuration that are no texts are not followed")
        return contents.items.get(name, MISSING)
    if isinstance(contents, ListObject):
        if not name.isdecimal():
            raise Undecided("an index of a configuration is not known")
        return contents.items[int(name)] if int(name) < len(contents.items) else MISSING
    return MISSING


def merge(machine: Machine, into: Ref, config: Value, depth: int = 0) -> None:
    """Put the items of one configuration over those of another, level by level."""
    if depth > MAX_DEPTH:
        raise Undecided("a configuration is nested too deeply")
    for key, value in dict(entries(machine, (config,), {})).items():
        earlier = held(machine, into).items.get(key)
        if isinstance(earlier, Ref) and _is_mapping(machine, earlier) and _is_mapping(machine, value):
            merge(machine, earlier, value, depth + 1)
        else:
            put(machine, into, {**held(machine, into).items, key: converted(machine, machine.class_of(into), plain_copy(machine, value))})


def _is_mapping(machine: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(machine.contents(inside(machine, value)), DictObject)


identity(CONFIGS, "flag_override", "open_dict", "read_write")
CONFIGS.value("MISSING", Unknown("a value of a configuration is missing"))

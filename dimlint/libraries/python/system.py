# mypy: disable-error-code="misc, override"
"""``os``, ``sys``, ``time``, ``logging``, ``warnings`` and others that talk to the world: known text only."""

from __future__ import annotations

import string

from dimlint.core.library import Library
from dimlint.core.value import Instance, Machine, Native, Raised, Ref, Shared, Unknown, Value
from dimlint.libraries.python.library import BUILTINS, constant, lost

OS = Library("python.os", ("os",), inert=True)
SYS = Library("python.sys", ("sys",), inert=True)
TIME = Library("python.time", ("time", "datetime", "timeit"), inert=True)
LOGGING = Library("python.logging", ("logging",), inert=True)
WARNINGS = Library("python.warnings", ("warnings",), inert=True)
GC = Library("python.gc", ("gc",), inert=True)
STRING = Library("python.string", ("string",), inert=True)

WORLD = "what is outside of the program is not known"


OS.value("name", Unknown(WORLD))
ENVIRONMENT = "the environment"


_USUAL = """APPDATA COMPUTERNAME CONDA_DEFAULT_ENV CONDA_PREFIX DISPLAY EDITOR HOME HOMEPATH HOSTNAME LANG LANGUAGE LC_ALL LOCALAPPDATA
LOGNAME MAIL OLDPWD OS PATH PROGRAMFILES PWD PYTHONPATH SHELL SHLVL SYSTEMROOT TEMP TERM TMP TMPDIR TZ USER USERNAME USERPROFILE VIRTUAL_ENV
WINDIR XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR _"""
USUAL = frozenset(_USUAL.split())
"""Variables that most environments have, whatever the program is."""


def variable(name: str) -> str:
    """The setting that holds what the program put into a variable of the environment."""
    return f"environment/{name}"


def _from_environment(machine: Machine, key: Value, default: Value) -> Value:
    """What a variable of the environment holds: what the program takes if it is not set."""
    if isinstance(key, str) and variable(key) in machine.settings:
        return machine.settings[variable(key)]
    if not isinstance(key, str) or key in USUAL:
        return Unknown("what the environment says is not known")
    return default if machine.assume(ENVIRONMENT) else Unknown("what the environment says is not known")


@OS.function("getenv")
def get_variable(machine: Machine, key: Value, default: Value = None) -> Value:
    return _from_environment(machine, key, default)


@OS.type("Environment")
class Environment:
    """The class of ``os.environ``."""

    def get(machine: Machine, self: Value, key: Value, default: Value = None) -> Value:
        return _from_environment(machine, key, default)

    def setdefault(machine: Machine, self: Value, key: Value, value: Value = None) -> Value:
        if isinstance(key, str):
            machine.change_setting(variable(key), Unknown(WORLD))
        return Unknown(WORLD)

    def update(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
        """What is set is not followed."""

    def pop(machine: Machine, self: Value, key: Value, *args: Value) -> Value:
        return Environment.setdefault(machine, self, key)

    def copy(machine: Machine, self: Value) -> Value:
        return Unknown(WORLD)

    def items(machine: Machine, self: Value) -> Value:
        return Unknown(WORLD)

    def keys(machine: Machine, self: Value) -> Value:
        return Unknown(WORLD)

    def __getitem__(machine: Machine, self: Value, key: Value) -> Value:
        return Unknown(WORLD)

    def __setitem__(machine: Machine, self: Value, key: Value, value: Value) -> None:
        if isinstance(key, str):
            machine.change_setting(variable(key), value)

    def __delitem__(machine: Machine, self: Value, key: Value) -> None:
        Environment.setdefault(machine, self, key)

    def __contains__(machine: Machine, self: Value, key: Value) -> Value:
        return Unknown(WORLD)


OS.value("environ", Shared("Environment"))
OS.value("sep", "/")
OS.value("path.sep", "/")
for _name, _text in (("linesep", "\n"), ("extsep", "."), ("pathsep", ":"), ("curdir", "."), ("pardir", "..")):
    OS.value(_name, _text)
lost(OS, WORLD, ("getcwd", "listdir", "walk", "scandir", "cpu_count", "getpid", "popen", "urandom", "stat", "fork"))
constant(OS, None, "makedirs", "mkdir", "remove", "rename", "chdir", "putenv", "unlink", "rmdir", "system", "replace", "symlink")


@SYS.function("exit")
def leave(machine: Machine, status: Value = None, /) -> None:
    raise Raised("SystemExit")


OS.value("_exit", SYS.declared["exit"])
OS.value("abort", SYS.declared["exit"])
for _name in ("exit", "quit"):
    BUILTINS.value(_name, SYS.declared["exit"])


@SYS.type("Modules")
class Modules:
    """The class of ``sys.modules``: the modules of the program that have begun to run."""

    def __getitem__(machine: Machine, self: Value, key: Value) -> Value:
        return Modules.get(machine, self, key)

    def get(machine: Machine, self: Value, key: Value, default: Value = None) -> Value:
        found = machine.loaded_module(key) if isinstance(key, str) else None
        return Unknown("which modules are imported is not known") if found is None else found

    def __contains__(machine: Machine, self: Value, key: Value) -> Value:
        found = machine.loaded_module(key) if isinstance(key, str) else None
        return Unknown("which modules are imported is not known") if found is None else True


SYS.value("modules", Shared("Modules"))
for _name in ("argv", "path", "platform", "version", "version_info", "executable", "stdout", "stderr", "stdin", "byteorder"):
    SYS.value(_name, Unknown(WORLD))
SYS.value("maxsize", 2**63 - 1)
lost(SYS, WORLD, ("getsizeof", "exc_info", "getrecursionlimit"))
constant(SYS, None, "setrecursionlimit")

lost(TIME, "the time is not known", ("time", "perf_counter", "monotonic", "process_time", "strftime", "localtime", "now", "ctime"))
lost(TIME, "the time is not known", ("datetime", "date", "timedelta", "datetime.now", "datetime.today", "default_timer", "gmtime"))
constant(TIME, None, "sleep")

LOG_METHODS = ("debug", "info", "warning", "warn", "error", "exception", "critical", "log", "setLevel", "addHandler", "removeHandler")
constant(LOGGING, None, *LOG_METHODS, "basicConfig", "disable", "captureWarnings", "setFormatter")
lost(LOGGING, "a logger's parts are not known", ("StreamHandler", "FileHandler", "Formatter", "NullHandler", "Filter"))
for _name, _level in (("DEBUG", 10), ("INFO", 20), ("WARNING", 30), ("WARN", 30), ("ERROR", 40), ("CRITICAL", 50), ("NOTSET", 0)):
    LOGGING.value(_name, _level)


@LOGGING.type("Logger")
class Logger:
    """A logger: its methods do nothing."""


def _silent(machine: Machine, self: Value, /, *args: Value, **kwargs: Value) -> None:
    return None


LOGGING.entries["Logger"].methods.update({name: Native(f"Logger.{name}", LOGGING.name, _silent) for name in LOG_METHODS})


@LOGGING.function("getLogger")
def get_logger(machine: Machine, name: Value = None) -> Ref:
    return machine.new(Instance(LOGGING.entries["Logger"], {"handlers": (), "name": name}))


constant(WARNINGS, None, "warn", "filterwarnings", "simplefilter", "resetwarnings", "showwarning")
lost(WARNINGS, "recorded warnings are not known", ("catch_warnings",))

constant(GC, None, "collect", "disable", "enable")

for _name in ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits", "octdigits", "punctuation", "printable"):
    STRING.value(_name, getattr(string, _name))

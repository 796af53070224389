"""``os``, ``sys``, ``time``, ``logging``, ``warnings`` and others that talk to the world: known text only."""

from __future__ import annotations

import posixpath
import string
from collections.abc import Callable
from typing import Any

from dimlint.core.library import Library
from dimlint.core.value import Instance, Machine, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.python.library import attempt, constant, lost
from dimlint.libraries.python.limits import check_text, first_unknown

OS = Library("python.os", ("os",), inert=True)
SYS = Library("python.sys", ("sys",), inert=True)
TIME = Library("python.time", ("time", "datetime", "timeit"), inert=True)
LOGGING = Library("python.logging", ("logging",), inert=True)
WARNINGS = Library("python.warnings", ("warnings",), inert=True)
FILES = Library(
    "python.files",
    ("pathlib", "json", "pickle", "csv", "glob", "shutil", "tempfile", "io", "yaml", "subprocess", "platform"),
    inert=True,
)
GC = Library("python.gc", ("gc",), inert=True)
STRING = Library("python.string", ("string",), inert=True)

WORLD = "what is outside of the program is not known"


def _declare_path(name: str, function: Callable[..., Any]) -> None:
    def body(machine: Machine, /, *args: Value) -> Value:
        unknown = first_unknown(*args)
        if unknown is not None:
            return unknown
        if not all(isinstance(value, str) for value in args):
            return Unknown("a path is not known")
        check_text(sum(len(value) + 1 for value in args))
        return attempt(function, *args)

    OS.value(f"path.{name}", Native(f"path.{name}", OS.name, body))


for _name in ("join", "basename", "dirname", "split", "splitext", "normpath", "isabs"):
    _declare_path(_name, getattr(posixpath, _name))
for _name in ("exists", "isfile", "isdir", "abspath", "realpath", "expanduser", "getsize", "getmtime", "relpath"):
    lost(OS, WORLD, (f"path.{_name}",))
for _name in ("environ", "name"):
    OS.value(_name, Unknown(WORLD))
OS.value("sep", "/")
OS.value("path.sep", "/")
lost(OS, WORLD, ("getenv", "getcwd", "listdir", "walk", "scandir", "cpu_count", "getpid", "popen", "urandom", "stat", "fork"))
constant(OS, None, "makedirs", "mkdir", "remove", "rename", "chdir", "putenv", "unlink", "rmdir", "system", "replace", "symlink")


@SYS.function("exit")
def leave(machine: Machine, status: Value = None, /) -> None:
    raise Raised("SystemExit")


for _name in ("argv", "path", "modules", "platform", "version", "version_info", "executable", "stdout", "stderr", "stdin", "byteorder"):
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

lost(FILES, WORLD, ("Path", "PurePath", "load", "loads", "dumps", "reader", "writer", "glob", "iglob", "which", "safe_load", "system"))
lost(FILES, WORLD, ("Path.cwd", "Path.home", "mkdtemp", "TemporaryDirectory", "NamedTemporaryFile", "StringIO", "BytesIO", "run"))
constant(FILES, None, "dump", "copy", "copyfile", "rmtree", "move", "safe_dump")

constant(GC, None, "collect", "disable", "enable")

for _name in ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits", "octdigits", "punctuation", "printable"):
    STRING.value(_name, getattr(string, _name))

"""What IPython adds to Python, masked so that all else keeps its line and column.

A line that IPython alone understands becomes a statement that does as much to the names as the line may do: nothing (``!pip``),
an unknown value (``files = !ls``), or anything (``%run``).
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import NamedTuple

UNKNOWN = "get_ipython()"
ANYTHING = f"exec({UNKNOWN})"
"""What may bind any name."""
MAX_FORGOTTEN = 300
"""Of more names than these it is not said which may have changed."""

PYTHON_2 = frozenset({"print", "exec"})
"""Words of Python 2 that the usual cell which does not parse is written with."""

_PIECE = re.compile(
    r"'''(?:[^'\\]|\\.|'(?!''))*(?:''')?"
    r'|"""(?:[^"\\]|\\.|"(?!""))*(?:""")?'
    r"|'(?:[^'\\\n]|\\.)*'?"
    r'|"(?:[^"\\\n]|\\.)*"?'
    r"|#[^\n]*|\\\n|[(\[{]|[)\]}]|\n|[^'\"#\\()\[\]{}\n]+|\\",
    re.DOTALL,
)
"""As much as it takes to see where a statement's line ends; each alternative takes what it began with, so that the time is linear."""
_CELL_MAGIC = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*%%(\S*)(.*)")
_MAGIC = re.compile(r"%[ \t]*(\w+)[ \t]*(.*)")
_OPTIONS = re.compile(r"(?:-[nrtfTDl][ \t]*\S+[ \t]+|-[a-zA-Z]+[ \t]+)*")
_ASSIGNED = re.compile(r"([^\W\d][\w \t,.*\[\]'\"]*=[ \t]*)[!%][ \t]*[\w$.~/{(]")
_HELP = re.compile(r"\?|%{0,2}[^\W\d][\w.*\[\]]*[ \t]*\?\??[ \t]*;?[ \t]*$|\*?[\w.*]+\*?\?\??[ \t]*$")
_CALL = re.compile(r"[,;/][^\W\d]")
_BARE = re.compile(r"(?:pip3?|conda|mamba|uv|cd|ls|ll|cat|cp|mv|rm|mkdir|rmdir|man|matplotlib|load_ext|reload_ext|autoreload)[ \t]+[\w~./]")
_COMPOUND = re.compile(r"(?:if|for|while|with|def|class|try|async|match|@)\b|@")
_BINDS = re.compile(r"[^=(]*[^=!<>(]=(?!=)")
_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")
_IMPORTED = re.compile(r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+([^#\n]+)", re.MULTILINE)

RUNS_STATEMENT = frozenset({"time", "prun", "memit"})
RUNS_CELL = frozenset({"time", "capture", "prun", "memit", "snakeviz", "wandb", "scalene", "debug", "matplotlib"})
ISOLATED = frozenset(
    {
        *("!", "bash", "cmd", "file", "html", "javascript", "js", "latex", "markdown", "perl", "powershell", "pypy", "python"),
        *("python2", "python3", "ruby", "script", "sh", "svg", "sx", "system", "timeit", "writefile"),
    }
)
"""Cell magics whose text changes no name of the notebook."""
HARMLESS = frozenset(
    {
        *("alias", "alias_magic", "autoawait", "autocall", "automagic", "autoreload", "autosave", "bookmark", "capture", "cat", "cd"),
        *("clear", "colors", "conda", "config", "connect_info", "cp", "debug", "dhist", "dirs", "doctest_mode", "env", "gui", "hist"),
        *("history", "ldir", "less", "lf", "lk", "ll", "load_ext", "logoff", "logon", "logstart", "logstate", "logstop", "ls"),
        *("lsmagic", "lx", "magic", "mamba", "man", "matplotlib", "micromamba", "mkdir", "more", "mv", "notebook", "page", "pastebin"),
        *("pdb", "pdef", "pdoc", "pfile", "pinfo", "pinfo2", "pip", "popd", "pprint", "precision", "profile", "psearch", "psource"),
        *("pushd", "pwd", "pycat", "qtconsole", "quickref", "recall", "rehashx", "reload_ext", "rep", "rm", "rmdir", "save", "set_env"),
        *("sx", "system", "tb", "tensorboard", "tensorflow_version", "timeit", "unalias", "unload_ext", "uv", "wandb", "watermark"),
        *("who", "who_ls", "whos", "xmode"),
    }
)
"""Line magics that change no name of the notebook."""


class Masked(NamedTuple):
    """A cell as Python. doubt: why it is not known what the cell does; its text is then as it was."""

    text: str
    doubt: str | None = None


def masked(cell: str) -> Masked:
    """A cell, whose lines end with LF, as Python of as many lines."""
    found = _CELL_MAGIC.match(cell)
    if found is None:
        return Masked(_masked_lines(cell))
    name = found[1].lower()
    if name in RUNS_CELL:
        return Masked(cell[: found.start(1) - 2] + _masked_lines(cell[found.end() :]))
    if (name in ISOLATED or name.startswith("!")) and "--out" not in found[2] and "--err" not in found[2]:
        return Masked("\n" * cell.count("\n"))
    return Masked(cell, f"what %%{name[:40]} does is not known")


def _masked_lines(cell: str) -> str:
    done, position = [], 0
    while position < len(cell):
        end = cell.find("\n", position) + 1 or len(cell)
        line = cell[position:end].rstrip("\n")
        statement = line.lstrip(" \t")
        indent = line[: len(line) - len(statement)]
        plain = _plain(statement) if statement else None
        if plain is None:
            end = _end(cell, position)
            done.append(cell[position:end])
        else:
            while line.endswith("\\") and end < len(cell):
                start, end = end, cell.find("\n", end) + 1 or len(cell)
                line = cell[start:end].rstrip("\n")
            done.append(indent + plain + "\n" * cell.count("\n", position, end))
        position = end
    return "".join(done)


def _end(cell: str, position: int) -> int:
    """Where the line of a statement ends that may go on over several lines."""
    depth = 0
    for piece in _PIECE.finditer(cell, position):
        sign = cell[piece.start()]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth = max(0, depth - 1)
        elif sign == "\n" and depth == 0:
            return piece.end()
    return len(cell)


def _plain(statement: str) -> str | None:
    """Python in place of a line of IPython's; None for a line of Python."""
    if statement[0] == "!" or _HELP.match(statement):
        return "pass"
    magic = _MAGIC.match(statement)
    if magic is not None:
        return _line_magic(magic)
    if statement[0] == "%" or _CALL.match(statement):
        return ANYTHING
    if _BARE.match(statement):
        return "pass"
    assigned = _ASSIGNED.match(statement)
    return assigned[1] + UNKNOWN if assigned is not None else None


def _line_magic(magic: re.Match[str]) -> str:
    name, rest = magic[1], magic[2]
    if name in RUNS_STATEMENT or name == "timeit":
        options = _OPTIONS.match(rest)
        start = options.end() if options is not None else 0
        statement = rest[start:]
        if not statement.strip() or (name == "timeit" and _BINDS.match(statement)):
            return "pass"  # what timeit binds is its own
        if _COMPOUND.match(statement):
            return "pass" if name == "timeit" else ANYTHING
        return "pass;".ljust(magic.start(2) + start) + statement
    return "pass" if name in HARMLESS else ANYTHING


def imported_names(text: str) -> set[str]:
    """The names that import statements bind, and some more."""
    return {word for found in _IMPORTED.finditer(text) for word in _WORD.findall(found[1])}


def forgetting(cell: str, modules: set[str]) -> str:
    """A cell of as many lines after which every name that the cell speaks of is unknown.

    modules: names that imports bind; one that the cell only uses, as in ``nn.Linear`` or ``Linear(3)``, stays what it is.
    """
    bound = set()
    for found in _WORD.finditer(cell):
        word, following = found[0], cell[found.end() : found.end() + 1]
        before = cell[max(0, found.start() - 6) : found.start()].split()
        used = word in modules and following in (".", "(") and not (before and before[-1] in ("def", "class"))
        if not used and not iskeyword(word) and word not in PYTHON_2:
            bound.add(word)
    names = "; ".join(f"{name} = {UNKNOWN}" for name in sorted(bound))
    return (names if len(bound) <= MAX_FORGOTTEN else ANYTHING) + "\n" * cell.count("\n")

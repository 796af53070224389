"""Programs by chance, of four kinds: Python's grammar, real files with tokens changed, parts, bytes. The same seed gives the same ones."""

from __future__ import annotations

import ast
import random
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import count
from keyword import iskeyword
from pathlib import Path

from tests.fuzz.composing import composed
from tests.hostile import ODD

ROOT = Path(__file__).parent.parent.parent
GATE = "import torch\nfrom torch import nn\nimport keras\nimport tensorflow as tf\nimport numpy as np\n"
"""Lets a program in: one without the name of a framework is not analysed at all."""
VARIANTS = 6
"""Programs that are made of each one from the grammar, which takes long to find."""
BATCH = 25
"""Programs from the grammar that are drawn with one seed."""
MAX_LINES = 80
"""Lines of a part of a real file, so that large files do not take all the time."""
NAMES = [
    *("torch", "nn", "keras", "tf", "np", "x", "self", "super", "len", "range", "int", "input", "list", "tuple", "dict", "zip", "map"),
    *("print", "getattr", "setattr", "isinstance", "type", "None", "True", "nn.Linear", "nn.Conv2d", "nn.Sequential", "nn.Module"),
    *("nn.ModuleList", "nn.LSTM", "torch.randn", "torch.cat", "nn.functional", "x.shape", "x.view", "x.reshape", "keras.Input"),
    *("keras.Model", "keras.Sequential", "keras.layers.Dense", "keras.layers.Conv2D", "keras.layers.Layer", "forward", "call", "build"),
    *("__init__", "__call__", "__getattr__", "__iter__", "__len__", "__eq__", "__add__"),
]
"""Words that mean something to dimlint."""

_TOKEN = re.compile(r"'''|\"\"\"|'[^'\\\n]*'|\"[^\"\\\n]*\"|[^\W\d]\w*|\d[\w.]*|\n[ \t]*|[ \t]+|#[^\n]*|\*\*|//|->|:=|[<>=!+*/-]=|[\s\S]")
_KINDS = {
    "word": re.compile(r"[^\W\d]\w*\Z"),
    "number": re.compile(r"\d"),
    "string": re.compile(r"['\"]"),
    "line": re.compile(r"\n"),
    "blank": re.compile(r"[ \t]"),
    "sign": re.compile(r""),
}
"""The kinds of tokens; the first that fits."""


def kind(token: str) -> str:
    """What sort of token it is; keywords are a sort of their own, so that most changes leave a program that can be parsed."""
    if iskeyword(token) and token not in ("None", "True", "False"):
        return "keyword"
    return next(name for name, pattern in _KINDS.items() if pattern.match(token))


def tokens(text: str) -> list[str]:
    """The text in pieces that make it up again, whatever it is."""
    return _TOKEN.findall(text)


# -- from the grammar


def generated(seed: int) -> Iterator[str]:
    """Programs that follow Python's grammar, as they are and with words of the frameworks in place of theirs. Needs hypothesmith."""
    rng = random.Random(seed)
    for base in (text for part in count() for text in _drawn(seed * 1_000_003 + part)):
        yield GATE + base
        for _ in range(VARIANTS - 1):
            yield GATE + renamed(base, rng)


def _drawn(seed: int) -> list[str]:
    """Some programs from the grammar."""
    import hypothesmith
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    found: dict[str, None] = {}

    @seeded(seed)
    @settings(max_examples=BATCH, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(hypothesmith.from_grammar() | hypothesmith.from_node())
    def draw(text: str) -> None:
        found[text] = None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        draw()
    return list(found)


def renamed(text: str, rng: random.Random) -> str:
    """The text with most words, numbers and strings replaced by those that dimlint looks at."""
    choices = {"word": NAMES, "number": ODD, "string": ODD}
    return "".join(rng.choice(choices[kind(token)]) if kind(token) in choices and rng.random() < 0.7 else token for token in tokens(text))


# -- from real files


@cache
def real_files() -> list[list[str]]:
    """The pieces of the programs among the fixtures and of dimlint's own modules, these in parts."""
    paths = sorted((ROOT / "fixtures").rglob("*.py")) + sorted((ROOT / "dimlint").rglob("*.py"))
    return [tokens(part) for path in paths for part in _parts(path.read_text(encoding="utf-8"))]


def _parts(text: str) -> Iterator[str]:
    """The text in parts of whole statements."""
    lines, begin, end = text.splitlines(keepends=True), 0, 0
    for statement in ast.parse(text).body:
        if (statement.end_lineno or 0) - begin > MAX_LINES and end > begin:
            yield "".join(lines[begin:end])
            begin = end
        end = statement.end_lineno or 0
    yield "".join(lines[begin:end])


def is_python(text: str) -> bool:
    """Whether a text can be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def mutated(seed: int) -> Iterator[str]:
    """Real files with a few tokens changed; most can still be parsed, or little but the parser would be tried."""
    rng = random.Random(seed)
    while True:
        pieces, careful = list(rng.choice(real_files())), rng.random() < 0.9
        for _ in range(rng.randint(1, 10)):
            changed = pieces.copy()
            rng.choice(MUTATIONS)(changed, rng)
            if not careful or is_python("".join(changed)):
                pieces = changed
        yield GATE + "".join(pieces)


def _span(pieces: list[str], rng: random.Random, most: int = 12) -> slice:
    start = rng.randrange(len(pieces) + 1)
    return slice(start, start + rng.randint(1, most))


def _like(pieces: list[str], rng: random.Random) -> None:
    """One token becomes another of its kind."""
    if pieces:
        place = rng.randrange(len(pieces))
        others = [piece for piece in rng.choice(real_files()) if kind(piece) == kind(pieces[place])]
        pieces[place] = rng.choice(others or [""])


def _odd(pieces: list[str], rng: random.Random) -> None:
    """A number, word or string becomes something that hardly anything wants."""
    places = [index for index, piece in enumerate(pieces) if kind(piece) in ("number", "word", "string")]
    if places:
        pieces[rng.choice(places)] = rng.choice(ODD + NAMES)


def _drop(pieces: list[str], rng: random.Random) -> None:
    del pieces[_span(pieces, rng)]


def _repeat(pieces: list[str], rng: random.Random) -> None:
    part = _span(pieces, rng)
    pieces[part.stop : part.stop] = pieces[part] * rng.randint(1, 3)


def _move(pieces: list[str], rng: random.Random) -> None:
    part = _span(pieces, rng)
    moved = pieces[part]
    del pieces[part]
    place = rng.randrange(len(pieces) + 1)
    pieces[place:place] = moved


def _graft(pieces: list[str], rng: random.Random) -> None:
    """A piece of another file comes in."""
    other = rng.choice(real_files())
    place = rng.randrange(len(pieces) + 1)
    pieces[place:place] = other[_span(other, rng, 40)]


def _lines(pieces: list[str], rng: random.Random) -> None:
    """A line is dropped, said twice, or said again elsewhere, which mostly leaves a program."""
    lines = "".join(pieces).splitlines(keepends=True)
    if lines:
        place = rng.randrange(len(lines))
        line = lines[place] if rng.random() < 0.5 else lines.pop(place)
        lines.insert(rng.choice([place, rng.randrange(len(lines) + 1)]), line if rng.random() < 0.7 else "")
        pieces[:] = tokens("".join(lines))


Mutation = Callable[[list[str], random.Random], None]
MUTATIONS: list[Mutation] = [*[_like] * 3, *[_odd] * 3, *[_lines] * 2, _drop, _repeat, _move, _graft]


# -- from parts


def put_together(seed: int) -> Iterator[str]:
    """Programs of statements that dimlint follows, in any order and with any values."""
    rng = random.Random(seed)
    while True:
        yield composed(rng.randrange)


# -- from bytes


def noise(seed: int) -> Iterator[bytes]:
    """Bytes by chance: any, those of programs, and real files with a few of theirs changed."""
    rng = random.Random(seed)
    alphabets = [bytes(range(256)), bytes(range(32, 127)) + b"\n", b"()[]{}:,.=*@\\'\"#\n \t;x1", b"\x00\n\r\x0c\xef\xbb\xbf\xff a=1"]
    while True:
        if rng.random() < 0.5:
            raw = bytearray(rng.choices(rng.choice(alphabets), k=rng.choice([3, 30, 300, 3000])))
        else:
            raw = bytearray("".join(rng.choice(real_files())).encode())
            for _ in range(rng.randint(1, 3)):
                place = rng.randrange(len(raw) + 1)
                raw[place : place + rng.randint(0, 2)] = bytes(rng.choices(rng.choice(alphabets), k=rng.randint(0, 3)))
        yield GATE.encode() * (rng.random() < 0.9) + bytes(raw)


def in_bytes(programs: Iterator[str]) -> Iterator[bytes]:
    """Texts as they stand in files."""
    return (text.encode("utf-8", "surrogatepass") for text in programs)


KINDS: Mapping[str, Callable[[int], Iterator[bytes]]] = {
    "generated": lambda seed: in_bytes(generated(seed)),
    "mutated": lambda seed: in_bytes(mutated(seed)),
    "composed": lambda seed: in_bytes(put_together(seed)),
    "noise": noise,
}
"""How programs come about, by name."""

"""What the parser would not survive is turned away, in linear time; nearly nothing that people write is."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from dimlint.gate import MAX_BYTES, MAX_DEPTH, MAX_ELIFS, MAX_INDENTS, MAX_RUN, Unreadable, refuse_nesting, refuse_size
from dimlint.scan import Scan
from dimlint.source import Source
from tests.counting import cost_of

CASE = "match x:\n    case {}:\n        pass\n"


def indented(levels: int) -> str:
    return "".join(" " * level + "if x:\n" for level in range(levels)) + " " * levels + "pass\n"


SHAPES: dict[str, tuple[int, Callable[[int], str]]] = {
    "parentheses": (MAX_DEPTH, lambda n: "(" * n + "a" + ")" * n),
    "unclosed": (MAX_DEPTH, lambda n: "(" * n),
    "lists": (MAX_DEPTH, lambda n: "[" * n + "]" * n),
    "dictionaries": (MAX_DEPTH, lambda n: "{1:" * n + "a" + "}" * n),
    "calls": (MAX_DEPTH, lambda n: "f(" * n + "a" + ")" * n),
    "walrus": (MAX_DEPTH, lambda n: "(a:=" * n + "a" + ")" * n),
    "comprehensions": (MAX_DEPTH, lambda n: "[" * n + "a" + " for a in b]" * n),
    "f-strings": (MAX_DEPTH, lambda n: 'f"{' * n + "a" + '}"' * n),
    "formats": (MAX_DEPTH, lambda n: 'f"' + "{a:" * n + "}" * n + '"'),
    "targets": (MAX_DEPTH, lambda n: "for " + "(" * n + "a" + ")" * n + " in b: pass"),
    "with": (MAX_DEPTH, lambda n: "with " + "(" * n + "a as b" + ")" * n + ": pass"),
    "additions": (MAX_RUN // 2, lambda n: "1+" * n + "1"),
    "powers": (MAX_RUN // 2, lambda n: "1**" * n + "1"),
    "conjunctions": (MAX_RUN // 2, lambda n: "a and " * n + "a"),
    "attributes": (MAX_RUN // 2, lambda n: "a" + ".b" * n),
    "subscripts": (MAX_RUN // 3, lambda n: "a" + "[0]" * n),
    "chained calls": (MAX_RUN // 2, lambda n: "a" + "()" * n),
    "negations": (MAX_RUN, lambda n: "not " * n + "a"),
    "signs": (MAX_RUN, lambda n: "- " * n + "a"),
    "lambdas": (MAX_RUN // 2, lambda n: "lambda:" * n + "a"),
    "conditionals": (MAX_RUN // 4, lambda n: "a if b else " * n + "c"),
    "strings": (MAX_RUN, lambda n: "'a' " * n),
    "dotted imports": (MAX_RUN // 2, lambda n: "import a" + ".a" * n),
    "assignments": (MAX_RUN // 2, lambda n: "a = " * n + "1"),
    "blocks": (MAX_INDENTS, indented),
    "elif": (MAX_ELIFS, lambda n: "if a: pass\n" + "elif a: pass\n" * n),
    "list patterns": (16, lambda n: CASE.format("[" * n + "a" + "]" * n)),
    "mapping patterns": (8, lambda n: CASE.format("{1:" * n + "a" + "}" * n)),
    "class patterns": (16, lambda n: CASE.format("A(" * n + "a" + ")" * n)),
    "guards": (16, lambda n: CASE.format("a if " + "f(" * n + "a" + ")" * n)),
}


def refused(text: str) -> bool:
    return refuse_size(text) is not None or refuse_nesting(Scan(text)) is not None


@pytest.mark.parametrize("name", SHAPES)
def test_far_too_much_is_refused(name: str) -> None:
    limit, shape = SHAPES[name]
    for times in (2, 20):
        with pytest.raises(Unreadable) as caught:
            Source.parse(shape(times * limit) + "\n")
        assert caught.value.kind == "skipped"


@pytest.mark.parametrize("name", SHAPES)
def test_the_ordinary_is_not_refused(name: str) -> None:
    assert not refused(SHAPES[name][1](6) + "\n")


def test_the_parser_survives_the_largest_that_passes() -> None:
    texts = []
    for limit, shape in SHAPES.values():
        size = next(size for size in range(limit + 2, 0, -1) if not refused(shape(size) + "\n"))
        assert size > limit // 3
        texts.append(shape(size) + "\n")
    program = (
        "import libcst, sys\n"
        "for text in eval(sys.stdin.read()):\n"
        "    try:\n"
        "        libcst.parse_module(text)\n"
        "    except libcst.ParserSyntaxError:\n"
        "        pass\n"
        "    print('parsed')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=repr(texts), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == len(SHAPES)


def test_a_file_that_is_too_large_is_refused() -> None:
    assert refuse_size("x\n" * (MAX_BYTES // 2)) is None
    assert refuse_size("x\n" * (MAX_BYTES // 2) + "y") is not None
    assert refuse_size("é" * (MAX_BYTES // 2 + 1)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "x = '" + "(" * 200 + "'\n",
        'x = """' + "[" * 200 + '"""\n',
        "x = 1  # " + "(" * 200 + "\n",
        "x = r'\\'" + "\n",
        "x = f'" + "{{" * 200 + "'\n",
        "x = f'{a}" + "(" * 200 + "'\n",
        "x = f'{a:" + "(" * 200 + "}'\n",
        "x = f'{a!r:>{b}}' f'''{'(' * 9}''' \n" * 100,
        "x = [" + "1, " * 5000 + "]\n",
        "x = {" + "'a': 1 + 2, " * 5000 + "}\n",
        "x = 1; " * 5000 + "\n",
        "x = 1\n" * 5000,
        "case = " + "[" * 40 + "]" * 40 + "\n",
        "case.x = f(" + "[" * 40 + "]" * 40 + ")\n",
        CASE.format("(" + "A(), " * 300 + ")"),
        "if a:\n  pass\n" + "if a: pass\nelif b: pass\n" * 400,
        "if a:\n" + "  x = f'''\n(\n'''\n" * 400,
        "x = f(\n" + "# (\n" * 400 + ")\n",
    ],
)
def test_what_only_looks_deep_passes(text: str) -> None:
    assert not refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = rb'(' R'''(''' Rb\"(\" u'('\n" + "(" * 60,
        "f'{a}'\n" + "(" * 60,
        "f'{a:{b}}'\n" + "(" * 60,
        'f"{x["a"]}"\n' + "(" * 60,
        "f'\\{a}'\n" + "(" * 60,
        "f'\\N{BULLET}'\n" + "(" * 60,
        "rf'\\N{a}'\n" + "(" * 60,
        "f'''{\na\n}'''\n" + "(" * 60,
        "x = 'unclosed\n" + "(" * 60,
        "x = f'unclosed\n" + "(" * 60,
        "f'{lambda x: 1}' f'{(lambda x: 1)}'\n" + "(" * 60,
        "f'{a!r}' f'{a=}' f'{a != b}' f'{ {1: 2}[1] }'\n" + "(" * 60,
        "\\\n" + "(" * 60,
    ],
)
def test_no_string_hides_what_follows(text: str) -> None:
    assert refused(text + "\n")


@pytest.mark.parametrize(
    "text",
    # Quotes that open and never close, fields that never end, lines that never begin.
    [
        *("'''\\", '"""\\', "'\\", "f'''\\", "f'{", "f'{'", "{", "f'''{f'''{", "\\\n", "'''", "# "),
        *("case[", " \n", "\t", "a ", "f'{a:{", "}", "é"),
    ],
)
def test_the_scan_is_linear(text: str) -> None:
    size = 300_000 // len(text)
    Scan(text * size)  # a pattern that went back over what it has read would not end
    calls, twice = (cost_of(lambda part=part: Scan(text * part)).calls for part in (size // 20, size // 10))  # type: ignore[misc]
    assert twice < 2.2 * calls + 100


def test_nearly_no_installed_file_is_refused() -> None:
    folder = Path(sysconfig.get_path("stdlib"))
    total = 0
    turned_away = []
    for path in sorted(folder.glob("*.py"))[::3] + sorted(folder.glob("[a-e]*/*.py"))[::5]:
        text = path.read_text(encoding="utf-8", errors="replace")
        total += 1
        if refused(text):
            turned_away.append(path.name)
    assert total > 50
    assert len(turned_away) <= 1, turned_away

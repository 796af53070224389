"""Python's own names against Python itself."""

from __future__ import annotations

import collections
import contextlib
import copy
import functools
import itertools
import math
import operator
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dimlint.core.dim import Shape, SymbolicDim, bounds, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import ClassObject, DictObject, Instance, ListObject, Native, Raised, Ref, Unknown
from dimlint.libraries.python import language
from dimlint.libraries.python.text import fill_template, format_value, percent
from tests.counting import cost_of
from tests.python_machine import NAMED, PythonMachine

MODULES = {"math": math, "functools": functools, "itertools": itertools, "collections": collections, "operator": operator, "copy": copy}

EXPRESSIONS = """
int("42") ; int(3.9) ; int(-3.9) ; int(True) ; int("ff", 16) ; int("0b11", 0) ; int(" 7 ") ; int("x") ; int(None) ; int([1])
int(float("inf"))
float("1.5") ; float(2) ; float("nan") != float("nan") ; bool([]) ; bool((0,)) ; bool("") ; complex(1, 2) ; (5).real
(2.5).is_integer() ; (5).bit_length()
range(10)[2:8:3] ; list(range(5, 0, -2)) ; range(0) == range(5, 5) ; 3 in range(0, 9, 3) ; 4 in range(0, 9, 3) ; 2.0 in range(3)
"a" in range(3) ; range(1, 2, 0) ; len(range(10**12)) ; range(3).stop
slice(1, 5, 2).indices(4) ; (1, 2, 3)[slice(0, 2)] ; type(5) is int ; type([]) is list ; type(()) == list
"a,b,c".split(",") ; " x ".strip() ; "-".join(["a", "b"]) ; "-".join([1]) ; "abc".replace("b", "xx") ; "7".zfill(3) ; "x".center(5, "*")
"abc".startswith(("a", "x")) ; "ab".upper() ; "a b".title() ; "12".isdigit()
"a.b.c".rsplit(".", 1) ; "a=b".partition("=") ; "aXb".lower().find("xb") ; "abc".index("z") ; "l1\\nl2".splitlines()
"{}x{}".format(3, 4) ; "{1}{0}".format(1, 2) ; "{a:>5}".format(a=1) ; "{:{w}}".format(5, w=4) ; "{}".format() ; "{k}".format()
"{{}}".format()
"%d-%s" % (1, "a") ; "%05.2f" % 3.14159 ; "%(a)s" % {"a": 1} ; "%d" % "x" ; "%s %s" % (1,) ; "%%" % () ; "%5d|" % 3 ; "%s" % [1, 2]
"abc"[1:] ; "abc"[5] ; "b" in "abc" ; 1 in "abc" ; "ab" * 3 ; "ab" + "c" ; "a" + 1
len("abc") ; len([1, 2]) ; len({1: 2}) ; len(5) ; len(None) ; max(1, 3, 2) ; max([4, 9], key=lambda v: -v) ; min([], default=7)
min([]) ; max("ab", "abc") ; min((2, 1), (1, 5)) ; max(1, "a")
sum([1, 2, 3]) ; sum([(1,), (2,)], ()) ; sum([[1], [2]], []) ; sum([0.5, 1]) ; sum(["a"]) ; abs(-3) ; abs(-2.5) ; round(2.5)
round(2.567, 2) ; round(1234, -2) ; pow(2, 10) ; pow(2, 10, 1000) ; pow(2, -1) ; divmod(7, 3) ; divmod(-7, 3) ; divmod(1, 0)
any([0, 0]) ; all([1, 0]) ; any([]) ; all([]) ; list(zip([1, 2], "ab")) ; list(zip([1], [2, 3], strict=True)) ; list(enumerate("ab", 1))
list(reversed([1, 2, 3])) ; list(reversed(range(3))) ; reversed({1})
sorted([3, 1, 2]) ; sorted([3, 1, 2], reverse=True) ; sorted("bca") ; sorted([(1, "b"), (0, "z"), (1, "a")], key=lambda p: p[0])
sorted([(1, "b"), (0, "z"), (1, "a")], key=lambda p: p[0], reverse=True) ; sorted([1, "a"])
list(map(lambda a, b: a * b, [1, 2, 3], [4, 5])) ; list(filter(None, [0, 1, 2])) ; list(filter(lambda v: v > 1, [1, 2, 3]))
next(iter([5, 6])) ; next(iter([]), 9) ; next(iter([])) ; iter([1]) == 1
isinstance(3, int) ; isinstance(True, int) ; isinstance(3.0, (int, str)) ; isinstance([], list) ; isinstance("a", (list, (str, int)))
isinstance((), object) ; issubclass(bool, int) ; isinstance(None, type(None)) ; issubclass(KeyError, LookupError)
isinstance(int, type) ; isinstance(3, int | str) ; isinstance(None, str | None) ; isinstance(3.5, int | None | str)
callable(len) ; callable(3) ; callable(int) ; callable(lambda: 1) ; hasattr("a", "upper") ; hasattr("a", "nothing")
getattr("a", "nothing", 5) ; getattr("ab", "upper")()
str(1.5) ; str((1, "a")) ; str([1, None]) ; repr("a'b") ; str({1: [2]}) ; format(3.14159, ".2f") ; format(5, "x") ; format("a", "d")
ord("a") ; chr(98) ; hex(255) ; bin(5) ; oct(8) ; ord("ab")
[1, 2] + [3] ; [0] * 3 ; 2 * [1] ; (1, 2) + (3,) ; (0,) * 2 ; [1, 2, 3].index(2) ; [1].index(5) ; [1, 2, 1].count(1) ; (1, 2).index(2)
(1, 1).count(1) ; [1, 2, 3][1:] ; [1, 2][5] ; [1, 2] == [1, 2] ; [1] == (1,) ; [1, 2] < [1, 3] ; 1 in [1, 2]
[1, 2, 3].copy() ; [3, 1].pop() ; [3, 1].pop(0) ; [].pop() ; {"a": 1}.get("a") ; {"a": 1}.get("b", 5) ; {"a": 1}.pop("a") ; {}.pop("a")
{}.pop("a", 3) ; {"a": 1}.setdefault("b", 2) ; {"a": 1}["b"] ; "a" in {"a": 1} ; [] in {"a": 1}
list({"a": 1, "b": 2}.keys()) ; list({"a": 1}.items()) ; list({"a": 1}.values()) ; dict(a=1, b=2) ; dict([("a", 1)])
dict({"a": 1}, b=2) ; dict([(1,)]) ; dict.fromkeys("ab", 0) ; {"a": 1} == {"a": 1.0} ; {"a": 1, "b": 2} == {"b": 2, "a": 1}
{"a": 1} | {"b": 2} ; {"a": 1}.popitem()
set([1, 1, 2]) ; {1, 2} | {3} ; {1, 2} & {2} ; {1, 2} - {2} ; {1, 2} ^ {2, 3} ; {1, 2} == {2, 1} ; {1} < {1, 2} ; {1, 2} <= {1}
set("ab").issubset("abc") ; {1, 2}.isdisjoint([3]) ; {1}.union([2], [3]) ; set([[1]]) ; {1, 2}.difference([1])
math.floor(2.7) ; math.ceil(2.1) ; math.ceil(3) ; math.sqrt(16) ; math.sqrt(-1) ; math.log2(8) ; math.log(0) ; math.log(8, 2)
math.pow(2, 3) ; math.prod([2, 3, 4]) ; math.prod([]) ; math.gcd(12, 18) ; math.lcm(4, 6) ; math.isqrt(17) ; math.isqrt(-1) ; math.pi
math.inf ; math.isnan(float("nan")) ; math.factorial(5) ; math.comb(5, 2) ; math.perm(5, 2) ; math.hypot(3, 4) ; math.floor("a")
math.fsum([0.1, 0.2]) ; math.trunc(-2.5) ; math.isclose(1, 1 + 1e-12)
functools.reduce(lambda a, b: a * b, [1, 2, 3]) ; functools.reduce(lambda a, b: a, []) ; functools.partial(max, 5)(3)
functools.partial(int, base=2)("11") ; functools.lru_cache(lambda v: v)(3) ; functools.lru_cache(maxsize=None)(lambda v: v + 1)(3)
list(itertools.chain([1], (2, 3))) ; list(itertools.chain.from_iterable([[1], [2]])) ; list(itertools.product([1, 2], "ab"))
list(itertools.product([0, 1], repeat=2)) ; list(itertools.repeat(1, 3)) ; list(itertools.islice([1, 2, 3, 4], 1, 3))
list(itertools.zip_longest([1], [2, 3])) ; list(itertools.accumulate([1, 2, 3]))
list(itertools.accumulate([1, 2], lambda a, b: a * b, initial=5)) ; list(itertools.pairwise([1, 2, 3]))
list(itertools.starmap(pow, [(2, 3)])) ; list(itertools.combinations([1, 2, 3], 2)) ; list(itertools.permutations([1, 2, 3], 2))
list(itertools.combinations([1], 3)) ; list(itertools.takewhile(lambda v: v < 2, [1, 2, 1]))
collections.OrderedDict(a=1, b=2) ; collections.OrderedDict([("a", 1), ("b", 2)]) == collections.OrderedDict([("b", 2), ("a", 1)])
collections.OrderedDict(a=1) == {"a": 1} ; collections.defaultdict(list)["a"] ; collections.defaultdict(int, a=1)["a"]
tuple(collections.namedtuple("P", "x y")(1, y=2)) ; collections.namedtuple("P", ["x", "y"], defaults=[5])(1).y
collections.namedtuple("P", "x")(1) == (1,) ; collections.namedtuple("P", "x y")(1)
collections.namedtuple("P", "x y")(1, 2)._replace(x=9).x ; collections.namedtuple("P", "x y")._make([1, 2])[1]
len(collections.namedtuple("P", "x y")(1, 2)) ; isinstance(collections.namedtuple("P", "x")(1), tuple)
collections.deque([1, 2]).popleft()
operator.mul(2, 3) ; operator.itemgetter(1)([4, 5]) ; operator.itemgetter(0, 1)((4, 5)) ; operator.attrgetter("real")(5)
operator.eq(1, 1) ; operator.neg(3) ; operator.methodcaller("upper")("a") ; operator.getitem([1], 0) ; operator.contains([1], 1)
operator.truth([])
copy.copy([1, 2]) ; copy.deepcopy([1, [2, {"a": (3,)}]]) ; copy.deepcopy((1, "a")) ; 7 // 2 ; -7 // 2 ; 7 % -3 ; 7 / 2 ; 1 / 0
1.5 // 0 ; 2 ** -1 ; 0 ** -1 ; 1 << 3 ; 1 << -1 ; 5 & 3 ; 5 | 2.0 ; ~5 ; -"a" ; not () ; 3 < 2.5 ; 3 < "a" ; None == 0 ; None < 1
(1, 2) < (1, 2, 3) ; (1, "a") < (1, 2) ; len([]) is None ; None is None ; 1 in (1, 2) ; 5 in None
"""

CASES = [text.strip() for line in EXPRESSIONS.strip().splitlines() for text in line.split(" ; ")]


def outcome_of_python(text: str) -> tuple[str, object]:
    try:
        return "value", normal(eval(text, dict(MODULES)))
    except Exception as error:
        return "raised", type(error).__name__


def outcome_of_library(text: str) -> tuple[str, object]:
    machine = PythonMachine()
    try:
        return "value", normal(machine.plain(machine.run(text)))
    except Raised as raised:
        return "raised", raised.kind


def normal(value: object) -> object:
    """Kinds of dictionaries, sets and iterators do not matter."""
    if isinstance(value, set):
        return list(value)
    if isinstance(value, dict):
        return dict(value)
    return [normal(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", CASES)
def test_as_python(text: str) -> None:
    expected, found = outcome_of_python(text), outcome_of_library(text)
    assert found == expected
    assert type(found[1]) is type(expected[1])


# -- laws

SCALARS = st.one_of(
    st.integers(-9, 9), st.booleans(), st.floats(-4, 4, width=16), st.text("ab%", max_size=3), st.none(), st.binary(max_size=2)
)
PLAIN = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
BINARY = ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(BINARY), PLAIN, PLAIN)
def test_binary_is_pythons(op: str, a: object, b: object) -> None:
    try:
        found: object = language.binary(op, a, b)
    except Raised as raised:
        found = raised.kind
    except Undecided:
        assert op == "%" and isinstance(a, bytes)
        return
    expected = outcome_of_python_operator(op, a, b)
    assert found == expected or (found != found and expected != expected)
    assert type(found) is type(expected)


def outcome_of_python_operator(op: str, a: object, b: object) -> object:
    try:
        return eval(f"a {op} b", {"a": a, "b": b})
    except Exception as error:
        return type(error).__name__


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(COMPARISONS), PLAIN, PLAIN)
def test_compare_is_pythons(op: str, a: object, b: object) -> None:
    try:
        found: object = language.compare(op, a, b)
    except Raised as raised:
        found = raised.kind
    except Undecided:
        assert "in" in op and isinstance(b, bytes)
        return
    assert found == outcome_of_python_operator(op, a, b)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BINARY[:6] + COMPARISONS[:6]), st.integers(1, 9), st.integers(-6, 9), st.booleans())
def test_a_size_answers_only_what_holds_for_its_value(op: str, value: int, other: int, swap: bool) -> None:
    size = unknown_dim("n", low=value, high=value)
    a, b = (other, size) if swap else (size, other)
    x, y = (other, value) if swap else (value, other)
    expected = outcome_of_python_operator(op, x, y)
    try:
        found = language.compare(op, a, b) if op in COMPARISONS else language.binary(op, a, b)
    except Undecided:
        return
    except Raised as raised:
        assert raised.kind == expected
        return
    if isinstance(found, SymbolicDim):
        low, high = bounds(found)
        assert (low is None or low <= expected) and (high is None or expected <= high)
    elif not isinstance(found, Unknown):
        assert found == expected


@settings(max_examples=300, deadline=None)
@given(
    st.text("{}%ds:5.x(a)* !r0", max_size=12),
    st.lists(st.one_of(st.integers(-5, 99), st.text("ab", max_size=3)), max_size=2).map(tuple),
)
def test_formatting_is_pythons(template: str, args: tuple[object, ...]) -> None:
    for ours, theirs in ((lambda: percent(template, args), lambda: template % args),
                         (lambda: fill_template(template, args, {}), lambda: template.format(*args))):  # fmt: skip
        try:
            found: object = ours()
        except Raised as raised:
            found = raised.kind
        if isinstance(found, Unknown):
            continue
        try:
            expected: object = theirs()
        except Exception as error:
            expected = type(error).__name__
        assert found == expected


# -- what is not known


@pytest.mark.parametrize(
    "text",
    [
        "n == 5", "n in (4, 5)", "n < 8", "sorted([n, 3])", "range(n)[0]", "dict([(n, 1)])", "[1, 2][n]", "(1, 2)[:n]", "{1: 2}.get(n)",
        "u == 1", "u in (1, 2)", "(1, u) == (1, 2)", "isinstance(u, int)", "u < 1", "all([1, u])", "list(itertools.count())",
        "list(itertools.repeat(1))", "u is None", "hasattr(u, 'a')", "[1, u].index(2)", "list(range(10**9))", "math.factorial(10**6)",
        "math.comb(10**5, 500)", "list(itertools.product(range(99), repeat=9))", "list(itertools.combinations(range(9999), 5000))",
        "'a' is 'a'", "1000 is 1000", "('a' * 9999).replace('a', 'bcd')", "x[0] == 0", "''.join(['a' * 9000] * 9)",
    ],
)  # fmt: skip
def test_undecided(text: str) -> None:
    machine = PythonMachine()

    def ask() -> None:
        with pytest.raises(Undecided):
            machine.asked(text, n=unknown_dim("n", low=0, high=8), u=Unknown("lost"), x=(Unknown("lost"),))

    ask()  # what is imported or declared the first time is not counted
    cost = cost_of(ask)
    assert cost.calls < 300_000 and cost.memory < 4_000_000, cost


@pytest.mark.parametrize(
    "text",
    ["int(u)", "str(n)", "float(n)", "n / 2", "n * 0.5", "math.sqrt(n)", "u + 1", "max(1, u)", "range(n)", "'%d' % n", "repr(n)"],
)
def test_lost_values_stay_lost(text: str) -> None:
    machine = PythonMachine()
    names = {"n": unknown_dim("n"), "u": Unknown("lost")}
    assert isinstance(machine.run(text, **names), Unknown)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("len(u)", 0, None), ("max(n, 3)", 3, 8), ("min(n, 3)", 0, 3), ("abs(n - 20)", 12, 20), ("math.floor(n)", 0, 8), ("int(n)", 0, 8),
     ("sum([n, n, 1])", 1, 17), ("n ** 2", 0, 64), ("round(n)", 0, 8), ("-n", -8, 0), ("math.prod((n, 2))", 0, 16),
     ("random.randint(2, 5)", 2, 5)],
)  # fmt: skip
def test_sizes_keep_their_bounds(text: str, low: int, high: int | None) -> None:
    machine = PythonMachine()
    found = machine.run(text, n=unknown_dim("n", low=0, high=8), u=Unknown("lost"))
    assert isinstance(found, SymbolicDim)
    assert bounds(found) == (low, high)


def test_one_known_answer_is_enough() -> None:
    machine = PythonMachine()
    names = {"u": Unknown("lost"), "n": unknown_dim("n", low=1)}
    assert machine.run("any([u, 1])", **names) is True
    assert machine.run("all([u, 0])", **names) is False
    assert machine.run("2 in (u, 2)", **names) is True
    assert machine.run("(1, u) == (2, 3)", **names) is False
    assert machine.run("isinstance(1, (u, int))", **names) is True
    assert machine.run("n > 0.5", **names) is True
    assert machine.run("0 == n", **names) is False
    assert machine.run("n is None", **names) is False
    assert machine.run("n == 'a'", **names) is False


# -- hostile programs


@pytest.mark.parametrize(
    ("op", "a", "b"),
    [("**", 10, 10**10), ("*", "a", 10**12), ("*", (0,), 10**12), ("*", 10**12, "a"), ("<<", 1, 10**10), ("*", 1 << 200, 1 << 200),
     ("**", 3, 255), ("+", "a" * 9999, "b" * 9999), ("+", (0,) * 9999, (0,) * 9999), ("*", [0], 10**9)],
)  # fmt: skip
def test_nothing_huge_is_computed(op: str, a: object, b: object) -> None:
    def compute() -> None:
        with pytest.raises(Undecided):
            language.binary(op, a, b)

    cost = cost_of(compute)
    assert cost.calls < 1_000 and cost.memory < 100_000, cost


@pytest.mark.parametrize(
    "form",
    [
        lambda: percent("%1000000000d", 1),
        lambda: percent("%*d", (10**9, 1)),
        lambda: percent("%" + "0" * 100_000 + "x", 1),
        lambda: percent("%99d" * 9_999, (1,) * 9_999),
        lambda: format_value(1, None, "1000000000"),
        lambda: format_value("a" * 9_999 + "b" * 9, None, ""),
        lambda: fill_template("{:99999}", (1,), {}),
        lambda: fill_template("{0.__class__}", (1,), {}),
    ],
)
def test_nothing_long_is_formatted(form: Callable[[], object]) -> None:
    results: list[object] = []
    cost = cost_of(lambda: results.append(form()))
    assert isinstance(results[0], Unknown)
    assert cost.calls < 300_000 and cost.memory < 10_000_000, cost


def test_shared_tuples_are_walked_once() -> None:
    value: object = (1, 2)
    other: object = (1, 2)
    for _ in range(60):
        value, other = (value, value), (other, other)
    machine = PythonMachine()

    def walk() -> None:
        for text in ("v == w", "{1: 2}.get(v)", "set([v])", "v < w"):
            with pytest.raises(Undecided):
                machine.asked(text, v=value, w=other)
        with pytest.raises(Undecided):
            machine.asked("str(v)", v=value)
        assert isinstance(percent("%s", (value,)), Unknown)
        machine.run("copy.deepcopy(v)", v=value)

    cost = cost_of(walk)
    assert cost.calls < 2_000_000, cost


def test_sizes_do_not_grow_without_end() -> None:
    n = unknown_dim("n")

    def grow() -> None:
        square: object = n
        half: object = n
        for _ in range(100):
            square = language.binary("*", square, square)
            half = language.binary("+", language.binary("//", half, 2), n)
        assert isinstance(square, Unknown) and isinstance(half, (Unknown, SymbolicDim))

    cost = cost_of(grow)
    assert cost.calls < 2_000_000, cost


# -- objects


def test_a_list_that_is_lost_is_forgotten() -> None:
    machine = PythonMachine()
    for text in ("l.extend(u)", "l.insert(u, 1)", "l.pop(u)", "l.remove(u)", "l.sort(key=lambda v: u)", "random.shuffle(l)"):
        ref = machine.new(ListObject((3, 1)))
        with contextlib.suppress(Undecided):
            machine.run(text, l=ref, u=Unknown("lost"))
        with pytest.raises(Undecided):
            machine.contents(ref)


def test_a_dictionary_with_an_unknown_key_is_forgotten() -> None:
    machine = PythonMachine()
    for text in ("d.update(u)", "d.setdefault(u, 1)", "d.pop(u)", "d.__setitem__(u, 1)"):
        ref = machine.new(DictObject({"a": 1}))
        with contextlib.suppress(Undecided):
            machine.run(text, d=ref, u=Unknown("lost"))
        with pytest.raises(Undecided):
            machine.contents(ref)


def test_lists_change_in_place() -> None:
    machine = PythonMachine()
    ref = machine.new(ListObject((3, 1, 2)))
    for text in ("l.append(0)", "l.sort()", "l.reverse()", "l.insert(1, 9)", "l.remove(0)", "l.extend((7, 7))", "l.pop(0)"):
        machine.run(text, l=ref)
    assert machine.plain(ref) == [9, 2, 1, 7, 7]


def parser(machine: PythonMachine) -> Ref:
    made = machine.run("argparse.ArgumentParser(description='x')")
    for text in (
        "p.add_argument('--batch-size', type=int, default=64, metavar='N')",
        "p.add_argument('--lr', '-l', type=float, default='1.5')",
        "p.add_argument('--no-cuda', action='store_true')",
        "p.add_argument('--name')",
        "p.add_argument('--must', required=True)",
        "p.add_argument('data')",
        "p.add_argument('--on', dest='flag', action='store_true')",
        "p.add_argument('--off', dest='flag', action='store_false')",
        "p.add_argument_group('g').add_argument('-d', '--depth', type=int, default=3)",
        "p.set_defaults(depth=5, extra='e')",
    ):
        machine.run(text, p=made)
    return made


def test_arguments_are_their_defaults() -> None:
    machine = PythonMachine()
    args = machine.run("p.parse_args()", p=parser(machine))
    found = machine.contents(args).attributes
    assert isinstance(found.pop("must"), Unknown)
    assert isinstance(found.pop("data"), Unknown)
    assert found == {"batch_size": 64, "lr": 1.5, "no_cuda": False, "name": None, "flag": False, "depth": 5, "extra": "e"}
    assert machine.run("p.parse_args(['--lr', '2']).lr", p=parser(machine)) == 2
    assert isinstance(machine.run("p.parse_args(['x', '--lr', '2'])", p=parser(machine)), Unknown)
    with pytest.raises(Raised):
        machine.run("a.missing", a=args)


def user_class(machine: PythonMachine, name: str, **attributes: object) -> Ref:
    ref = machine.new(ClassObject(name, (), (), attributes))
    machine.update(ref, ClassObject(name, (), (ref,), attributes))
    return ref


def test_a_dataclass_has_an_initialiser() -> None:
    machine = PythonMachine()
    fields = machine.run("dataclasses.field(default_factory=list)")
    cls = user_class(machine, "Config", __annotations__=(("width", "int"), ("depth", "int"), ("names", "list")), depth=2, names=fields)
    assert machine.run("dataclasses.dataclass(frozen=True)(c)", c=cls) == cls
    made = machine.run("c(8, depth=3)", c=cls)
    assert machine.plain(machine.run("m.names", m=made)) == []
    assert machine.run("(m.width, m.depth)", m=made) == (8, 3)
    assert machine.run("c(1).depth", c=cls) == 2
    assert machine.run("c(1) == c(1)", c=cls) is True
    assert machine.run("c(1) == c(2)", c=cls) is False
    assert machine.run("dataclasses.replace(m, width=4).width", m=made) == 4
    assert machine.plain(machine.run("dataclasses.asdict(m)", m=made)) == {"width": 8, "depth": 3, "names": []}
    for text in ("c()", "c(1, 2, 3, 4)", "c(1, size=2)"):
        with pytest.raises(Raised) as error:
            machine.run(text, c=cls)
        assert error.value.kind == "TypeError"


def test_a_deep_copy_shares_what_the_original_shares() -> None:
    machine = PythonMachine()
    cls = user_class(machine, "Net")
    inner = machine.new(ListObject((1,)))
    original = machine.new(Instance(cls, {"a": inner, "b": inner, "self": None}))
    machine.set_attribute(original, "self", original)
    made = machine.run("copy.deepcopy(v)", v=original)
    attributes = machine.contents(made).attributes
    assert made != original and attributes["a"] == attributes["b"] != inner and attributes["self"] == made
    shallow = machine.contents(machine.run("copy.copy(v)", v=original)).attributes
    assert shallow["a"] == inner


def test_abstract_classes_know_the_builtin_ones() -> None:
    machine = PythonMachine()
    library = NAMED["collections.abc"].entries
    names = {"I": library["Iterable"], "S": library["Sequence"], "M": library["Mapping"], "C": library["Callable"]}
    assert machine.run("isinstance((1, 2), I)", **names) is True
    assert machine.run("isinstance(3, I)", **names) is False
    assert machine.run("isinstance('a', S)", **names) is True
    assert machine.run("isinstance({}, S)", **names) is False
    assert machine.run("isinstance(collections.OrderedDict(), M)", **names) is True
    assert machine.run("isinstance(len, C)", **names) is True
    assert machine.run("isinstance(n, I)", n=unknown_dim("n"), **names) is False


def test_shapes_are_tuples() -> None:
    machine = PythonMachine()
    shape = Shape(1, 3, unknown_dim("h"))
    assert machine.run("s[1] + len(s)", s=shape) == 6
    assert type(machine.run("s + (1,)", s=shape)) is tuple
    assert type(machine.run("tuple(s)", s=shape)) is tuple
    assert machine.run("s[:2] == (1, 3)", s=tuple(shape)) is True


def test_every_entry_can_be_called_by_the_machine() -> None:
    """Bodies that do not take the machine would get their lists as copies."""
    from dimlint.core.binding import Binder

    for library in NAMED.values():
        for name, entry in library.entries.items():
            if isinstance(entry, Native):
                assert Binder(entry.body).wants_machine, f"{library.name}.{name}"


def test_exit_ends_the_program() -> None:
    with pytest.raises(Raised) as error:
        PythonMachine().run("sys.exit(1)")
    assert error.value.kind == "SystemExit"

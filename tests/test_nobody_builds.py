"""Models that nobody builds: sizes made of arguments that are not given."""

from __future__ import annotations

import math
import operator
from functools import reduce

import pytest

from dimlint import analyze

RESIDUAL = """
from torch import nn


class Alpha(nn.Module):
    # the sum is only made where both sizes are the same

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.same = cin == cout and stride == 1
        self.conv = nn.Conv2d(cin, cout, 3, stride, 1)

    def forward(self, x):
        if self.same:
            return self.conv(x) + x
        return self.conv(x)


class Net(nn.Module):
    def __init__(self, alpha):
        super().__init__()
        self.a = nn.Conv2d(3, 96 * alpha, 3, padding=1)
        self.b = Alpha(96 * alpha, 80 * alpha, 1)

    def forward(self, x):
        return self.b(self.a(x))
"""


def test_sizes_of_open_arguments_are_compared_as_sizes() -> None:
    report = analyze(RESIDUAL)
    assert not report.findings
    assert {model.status for model in report.models} == {"verified"}


def test_an_input_of_which_nothing_is_known_may_be_a_pair_of_states() -> None:
    program = """
from torch import nn
class Net(nn.Module):
    def __init__(self, words, size):
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(words, size), nn.LSTM(size, size)
        self.cell = nn.LSTMCell(size, size)
    def forward(self, x, state, inner):
        out, state = self.lstm(self.embedding(x), state)
        return out, state, self.cell(out[0], inner)
"""
    report = analyze(program)
    assert not report.findings
    assert "wrong" not in {model.status for model in report.models}


ITEMS = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 5)
        self.second = nn.Linear(6, 5)

    def forward(self, inputs):
        BODY
"""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("return self.first(inputs[0]), self.second(inputs[-1])", "verified"),
        ("a, b = inputs; return self.first(a) + self.second(b)", "verified"),
        ("a, (b, c) = inputs; return self.first(a), self.second(b), self.second(c)", "verified"),
        ("return self.first(inputs[1]).view(inputs[0].size(0), 5)", "verified"),
        ("return self.second(self.first(inputs[0]))", "wrong"),
        ("return self.first(inputs[:, 0]), self.second(inputs[:, 1])", "wrong"),
        ("a, b = inputs; return self.second(self.first(a))", "wrong"),
    ],
)
def test_an_input_whose_items_are_taken_may_be_a_list(body: str, status: str) -> None:
    """Its items have shapes of their own; what no list works with is wrong."""
    (model,) = analyze(ITEMS.replace("BODY", body)).models
    assert model.status == status


MADE = """
import math
import operator
from functools import reduce
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.given = nn.Linear(3, DIM)
        self.taken = nn.Linear(dim, 4)
        self.made = nn.Linear(4, EXPRESSION)
        self.used = nn.Linear(SIZE, 4)

    def forward(self, x):
        return self.used(self.made(self.taken(self.given(x))))
"""
FOLLOWED = """dim // 2 * 2 + 8; (dim + 7) // 8 * 8; -dim + 12; max(dim, 8); min(8, dim); max([dim, 8]); max(8, *[dim])
sum([dim, 4]); pow(dim, 2); divmod(dim, 3)[1] + 1; math.prod([dim, 2]); dict([(1, dim)])[1] + 4; next(iter([dim])) + 4
reduce(lambda a, b: a + b, [dim, 4]); operator.add(dim, 4); int(dim) + 4; {}.get(1, dim) + 4; getattr(dim, 'no', 8)"""
LOST = """int(dim ** 0.5); int(math.sqrt(dim)); int(dim / 2 + 4); dim << 1; int(0.5 * dim + 1); abs(dim - 9); round(dim / 3)
math.ceil(dim / 2); int(dim * 1.5); len(str(dim)); 2 ** dim; dim & 7; sorted([dim, 8])[1]; math.gcd(dim, 8); hash(dim)
int(str(dim) + '2'); int(f'{dim}8'); int(complex(dim).real); ~dim + 13; ord(chr(dim)) + 4; int(dim).bit_length() + 5
int(bool(dim)) + 7; 1 + 7 * (dim > 3); 8 if dim else 9; operator.neg(dim) + 12; dim.__add__(4); dim.bit_length() + 5
8 if dim in (4, 8) else 3; sum(range(dim)) + 2; len(range(dim)) * 2; int(max(dim, 4.5)); int(math.floor(dim * 0.9))
operator.pos(dim); abs(dim); list(range(dim))[-1] + 5; int(math.fsum([dim, 4]))"""


def _expressions(text: str) -> list[str]:
    return [item for line in text.split("\n") for item in line.split("; ")]


@pytest.mark.parametrize("expression", _expressions(FOLLOWED) + _expressions(LOST))
def test_what_is_made_of_an_open_argument_is_another_number(expression: str) -> None:
    """A program that works for one size: what is not followed must not be taken for the argument itself."""
    for dim in (4, 5, 8):
        size = eval(expression, {"math": math, "operator": operator, "reduce": reduce, "dim": dim})
        text = MADE.replace("DIM", str(dim)).replace("EXPRESSION", expression).replace("SIZE", str(size))
        report = analyze(text)
        assert not report.findings
        assert expression not in _expressions(FOLLOWED) or [model.status for model in report.models] == ["verified"], report.gaps


ANNOTATED = """
import numbers
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, dim: int, scale: float = 0.1):
        super().__init__()
        sizes = (dim,) if isinstance(dim, numbers.Integral) else dim
        self.norm = nn.LayerNorm(dim)
        self.gain = nn.Parameter(scale * torch.ones(dim))
        self.other = nn.Parameter(torch.zeros(sizes))

    def forward(self, x):
        torch._assert(x.dim() == 4, "images only")
        n = x.numel() / x.shape[1]
        return self.norm(x) * self.gain * n / (n - 1) + self.other * math.sqrt(n)
"""


def test_an_argument_that_is_annotated_as_an_integer_is_one_size() -> None:
    (model,) = analyze("import math" + ANNOTATED).models
    assert model.status == "verified" and [len(shape or ()) for shape in model.input_shapes] == [4]


@pytest.mark.parametrize(
    ("body", "forward"),
    [
        ("self.l = nn.Linear(8 if isinstance(a, bool) else 9, 4)", "self.l(torch.zeros(1, 8))"),
        ("self.l = nn.Linear(8 if not isinstance(a, int) else 9, 4)", "self.l(torch.zeros(1, 8))"),
        ("self.w = nn.Parameter(torch.zeros(a))", "self.w.permute(0, 1)"),
        ("self.n, self.a = nn.LayerNorm(a), a", "self.n(torch.randn(self.a)).transpose(0, 1)"),
    ],
)
def test_an_annotation_proves_nothing_wrong(body: str, forward: str) -> None:
    """Python does not ask for what is annotated: True, a float or a pair of sizes may be given."""
    program = f"""
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, a: int):
        super().__init__()
        {body}
    def forward(self):
        return {forward}
"""
    assert not analyze(program).findings


def test_what_an_exception_keeps_from_being_built_is_no_model() -> None:
    program = """
import pytest
from torch import nn
class Part(nn.Module):
    def forward(self, x):
        return x.unknown()
class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.part = Part()
        if len(sizes) != 2:
            raise ValueError("two sizes are needed")
        self.layer = nn.Linear(*sizes)
    def forward(self, x):
        return self.layer(x)
with pytest.raises(ValueError):
    refused = Net((1, 2, 3))
try:
    net = Net((1,))
except ValueError:
    net = Net((4, 8))
"""
    report = analyze(program)
    assert [(model.name, model.status) for model in report.models] == [("Part", "partial"), ("net", "verified")]  # Part is tried alone


def test_a_class_that_cannot_be_built_is_a_model_that_is_not_verified() -> None:
    program = """
from torch import nn
class Net(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.Linear(size, self.width)
    def forward(self, x):
        return self.layer(x)
"""
    (model,) = analyze(program).models
    assert (model.name, model.status) == ("Net", "partial")
    assert model.reason == "AttributeError is raised: 'Net' object has no attribute 'width'"


def test_the_reason_says_why_no_run_came_to_its_end() -> None:
    program = """
from torch import nn
class Net(nn.Module):
    def forward(self, x):
        return self.missing(x)
"""
    (model,) = analyze(program).models
    assert model.reason == "AttributeError is raised: 'Net' object has no attribute 'missing'"


CLASSES = """
from torch import nn
class Net(nn.Module):
    def __init__(self, width, which=nn.Conv2d, act=None):
        super().__init__()
        self.first, self.second = FIRST, SECOND
    def forward(self, x):
        return self.second(self.first(x))
"""


@pytest.mark.parametrize(
    ("first", "second", "rules"),
    [
        ("which(width, 8)", "which(8, 8)", []),
        ("which(width, 8)", "nn.Conv2d(8, 8)", ["invalid-layer-argument"]),
        ("which(width, 8, 3)", "nn.BatchNorm2d(9)", ["channel-mismatch"]),
        ("nn.Conv2d(width, 8, 3)", "which(9, 8, 3)", ["channel-mismatch"]),
    ],
)
def test_a_class_that_refuses_what_it_is_given_stands_for_another(first: str, second: str, rules: list[str]) -> None:
    """What is wrong whatever the callers give is reported all the same."""
    report = analyze(CLASSES.replace("FIRST", first).replace("SECOND", second))
    assert [finding.rule for finding in report.findings] == rules


def test_what_is_wrong_with_the_shape_that_comes_furthest_is_told() -> None:
    """Every rank is refused, some by the first layer already, and the program itself ends before a model could be counted as applied."""
    program = """
from torch import nn
class Net(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, 8, 3)
        self.second, self.third = nn.Linear(8, 9), nn.Linear(8, 9)
    def forward(self, batch):
        x = batch['image']
        n = x.shape[0]
        y = self.third(self.second(self.first(x).view(n, -1, 8)))
        return self.missing(y)
"""
    assert [finding.rule for finding in analyze(program).findings] == ["feature-mismatch"]


OPTIONAL = """
import torch
from torch import nn

def drop(x, chance=0., training=False):
    if chance == 0. or not training:
        return x
    keep = 1 - chance
    kept = keep + torch.rand((x.shape[0],) + (1,) * (x.ndim - 1))
    return x.div(keep) * kept.floor_()

class Net(nn.Module):
    def __init__(self, width=None, chance=None):
        super().__init__()
        self.chance, self.first, self.second = chance, nn.Linear(3, 4), nn.Linear(SIZE, 4)
    def forward(self, x):
        return self.second(drop(self.first(x), self.chance, self.training))
"""


@pytest.mark.parametrize(("size", "statuses"), [(4, ["verified"]), (5, ["partial"])])
def test_what_is_none_by_default_and_cannot_be_may_be_given(size: int, statuses: list[str]) -> None:
    """A model that ends in an exception without it is shown to work with a number, which proves nothing wrong."""
    report = analyze(OPTIONAL.replace("SIZE", str(size)))
    assert not report.findings
    assert [model.status for model in report.models] == statuses


PLACEHOLDER = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.width = VALUE
        INIT
    def setter(self, width):
        self.width = width
    def forward(self, x):
        return x.new_zeros(4, self.width)
"""


@pytest.mark.parametrize(
    ("value", "init", "rules"), [("-1", "pass", []), ("0", "pass", []), ("0", "self.setter(-1)", ["invalid-layer-argument"])]
)
def test_a_number_that_a_method_has_yet_to_set_is_a_placeholder(value: str, init: str, rules: list[str]) -> None:
    report = analyze(PLACEHOLDER.replace("VALUE", value).replace("INIT", init))
    assert [finding.rule for finding in report.findings] == rules

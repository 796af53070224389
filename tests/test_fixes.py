"""Fixes: offered only where they are certain and were tried, and put into a text without touching anything else."""

from __future__ import annotations

import ast
import os
import stat
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dimlint import analyze
from dimlint.config import Config
from dimlint.core.report import Edit, Fix, Report, Span
from dimlint.core.rules import RULES
from dimlint.editing import Editable, compatible
from dimlint.fixing import NotWritten, mended, replace_file
from tests.doors import run, write
from tests.expectations import Fixture, fixtures
from tests.test_fixtures import configuration

WRONG = [fixture for fixture in fixtures("torch", "keras", "demo") if fixture.findings]

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 5)
        self.fc = nn.Linear(400, 10)

    def forward(self, x):
        return self.fc(torch.flatten(self.conv(x), 1))


Net()(torch.randn(2, 1, 9, 9))
"""
"""The last layer gets 150 features."""

KERAS = """\
import keras
from keras import layers

model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 5), layers.Conv2D(8, 5)])
"""


def fixed(text: str, *, unsafe: bool = True) -> str:
    """A text with all its fixes; the text itself if there are none."""
    found = mended(text.encode(), analyze(text), Config(), unsafe=unsafe)
    return text if found is None else found.after


def fixes(text: str) -> list[Fix]:
    return [finding.fix for finding in analyze(text).findings if finding.fix is not None]


def keeps_the_law(text: str, report: Report, config: Config | None) -> None:
    """After each fix the text parses, one finding is gone, none is new, and no model is less verified."""
    before = Counter(item.rule for item in report.findings)
    for finding in report.findings:
        if finding.fix is None:
            continue
        new = Editable(text).edited(finding.fix.edits)
        ast.parse(new)
        after = analyze(new, report.path, config, fixes=False)
        assert after.failure is None
        assert Counter(item.rule for item in after.findings) <= before - Counter([finding.rule])
        verified = [sum(model.status == "verified" for model in item.models) for item in (report, after)]
        assert verified[0] <= verified[1]
        if finding.fix.safe and not after.findings:
            assert all(model.status == "verified" for model in after.models)


@pytest.mark.parametrize("fixture", WRONG, ids=lambda fixture: fixture.name)
def test_fixes_of_fixtures(fixture: Fixture) -> None:
    config = configuration(fixture.config)
    keeps_the_law(fixture.source, analyze(fixture.source, str(fixture.path), config), config)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.bad], ids=lambda rule: rule.symbol)
def test_fixes_of_examples(rule: object) -> None:
    text = getattr(rule, "bad")  # noqa: B009
    keeps_the_law(text, analyze(text), None)


def test_the_fixtures_have_fixes() -> None:
    found = {f.name: analyze(f.source, str(f.path)).findings for f in WRONG if f.path.stem in ("flatten_features", "seed_1_1", "seed_3_3")}
    shown = {name: [(item.fix.message, item.fix.safe) for item in findings if item.fix] for name, findings in found.items()}
    assert shown == {
        "torch/flatten_features": [("Set in_features=576", True)],
        "keras/seed_1_1": [("Set padding='same'", False)],
        "keras/seed_3_3": [("Leave the batch size out of the shape of one sample", False)],
    }


SIZES = st.integers(1, 9)


@st.composite
def torch_programs(draw: st.DrawFn) -> str:
    """Sequential networks some of whose numbers do not fit."""
    channels, parts, now = draw(SIZES), [], draw(st.integers(1, 3))
    first = now
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["conv", "norm", "pool", "relu"]))
        guess = draw(st.sampled_from([now, now, channels]))
        if kind == "conv":
            parts.append(f"nn.Conv2d({guess}, {channels}, {draw(st.integers(1, 4))})")
            now = channels
        else:
            pool = f"nn.MaxPool2d({draw(st.integers(1, 4))})"
            parts.append({"norm": f"nn.BatchNorm2d({guess})", "pool": pool, "relu": "nn.ReLU()"}[kind])
    parts += ["nn.Flatten()", f"nn.Linear({draw(st.integers(1, 60))}, 4)", "nn.LayerNorm(4)"]
    size = draw(st.integers(3, 9))
    return f"import torch\nfrom torch import nn\nnet = nn.Sequential({', '.join(parts)})\nnet(torch.zeros(2, {first}, {size}, {size}))\n"


@st.composite
def keras_programs(draw: st.DrawFn) -> str:
    """Sequential networks that may shrink to nothing."""
    window = [f"layers.Conv2D(4, {n})" for n in (1, 2, 3)] + ["layers.MaxPooling2D()", "layers.AveragePooling2D(3, strides=1)"]
    parts = draw(st.lists(st.sampled_from(window), min_size=1, max_size=5))
    shape = draw(st.sampled_from([(5, 5, 1), (9, 7, 2), (None, 8, 8, 3)]))
    return f"import keras\nfrom keras import layers\nnet = keras.Sequential([layers.Input({shape}), {', '.join(parts)}])\n"


@settings(max_examples=60, deadline=None)
@given(st.one_of(torch_programs(), keras_programs()))
def test_fixes_of_any_program(text: str) -> None:
    report = analyze(text)
    assert report.failure is None
    keeps_the_law(text, report, None)
    again = analyze(fixed(text))
    assert not fixes(fixed(text)) and len(again.findings) <= len(report.findings)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nn.Linear(400, 10)", "nn.Linear(150, 10)"),
        ("nn.Linear((400), 10)", "nn.Linear((150), 10)"),
        ("nn.Linear(16 * 5 * 5, 10)", "nn.Linear(150, 10)"),
        ("nn.Linear(out_features=10, in_features = 400)", "nn.Linear(out_features=10, in_features = 150)"),
        ("nn.Linear(  # head\n            400,  # many\n            10)", "nn.Linear(  # head\n            150,  # many\n            10)"),
        ("nn.Linear(\\\n            4_00, 10)", "nn.Linear(\\\n            150, 10)"),
        ("'日本', nn.Linear(400, 10)", "'日本', nn.Linear(150, 10)"),
        ("nn.Sequential(nn.LayerNorm((400,)), nn.Linear(150, 10))", "nn.Sequential(nn.LayerNorm((150,)), nn.Linear(150, 10))"),
        ("nn.Sequential(nn.LayerNorm([400]), nn.Linear(400, 10))", "nn.Sequential(nn.LayerNorm([150]), nn.Linear(150, 10))"),
    ],
)
def test_literals_are_replaced(old: str, new: str) -> None:
    text = NET.replace("nn.Linear(400, 10)", old).replace("self.fc = '日本', ", "self.name, self.fc = '日本', ")
    assert fixed(text, unsafe=False) == text.replace(old, new)


@pytest.mark.parametrize(
    "text",
    [
        NET.replace("nn.Linear(400", "nn.Linear(width").replace("class", "width = 400\n\n\nclass", 1),
        NET.replace("nn.Linear(400, 10)", "nn.Linear(*(400, 10))"),
        NET.replace("nn.Linear(400, 10)", "[nn.Linear(400, 10) for _ in range(2)][0]"),
        NET.replace("nn.Linear(400, 10)", "nn.Linear(int('400'), 10)"),
        NET.replace("nn.Linear(400, 10)", "nn.Linear(16 *  # maps\n            25, 10)").replace("16 *", "(16 *").replace("25,", "25),"),
        NET + "Net()(torch.randn(2, 1, 12, 12))\n",  # another size elsewhere
        NET.replace("torch.flatten(self.conv(x), 1)", "self.conv(x)").replace("400", "150"),  # not flattened
        NET.replace("(x), 1)", "(x))"),  # the batch flattened as well
        NET.replace("torch.flatten(self.conv(x), 1)", "self.conv(x)[:, 0]"),  # rows of a map
        NET.replace("torch.flatten(self.conv(x), 1)", "self.conv(x)[:, 0]").replace("nn.Linear(400, 10)", "nn.GRU(400, 10)"),
        NET.replace("torch.flatten(self.conv(x), 1)", "self.conv(x)").replace("nn.Linear(400, 10)", "nn.LayerNorm(400)"),
        "import torch\nfrom torch import nn\nnn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(9))(torch.zeros(2, 5, 3))\n",
        NET.replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(9, 6, 5)").replace("400", "150"),  # channels last
        KERAS.replace("layers.Conv2D(8, 5)", "*[layers.Conv2D(8, 5) for _ in range(2)]"),
        KERAS.replace("layers.Conv2D(8, 5)", "layers.Conv2D(8, 5, **{})"),
        KERAS.replace("(8, 8, 1)", "(1, 8, 8)"),  # channels first
        "import keras\nfrom keras import layers\nx = keras.Input((28, 28, 1))\nlayers.LSTM(4)(x)\n",  # an image
        "from functools import partial\nimport torch\nfrom torch import nn\nmake = partial(nn.Linear, 9)\nmake(9)(torch.zeros(2, 8))\n",
    ],
)
def test_no_fix_where_it_is_not_certain(text: str) -> None:
    assert analyze(text).findings
    assert not fixes(text)


def test_what_the_program_is_given_is_not_safely_fixed() -> None:
    """The first layer and the data disagree: either may be meant."""
    [fix] = fixes("import torch\nfrom torch import nn\nnn.Sequential(nn.Conv2d(3, 4, 3))(torch.zeros(2, 1, 8, 8))\n")
    assert (fix.message, fix.safe) == ("Set in_channels=1", False)


@pytest.mark.parametrize(("forward", "safe"), [("self.pool(self.conv(x))", True), ("self.conv(x)", False)])
def test_no_fix_is_safe_where_a_layer_may_be_forgotten(forward: str, safe: bool) -> None:
    text = NET.replace("self.fc", "self.pool = nn.MaxPool2d(1)\n        self.fc", 1).replace("self.conv(x)", forward)
    [fix] = fixes(text)
    assert (fix.message, fix.safe) == ("Set in_features=150", safe)


def test_mistakes_behind_the_first_are_mended_with_it() -> None:
    text = NET.replace("nn.Conv2d(1, 6, 5)", "nn.Sequential(nn.Conv2d(1, 6, 5), nn.BatchNorm2d(8))")
    [fix] = fixes(text)
    assert fix.safe and fix.message == "Set num_features=6 and set in_features=150"
    assert Editable(text).edited(fix.edits) == text.replace("Norm2d(8)", "Norm2d(6)").replace("400", "150")


def test_keras() -> None:
    assert fixed(KERAS) == KERAS.replace("(8, 5)", '(8, 5, padding="same")')
    assert fixed(KERAS, unsafe=False) == KERAS
    given_valid = KERAS.replace("(8, 5)", "(8, 5, padding='valid')")
    assert fixed(given_valid) == given_valid.replace("'valid'", "'same'")
    batch = KERAS.replace("(8, 8, 1)", "(None, 19, 19, 1)")
    assert fixed(batch) == batch.replace("(None, ", "(")
    flat = "import keras\nkeras.Sequential([keras.Input((None, 9)), keras.layers.Rescaling(2.0), keras.layers.UpSampling1D()])\n"
    assert fixed(flat) == flat


def test_a_kernel_is_cut_to_the_map() -> None:
    text = "import torch\nfrom torch import nn\nnn.Sequential(nn.AvgPool2d((8, 3)))(torch.zeros(1, 2, 7, 9))\n"
    assert fixed(text) == text.replace("(8, 3)", "(7, 3)")


def test_a_failure_hides_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("dimlint.fixes.Proposals.all", fail)
    report = analyze(NET)
    assert [finding.rule for finding in report.findings] == ["feature-mismatch"]
    assert [gap.reason for gap in report.gaps if gap.is_warning] == ["dimlint failed to make a fix: KeyError: 'x'"]


def test_another_analysis_needs_no_fixes() -> None:
    assert all(finding.fix is None for finding in analyze(NET, fixes=False).findings)


@pytest.mark.parametrize(
    ("encoding", "end"),
    [*((encoding, end) for encoding in ("utf-8", "utf-8-sig") for end in ("\n", "\r\n", "\r")), ("latin-1", "\n"), ("latin-1", "\r\n")],
)
def test_bytes_are_kept(encoding: str, end: str) -> None:
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    text = cookie + NET.replace("        self.fc = ", "        self.é, self.fc = 'ü\t', ").replace("    ", "\t")
    raw = text.replace("\n", end).encode(encoding)
    found = mended(raw, analyze(raw.decode(encoding)), Config(), unsafe=False)
    assert found is not None and found.old == raw
    assert found.new == raw.replace(b"400", b"150")
    assert found.diff().count(b"150") == 1


def test_edits_that_touch_are_not_made_together() -> None:
    def fix(*columns: int) -> Fix:
        return Fix("", (Edit(Span("a.py", 1, columns[0], 1, columns[1]), str(columns)),))

    a, b, c = fix(1, 4), fix(4, 6), fix(7, 9)
    assert compatible([a, b, c]) == [a, c]
    assert compatible([b, a, b, c]) == [b, b, c]


def test_places_move_with_edits() -> None:
    text = Editable("\ufeffab\r\ncd\r\n")
    edits = [Edit(Span("", 1, 2, 1, 3), "xyz"), Edit(Span("", 2, 1, 2, 1), "_")]
    assert text.edited(edits) == "\ufeffaxyz\r\n_cd\r\n"
    assert [text.moved(Span("", *place, *place), edits) for place in ((1, 1), (2, 2))] == [0, 8]
    new = Editable(text.edited(edits))
    assert text.before(Edit(Span("", 2, 3, 2, 4), "e"), new, edits) == Edit(Span("", 2, 2, 2, 3), "e")
    assert text.before(Edit(Span("", 1, 3, 1, 4), "e"), new, edits) is None


def test_diff(tmp_path: Path) -> None:
    write(tmp_path, net=NET, keras_net=KERAS, clean="import torch\n")
    done = run("dimlint", "check", "--diff", ".", cwd=tmp_path)
    assert done.returncode == 1 and done.stderr == "1 problem in 1 file would be fixed\n"
    assert [line for line in done.stdout.splitlines() if line[:1] in "+-"] == [
        *("--- net.py", "+++ net.py"),
        *("-        self.fc = nn.Linear(400, 10)", "+        self.fc = nn.Linear(150, 10)"),
    ]
    assert (tmp_path / "net.py").read_text() == NET
    assert "keras_net.py" in run("dimlint", "check", "--diff", "--unsafe-fixes", ".", cwd=tmp_path).stdout
    assert run("dimlint", "check", "--diff", "clean.py", cwd=tmp_path).returncode == 0


def test_fix(tmp_path: Path) -> None:
    write(tmp_path, net=NET, keras_net=KERAS)
    path = tmp_path / "net.py"
    path.chmod(0o640)
    (tmp_path / "link.py").symlink_to("net.py")
    done = run("dimlint", "check", ".", cwd=tmp_path)
    assert "2 problems in 2 files, 1 fixable with --fix, 1 fixable with --unsafe-fixes;" in done.stdout
    done = run("dimlint", "check", "--fix", "link.py", "keras_net.py", cwd=tmp_path)
    assert done.returncode == 1 and "1 problem in 2 files, 1 fixed, 1 fixable with --unsafe-fixes;" in done.stdout
    assert path.read_text() == NET.replace("400", "150")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and (tmp_path / "link.py").is_symlink()
    assert sorted({*os.listdir(tmp_path)} - {".dimlint_cache"}) == ["keras_net.py", "link.py", "net.py"]
    done = run("dimlint", "check", "--fix", "--unsafe-fixes", "--output-format", "concise", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "1 fixed\n")


def test_standard_input(tmp_path: Path) -> None:
    done = run("dimlint", "check", "--fix", "-", cwd=tmp_path, stdin=NET.encode())
    assert (done.returncode, done.stdout) == (0, NET.replace("400", "150"))
    assert done.stderr.startswith("0 problems in 1 file, 1 fixed;")
    done = run("dimlint", "check", "--fix", "-", cwd=tmp_path, stdin=b"import torch\nx = (\n")
    assert (done.returncode, done.stdout) == (2, "import torch\nx = (\n")


def test_a_fix_that_breaks_another_file_is_taken_back(tmp_path: Path) -> None:
    other = "import torch\nfrom net import Net\nNet()(torch.zeros(1, 1, 12, 12))\n"  # 6 * 8 * 8 features
    write(tmp_path, net=NET.replace("400", "384"), other=other)
    done = run("dimlint", "check", "--fix", ".", cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.startswith("other.py:3: nothing is fixed, it would lead to: Linear has in_features=150")
    assert "384" in (tmp_path / "net.py").read_text()


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"new")
    with pytest.raises(NotWritten, match="changed meanwhile"):
        replace_file(str(path), b"old", b"fixed")
    with pytest.raises(NotWritten, match="cannot be written"):
        replace_file(str(tmp_path / "gone.py"), b"old", b"fixed")
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"new", ["net.py"])


@pytest.mark.parametrize(
    "options", [["--unsafe-fixes"], ["--fix", "--diff"], ["--diff", "--output-format", "json"], ["--diff", "--baseline", "b.json"]]
)
def test_combinations_that_make_no_sense(tmp_path: Path, options: list[str]) -> None:
    assert run("dimlint", "check", *options, ".", cwd=tmp_path).returncode == 2

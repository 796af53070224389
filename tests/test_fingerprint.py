"""Fingerprints, and paths that are the same on every machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from dimlint.core.report import Finding, Span
from dimlint.fingerprint import fingerprint, line_hashes, unique_fingerprints
from dimlint.relative import below, portable, repository

FINDING = Finding(Span("a.py", 3, 1, 3, 5), "E8701", "nonpositive-dimension", "size is 0")


def hashes(text: str) -> list[str]:
    return line_hashes(re.split(r"\r\n|\r|\n", text))


def test_the_line_and_the_rule_count_but_not_the_place_or_the_words() -> None:
    known = fingerprint(FINDING, "a.py", "x = f(y)")
    assert fingerprint(Finding(Span("a.py", 9, 5, 9, 9), "E8701", "nonpositive-dimension", "other"), "a.py", "  x  = f(y)\t") == known
    others = [("b.py", "x = f(y)"), ("a.py", "x = g(y)"), ("a.py", None)]
    assert len({known, *(fingerprint(FINDING, path, line) for path, line in others)}) == 4
    assert fingerprint(Finding(FINDING.span, "E8702", "rank-mismatch", ""), "a.py", "x = f(y)") != known


def test_equal_findings_are_counted() -> None:
    first = list(unique_fingerprints([FINDING] * 3, str, lambda path, line: "x"))
    assert len(set(first)) == 3
    assert list(unique_fingerprints([FINDING] * 2, str, lambda path, line: "x")) == first[:2]


def test_the_hash_of_lines_is_that_of_github() -> None:
    assert hashes("") == ["c129715d7a2bc9a3:1"]
    assert hashes("x = 1\n")[1:] == hashes("")
    assert [text.partition(":")[2] for text in hashes("a\n" * 200)][:100] == [str(number) for number in range(1, 101)]


def test_the_hash_of_lines_knows_neither_blanks_nor_line_ends() -> None:
    assert hashes("a  b\n\tc\n") == hashes("ab\r\n c  \r\n") == hashes("a b\rc\r")
    assert hashes("ab\nc\n") != hashes("ab\nd\n")
    assert len(hashes("🎉\ud800\n")) == 2


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "repository/sub").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "repository")
    monkeypatch.chdir(tmp_path / "repository/sub")
    root = repository()
    assert root == str(tmp_path / "repository")
    assert [below(path, root) for path in ("a.py", "../b.py", "./x/../c.py")] == ["sub/a.py", "b.py", "sub/c.py"]
    assert below(str(tmp_path / "link/d.py"), root) == "d.py"
    assert below(str(tmp_path / "e.py"), root) is None
    assert portable(str(tmp_path / "e.py"), root) == "../e.py"
    assert below(f"..{os.sep}..twin", root) == "..twin"
    assert repository(str(tmp_path)) == str(tmp_path)

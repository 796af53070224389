"""What a finding is known by when lines move: its rule and the text of its line, not the line's number or the message's words."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from dimlint.core.report import Finding

BLOCK = 100
FACTOR, MODULUS = 37, 1 << 64
END_OF_FILE = 0xFFFF
BLANK, TAB = ord(" "), ord("\t")


def fingerprint(finding: Finding, path: str, line: str | None) -> str:
    """Equal for equal findings; those on equal lines of a file are equal.

    path: of the file, as it is on every machine. line: the text of the finding's line.
    """
    return _digest(path, finding.code, " ".join((line or "").split()))


def unique_fingerprints(
    findings: Iterable[Finding], path_of: Callable[[str], str], line_of: Callable[[str, int], str | None]
) -> Iterator[str]:
    """A fingerprint for each finding, unlike all others: equal findings are counted."""
    seen: Counter[str] = Counter()
    for finding in findings:
        equal = fingerprint(finding, path_of(finding.span.path), line_of(finding.span.path, finding.span.line))
        seen[equal] += 1
        yield _digest(equal, str(seen[equal]))


def line_hashes(lines: Sequence[str]) -> list[str]:
    """GitHub's ``primaryLocationLineHash`` of each line: of the next 100 characters that are no blanks, and how often they came before.

    A polynomial of the UTF-16 units in 64 bits; the file's end is one character more, and zeros follow.
    """
    units = array("H")
    starts = []
    for number, line in enumerate(lines, 1):
        starts.append(len(units))
        encoded = array("H")
        encoded.frombytes((line + "\n" * (number < len(lines))).encode("utf-16", "surrogatepass")[2:])
        units.extend(unit for unit in encoded if unit not in (BLANK, TAB))
    units.append(END_OF_FILE)
    units.extend([0] * BLOCK)
    sums = [0]
    for unit in units:
        sums.append((sums[-1] * FACTOR + unit) % MODULUS)
    power = pow(FACTOR, BLOCK, MODULUS)
    seen: Counter[str] = Counter()
    hashes = []
    for start in starts:
        text = format((sums[start + BLOCK] - sums[start] * power) % MODULUS, "x")
        seen[text] += 1
        hashes.append(f"{text}:{seen[text]}")
    return hashes


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

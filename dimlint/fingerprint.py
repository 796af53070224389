"""What a finding is known by when lines move: its rule and the text of its line, not the line's number or the message's words."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import accumulate

from dimlint.core.report import Finding

BLOCK = 100
FACTOR, MODULUS = 37, 1 << 64
END_OF_FILE = 0xFFFF
NEWLINE = ord("\n")


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
    text = "\n".join(lines).replace(" ", "").replace("\t", "")
    units = array("H")
    units.frombytes(text.encode("utf-16", "surrogatepass")[2:])  # without its byte order mark
    starts = [0, *(place for place, unit in enumerate(units, 1) if unit == NEWLINE)]
    units.extend([END_OF_FILE, *[0] * BLOCK])
    sums = list(accumulate(units, lambda total, unit: (total * FACTOR + unit) % MODULUS, initial=0))
    power = pow(FACTOR, BLOCK, MODULUS)
    seen: Counter[str] = Counter()
    hashes = []
    for start in starts:
        known_by = format((sums[start + BLOCK] - sums[start] * power) % MODULUS, "x")
        seen[known_by] += 1
        hashes.append(f"{known_by}:{seen[known_by]}")
    return hashes


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

"""Where places of a text stand in a later one, which may differ in many places: found by comparing lines."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from dimlint.core.report import Span
from dimlint.server.texts import Text

MAX_CHANGES = 200
"""Lines added and taken away between two that stand only once, up to which the others there are compared: it takes their square of time."""

Stretch = tuple[int, int, int]
"""What both texts have: where it starts in each, and its length."""


class Shift:
    """Where places of an older text stand in a newer one: all that lies outside of the changed lines has only moved."""

    def __init__(self, old: Text, new: Text) -> None:
        self._old, self._new = old, new
        self._same = old.text == new.text
        self._kept = [] if self._same else _stretches(old.lines, new.lines)
        self._starts = [start for start, _, _ in self._kept]

    def __call__(self, span: Span) -> Span | None:
        """The span in the newer text; None if what stood there has changed."""
        if self._same:
            return span
        start, end = self._old.offset_of(span.line, span.column), self._old.offset_of(span.end_line, span.end_column)
        index = bisect_right(self._starts, start) - 1
        if index < 0:
            return None
        first, moved, length = self._kept[index]
        if end > first + length:
            return None
        (line, column), (end_line, end_column) = self._new.place(start + moved - first), self._new.place(end + moved - first)
        return replace(span, line=line, column=column, end_line=end_line, end_column=end_column)


def _stretches(old: Sequence[str], new: Sequence[str]) -> list[Stretch]:
    """What two texts, given as lines, have in common: lines, and how those between them begin and end. In order, as long as possible."""
    starts, others = list(accumulate(map(len, old), initial=0)), list(accumulate(map(len, new), initial=0))
    found: list[Stretch] = []

    def keep(start: int, other: int, length: int) -> None:
        if found and (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]) == (start, other):
            start, other, length = found[-1][0], found[-1][1], found[-1][2] + length
            found.pop()
        if length:
            found.append((start, other, length))

    # The last line has no end, whatever stands in it, and an editor may change all ends.
    bare, as_bare = [line.rstrip("\r\n") for line in old], [line.rstrip("\r\n") for line in new]
    i = j = 0
    for same, as_same in [*_same_lines(bare, as_bare, (0, len(old)), (0, len(new))), (len(old), len(new))]:
        if i < same and j < as_same:
            before, after = "".join(old[i:same]), "".join(new[j:as_same])
            shorter = min(len(before), len(after))
            head = _common(before, after, shorter)
            keep(starts[i], others[j], head)
            tail = _common(before[::-1], after[::-1], shorter - head)
            keep(starts[same] - tail, others[as_same] - tail, tail)
        if same < len(old):
            keep(starts[same], others[as_same], len(old[same] if old[same] == new[as_same] else bare[same]))
        i, j = same + 1, as_same + 1
    return found


def _same_lines(
    old: Sequence[str], new: Sequence[str], within: tuple[int, int], other: tuple[int, int], *, anchored: bool = True
) -> Iterator[tuple[int, int]]:
    """The lines that stayed, by their numbers in both texts, in order.

    anchored: whether those that stand once in each text are looked for, which takes little time however long the texts are.
    """
    (i, end), (j, other_end) = within, other
    while i < end and j < other_end and old[i] == new[j]:
        yield i, j
        i, j = i + 1, j + 1
    tail = 0
    while tail < min(end - i, other_end - j) and old[end - tail - 1] == new[other_end - tail - 1]:
        tail += 1
    end, other_end = end - tail, other_end - tail
    if anchored:
        for anchor, as_anchor in [*_anchors(old[i:end], new[j:other_end], i, j), (end, other_end)]:
            yield from _same_lines(old, new, (i, anchor), (j, as_anchor), anchored=False)
            if anchor < end:
                yield anchor, as_anchor
            i, j = anchor + 1, as_anchor + 1
    else:
        yield from _compared(old[i:end], new[j:other_end], i, j)
    yield from ((end + k, other_end + k) for k in range(tail))


def _anchors(old: Sequence[str], new: Sequence[str], first: int, other: int) -> list[tuple[int, int]]:
    """Lines that stand once in each text, as many as are in the same order in both. first, other: the numbers of the first lines."""
    once, as_once = _once(old), _once(new)
    places = [(i, as_once[line]) for line, i in once.items() if line in as_once]
    lasts: list[int] = []  # of a chain of each length the smallest line of the newer text that one can end with,
    ending: list[int] = []  # and which of the places that is
    before: list[int] = []
    for number, (_, j) in enumerate(places):
        length = bisect_left(lasts, j)
        before.append(ending[length - 1] if length else -1)
        lasts[length : length + 1], ending[length : length + 1] = [j], [number]
    chain: list[tuple[int, int]] = []
    number = ending[-1] if ending else -1
    while number >= 0:
        chain.append((places[number][0] + first, places[number][1] + other))
        number = before[number]
    return chain[::-1]


def _once(lines: Sequence[str]) -> dict[str, int]:
    """The numbers of the lines that stand only once."""
    counts = Counter(lines)
    return {line: number for number, line in enumerate(lines) if counts[line] == 1}


def _compared(old: Sequence[str], new: Sequence[str], first: int, other: int) -> list[tuple[int, int]]:
    """The lines that stayed if the fewest possible lines have changed; none if those are too many.

    first, other: the numbers of the first lines. This is the algorithm of Myers ("An O(ND) difference algorithm and its variations"):
    ``reached[k]`` is how far into the older text one gets by so many changes as have been made, having left out k more lines of it
    than of the newer one. The time grows with the changes and not with how often a line stands there, as that of difflib does.
    """
    reached, history = {1: 0}, []
    if not old or not new:
        return []
    for changes in range(MAX_CHANGES + 1):
        history.append(dict(reached))
        for k in range(-changes, changes + 1, 2):
            i = reached[k + 1] if _from_above(reached, k, changes) else reached[k - 1] + 1
            while i < len(old) and i - k < len(new) and old[i] == new[i - k]:
                i += 1
            reached[k] = i
            if i >= len(old) and i - k >= len(new):
                return [(first + i, other + j) for i, j in _way_back(history, len(old), len(new))]
    return []


def _way_back(history: Sequence[Mapping[int, int]], i: int, j: int) -> list[tuple[int, int]]:
    """The equal lines on the way to two ends. history: before each change, what was reached."""
    pairs: list[tuple[int, int]] = []
    for changes, reached in reversed(list(enumerate(history))):
        k = i - j
        k += 1 if _from_above(reached, k, changes) else -1
        while i > reached[k] and j > reached[k] - k:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        i, j = reached[k], reached[k] - k
    return pairs[::-1]


def _from_above(reached: Mapping[int, int], k: int, changes: int) -> bool:
    """Whether the last change was to put in a line, and not to leave one out."""
    return k == -changes or (k != changes and reached[k - 1] < reached[k + 1])


def _common(a: str, b: str, most: int) -> int:
    """The length of the beginning that two texts share, found by halving."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low

"""The rows of a summary as they are shown: down to a depth, repeated equal blocks as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from dimlint.core.dataclass import dataclass
from dimlint.core.report import Part, known_sum


@dataclass(eq=False)
class Branch:
    """A part with those below it."""

    part: Part
    index: int
    below: list[Branch] = field(default_factory=list)

    @property
    def is_rest(self) -> bool:
        """Whether it is the row of what is not reached: every part is applied, or holds what is."""
        return not self.part.is_applied and not self.below and self.part.depth > 0

    def tree(self) -> Iterator[Branch]:
        """The branch and all below it, in order."""
        pending = [self]
        while pending:
            branch = pending.pop()
            yield branch
            pending += reversed(branch.below)


@dataclass(frozen=True)
class Shown:
    """A row as it is shown. alike: the branches that it stands for, equal but for their names; only the first one's parts follow.

    lines: for each level of the tree above, whether it goes on below this row; the last tells it of the row itself.
    closed: whether its parts are left out, so that its numbers are the sums.
    """

    alike: tuple[Branch, ...]
    lines: tuple[bool, ...]
    closed: bool

    @property
    def part(self) -> Part:
        return self.alike[0].part

    @property
    def is_rest(self) -> bool:
        """Whether it is the row of layers that are not reached."""
        return self.alike[0].is_rest

    @property
    def has_sums(self) -> bool:
        """Whether the numbers are those of all that it holds."""
        return self.closed or not self.alike[0].below

    @property
    def parameters(self) -> int | None:
        """Its own, or all that it holds if no rows below tell them; those of earlier rows left out."""
        return known_sum(branch.part.parameters for branch in self._told())

    @property
    def trainable_parameters(self) -> int | None:
        """Those of them that are trained."""
        return known_sum(branch.part.trainable_parameters for branch in self._told())

    @property
    def multiply_adds(self) -> int | None:
        """Of all leaves that no rows below tell of."""
        return self.part.multiply_adds if self.has_sums else 0

    @property
    def activation_bytes(self) -> int | None:
        """Of all leaves that no rows below tell of."""
        return self.part.activation_bytes if self.has_sums else 0

    def _told(self) -> Iterator[Branch]:
        return self.alike[0].tree() if self.closed else iter(self.alike[:1])


def branches(parts: Sequence[Part]) -> Branch:
    """The rows as a tree."""
    open_branches: list[Branch] = []
    for index, part in enumerate(parts):
        branch = Branch(part, index)
        del open_branches[part.depth :]
        if open_branches:
            open_branches[-1].below.append(branch)
        open_branches.append(branch)
    return open_branches[0]


def shown_rows(parts: Sequence[Part], depth: int | None = None, *, rolled: bool = True) -> list[Shown]:
    """The rows down to a depth. rolled: neighbours that are equal but for their names are one row."""
    if not parts:
        return []
    root = branches(parts)
    signatures = _signatures(root) if rolled else {}
    pending, rows = [Shown((root,), (), depth == 0 and bool(root.below))], list[Shown]()
    while pending:
        row = pending.pop()
        rows.append(row)
        if row.closed:
            continue
        groups = _groups(row.alike[0].below, signatures) if rolled else [(branch,) for branch in row.alike[0].below]
        for number in range(len(groups) - 1, -1, -1):
            group = groups[number]
            closed = bool(group[0].below) and depth is not None and group[0].part.depth >= depth
            pending.append(Shown(group, (*row.lines, number < len(groups) - 1), closed))
    return rows


def unreached(parts: Sequence[Part]) -> Part | None:
    """The row of the parameters of layers that are not reached, if there is one: the last."""
    return next((part for part in parts[-1:] if Branch(part, len(parts) - 1).is_rest), None)


def _groups(siblings: Sequence[Branch], signatures: dict[int, object]) -> list[tuple[Branch, ...]]:
    groups: list[list[Branch]] = []
    for branch in siblings:
        if groups and signatures[branch.index] == signatures[groups[-1][0].index]:
            groups[-1].append(branch)
        else:
            groups.append([branch])
    return [tuple(group) for group in groups]


def _signatures(root: Branch) -> dict[int, object]:
    """A number for each branch, the same for those that differ in nothing but their names."""
    known: dict[object, int] = {}
    found: dict[int, object] = {}
    for branch in reversed(list(root.tree())):
        part = branch.part
        own = (part.layer, part.is_leaf, part.is_applied, part.failed, repr(part.input_shapes), repr(part.output_shape))
        counts = (part.parameters, part.trainable_parameters, part.held_parameters, part.multiply_adds, part.activation_bytes)
        below = tuple((item.part.label, found[item.index]) for item in branch.below)
        found[branch.index] = known.setdefault((own, counts, below), len(known))
    return found

"""What an analysis results in: plain, frozen, picklable data that every door renders."""

from __future__ import annotations

from typing import Union

from dimlint.core.dataclass import dataclass

ShapeData = tuple[Union[int, None], ...]
"""A shape as the outside sees it: an unknown size is ``None``."""


@dataclass(frozen=True, order=True)
class Span:
    """A range of source text. Lines and columns count from 1, columns in code points; the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Related:
    """A place that explains a finding: where the layer was built, or one step of the chain of shapes."""

    span: Span
    message: str


@dataclass(frozen=True)
class Edit:
    """Replace the text of ``span`` by ``text``."""

    span: Span
    text: str


@dataclass(frozen=True)
class Fix:
    """A change that makes the finding go away."""

    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Finding:
    """A place where the framework itself refuses the program."""

    span: Span
    code: str
    rule: str
    message: str
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


COMMENT, FAILED = "dimlint comment:", "dimlint failed"
"""How the reasons of gaps begin that people are warned of: a malformed comment, a mistake of dimlint's own."""


@dataclass(frozen=True)
class Gap:
    """What the analysis could not follow, and where."""

    span: Span
    reason: str

    @property
    def is_warning(self) -> bool:
        """Whether it is shown as ``analysis-error`` without being asked for."""
        return self.reason.startswith((COMMENT, FAILED))


@dataclass(frozen=True)
class Model:
    """A network found in the file. ``status`` is ``verified``, ``partial`` or ``wrong``."""

    span: Span
    name: str
    status: str
    reason: str | None
    input_shapes: tuple[ShapeData | None, ...]
    output_shape: object
    layers: int


@dataclass(frozen=True)
class Report:
    """Everything known about one file.

    failure: why it could not be read or analysed. skipped: it was turned away before the parse.
    internal: the failure is dimlint's own.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    models: tuple[Model, ...] = ()
    gaps: tuple[Gap, ...] = ()
    failure: str | None = None
    skipped: bool = False
    internal: bool = False


@dataclass(frozen=True)
class AppliedLayer:
    """One application of a leaf layer. ``parameters`` are those that no earlier step has; ``None`` if they are not known."""

    name: str
    layer: str
    span: Span
    input_shapes: tuple[ShapeData | None, ...]
    output_shape: object
    parameters: int | None


@dataclass(frozen=True)
class Summary:
    """A model applied to an input: which layers it runs, in order, and how large they are."""

    name: str
    path: str
    line: int
    status: str
    reason: str | None
    input_shapes: tuple[ShapeData | None, ...]
    output_shape: object
    parameters: int | None
    trainable_parameters: int | None
    steps: tuple[AppliedLayer, ...]
    smallest_input: ShapeData | None = None
    works_on: str | None = None
    """The condition on the sizes of the input where it is not simply "at least n"."""

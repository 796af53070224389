"""What an analysis results in: plain, frozen, picklable data that every door renders."""

from __future__ import annotations

from collections.abc import Iterable
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
    """A change that makes the finding go away. ``safe``: the model surely works then, and what is changed was the mistake."""

    message: str
    edits: tuple[Edit, ...]
    safe: bool = False


@dataclass(frozen=True)
class Finding:
    """A place where the framework itself refuses the program.

    blamed: the argument that a person would change first and its name, in the call itself or where the layer is built.
    """

    span: Span
    code: str
    rule: str
    message: str
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    blamed: Related | None = None


BUILT = "is built here"
"""How the explanation ends that names the construction of a refused layer."""
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
class AppliedLayer:
    """A call of a layer or model whose result is known, or which is refused, as an editor shows it.

    span: the call, or the construction where a container makes the call. built: the construction, where it is known.
    name: the framework's whole name (``torch.nn.Conv2d``), or that of the program's class. weights: shapes of its own variables by name.
    arithmetic: how sizes come about, a line for each axis. assumed: whether the shapes follow from one that nobody states.
    refusal: why the framework refuses the call; there is no output then.
    """

    span: Span
    built: Span | None
    name: str
    input_shapes: tuple[ShapeData | None, ...]
    output_shape: object
    weights: tuple[tuple[str, ShapeData], ...] = ()
    arithmetic: tuple[str, ...] = ()
    assumed: bool = False
    refusal: str | None = None


@dataclass(frozen=True)
class Report:
    """Everything known about one file.

    failure: why it could not be read or analysed. skipped: it was turned away before the parse.
    internal: the failure is dimlint's own. layers: the calls of layers in the file, if they were asked for.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    models: tuple[Model, ...] = ()
    gaps: tuple[Gap, ...] = ()
    failure: str | None = None
    skipped: bool = False
    internal: bool = False
    layers: tuple[AppliedLayer, ...] = ()


@dataclass(frozen=True)
class Part:
    """One application of a part of a model: a row of the tree that a summary shows, in order of application, the model itself first.

    name, label: the framework's whole name, and the end of it by which the part differs from its siblings. depth: below the model.
    is_leaf: whether it has no parts of its own. is_step: whether it is a leaf that is counted among the layers; Keras' InputLayer is not.
    is_applied: not so for a container that only holds what is applied, as a ModuleList. failed: whether it is what the framework refuses.
    parameters, trainable_parameters: each parameter stands in one row only, that of the first leaf that has it, or else of the
    innermost part around it. held_parameters, held_trainable_parameters: all that the part and those inside it have.
    multiply_adds, activation_bytes: of a leaf; of other parts the sum over the leaves below. ``None``: not known.
    """

    name: str
    label: str
    layer: str
    span: Span
    depth: int
    is_leaf: bool
    is_step: bool
    is_applied: bool
    failed: bool
    input_shapes: tuple[ShapeData | None, ...]
    output_shape: object
    parameters: int | None
    trainable_parameters: int | None
    held_parameters: int | None
    held_trainable_parameters: int | None
    multiply_adds: int | None
    activation_bytes: int | None


def known_sum(numbers: Iterable[int | None]) -> int | None:
    """The sum of numbers, None if one of them is not known."""
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


@dataclass(frozen=True)
class Node:
    """A place that tensors flow through: an input of the model, a leaf, an operation between leaves, or the output.

    kind: ``input``, ``layer``, ``operation`` or ``output``. part: the row of the leaf, or of the part that runs the operation.
    sources: the nodes, all of them earlier, whose results go in.
    """

    kind: str
    label: str
    part: int | None
    shape: object
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """A model applied to an input: which layers it runs, in order, and how large they are.

    parts: up to the one that is refused, if one is. failure: where the reason of a wrong model lies. input_bytes, activation_bytes,
    parameter_bytes: memory of the input, of the results of layers with parameters and their gradients, and of the parameters.
    works_on: the condition on the sizes of the input where it is not simply "at least n".
    """

    name: str
    path: str
    line: int
    status: str
    reason: str | None
    input_shapes: tuple[ShapeData | None, ...]
    output_shape: object
    parameters: int | None
    trainable_parameters: int | None
    parts: tuple[Part, ...]
    flow: tuple[Node, ...] = ()
    framework: str = "torch"
    failure: Span | None = None
    multiply_adds: int | None = None
    input_bytes: int | None = None
    activation_bytes: int | None = None
    parameter_bytes: int | None = None
    smallest_input: ShapeData | None = None
    works_on: str | None = None

    @property
    def steps(self) -> tuple[Part, ...]:
        """The applied leaf layers in order of application."""
        return tuple(part for part in self.parts if part.is_step)

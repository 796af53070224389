"""What is known of a document, as an editor shows it: diagnostics, hints beside layers, and the text at the pointer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from textwrap import wrap

from lsprotocol import types as lsp

from dimlint.core.report import BUILT, COMMENT, AppliedLayer, Finding, Related, ShapeData, Span
from dimlint.core.rules import ANALYSIS
from dimlint.render.checked import ERROR, WARNING, severity
from dimlint.render.rule_text import address
from dimlint.server.documents import Document, Page
from dimlint.server.session import Session

SOURCE = "dimlint"
SEVERITIES = {ERROR: lsp.DiagnosticSeverity.Error, WARNING: lsp.DiagnosticSeverity.Warning}
MAX_LABEL = 25
"""Characters of a hint; editors cut longer ones."""
MAX_WIDTH = 80
"""Characters of a line at the pointer; editors do not break those of code."""
MAX_SHAPES = 4
"""Different calls at one place that are written out at the pointer."""


def diagnostics(session: Session, document: Document) -> list[tuple[Page, list[lsp.Diagnostic]]]:
    """The findings that stand in each part of the document that the editor shows, at their places in the text as it is."""
    found: dict[str, list[lsp.Diagnostic]] = {}
    for finding in remarks(document):
        diagnostic = diagnose(session, document, finding)
        span = document.now(finding.span)
        if diagnostic is not None and span is not None:
            found.setdefault(document.page(span.line).uri, []).append(diagnostic)
    return [(page, found.get(page.uri, [])) for page in document.pages]


def remarks(document: Document) -> Iterator[Finding]:
    """The findings, and malformed comments as findings."""
    if document.known is not None:
        yield from document.known.report.findings
        for gap in document.known.report.gaps:
            if gap.reason.startswith(COMMENT):
                yield Finding(gap.span, ANALYSIS.code, ANALYSIS.symbol, gap.reason)


def diagnose(session: Session, document: Document, finding: Finding) -> lsp.Diagnostic | None:
    """A finding as a diagnostic; None if what it is about has changed."""
    span = document.now(finding.span)
    if span is None:
        return None
    related = [place for item in _explaining(finding) if (place := _related(session, document, item)) is not None]
    return lsp.Diagnostic(
        document.location(span).range,
        finding.message,
        SEVERITIES.get(severity(finding.code), lsp.DiagnosticSeverity.Information),
        finding.rule,
        lsp.CodeDescription(address(finding.code, finding.rule)),
        SOURCE,
        related_information=related or None,
    )


def _explaining(finding: Finding) -> list[Related]:
    """The places that explain a finding, with that of the argument to blame if it is on another line or in another file."""
    related, blamed = list(finding.related), finding.blamed
    if blamed is None or _line(blamed.span) == _line(finding.span):
        return related
    given = Related(blamed.span, f"{blamed.message} is given here")
    for index, item in enumerate(related):
        if item.message.endswith(BUILT) and _line(item.span) == _line(blamed.span):
            return [*related[:index], given, *related[index + 1 :]]
    return [*related, given]


def _line(span: Span) -> tuple[str, int]:
    return span.path, span.line


def _related(session: Session, document: Document, item: Related) -> lsp.DiagnosticRelatedInformation | None:
    if item.span.path == document.path:
        span = document.now(item.span)
        return None if span is None else lsp.DiagnosticRelatedInformation(document.location(span), item.message)
    uri, text = session.locate(item.span.path)
    start = lsp.Position(item.span.line - 1, 0)
    where = lsp.Range(start, start) if text is None else text.range(item.span)
    return lsp.DiagnosticRelatedInformation(lsp.Location(uri, where), item.message)


# -- hints


def hints(document: Document, page: Page, within: lsp.Range) -> list[lsp.InlayHint]:
    """The shapes behind the calls of layers of which they are fully known, the batch left out, in a part that the editor shows."""
    found: dict[Span, dict[str, AppliedLayer]] = {}
    for layer in document.known.report.layers if document.known is not None else ():
        label = _short(layer.output_shape)
        if label is not None and not layer.assumed:
            found.setdefault(layer.span, {}).setdefault(label, layer)
    made = []
    for span, layers in found.items():
        now = document.now(span)
        if now is None or document.page(now.end_line).uri != page.uri:
            continue
        position = page.position(now.end_line, now.end_column)
        if _key(within.start) <= _key(position) <= _key(within.end):
            tooltip = "\n".join(dict.fromkeys(map(_flow, layers.values())))
            made.append(lsp.InlayHint(position, _label(list(layers)), tooltip=tooltip, padding_left=True))
    return made


def _label(shapes: list[str]) -> str:
    """The shapes at one place: several if they differ from call to call, as many as have room."""
    text = "→ " + " | ".join(shapes)
    return text if len(text) <= MAX_LABEL or len(shapes) == 1 else f"→ {len(shapes)} shapes"


def _short(output: object) -> str | None:
    """The shape of the only or first tensor without the batch; None if a size is not known or nothing is left."""
    while isinstance(output, tuple) and output and isinstance(output[0], tuple):
        output = output[0]
    sizes = output[1:] if isinstance(output, tuple) else ()
    return "×".join(map(str, sizes)) if sizes and all(isinstance(size, int) for size in sizes) else None


def _key(position: lsp.Position) -> tuple[int, int]:
    return position.line, position.character


# -- hover


def hover(document: Document, page: Page, position: lsp.Position) -> lsp.Hover | None:
    """What the layer at a position of a part that the editor shows does: the innermost call, or where such a layer is built."""
    around: dict[Span, list[AppliedLayer]] = {}
    for layer in document.known.report.layers if document.known is not None else ():
        for span in {layer.span, layer.built} - {None}:
            assert span is not None
            around.setdefault(span, []).append(layer)
    best: tuple[int, lsp.Range, list[AppliedLayer]] | None = None
    offset = document.text.offset_of(*page.place(position))
    for span, layers in around.items():
        now = document.now(span)
        if now is not None:
            start, end = document.text.offset_of(now.line, now.column), document.text.offset_of(now.end_line, now.end_column)
            if start <= offset <= end and (best is None or end - start < best[0]):
                best = end - start, page.range(now), layers
    if best is None:
        return None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, _explained(document, best[2])), best[1])


def _explained(document: Document, layers: list[AppliedLayer]) -> str:
    """The calls of the layers at one place, in Markdown."""
    parts = []
    for name in dict.fromkeys(layer.name for layer in layers):
        mine = [item for item in layers if item.name == name]
        stated = [item for item in mine if not item.assumed] or mine
        calls = list(dict.fromkeys((_flow(item), _reasons(item), item.weights) for item in stated))
        lines = [f"**{name}**"]
        for flow, reasons, weights in calls[:MAX_SHAPES]:
            lines += [f"```text\n{flow}\n" + "".join(f"{line}\n" for line in (*reasons, *_parameters(weights))) + "```"]
        if len(calls) > MAX_SHAPES:
            lines.append(f"and {len(calls) - MAX_SHAPES} more")
        known = document.known.documentation.get(name) if document.known is not None else None
        if known is not None:
            lines += [f"```python\n{name}({known.signature})\n```", known.doc]
        parts.append("\n\n".join(filter(None, lines)))
    return "\n\n---\n\n".join(parts)


def _reasons(layer: AppliedLayer) -> tuple[str, ...]:
    """How what comes out comes about, or why nothing does."""
    return (*layer.arithmetic, *wrap(layer.refusal or "", MAX_WIDTH))


def _parameters(weights: Iterable[tuple[str, ShapeData]]) -> list[str]:
    """How many parameters there are, and where."""
    named = list(weights)
    if not named:
        return []
    sizes = [[size for size in shape if size is not None] for _, shape in named]
    places = ", ".join(f"{name} {_shape(shape)}" for name, shape in named)
    known = all(len(size) == len(shape) for size, (_, shape) in zip(sizes, named))
    return [f"parameters: {sum(map(prod, sizes)):,} ({places})" if known else f"parameters: {places}"]


def _flow(layer: AppliedLayer) -> str:
    given = ", ".join(map(_shape, layer.input_shapes)) or "?"
    output = _shape(layer.output_shape) if layer.refusal is None else "refused"
    return f"{given} → {output}{' (nobody states the input)' if layer.assumed else ''}"


def _shape(shape: object) -> str:
    """A shape, or several nested ones, as Python writes them; a size that is not known is a question mark."""
    if isinstance(shape, tuple):
        return f"({', '.join(map(_shape, shape))}{',' if len(shape) == 1 else ''})"
    return "?" if shape is None else str(shape)

"""What an editor offers to do about a finding: its fix, all safe fixes at once, or a comment that ignores it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lsprotocol import types as lsp

from dimlint.comments import Comments
from dimlint.core.report import Edit, Finding, Fix, Span
from dimlint.core.rules import Rule, find
from dimlint.editing import compatible
from dimlint.scan import Scan
from dimlint.server.documents import Document, Page
from dimlint.server.drawn import diagnose
from dimlint.server.session import Session
from dimlint.server.texts import Text

NOTEBOOK_FIX_ALL = "notebook.source.fixAll"
"""What an editor asks a cell for that mends all cells of its notebook."""
KINDS = [lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.SourceFixAll, NOTEBOOK_FIX_ALL]


def actions(
    session: Session, document: Document, page: Page, asked: lsp.CodeActionParams, *, versioned: bool
) -> list[lsp.CodeAction]:
    """What can be done about the findings of a range in a part that the editor shows, for the text as it is."""
    if document.known is None or not document.is_current:
        return []  # a fix is known to work for the text that was analysed
    findings, only = document.known.report.findings, asked.context.only
    found: list[lsp.CodeAction] = []
    if _wanted(lsp.CodeActionKind.QuickFix, only):
        found += _quick(session, document, page, asked.range, versioned=versioned)
    safe = [finding.fix for finding in findings if finding.fix is not None and finding.fix.safe]
    here = [fix for fix in safe if all(document.page(edit.span.line).uri == page.uri for edit in fix.edits)]
    for kind, fixes in ((lsp.CodeActionKind.SourceFixAll, here), (NOTEBOOK_FIX_ALL, safe)):
        if fixes and _wanted(kind, only):
            edits = list(dict.fromkeys(edit for fix in compatible(fixes) for edit in fix.edits))
            change = _workspace_edit(session, document, edits, versioned=versioned)
            found.append(lsp.CodeAction("Fix all that dimlint can fix safely", kind, edit=change))
    return found


def _quick(session: Session, document: Document, page: Page, asked: lsp.Range, *, versioned: bool) -> Iterator[lsp.CodeAction]:
    """The fixes of the findings of a range, each once, and then the comments that ignore these."""
    mended: dict[Fix, list[lsp.Diagnostic]] = {}
    ignored: list[lsp.CodeAction] = []
    for finding in document.known.report.findings if document.known is not None else ():
        is_here = document.page(finding.span.line).uri == page.uri and _touches(page.range(finding.span), asked)
        by_fix = finding.fix is not None and any(_is_on_lines(document, page, span, asked) for span in _causes(finding))
        if not is_here and not by_fix:
            continue
        diagnostic = diagnose(session, document, finding)
        told = [] if diagnostic is None else [diagnostic]
        if finding.fix is not None:
            mended.setdefault(finding.fix, []).extend(told)
        if is_here:  # the comment would not stand where the argument does
            ignored += _ignored(session, document, finding, told, versioned=versioned)
    for fix, diagnostics in mended.items():
        change = _workspace_edit(session, document, fix.edits, versioned=versioned)
        yield lsp.CodeAction(fix.message, lsp.CodeActionKind.QuickFix, diagnostics, True if fix.safe else None, edit=change)
    yield from ignored


def _causes(finding: Finding) -> Iterator[Span]:
    """Where one who mends a finding would look, besides the finding itself."""
    if finding.blamed is not None:
        yield finding.blamed.span
    if finding.fix is not None:
        yield from (edit.span for edit in finding.fix.edits)


def _ignored(
    session: Session, document: Document, finding: Finding, told: list[lsp.Diagnostic], *, versioned: bool
) -> Iterator[lsp.CodeAction]:
    """A comment that ignores a finding, if one can be put there."""
    rule = find(finding.rule)
    page = document.page(finding.span.line)
    comment = ignoring(page.text, rule, page.own(finding.span)) if rule is not None else None
    if comment is not None:
        comment = Edit(page.program(comment.span), comment.text)
        change = _workspace_edit(session, document, [comment], versioned=versioned)
        yield lsp.CodeAction(f"Ignore {finding.rule} here", lsp.CodeActionKind.QuickFix, told, edit=change)


def ignoring(text: Text, rule: Rule, span: Span) -> Edit | None:
    """A comment at the end of a line that switches a rule off at a span; None if no line can take one."""
    plain = text.text
    for line in Comments(Scan(plain.removeprefix("\ufeff"))).lines_around(span):
        end = text.line_end(line)
        content = plain[:end]
        if content.endswith("\\"):
            continue
        addition = f"{'' if content.endswith((' ', chr(9))) else '  '}# dimlint: ignore[{rule.symbol}]"
        changed = Scan((content + addition + plain[end:]).removeprefix("\ufeff"))
        if Comments(changed).suppresses(rule, span):
            place = text.place(end)
            return Edit(Span(span.path, *place, *place), addition)
    return None


def _workspace_edit(session: Session, document: Document, edits: Iterable[Edit], *, versioned: bool) -> lsp.WorkspaceEdit | None:
    """Edits by document. versioned: whether the editor takes changes of a stated version."""
    changes: dict[str, list[lsp.TextEdit]] = {}
    for edit in edits:
        if edit.span.path == document.path:
            where = document.location(edit.span)
            changes.setdefault(where.uri, []).append(lsp.TextEdit(where.range, edit.text))
            continue
        uri, text = session.locate(edit.span.path)
        if text is None:
            return None
        changes.setdefault(uri, []).append(lsp.TextEdit(text.range(edit.span), edit.text))
    if not versioned:
        return lsp.WorkspaceEdit(changes=changes)
    return lsp.WorkspaceEdit(
        document_changes=[lsp.TextDocumentEdit(_versioned(session, uri), items) for uri, items in changes.items()]
    )


def _versioned(session: Session, uri: str) -> lsp.OptionalVersionedTextDocumentIdentifier:
    found = session.find(uri)
    return lsp.OptionalVersionedTextDocumentIdentifier(uri, found[1].version if found is not None else None)


def _wanted(kind: lsp.CodeActionKind | str, only: Sequence[lsp.CodeActionKind | str] | None) -> bool:
    """Whether a kind, or one that it is a part of, is asked for; what is not asked for by name comes with the quick fixes only."""
    if only is None:
        return kind is lsp.CodeActionKind.QuickFix
    return any(not text or _text(kind) == text or _text(kind).startswith(f"{text}.") for text in map(_text, only))


def _text(kind: lsp.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, lsp.CodeActionKind) else kind


def _touches(a: lsp.Range, b: lsp.Range) -> bool:
    start, end = max((r.start.line, r.start.character) for r in (a, b)), min((r.end.line, r.end.character) for r in (a, b))
    return start <= end


def _is_on_lines(document: Document, page: Page, span: Span, asked: lsp.Range) -> bool:
    """Whether a range shares a line with a span of the program in a part that the editor shows."""
    if span.path != document.path or document.page(span.line).uri != page.uri:
        return False
    where = page.range(span)
    return where.start.line <= asked.end.line and asked.start.line <= where.end.line

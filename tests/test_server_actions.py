"""What the editor server offers to do about a finding, and where: a fix, a comment, and the places that explain it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra 'lsp'")

from lsprotocol import types as lsp

from dimlint.core.report import Span
from dimlint.server.texts import Text
from tests.editor import WHOLE, Editor, editor, run
from tests.test_server import BAD, GOOD, WRONG_CALL


def test_a_fix_and_a_comment_mend_the_text(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", BAD)
            (found,) = await it.diagnostics(uri, 1)
            identifier, context = lsp.TextDocumentIdentifier(uri), lsp.CodeActionContext([found])
            actions = await it.client.text_document_code_action_async(lsp.CodeActionParams(identifier, found.range, context))
            fix, ignore = [item for item in actions or () if isinstance(item, lsp.CodeAction)]
            assert fix.kind == lsp.CodeActionKind.QuickFix and fix.is_preferred and it.applied(uri, fix.edit) == GOOD
            comment = it.applied(uri, ignore.edit)
            assert comment == BAD.replace(WRONG_CALL, f"{WRONG_CALL}  # dimlint: ignore[feature-mismatch]")
            context = lsp.CodeActionContext([], only=[lsp.CodeActionKind.Source])
            (everything,) = await it.client.text_document_code_action_async(lsp.CodeActionParams(identifier, WHOLE, context)) or ()
            assert isinstance(everything, lsp.CodeAction) and it.applied(uri, everything.edit) == GOOD
            assert await it.diagnostics(uri, it.replace(uri, WRONG_CALL, f"{WRONG_CALL}  # dimlint: ignore[feature-mismatch]")) == []

    run(scenario)


@pytest.mark.parametrize("ending", ["\\\n    .shape", '"""\n"""'])
def test_a_comment_goes_where_it_is_one(ending: str) -> None:
    from dimlint.core.rules import find
    from dimlint.server.actions import ignoring

    text = f"x = call(1) + {ending}\ny = 2\n"
    rule = find("feature-mismatch")
    assert rule is not None
    edit = ignoring(Text(text), rule, Span("", 1, 5, 1, 12))
    assert edit is not None and edit.span.line == 2 and edit.text == "  # dimlint: ignore[feature-mismatch]"


async def titles(it: Editor, uri: str, place: str) -> list[str]:
    """What is offered where a part of the text begins."""
    before = it.text(uri)[: it.text(uri).index(place)].split("\n")
    position = lsp.Position(len(before) - 1, len(before[-1]))
    asked = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), lsp.Range(position, position), lsp.CodeActionContext([]))
    return [item.title for item in await it.client.text_document_code_action_async(asked) or ()]


def places(it: Editor, found: lsp.Diagnostic) -> list[tuple[str, str]]:
    """The explaining places of a finding: their texts and what is said there."""
    return [(it.part(item.location.uri, item.location.range), item.message) for item in found.related_information or ()]


def test_the_argument_to_blame_is_shown_and_mended_where_it_stands(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", BAD)
            (found,) = await it.diagnostics(uri, 1)
            assert ("7", "in_features is given here") in places(it, found)
            assert not any("is built here" in message for _, message in places(it, found))
            fix, ignore = await titles(it, uri, WRONG_CALL)
            assert ignore == "Ignore feature-mismatch here"
            for place in ("self.head = nn", "nn.Linear(7", "7, 10", ")\n\n    def forward"):
                assert await titles(it, uri, place) == [fix]
            for place in ("import", "return", "print", "nn.Conv2d", "def forward"):
                assert await titles(it, uri, place) == []
            version = it.replace(uri, "nn.Linear(7", "nn.Linear(\n            7")
            (found,) = await it.diagnostics(uri, version)
            told = places(it, found)
            assert ("7", "in_features is given here") in told  # which is on another line than what is built
            assert [part for part, message in told if message.endswith("is built here")] == ["nn.Linear(\n            7, 10)"]
            assert await titles(it, uri, "7, 10") == [fix] and await titles(it, uri, "self.head = nn") == []

    run(scenario)


CALL = "import torch\nfrom torch import nn\n{}x = torch.zeros(2, 8)\nfirst = nn.Linear(7, 4)(x)\n"


def test_an_argument_on_the_line_of_the_finding_needs_no_other_place(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", CALL.format(""))
            (found,) = await it.diagnostics(uri, 1)
            assert it.part(uri, found.range) == "nn.Linear(7, 4)"
            assert not any("given here" in message for _, message in places(it, found))

    run(scenario)


def test_one_fix_for_two_findings_is_offered_once(tmp_path: Path) -> None:
    text = CALL.format("").replace("first = nn.Linear(7, 4)(x)", "head = nn.Linear(7, 4)\ny = head(x)\nz = head(x + 1)")

    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", text)
            assert len(await it.diagnostics(uri, 1)) == 2
            asked = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), WHOLE, lsp.CodeActionContext([]))
            actions = await it.client.text_document_code_action_async(asked) or ()
            assert len({item.title for item in actions}) == 2  # a fix and a comment
            fix, *comments = [item for item in actions if isinstance(item, lsp.CodeAction)]
            assert len(comments) == 2 and len(fix.diagnostics or ()) == 2
            assert it.applied(uri, fix.edit) == text.replace("nn.Linear(7", "nn.Linear(8")

    run(scenario)


def test_an_argument_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "heads.py").write_text("from torch import nn\n\nhead = nn.Linear(7, 4)\n", encoding="utf-8")
    text = "import torch\nfrom heads import head\ny = head(torch.zeros(2, 8))\n"

    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "main.py", text)
            (found,) = await it.diagnostics(uri, 1)
            (given,) = [item for item in found.related_information or () if "given here" in item.message]
            assert given.location.uri.endswith("/heads.py") and given.message == "in_features is given here"
            assert given.location.range == lsp.Range(lsp.Position(2, 17), lsp.Position(2, 18))
            assert not any("is built here" in item.message for item in found.related_information or ())

    run(scenario)

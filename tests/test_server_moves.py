"""Where the editor server shows what it knows of an older text: after edits, while the text is broken."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

pytest.importorskip("pygls", reason="needs the extra 'lsp'")

from lsprotocol import types as lsp

from dimlint.core.report import Span
from dimlint.server.shifts import MAX_CHANGES, Shift
from dimlint.server.texts import Text
from tests.editor import WHOLE, Editor, editor, run
from tests.test_server import BAD, WRONG_CALL

START, END = lsp.Position(0, 0), lsp.Position(1000, 0)
AT_START = lsp.TextDocumentContentChangePartial(lsp.Range(START, START), "# new\n")
AT_END = lsp.TextDocumentContentChangePartial(lsp.Range(END, END), "def (:\n")
BOTH = f"# new\n{BAD}def (:\n"


def change(it: Editor, uri: str, changes: list[lsp.TextDocumentContentChangeEvent]) -> int:
    """Edit a text in several places at once, or replace it; the new version."""
    version, text = it._texts[uri]
    it._texts[uri] = (version + 1, text.changed(changes))
    identifier = lsp.VersionedTextDocumentIdentifier(version + 1, uri)
    it.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, changes))
    return version + 1


async def hints(it: Editor, uri: str) -> list[tuple[int, str]]:
    """The lines and texts of all hints."""
    asked = lsp.InlayHintParams(lsp.TextDocumentIdentifier(uri), WHOLE)
    return [(hint.position.line, str(hint.label)) for hint in await it.client.text_document_inlay_hint_async(asked) or ()]


def test_a_broken_text_keeps_the_last_result(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor() as it:
            uri = it.open(tmp_path / "net.py", BAD)
            await it.diagnostics(uri, 1)
            version = it.replace(uri, "import torch\n", "import torch\nif (\n")
            (found,) = await it.diagnostics(uri, version)
            assert it.part(uri, found.range) == WRONG_CALL and found.range.start.line == 15
            hints = await it.client.text_document_inlay_hint_async(lsp.InlayHintParams(lsp.TextDocumentIdentifier(uri), WHOLE))
            assert [hint.position.line for hint in hints or () if hint.label == "→ 8×32×32"] == [8, 9, 14]
            assert await it.diagnostics(uri, it.replace(uri, WRONG_CALL, WRONG_CALL[:-1])) == []  # what stood there has changed
            assert it.messages == []

    run(scenario)


@pytest.mark.parametrize(
    "edits",
    [
        [[AT_END], [AT_START]],
        [[AT_START], [AT_END]],
        [[AT_END, AT_START]],
        [[lsp.TextDocumentContentChangePartial(WHOLE, BOTH)]],
        [[lsp.TextDocumentContentChangeWholeDocument(BOTH)]],
        [[AT_END], [lsp.TextDocumentContentChangeWholeDocument(BOTH)]],
    ],
)
def test_edits_far_apart_keep_what_lies_between(edits: list[list[lsp.TextDocumentContentChangeEvent]], tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor({"delay": 10}) as it:
            uri = it.open(tmp_path / "net.py", BAD)
            (first,) = await it.diagnostics(uri, 1)
            shown = await hints(it, uri)
            assert shown
            for changes in edits:
                (found,) = await it.diagnostics(uri, change(it, uri, changes))
                assert it.part(uri, found.range) == WRONG_CALL
            assert it.text(uri) == BOTH and found.range.start.line == first.range.start.line + 1
            assert await hints(it, uri) == [(line + 1, label) for line, label in shown]
            (first_place, *_), (place, *_) = first.related_information or (), found.related_information or ()
            assert place.location.range.start.line == first_place.location.range.start.line + 1
            assert it.messages == []

    run(scenario)


def test_what_changes_is_dropped_and_comes_back_with_its_text(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editor({"delay": 10}) as it:
            uri = it.open(tmp_path / "net.py", BAD)
            await it.diagnostics(uri, 1)
            shown = await hints(it, uri)
            await it.diagnostics(uri, change(it, uri, [AT_END]))
            assert await it.diagnostics(uri, it.replace(uri, WRONG_CALL, "self.head(x)")) == []
            assert await hints(it, uri) == shown
            await it.diagnostics(uri, it.replace(uri, "nn.ReLU()", "nn.GELU()"))
            assert await hints(it, uri) == [(line, label) for line, label in shown if line != 8]  # of what is as it was
            await it.diagnostics(uri, it.replace(uri, "nn.GELU()", "nn.ReLU()"))
            assert await hints(it, uri) == shown
            (found,) = await it.diagnostics(uri, it.replace(uri, "self.head(x)", WRONG_CALL))
            assert it.part(uri, found.range) == WRONG_CALL

    run(scenario)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_positions_there_and_back(encoding: str) -> None:
    text = Text("\ufeffa🎉é\r\n\u2028b🎉\r\nlast", encoding)
    for offset in range(1, len(text.text) + 1):
        if text.text[offset : offset + 1] != "\n":  # between the two characters that end a line there is no place
            assert text.offset(text.position(*text.place(offset))) == offset
    assert text.offset(lsp.Position(0, 99)) == 4 and text.offset(lsp.Position(9, 0)) == len(text.text)


PIECES = st.text(alphabet="ab🎉é\n\r\u2028\x0c", max_size=6)


@hypothesis.given(PIECES, PIECES, PIECES, PIECES, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_changes_and_what_they_move(head: str, old: str, new: str, tail: str, encoding: str) -> None:
    text = Text(head + old + tail, encoding)
    begin, end = text.place(len(head)), text.place(len(head + old))
    torn = ((head, old + tail), (head + old, tail))
    hypothesis.assume(not any(left.endswith("\r") and right.startswith("\n") for left, right in torn))
    where = lsp.Range(text.position(*begin), text.position(*end))
    changed = text.changed([lsp.TextDocumentContentChangePartial(where, new)])
    assert changed.text == head + new + tail
    moved = Shift(text, changed)
    for first in range(len(text.text) + 1):
        for last in range(first + 1, len(text.text) + 1):
            span = moved(Span("", *text.place(first), *text.place(last)))
            if span is not None:
                start, stop = changed.offset_of(span.line, span.column), changed.offset_of(span.end_line, span.end_column)
                assert changed.text[start:stop] == text.text[first:last]


def moved_lines(old: str, new: str) -> dict[int, int]:
    """Where each line of a text that is not empty stands in a newer text, if it does."""
    before, after = Text(old), Text(new)
    shift, found = Shift(before, after), {}
    for number, line in enumerate(old.split("\n"), 1):
        span = shift(Span("", number, 1, number, len(line) + 1))
        if line and span is not None:
            assert after.text.split("\n")[span.line - 1] == line and span.column == 1
            found[number] = span.line
    return found


@hypothesis.given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=30))
def test_every_line_outside_of_the_edits_is_found_again(lines: list[tuple[bool, int]]) -> None:
    """Each line is kept or not, and others are put in before it, whatever stands there elsewhere."""
    old = [f"line {index}" for index in range(len(lines))]
    new: list[str] = []
    places: dict[int, int] = {}
    for index, (kept, added) in enumerate(lines):
        new += [f"new {index} {number}" for number in range(added)] + [old[index]] * kept
        if kept:
            places[index + 1] = len(new)
    assert moved_lines("\n".join(old), "\n".join(new)).items() >= places.items()


LINES = st.lists(st.sampled_from(["", "a", "b", "ab", "\r", "🎉"]), max_size=12).map("\n".join)


@hypothesis.given(LINES, LINES)
def test_what_is_moved_is_the_same_text_in_the_same_order(old: str, new: str) -> None:
    text, changed = Text(old), Text(new)
    shift = Shift(text, changed)
    reached = 0
    for first in range(len(old)):
        span = shift(Span("", *text.place(first), *text.place(first + 1)))
        if span is not None:
            start = changed.offset_of(span.line, span.column)
            assert new[start] == old[first] and start >= reached
            reached = start + 1


@pytest.mark.parametrize("line", ["model.add(Dense(10))\n", "x = f(x)\n\n", "for x in y:\n    f(x)\n\n"])
def test_edits_among_lines_that_are_all_the_same(line: str) -> None:
    old = line * 2000
    found = moved_lines(old, f"# new\n{old}def (:")
    assert len(found) == sum(map(bool, old.split("\n"))) and all(place == number + 1 for number, place in found.items())


def test_texts_that_have_little_in_common() -> None:
    """Lines that stand several times are looked for among few changes only; those that stand once, always."""
    count = 2 * MAX_CHANGES
    old, new = "a\nb\n" * count + "once\n" + "a\nb\n", "c\n" + "b\nc\nd\n" * count + "once\n" + "# new\na\nb\n# end"
    assert moved_lines(old, new) == {2 * count + number: 3 * count + 1 + place for number, place in ((1, 1), (2, 3), (3, 4))}
    assert moved_lines(old, "") == {} and moved_lines("", new) == {}

"""A summary as one page that needs nothing but itself: the network as it narrows, the table, and the source beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from dimlint.core.report import Summary
from dimlint.render.drawing import drawing
from dimlint.render.places import CellOf, no_cells, numbered
from dimlint.render.rows import Shown, shown_rows
from dimlint.render.shown import shown
from dimlint.render.style import STYLE
from dimlint.render.summary import TITLES, shape_text, sums, title, values, verdict

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is loaded and nothing runs, whatever stands in the page."""
STATUS = {"verified": "verified", "partial": "partly verified", "wrong": "wrong"}


def summary_page(
    summary: Summary,
    lines_of: Callable[[str], Sequence[str]],
    depth: int | None = None,
    *,
    rolled: bool = True,
    cell_of: CellOf = no_cells,
) -> str:
    """The whole page. lines_of: the lines of a file, none if it cannot be read."""
    return "\n".join(_page(summary, lines_of, shown_rows(summary.parts, depth, rolled=rolled), cell_of)) + "\n"


def _page(summary: Summary, lines_of: Callable[[str], Sequence[str]], rows: Sequence[Shown], cell_of: CellOf) -> Iterator[str]:
    name = _safe(summary.name)
    yield "<!DOCTYPE html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
    yield f"<title>{name}</title><style>{STYLE}</style></head><body>"
    inputs = ", ".join(shape_text(shape, summary.framework) for shape in summary.input_shapes)
    output = shape_text(summary.output_shape, summary.framework)
    yield f'<header><h1>{name} <span class="status {summary.status}">{STATUS.get(summary.status, "")}</span></h1>'
    yield f'<p class="where"><a href="#L{summary.line}">{_safe(summary.path)}{numbered(summary.path, summary.line, cell_of)}</a></p>'
    yield f'<p class="shapes">{_safe(inputs)} <span aria-label="to">→</span> {_safe(output)}</p>'
    if summary.status != "verified":
        yield f'<p class="verdict {summary.status}">{_safe(verdict(summary, cell_of))}</p>'
    if summary.works_on is not None:
        yield f"<p>works on: {_safe(summary.works_on)}</p>"
    yield "</header>"
    yield f'<section class="sums"><ul>{"".join(f"<li>{_sum(text)}</li>" for text in sums(summary))}</ul></section>'
    yield '<section><h2>Shapes</h2><p class="hint">Height: size of the image. Width: channels. Both on a logarithmic scale.</p>'
    yield f'<div class="scroll" tabindex="0">{drawing(summary)}</div></section>'
    yield '<main><section class="layers"><h2>Layers</h2><div class="scroll" tabindex="0"><table><thead><tr>'
    yield "".join(f'<th scope="col"{_number(index)}>{text}</th>' for index, text in enumerate(TITLES)) + "</tr></thead><tbody>"
    for row in rows:
        yield _row(row, summary)
    yield '</tbody></table></div></section><section class="source">'
    yield from _sources(summary, lines_of, cell_of)
    yield "</section></main></body></html>"


def _safe(text: str) -> str:
    return escape(shown(text))


def _sum(text: str) -> str:
    label, _, value = text.partition(": ")
    return f"<span>{escape(label)}</span> <b>{escape(value)}</b>"


def _number(column: int) -> str:
    return ' class="number"' if column > 1 else ""


def _row(row: Shown, summary: Summary) -> str:
    part = row.part
    text = escape(title(row))
    linked = part.span.path == summary.path
    name = f'<a href="#L{part.span.line}">{text}</a>' if linked else f'<span title="{_safe(part.span.path)}:{part.span.line}">{text}</span>'
    cells = "".join(f"<td{_number(index)}>{_safe(value)}</td>" for index, value in enumerate(values(row, summary), 1))
    kind = ' class="refused"' if part.failed else ' class="inner"' if row.alike[0].below else ""
    return f'<tr{kind}><td style="--depth:{min(part.depth, 12)}">{name}</td>{cells}</tr>'


def _sources(summary: Summary, lines_of: Callable[[str], Sequence[str]], cell_of: CellOf) -> Iterator[str]:
    """The file of the model, and the one where it is wrong if that is another one."""
    failure = summary.failure
    paths = dict.fromkeys((summary.path, *([failure.path] if failure is not None else [])))
    for number, path in enumerate(paths):
        marked = failure.line if failure is not None and failure.path == path else 0
        lines = []
        for line, text in enumerate(lines_of(path), 1):
            anchor = f' id="L{line}"' if not number else ""
            cell = cell_of(path, line) or (0, line)
            if cell[0] and cell[1] == 1:
                lines.append(f'<span class="cell">cell {cell[0]}</span>')
            lines.append(_line(cell[1], text, anchor, marked=line == marked))
            if line == marked:
                lines.append(f'<span class="message">{_safe(summary.reason or "")}</span>')
        head = f"<details open><summary><h2>{_safe(path)}</h2></summary>"
        yield f'{head}<div class="scroll" tabindex="0"><pre>{"".join(lines)}</pre></div></details>'


def _line(number: int, text: str, anchor: str, *, marked: bool) -> str:
    kind = ' class="refused"' if marked else ""
    return f'<span{anchor}{kind}><i aria-hidden="true">{number}</i>{_safe(text)}</span>'

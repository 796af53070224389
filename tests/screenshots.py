"""The pictures of README: what a terminal, an editor and a browser show of a project. ``python -m tests.screenshots`` makes them anew."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.terminal_theme import MONOKAI
from rich.text import Text

from dimlint.server.documents import Document, Known
from dimlint.server.drawn import diagnostics, hints
from dimlint.server.session import Session
from dimlint.server.texts import Text as Plain
from dimlint.server.worker import Request, answer
from tests.editor import WHOLE

ROOT = Path(__file__).parent.parent
PROJECT = ROOT / "fixtures" / "projects" / "review"
PICTURES = ROOT / "fixtures" / "screenshots"
COMMAND = ("check", "nets")
PAGE = ("summary", "nets/classifier.py::Deep", "--input-shape", "8x3x32x32", "--html")
EDITED = "nets/classifier.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = "1280,1010"


def run(*arguments: str) -> str:
    """What a command of dimlint writes in the project, coloured."""
    command = [sys.executable, "-c", "from dimlint.cli import main; main()", *arguments]
    environment = {**os.environ, "FORCE_COLOR": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, encoding="utf-8").stdout


def svg(text: Text, title: str, columns: int) -> str:
    """A picture of a terminal with this text, which loads no fonts from anywhere."""
    from rich._export_format import CONSOLE_SVG_FORMAT

    console = Console(record=True, width=columns, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(text)
    form = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    made = console.export_svg(title=title, theme=MONOKAI, code_format=form, unique_id="t")
    return "\n".join(line.rstrip() for line in made.split("\n") if line.strip()) + "\n"


def terminal() -> str:
    """``dimlint check`` in a terminal."""
    return svg(Text.from_ansi(run(*COMMAND)), f"dimlint {' '.join(COMMAND)}", 118)


def editor() -> str:
    """A text with the hints and the marks that an editor gets from the server, and the message under the first of them."""
    path = str(PROJECT / EDITED)
    text = (PROJECT / EDITED).read_text(encoding="utf-8")
    document = Document("", path, 1, Plain(text, "utf-32"))
    found = answer(Request(path, text, {}))
    document.learn(Known(document.text, found.report, found.read, found.documentation, True))
    drawn = Syntax("", "python", theme="monokai", background_color="default").highlight(text)
    lines = list(drawn.split("\n", allow_blank=True))
    ((page, problems),) = diagnostics(Session(lambda document: None, print), document)
    for item in problems:
        lines[item.range.start.line].stylize("underline bold red", item.range.start.character, item.range.end.character)
    for hint in sorted(hints(document, page, WHOLE), key=lambda hint: -hint.position.character):
        line = lines[hint.position.line]
        before, after = line[: hint.position.character], line[hint.position.character :]
        lines[hint.position.line] = Text.assemble(before, (f" {hint.label}", "italic #9d9dff on #33334a"), after)
    for item in sorted(problems, key=lambda item: -item.range.start.line):
        lines.insert(item.range.start.line + 1, Text(f"    ● {item.message}", "red"))
    return svg(Text("\n").join(lines), f"{EDITED}: shapes and findings of dimlint server", 142)


def page(target: Path) -> bool:
    """``dimlint summary --html`` in a browser; whether there is one."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(run(*PAGE), encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--hide-scrollbars"]
        options += [f"--user-data-dir={folder}/user", f"--window-size={SIZE}", f"--screenshot={target}"]
        subprocess.run([browser, *options, file.as_uri()], check=True, capture_output=True, timeout=120)
    return True


def main() -> None:
    """Write all pictures."""
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "terminal.svg").write_text(terminal(), encoding="utf-8")
    (PICTURES / "editor.svg").write_text(editor(), encoding="utf-8")
    if not page(PICTURES / "page.png"):
        print("no browser is found: the page is left as it is", file=sys.stderr)


if __name__ == "__main__":
    main()

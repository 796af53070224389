"""From text to Report. A text that has nothing to do with a framework costs a search for words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dimlint.config import Config
from dimlint.core.collector import collector_paused
from dimlint.core.report import Report
from dimlint.gate import Unreadable
from dimlint.scan import mentions_framework

if TYPE_CHECKING:
    from dimlint.project import Loader


def analyze(
    source: str,
    path: str = "<string>",
    config: Config | None = None,
    loader: Loader | None = None,
    *,
    fixes: bool = True,
    layers: bool = False,
) -> Report:
    """Everything known about one file.

    source: its text. path: where it stands; imports are resolved from there. fixes: whether findings get their fixes, which takes
    a run for each. layers: whether the calls of layers are listed. Never raises: what goes wrong inside dimlint itself is
    ``Report.failure``.
    """
    if not mentions_framework(source):
        return Report(path)
    try:
        with collector_paused():  # a run makes much that stays, and few cycles
            from dimlint.proving import examine  # the parser and the interpreter are loaded only for a text that needs them

            return examine(source, path, config or Config(), loader, fixes=fixes, layers=layers)
    except Unreadable as unreadable:
        return Report(path, failure=unreadable.reason, skipped=unreadable.kind == "skipped")
    except Exception as error:  # a bug in dimlint must not stop the run over the other files
        return Report(path, failure=f"internal error: {type(error).__name__}: {error}"[:300], internal=True)

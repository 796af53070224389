"""reviewdog's diagnostic format, one JSON object a line."""

from __future__ import annotations

import json

from dimlint.render.checked import Checked
from dimlint.render.rdjson import diagnostics


def render(checked: Checked) -> str:
    """A Diagnostic on each line."""
    return "".join(json.dumps(diagnostic) + "\n" for diagnostic in diagnostics(checked))

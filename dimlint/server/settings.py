"""What an editor may set: in ``initializationOptions``, or under ``dimlint`` in its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from dimlint.config import ConfigError, check_selectors


@dataclass(frozen=True)
class Settings:
    """select, ignore: as on the command line, on top of ``[tool.dimlint]``. inlay_hints: whether shapes stand behind layers.

    delay: seconds without an edit before a text is analysed.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    inlay_hints: bool = True
    delay: float = 0.25

    @classmethod
    def read(cls, data: object) -> tuple[Settings, list[str]]:
        """The settings, and what is wrong with them: what cannot be used is left as it is by default."""
        if isinstance(data, Mapping) and isinstance(data.get("dimlint"), Mapping):
            data = data["dimlint"]
        found: dict[str, Any] = {}
        complaints: list[str] = []
        for name, value in data.items() if isinstance(data, Mapping) else ():
            key = _NAMES.get(name)
            if key is None:
                complaints.append(f"settings: unknown option {str(name)[:60]!r}; known are {', '.join(_NAMES)}")
                continue
            try:
                found[key] = _read(name, key, value)
            except ConfigError as error:
                complaints.append(f"settings: {error}")
        return cls(**found), complaints


_NAMES = {"select": "select", "ignore": "ignore", "inlayHints": "inlay_hints", "delay": "delay"}
assert set(_NAMES.values()) == {field.name for field in fields(Settings)}
MAX_DELAY = 10_000


def _read(name: str, key: str, value: object) -> object:
    """The value of an option. Raises ConfigError."""
    if key in ("select", "ignore"):
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{name}: must be a list of strings")
        return check_selectors(tuple(value), name)
    if key == "delay":
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_DELAY:
            raise ConfigError(f"{name}: must be a number of milliseconds from 0 to {MAX_DELAY}")
        return value / 1000
    if not isinstance(value, bool):
        raise ConfigError(f"{name}: must be true or false")
    return value

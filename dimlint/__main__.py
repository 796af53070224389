"""``python -m dimlint``: the command line."""

from __future__ import annotations

from dimlint.cli import main

if __name__ == "__main__":
    main(prog_name="dimlint")

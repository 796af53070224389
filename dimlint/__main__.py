"""``python -m dimlint``: the command line."""

from __future__ import annotations

from dimlint.command import main

if __name__ == "__main__":
    main()

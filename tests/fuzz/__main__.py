"""Tries dimlint on programs by chance: ``python -m tests.fuzz --count 10000 --seed 1``. What it does not bear is written to files.

Of each kind (from the grammar, from real files, from parts, from bytes) so many are tried. Each text must have its report, in time,
without an internal error, and every format must be able to show it. The trials run in a process of their own, so that one that dies
is seen.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from tests.fuzz.judging import FUEL
from tests.fuzz.programs import KINDS
from tests.fuzz.trials import trials


def main() -> int:
    """The command; 1 if anything was not borne."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="programs of each kind (10000)")
    parser.add_argument("--seed", type=int, default=0, help="which programs (0)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--fuel", type=int, default=FUEL)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"), help="where programs that make trouble are written")
    chosen = parser.parse_args()
    found = 0
    for kind in chosen.kinds:
        if kind == "generated" and find_spec("hypothesmith") is None:
            print("generated: skipped, needs hypothesmith (pip install 'dimlint[fuzz]')")
            continue
        begin, troubles, went = monotonic(), 0, "nothing tried"
        for index, what, told, raw in trials(kind, chosen.seed, chosen.count, chosen.fuel):
            went = told
            if what is not None:
                troubles += 1
                print(f"{kind} {index}: {what}: {_written(chosen.keep / f'{kind}_{chosen.seed}_{index}.py', raw)}", flush=True)
        print(f"{kind}: {chosen.count} programs, {went}, {monotonic() - begin:.0f} s, {troubles} not borne", flush=True)
        found += troubles
    return 1 if found else 0


def _written(path: Path, raw: bytes) -> Path:
    """The program, written to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


if __name__ == "__main__":
    sys.exit(main())

"""Mutations find their line: correct programs with one number changed, run by the framework and read by dimlint.

``python -m tests.oracle.mutations [--framework torch|keras] [--seed N] [--count N] [--list] [PATHS…]``

Without PATHS, the programs are the fixtures without a mistake, the good examples of the rules and random programs. A number (see
``mutants``) is changed by a little, to zero, to its half or double, or to a large kernel; the framework runs what comes out. What it
refuses must be reported at the line that its traceback names, what it runs through must not be reported at all. Left aside are

* mutants that were not carried out: of a tensor that would be too large, or that ended the process;
* refusals of numbers in tensors: of words and classes that are not among those that there are;
* refusals that are not the framework's: the program's own ``assert`` or ``raise``, a key or a name that is missing then;
* findings on lines alone that were not executed, about which the framework said nothing.

By a written policy, dimlint reports sizes that are not positive also where the framework builds a result without elements in silence:
such a mutant counts as ``empty``, and such a line as the right one if the framework refuses what comes of it later.
``--list`` prints every disagreement.
"""

from __future__ import annotations

import argparse
import ast
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dimlint import analyze
from dimlint.core.report import Report
from dimlint.core.rules import RULES
from tests.expectations import fixtures, read
from tests.oracle import random_programs_keras, random_programs_torch
from tests.oracle.mutant_judge import Outcome, outcomes
from tests.oracle.mutants import Base, Mutant, changes, numbers
from tests.test_fixtures import configuration

GENERATORS = {"torch": random_programs_torch.generate, "keras": random_programs_keras.generate}
NOT_CARRIED_OUT = ("TooLarge:", "ended the process", "MemoryError", "out of memory")
OF_NUMBERS = ("index out of range in self", "is out of bounds.", "is not in [0, ", "is not in the valid range", "Received a label value of")
"""Parts of the errors that are left aside: of mutants that were not carried out, and about the numbers in tensors."""
OF_PYTHON = ("KeyError", "AttributeError", "NameError", "ZeroDivisionError")
"""Errors that are left aside where the program itself comes upon them."""
KINDS = ("left aside", "accepted", "empty", "false", "refused", "at the line", "elsewhere", "missed")


@dataclass(frozen=True)
class Result:
    """How a mutant fared. kind: one of ``KINDS`` other than ``refused``, which sums up the last three."""

    mutant: Mutant
    outcome: Outcome
    report: Report
    kind: str

    def __str__(self) -> str:
        found = [f"{f.span.line} {f.rule}: {f.message}" for f in self.report.findings]
        gaps = [f"{gap.span.line}: {gap.reason}" for gap in self.report.gaps]
        said = f"line {self.outcome.line}: {self.outcome.error}" if self.outcome.line is not None else "accepted"
        return f"{self.kind}: {self.mutant.name}\n    framework: {said}\n    dimlint: {found or 'nothing'}, gaps {gaps}"


def bases(framework: str, rng: random.Random, count: int, paths: Sequence[Path]) -> list[Base]:
    """The given programs, or the fixtures, the good examples and ``count`` random programs."""
    given = [read(path) for path in paths] or [f for f in fixtures("torch", "keras", "demo") if f.judge == framework]
    written = [Base(f.name, f.source, f.config) for f in given if not f.findings]
    if paths:
        return written
    good = [Base(f"good {rule.symbol}", rule.good) for rule in RULES if ("torch" in rule.good) == (framework == "torch")]
    return written + good + list(generated(framework, rng, count))


def generated(framework: str, rng: random.Random, count: int) -> Iterator[Base]:
    """Random programs without an intended mistake."""
    while count:
        seed = rng.randrange(10**6)
        program = GENERATORS[framework](seed)
        if program.fault == "none":
            count -= 1
            yield Base(f"{framework} {seed}", program.text)


def results(framework: str, seed: int, count: int, paths: Sequence[Path] = ()) -> list[Result]:
    """Judge and analyse ``count`` mutants."""
    rng = random.Random(f"{framework} {seed}")
    given = bases(framework, rng, count // 4 + 1, paths)
    ran = outcomes(framework, [(base.name, base.text) for base in given])
    correct = [base for base in given if ran[base.name].line is None and not findings(base.text, base.config).findings]
    places = {base: [number for number in numbers(base.text) if number.line in ran[base.name].executed] for base in correct}
    made: dict[str, Mutant] = {}
    for base in rng.choices([base for base in correct if places[base]], k=10 * count):
        number = rng.choice(places[base])
        new = Mutant(base, number, rng.choice(changes(number.value)))
        if len(made) < count:
            made.setdefault(f"{new.name} @{number.start}", new)
    judged = outcomes(framework, [(name, new.text) for name, new in made.items()])
    return [compared(new, judged[name]) for name, new in made.items()]


def findings(text: str, config: str) -> Report:
    """What dimlint says."""
    return analyze(text, "program.py", configuration(config))


def compared(new: Mutant, outcome: Outcome) -> Result:
    """Framework and dimlint on one mutant."""
    report = findings(new.text, new.base.config)
    return Result(new, outcome, report, kind(new.text, outcome, report))


def kind(text: str, outcome: Outcome, report: Report) -> str:
    """Which of the kinds it is."""
    if any(words in outcome.error for words in (*NOT_CARRIED_OUT, *OF_NUMBERS)) or is_own(text, outcome):
        return "left aside"
    empty = {f.span.line for f in report.findings if f.rule == "nonpositive-dimension"} & set(outcome.empty)
    found = {f.span.line for f in report.findings} - set(outcome.caught)
    if outcome.line is not None:
        return "at the line" if outcome.line in found or empty else "elsewhere" if found else "missed"
    if empty:
        return "empty"
    if not found:
        return "accepted"
    return "false" if found & set(outcome.executed) else "left aside"


def is_own(text: str, outcome: Outcome) -> bool:
    """Whether the program refused itself."""
    name = outcome.error.partition(":")[0]
    if name in OF_PYTHON and (outcome.inner or name == "AttributeError"):
        return True
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Assert, ast.Raise)) and node.lineno <= (outcome.line or 0) <= (node.end_lineno or 0):
            return outcome.inner and (isinstance(node, ast.Raise) or name == "AssertionError")
    return False


def table(rows: dict[str, Sequence[Result]]) -> str:
    """How many mutants there are of each kind, a line for each framework."""
    lines = [f"{'framework':10}{'mutants':>12}" + "".join(f"{name:>12}" for name in KINDS)]
    for framework, found in rows.items():
        counts = Counter(result.kind for result in found)
        counts["refused"] = counts["at the line"] + counts["elsewhere"] + counts["missed"]
        lines.append(f"{framework:10}{len(found):12}" + "".join(f"{counts[name]:12}" for name in KINDS) + f"   {share(found):.1%}")
    return "\n".join(lines)


def share(found: Sequence[Result]) -> float:
    """Which part of the refused mutants is reported at the right line."""
    counts = Counter(result.kind for result in found)
    refused = counts["at the line"] + counts["elsewhere"] + counts["missed"]
    return counts["at the line"] / refused if refused else 1.0


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--framework", choices=sorted(GENERATORS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("paths", nargs="*", type=Path)
    options = parser.parse_args()
    rows = {}
    for framework in [options.framework] if options.framework else ["torch", "keras"]:
        rows[framework] = results(framework, options.seed, options.count, options.paths)
        wrong = [result for result in rows[framework] if result.kind in ("elsewhere", "missed", "false")]
        print("\n".join(map(str, wrong if options.list else [r for r in wrong if r.kind == "false"])))
    print(f"--seed {options.seed} --count {options.count}\n{table(rows)}")


if __name__ == "__main__":
    main()

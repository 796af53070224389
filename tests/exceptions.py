"""Where dimlint answers otherwise than a golden row on purpose: ``python -m tests.exceptions`` writes the reasons into the rows.

A row whose answer differs for one of the ``REASONS`` gets the field ``exception``; one that has the field but agrees loses it. The tests
ask of every row that it differs if and only if it has an exception.
"""

from __future__ import annotations

import json
from pathlib import Path

from dimlint.core.dim import SymbolicDim
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Raised
from dimlint.libraries import LIBRARIES
from tests.golden_driver import difference, entry, evaluate, is_empty
from tests.golden_rows import GOLDEN, Row, has_unknown, input_shapes, wanted_shapes

EMPTY = "An empty output of a convolution or pooling is always reported, though the framework builds it here without a word."
NOT_RUN = "Keras builds it, but refuses to run it, so that the model counts as not verified."
UNTYPED = "Element types and the numbers in tensors are not followed everywhere."
TYPES_AND_NUMBERS = (
    "not invertible",
    "scalar types",
    "scalar type ",
    "expected target dtype",
    "but got Float",
    "(while checking arguments for ctc_loss",
)
"""Parts of errors that speak of them."""
FORMER = "Keras 1 accepts some things by accident and refuses others on one backend only: dimlint need not decide them."
ODD_RANKS = "A recurrent cell is followed for one step of a batch; what else broadcasting lets pass need not be decided."
UNREADABLE = "The row does not say which subscript was used."
EAGER = "Keras answers otherwise on real tensors: either answer may be right, and nothing that one of them accepts is refused."
NUMBERS = "NumPy refuses it because of the numbers in arrays, or because there are none."
OF_NUMPY = (
    *("<= 0", "left > mode", "mode > right", "low >= high", "division by zero", "did not converge", "Singular matrix", "kth("),
    *("empty array", "array of size 0", "for axis 0 with size 0", "need sequence of keys", "operand with shape ()"),
    *("Weights sum to zero", "must have size", "< 0", "as a data type", "for array with size", "include zero"),
)
"""Parts of errors that speak of them, or of arrays without axes, which act as numbers where they are not known."""
OPEN = "What is refused for an open size alone may be right when the model runs; what TensorFlow refuses, other backends may take."
COUNTED = "How many elements there are depends on the numbers in tensors."
CLOSER = "TensorFlow leaves open a size that is known."
COUNTING = ("boolean_mask", "nonzero", "tf.where", "unique")
LIBRARY = {library.name: library for library in LIBRARIES}
LIBRARY |= {"keras1": LIBRARY["keras"], "keras2": LIBRARY["keras"]}


def reason(row: Row, found: str) -> str | None:
    """Why dimlint answers a row otherwise, or None if there is no good reason. ``found``: how the answer differs."""
    if found == "cannot be asked":
        return UNREADABLE
    if found.startswith("reports ") and is_empty(row, entry(row, LIBRARY[row["framework"]])):
        return EMPTY
    if found.startswith("accepts ") and any(words in row.get("error", "") for words in TYPES_AND_NUMBERS):
        return UNTYPED
    if row["framework"] == "numpy" and found.startswith("accepts ") and any(words in row["error"] for words in OF_NUMPY):
        return NUMBERS
    if "." in row["layer"] and row["framework"] in ("keras", "keras2", "tensorflow"):
        return reason_of_function(row, found)
    if row["framework"] == "keras1" and found.startswith(("accepts ", "is undecided")):
        return FORMER
    doubtful = found.startswith(("doubts ", "is undecided")) and "error" not in row
    if doubtful and any(words in found for words in ("refuses to run it", "but may refuse to run", "is not checked inside of")):
        return NOT_RUN
    if doubtful and "for these ranks" in found:
        return ODD_RANKS
    return None


def reason_of_function(row: Row, found: str) -> str | None:
    """Why dimlint answers a function of Keras or TensorFlow otherwise."""
    if found.startswith("gives ") and any(name in row["layer"] for name in COUNTING):
        return COUNTED
    undecided = found.startswith(("is undecided", "doubts "))
    eager = row.get("variants", {}).get("eager")
    if eager is not None and (undecided or ("error" not in eager and fits(row, wanted_shapes(eager), whole=True))):
        return EAGER
    if undecided and row["framework"] == "keras":
        error = row.get("error", "" if input_shapes(row) else "KerasTensor")
        if error and (has_unknown(row) or "InvalidArgument" in error or "KerasTensor" in error):
            return OPEN
    if found.startswith("gives ") and fits(row, wanted_shapes(row), whole=False):
        return CLOSER
    return None


def fits(row: Row, wanted: list[list[int | None]], *, whole: bool) -> bool:
    """Whether dimlint's shapes are the wanted ones where both know a size; ``whole``: the wanted ones are the known ones."""
    declared = entry(row, LIBRARY[row["framework"]])
    assert declared is not None
    try:
        outputs, _ = evaluate(row, declared, LIBRARY[row["framework"]])
    except (Problem, Undecided, Raised):
        return False
    got = [[None if isinstance(d, SymbolicDim) and d.is_none else d for d in shape] for shape in outputs]
    if [len(shape) for shape in got] != [len(shape) for shape in wanted]:
        return False
    pairs = [(a, b) for mine, theirs in zip(got, wanted) for a, b in zip(mine, theirs)]
    return all(a == b or (a is None if whole else b is None) for a, b in pairs)


def rewrite(path: Path) -> int:
    """Set the field in all rows of a file; the number of rows that have it."""
    lines, count = [], 0
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        earlier = row.pop("exception", None)
        found = difference(row, LIBRARY[row["framework"]])
        why = reason(row, found) if found is not None else None
        if why is not None:
            row["exception"] = why
            count += 1
        lines.append(line if why == earlier else json.dumps(row, separators=(",", ":")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return count


if __name__ == "__main__":
    for golden in sorted(GOLDEN.glob("*.jsonl")):
        print(golden.name, rewrite(golden))

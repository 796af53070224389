"""Record golden rows: ``python -m tests.oracle.record QUESTIONS.jsonl > ANSWERS.jsonl``.

Reads rows that say ``framework``, ``layer``, ``args``, ``kwargs`` and the shapes that go in; writes them with the real
framework's answer, each once. Rows that have an answer get a new one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

from tests.oracle.real import Row, Unanswerable, answer

ANSWER = ("output_shape", "output_shapes", "error", "stage", "params", "buffers", "variants")


def recorded(lines: Iterable[str]) -> Iterator[str]:
    """Questions with their answers, as lines of JSON; repeated ones once."""
    seen: set[str] = set()
    for line in lines:
        question = {name: value for name, value in json.loads(line).items() if name not in ANSWER}
        text = json.dumps(question, separators=(",", ":"))
        if text not in seen:
            seen.add(text)
            with suppress(Unanswerable):
                yield json.dumps({**question, **ordered(answer(question))}, separators=(",", ":"))


def ordered(found: Row) -> Row:
    """The parts of an answer in the order that rows have them."""
    return {name: found[name] for name in ANSWER if name in found}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as questions:
        for row in recorded(questions):
            print(row, flush=True)

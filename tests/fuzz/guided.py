"""A fuzzer that is led by what it covers of the interpreter, with atheris: ``python -m tests.fuzz.guided [-max_total_time=600] [CORPUS]``.

atheris is in no extra: ``pip install atheris``, on Linux or macOS. Its bytes are choices of which a program is put together, so that
they go to the interpreter and the libraries rather than to the parser. The first program that dimlint does not bear is printed and
ends the run; libFuzzer keeps its bytes in a file, and ``python -m tests.fuzz.guided FILE`` tries it again. Options are libFuzzer's.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["dimlint.interpreter", "dimlint.libraries", "dimlint.shapes", "dimlint.core"]):
    from dimlint.run import prepare

    prepare()

from tests.fuzz.composing import composed
from tests.fuzz.judging import judge


class Unborne(Exception):
    """dimlint does not take a program as it should."""


def main() -> None:
    """Fuzz until the time is up or something is found."""
    with judge() as judging:

        def once(raw: bytes) -> None:
            data = atheris.FuzzedDataProvider(raw)
            text = composed(lambda count: data.ConsumeIntInRange(0, count - 1))
            trouble = judging.trouble(text.encode("utf-8", "surrogatepass"))
            if trouble is not None:
                print(text)
                raise Unborne(trouble)

        atheris.Setup([sys.argv[0], *OPTIONS, *sys.argv[1:]], once)
        atheris.Fuzz()


OPTIONS = ["-max_len=2000", "-timeout=60", "-rss_limit_mb=4096"]
"""Before those that are given, so that those count."""

if __name__ == "__main__":
    main()

"""Checks a whole directory of installed packages: ``python -m tests.benchmarks.everything DIR [--jobs N]``.

Prints how many files there are, the time, the peak of memory, the slowest files, what went wrong inside dimlint, and every finding, which
is either a real mistake or a false alarm. Exit status: 1 if anything went wrong inside dimlint.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections import Counter
from time import monotonic, process_time

from dimlint.batch import check_file
from dimlint.config import Config
from dimlint.core.report import FAILED, Report
from dimlint.project import find_files
from dimlint.render.shown import shown
from dimlint.run import prepare
from dimlint.workers import check_together

SLOWEST = 10


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.everything", description=__doc__)
    parser.add_argument("directory", nargs="+")
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    prepare()
    start, tasks = monotonic(), [(path, Config()) for path in find_files(chosen.directory, Config())]
    told = check_together(timed, tasks, chosen.jobs)  # type: ignore[arg-type]
    reports = [item if isinstance(item, Report) else item[0] for item in told]
    times = sorted(((item[1], item[0].path) for item in told if not isinstance(item, Report)), reverse=True)
    peak = max([item[2] for item in told if not isinstance(item, Report)], default=0)
    for seconds, path in times[:SLOWEST]:
        print(f"{seconds:8.1f} s  {shown(path)}")
    broken = [(report.path, report.failure or "") for report in reports if report.internal]
    broken += [(gap.span.path, gap.reason) for report in reports for gap in report.gaps if gap.reason.startswith(FAILED)]
    for path, what in broken:
        print(f"WRONG  {shown(path)}: {shown(what)}")
    for item in (finding for report in reports for finding in report.findings):
        print(f"FOUND  {shown(item.span.path)}:{item.span.line}: {item.code} {shown(item.message)}")
    unread = Counter((report.failure or "").partition(":")[0] for report in reports if report.failure is not None and not report.internal)
    statuses = Counter(model.status for report in reports for model in report.models)
    print(f"{len(reports)} files in {monotonic() - start:.0f} s ({sum(seconds for seconds, _ in times):.0f} s of processor time)")
    print(f"peak memory of a process {peak / 1024:.0f} MB, models {dict(statuses)}, not analysed {dict(unread)}")
    print(f"{len(broken)} internal errors, {sum(len(report.findings) for report in reports)} findings")
    return 1 if broken else 0


def timed(path: str, config: Config) -> tuple[Report, float, int]:
    """The report on a file, the processor time that it took, and the most memory that its process has used so far."""
    start = process_time()
    report = check_file(path, config)
    return report, process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())

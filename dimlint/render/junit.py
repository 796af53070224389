"""JUnit's XML, as Jenkins and GitLab read it: a suite for each file, whose test cases are the findings."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

from dimlint.core.report import Report
from dimlint.render.checked import Checked
from dimlint.render.shown import shown
from dimlint.render.xml_text import child, document


def render(checked: Checked) -> str:
    """A suite for each file. Where there is nothing to report one test case passes, since readers refuse results without any."""
    root = Element("testsuites", {"name": "dimlint"})
    for report in sorted(checked.reports, key=lambda report: report.path):
        _suite(root, report, checked)
    if not checked.reports:
        child(child(root, "testsuite", name="dimlint", tests=1, failures=0, errors=0), "testcase", name="dimlint", classname="dimlint")
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    return document(root)


def _suite(root: Element, report: Report, checked: Checked) -> None:
    path = checked.local(report.path)
    failed = report.failure is not None and not report.skipped
    count = len(report.findings)
    suite = child(root, "testsuite", name=path, tests=max(1, count), failures=count, errors=int(failed), skipped=int(report.skipped))
    if report.failure is not None:
        child(child(suite, "testcase", name="analysis", classname=path), "error" if failed else "skipped", message=report.failure)
    elif not report.findings:
        child(suite, "testcase", name="shapes", classname=path)
    seen: Counter[str] = Counter()
    for finding in sorted(report.findings, key=lambda finding: (finding.span, finding.code)):
        seen[finding.rule] += 1
        number = f" {seen[finding.rule]}" if seen[finding.rule] > 1 else ""  # no line: a test keeps its name when lines move
        case = child(suite, "testcase", name=f"{finding.rule}{number}", classname=path)
        place = f"{path}:{finding.span.line}:{finding.span.column}"
        failure = child(case, "failure", type=finding.code, message=finding.message)
        related = [f"{checked.local(item.span.path)}:{item.span.line}: {shown(item.message)}" for item in finding.related]
        failure.text = "\n".join([f"{place}: {finding.code} {finding.rule} {shown(finding.message)}", *related])

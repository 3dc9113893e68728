"""JUnit's XML, which every CI server shows: a suite per service, a failure per finding."""

from __future__ import annotations

from collections.abc import Collection
from typing import TextIO
from xml.etree import ElementTree

from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability
from gravity_lint.reporting.places import below_repository
from gravity_lint.reporting.text import visible
from gravity_lint.running.outcome import Report


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write *report* as ``testsuites``; a rule that found nothing in a service is a test passed."""
    suites = ElementTree.Element("testsuites", name="gravity-lint")
    failed: dict[str, list[Finding]] = {}
    for finding in report.findings:
        failed.setdefault(finding.service, []).append(finding)
    passed: dict[str, dict[str, str]] = {}
    for tally in report.tallies:
        if tally.subjects and not tally.violations:
            service = tally.root.rstrip("/").rpartition("/")[2]
            passed.setdefault(service, {})[tally.code] = tally.name
    for service in dict.fromkeys((*failed, *passed)):
        rows = failed.get(service, [])
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=visible(service),
            tests=str(len(rows) + len(passed.get(service, {}))),
            failures=str(len(rows)),
            errors="0",
        )
        if report.policies:
            properties = ElementTree.SubElement(suite, "properties")
            for policy in report.policies:
                ElementTree.SubElement(
                    properties, "property", name=f"policy {policy.name}", value=policy.version
                )
        for code, name in passed.get(service, {}).items():
            ElementTree.SubElement(
                suite, "testcase", classname=visible(service), name=f"{code} {name}"
            )
        for finding in rows:
            _fail(suite, finding)
    if report.falls:
        _fall(suites, report)
    if report.problems:
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name="gravity-lint",
            tests=str(len(report.problems)),
            failures="0",
            errors=str(len(report.problems)),
        )
        for problem in report.problems:
            case = ElementTree.SubElement(
                suite, "testcase", classname="gravity-lint", name=below_repository(problem.path)
            )
            ElementTree.SubElement(case, "error", message=visible(problem.message))
    ElementTree.indent(suites)
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
    stream.write(ElementTree.tostring(suites, encoding="unicode") + "\n")


def _fall(suites: ElementTree.Element, report: Report) -> None:
    """Add the rates that are lower than they may be, as tests that have failed."""
    from gravity_lint.reporting.ratchet import sentences  # most runs have no use for it

    number = str(len(report.falls))
    suite = ElementTree.SubElement(
        suites, "testsuite", name="conformance", tests=number, failures=number, errors="0"
    )
    for fall in report.falls:
        first, *rest = map(visible, sentences(fall))
        case = ElementTree.SubElement(
            suite, "testcase", classname="conformance", name=visible(first.partition(":")[0])
        )
        failure = ElementTree.SubElement(case, "failure", type="conformance", message=first)
        failure.text = "\n".join(rest)


def _fail(suite: ElementTree.Element, finding: Finding) -> None:
    place = f"{visible(below_repository(finding.path))}:{finding.span.line}"
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=visible(below_repository(finding.path)),
        name=f"{finding.code} {finding.name} at line {finding.span.line}",
        file=visible(below_repository(finding.path)),
        line=str(finding.span.line),
    )
    failure = ElementTree.SubElement(
        case, "failure", type=finding.severity.value, message=visible(finding.message)
    )
    failure.text = f"{place}: {finding.code} {visible(finding.message)}"

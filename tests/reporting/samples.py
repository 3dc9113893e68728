"""Findings and reports made by hand, and a stream that says it is a terminal."""

import io
import os
from typing import Any

from gravity_lint.findings.finding import Finding, Fix, Related, Tally
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.running.outcome import Report
from gravity_lint.sources.spans import Span

API = "API Development Patterns"


def absolute(path: str) -> str:
    return os.path.join(os.getcwd(), *path.split("/"))


def finding(
    code: str = "GRV101",
    *,
    at: tuple[int, int, int, int] = (1, 1, 1, 4),
    path: str = "app/api/users.py",
    message: str = "no version here; give one",
    severity: Severity = Severity.ERROR,
    fix: Applicability | None = None,
    related: tuple[Related, ...] = (),
    cause: Related | None = None,
    withheld: str | None = None,
    name: str = "unversioned-route",
    pattern: str = API,
) -> Finding:
    return Finding(
        code=code,
        name=name,
        message=message,
        path=absolute(path),
        span=Span(*at),
        severity=severity,
        service="users",
        subject="app.api.users.get_user",
        pattern=pattern,
        scope=Span(*at),
        related=related,
        cause=cause,
        withheld=withheld,
        fix=None if fix is None else Fix(fix, ()),
    )


def related(path: str, at: tuple[int, int, int, int], message: str) -> Related:
    return Related(absolute(path), Span(*at), message)


def tally(code: str, subjects: int, violations: int, pattern: str = API) -> Tally:
    return Tally(code, f"rule-{code.lower()}", pattern, subjects, violations)


def report(*findings: Finding, sources: dict[str, str] | None = None, **more: Any) -> Report:
    texts = {absolute(path): text for path, text in (sources or {}).items()}
    return Report(findings=findings, sources=texts, **({"files": 3, "services": 1} | more))


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gravity_lint.findings.severities import Applicability
from gravity_lint.reporting.conformance import fixable, per_rule, per_section, rate
from tests.reporting.samples import finding, report, tally


@pytest.mark.parametrize(
    ("subjects", "violations", "shown"),
    [
        (45, 4, "91.1 %"),
        (3, 1, "66.7 %"),
        (2500, 1, "99.9 %"),
        (10**9, 1, "99.9 %"),
        (7, 0, "100.0 %"),
        (7, 7, "0.0 %"),
        (100_000, 99_999, "0.1 %"),
        (0, 0, "-"),
    ],
)
def test_rates(subjects: int, violations: int, shown: str) -> None:
    assert rate(subjects, violations) == shown


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_only_what_conforms_wholly_is_called_so(subjects: int, violations: int) -> None:
    violations = min(violations, subjects)
    shown = Fraction(rate(subjects, violations).removesuffix(" %"))
    exact = Fraction(100 * (subjects - violations), subjects)
    assert (shown == 100) == (violations == 0)
    assert (shown == 0) == (violations == subjects)
    assert abs(shown - exact) <= Fraction(1, 10)


def test_services_add_up_and_sections_keep_the_documents_order() -> None:
    tallies = (
        tally("GRV601", 1, 1, "Caching Patterns"),
        tally("GRV103", 5, 0),
        tally("GRV101", 10, 1),
        tally("GRV101", 20, 2),
    )
    assert [(t.code, t.subjects, t.violations) for t in per_rule(tallies)] == [
        ("GRV101", 30, 3),
        ("GRV103", 5, 0),
        ("GRV601", 1, 1),
    ]
    assert list(per_section(tallies).items()) == [
        ("API Development Patterns", (35, 3)),
        ("Caching Patterns", (1, 1)),
    ]


def test_fixes_that_were_tried_are_not_counted() -> None:
    found = report(
        finding(fix=Applicability.SAFE), finding(fix=Applicability.UNSAFE), finding(fix=None)
    )
    assert fixable(found) == {Applicability.SAFE: 1, Applicability.UNSAFE: 1}
    assert fixable(found, (Applicability.SAFE,)) == {Applicability.SAFE: 0, Applicability.UNSAFE: 1}

"""Every rule's cases file is run: each mark is a finding, each finding has a mark."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import cases
from gravity_lint.rule import UNTOLD, Rule, Scope
from gravity_lint.running.judging import judge
from gravity_lint.running.packs import load_rules

HERE = Path(__file__).parent
RULES = {rule.name: rule for rule in load_rules(("gravity_rules",))}


def all_cases() -> list[Any]:
    rows = []
    for name in RULES:
        path = HERE / f"{name.replace('-', '_')}.md"
        if path.exists():
            rows += [
                pytest.param(name, case, id=f"{name}:{case.line} {case.title}")
                for case in cases.parse(path.read_text(encoding="utf-8"))
            ]
    return rows


@pytest.mark.parametrize(("name", "case"), all_cases())
def test_case(name: str, case: cases.Case) -> None:
    hold(RULES[name], case)


def hold(rule: Rule[Any], case: cases.Case) -> None:
    """Hold that *rule* says of *case* what is marked there, and mends it as is written there."""
    settings = cases.settings_of(case)
    findings = cases.lint(rule, case.files, settings)
    marks, said = cases.expected(case.files), cases.found(findings)
    assert sorted(said) == sorted(marks), {k: v for k, v in said.items() if k not in marks}
    for place, part in marks.items():
        assert part is None or part in said[place]
    assert UNTOLD not in {x.withheld for x in findings}
    reasons = {(x.path.removeprefix(f"{cases.ROOT}/"), x.span.line): x.withheld for x in findings}
    for place, part in cases.withheld(case.files).items():
        assert part in (reasons[place] or "a fix is offered")
    if case.fixed:
        check_fix(rule, case, settings)
    if case.mended:
        check_advice(rule, case, settings)


def check_advice(rule: Rule[Any], case: cases.Case, settings: Any) -> None:
    """Who follows the message is rid of the finding, and gets no other for it."""
    before = {name: cases.unmarked(code) for name, code in case.files.items()}
    after = {**before, **case.mended}
    assert not cases.lint(rule, after, settings)
    others = [other for other in RULES.values() if other.default and other.scope is not Scope.RUN]

    def said(files: dict[str, str]) -> set[tuple[str, str, str]]:
        service = cases.service_of(files, settings)
        return {(x.code, x.path, x.subject) for x in judge(service, others).findings}

    assert not (fresh := said(after) - said(before)), sorted(fresh)


def check_fix(rule: Rule[Any], case: cases.Case, settings: Any) -> None:
    """Apply the rule's fix until nothing changes; the result is as written and stays so."""
    from gravity_lint.fixing import apply

    files = {name: cases.unmarked(code) for name, code in case.files.items()}
    for _ in range(10):
        changed = False
        findings = cases.lint(rule, files, settings)
        for name in (n for n in files if n.endswith(".py")):
            path = f"{cases.ROOT}/{name}"
            fixes = [x.fix for x in findings if x.path == path and x.fix is not None]
            text = apply(files[name], fixes).text if fixes else files[name]
            ast.parse(text)
            changed = changed or text != files[name]
            files[name] = text
        if not changed:
            break
    else:
        pytest.fail("the fix does not come to an end")
    for name, code in case.fixed.items():
        assert files[name] == code
    untouched = {k: v for k, v in case.files.items() if k not in case.fixed}
    for name, code in untouched.items():
        assert files[name] == cases.unmarked(code)


@pytest.mark.parametrize("name", sorted(RULES))
def test_examples(name: str) -> None:
    """The bad example of a rule's documentation violates it, the good one does not."""
    rule = RULES[name]
    examples = {case.title.lower(): case for case in cases.parse(rule.documentation)}
    for title, violates in (("bad", True), ("good", False)):
        case = examples[title]
        findings = cases.lint(rule, case.files, cases.settings_of(case))
        assert bool(findings) is violates, f"{title}: {[x.message for x in findings]}"


@pytest.mark.parametrize("name", sorted(RULES))
def test_cases_say_why(name: str) -> None:
    """A rule has its cases, no two the same, and each says in prose why it is there."""
    path = HERE / f"{name.replace('-', '_')}.md"
    rows = cases.parse(path.read_text(encoding="utf-8"))
    assert all(case.prose.strip() for case in rows), [c.title for c in rows if not c.prose.strip()]
    bodies = [str((sorted(case.files.items()), case.settings)) for case in rows]
    assert len(set(bodies)) == len(bodies)
    if RULES[name].applicability is not None:
        assert any(case.fixed for case in rows)
    silent = [case for case in rows if not cases.expected(case.files)]
    assert len(rows) >= 8
    assert len(silent) * 2 >= len(rows)

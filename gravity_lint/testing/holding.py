"""What a rule's cases and examples hold of it; a test fails where one does not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gravity_lint.configuration.settings import Settings
from gravity_lint.reporting.catalogue import page_text
from gravity_lint.rule import UNTOLD, Rule, Scope
from gravity_lint.running.judging import judge
from gravity_lint.running.specimens import ROOT, laid_out
from gravity_lint.testing.cases import (
    Case,
    expected,
    found,
    lint,
    parse,
    settings_of,
    unmarked,
    withheld,
)

_PASSES: Final = 10
"""How often a fix may be applied before nothing changes any more."""


class CaseError(AssertionError):
    """A rule does not do what its case, or its documentation, says of it."""


def hold(rule: Rule[Any], case: Case, rules: Iterable[Rule[Any]] = ()) -> None:
    """Hold that *rule* says of *case* what is marked there, and mends it as is written there.

    *rules* are those that must find nothing new where a person has followed a message (blocks
    that are ``mended``). Raises CaseError, which says what is wrong.
    """
    settings = settings_of(case)
    findings = lint(rule, case.files, settings)
    marks, said = expected(case.files), found(findings)
    wrong = [
        f"{path}:{line}: nothing is reported, and the mark says so: {rule.name}"
        for path, line in sorted(marks.keys() - said.keys())
    ]
    wrong += [
        f"{path}:{line}: reported, and no mark says so: {said[path, line]}"
        for path, line in sorted(said.keys() - marks.keys())
    ]
    for (path, line), part in marks.items():
        message = said.get((path, line))
        if part is not None and message is not None and part not in message:
            wrong.append(f"{path}:{line}: {part!r} is no part of the message: {message}")
    reasons = {(x.path.removeprefix(f"{ROOT}/"), x.span.line): x.withheld for x in findings}
    for (path, line), part in withheld(case.files).items():
        reason = reasons.get((path, line)) or "a fix is offered"
        if part not in reason:
            wrong.append(f"{path}:{line}: {part!r} is no part of why there is no fix: {reason}")
    wrong += [
        f"{path}:{line}: no fix is offered, and the rule does not say why (`Withheld`)"
        for (path, line), reason in reasons.items()
        if reason == UNTOLD
    ]
    if wrong:
        raise CaseError("\n".join(wrong))
    if case.fixed:
        hold_fix(rule, case, settings)
    if case.mended:
        hold_advice(rule, case, settings, rules)


def hold_fix(rule: Rule[Any], case: Case, settings: Settings) -> None:
    """Hold that the rule's fix, applied until nothing changes, gives what *case* says."""
    from gravity_lint.fixing import apply

    files = {name: unmarked(code) for name, code in case.files.items()}
    for _ in range(_PASSES):
        changed = False
        findings = lint(rule, files, settings)
        for name in (n for n in files if n.endswith(".py")):
            path = f"{ROOT}/{name}"
            fixes = [x.fix for x in findings if x.path == path and x.fix is not None]
            text = apply(files[name], fixes).text if fixes else files[name]
            try:
                ast.parse(text)
            except SyntaxError as error:
                raise CaseError(f"{name}: what the fix leaves does not parse: {error}") from error
            changed = changed or text != files[name]
            files[name] = text
        if not changed:
            break
    else:
        raise CaseError("the fix does not come to an end")
    untouched = {k: unmarked(v) for k, v in case.files.items() if k not in case.fixed}
    for name, code in {**case.fixed, **untouched}.items():
        if files.get(name) != code:
            raise CaseError(
                f"{name}: the fix gives\n\n{files.get(name)}\nand should give\n\n{code}"
            )


def hold_advice(
    rule: Rule[Any], case: Case, settings: Settings, rules: Iterable[Rule[Any]]
) -> None:
    """Hold that who follows the message is rid of the finding, and gets no other for it."""
    before = {name: unmarked(code) for name, code in case.files.items()}
    after = {**before, **case.mended}
    if still := lint(rule, after, settings):
        raise CaseError("reported still, once the message was followed: " + _shown(found(still)))
    others = [other for other in rules if other.default and other.scope is not Scope.RUN]

    def said(files: dict[str, str]) -> set[tuple[str, str, str]]:
        judged = judge(laid_out(files, settings), others).findings
        return {(x.code, x.path.removeprefix(f"{ROOT}/"), x.subject) for x in judged}

    if fresh := said(after) - said(before):
        told = "\n".join(f"{path}: {code} about {subject}" for code, path, subject in sorted(fresh))
        raise CaseError(f"reported for the first time, once the message was followed:\n{told}")


def hold_examples(rule: Rule[Any]) -> None:
    """Hold that the bad example of the rule's documentation violates it, and the good one not."""
    examples = {case.title.lower(): case for case in parse(rule.documentation)}
    for title, violates in (("bad", True), ("good", False)):
        if title not in examples:
            raise CaseError(
                f"{rule.module_name}: its documentation has no example `## {title.title()}`"
            )
        case = examples[title]
        findings = lint(rule, case.files, settings_of(case))
        if bool(findings) is not violates:
            raise CaseError(
                f"the {title} example of {rule.module_name}: "
                + (_shown(found(findings)) or "nothing is reported")
            )


def hold_reasons(cases: Sequence[Case]) -> None:
    """Hold that each case says in prose why it is there, and that no two are the same."""
    seen: dict[str, Case] = {}
    for case in cases:
        if not case.prose.strip():
            raise CaseError(f"line {case.line}: {case.title!r} does not say why it is there")
        body = str((sorted(case.files.items()), case.settings))
        if body in seen:
            raise CaseError(f"line {case.line}: the same case as in line {seen[body].line}")
        seen[body] = case


def hold_page(rule: Rule[Any], rules: Sequence[Rule[Any]], page: Path, write: bool) -> None:
    """Hold that the file *page* is what there is to say of *rule*; with *write*, make it so."""
    text = page_text(rule, rules)
    if write:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    elif not page.exists() or page.read_text(encoding="utf-8") != text:
        raise CaseError(f"{page} is not what the rule says; pytest --write-rule-pages writes it")


def _shown(said: Mapping[tuple[str, int], str]) -> str:
    return "\n".join(f"{path}:{line}: {message}" for (path, line), message in sorted(said.items()))

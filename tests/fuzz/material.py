"""What the fuzzers begin with: the project's own code, and what is done to it."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hypothesis.strategies as st

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.findings.finding import Finding
from gravity_lint.installed import OWN_PACKS
from gravity_lint.rule import Scope
from gravity_lint.running.judging import Judgement, judge
from gravity_lint.running.packs import load_rules
from gravity_lint.sources.depth import deeply
from gravity_lint.sources.source import split_lines

HERE = Path(__file__).parent
FAILURES = HERE / "failures"
"""What has once made the linter fail, by kind; each is tried again every time."""
ROOT = HERE.parents[1]
RULES = [rule for rule in load_rules(OWN_PACKS) if rule.scope is not Scope.RUN]
CASES = [
    case
    for file in sorted((ROOT / "tests/rules").glob("*.md"))
    for case in cases.parse(file.read_text(encoding="utf-8"))
    if any(name.endswith(".py") for name in case.files)
]
LIBRARY = [
    Path(sysconfig.get_path("stdlib")) / f"{name}.py"
    for name in ("bisect", "contextlib", "dis", "fnmatch", "heapq", "queue", "sched", "shelve")
]
ODD = (
    *("(", ")", "[", "]", "{", "}", ":", ",", ".", ";", "\\", "'", '"', '"""', "#", "@", "*", "**"),
    *("\n", "\r", "\t", "    ", "\x0c", "\0", "\ufeff", "é", "😀", "\u202e", "\ud800", "\x1a"),
    *("def f():", "class C(C):", "async ", "await ", "yield ", "lambda: ", "return ", "raise "),
    *("x = str(x)", "from . import *", "import app", "try:", "except:", "finally:", "with x as y:"),
    *(
        "global x",
        "nonlocal x",
        "del x",
        "match x:",
        "case _:",
        "type X = list[X]",
        "f'{x!r:>{y}}'",
    ),
    *(
        "f'{x!r:>{y}}'",
        "# noqa",
        "# noqa: GRV904",
        "# gravity-lint: ignore[GRV1]",
        "self",
        "None",
        "0",
    ),
    *(
        "Depends(",
        "@app.get('/x')",
        "router.include_router(router)",
        "app = app",
        "*args, **kwargs",
    ),
)
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


def mutated(texts: Sequence[str]) -> st.SearchStrategy[str]:
    """Return a strategy for texts that begin as one of *texts* and are changed in some places."""

    @st.composite
    def build(draw: st.DrawFn) -> str:
        pieces = TOKEN.findall(draw(st.sampled_from(texts)))
        for _ in range(draw(st.integers(0, 6))):
            if not pieces:
                break
            at = draw(st.integers(0, len(pieces) - 1))
            length = draw(st.integers(0, 12))
            match draw(st.sampled_from(("cut", "odd", "copy", "other", "twice"))):
                case "cut":
                    del pieces[at : at + length]
                case "odd":
                    pieces.insert(at, draw(st.sampled_from(ODD)))
                case "copy":
                    source = draw(st.integers(0, len(pieces) - 1))
                    pieces[at : at + 1] = pieces[source : source + length]
                case "other":
                    other = TOKEN.findall(draw(st.sampled_from(texts)))
                    start = draw(st.integers(0, max(0, len(other) - 1)))
                    pieces[at:at] = other[start : start + 4 * length]
                case _:
                    pieces[at:at] = pieces[at : at + length]
        return "".join(pieces)

    return build()


@st.composite
def services(draw: st.DrawFn) -> dict[str, str]:
    """Return the files of a case of the project, with changes in some of them."""
    case = draw(st.sampled_from(CASES))
    files = {name: cases.unmarked(code) for name, code in case.files.items()}
    code = [name for name in files if name.endswith(".py")]
    for name in draw(st.lists(st.sampled_from(code), min_size=1, max_size=3)):
        files[name] = draw(mutated([files[name], *files.values()]))
    return files


def judged(files: dict[str, str]) -> Judgement:
    """Return what all rules say of *files*; nothing may crash."""

    def work() -> Judgement:
        return judge(cases.service_of(files, Settings()), RULES)

    judgement = deeply(work)
    assert judgement.crashes == (), [(x.code, x.error, x.trace) for x in judgement.crashes]
    for finding in judgement.findings:
        hold_places(finding, files)
    return judgement


def hold_places(finding: Finding, files: dict[str, str]) -> None:
    """Hold that what *finding* names lies in *files*."""
    related = (*finding.related, *((finding.cause,) if finding.cause else ()))
    for path, span in [
        (finding.path, finding.span),
        (finding.path, finding.scope),
        *((x.path, x.span) for x in related),
    ]:
        text = files[path.removeprefix(f"{cases.ROOT}/")]
        lines = split_lines(text.removeprefix("\ufeff")) or [""]
        assert 1 <= span.line <= span.end_line <= len(lines), (finding.code, span)
        assert span.column <= len(lines[span.line - 1]) + 1, (finding.code, span)
        assert span.end_column <= len(lines[span.end_line - 1]) + 1, (finding.code, span)


def failures(kind: str) -> list[Any]:
    """Return the files of past failures of one *kind*."""
    return sorted(path for path in (FAILURES / kind).iterdir() if path.name != "README.md")


def each(paths: Sequence[Path]) -> Callable[[Path], str]:
    """Return what names a file in the list of tests."""
    assert paths, "there is nothing to try"
    return lambda path: path.name

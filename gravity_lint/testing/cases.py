"""Rule cases: Markdown files with code whose findings are marked in the code itself.

A cases file, `tests/rules/<rule_name>.md`, holds one case per heading. A case is
prose that says why it matters and one or more fenced blocks:

- ```` ```python title=app/api/items.py ```` is a file of the service (the title
  may be left out for a single file: `app/api/items.py`); a line on which the
  rule must report ends in `# error: [rule-name]`, optionally followed by a part
  of the message in double quotes, and by `withheld "..."` with a part of the
  reason why the rule's fix is not offered. Every other line must be silent.
- ```` ```toml ```` is the content of `[tool.gravity-lint]` for the case.
- ```` ```ini title=pytest.ini ```` configures pytest for the case.
- ```` ```toml title=pyproject.toml ```` and ```` ```text title=requirements.txt ```` state what
  the service requires.
- ```` ```python fixed title=... ```` is the file after the rule's fix; a case
  without one asserts nothing about fixes.
- ```` ```python mended title=... ```` is the file when a person has followed the
  message: the rule is silent then, and no other rule says anything that it did
  not say before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.configuration.files import Configuration
from gravity_lint.configuration.settings import Settings
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.findings.finding import Finding
from gravity_lint.model import Service
from gravity_lint.rule import Options, Rule, Scope
from gravity_lint.running.cases import Texts
from gravity_lint.running.judging import judge, told
from gravity_lint.running.loading import Loaded
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.policy import Policy
from gravity_lint.running.settling import settled
from gravity_lint.running.specimens import FILE, ROOT, laid_out
from gravity_lint.running.verdict import judge_service

MARK = re.compile(
    r"# error: \[(?P<name>[a-z0-9-]+)\](?: \"(?P<part>[^\"]*)\")?"
    r"(?: withheld \"(?P<withheld>[^\"]*)\")?"
)
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")


@dataclass
class Case:
    """One case of a cases file; *line* is where its heading stands."""

    title: str
    line: int
    files: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    mended: dict[str, str] = field(default_factory=dict)
    settings: str = ""
    prose: str = ""


def parse(text: str) -> list[Case]:
    """Return the cases of a Markdown text: one per heading of any level that has code."""
    cases: list[Case] = []
    case = Case("", 1)
    block: list[str] | None = None
    info = ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if block is None:
            if line.startswith("#"):
                case = Case(line.lstrip("# ").strip(), number)
                cases.append(case)
            elif fence:
                block, info = [], fence["info"]
            else:
                case.prose += line.strip() + " "
        elif fence and not fence["info"]:
            add_block(case, info, "\n".join(block) + "\n")
            block = None
        else:
            block.append(line)
    return [case for case in cases if case.files]


def add_block(case: Case, info: str, code: str) -> None:
    """File a fenced block under what its info string says it is."""
    words = info.split()
    language = words[0] if words else ""
    title = next((w.removeprefix("title=") for w in words if w.startswith("title=")), FILE)
    named = any(word.startswith("title=") for word in words)
    if language == "toml" and not named:
        case.settings += code
    elif language == "python" and "fixed" in words:
        case.fixed[title] = code
    elif language == "python" and "mended" in words:
        case.mended[title] = code
    elif language in ("python", "ini", "text", "toml"):
        assert title not in case.files, f"two files called {title} in case {case.title!r}"
        case.files[title] = code


def settings_of(case: Case) -> Settings:
    """Return the settings of a case."""
    return msgspec.convert(msgspec.toml.decode(case.settings), Settings)


def options_of(rule: Rule[Any], settings: Settings) -> dict[str, Options]:
    """Return the rule's own options from *settings*."""
    if rule.options is None:
        return {}
    return {rule.name: msgspec.convert(settings.rules.get(rule.name, {}), rule.options)}


def lint(rule: Rule[Any], files: dict[str, str], settings: Settings) -> list[Finding]:
    """Return what *rule* says about *files*; a crash of the rule is an error.

    A rule about the run is asked after all others that *settings* select, and
    what comments suppress is left out; other rules are asked alone.
    """
    service = laid_out(files, settings)
    if rule.scope is Scope.RUN:
        return outcome(rule, service, settings)
    stated = options_of(rule, settings)
    judgement = judge(service, [rule], options=lambda _: stated)
    assert not judgement.crashes, judgement.crashes[0].trace
    report = Report(judgement.findings, open=judgement.open, told=told(service, [rule]))
    return list(settled([report], [rule])[0].findings)


def outcome(rule: Rule[Any], service: Service, settings: Settings) -> list[Finding]:
    """Return what *rule*, which is about the run, says when *service* has been judged."""
    configuration = Configuration(settings, Path(ROOT))
    paths = tuple(Path(module.path) for module in service.modules)
    files = ServiceFiles(Path(ROOT), configuration, paths, paths)
    policy = Policy(configuration, Overrides(extend_select=(rule.code,)))
    report = judge_service(Loaded(files, service, Texts({}), ()), policy)
    assert rule.code not in [problem.code for problem in report.problems]
    return [finding for finding in report.findings if finding.code == rule.code]


def expected(files: dict[str, str]) -> dict[tuple[str, int], str | None]:
    """Return the marks: file and line to the part of the message, if one is given."""
    marks: dict[tuple[str, int], str | None] = {}
    for name, code in files.items():
        for number, line in enumerate(code.splitlines(), 1):
            mark = MARK.search(line)
            if mark:
                marks[name, number] = mark["part"]
    return marks


def withheld(files: dict[str, str]) -> dict[tuple[str, int], str]:
    """Return the marks that give a reason for no fix: file and line to a part of it."""
    return {
        (name, number): mark["withheld"]
        for name, code in files.items()
        for number, line in enumerate(code.splitlines(), 1)
        if (mark := MARK.search(line)) and mark["withheld"]
    }


def found(findings: list[Finding]) -> dict[tuple[str, int], str]:
    """Return the findings in the shape of `expected`."""
    return {(x.path.removeprefix(f"{ROOT}/"), x.span.line): x.message for x in findings}


def unmarked(code: str) -> str:
    """Return *code* without its marks."""
    return "\n".join(MARK.sub("", line).rstrip() for line in code.splitlines()) + "\n"

"""One set of rules: files, cases, pages, lists and the specimen service name the same ones."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.cli import main
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.packs import load_rules
from gravity_lint.running.run import run

ROOT = Path(__file__).parent.parent.parent
PACK = ROOT / "rules" / "gravity_rules"
SPECIMEN = ROOT / "examples" / "legacy_service"
RULES = load_rules(("gravity_rules",))
CODES = sorted(rule.code for rule in RULES)
NAMES = sorted(rule.name for rule in RULES)
SECTIONS = {
    "0": "linter",
    "1": "api",
    "2": "services",
    "3": "repositories",
    "4": "exceptions",
    "5": "testing",
    "6": "caching",
    "7": "events",
    "8": "auth",
    "9": "logs",
}


def stems(directory: Path, pattern: str) -> list[str]:
    return sorted(path.stem.replace("_", "-") for path in directory.glob(pattern))


def test_codes_and_names_are_unique() -> None:
    assert len(set(CODES)) == len(CODES)
    assert len(set(NAMES)) == len(NAMES)


def test_every_module_of_the_pack_is_a_rule() -> None:
    modules = [stem for stem in stems(PACK, "*/*.py") if stem != "--init--"]
    assert modules == NAMES


def test_every_rule_has_cases() -> None:
    assert stems(ROOT / "tests" / "rules", "*.md") == NAMES


def test_every_rule_has_a_page() -> None:
    pages = ROOT / "docs" / "rules"
    assert stems(pages, "*.md") == [*CODES, "index"]
    for rule in RULES:
        page = (pages / f"{rule.code}.md").read_text(encoding="utf-8")
        assert page.startswith(f"# {rule.code} {rule.name}\n")


def test_the_catalogue_lists_every_rule() -> None:
    text = (ROOT / "rules" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (GRV\d{3}) \| \[([a-z0-9-]+)\]", text, re.MULTILINE)
    assert rows == [(rule.code, rule.name) for rule in RULES]


def test_the_command_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    rows = re.findall(r"^(GRV\d{3}) +([a-z0-9-]+) ", capsys.readouterr().out, re.MULTILINE)
    assert rows == [(rule.code, rule.name) for rule in RULES]
    assert main(["rules", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(row["code"], row["name"]) for row in listed] == rows


def test_the_specimen_says_where_each_rule_is_broken() -> None:
    text = (SPECIMEN / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (GRV\d{3})(\*?) \| `([^`]+)` \| (.+) \|$", text, re.MULTILINE)
    assert [code for code, *_ in rows] == CODES
    assert [code for code, star, *_ in rows if star] == [r.code for r in RULES if not r.default]
    found = {
        (finding.code, Path(finding.path).relative_to(SPECIMEN).as_posix())
        for finding in specimen_findings()
    }
    assert {(code, path) for code, _, path, _ in rows} <= found


def test_the_specimen_breaks_every_rule() -> None:
    assert sorted({finding.code for finding in specimen_findings()}) == CODES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_lives_in_its_section(rule: Any) -> None:
    assert re.fullmatch(r"GRV\d{3}", rule.code)
    assert rule.module_name.split(".")[1] == SECTIONS[rule.code[3]]


def specimen_findings() -> Any:
    return run([SPECIMEN], Overrides(select=("ALL",))).findings

"""What the README shows is what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gravity_lint import __version__
from gravity_lint.addresses import DOCUMENTATION
from gravity_lint.running.packs import load_rules

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, beginning: str) -> str:
    """Return the first block of the README in *language* whose text begins so."""
    for found in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL):
        if found.startswith(beginning):
            return str(found)
    raise AssertionError(f"no {language} block that begins with {beginning!r}")


def run(*arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "gravity_lint", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A project that holds the README's endpoint and nothing else."""
    file = tmp_path / "app" / "api" / "v1" / "orders.py"
    file.parent.mkdir(parents=True)
    file.write_text(block("python", "import structlog"), encoding="utf-8")
    return tmp_path


def test_the_findings_are_those_shown(sample: Path) -> None:
    assert run("app", cwd=sample).rstrip() == block("text", "app/api").rstrip()


def test_the_diff_is_the_one_shown(sample: Path) -> None:
    said = run("--fix", "--unsafe-fixes", "--diff", "app", cwd=sample)
    assert said.rstrip() == block("diff", "--- a/app").rstrip()


def test_the_routes_are_among_those_shown() -> None:
    shown = block("text", "$ gravity-lint routes").splitlines()[1:]
    said = run("routes", "examples/orders_service", cwd=ROOT).splitlines()
    assert len(shown) > 3
    assert set(shown) <= {line.rstrip() for line in said}


def test_the_number_of_rules_is_right() -> None:
    assert f"[{len(load_rules(('gravity_rules',)))} rules]" in README


def test_every_link_is_absolute_and_leads_to_a_file() -> None:
    project = msgspec.toml.decode((ROOT / "pyproject.toml").read_bytes())["project"]
    home = project["urls"]["Repository"]
    links = re.findall(r"\]\(([^)]+)\)", re.sub(r"```.*?```", "", README, flags=re.DOTALL))
    assert len(links) > 8
    for link in [*links, *project["urls"].values()]:
        # A registry shows this page without the repository.
        if link.startswith(f"{DOCUMENTATION}/"):
            page = link.removeprefix(f"{DOCUMENTATION}/").rstrip("/") or "index"
            found = (ROOT / f"docs/{page}.md", ROOT / f"docs/{page}/index.md")
            assert any(path.exists() for path in found), link
            continue
        assert link.startswith(home), link
        path = link.removeprefix(home).removeprefix("/blob/main/").strip("/")
        assert path == "issues" or (ROOT / path).exists(), link


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "devtools").glob("*.md")]
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            # What `make docs` puts elsewhere is read there.
            homes = (page.parent, ROOT / "docs", ROOT / "rules")
            assert any((home / link).exists() for home in homes), (page.name, link)


def test_the_sections_in_words_are_those_of_the_rules() -> None:
    text = (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")
    sections = {rule.code[:4] for rule in load_rules(("gravity_rules",))}
    assert set(re.findall(r"^## .*: (GRV\d)$", text, re.MULTILINE)) == sections


def test_the_version_is_the_same_everywhere() -> None:
    project = msgspec.toml.decode((ROOT / "pyproject.toml").read_bytes())["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"rev: v{__version__}" in README
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


def test_make_alone_lists_the_targets() -> None:
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {target} " in said for target in ("demo", "test", "check", "docs", "rule"))

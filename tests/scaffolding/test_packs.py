"""A pack as `new-pack` leaves it, installed beside the linter: its tests, and every host."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from gravity_lint.cli import main
from gravity_lint.errors import UsageError
from gravity_lint.scaffolding.pack import pack_around
from gravity_lint.scaffolding.writing import new_pack, new_rule

SERVICE = """\
import os

from fastapi import FastAPI

app = FastAPI()
TOKEN = os.environ["TOKEN"]
LEVEL = os.getenv("LEVEL")  # noqa: ACM101 -- of the platform
MODE = os.getenv("MODE")  # gravity-lint: ignore[scattered-environment] -- of the platform
"""
NAMED = '[tool.gravity-lint]\nrule-packs = ["gravity_rules", "acme_rules"]\n'


class Place:
    """A virtual environment with the pack in it, the project it came from, and a service."""

    def __init__(self, top: Path) -> None:
        self.project = top / "acme-rules"
        self.python = top / "venv" / "bin" / "python"
        self._home = top / "home"
        new_pack(self.project)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", top / "venv"], check=True)
        (site,) = (top / "venv" / "lib").glob("*/site-packages")
        # What the tests run with is there, too: nothing is fetched.
        ours = sysconfig.get_path("purelib")
        (site / "beside.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
        built = self.run(
            *("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"),
            str(self.project),
            cwd=top,
        )
        assert built.returncode == 0, built.stdout + built.stderr
        assert (site / "acme_rules" / "settings" / "scattered_environment.py").exists()

    def run(
        self, program: str, *arguments: str, cwd: Path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTEST"))}
        return subprocess.run(
            [self.python, "-m", program, *arguments],
            cwd=cwd,
            env={**inherited, "XDG_CONFIG_HOME": str(self._home), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("pack"))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/main.py").write_text(SERVICE)
    (tmp_path / "pyproject.toml").write_text(NAMED)
    return tmp_path


@pytest.mark.parametrize("installed", [True, False])
def test_its_tests_pass(place: Place, tmp_path: Path, installed: bool) -> None:
    copy = shutil.copytree(place.project, tmp_path / "copy")
    if installed:
        shutil.rmtree(copy / "acme_rules")
    said = place.run("pytest", "-q", "-p", "no:cacheprovider", cwd=copy)
    assert said.returncode == 0, said.stdout + said.stderr
    assert re.search(r"\b1[0-9] passed", said.stdout), said.stdout


def test_its_tests_fail_where_a_rule_does_not_do_what_is_said(place: Place, tmp_path: Path) -> None:
    copy = shutil.copytree(place.project, tmp_path / "copy")
    cases = copy / "tests/rules/scattered_environment.md"
    cases.write_text(
        cases.read_text()
        .replace("# Under another name\n\nNames go by what they stand for.", "# Under another name")
        .replace('return os.getenv("LEVEL")  # error: [scattered-environment]', "return None")
        .replace('    os.environ["TOKEN"] = "x"', "    pass  # error: [scattered-environment]")
    )
    (copy / "docs/rules/ACM101.md").unlink()
    rule = copy / "acme_rules/settings/scattered_environment.py"
    rule.write_text(rule.read_text().replace('os.environ["PAYMENT_TOKEN"]', '"token"'))
    said = place.run("pytest", "-q", "-p", "no:cacheprovider", cwd=copy)
    assert said.returncode == 1
    assert "nothing is reported, and the mark says so: scattered-environment" in said.stdout
    assert "'Under another name' does not say why it is there" in said.stdout
    assert "the bad example of acme_rules.settings.scattered_environment" in said.stdout
    assert "pytest --write-rule-pages writes it" in said.stdout
    assert "Traceback" not in said.stdout
    place.run("pytest", "-q", "-p", "no:cacheprovider", "--write-rule-pages", cwd=copy)
    page = (copy / "docs/rules/ACM101.md").read_text()
    assert page.startswith("# ACM101 scattered-environment\n")


def test_the_command_line_reports_it(place: Place, service: Path) -> None:
    said = place.run(
        "gravity_lint", "--format", "concise", "--allow-pack", "acme_rules", cwd=service
    )
    assert said.returncode == 1, said.stderr
    assert re.findall(r":(\d+):\d+: ACM101 .*`app.main`", said.stdout) == ["6"]


def test_it_is_not_asked_unless_it_is_allowed(place: Place, service: Path) -> None:
    said = place.run("gravity_lint", cwd=service)
    assert said.returncode == 2
    assert "--allow-pack acme_rules" in said.stderr


def test_its_options_and_severity_are_configured_as_ours_are(place: Place, service: Path) -> None:
    (service / "pyproject.toml").write_text(
        NAMED + '[tool.gravity-lint.severity]\nscattered-environment = "error"\n'
        '[tool.gravity-lint.rules.scattered-environment]\nsettings = ["**/main.py"]\n'
    )
    run = ("--format", "json", "--allow-pack", "acme_rules")
    said = json.loads(place.run("gravity_lint", *run, cwd=service).stdout)
    assert said["conformance"]["ACM101"]["violations"] == 0
    assert said["conformance"]["ACM101"]["subjects"] == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "ACM101"),
        ("rules", "ACM"),
        ("report",),
        ("report", "--format", "html"),
        ("--format", "sarif"),
        ("--show-settings",),
    ],
)
def test_every_command_knows_it(place: Place, service: Path, arguments: tuple[str, ...]) -> None:
    allowed = {"GRAVITY_LINT_RULE_PACKS": "acme_rules"}
    said = place.run("gravity_lint", *arguments, cwd=service, **allowed)
    assert "ACM101" in said.stdout, said.stderr


def test_reports_of_it_carry_its_pages(place: Place, service: Path) -> None:
    allowed = {"GRAVITY_LINT_RULE_PACKS": "acme_rules"}
    said = place.run("gravity_lint", "--format", "sarif", cwd=service, **allowed)
    rules = json.loads(said.stdout)["runs"][0]["tool"]["driver"]["rules"]
    (ours,) = [rule for rule in rules if rule["id"] == "ACM101"]
    assert "The environment is read in one place" in ours["help"]["markdown"]
    page = place.run("gravity_lint", "report", "--format", "html", cwd=service, **allowed).stdout
    assert "The environment is read in one place" in page


@pytest.mark.parametrize("command", ["explain", "rules"])
def test_commands_about_rules_take_the_option_too(
    place: Place, service: Path, command: str
) -> None:
    said = place.run("gravity_lint", command, "ACM101", "--allow-pack", "acme_rules", cwd=service)
    assert "scattered-environment" in said.stdout, said.stderr


@pytest.mark.parametrize("select", [("--select", "ACM"), ("--extend-select", "ACM")])
def test_flake8_reports_it_where_it_is_selected(
    place: Place, service: Path, select: tuple[str, ...]
) -> None:
    said = place.run("flake8", *select, "app", cwd=service, GRAVITY_LINT_RULE_PACKS="acme_rules")
    assert re.findall(r":(\d+):\d+: ACM101 ", said.stdout) == ["6"], said.stdout + said.stderr


def test_flake8_does_not_report_it_where_it_is_not(place: Place, service: Path) -> None:
    said = place.run("flake8", "app", cwd=service, GRAVITY_LINT_RULE_PACKS="acme_rules")
    assert "E501" in said.stdout, said.stderr
    assert "ACM" not in said.stdout


def test_nobodys_pytest_pays_for_the_plugin(place: Place, tmp_path: Path) -> None:
    """It is loaded where it is asked for, and the linter itself never loads it."""
    from importlib.metadata import distribution

    groups = {entry.group for entry in distribution("gravity-lint").entry_points}
    assert groups == {"console_scripts", "flake8.extension"}
    (tmp_path / "test_x.py").write_text(
        "import sys\n\n\ndef test_x():\n"
        "    assert not [x for x in sys.modules if x.startswith('gravity')]\n"
    )
    said = place.run("pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert said.returncode == 0, said.stdout


def test_what_is_scaffolded_is_clean(place: Place) -> None:
    top = Path(__file__).parents[2]
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(top / "pyproject.toml"), "--no-cache"]
    for command in (["check", *config, "acme_rules"], ["format", "--check", *config, "acme_rules"]):
        done = subprocess.run(
            [*ruff, *command], cwd=place.project, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
    done = place.run("mypy", "--strict", "--no-incremental", "-p", "acme_rules", cwd=place.project)
    assert done.returncode == 0, done.stdout


def test_pre_commit_stops_what_it_finds(place: Place, service: Path) -> None:
    entry = f"{place.python} -m gravity_lint hook --allow-pack acme_rules"
    (service / ".pre-commit-config.yaml").write_text(
        "repos:\n- repo: local\n  hooks:\n  - id: gravity-lint\n    name: gravity-lint\n"
        f"    entry: {entry}\n    language: system\n    files: '\\.py$'\n"
    )
    for command in (("init", "--quiet"), ("add", "--all", ".")):
        subprocess.run(["git", *command], cwd=service, check=True)
    said = place.run("pre_commit", "run", cwd=service, PRE_COMMIT_HOME=str(service / ".git/hooks"))
    assert said.returncode == 1, said.stdout + said.stderr
    assert "ACM101" in said.stdout


def test_a_second_rule_gets_the_next_code_and_its_own_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new_pack(tmp_path / "acme-rules")
    monkeypatch.chdir(tmp_path / "acme-rules" / "tests")
    assert main(["new-rule", "settings", "shouted-setting"]) == 0
    assert main(["new-rule", "billing", "free_lunch"]) == 0
    assert "../acme_rules/billing/free_lunch.py" in capsys.readouterr().out
    codes = {rule.code: rule.section for rule in pack_around(tmp_path / "acme-rules").rules}
    assert codes == {"ACM101": "settings", "ACM102": "settings", "ACM201": "billing"}
    assert main(["new-rule", "billing", "free_lunch"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(UsageError, match="is there already; nothing was written"):
        new_pack(tmp_path, "acme_rules")
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_where_nothing_can_be_written_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["new-pack", str(tmp_path / "file" / "acme-rules")]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("package", "letters", "words"),
    [
        ("class", "", "cannot be a package"),
        ("gravity_rules", "", "cannot be a package"),
        ("acme", "GRV", "cannot begin with"),
        ("acme", "A1", "cannot begin with"),
        ("x", "", "cannot begin with"),
    ],
)
def test_names_that_cannot_be_used_are_refused(
    tmp_path: Path, package: str, letters: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        new_pack(tmp_path / "there", package, letters)
    assert not (tmp_path / "there").exists()


def test_outside_of_a_pack_there_is_nothing_to_add_to(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no rule pack"):
        pack_around(tmp_path)


def test_our_own_pack_grows_by_the_same_command(tmp_path: Path) -> None:
    top = Path(__file__).parents[2]
    shutil.copytree(top / "rules", tmp_path / "rules")
    shutil.copy(top / "pyproject.toml", tmp_path)
    pack = pack_around(tmp_path / "rules")
    taken = {rule.code for rule in pack.rules}
    assert len(taken) == len(pack.rules) > 100
    rule, cases = new_rule(pack, "logs", "loud_event")
    assert rule == tmp_path / "rules/gravity_rules/logs/loud_event.py"
    assert cases == tmp_path / "tests/rules/loud_event.md"
    (code,) = re.findall(r'code="(GRV9\d\d)"', rule.read_text())
    assert code not in taken
    assert 'pattern="Structured Logging"' in rule.read_text()
    with pytest.raises(UsageError, match="'billing' is no section: api, auth"):
        new_rule(pack, "billing", "free_lunch")

"""Rates of conformance that may not be low, and may not fall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gravity_lint.cli import main
from tests.cli.fleets import ENDPOINT, MAIN, settle
from tests.revisions.repositories import write

MORE = ENDPOINT[ENDPOINT.index("@router") :].format("hull")
TWO = 'select = ["GRV101", "GRV104"]\n'


class Fleet:
    """A service of two endpoints: GRV101 holds for both, GRV104 for none."""

    def __init__(self, top: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.top = settle(top)
        self.out = ""
        self._capsys = capsys
        self.configure(TWO)

    def configure(self, text: str) -> None:
        text = f'[project]\nname = "fleet"\n[tool.gravity-lint]\n{text}'
        (self.top / "pyproject.toml").write_text(text)

    def lint(self, *arguments: str) -> tuple[int, str]:
        """Run the command line; return its status and what it says on standard error."""
        status = main(arguments)
        self.out, err = self._capsys.readouterr()
        return status, err

    def record(self) -> None:
        assert self.lint("report", "--format", "json", "--output-file", "earlier.json")[0] == 0


@pytest.fixture
def fleet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Fleet:
    found = Fleet(tmp_path / "fleet", capsys)
    monkeypatch.chdir(found.top)
    return found


@pytest.mark.parametrize(
    ("floor", "what"),
    [
        ("50.1", "all sections: 50.0 % conform (2 of 4 subjects)"),
        ("total=51 %", "all sections: 50.0 %"),
        ("api=90", "API Development Patterns: 50.0 %"),
        ("API Development Patterns=90", "API Development Patterns: 50.0 %"),
        ("GRV1=90", "API Development Patterns: 50.0 %"),
        ("unwrapped-response-model=1", "GRV104 unwrapped-response-model: 0.0 %"),
    ],
)
@pytest.mark.parametrize("command", ["check", "report"])
def test_what_falls_short_is_named(fleet: Fleet, command: str, floor: str, what: str) -> None:
    assert "conformance:" not in fleet.lint(command)[1]
    status, said = fleet.lint(command, "--min-conformance", floor)
    assert status == 1
    assert f"conformance: {what}" in said
    assert f"(--min-conformance {floor})" in said
    assert "app/api/boats.py:6: GRV104 unwrapped-response-model, the first of 2" in said


@pytest.mark.parametrize("floor", ["50", "GRV101=100", "api=0", "unwrapped-response-model=0"])
def test_what_is_reached_is_no_fall(fleet: Fleet, floor: str) -> None:
    assert fleet.lint("report", "--min-conformance", floor) == (0, "")


@pytest.mark.parametrize("floor", ["101", "-1", "x", "=5", "nan", "logs="])
def test_what_is_no_rate(fleet: Fleet, floor: str) -> None:
    status, said = fleet.lint(f"--min-conformance={floor}")
    assert status == 2
    assert "expected a number from 0 to 100" in said


def test_a_section_that_is_not_there(fleet: Fleet) -> None:
    status, said = fleet.lint("--min-conformance", "apy=5")
    assert status == 2
    assert "nothing is called 'apy'; did you mean 'api'?" in said
    fleet.configure("min-conformance = { apy = 5 }\n")
    status, said = fleet.lint("-q")
    assert status == 2
    assert "pyproject.toml: tool.gravity-lint.min-conformance.apy: nothing is called 'apy'" in said
    fleet.configure("min-conformance = { api = 120 }\n")
    status, said = fleet.lint()
    assert status == 2
    assert "min-conformance.api: Expected float <= 100.0, found the number 120" in said


def test_the_configuration_demands_it_of_each_service(fleet: Fleet) -> None:
    fleet.configure(f'{TWO}baseline = "known.txt"\nmin-conformance = {{ api = 60 }}\n')
    assert fleet.lint("baseline")[0] == 0
    status, said = fleet.lint()
    assert status == 1
    assert "API Development Patterns in .: 50.0 %" in said
    assert "(min-conformance in pyproject.toml)" in said
    # One file, or other rules, have other rates.
    assert fleet.lint("app/api/boats.py")[0] == 0
    assert fleet.lint("--select", "GRV104")[0] == 0


def test_a_rate_may_not_fall(fleet: Fleet) -> None:
    fleet.record()
    assert json.loads(Path("earlier.json").read_text())["services"][0]["findings"]
    against = ("--not-below", "earlier.json")
    assert fleet.lint("report", *against) == (0, "")

    boats = Path("app/api/boats.py")
    boats.write_text(f"# moved\n{boats.read_text()}\n\n{MORE}".replace("/api/v1", "/v1"))
    status, said = fleet.lint("report", *against)
    assert status == 1
    assert "API Development Patterns in .: 16.7 % conform (1 of 6 subjects)" in said
    assert "less than 50.0 % (2 of 4 subjects departed in earlier.json)" in said
    assert "app/api/boats.py:12: GRV104" in said
    assert "app/api/boats.py:7: GRV104" not in said  # it was there before
    assert "all sections" not in said
    assert "12: GRV104" in fleet.lint(*against, "--severity", "error")[1]
    assert fleet.lint(*against, "--exit-zero")[0] == 0


def test_a_damaged_report_is_told(fleet: Fleet) -> None:
    fleet.record()
    report = Path("earlier.json")
    report.write_text(report.read_text().replace(" GRV104 ", " GRV104 x"))
    boats = Path("app/api/boats.py")
    boats.write_text(boats.read_text().replace("/api/v1", "/v1"))
    status, said = fleet.lint("report", "--not-below", "earlier.json")
    assert status == 2
    assert "earlier.json: the findings of . in this report are damaged" in said


def test_that_conforming_code_goes_is_no_fall(fleet: Fleet) -> None:
    fleet.configure('select = ["GRV101", "GRV109", "GRV504"]\n')
    write(fleet.top, {"app/api/boats.py": ENDPOINT.format("boat").replace("/api/v1", "/v1")})
    fleet.record()
    without = MAIN.replace("from app.api.piers import router as piers\n", "")
    without = without.replace("app.include_router(piers)\n", "")
    write(fleet.top, {"app/api/piers.py": None, "app/main.py": without})
    assert fleet.lint("report", "--not-below", "earlier.json") == (0, "")


def test_what_is_no_report_on_these_services(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.record()
    monkeypatch.chdir("app")
    status, said = fleet.lint("report", "..", "--not-below", "../earlier.json")
    assert status == 2
    assert "run where that report was written" in said
    Path("empty.json").write_text("{}")
    assert fleet.lint("--not-below", "empty.json")[0] == 2
    assert fleet.lint("--not-below", "nowhere.json")[0] == 2


def test_json_says_it_too(fleet: Fleet) -> None:
    assert fleet.lint("--min-conformance", "api=60", "--format", "json")[0] == 1
    (fall,) = json.loads(fleet.out)["falls"]
    assert (fall["service"], fall["subjects"], fall["violations"]) == (None, 4, 2)
    assert fall["by"][0]["path"] == "app/api/boats.py"

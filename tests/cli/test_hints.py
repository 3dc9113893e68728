"""What people type who come from elsewhere, or are in a hurry, is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("x = 1\n", "utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (["--select", "GRV1O1"], "did you mean 'GRV101'?"),
        (["--select", "grv1"], "did you mean 'GRV1'?"),
        (["--select", "101"], "did you mean 'GRV101'?"),
        (["--select", "GRV8x"], "did you mean 'GRV8'?"),
        (["--select", "Unversioned_Route"], "did you mean 'unversioned-route'?"),
        (["--ignore", "unversoined-route"], "did you mean 'unversioned-route'?"),
        (["--select", "docstring"], "there is incomplete-endpoint-docstring"),
        (["--select", "GRV777"], "codes begin with GRV0 to GRV9"),
        (["--confg", "x"], "did you mean '--config'?"),
        (["--disable", "GRV1"], "that is --ignore here"),
        (["--json"], "that is --format json here"),
        (["--dry-run"], "that is --diff here"),
        (["--list-rules"], "that is gravity-lint rules here"),
        (["fix"], "to mend: gravity-lint --fix"),
        (["lint"], "to judge: gravity-lint [PATHS]"),
        (["init"], "nothing need be set up"),
        (["chekc"], "did you mean 'check'?"),
        (["explain", "GRV1"], "gravity-lint rules GRV1 lists them"),
        (["explain", "1O1"], "did you mean 'GRV101'?"),
        (["rules", "grv4"], "did you mean 'GRV4'?"),
    ],
)
def test_a_slip_is_answered_with_what_may_be_meant(
    capsys: Capture, typed: list[str], answer: str
) -> None:
    assert main(typed) == 2
    said = capsys.readouterr().err
    assert answer in said
    assert said.count("\n") == 1


def test_codes_may_be_separated_by_blanks(capsys: Capture) -> None:
    assert main(["--select", "GRV1 GRV2"]) == 0


def test_two_codes_in_one_string_of_a_configuration_are_told_apart(capsys: Capture) -> None:
    Path("gravity-lint.toml").write_text('select = ["GRV1 grv2"]\n', "utf-8")
    assert main([]) == 2
    assert "these are 2: give 'GRV1', 'GRV2'" in capsys.readouterr().err


@pytest.mark.parametrize("typed", [["help"], ["help", "routes"], ["version"]])
def test_asking_for_help_is_no_mistake(capsys: Capture, typed: list[str]) -> None:
    assert main(typed) == 0
    out = capsys.readouterr().out
    assert out.startswith(("usage: gravity-lint", "gravity-lint 0"))
    assert ("usage: gravity-lint routes" in out) is (typed == ["help", "routes"])


def test_a_stub_is_said_to_be_one(capsys: Capture) -> None:
    Path("app/main.pyi").write_text("x: int\n", "utf-8")
    assert main(["app/main.pyi"]) == 0
    out, err = capsys.readouterr()
    assert "Nothing was judged" in out
    assert "app/main.pyi: a stub (*.pyi) is no code that runs" in err


def test_rules_can_be_listed_by_what_they_begin_with(capsys: Capture) -> None:
    assert main(["rules", "GRV40", "naive-utcnow"]) == 0
    out = capsys.readouterr().out
    codes = [line.split()[0] for line in out.splitlines() if line.startswith("GRV")]
    assert codes[0] == "GRV191"
    assert all(code.startswith("GRV40") for code in codes[1:])
    assert len(codes) > 5

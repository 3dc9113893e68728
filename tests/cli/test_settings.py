"""The real program on real services: what is set in files, and what the command line imposes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.cli import main

Capture = pytest.CaptureFixture[str]

ORDERS = """\
from fastapi import APIRouter, HTTPException

router = APIRouter(prefix="/orders")


@router.get("/{order_id}")
async def get_order(order_id: int) -> int:
    raise HTTPException(status_code=404)
"""


def lay(top: Path, **files: str) -> None:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service of one module that breaks GRV108 once."""
    lay(
        tmp_path,
        **{
            "pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV108"]\n',
            "app/api/orders.py": ORDERS,
        },
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judged(capsys: Capture, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Return exit status, report and what was said on standard error."""
    status = main([*arguments, "--format", "json"])
    out, err = capsys.readouterr()
    return status, json.loads(out), err


def codes(document: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in document["findings"]]


def test_a_configuration_from_outside_holds_for_every_service(
    service: Path, tmp_path_factory: pytest.TempPathFactory, capsys: Capture
) -> None:
    policy = tmp_path_factory.mktemp("policy") / "policy.toml"
    policy.write_text(
        'select = ["GRV108", "GRV102"]\n[per-file-ignores]\n"app/api/*" = ["GRV108"]\n', "utf-8"
    )
    _, document, _ = judged(capsys, "--config", str(policy))
    assert codes(document) == ["GRV102"]
    assert document["summary"]["excused"] == {"per-file-ignores": 1}
    status, document, _ = judged(capsys, "--isolated")
    assert status == 1
    assert len(codes(document)) > 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--config", "gone.toml"], "gone.toml: cannot be read"),
        (["--config", "pyproject.toml", "--isolated"], "choose one"),
        (["--output", "json"], "FORMAT=FILE"),
        (["--output", "xml=a.xml"], "there is no format 'xml'"),
        (["--output", "json=no/such/a.json"], "--output: cannot write"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake(
    service: Path, capsys: Capture, arguments: list[str], words: str
) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_patterns_on_the_command_line_leave_out_files(service: Path, capsys: Capture) -> None:
    lay(service, **{"app/api/old.py": ORDERS, "build/made.py": ORDERS})
    assert len(codes(judged(capsys)[1])) == 2
    assert len(codes(judged(capsys, "--extend-exclude", "app/api/old.py")[1])) == 1
    assert len(codes(judged(capsys, "--exclude", "old.py")[1])) == 2  # build is not left out now
    assert len(codes(judged(capsys, "--exclude", "old.py,build")[1])) == 1


def test_routes_follow_the_same_options(service: Path, capsys: Capture) -> None:
    lay(service, **{"app/api/old.py": ORDERS.replace("/orders", "/old")})
    assert main(["routes", "--extend-exclude", "old.py", "--format", "json"]) == 0
    assert [route["path"] for route in json.loads(capsys.readouterr().out)["routes"]] == [
        "/orders/{order_id}"
    ]


def test_a_report_is_written_in_several_formats_at_once(service: Path, capsys: Capture) -> None:
    main(["--output", "json=a.json", "--output", "github=b.txt", "--format", "concise"])
    assert capsys.readouterr().out.startswith("app/api/orders.py:8:37: GRV108")
    assert codes(json.loads((service / "a.json").read_text())) == ["GRV108"]
    assert (service / "b.txt").read_text().startswith("::warning file=")


def test_only_errors_are_shown_and_count(service: Path, capsys: Capture) -> None:
    assert main(["--severity", "error"]) == 0
    assert "GRV108" not in capsys.readouterr().out
    assert main(["--severity", "error", "--select", "GRV101,GRV108"]) == 1
    assert "GRV108" not in capsys.readouterr().out


def test_quiet_is_findings_and_no_word_more(service: Path, capsys: Capture) -> None:
    assert main(["--quiet"]) == 1
    out, err = capsys.readouterr()
    assert "GRV108" in out
    assert "conform" not in out
    assert "finding" not in out
    assert err == ""
    assert main(["-q", "--format", "concise"]) == 1
    out, err = capsys.readouterr()
    assert (out.count("\n"), err) == (1, "")
    assert main(["-q", "--select", "GRV101", "--ignore", "GRV101"]) == 0
    assert capsys.readouterr() == ("", "")


def test_what_fails_and_how_it_is_shown_can_be_configured(service: Path, capsys: Capture) -> None:
    lay(
        service,
        **{
            "pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV108"]\n'
            'fail-on = "error"\nformat = "concise"\n'
        },
    )
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("app/api/orders.py:8:37: GRV108")
    assert main(["--fail-on", "warning"]) == 1
    lay(service, **{"pyproject.toml": '[tool.gravity-lint]\nformat = "xml"\n'})
    capsys.readouterr()
    assert main([]) == 2
    assert "tool.gravity-lint.format: there is no format 'xml'" in capsys.readouterr().err


def test_each_service_decides_what_fails_it(service: Path, capsys: Capture) -> None:
    lay(
        service,
        **{
            "other/pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV108"]\nfail-on = "error"\n',
            "other/app/api/orders.py": ORDERS,
        },
    )
    assert main(["other"]) == 0
    assert main(["."]) == 1


def test_severities_go_by_prefix_and_off(service: Path, capsys: Capture) -> None:
    lay(
        service,
        **{
            "pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV108", "GRV102", "GRV110"]\n'
            '[tool.gravity-lint.severity]\nGRV1 = "error"\nGRV102 = "off"\nuntagged-route = "off"\n'
        },
    )
    _, document, _ = judged(capsys)
    found = {finding["code"]: finding["severity"] for finding in document["findings"]}
    assert found == {"GRV108": "error", "GRV110": "error"}


def test_options_for_a_rule_that_has_none_are_a_mistake(service: Path, capsys: Capture) -> None:
    lay(
        service,
        **{"pyproject.toml": "[tool.gravity-lint.rules.numeric-status-code]\nallow = [404]\n"},
    )
    assert main([]) == 2
    words = "tool.gravity-lint.rules.numeric-status-code: this rule has no options"
    assert words in capsys.readouterr().err


def test_one_broken_configuration_does_not_hide_the_other_services(
    service: Path, capsys: Capture
) -> None:
    for name, text in (
        ("a", "[tool.gravity-lint]\nselekt = []\n"),
        ("b", '[tool.gravity-lint]\nselect = ["GRV999"]\n'),
        ("c", '[tool.gravity-lint]\nselect = ["GRV108"]\n'),
    ):
        lay(service, **{f"{name}/pyproject.toml": text, f"{name}/app/api/orders.py": ORDERS})
    status, document, err = judged(capsys)
    assert status == 2
    assert {finding["path"] for finding in document["findings"]} == {
        "app/api/orders.py",
        "c/app/api/orders.py",
    }
    assert [problem["path"] for problem in document["problems"]] == [
        "a/pyproject.toml",
        "b/pyproject.toml",
    ]
    assert "selekt" in err
    assert "GRV999" in err


class TestBelowTheRoot:
    def test_rules_severities_and_options_can_change(self, service: Path, capsys: Capture) -> None:
        lay(
            service,
            **{
                "app/api/v2/gravity-lint.toml": 'extend-select = ["GRV102"]\n'
                '[severity]\nGRV108 = "error"\n',
                "app/api/v2/orders.py": ORDERS,
            },
        )
        _, document, _ = judged(capsys)
        found = {(x["path"], x["code"]): x["severity"] for x in document["findings"]}
        assert found == {
            ("app/api/orders.py", "GRV108"): "warning",
            ("app/api/v2/orders.py", "GRV102"): "warning",
            ("app/api/v2/orders.py", "GRV108"): "error",
        }
        assert document["summary"]["services"] == 1
        assert main(["app/api/v2", "--show-settings"]) == 0
        shown = capsys.readouterr().out
        assert "# from app/api/v2/gravity-lint.toml" in shown
        assert "# rules that run: 2" in shown

    def test_a_project_that_the_app_imports_is_below_the_root(
        self, service: Path, capsys: Capture
    ) -> None:
        lay(
            service,
            **{
                "app/main.py": "from app.billing import orders\n",
                "app/billing/pyproject.toml": '[tool.gravity-lint.severity]\nGRV108 = "error"\n',
                "app/billing/orders.py": ORDERS,
            },
        )
        _, document, _ = judged(capsys)
        found = {x["path"]: x["severity"] for x in document["findings"]}
        assert found == {"app/api/orders.py": "warning", "app/billing/orders.py": "error"}
        assert document["summary"]["services"] == 1

    def test_it_may_ignore_and_that_is_an_excuse(self, service: Path, capsys: Capture) -> None:
        lay(
            service,
            **{
                "app/api/old/gravity-lint.toml": 'ignore = ["GRV108"]\n',
                "app/api/old/orders.py": ORDERS,
            },
        )
        _, document, _ = judged(capsys)
        assert [x["path"] for x in document["findings"]] == ["app/api/orders.py"]
        assert document["conformance"]["GRV108"]["violations"] == 2
        assert document["summary"]["excused"] == {"ignore": 1}

    def test_what_shapes_the_service_is_a_mistake_that_stops_those_files(
        self, service: Path, capsys: Capture
    ) -> None:
        lay(
            service,
            **{
                "app/api/old/gravity-lint.toml": '[vocabulary]\nexception-root = "X"\n',
                "app/api/old/orders.py": ORDERS,
            },
        )
        status, document, err = judged(capsys)
        assert status == 2
        assert [x["path"] for x in document["findings"]] == ["app/api/orders.py"]
        assert "app/api/old/gravity-lint.toml: vocabulary: this shapes the service" in err
        assert str(service / "pyproject.toml") in err


@pytest.mark.parametrize(
    ("settings", "excuse"),
    [
        ('ignore = ["GRV108"]', "ignore"),
        ('[tool.gravity-lint.per-file-ignores]\n"app/**" = ["GRV1"]', "per-file-ignores"),
        ('[tool.gravity-lint.severity]\nGRV108 = "off"', "ignore"),
    ],
)
def test_what_a_configuration_excuses_raises_no_rate(
    service: Path, capsys: Capture, settings: str, excuse: str
) -> None:
    before = judged(capsys)[1]["conformance"]["GRV108"]
    lay(
        service,
        **{"pyproject.toml": f'[tool.gravity-lint]\nselect = ["GRV108"]\n{settings}\n'},
    )
    status, document, _ = judged(capsys)
    assert (status, document["findings"]) == (0, [])
    assert document["conformance"]["GRV108"] == before
    assert document["summary"]["excused"] == {excuse: 1}
    main([])
    said = capsys.readouterr().out
    assert f"1 excused by {excuse}" in said
    assert "100.0 %" not in said


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            ".gravity-lint.toml",
            "select = []\n",
            "is not read; the file is called gravity-lint.toml",
        ),
        ("gravity_lint.toml", "select = []\n", "the file is called gravity-lint.toml"),
        (
            "other/pyproject.toml",
            "[tool.gravity_lint]\nselect = []\n",
            "[tool.gravity_lint] is not",
        ),
        ("other/pyproject.toml", "[gravity-lint]\nselect = []\n", "called [tool.gravity-lint]"),
        ("other/pyproject.toml", "[tool.gravity.lint]\nx = 1\n", "called [tool.gravity-lint]"),
    ],
)
def test_what_looks_like_a_configuration_is_said(
    service: Path, capsys: Capture, name: str, text: str, words: str
) -> None:
    lay(service, **{name: text, "other/app/main.py": "x = 1\n"})
    status, document, err = judged(capsys)
    assert status == 1
    assert f"gravity-lint: warning: {name}: " in err
    assert words in err
    assert [notice["path"] for notice in document["notices"]] == [name]
    assert main(["--quiet", "--format", "concise"]) == 1
    assert capsys.readouterr().err == ""


def test_patterns_that_match_no_file_are_said(service: Path, capsys: Capture) -> None:
    lay(
        service,
        **{
            "pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV108"]\n'
            '[tool.gravity-lint.per-file-ignores]\n"app/apis/**" = ["GRV1"]\n"app/**" = ["GRV9"]\n'
            '"!test_*.py" = ["GRV5"]\n'
            '[tool.gravity-lint.layers]\nextend-api = ["web/**", "app/api/**"]\n'
        },
    )
    _, _, err = judged(capsys)
    said = [line.partition("pyproject.toml: ")[2] for line in err.splitlines()]
    assert said == [
        "tool.gravity-lint.per-file-ignores: the pattern 'app/apis/**' matches no file",
        "tool.gravity-lint.per-file-ignores: the pattern '!test_*.py' matches no file",
        "tool.gravity-lint.layers.extend-api: the pattern 'web/**' matches no file",
    ]
    assert judged(capsys, "app/api/orders.py")[2] == ""  # the rest of the service is not in view


def test_an_inherited_pattern_may_match_nothing(service: Path, capsys: Capture) -> None:
    lay(
        service,
        **{
            "policy.toml": '[per-file-ignores]\n"app/old/**" = ["GRV1"]\n',
            "pyproject.toml": '[tool.gravity-lint]\nextend = "policy.toml"\nselect = ["GRV108"]\n',
        },
    )
    assert judged(capsys)[2] == ""

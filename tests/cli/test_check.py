import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.cli import main
from gravity_lint.errors import UsageError
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting import FORMATS
from gravity_lint.running.outcome import Mended, Mending, Overrides, Problem, Refusal, Report
from tests.reporting.samples import absolute, finding, related, report, tally

Capture = pytest.CaptureFixture[str]
ERROR = report(finding())
WARNING = report(finding(severity=Severity.WARNING))
CRASHED = report(finding(), problems=(Problem("/x.py", "KeyError: 'a'", "GRV405", 3),))


@pytest.mark.parametrize(
    ("found", "arguments", "status"),
    [
        (report(tallies=(tally("GRV101", 1, 0),)), [], 0),
        (ERROR, [], 1),
        (WARNING, [], 1),
        (WARNING, ["--fail-on", "warning"], 1),
        (WARNING, ["--fail-on", "error"], 0),
        (ERROR, ["--fail-on=error"], 1),
        (ERROR, ["--exit-zero"], 0),
        (CRASHED, [], 2),
        (CRASHED, ["--exit-zero"], 2),
        (CRASHED, ["--fail-on", "error"], 2),
        (report(files=0, services=0), ["--no-fail-on-nothing"], 0),
        (UsageError("pyproject.toml: no"), [], 2),
        (UsageError("pyproject.toml: no"), ["--exit-zero"], 2),
        (RecursionError("deep"), [], 2),
        (KeyboardInterrupt(), [], 130),
    ],
)
@pytest.mark.parametrize("form", ["full", "concise", "json", "github"])
def test_exit_status(
    runner: Any, found: Report, arguments: list[str], status: int, form: str
) -> None:
    runner.report = found
    assert main([*arguments, "--format", form]) == status


@pytest.mark.parametrize("arguments", [["app"], ["check", "app"], ["--", "app"]])
def test_check_is_what_runs_without_a_command(runner: Any, arguments: list[str]) -> None:
    Path("app").mkdir()
    assert main(arguments) == 0
    assert runner.paths == (Path("app"),)


def test_without_paths_it_is_this_directory(runner: Any) -> None:
    main(["check"])
    assert runner.paths == (Path(),)


@pytest.mark.parametrize("arguments", [["./rules"], ["--", "rules"], ["check", "rules"]])
def test_a_path_may_be_named_like_a_command(runner: Any, arguments: list[str]) -> None:
    Path("rules").mkdir()
    assert main(arguments) == 0
    assert runner.paths == (Path("rules"),)


def test_overrides_add_up_over_repeated_options(runner: Any) -> None:
    select = ["--select", "GRV1, secret-in-log", "--select=ALL"]
    main([*select, "--ignore", "GRV9,", "--extend-select", "GRV190"])
    assert runner.overrides == Overrides(
        select=("GRV1", "secret-in-log", "ALL"), extend_select=("GRV190",), ignore=("GRV9",)
    )
    main([])
    assert runner.overrides == Overrides()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--selct", "GRV1"], ["unknown option --selct", "did you mean '--select'?"]),
        (["--format", "xml"], ["--format", "xml", "json"]),
        (["--form", "json"], ["unknown option --form"]),
        (["--select", " , "], ["--select", "names no rule"]),
        (["missing"], ["missing: no such file"]),
        (["chekc"], ["chekc: no such file", "did you mean 'check'?"]),
        (["--fix", "check"], ["a command stands first: gravity-lint check"]),
        (["--unsafe-fixes"], ["add --fix"]),
        (["--diff", "--format", "json"], ["leave out --format"]),
        (["--statistics", "--format", "json"], ["--statistics", "conformance"]),
        (["-"], ["--stdin-filename"]),
        (["--stdin-filename", "a.py", "b.py"], ["leave out b.py"]),
        (["--output-file", "no/such/x"], ["--output-file", "cannot write", "no directory"]),
        (["--output-file", "."], ["it is a directory"]),
        (["bad\x1b[2Jname"], ["bad\\x1b[2Jname"]),
        (["nul\0"], ["nul\\x00"]),
    ],
)
def test_mistakes_get_one_message_with_the_cure(
    runner: Any, capsys: Capture, arguments: list[str], words: list[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gravity-lint: error: ")
    assert err.count("\n") == 1
    assert [word for word in words if word not in err] == []


def test_a_hook_may_be_given_nothing_but_excluded_files(elsewhere: None, capsys: Capture) -> None:
    Path("pyproject.toml").write_text('[tool.gravity-lint]\nextend-exclude = ["made.py"]\n')
    Path("made.py").write_text("x = 1\n")
    assert main(["made.py"]) == 0
    out, err = capsys.readouterr()
    assert out == "Nothing was judged: the configuration excludes every named file.\n"
    assert err == ""


def test_a_directory_without_python_is_a_mistake(elsewhere: None, capsys: Capture) -> None:
    Path("docs").mkdir()
    assert main(["docs"]) == 2
    assert "docs: no Python files" in capsys.readouterr().err


def test_a_crashed_rule_is_named_and_the_rest_is_reported(runner: Any, capsys: Capture) -> None:
    runner.report = report(
        finding(),
        problems=(
            Problem(absolute("app/x.py"), "KeyError: 'a'", "GRV405", 3, trace="Traceback: x"),
            Problem(absolute("app/y.py"), "cannot be read: permission denied"),
        ),
    )
    assert main(["--format", "concise"]) == 2
    out, err = capsys.readouterr()
    assert out == "app/api/users.py:1:1: GRV101 no version here; give one\n"
    assert "rule GRV405 crashed: KeyError: 'a'" in err
    assert "y.py: cannot be read: permission denied\n" in err
    assert "Traceback" not in err


def test_an_internal_error_says_whose_fault_it_is(
    runner: Any, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.report = ZeroDivisionError("by\x1bzero")
    assert main([]) == 2
    err = capsys.readouterr().err
    assert "ZeroDivisionError: by\\x1bzero" in err
    assert "defect of gravity-lint" in err
    assert "report it" in err
    assert "Traceback (most recent" not in err
    monkeypatch.setenv("GRAVITY_LINT_DEBUG", "1")
    assert main([]) == 2
    assert "Traceback (most recent" in capsys.readouterr().err


def test_concise_keeps_its_summary_off_standard_output(runner: Any, capsys: Capture) -> None:
    runner.report = report(finding(fix=Applicability.SAFE))
    main(["--format", "concise"])
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert err == "1 finding (1 error) in 1 of 3 files of 1 service; fixable: 1 with --fix.\n"


def test_statistics_replace_the_findings(runner: Any, capsys: Capture) -> None:
    runner.report = report(
        finding("GRV209", name="undocumented-service", fix=Applicability.SAFE),
        finding(),
        finding("GRV209", name="undocumented-service"),
    )
    assert main(["--statistics"]) == 1
    assert capsys.readouterr().out == (
        "count  code    name                  severity  conform  --fix  unsafe\n"
        "    2  GRV209  undocumented-service  error           -      1       -\n"
        "    1  GRV101  unversioned-route     error           -      -       -\n"
        "\n"
        "3 findings (3 errors) in 1 of 3 files of 1 service.\n"
    )


def test_statistics_put_errors_first_and_count_the_places_to_change(
    runner: Any, capsys: Capture
) -> None:
    cause = related("app/main.py", (1, 1, 1, 2), "no version")
    warning = finding("GRV109", name="missing-summary", severity=Severity.WARNING)
    unsafe = finding(cause=cause, fix=Applicability.UNSAFE)
    runner.report = report(finding(cause=cause), unsafe, warning, warning, warning)
    assert main(["--statistics"]) == 1
    assert capsys.readouterr().out == (
        "count  places  code    name               severity  conform  --fix  unsafe\n"
        "    2       1  GRV101  unversioned-route  error           -      -       1\n"
        "    3       3  GRV109  missing-summary    warning         -      -       -\n"
        "\n"
        "5 findings (2 errors and 3 warnings) at 4 places in 1 of 3 files of 1 service.\n"
    )


class TestStandardInput:
    @pytest.fixture
    def feed(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        def feed(data: bytes) -> None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "ascii"))

        return feed

    @pytest.mark.parametrize("paths", [[], ["-"]])
    def test_it_is_judged_as_the_named_file(self, runner: Any, feed: Any, paths: list[str]) -> None:
        feed("x = 'ä'\r\n".encode())
        assert main(["--stdin-filename", "app/new.py", *paths]) == 0
        assert runner.paths == (Path("app/new.py"),)
        assert runner.texts == {Path("app/new.py"): "x = 'ä'\r\n"}

    def test_it_declares_its_encoding_as_a_file_does(self, runner: Any, feed: Any) -> None:
        feed(b"# coding: latin-1\nx = '\xe4'\n")
        main(["--stdin-filename", "a.py"])
        assert runner.texts == {Path("a.py"): "# coding: latin-1\nx = 'ä'\n"}

    @pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"# coding: nonsense\n", b"x = '\xe4'"])
    def test_what_is_no_text_is_refused(
        self, runner: Any, feed: Any, capsys: Capture, data: bytes
    ) -> None:
        feed(data)
        assert main(["--stdin-filename", "a.py"]) == 2
        assert "standard input (a.py) cannot be decoded" in capsys.readouterr().err


class TestOutputFile:
    def test_the_report_goes_there_and_nowhere_else(self, runner: Any, capsys: Capture) -> None:
        runner.report = report(finding(message="weiß"))
        assert main(["--output-file", "r.txt"]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err == "1 finding (1 error) in 1 of 3 files of 1 service.\n"
        text = Path("r.txt").read_text("utf-8")
        assert "  weiß\n" in text
        assert "\x1b" not in text
        assert sorted(os.listdir()) == ["r.txt"]

    def test_an_old_file_is_replaced_whole_and_keeps_its_mode(self, runner: Any) -> None:
        old = Path("r.json")
        old.write_text("x" * 10_000)
        old.chmod(0o640)
        main(["--format", "json", "--output-file", "r.json"])
        assert json.loads(old.read_text())["findings"] == []
        assert stat.S_IMODE(old.stat().st_mode) == 0o640

    def test_a_link_keeps_leading_to_the_report(self, runner: Any) -> None:
        Path("real.json").write_text("old")
        Path("link.json").symlink_to("real.json")
        main(["--format", "json", "--output-file", "link.json"])
        assert Path("link.json").is_symlink()
        assert json.loads(Path("real.json").read_text())["findings"] == []

    def test_a_failed_run_leaves_the_old_file(self, runner: Any) -> None:
        Path("r.json").write_text("old")
        runner.report = UsageError("no")
        assert main(["--output-file", "r.json"]) == 2
        assert Path("r.json").read_text() == "old"
        assert os.listdir() == ["r.json"]

    def test_a_failed_write_leaves_the_old_file(
        self, runner: Any, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        Path("r.json").write_text("old")
        monkeypatch.setattr(os, "fsync", full)
        assert main(["--output-file", "r.json"]) == 2
        assert "cannot write r.json: No space left on device" in capsys.readouterr().err
        assert Path("r.json").read_text() == "old"
        assert os.listdir() == ["r.json"]

    def test_a_device_is_written_to_and_not_replaced(self, runner: Any) -> None:
        assert main(["--output-file", os.devnull]) == 0
        assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


class TestMending:
    @pytest.fixture
    def mending(self, runner: Any) -> Mending:
        left = finding("GRV107", fix=Applicability.UNSAFE)
        done = Mended(str(Path.cwd() / "app" / "x.py"), "a = 1\n", "a = 2\n", (finding("GRV108"),))
        refused = Refusal(finding("GRV103"), "the file would not parse")
        mending = Mending(report(left), (done,), (refused,))
        runner.mending = mending
        return mending

    def test_fix_says_what_it_did_then_what_remains(
        self, runner: Any, mending: Mending, capsys: Capture
    ) -> None:
        assert main(["--fix"]) == 1
        out, err = capsys.readouterr()
        assert runner.asked == {"unsafe": False, "write": True}
        assert out.startswith("mended app/x.py: GRV108\n")
        assert "GRV103 unversioned-route: the file would not parse\n" in out
        assert out.index("Mended 1 finding in 1 file; 1 fix refused.") < out.index("GRV107")
        assert "1 can be mended with --fix --unsafe-fixes" in out
        assert err == ""

    def test_unsafe_fixes_that_were_tried_are_not_advertised(
        self, runner: Any, mending: Mending, capsys: Capture
    ) -> None:
        assert main(["--fix", "--unsafe-fixes"]) == 1
        assert runner.asked == {"unsafe": True, "write": True}
        assert "--unsafe-fixes" not in capsys.readouterr().out

    def test_programs_get_nothing_but_their_format(self, mending: Mending, capsys: Capture) -> None:
        main(["--fix", "--format", "json"])
        out, err = capsys.readouterr()
        assert [found["code"] for found in json.loads(out)["findings"]] == ["GRV107"]
        assert "mended app/x.py" in err

    def test_all_mended_conforms(self, runner: Any) -> None:
        assert main(["--fix"]) == 0

    @pytest.mark.parametrize("arguments", [["--diff"], ["--fix", "--diff"]])
    def test_diff_writes_nothing(
        self, runner: Any, mending: Mending, capsys: Capture, arguments: list[str]
    ) -> None:
        assert main(arguments) == 1
        out, err = capsys.readouterr()
        assert runner.asked == {"unsafe": False, "write": False}
        assert out == "--- a/app/x.py\n+++ b/app/x.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"
        assert "the file would not parse" in err

    def test_diff_fails_only_if_there_is_something_to_change(
        self, runner: Any, mending: Mending
    ) -> None:
        assert main(["--diff", "--exit-zero"]) == 0
        runner.mending = Mending(report(finding()))
        assert main(["--diff"]) == 0
        runner.mending = Mending(CRASHED, mending.mended)
        assert main(["--diff", "--exit-zero"]) == 2


def test_settings_are_shown_with_their_origin(elsewhere: None, capsys: Capture) -> None:
    Path("gravity-lint.toml").write_text(
        'ignore = ["GRV191"]\n[vocabulary]\nexception-root = "AcmeException"\n'
    )
    Path("app").mkdir()
    assert main(["--show-settings", "--extend-select", "naive-utcnow", "app"]) == 0
    out = capsys.readouterr().out
    assert (
        'ignore = ["GRV191"]\nvocabulary.exception-root = "AcmeException"\n'
        in out.partition("# from gravity-lint.toml\n")[2]
    )
    assert 'rule-packs = ["gravity_rules"]' in out.partition("# from")[0]
    assert " GRV191" in out.partition("# rules that run")[2]
    assert main(["--show-settings", "app"]) == 0
    assert " GRV191" not in capsys.readouterr().out.partition("# rules that run")[2]


def test_shown_settings_can_be_pasted_back(elsewhere: None, capsys: Capture) -> None:
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    Path("gravity-lint.toml").write_text(
        'exclude = ["a\\"b\\u007f\\\\", "é"]\n[per-file-ignores]\n"x y/**" = ["GRV1"]\n'
        "[severity]\nGRV191 = 'error'\n"
    )
    main(["--show-settings"])
    shown = tomllib.loads(capsys.readouterr().out)
    assert shown["exclude"] == ['a"b\x7f\\', "é"]
    assert shown["per-file-ignores"] == {"x y/**": ["GRV1"]}
    assert shown["severity"] == {"GRV191": "error"}
    assert shown["vocabulary"]["exception-root"] == "GravityException"


def test_the_summary_of_a_job_is_added_where_the_runner_wants_it(
    runner: Any, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    runner.report = ERROR
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert main(["--output", "github-summary"]) == 2
    assert "GITHUB_STEP_SUMMARY is not set" in capsys.readouterr().err
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("summary.md").write_text("# Before\n")
    assert main(["--output", "github-summary", "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error")
    assert main(["--format", "github-summary"]) == 1
    said = Path("summary.md").read_text()
    assert said.startswith("# Before\n")
    assert said.count("## gravity-lint") == 2


def test_several_formats_in_one_run(runner: Any, capsys: Capture) -> None:
    runner.report = ERROR
    forms = [form for form in FORMATS if form != "full"]
    assert main([x for form in forms for x in ("--output", f"{form}={form}.txt")]) == 1
    assert all("GRV101" in Path(f"{form}.txt").read_text() for form in forms)
    assert "GRV101" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--format", "json", "--edits"], [[]]),
        (["--format", "json"], [None]),
        (["--output", "json=x.json", "--edits"], [[]]),
    ],
)
def test_edits_are_for_those_who_ask(
    runner: Any, capsys: Capture, arguments: list[str], shown: list[Any]
) -> None:
    runner.report = report(finding(fix=Applicability.SAFE))
    main(arguments)
    out = capsys.readouterr().out if "--format" in arguments else Path("x.json").read_text()
    assert [x["fix"]["edits"] for x in json.loads(out)["findings"]] == shown
    assert main(["--edits", "--format", "sarif"]) == 2

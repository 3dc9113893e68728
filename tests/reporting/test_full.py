import io
import re

import pytest

from gravity_lint.findings.finding import Tally
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting.full import render
from gravity_lint.running.outcome import Problem, Report
from tests.reporting.samples import Terminal, finding, related, report, tally

SOURCE = """\
from fastapi import APIRouter

router = APIRouter(prefix="/users")


@router.get("/{id}")
async def get_user(id: int):
    return {}
"""
MAIN = 'app = FastAPI()\napp.include_router(router, prefix="/api")\n'
CARETS = "^" * 19


def shown(what: Report, *, tried: tuple[Applicability, ...] = ()) -> str:
    stream = io.StringIO()
    render(what, stream, tried=tried)
    return stream.getvalue()


def on_terminal(what: Report) -> str:
    stream = Terminal()
    render(what, stream)
    return stream.getvalue()


def stripped(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_finding_with_everything() -> None:
    text = shown(
        report(
            finding(
                at=(6, 2, 6, 21),
                message="`GET /api/users/{id}` has no version; give one",
                fix=Applicability.UNSAFE,
                related=(
                    related("app/main.py", (2, 28, 2, 41), "prefix given here"),
                    related("app/gone.py", (120, 1, 120, 2), "and here"),
                ),
            ),
            sources={"app/api/users.py": SOURCE, "app/main.py": MAIN},
        )
    )
    assert text.startswith(
        f"""\
app/api/users.py:6:2: GRV101 unversioned-route [error]
  `GET /api/users/{{id}}` has no version; give one
      |
    6 | @router.get("/{{id}}")
      |  {CARETS}
      = app/main.py:2:28: prefix given here
      |
    2 | app.include_router(router, prefix="/api")
      |                            ^^^^^^^^^^^^^
      = app/gone.py:120:1: and here
  API Development Patterns | gravity-lint explain GRV101 | mended by --fix --unsafe-fixes

1 finding (1 error) in 1 of 3 files of 1 service.
"""
    )


CAUSE = related("app/main.py", (2, 28, 2, 41), "the prefix `/api` has no version")


def test_what_one_change_mends_is_read_once_where_it_is_to_be_made() -> None:
    text = shown(
        report(
            finding(at=(6, 2, 6, 21), message="`get_user` has no version", cause=CAUSE),
            finding(at=(9, 2, 9, 21), message="`get_all` has no version", cause=CAUSE),
            finding("GRV102", at=(9, 2, 9, 21), name="untagged-route"),
            finding(at=(1, 1, 1, 2), path="app/x.py", message="`x` has no version", cause=CAUSE),
            sources={"app/api/users.py": SOURCE, "app/main.py": MAIN},
        )
    )
    assert text.count("GRV101 unversioned-route") == 1
    assert (
        """app/main.py:2:28: GRV101 unversioned-route [error]
  the prefix `/api` has no version
    |
  2 | app.include_router(router, prefix="/api")
    |                            ^^^^^^^^^^^^^
  3 findings come from here; the first is app/api/users.py:6:2: `get_user` has no version
  API Development Patterns | gravity-lint explain GRV101
"""
        in text
    )
    assert "4 findings (4 errors) at 2 places in 2 of 3 files" in text


def test_errors_come_before_warnings() -> None:
    text = shown(
        report(
            finding("GRV102", at=(1, 1, 1, 2), severity=Severity.WARNING),
            finding("GRV103", at=(9, 1, 9, 2)),
        )
    )
    assert text.index("GRV103") < text.index("GRV102")


def test_too_many_findings_are_a_case_for_a_baseline() -> None:
    assert "gravity-lint baseline" in shown(report(*[finding()] * 200))
    assert "gravity-lint baseline" not in shown(report(*[finding()] * 199))


def test_the_summary_says_where_to_begin() -> None:
    found = [finding("GRV117"), *(finding("GRV109", path=f"app/{n}.py") for n in range(29))]
    alarm = Tally("GRV117", "shadowed-route", "", 5, 1, alarm="endpoint that can never be reached")
    text = shown(report(*found, finding("GRV109", path="app/0.py"), tallies=(alarm,)))
    assert (
        "  First of all: 1 endpoint that can never be reached: gravity-lint --select GRV117\n"
        in text
    )
    assert "  Most in the files app/0.py (2), app/1.py (1), app/10.py (1) and 27 more\n" in text


def test_a_file_without_text_costs_the_excerpt_only() -> None:
    text = shown(report(finding(pattern="")))
    assert text.startswith(
        "app/api/users.py:1:1: GRV101 unversioned-route [error]\n"
        "  no version here; give one\n"
        "  gravity-lint explain GRV101\n\n"
    )


def test_a_fix_that_was_already_tried_is_not_advertised() -> None:
    what = report(finding(fix=Applicability.SAFE))
    assert "--fix" in shown(what)
    assert "--fix" not in shown(what, tried=(Applicability.SAFE,))


def test_why_there_is_no_fix_is_said() -> None:
    said = shown(report(finding(withheld="structlog is not among the dependencies")))
    assert "  no fix here: structlog is not among the dependencies\n" in said
    assert "mended by" not in said


def test_the_summary_says_each_reason_for_no_fix_once() -> None:
    reasons = [*["one"] * 3, *["two"] * 2, *["three"] * 2, "four", "five"]
    said = shown(report(*(finding(withheld=reason) for reason in reasons), finding()))
    assert "  3 that --fix leaves alone: one\n  2 that --fix leaves alone: three\n" in said
    assert "  2 that --fix leaves alone for 2 more reasons\n" in said


HOSTILE = "x = '[red]no[/red] [link=http://e.vil]l[/link] :smile: \x1b]0;title\x07\x1b[2J\u202e'\n"


@pytest.mark.parametrize("draw", [shown, on_terminal])
def test_source_and_messages_are_never_interpreted(draw: object) -> None:
    assert callable(draw)
    text = draw(
        report(
            finding(message=f"see {HOSTILE}", at=(1, 1, 1, 2), path="app/\x1b[1m.py"),
            sources={"app/\x1b[1m.py": HOSTILE},
        )
    )
    assert text.count("[red]no[/red]") == 2
    assert text.count("http://e.vil]l[/link]") == 2
    assert ":smile:" in text
    assert "\\x1b[2J\\u202e" in text
    assert "app/\\x1b[1m.py:1:1" in stripped(text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", stripped(text))
    assert "\x1b]8" not in text  # no hyperlinks


def test_a_terminal_gets_colours_and_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    what = report(
        finding(at=(6, 2, 6, 21), message="a rather long sentence " * 12),
        finding(at=(1, 300, 1, 303), path="app/long.py", severity=Severity.WARNING),
        sources={"app/api/users.py": SOURCE, "app/long.py": "y" * 299 + "BAD" + "y" * 300},
    )
    text = on_terminal(what)
    assert "\x1b[1;31mGRV101" in text
    assert "\x1b[1;33mGRV101" in text
    lines = stripped(text).splitlines()
    assert max(map(len, lines)) <= 80
    assert "".join(lines).count("sentence") == 12
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", on_terminal(what))
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in on_terminal(what)


def test_plain_output_is_plain_even_when_colours_are_forced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    render(report(finding()), stream, plain=True)
    assert "\x1b" not in stream.getvalue()


def test_a_pipe_gets_whole_messages_on_one_line() -> None:
    message = "a rather long sentence " * 30 + "end"
    assert f"  {message}\n" in shown(report(finding(message=message)))


def test_rates_stand_below_the_findings() -> None:
    text = shown(
        report(
            finding(),
            tallies=(
                tally("GRV101", 2500, 1),
                tally("GRV204", 4, 0, "Service Layer Patterns"),
                tally("GRV704", 0, 0, "Event-Driven Patterns"),
            ),
            suppressed=2,
        )
    )
    assert text.endswith(
        """\
pattern                   subjects  violations  conform
API Development Patterns      2500           1   99.9 %
Service Layer Patterns           4           0  100.0 %
all patterns                  2504           1   99.9 %

1 finding (1 error) in 1 of 3 files of 1 service; 2 suppressed by comments.
  Why a rule matters and what to write instead: gravity-lint explain GRV101
"""
    )


def test_a_conforming_run_says_so() -> None:
    text = shown(report(files=12, services=2, tallies=(tally("GRV101", 3, 0),)))
    assert text.endswith("\n\nConforms: no findings in 12 files of 2 services.\n")


def test_a_run_that_judged_nothing_does_not_claim_to_conform() -> None:
    for tallies in ((), (tally("GRV003", 12, 0),)):
        text = shown(report(files=12, services=2, tallies=tallies))
        assert "no rule about the code is selected." in text
        assert "Conforms" not in text
    text = shown(report(files=12, services=2, tallies=(tally("GRV101", 0, 0),)))
    assert "the one rule that is on finds nothing" in text


def test_a_broken_run_does_not_claim_to_conform() -> None:
    text = shown(report(problems=(Problem("/x.py", "cannot be read"),)))
    assert "Conforms" not in text
    assert "incomplete" in text


def test_a_run_over_excluded_files_does_not_claim_to_conform() -> None:
    text = shown(report(files=0, services=0))
    assert text == "Nothing was judged: the configuration excludes every named file.\n"


def test_hints_name_the_fixes_there_are() -> None:
    text = shown(
        report(
            *(finding(fix=Applicability.SAFE) for _ in range(29)),
            finding("GRV107", fix=Applicability.UNSAFE, severity=Severity.WARNING),
        )
    )
    assert text.endswith(
        """
30 findings (29 errors and 1 warning) in 1 of 3 files of 1 service.
  29 can be mended safely: gravity-lint --fix (--diff shows the changes first)
  1 more with --fix --unsafe-fixes, which may change what clients and logs see
  Findings per rule: gravity-lint --statistics; errors alone: --severity error
  Why a rule matters and what to write instead: gravity-lint explain GRV101
"""
    )

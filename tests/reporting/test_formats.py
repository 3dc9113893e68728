"""What programs read: concise, JSON, GitHub."""

import io
import json
import re

import pytest

from gravity_lint.edits import Replacement
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting import FORMATS, renderer
from gravity_lint.running.outcome import Blame, Fall, Problem, Report
from gravity_lint.sources.spans import Span
from tests.reporting.samples import absolute, finding, related, report, tally


def rendered(name: str, shown: Report) -> str:
    stream = io.StringIO()
    renderer(name)(shown, stream)
    return stream.getvalue()


def test_concise_is_flake8s_default_format() -> None:
    shown = report(finding(at=(3, 5, 3, 9)), finding("GRV209", at=(7, 1, 9, 1)))
    assert rendered("concise", shown) == (
        "app/api/users.py:3:5: GRV101 no version here; give one\n"
        "app/api/users.py:7:1: GRV209 no version here; give one\n"
    )


def test_concise_stays_one_line_whatever_a_message_quotes() -> None:
    shown = report(finding(message="event 'a\nb\x1b[2J\u2028'"))
    assert rendered("concise", shown).splitlines() == [
        "app/api/users.py:1:1: GRV101 event 'a\\nb\\x1b[2J\\u2028'"
    ]


@pytest.mark.parametrize("name", ["concise", "github"])
def test_nothing_found_writes_nothing(name: str) -> None:
    assert rendered(name, report()) == ""


def test_json_carries_every_field_of_a_finding() -> None:
    shown = report(
        finding(
            at=(3, 5, 4, 9),
            message="weiß \x1b[0m",
            fix=Applicability.UNSAFE,
            related=(related("app/main.py", (2, 1, 2, 7), "prefix given here"),),
            cause=related("app/main.py", (1, 1, 1, 4), "no version"),
        )
    )
    text = rendered("json", shown)
    assert text.isascii()
    assert json.loads(text)["findings"] == [
        {
            "code": "GRV101",
            "name": "unversioned-route",
            "page": None,
            "message": "weiß \x1b[0m",
            "path": "app/api/users.py",
            "line": 3,
            "column": 5,
            "end_line": 4,
            "end_column": 9,
            "severity": "error",
            "service": "users",
            "subject": "app.api.users.get_user",
            "fingerprint": "4e918face8f546926d36af6f",
            "fix": {"applicability": "unsafe", "edits": None},
            "withheld": None,
            "cause": {
                "path": "app/main.py",
                "line": 1,
                "column": 1,
                "end_line": 1,
                "end_column": 4,
                "message": "no version",
            },
            "related": [
                {
                    "path": "app/main.py",
                    "line": 2,
                    "column": 1,
                    "end_line": 2,
                    "end_column": 7,
                    "message": "prefix given here",
                }
            ],
        }
    ]


def test_json_counts_what_it_carries() -> None:
    shown = report(
        finding(),
        finding(severity=Severity.WARNING, fix=Applicability.SAFE),
        tallies=(tally("GRV103", 5, 1), tally("GRV101", 4, 1), tally("GRV101", 3, 0)),
        problems=(Problem(absolute("app/x.py"), "cannot be read", line=2, code="GRV405"),),
        suppressed=6,
        excused={"ignore": 2},
    )
    data = json.loads(rendered("json", shown))
    assert data["findings"][0]["fix"] is None
    assert data["conformance"] == {
        "GRV101": {"name": "rule-grv101", "subjects": 7, "violations": 1},
        "GRV103": {"name": "rule-grv103", "subjects": 5, "violations": 1},
    }
    assert data["problems"] == [
        {"path": "app/x.py", "line": 2, "code": "GRV405", "message": "cannot be read"}
    ]
    assert data["summary"] == {
        "files": 3,
        "services": 1,
        "findings": 2,
        "errors": 1,
        "warnings": 1,
        "suppressed": 6,
        "excused": {"ignore": 2},
        "fixable": {"safe": 1, "unsafe": 0},
    }


def test_json_has_no_lone_surrogates_which_strict_readers_reject() -> None:
    text = rendered("json", report(finding(message="\ud800", path="app/\udcff.py")))
    assert not re.search(r"(?<!\\)\\ud[89a-f]", text)
    assert json.loads(text)["findings"][0]["message"] == "\\ud800"


def test_github_command() -> None:
    shown = report(finding(at=(3, 5, 3, 9)), finding(at=(3, 5, 6, 2), severity=Severity.WARNING))
    assert rendered("github", shown).splitlines() == [
        "::error file=app/api/users.py,line=3,endLine=3,col=5,endColumn=9,"
        "title=GRV101 unversioned-route::no version here; give one",
        "::warning file=app/api/users.py,line=3,endLine=6,"
        "title=GRV101 unversioned-route::no version here; give one",
    ]


def test_github_gets_one_annotation_per_place_to_change() -> None:
    cause = related("app/main.py", (2, 1, 2, 7), "no version here")
    shown = report(
        finding(at=(3, 5, 3, 9), severity=Severity.WARNING, cause=cause),
        finding(at=(7, 5, 7, 9), severity=Severity.WARNING, cause=cause),
        finding("GRV102", at=(9, 1, 9, 2), severity=Severity.WARNING),
        finding("GRV103", at=(9, 1, 9, 2)),
    )
    error, first, second = rendered("github", shown).splitlines()
    assert error.startswith("::error file=app/api/users.py,line=9,")
    assert first.startswith("::warning file=app/main.py,line=2,")
    assert first.endswith(
        "::no version here; 2 findings come from here; the first is app/api/users.py:3: "
        "no version here; give one"
    )
    assert "GRV102" in second


def test_github_says_what_it_does_not_show() -> None:
    found = [finding(at=(n, 1, n, 2)) for n in range(1, 14)]
    found += [finding(at=(n, 1, n, 2), severity=Severity.WARNING) for n in range(20, 31)]
    *lines, last = rendered("github", report(*found)).splitlines()
    assert len(lines) == 24
    assert last == (
        "::notice title=gravity-lint::GitHub shows 10 errors and 10 warnings of a step: 3 errors"
        " and 1 warning more are in the log of this one, the worst first"
    )
    assert "notice" not in rendered("github", report(*found[:10], *found[13:23]))


def test_github_shows_rates_that_are_too_low_first() -> None:
    fall = Fall("Logs", absolute("app"), 2, 1, "90 %", (Blame("a::b%", absolute("x.py"), 3),))
    first, second = rendered("github", report(finding(), falls=(fall,))).splitlines()
    assert first == (
        "::error title=gravity-lint conformance::Logs in app: 50.0 %25 conform (1 of 2 subjects);"
        " it must not be less than 90 %25%0Ax.py:3: a::b%25"
    )
    assert second.startswith("::error file=")


def test_github_escapes_as_the_runner_unescapes() -> None:
    shown = report(finding(path="a,b:c%/d.py", message="100%: a,b\r\n::error::injected"))
    (line,) = rendered("github", shown).splitlines()
    properties, message = re.fullmatch(r"::error (.*?)::(.*)", line).groups()  # type: ignore[union-attr]
    assert properties.startswith("file=a%2Cb%3Ac%25/d.py,line=1,")
    assert message == "100%25: a,b%0D%0A::error::injected"


def test_github_paths_start_at_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", absolute("app"))
    assert rendered("github", report(finding())).startswith("::error file=api/users.py,")
    monkeypatch.setenv("GITHUB_WORKSPACE", absolute("elsewhere"))
    assert rendered("github", report(finding())).startswith("::error file=app/api/users.py,")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_every_finding(name: str) -> None:
    codes = ["GRV101", "GRV209", "GRV903"]
    text = rendered(name, report(*(finding(code) for code in codes)))
    assert [code for code in codes if code in text] == codes


TEXT = 'é = "ж"; call(1)\nx = 1\ny = 2\n'


def test_rdjson_counts_bytes_and_suggests_what_one_stretch_mends() -> None:
    near = (Replacement(Span(1, 15, 1, 16), "2"), Replacement(Span(3, 1, 3, 2), "z"))
    far = (near[0], Replacement(Span(40, 1, 40, 1), "import x\n"))
    shown = report(
        finding(at=(1, 10, 1, 17), fix=Applicability.SAFE),
        finding(at=(1, 10, 1, 17), fix=Applicability.SAFE),
        finding(at=(2, 1, 2, 2), cause=related("app/main.py", (1, 1, 1, 4), "no version")),
        sources={"app/api/users.py": TEXT},
        edits=(near, far, ()),
    )
    first, second, third = json.loads(rendered("rdjson", shown))["diagnostics"]
    assert first["location"]["path"] == "app/api/users.py"
    assert first["location"]["range"] == {
        "start": {"line": 1, "column": 12},
        "end": {"line": 1, "column": 19},
    }
    assert first["suggestions"] == [
        {
            "range": {"start": {"line": 1, "column": 17}, "end": {"line": 3, "column": 2}},
            "text": "2)\nx = 1\nz",
        }
    ]
    assert "suggestions" not in second  # half of it would break the code
    assert third["related_locations"][0]["message"] == "no version"
    assert {x["severity"] for x in (first, second, third)} == {"ERROR"}


NASTY = "`a|b` <script>alert(1)</script> [x](javascript:1) *b* __c__ @you ![](x) & \n# h"


def test_the_summary_of_a_job_shows_what_is_wrong_and_nothing_else() -> None:
    from markdown_it import MarkdownIt

    shown = report(
        finding(message=NASTY, path="app/__x__.py", name="a__b__c"),
        tallies=(tally("GRV101", 4, 1), tally("GRV901", 2, 0, "Logs")),
        falls=(Fall("Logs", "", 2, 1, "90 %", (Blame(NASTY),)),),
        problems=(Problem(absolute("app/x.py"), NASTY),),
    )
    text = rendered("github-summary", shown)
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "<script" not in html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html)
    assert not re.search(
        r"<(?:strong|em|img|h1)>",
        html.replace("<strong>not judged:</strong>", "").replace(
            "<strong>conformance:</strong>", ""
        ),
    )
    assert "__c__" in html
    assert html.count("<table>") == 3
    assert "75.0 %" in html
    assert "<code>a|b</code> &lt;script&gt;" in html


def test_the_summary_of_a_job_leads_to_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("SERVER_URL", "https://github.example"), ("REPOSITORY", "acme/shop"), ("SHA", "c0ffee"),
    ):  # fmt: skip
        monkeypatch.setenv(f"GITHUB_{name}", value)
    text = rendered("github-summary", report(finding(at=(7, 1, 7, 2))))
    assert "(https://github.example/acme/shop/blob/c0ffee/app/api/users.py#L7)" in text


def test_the_summary_of_a_job_stays_short() -> None:
    shown = report(*(finding(at=(n, 1, n, 2)) for n in range(1, 500)))
    text = rendered("github-summary", shown)
    assert "449 more places are left out" in text
    assert len(text) < 20_000

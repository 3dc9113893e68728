"""The HTML page of scores in a real browser: Chromium, where it is installed."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.findings.finding import Tally
from gravity_lint.findings.severities import Severity
from gravity_lint.reporting import sarif
from gravity_lint.reporting.scorecard import page as scorecard_page
from gravity_lint.reporting.scorecard.scores import scorecard
from gravity_lint.running.documentation import rules_behind
from gravity_lint.running.outcome import Blame, Fall, Overrides, Report
from gravity_lint.running.packs import load_rules
from gravity_lint.running.run import run
from tests.reporting.samples import absolute, finding
from tests.security.test_rule_packs import RULE as OTHER

RULE = OTHER.replace("ACM901", "LOU901")
RULES = load_rules(("gravity_rules",))
LEGACY = Path(__file__).parents[2] / "examples/legacy_service"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

HOSTILE = '''\
"""<script>document.title = "owned"</script>"""
from fastapi import FastAPI

app = FastAPI()


@app.get("/<img src=x onerror=document.title='owned'>", summary="{{ 7 * 7 }}</pre><script>1;")
async def get_it() -> dict:
    return {}
'''


def rendered(report: Report, earlier: Any = None) -> str:
    stream = io.StringIO()
    scorecard_page.render(report, scorecard(report), RULES, stream, earlier)
    return stream.getvalue()


@pytest.fixture(scope="module")
def report() -> Report:
    return run([LEGACY], Overrides())


def test_the_page_needs_no_network(report: Report) -> None:
    html = rendered(report)
    # Only links that a reader may follow: nothing is loaded from anywhere.
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?!data:)", html)
    assert len(html.encode()) < 2_000_000


def test_every_link_leads_somewhere(report: Report) -> None:
    html = rendered(report)
    targets = set(re.findall(r'href="#([^"]+)"', html))
    assert targets <= set(re.findall(r'id="([^"]+)"', html))


def test_beyond_its_size_findings_are_counted(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorecard_page, "_BYTES", 20_000)
    html = rendered(report)
    match = re.search(r"(\d+) more are left out", html)
    assert match is not None
    assert int(match[1]) + html.count("<details>") == len(report.findings)


def test_what_is_left_out_is_shared_and_errors_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scorecard_page, "_BYTES", 7_000)
    error, warning = Severity.ERROR, Severity.WARNING
    findings = [
        finding(path=f"{name}/app/x.py", at=(line, 1, line, 2), severity=weight)
        for name, number in (("large", 30), ("small", 2))
        for line, weight in [(n, error if n == number else warning) for n in range(1, number + 1)]
    ]
    tallies = tuple(
        Tally("GRV101", "n", "API", 40, 30, absolute(name)) for name in ("large", "small")
    )
    html = rendered(Report(findings=tuple(findings), tallies=tallies, services=2))
    large, small = re.findall(r'<section class="view" id="service-\d".*?</section>', html, re.S)
    assert small.count("<details>") == 2
    assert 4 <= large.count("<details>") <= 12
    assert "x.py:30<" in large
    assert large.index("x.py:30<") < large.index("x.py:1<")


def test_a_service_of_which_nothing_was_judged_is_not_green() -> None:
    tallies = (
        Tally("GRV003", "syntax-error", "The linter itself", 3, 0, absolute("bare")),
        Tally("GRV101", "n", "API", 4, 1, absolute("full")),
    )
    html = rendered(Report(tallies=tallies, services=2))
    (heat,) = re.findall(r'<table class="heat.*?</table>', html, re.S)
    bare, full = re.findall(r"<tr>(?:(?!</tr>).)*service-\d.*?</tr>", heat, re.S)
    assert bare.rstrip().endswith('<td class="none" data-sort="-1">-</td>\n    </tr>')
    assert "75.0" in full
    assert heat.index("API") < heat.index("The linter itself")


def test_rates_that_are_too_low_stand_on_the_page() -> None:
    fall = Fall(
        "Logs <b>", absolute("a"), 2, 1, "90 %", (Blame("GRV904 x", absolute("a/b.py"), 3),)
    )
    html = rendered(
        Report(falls=(fall,), tallies=(Tally("GRV101", "n", "API", 1, 1, absolute("a")),))
    )
    assert "Logs &lt;b&gt; in a: 50.0 % conform (1 of 2 subjects)" in html
    assert "<li>a/b.py:3: GRV904 x</li>" in html


def test_pages_of_other_packs_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    pack = tmp_path / "site/loud_rules"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text("__gravity_lint_rules__ = True\n")
    (pack / "shouted_name.py").write_text(RULE)
    service = tmp_path / "service"
    (service / "app").mkdir(parents=True)
    (service / "app/main.py").write_text("x = 1\n")
    (service / "pyproject.toml").write_text(
        '[tool.gravity-lint]\nrule-packs = ["gravity_rules", "loud_rules"]\n'
    )
    monkeypatch.chdir(service)
    said = Overrides(allowed_packs=("loud_rules",))
    report = run([service], said)
    stream = io.StringIO()
    scorecard_page.render(report, scorecard(report), rules_behind(report), stream)
    assert "Nothing is called x." in stream.getvalue()
    assert '<h1 id="LOU901-title">LOU901 shouted-name</h1>' in stream.getvalue()
    (log,) = sarif.document(report)["runs"]
    told = {x["id"]: x for x in log["tool"]["driver"]["rules"]}
    assert "Nothing is called x." in told["LOU901"]["help"]["text"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open a page of HTML; console errors and exceptions fail the test."""
    errors: list[str] = []
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    tab.on("pageerror", lambda error: errors.append(str(error)))

    def open_page(html: str, anchor: str = "") -> Any:
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        tab.goto(f"{file.as_uri()}{anchor}")
        return tab

    yield open_page
    tab.close()
    assert errors == []


@in_browser
def test_it_renders_and_follows_links(report: Report, opened: Any) -> None:
    tab = opened(rendered(report, scorecard(Report())))
    assert "conform" in tab.inner_text("h1:visible")
    tab.click("table.heat a >> nth=0")
    assert tab.url.endswith("#service-1")
    assert tab.inner_text("h1:visible") == "legacy_service"
    tab.click("table.findings tbody a >> nth=0")
    assert re.fullmatch(r"GRV\d{3} [a-z0-9-]+", tab.inner_text("h1:visible"))


@in_browser
def test_tables_sort_by_number_and_by_text(report: Report, opened: Any) -> None:
    tab = opened(rendered(report), "#service-1")
    head = tab.locator("section:visible table.sortable >> nth=0 >> thead th")
    column = tab.locator("section:visible table.sortable >> nth=0 >> tbody td:nth-child(2)")
    head.nth(1).locator("button").click()
    numbers = [int(text) for text in column.all_inner_texts()]
    assert numbers == sorted(numbers)
    head.nth(1).locator("button").press("Enter")
    assert [int(text) for text in column.all_inner_texts()] == sorted(numbers, reverse=True)
    assert head.nth(1).get_attribute("aria-sort") == "descending"


@in_browser
def test_findings_are_filtered_as_one_types(report: Report, opened: Any) -> None:
    tab = opened(rendered(report), "#service-1")
    tab.fill("section:visible input[type=search]", "GRV1 app/api")
    rows = tab.locator("section:visible table.findings tbody tr:visible").all_inner_texts()
    assert rows
    assert all("GRV1" in row and "app/api" in row for row in rows)
    assert (
        tab.inner_text("section:visible .count")
        == f"{len(rows)} of {len(report.findings)} findings"
    )


@in_browser
def test_what_comes_from_linted_code_is_inert(tmp_path: Path, opened: Any) -> None:
    service = tmp_path / "<b>svc<script>alert(1)</script>"
    (service / "app").mkdir(parents=True)
    (service / "app/__init__.py").write_text("")
    (service / "app/main.py").write_text(HOSTILE)
    (service / "pyproject.toml").write_text("")
    html = rendered(run([service], Overrides()))
    tab = opened(html, "#service-1")
    tab.wait_for_timeout(100)
    assert "owned" not in tab.title()
    assert "49</pre>" not in html
    assert tab.locator("body b >> text=svc").count() == 0
    assert tab.locator("script").count() == 1


@in_browser
@pytest.mark.parametrize(
    ("scheme", "anchor"),
    [
        ("light", ""),
        ("dark", ""),
        ("light", "#findings-by-service"),
        ("light", "#service-1"),
        ("dark", "#service-1"),
        ("light", "#GRV104"),
    ],
)
def test_it_is_accessible(report: Report, opened: Any, scheme: str, anchor: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(rendered(report), anchor)
    tab.emulate_media(color_scheme=scheme)
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


@in_browser
def test_it_works_by_keyboard_alone(report: Report, opened: Any) -> None:
    tab = opened(rendered(report))
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    for _ in range(3):
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") in ("#findings-by-service", "#rules")


@in_browser
def test_it_fits_a_telephone(report: Report, opened: Any) -> None:
    tab = opened(rendered(report), "#service-1")
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390

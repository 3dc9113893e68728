"""The documentation site is built, and every link on it leads somewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from docs.snippets import ROOT

from gravity_lint.addresses import DOCUMENTATION, REPOSITORY
from gravity_lint.running.packs import load_rules

RULES = load_rules(("gravity_rules",))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("site")
    options = ("-W", "--keep-going", "-q", "-b", "dirhtml", "-d", str(there / "trees"))
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", str(there / "html")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return there / "html"


class Page(HTMLParser):
    """What a page links to, what it loads, and the places in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag in ("script", "img", "iframe") and given.get("src"):
            self.loaded.add(given["src"])
        elif tag == "link" and given.get("rel") == "stylesheet":
            self.loaded.add(given["href"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """The pages by their address."""
    found = {}
    for file in site.rglob("*.html"):
        path = file.relative_to(site).as_posix().removesuffix("index.html")
        found[f"{DOCUMENTATION}/{path}"] = Page(file)
    return found


def test_every_rule_has_its_address(pages: dict[str, Page]) -> None:
    for rule in RULES:
        assert rule.page in pages


def test_schemas_are_where_they_say(site: Path) -> None:
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in site.glob("schemas/*")]
    assert schemas
    for schema in schemas:
        assert (site / schema["$id"].removeprefix(f"{DOCUMENTATION}/")).is_file()


def test_every_link_leads_to_a_page_and_a_place_on_it(site: Path, pages: dict[str, Page]) -> None:
    broken = []
    for address, page in pages.items():
        for link in page.links:
            target, place = urldefrag(urljoin(address, link))
            if not target.startswith(f"{DOCUMENTATION}/"):
                continue
            file = site / target.removeprefix(f"{DOCUMENTATION}/")
            if target in pages:
                if place and unquote(place) not in pages[target].places:
                    broken.append((address, link))
            elif not file.is_file():
                broken.append((address, link))
    assert not broken


def test_links_to_the_repository_lead_to_what_is_in_it(pages: dict[str, Page]) -> None:
    links = {link for page in pages.values() for link in page.links if link.startswith(REPOSITORY)}
    assert len(links) > len(RULES)
    for link in links:
        path = urlsplit(link).path.split("/main/", 1)
        assert len(path) == 1 or (ROOT / unquote(path[1])).exists(), link


def test_nothing_is_loaded_from_elsewhere(pages: dict[str, Page]) -> None:
    for address, page in pages.items():
        for source in page.loaded:
            assert urljoin(address, source).startswith(f"{DOCUMENTATION}/"), source

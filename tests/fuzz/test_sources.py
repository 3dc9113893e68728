"""Any file is judged: no rule crashes, and every place lies in its file."""

from __future__ import annotations

from pathlib import Path

import hypothesmith
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gravity_lint.facts.extract import extract
from gravity_lint.sources.source import Source, from_bytes
from tests.fuzz.material import LIBRARY, ROOT, each, failures, judged, mutated, services

PAST = failures("sources")
EXAMPLES = [
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").rglob("*.py"))[::4]
]


@pytest.mark.parametrize("path", PAST, ids=each(PAST))
def test_past_failures(path: Path) -> None:
    source = from_bytes(path, path.read_bytes())
    judged({"app/main.py": source.text})


@given(services())
def test_changed_cases_are_judged(files: dict[str, str]) -> None:
    judged(files)


@given(mutated(EXAMPLES))
def test_changed_examples_are_judged(text: str) -> None:
    judged({"app/main.py": text})


@given(mutated([path.read_text(encoding="utf-8") for path in LIBRARY]))
def test_changed_modules_of_the_library_are_judged(text: str) -> None:
    judged({"app/services/a.py": text, "tests/test_a.py": text})


@given(hypothesmith.from_grammar() | hypothesmith.from_node())
def test_any_program_is_judged(text: str) -> None:
    judged({"app/main.py": text, "app/services/a.py": text})


@given(st.binary(max_size=200) | st.text().map(lambda x: x.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_judged(data: bytes) -> None:
    source = from_bytes(Path("/x.py"), data)
    assert isinstance(source, Source)
    assert (source.tree is None) == (source.error is not None)
    extract(source)
    judged({"app/main.py": source.text})


@given(st.text(alphabet="()[]{}:=,. \n\t#'\"\\abdefx0", max_size=120))
def test_any_text_of_few_letters_is_judged(text: str) -> None:
    judged({"app/main.py": text})

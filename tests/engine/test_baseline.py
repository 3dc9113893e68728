"""A baseline excuses what it was recorded for, wherever that has gone, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gravity_lint.errors import UsageError
from gravity_lint.findings import baseline
from gravity_lint.findings.baseline import Comparison, Entry
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.fingerprints import Fingerprint, fingerprints, normalised
from gravity_lint.findings.severities import Severity
from gravity_lint.sources.spans import Span

ROOT = "/service/"


def finding(
    path: str, text: str, code: str, inside: str, part: str, *, whole: bool = False
) -> Finding:
    """Make a finding of rule *code* at the first place of *part* in *text*.

    *whole*: it is about the definition whose head *part* is.
    """
    start = text.index(part)
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    last = part.rpartition("\n")[2]
    end = line + part.count("\n")
    end_column = column + len(part) if end == line else len(last) + 1
    span = Span(line, column, end, end_column)
    return Finding(
        code, "n", "m", ROOT + path, Span(line, column, line, column + 1) if whole else span,
        Severity.ERROR, "s", f"m.{inside}", "p", span, (), None, None, inside,
    )  # fmt: skip


def record(findings: Sequence[Finding], **texts: str) -> tuple[Entry, ...]:
    sources = {f"{ROOT}{name}.py": text for name, text in texts.items()}
    return baseline.entries(findings, sources, lambda path: path.removeprefix(ROOT))


def compare(
    findings: Sequence[Finding], known: Sequence[Entry], gone: Sequence[str] = (), **texts: str
) -> Comparison:
    return baseline.compare(
        findings,
        record(findings, **texts),
        known,
        gone=lambda path: path in gone,
        asked=lambda entry: True,
    )


BEFORE = 'def get(x):\n    return log.info(f"got {x}")\n'
KNOWN = record([finding("a.py", BEFORE, "GRV904", "get", 'f"got {x}"')], a=BEFORE)


@pytest.mark.parametrize(
    ("text", "inside", "part"),
    [
        ("\n" * 10 + BEFORE, "get", 'f"got {x}"'),
        (BEFORE.replace('"', "'"), "get", "f'got {x}'"),
        ('def get(x):\n    return log.info(\n        f"got {x}",  # why\n    )\n', "get", None),
        (BEFORE.replace("get", "fetch"), "fetch", 'f"got {x}"'),
        (f"class A:\n{BEFORE}", "A.get", 'f"got {x}"'),
    ],
    ids=["moved", "quotes", "laid out", "function renamed", "into a class"],
)
def test_what_only_looks_otherwise_is_excused(text: str, inside: str, part: str | None) -> None:
    said = compare([finding("a.py", text, "GRV904", inside, part or 'f"got {x}"')], KNOWN, a=text)
    assert (len(said.new), len(said.excused), said.stale) == (0, 1, ())


GET = '@get("/{x}")\nasync def one(x):'
ENDPOINT = f"{GET}\n    log()\n\n    return x\n\n\nz = 1\n"


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (('"/{x}"', '"/by-id/{x}"'), 0),
        (("(x):", "(x, y):"), 0),
        (("return x", "return 1"), 0),
        (("one", "first"), 0),
        (("z = 1", "z = 2"), 0),
        (("one(x):\n    log()", "first(x):\n    pass"), 1),
        (("return x", 'return """\n\nx"""'), 0),
    ],
)
def test_a_definition_is_known_by_its_name_and_if_renamed_by_all_its_code(
    change: tuple[str, str], new: int
) -> None:
    known = record([finding("a.py", ENDPOINT, "GRV104", "one", GET, whole=True)], a=ENDPOINT)
    assert known[0].fingerprint.whole
    text = ENDPOINT.replace(*change)
    name = "first" if "first" in text else "one"
    head = text[: text.index(":\n") + 1]
    found = [finding("a.py", text, "GRV104", name, head, whole=True)]
    as_read = baseline.parse(baseline.rendered(known), "known.txt")
    assert len(compare(found, as_read, a=text).new) == new
    assert (str(record(found, a=text)[0].fingerprint) == str(known[0].fingerprint)) is (
        name == "one"
    )


CLAUSE = "def {0}():\n    try:\n        {1}()\n    except Exception:\n        {2}\n\n\n"


@pytest.mark.parametrize(
    ("text", "inside", "new"),
    [
        (CLAUSE.format("one", "more", "log()"), "one", 0),  # the clause is what it was
        (CLAUSE.format("one", "work", "other()"), "one", 0),  # still there, whatever it does
        (CLAUSE.format("other", "work", "log()"), "other", 0),  # moved
        (CLAUSE.format("other", "more", "log()"), "other", 1),  # about something else
        (CLAUSE.format("other", "work", "pass"), "other", 1),  # another clause that looks alike
    ],
)
def test_what_moves_is_known_by_all_of_its_statement(text: str, inside: str, new: int) -> None:
    before = CLAUSE.format("one", "work", "log()")
    known = record([finding("a.py", before, "GRV406", "one", "except Exception")], a=before)
    found = [finding("a.py", text, "GRV406", inside, "except Exception")]
    assert len(compare(found, known, a=text).new) == new


COMMITS = """\
def one(db):
    db.add(1)
    db.commit()


def two(db):
    db.add(2)
    db.commit()
    return 2
"""


def test_statements_that_everybody_writes_have_not_moved_because_one_has_gone() -> None:
    def found(text: str, name: str) -> list[Finding]:
        return [finding("a.py", text[text.index(f"def {name}") :], "GRV208", name, "db.commit()")]

    one = COMMITS[: COMMITS.index("\n\ndef two")]
    two = COMMITS[COMMITS.index("def two") :]
    known = record(found(one, "one"), a=one)
    assert len(compare(found(two, "two"), known, a=two).new) == 1
    renamed = one.replace("one", "uno")
    assert len(compare(found(renamed, "uno"), known, a=renamed).new) == 0


def test_two_definitions_of_one_name_are_two() -> None:
    text = f"{ENDPOINT}{ENDPOINT}"
    found = [finding("a.py", text, "GRV104", "one", GET, whole=True)] * 2
    entries = record(found, a=text)
    assert len({str(entry) for entry in entries}) == 2
    assert len(compare(found, entries[:1], a=text).new) == 1


def test_a_renamed_file_takes_its_entries_along() -> None:
    found = [finding("b.py", BEFORE, "GRV904", "get", 'f"got {x}"')]
    assert compare(found, KNOWN, gone=["a.py"], b=BEFORE).new == ()
    assert compare(found, KNOWN, b=BEFORE).new == tuple(found)


def test_two_alike_are_two() -> None:
    text = BEFORE + BEFORE.replace("def get(x):\n", "")
    one = finding("a.py", text, "GRV904", "get", 'f"got {x}"')
    both = [one, one]
    assert len(compare(both, KNOWN, a=text).new) == 1
    entries = record(both, a=text)
    assert [entry.fingerprint.ordinal for entry in entries] == [1, 2]
    assert len(baseline.rendered(entries).splitlines()) == 4
    assert compare([one], entries, a=text).stale == (entries[1],)


def test_other_code_is_new_and_what_has_gone_is_stale() -> None:
    text = BEFORE.replace("got", "fetched")
    found = [finding("a.py", text, "GRV904", "get", 'f"fetched {x}"')]
    said = compare(found, KNOWN, a=text)
    assert (said.new, said.stale) == (tuple(found), KNOWN)


def test_what_this_run_did_not_ask_is_not_stale() -> None:
    said = baseline.compare([], (), KNOWN, gone=lambda path: False, asked=lambda entry: False)
    assert said.stale == ()


def test_the_name_of_the_subject_does_not_count_in_its_own_code() -> None:
    assert normalised("def get_a(x: int)", "get_a") == normalised("def get_b( x:int )", "get_b")
    assert normalised("def get_a(x)", "other") != normalised("def get_b(x)", "other")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f(a, b)", "f(\n    a,\n    b,\n)"),
        ("'it\\'s'", '"it\'s"'),
        ("x = (1)", "x = 1  # one"),
        ("a + \\\n b", "a + b"),
        ('"""doc"""', "'''doc'''"),
        ('F"x"', 'f"x"'),
    ],
)
def test_formatting_does_not_count(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(("one", "other"), [("a # b", "a"), ("'a # b'", "'a'"), ("ab", "a b")])
def test_only_comments_are_comments(one: str, other: str) -> None:
    assert (normalised(one) == normalised(other)) is (one == "a # b")


def test_what_stands_in_no_definition_is_known_by_its_code() -> None:
    text = "x = 1  # noqa: GRV101\ny = 2\n"
    found = [finding("a.py", text, "GRV001", "", part) for part in ("# noqa: GRV101", "y = 2")]
    entries = record(found, a=text)
    assert baseline.parse(baseline.rendered(entries), "known.txt") == tuple(sorted(entries))
    assert len({str(entry.fingerprint) for entry in entries}) == 2


def test_fingerprints_hold_neither_line_nor_file() -> None:
    first = finding("a.py", BEFORE, "GRV904", "get", 'f"got {x}"')
    moved = finding("c/d.py", "\n" * 10 + BEFORE, "GRV904", "get", 'f"got {x}"')
    sources = {first.path: BEFORE, moved.path: "\n" * 10 + BEFORE}
    one, other = fingerprints([first, moved], sources)
    assert str(one) == str(other) == str(fingerprints([first], sources)[0])


names = st.text(min_size=1).filter(lambda x: x == x.encode("utf-8", "replace").decode())
codes = st.from_regex(r"GRV[0-9]{3}", fullmatch=True)
digests = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)


@given(
    st.lists(
        st.builds(
            Entry,
            names,
            st.builds(Fingerprint, codes, st.text("abc._é: "), digests, st.integers(1, 9)),
        ),
        unique=True,
    )
)
def test_what_is_written_is_read_again(entries: list[Entry]) -> None:
    text = baseline.rendered(entries)
    assert sorted(baseline.parse(text, "b")) == sorted(entries)
    assert text.isascii()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("<<<<<<< HEAD", "unresolved merge"),
        ("GRV104 app.py", "not an entry"),
        ("a.py::f GRV104 xyz", "not an entry"),
        ("# gravity-lint baseline, version 2. x", "newer"),
    ],
)
def test_what_is_no_baseline_is_named(line: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        baseline.parse(f"{baseline.HEADER}{line}\n", "gravity-baseline.txt")
    assert "gravity-baseline.txt, line 3" in str(caught.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert baseline.parse(text, "b") is not None
    except UsageError as error:
        said = str(error)
    else:
        said = "b, line"
    assert said.startswith("b, line")


@given(st.text())
def test_any_code_has_a_normal_form(code: str) -> None:
    assert normalised(f" {code}\n").strip() == normalised(code).strip()

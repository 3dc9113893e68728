import argparse
import io
import time
import tokenize

import msgspec
import pytest
from flake8.processor import FileProcessor
from flake8.violation import Violation
from hypothesis import example, given
from hypothesis import strategies as st

from gravity_lint.findings.corrections import correction
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Severity
from gravity_lint.findings.suppressions import (
    Suppression,
    apply,
    parse,
    unknown,
    unused,
    without,
)
from gravity_lint.sources.spans import Span

KNOWN = {
    "GRV101": "unversioned-route",
    "GRV103": "missing-model",
    "GRV104": "unwrapped-model",
    "GRV501": "sync-fixture",
    "GRV502": "unmarked-test",
}


def finding(
    code: str, line: int, end: int | None = None, scope: tuple[int, int] = (0, 0)
) -> Finding:
    span = Span(line, 1, end or line, 2)
    return Finding(
        code=code,
        name="a-rule",
        message="",
        path="/service/app/main.py",
        span=span,
        severity=Severity.ERROR,
        service="service",
        subject="main.subject",
        pattern="",
        scope=Span(scope[0], 1, scope[1], 1) if scope[0] else span,
    )


def only(text: str) -> Suppression:
    (suppression,) = parse(text)
    return suppression


def codes(suppression: Suppression) -> list[str]:
    return [code.text for code in suppression.codes]


# -- reading comments -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "named", "reason"),
    [
        ("# noqa", [], ""),
        ("# NoQA", [], ""),
        ("# noqa: GRV103", ["GRV103"], ""),
        ("# noqa:GRV103,GRV104 E501", ["GRV103", "GRV104", "E501"], ""),
        ("# NOQA: GRV1,", ["GRV1"], ""),
        ("# type: ignore[misc] # noqa: GRV103", ["GRV103"], ""),
        (
            "# noqa: GRV103 -- the partner's client, see #12",
            ["GRV103"],
            "the partner's client, see #12",
        ),
        ("# noqa -- legacy", [], "legacy"),
        ("# noqa: GRV103 -- legacy  # type: ignore", ["GRV103"], "legacy"),
        ("# noqa: GRV103 because of the client", ["GRV103"], ""),
        ("# noqa: GRV103 --", ["GRV103"], ""),
        ("# noqa: because", [], ""),
        ("# noqa : GRV103", [], ""),
        ("# noqa: GRV103 # noqa: GRV104", ["GRV103"], ""),
        ("# noqa: grv103", ["grv103"], ""),
        ("# gravity-lint: ignore[GRV103]", ["GRV103"], ""),
        (
            "# gravity-lint: ignore[GRV103, missing-model] -- why",
            ["GRV103", "missing-model"],
            "why",
        ),
        ("#gravity-lint:ignore[ GRV103 ,GRV104 ]  # text", ["GRV103", "GRV104"], ""),
    ],
)
def test_reads_a_line_as_flake8_does(comment: str, named: list[str], reason: str) -> None:
    suppression = only(f"x = 'ü'  {comment}\n")
    assert codes(suppression) == named
    assert suppression.reason == reason
    assert not suppression.whole_file
    assert suppression.text == comment
    assert suppression.comment == Span(1, 10, 1, 10 + len(comment))
    for code in suppression.codes:
        assert comment[code.start : code.end] == code.text
        place = suppression.place(code)
        assert (place.line, place.column) == (1, 10 + code.start)


@pytest.mark.parametrize(
    ("comment", "named"),
    [
        ("# gravity-lint: ignore-file", []),
        ("# gravity-lint: ignore-file[GRV5]", ["GRV5"]),
        ("#gravity-lint:ignore-file[GRV501, GRV5] -- generated", ["GRV501", "GRV5"]),
        ("# gravity-lint: ignore-file[missing-model]", ["missing-model"]),
        ("# gravity-lint: ignore-file -- generated", []),
        ("# flake8: noqa", []),
        ("# flake8: noqa: GRV1", []),
        ("# FLAKE8=NOQA", []),
    ],
)
def test_reads_what_counts_for_a_whole_file(comment: str, named: list[str]) -> None:
    suppression = only(f"x = 1\n\n    {comment}\n")
    assert suppression.whole_file
    assert codes(suppression) == named
    assert suppression.comment.line == 3


@pytest.mark.parametrize(
    "text",
    [
        "#noqa",
        "#noqa: E501",
        "# no qa",
        "noqa = 1  # fine",
        "x = 1  # flake8: noqa",
        "# see '# flake8: noqa'",
        "# gravity-lint ignores this, as it does all generated code",
        "# gravity-lint: see the manual",
        "# what gravity-lint: reports",
        "x = 1  # type: ignore[misc]",
        "x = 1  # pylint: disable=C0103",
        "# ruff: noqa: E501",
    ],
)
def test_what_only_looks_like_a_suppression_is_none(text: str) -> None:
    assert parse(text) == ()


@pytest.mark.parametrize(
    ("comment", "cure"),
    [
        ("# gravity-lint: ignore-file[", "# gravity-lint: ignore-file"),
        ("# gravity-lint: ignore-file[]", "# gravity-lint: ignore-file"),
        ("# gravity-lint: ignore-file GRV5", "# gravity-lint: ignore-file[GRV5]"),
        ("# gravity-lint: ignore-file(GRV5)", "# gravity-lint: ignore-file[GRV5]"),
        ("# gravity-lint: ignore-files[GRV5]", "# gravity-lint: ignore-file[GRV5]"),
        ("# gravity-lint: ignore_file", "# gravity-lint: ignore-file"),
        ("# gravity-lint: ignore-file generated code", "# gravity-lint: ignore-file -- why"),
        ("# gravity-lint: skip-file", "# gravity-lint: ignore-file"),
        ("# gravity-lint: disable=GRV101", "# gravity-lint: ignore[GRV101]"),
        (
            "# gravity-lint: disable=unversioned-route -- x",
            "# gravity-lint: ignore[unversioned-route]",
        ),
        (
            "# gravity-lint disable=GRV101,missing_model",
            "# gravity-lint: ignore[GRV101, missing-model]",
        ),
        ("# gravity_lint: ignore[GRV101]", "# gravity-lint: ignore[GRV101]"),
        ("# gravity-lint: ignore", "# gravity-lint: ignore[GRV101]"),
        ("# gravity-lint: ignore GRV101", "# gravity-lint: ignore[GRV101]"),
        ("# gravity-lint: noqa: grv101", "# noqa: GRV101"),
        ("# gravity-lint: GRV101", "# gravity-lint: ignore[GRV101]"),
        ("# gravity-lint: allow(unversioned-route)", "# gravity-lint: ignore[unversioned-route]"),
        ("#noqa: GRV101", "# noqa: GRV101"),
        ("#  noqa: GRV101", "# noqa: GRV101"),
        ("# no-qa: GRV101", "# noqa: GRV101"),
        ("# type: ignore[GRV101]", "# gravity-lint: ignore[GRV101]"),
        ("# pylint: disable=GRV101", "# gravity-lint: ignore[GRV101]"),
        ("# ruff: noqa: GRV101", "# gravity-lint: ignore-file[GRV101]"),
    ],
)
def test_what_suppresses_nothing_is_told_with_the_right_spelling(comment: str, cure: str) -> None:
    suppression = only(f"x = 1  {comment}\n")
    assert apply([finding("GRV101", 1), finding("GRV501", 1)], [suppression]).suppressed == ()
    said = correction(suppression, KNOWN)
    assert said is not None
    assert "suppresses nothing" in said
    assert said.endswith(f"; write `{cure}`")
    assert all(correction(one, KNOWN) is None for one in parse(cure))


@pytest.mark.parametrize(
    ("comment", "cure"),
    [
        ("# noqa: unversioned-route", "# gravity-lint: ignore[unversioned-route]"),
        ("# noqa: Unversioned_Route, GRV103", "# gravity-lint: ignore[unversioned-route, GRV103]"),
        ("# noqa GRV101", "# noqa: GRV101"),
        ("# noqa : GRV101", "# noqa: GRV101"),
        ("# noqa[GRV101]", "# noqa: GRV101"),
        ("# noqa:  GRV101", "# noqa: GRV101"),
        ("# noqa: because of GRV101", "# noqa: GRV101"),
        ("# flake8: noqa: GRV101", "# gravity-lint: ignore-file[GRV101]"),
    ],
)
def test_what_suppresses_more_than_it_names_is_told_too(comment: str, cure: str) -> None:
    suppression = only(f"{comment}\n")
    said = correction(suppression, KNOWN)
    assert said is not None
    assert apply([finding("GRV501", 1)], [suppression]).kept == ()
    assert said.endswith(f"; write `{cure}`")


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: GRV101",
        "# noqa: GRV101, E501",
        "# noqa -- see GRV101",
        "# noqa  # GRV101 is for the router",
        "# noqa: because",
        "# noqa: GRV999",
        "# gravity-lint: ignore[GRV101, unversioned-route] -- why",
        "# gravity-lint: ignore-file",
        "# gravity-lint: ignore-file[GRV1] -- generated",
        "# flake8: noqa",
        "# flake8: noqa: E501",
    ],
)
def test_what_does_what_it_says_is_right(comment: str) -> None:
    assert correction(only(f"{comment}\n"), KNOWN) is None


def test_names_count_in_our_own_form_alone() -> None:
    found = [finding("GRV103", 1)]
    named = [msgspec.structs.replace(found[0], name="missing-model")]
    assert apply(named, parse("x  # gravity-lint: ignore[missing-model]\n")).kept == ()
    assert apply(named, parse("# gravity-lint: ignore-file[missing-model]\n")).kept == ()
    assert apply(named, parse("x  # gravity-lint: ignore[other-rule]\n")).suppressed == ()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = '# noqa'\n", {1}),
        ('x = """\n# noqa: GRV101\n"""\ny = 1\n', {1, 2, 3}),
        ('x = """\n# noqa: GRV5\n"""\n', set()),
        ("x = f('# noqa: E501')  # noqa: GRV101\n", set()),
    ],
)
def test_a_string_suppresses_where_flake8_takes_it_for_a_comment(
    text: str, lines: set[int]
) -> None:
    suppressions = parse(text)
    assert {
        n for n in range(1, 9) if apply([finding("GRV101", n)], suppressions).suppressed
    } == lines
    assert unused(suppressions, (), KNOWN, KNOWN) == []


def test_one_comment_can_hold_both_kinds() -> None:
    first, second = parse("# gravity-lint: ignore-file[GRV5]  # noqa: GRV103\n")
    assert (first.whole_file, codes(first)) == (True, ["GRV5"])
    assert (second.whole_file, codes(second)) == (False, ["GRV103"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_python_counts_them(end: str) -> None:
    text = end.join(
        ["'''", "\u2028\x0c", "'''", "", "x = 1  # noqa", "y = 2 \\", "  # noqa: GRV1", ""]
    )
    assert [s.comment.line for s in parse(text)] == [5, 7]


def test_broken_files_have_suppressions_too() -> None:
    text = 'def f(:\n  x = \'open\n  y = 1  # noqa: GRV003\n"""never closed'
    assert only(text).comment.line == 3


def test_suppressions_are_plain_data() -> None:
    found = parse("x = 1  # noqa: GRV103 -- why\n# gravity-lint: ignore-file\n")
    data = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.decode(data, type=tuple[Suppression, ...]) == found


# -- what is suppressed -----------------------------------------------------------------------

ROUTE = """\
@router.get(
    "/users",
)  # noqa: GRV103
async def list_users(
    db: Session,
):  # noqa: GRV104
    return db  # noqa: GRV501
"""


@pytest.mark.parametrize(
    ("found", "suppressed"),
    [
        (finding("GRV103", 1, scope=(1, 6)), True),
        (finding("GRV103", 5, scope=(1, 6)), True),
        (finding("GRV104", 2, scope=(1, 6)), True),
        (finding("GRV501", 1, scope=(1, 6)), False),
        (finding("GRV501", 6, 8), True),
        (finding("GRV501", 7), True),
        (finding("GRV103", 4), False),
        (finding("GRV103", 7), False),
        (finding("GRV101", 3), False),
    ],
)
def test_a_comment_counts_on_every_line_of_finding_and_subject(
    found: Finding, suppressed: bool
) -> None:
    applied = apply([found], parse(ROUTE))
    assert (applied.suppressed == (found,)) is suppressed
    assert (applied.kept == (found,)) is not suppressed


def test_codes_count_for_all_that_begin_with_them() -> None:
    findings = [finding(code, 1) for code in KNOWN]
    applied = apply(findings, parse("x  # noqa: GRV10, E501, GRV501\n"))
    assert [f.code for f in applied.suppressed] == ["GRV101", "GRV103", "GRV104", "GRV501"]
    assert applied.used == {(0, 0), (0, 2)}


def test_codes_are_compared_as_they_are_spelled() -> None:
    assert apply([finding("GRV103", 1)], parse("x  # noqa: grv103\n")).suppressed == ()


def test_a_whole_file_is_suppressed_from_anywhere() -> None:
    findings = [finding("GRV501", 1), finding("GRV502", 99), finding("GRV103", 1)]
    applied = apply(findings, parse("x = 1\n# gravity-lint: ignore-file[GRV5]\n"))
    assert [f.code for f in applied.kept] == ["GRV103"]
    assert apply(findings, parse("x = 1\n\n# flake8: noqa\n")).kept == ()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('x = """\ntext\n"""  # noqa\n', {1, 2, 3}),
        ('f("""\n""", """\n""")  # noqa\n', {1, 2, 3}),
        ("x = 1 + \\\n  2  # noqa\n", {1, 2}),
        ("x = (\n  1,  # noqa\n)\n", {2}),
        ('x = """\n"""\ny = 1  # noqa\n', {3}),
        ("x = 'a\\\nb'  # noqa\n", {1, 2}),
    ],
)
def test_a_comment_counts_for_all_lines_that_are_joined_to_its_own(
    text: str, lines: set[int]
) -> None:
    suppressions = parse(text)
    assert {
        n for n in range(1, 9) if apply([finding("GRV101", n)], suppressions).suppressed
    } == lines


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "# noqa",
            "# noqa: GRV103",
            "# NOQA:GRV1,E501",
            "# noqa: E501 GRV103",
            "# noqa: why",
            "# noqa:GRV104  -- x",
            "# noqa: GRV101GRV103",
            "# text",
            "'a'",
            '"""',
            "'''",
            "\\\n",
            "\n",
            "\n",
            "  ",
            "(",
            ")",
            "if x:",
            "y = \\\n",
            "'",
            "r'\\'",
        ]
    ),
    max_size=14,
).map("".join)


@given(FRAGMENTS)
@example("x = '''\n'''# noqa\n")
@example("(\n'''\n'''# noqa\n)\n")
def test_suppresses_on_a_line_what_flake8_suppresses(text: str) -> None:
    text += "\n"
    lines = text.splitlines(keepends=True)
    options = argparse.Namespace(
        hang_closing=False,
        indent_size=4,
        max_line_length=79,
        max_doc_length=None,
        verbose=0,
        stdin_display_name="stdin",
        disable_noqa=False,
    )
    processor = FileProcessor("main.py", options, lines)
    empty = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.DEDENT, tokenize.ENDMARKER}
    full = {
        number
        for token in tokens(text)
        if token.type not in empty
        for number in range(token.start[0], token.end[0] + 1)
    }
    for number in full:  # a line without any code has no finding
        for code in KNOWN:
            line = processor.noqa_line_for(number)
            violation = Violation(code, "main.py", number, 1, "", line or "")
            ours = bool(apply([finding(code, number)], parse(text)).suppressed)
            assert ours == violation.is_inline_ignored(False), (number, code)


@pytest.mark.parametrize(
    "text",
    [
        '"a' * 200_000 + "\n# noqa",
        "# noqa: GRV1 -- " + "a " * 50_000 + " " * 100_000 + "x",
        "# noqa" + " " * 200_000 + "-",
        "# gravity-lint: ignore-file[" + "a" * 200_000,
        "# noqa: " + "A1" * 100_000 + "!",
        "'''" + "\n'\\''" * 100_000 + "# noqa",
        '"""' + "\\" * 300_000 + "# noqa",
        "#" * 200_000 + " noqa",
        "# gravity-lint:" * 20_000,
        "# noqa\n" + '"\\' * 100_000,
        "# noqa\nx = '''" + "\n\\'''" * 20_000,
    ],
)
def test_time_grows_with_the_length_of_the_text(text: str) -> None:
    begin = time.process_time()
    parse(text)
    assert time.process_time() - begin < 5


def tokens(text: str) -> list[tokenize.TokenInfo]:
    """Return the tokens of *text*, or none if it is broken."""
    try:
        found = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    return [] if any(token.type == tokenize.ERRORTOKEN for token in found) else found


@given(FRAGMENTS)
def test_finds_exactly_the_comments_that_python_finds(text: str) -> None:
    found = tokens(text)
    if not found:
        return
    comments = {
        token.start
        for token in found
        if token.type == tokenize.COMMENT and "# noqa" in token.string.lower()
    }
    ours = {(s.comment.line, s.comment.column - 1) for s in parse(text) if not s.quoted}
    assert ours <= comments
    strings = {
        number
        for s in parse(text)
        if s.quoted
        for number in range(s.first_line, s.comment.line + 1)
    }
    assert all(line in strings for line, _ in comments - ours)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # noqa: GRV103\n" * 10_000,
        "x = 1  # noqa: GRV501 -- why\n" * 10_000,
        "# noqa: " + "GRV501, " * 100_000,
        "# gravity-lint: ignore-file[" + "some-rule, " * 100_000 + "GRV103]",
    ],
)
def test_time_grows_with_comments_and_findings(text: str) -> None:
    begin = time.process_time()
    suppressions = parse(text)
    applied = apply([finding("GRV103", line) for line in range(1, 10_001)], suppressions)
    for suppression, codes in unused(suppressions, applied.used, KNOWN, KNOWN):
        without(suppression, codes)
    for suppression in suppressions:
        unknown(suppression, KNOWN)
    assert time.process_time() - begin < 5


@given(st.text(alphabet="'\"\\\n\r# noqa:GRV103,[]-flake8gravity-lint ignore-file") | st.text())
def test_any_text_has_suppressions_or_none(text: str) -> None:
    for suppression in parse(text + "# noqa: GRV103"):
        assert suppression.text.startswith("#")
        without(suppression, suppression.codes)


# -- unused and unknown -----------------------------------------------------------------------


def idle(text: str, findings: list[Finding], selected: list[str]) -> list[list[str]]:
    suppressions = parse(text)
    used = apply(findings, suppressions).used
    return [[code.text for code in idle] for _, idle in unused(suppressions, used, selected, KNOWN)]


@pytest.mark.parametrize(
    ("comment", "selected", "said"),
    [
        ("# noqa: GRV103", KNOWN, []),
        ("# noqa: GRV1", KNOWN, []),
        ("# noqa: GRV104", KNOWN, [["GRV104"]]),
        ("# noqa: GRV103, GRV104, GRV501", KNOWN, [["GRV104", "GRV501"]]),
        ("# noqa: GRV5", KNOWN, [["GRV5"]]),
        ("# noqa: GRV5", ["GRV103", "GRV501"], []),
        ("# noqa: GRV104", ["GRV103"], []),
        ("# noqa: GRV999, E501, grv104", KNOWN, []),
        ("# noqa", KNOWN, []),
        ("# gravity-lint: ignore-file", KNOWN, []),
        ("# gravity-lint: ignore-file[GRV5]", KNOWN, [["GRV5"]]),
        ("# gravity-lint: ignore[GRV104, GRV103]", KNOWN, [["GRV104"]]),
        ("# gravity-lint: ignore[sync-fixture]", KNOWN, [["sync-fixture"]]),
        ("# gravity-lint: ignore[sync-fixture]", ["GRV103"], []),
        ("# gravity-lint: disable=GRV104", KNOWN, []),
    ],
)
def test_a_code_is_unused_if_all_its_rules_were_asked_and_none_was_silenced(
    comment: str, selected: list[str], said: list[list[str]]
) -> None:
    assert idle(f"x = 1  {comment}\n", [finding("GRV103", 1)], selected) == said


def test_of_two_comments_that_suppress_one_finding_both_are_used() -> None:
    text = "x = f(  # noqa: GRV103\n)  # noqa: GRV10\n"
    assert idle(text, [finding("GRV103", 1, 2)], KNOWN) == []


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# noqa: GRV103, GRV1, E501, G004", []),
        ("# noqa: GRV999, GRV103, GRV1033", ["GRV999", "GRV1033"]),
        ("# noqa: grv103", ["grv103"]),
        ("# gravity-lint: ignore-file[GRV5, GRV77, E501]", ["GRV77", "E501"]),
        ("# gravity-lint: ignore[GRV101, sync-fixture, sync-fixtur]", ["sync-fixtur"]),
        ("# noqa", []),
    ],
)
def test_unknown_codes_are_ours_that_do_not_exist(comment: str, said: list[str]) -> None:
    assert [code.text for code in unknown(only(comment), KNOWN)] == said


# -- rewriting --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "remove", "left"),
    [
        ("# noqa: GRV103", {"GRV103"}, ""),
        ("# noqa: GRV103 -- legacy", {"GRV103"}, ""),
        ("# noqa: GRV103, E501", {"GRV103"}, "# noqa: E501"),
        ("# noqa: E501,GRV103 -- legacy", {"GRV103"}, "# noqa: E501 -- legacy"),
        ("# noqa:GRV103,GRV104 E501", {"GRV104"}, "# noqa:GRV103,E501"),
        ("# noqa: GRV103 E501 W503 text", {"GRV103"}, "# noqa: E501 W503 text"),
        ("# type: ignore  # noqa: GRV103", {"GRV103"}, "# type: ignore"),
        ("# noqa: GRV103  # type: ignore", {"GRV103"}, "# type: ignore"),
        ("# a  # noqa: GRV103 -- why  # b", {"GRV103"}, "# a  # b"),
        ("# noqa: GRV103 the client needs it", {"GRV103"}, "# the client needs it"),
        ("# keep: this # noqa: GRV103", {"GRV103"}, "# keep: this"),
        (
            "# gravity-lint: ignore-file[GRV501, GRV103]",
            {"GRV103"},
            "# gravity-lint: ignore-file[GRV501]",
        ),
        ("# gravity-lint: ignore-file[GRV5] -- generated", {"GRV5"}, ""),
        (
            "# gravity-lint: ignore[GRV5, GRV1] -- why",
            {"GRV5"},
            "# gravity-lint: ignore[GRV1] -- why",
        ),
        ("# type: ignore  # gravity-lint: ignore[GRV5] -- why", {"GRV5"}, "# type: ignore"),
        ("# noqa: GRV103,", {"GRV103"}, ""),
    ],
)
def test_a_comment_loses_codes_and_nothing_else(comment: str, remove: set[str], left: str) -> None:
    suppression = only(comment)
    gone = [code for code in suppression.codes if code.text in remove]
    assert without(suppression, gone) == left


@given(st.lists(st.sampled_from([*KNOWN, "E501", "W6"]), min_size=1, max_size=5), st.data())
def test_what_is_left_reads_as_the_remaining_codes(named: list[str], data: st.DataObject) -> None:
    suppression = only(f"# x  # noqa: {', '.join(named)} -- why")
    gone = data.draw(st.sets(st.sampled_from(suppression.codes)))
    remaining = [code.text for code in suppression.codes if code not in gone]
    rewritten = parse(without(suppression, gone))
    assert [codes(s) for s in rewritten] == ([remaining] if remaining else [])

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

from gravity_lint.findings.finding import Finding, Severity
from gravity_lint.findings.suppressions import (
    Suppression,
    apply,
    parse,
    unknown,
    unused,
    without,
)
from gravity_lint.sources.spans import Span

KNOWN = ["GRV101", "GRV103", "GRV104", "GRV501", "GRV502"]


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
        "x = '# noqa'",
        'x = """\n# noqa: GRV103\n"""',
        "x = r'''\n\\''' # noqa\n'''",
        "x = 'it\\'s # noqa'",
        "x = f'{y} # noqa'",
        "#noqa",
        "# no qa",
        "noqa = 1  # fine",
        "# gravity-lint: ignore-file[",
        "# gravity-lint: ignore-file[]",
        "# gravity-lint: ignore-file[ , ]",
        "# gravity-lint: ignore-files",
        "x = 1  # flake8: noqa",
        "# see '# flake8: noqa'",
    ],
)
def test_what_only_looks_like_a_suppression_is_none(text: str) -> None:
    assert parse(text) == ()


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
    comments = [t.string for t in tokens(text) if t.type == tokenize.COMMENT]
    if sum("noqa" in part.lower() for part in text.split("#")) != sum(
        "noqa" in part.lower() for comment in comments for part in comment.split("#")
    ):
        return  # flake8 would find it in a string, too
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
    assert {(s.comment.line, s.comment.column - 1) for s in parse(text)} == comments


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

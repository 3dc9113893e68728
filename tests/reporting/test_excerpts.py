import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gravity_lint.reporting.excerpts import Row, excerpt, split
from gravity_lint.sources.spans import Span


def rows(text: str, at: tuple[int, int, int, int], width: int = 60) -> list[Row]:
    return list(excerpt(split(text), Span(*at), width))


def underlined(row: Row) -> str:
    """What stands above the carets, cell for cell."""
    found, cell = "", 0
    for character in row.text:
        if row.start <= cell < row.start + row.length:
            found += character
        cell += cell_len(character)
    return found


@pytest.mark.parametrize(
    ("line", "column", "end", "marked"),
    [
        ("@router.get('/x')", 2, 12, "router.get"),
        ("\t\treturn x", 3, 9, "return"),
        ("公司 = 名(称)", 6, 10, "名(称)"),
        ("a = '\x1b[31m' + b", 5, 12, "'\\x1b[31m'"),
        ("x = '\u202e' + [red]", 11, 16, "[red]"),
        ("e\u0301 = call()", 6, 10, "call"),
    ],
)
def test_carets_stand_below_the_span(line: str, column: int, end: int, marked: str) -> None:
    (row,) = rows(line, (1, column, 1, end))
    assert underlined(row) == marked


def test_short_spans_are_shown_whole_without_their_indentation() -> None:
    shown = rows("x = [\n    1,  \n]\n", (1, 5, 3, 2))
    assert [(row.number, underlined(row)) for row in shown] == [(1, "["), (2, "1,"), (3, "]")]


def test_long_spans_are_shown_by_their_ends() -> None:
    text = "def f():\n" + "    a = 1\n" * 40 + "    return a\n"
    shown = rows(text, (1, 1, 42, 13))
    assert [row.number for row in shown] == [1, None, 42]
    assert shown[1].text == "... 40 lines ..."
    assert underlined(shown[2]) == "return a"


def test_a_span_outside_the_file_has_no_rows() -> None:
    assert rows("x = 1", (2, 1, 2, 3)) == []


def test_an_empty_span_and_one_past_the_end_get_one_caret() -> None:
    assert rows("x = 1", (1, 3, 1, 3)) == [Row(1, "x = 1", 2, 1)]
    assert rows("x = (", (1, 9, 1, 9)) == [Row(1, "x = (", 5, 1)]


def test_lines_are_those_that_python_counts() -> None:
    assert split("a\x0cb\r\nc\rd\u2028e\n") == ["a\x0cb", "c", "d\u2028e", ""]


@pytest.mark.parametrize("before", [0, 10, 500, 200_000])
def test_a_long_line_is_cut_around_the_span(before: int) -> None:
    line = "x" * before + "MARK" + "y" * 200_000
    (row,) = rows(line, (1, before + 1, 1, before + 5), width=60)
    assert underlined(row) == "MARK"
    assert cell_len(row.text) <= 60
    assert row.text.startswith("...") == (before > 50)
    assert row.text.endswith("...")


def test_a_span_longer_than_the_line_shows_its_beginning() -> None:
    (row,) = rows("call(" + "a" * 500 + ")", (1, 1, 1, 507), width=40)
    assert row.text.startswith("call(aaa")
    assert cell_len(row.text) <= 40
    assert row.start + row.length <= 40


@given(
    st.text(st.sampled_from("ab \t公é\u0301\x1b\u202e"), max_size=200),
    st.integers(1, 210),
    st.integers(0, 210),
    st.integers(20, 90),
)
def test_rows_never_exceed_their_width(line: str, column: int, length: int, width: int) -> None:
    for row in rows(line, (1, column, 1, column + length), width):
        assert cell_len(row.text) <= width
        assert row.start + row.length <= width + 1

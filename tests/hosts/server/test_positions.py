"""Positions as editors count them, for characters of every width and for every end of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from gravity_lint.hosts.server.positions import MARK, Page
from gravity_lint.sources.source import split_lines
from gravity_lint.sources.spans import Span

UTF8, UTF16, UTF32 = (
    lsp.PositionEncodingKind.Utf8,
    lsp.PositionEncodingKind.Utf16,
    lsp.PositionEncodingKind.Utf32,
)


@pytest.mark.parametrize(
    ("encoding", "columns"),
    [(UTF8, [0, 1, 3, 6, 10]), (UTF16, [0, 1, 2, 3, 5]), (UTF32, [0, 1, 2, 3, 4])],
)
def test_counts_units_of_the_encoding(
    encoding: lsp.PositionEncodingKind, columns: list[int]
) -> None:
    page = Page("x\naé€😀", encoding)
    assert [page.position(2, column).character for column in range(1, 6)] == columns
    assert [page.place(lsp.Position(1, unit)) for unit in columns] == [(2, n) for n in range(1, 6)]


def test_a_position_inside_a_character_stands_before_it() -> None:
    assert Page("😀x").place(lsp.Position(0, 1)) == (1, 1)
    assert Page("é", UTF8).place(lsp.Position(0, 1)) == (1, 1)


def test_what_lies_behind_a_line_stands_at_its_end() -> None:
    page = Page("ab\r\ncd")
    assert page.position(1, 9) == lsp.Position(0, 2)
    assert page.place(lsp.Position(0, 9)) == (1, 3)
    assert page.position(7, 3) == lsp.Position(6, 0)
    assert page.place(lsp.Position(6, 3)) == (7, 1)


def test_lines_end_where_the_protocol_says_and_nowhere_else() -> None:
    page = Page("a\x0cb\u2028c\x85d\rsecond\r\nthird")
    assert page.position(1, 8) == lsp.Position(0, 7)
    assert page.range(Span(3, 1, 3, 6)) == lsp.Range(lsp.Position(2, 0), lsp.Position(2, 5))


@pytest.mark.parametrize(("encoding", "width"), [(UTF8, 3), (UTF16, 1), (UTF32, 1)])
def test_a_byte_order_mark_is_a_character_for_who_shows_it(
    encoding: lsp.PositionEncodingKind, width: int
) -> None:
    page = Page(f"{MARK}ab\ncd", encoding)
    assert page.position(1, 2) == lsp.Position(0, width + 1)
    assert page.place(lsp.Position(0, width + 1)) == (1, 2)
    assert page.place(lsp.Position(0, 0)) == (1, 1)
    assert page.position(2, 2) == lsp.Position(1, 1)


@given(st.text(st.characters(), max_size=40), st.sampled_from([UTF8, UTF16, UTF32]))
def test_there_and_back(text: str, encoding: lsp.PositionEncodingKind) -> None:
    page = Page(text, encoding)
    for number, line in enumerate(split_lines(text.removeprefix(MARK)), 1):
        for column in range(1, len(line) + 2):
            assert page.place(page.position(number, column)) == (number, column)

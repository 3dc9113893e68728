import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gravity_lint.reporting.text import columns, encodable, shown_path, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain `code` [red]é 公司", "plain `code` [red]é 公司"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b31m", "\\x9b31m"),
        ("a\nb\r\tc\x00", "a\\nb\\r\\tc\\x00"),
        ("admin\u202e\u2066 // ", "admin\\u202e\\u2066 // "),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\udcff\u2028", "\\udcff\\u2028"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_shown_can_move_a_cursor_or_fail_to_encode(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    if shown == text:
        assert visible(shown) == shown


def test_paths_are_seen_from_the_working_directory(
    tmp_path: "os.PathLike[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    base = os.path.realpath(tmp_path)
    inside = os.path.join(base, "here")
    os.mkdir(inside)
    monkeypatch.chdir(inside)
    assert shown_path(os.path.join(inside, "app", "main.py")) == "app/main.py"
    assert shown_path(os.path.join(base, "other", "main.py")) == "../other/main.py"
    assert shown_path(os.path.join(inside, "app", "x.py"), base) == "here/app/x.py"
    assert shown_path(os.path.join(inside, "app", "..", "x.py")) == "x.py"
    assert shown_path(f"{inside}more") == "../heremore"


def test_a_file_name_that_is_not_utf_8_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    shown = shown_path(os.path.join(os.getcwd(), name))
    assert shown == "caf\\udce9.py"
    assert encodable(name) == shown


def test_columns_align_to_either_side_without_trailing_blanks() -> None:
    assert columns([("a", "1", "x"), ("bbb", "22", "")], right=(1,)) == ["a     1  x", "bbb  22"]

import ast
import gc
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gravity_lint.errors import UsageError
from gravity_lint.sources.source import (
    Source,
    SourceError,
    character_column,
    from_bytes,
    from_text,
    read,
    split_lines,
)

PATH = Path("/service/app/main.py")


def parsed(data: bytes) -> Source:
    source = from_bytes(PATH, data)
    assert source.error is None
    assert source.tree is not None
    return source


def refused(data: bytes) -> SourceError:
    source = from_bytes(PATH, data)
    assert source.tree is None
    assert source.error is not None
    return source.error


def test_reads_a_file_as_it_lies_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    file.write_bytes(b"x = 1\r\ny = 2\r\n")
    source = read(file)
    assert source.path == file
    assert source.text == "x = 1\r\ny = 2\r\n"
    assert source.lines == ["x = 1", "y = 2"]


def test_unreadable_file_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.py: cannot be read: No such file"):
        read(tmp_path / "absent.py")


def test_empty_file_parses() -> None:
    source = parsed(b"")
    assert source.lines == []
    assert source.tree is not None
    assert source.tree.body == []


def test_byte_order_mark_is_no_part_of_the_text() -> None:
    source = parsed(b"\xef\xbb\xbfname = 1\n")
    assert source.text == "name = 1\n"
    assert source.tree is not None
    assert source.tree.body[0].col_offset == 0


def test_declared_encoding_counts() -> None:
    assert "é" in parsed("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1")).text
    assert "ю" in parsed("#!/bin/sh\n# vim: set fileencoding=koi8-r :\nx='ю'".encode("koi8-r")).text


def test_declaration_below_the_second_line_does_not_count() -> None:
    error = refused("x = 1\n\n# coding: latin-1\ny = 'é'\n".encode("latin-1"))
    assert (error.line, error.column) == (4, 6)


@pytest.mark.parametrize(
    ("data", "line", "column", "word"),
    [
        ("x = 1\ny = 'ü' + 'é'\n".encode() + b"z = '\xe9'\n", 3, 6, "0xe9"),
        ("ok = 'ü' ".encode() + b"\xff\n", 1, 10, "0xff"),
        ("x = 1\n".encode("utf-16"), 1, 1, "UTF-16"),
        ("x = 1\n".encode("utf-32"), 1, 1, "UTF-32"),
        (b"# coding: klingon\nx = 1\n", 1, 1, "klingon"),
        (b"# coding: hex\nx = 1\n", 1, 1, "hex"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, 1, "encoding problem"),
        (b"x = 1\ny = '\x00'\n", 2, 6, "NUL"),
        (b"\x00\x01\x02\xff" * 40, 1, 4, "0xff"),
        (b"\x7fELF\x02\x01\x01" + b"\x00" * 9, 1, 8, "NUL"),
        (b"def f(:\n", 1, 7, "invalid syntax"),
        ("ü = 'ü' 1\n".encode(), 1, 9, "invalid syntax"),
        (b"if x:\npass\n", 2, 1, "indented block"),
        (b"x = (1,\n", 1, 5, "never closed"),
        (b"x = '''\n\n", 1, 5, "unterminated"),
    ],
)
def test_names_the_place_of_the_first_error(data: bytes, line: int, column: int, word: str) -> None:
    error = refused(data)
    assert (error.line, error.column) == (line, column)
    assert word in error.message


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 10_000 + "]" * 10_000,
        "x = " + "(" * 150 + "1" + ")" * 150 + "\n" + "-" * 100_000 + "1",
        "x = " + "1 + " * 100_000 + "1",
        "x = a" + ".b" * 100_000,
        "x = f" + "()" * 100_000,
        "".join(" " * i + "if x:\n" for i in range(150)),
    ],
    ids=["brackets", "unary", "sum", "attributes", "calls", "blocks"],
)
def test_survives_depth(text: str) -> None:
    source = from_text(PATH, text)
    assert (source.tree is None) == (source.error is not None)


def test_depth_is_an_error_with_words() -> None:
    assert "nested" in refused(b"x = " + b"[" * 10_000 + b"]" * 10_000).message


def test_large_file_parses() -> None:
    source = parsed(b"'''" + b"one line of a very long text\n" * 180_000 + b"'''\nx = 1\n")
    assert len(source.lines) == 180_002


def test_warnings_of_the_parser_do_not_leak(capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parsed(b"x = '\\d'\ny = 1 is 1\nz = 1or 2\n")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("collecting", [True, False])
def test_leaves_the_garbage_collector_as_it_was(collecting: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        from_text(PATH, "x = 1")
        from_text(PATH, "x = ")
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_agree_with_the_tree(end: str) -> None:
    text = end.join(
        ["a = '\x0b\x0c\x1c\x85\u2028'", "\x0c", "b = '''", "\u2029", "'''", "c = 1", ""]
    )
    source = from_text(PATH, text)
    assert source.tree is not None
    for node in source.tree.body:
        assert isinstance(node, ast.Assign)
        target = node.targets[0]
        assert isinstance(target, ast.Name)
        assert source.lines[node.lineno - 1].startswith(target.id)
    assert len(source.lines) == 6


@pytest.mark.parametrize(
    ("line", "offset", "column"),
    [("abc", 0, 1), ("abc", 3, 4), ("é = x", 5, 5), ("'😀' + x", 9, 7), ("", 0, 1), ("é", 99, 2)],
)
def test_byte_offsets_become_character_columns(line: str, offset: int, column: int) -> None:
    assert character_column(line, offset) == column


@given(st.text())
def test_columns_are_those_of_the_characters(line: str) -> None:
    for index in range(len(line) + 1):
        assert character_column(line, len(line[:index].encode())) == index + 1


@given(st.binary() | st.text().map(str.encode))
@example(b"# coding: utf-7\n+2AA-")
@example(b"# coding: unicode_escape\n'\\ud800'")
@example(b"# coding: undefined\n")
@example(b"# coding: utf-16\nx")
@example(b"# coding: idna\n\xff")
@example(b"# coding: utf-8-sig\n\xef\xbb\xbfx")
@example(b"#\x00coding: x")
@example(b"# coding: punycode\n\xffx-99999999")
@example(b"\xef\xbb\xbf\xef\xbb\xbfx = 1")
def test_any_bytes_give_a_tree_or_a_place(data: bytes) -> None:
    source = from_bytes(PATH, data)
    assert (source.tree is None) == (source.error is not None)
    if source.error is not None:
        assert 1 <= source.error.line <= max(1, len(source.lines))
        assert source.error.column >= 1
        assert source.error.message


@given(
    st.lists(st.sampled_from(["(", ")", "'", '"""', "\n", "\\", "x", " ", "\r", "#", "\0", ":"]))
)
def test_any_tokens_give_a_tree_or_a_place(parts: list[str]) -> None:
    source = from_text(PATH, "".join(parts))
    assert (source.tree is None) == (source.error is not None)


@given(st.text(alphabet="a\r\n\x0c", max_size=30))
def test_no_line_is_lost(text: str) -> None:
    assert "".join(split_lines(text)) == text.replace("\r", "").replace("\n", "")

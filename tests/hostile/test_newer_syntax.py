"""Syntax that is newer than the Python that runs the linter: one finding, which names a Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gravity_lint.facts.extract import extract
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run
from gravity_lint.sources.newer import newer
from gravity_lint.sources.source import from_text

NEW = {
    (3, 11): [
        "try:\n    pass\nexcept* A:\n    pass\n",
        "x = a[*b]\n",
        "x = a[b, *c]\ny = d[e[f], *g, *h]\n",
        "def f(*args: *Ts): ...\n",
    ],
    (3, 12): [
        "type X = int\n",
        "type Pair[A, B] = tuple[A, B]\n",
        "def f[T](a: T) -> T: ...\n",
        "class C[T: (int, str), *Ts, **P](Base[T]): ...\n",
        "class C[\n    T: Base,\n    # why [not]\n]:\n    def m[\n        U\n    ](self): ...\n",
        "def f[\r\n    T\r\n](x: T) -> T: ...\r\ndef g[T](x: T): ...\r\n",
        "class C[T: Callable[[], list[int]]]: ...\n",
        "def f[T: Callable[[dict[str, list[int]]], int]](x: T): ...\n",
        "type Pair[\n    A,\n    B,\n] = tuple[A, B]\n",
        "async def f[T: list[int]](a: T): ...\nclass D[T]:\n    def m[U](self): ...\n",
        'x = f"{a["b"]}"\n',
        'x = f"{", ".join(x for x in d["e"])} {{y}} {z!r:>{w}}" + f"{c}"\n',
        'x = f"{A} | {\n    A\n}x"\n',
        "x = f'{a} | {g(\r\n  1)}' + f'{b[  # of \"b's\"\n 0]:>{\n w}} {{'\n",
        'x = f"{a["b"]\n | c} {d[\n"e"]}"\ny = f"{\nz}"\n',
    ],
    (3, 13): [
        "class A[T = int]: ...\n",
        "class A[\n    T = int,\n]: ...\n",
        "class A[T: Callable[[], int] = Callable[[], bool]]: ...\n",
        "type X[T = int] = list[T]\ntype Y = X\n",
    ],
    (3, 14): [
        'x = t"{a}"\n',
        "x = rt'''{a}'''\n",
        "try:\n    pass\nexcept A, B:\n    pass\n",
        "try:\n    pass\nexcept* A.b, C:\n    pass\n",
    ],
    (3, 15): ["lazy import a\nlazy from b import c\n"],
}
ROWS = [(version, text) for version, texts in NEW.items() for text in texts]
OLD = [
    "def f(:\n",
    "x = (1\n",
    "print 'x'\n",
    "type X =\n",
    "class C[T: ...\n",
    "class C[\n    T,\n]: ...\ndef f(:\n",
    "class C[\n    T\n: ...\n",
    "def f(a, *b, *c): ...\n",
    "x = a[b](c=1, *)\n",
    "except A, B:\n",
    'x = t"{a}"\ndef f(:\n',
    "x = f'{a\n'\n",
    "x = f'{a} \n {b}'\n",
    "x = f'{\na'\n",
    "x = f'{\na} {b'\n",
    "x = f'{a[\n}'\n",
    "x = f'{a[\\\"b\\\"]}'\n",
    'x = f"""\n{a[\\"b\\"]}\n"""\n',
    "\ttype X = int\n",
    "t'",
]


@pytest.mark.parametrize(("version", "text"), ROWS)
def test_it_names_a_python_that_reads_it(version: tuple[int, int], text: str) -> None:
    fault = extract(from_text(Path("/x.py"), text)).fault
    if version <= sys.version_info[:2]:
        assert fault is None
        return
    assert fault is not None
    assert fault.message.endswith(f"which Python {version[0]}.{version[1]} or newer reads")


@pytest.mark.parametrize("text", OLD)
def test_what_no_python_reads_names_none(text: str) -> None:
    fault = extract(from_text(Path("/x.py"), text)).fault
    assert fault is not None
    assert "or newer" not in fault.message


@pytest.mark.parametrize(
    "text",
    [
        "x = f'{\"\\n\".join(y)}'\n",
        'x = f"{y}{{\\"a\\"}}{\'\\n\'.join(z)}"\n',
    ],
)
def test_backslashes_in_fstrings(text: str) -> None:
    fault = extract(from_text(Path("/x.py"), text)).fault
    if sys.version_info >= (3, 12):
        assert fault is None
    else:
        assert fault is not None
        assert fault.message.endswith("Python 3.12 or newer reads that")


def test_each_file_has_one_finding(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    newest = [text for version, text in ROWS if version > sys.version_info[:2]]
    for number, text in enumerate(newest):
        (tmp_path / f"app/n{number}.py").write_text(text * 3)
    findings = run([tmp_path], Overrides(select=("ALL",))).findings
    assert [x.code for x in findings] == ["GRV003"] * len(newest)
    assert all("or newer reads" in x.message for x in findings)


@given(st.text(alphabet="type X=[]:(,)\n except*AB't\"{}f", max_size=60))
def test_any_text_is_looked_at(text: str) -> None:
    said = ""
    try:
        ast.parse(text)
    except SyntaxError as error:
        said = newer(text, error, ast.parse)
    except ValueError:
        pass
    assert not said or said.endswith("or newer reads")


def test_newer_interpreters_agree() -> None:
    """Where other Pythons are at hand, they read what this one says that they read."""
    from shutil import which

    for version, text in ROWS:
        program = which(f"python{version[0]}.{version[1]}")
        if program is None:
            continue
        done = subprocess.run(
            [program, "-c", "import ast, sys; ast.parse(sys.stdin.read())"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if "not found" not in done.stderr:  # a shim without a version behind it
            assert done.returncode == 0, (version, text, done.stderr)

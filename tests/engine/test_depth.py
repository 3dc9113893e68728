"""Code that is nested deeper than anybody writes it ends no run."""

import sys
import threading
from pathlib import Path

import pytest

from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run
from gravity_lint.sources.depth import deeply, shallow

HEAD = "from fastapi import APIRouter, Depends\n\nrouter = APIRouter()\n"


def in_a_row(count: int, first: str, following: str) -> str:
    return f"{first}\n" + "".join(f"{following.format(n, n + 1)}\n" for n in range(count))


def inside(count: int, head: str) -> str:
    return "".join(f"{' ' * n}{head}\n" for n in range(count)) + " " * count + "pass\n"


DEEP = {
    "calls": "x = router" + ".a()" * 300,
    "attributes": "x = router" + ".a" * 1000,
    "terms": "x = " + " + ".join("a" * 900),
    "alternatives": "def f(a: " + " | ".join(f"T{n}" for n in range(900)) + "): ...",
    "subscripts": "x = a" + "[0]" * 300,
    "lists": "x = " + "[" * 90 + "]" * 90,
    "elements": "x = [" + "f(1), " * 3000 + "]",
    "branches": in_a_row(500, "if x:\n    pass", "elif x == {}:\n    pass"),
    "blocks": inside(90, "if x:"),
    "functions": inside(90, "def f(a):"),
    "aliases": in_a_row(800, "x0 = APIRouter", "x{1} = x{0}"),
    "results": in_a_row(800, "def f0(): return 1", "def f{1}(): return f{0}()"),
    "dependencies": in_a_row(800, "def f0(): return 1", "def f{1}(x=Depends(f{0})): return x")
    + "\n@router.get('/x')\ndef g(x=Depends(f800)): return x",
    "bases": in_a_row(100, "class C0(Exception): ...", "class C{1}(C{0}): ..."),
    "circle": "from app.main import *\nx = y\ny = x\ndef f(): return f()\nclass C(C): ...\nz = q",
}


def test_modules_that_import_all_of_each_other(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text("from app.other import *\nx = missing\nclass C(C.D): ...\n")
    (app / "other.py").write_text("from app.main import *\ny = absent()\n")
    assert run([tmp_path], Overrides(select=("ALL",))).problems == ()


@pytest.mark.parametrize("name", DEEP)
def test_deep_code_is_judged(tmp_path: Path, name: str) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(f"{HEAD}{DEEP[name]}\n")
    report = run([tmp_path], Overrides(select=("ALL",)))
    assert report.problems == ()
    assert not [finding for finding in report.findings if finding.code == "GRV003"]


def test_code_that_python_refuses_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("x = " + "(" * 10_000 + ")" * 10_000 + "\n")
    report = run([tmp_path], Overrides())
    assert [finding.code for finding in report.findings] == ["GRV003"]
    assert report.problems == ()


def descend(levels: int) -> int:
    return descend(levels - 1) + 1 if levels else 0


def test_work_may_call_itself_many_times() -> None:
    before = sys.getrecursionlimit()
    assert deeply(lambda: descend(20_000)) == 20_000
    assert sys.getrecursionlimit() == before


def test_work_inside_work_stays_where_it_is() -> None:
    def names() -> tuple[str, str]:
        return threading.current_thread().name, deeply(lambda: threading.current_thread().name)

    outer, inner = deeply(names)
    assert outer == inner != threading.main_thread().name


def test_what_work_raises_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        deeply(lambda: 1 // 0)


def test_without_room_work_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(size: int = 0) -> int:
        raise ValueError(size)

    monkeypatch.setattr(threading, "stack_size", refuse)
    assert deeply(lambda: threading.current_thread()) is threading.main_thread()


def test_a_parser_sees_the_usual_limit() -> None:
    def limit() -> int:
        with shallow():
            return sys.getrecursionlimit()

    assert deeply(limit) == 1_000

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from gravity_lint.configuration.globs import Globs


@pytest.mark.parametrize(
    ("lines", "path", "decision"),
    [
        (["build"], "build/", True),
        (["build"], "app/build/lib.py", True),
        (["/build"], "app/build/", None),
        (["build/"], "build", None),
        (["*_pb2.py"], "app/user_pb2.py", True),
        (["*_pb2.py"], "app/user_pb2.pyi", None),
        (["*.py[cod]"], "app/main.py", None),
        (["*.py[cod]"], "app/main.pyc", True),
        (["*.py", "!main.py"], "app/main.py", False),
        (["!main.py", "*.py"], "app/main.py", True),
        (["app/**/gen"], "app/a/b/gen/", True),
        (["gen/**"], "gen/x.py", True),
        (["# build", "", "  "], "build", None),
        (["\\#odd"], "#odd", True),
        (["[^a]b"], "cb", True),
        (["[[:digit:]]", "x"], "x", True),
        (["!", "ok"], "ok", True),
        ([], "anything", None),
    ],
)
def test_decides_as_git_does(lines: list[str], path: str, decision: bool | None) -> None:
    assert Globs(lines).decide(path) is decision


PARTS = st.sampled_from(
    ["a", "b", "ab", "*", "**", "?", "[ab]", "[!a]", "[^a]", ".py", "\\a", "[", "]"]
)
PATTERN = st.lists(PARTS | st.just("/"), max_size=6).map("".join)
LINE = st.tuples(st.sampled_from(["", "", "!", "#", " "]), PATTERN, st.sampled_from(["", "/", " "]))
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "a.py", "c"]), min_size=1, max_size=4)


def readable(line: str) -> bool:
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


@pytest.mark.filterwarnings("ignore:Possible nested set")
@given(st.lists(LINE.map("".join), max_size=4), PATHS.map("/".join), st.sampled_from(["", "/"]))
@example(["a **"], "a b", "")
def test_the_quick_look_never_changes_a_decision(lines: list[str], path: str, end: str) -> None:
    spec = GitIgnoreSpec.from_lines(filter(readable, lines))
    assert Globs(lines).decide(path + end) == spec.check_file(path + end).include


def test_what_names_settle_does_not_cost_an_import() -> None:
    script = (
        "import sys; from gravity_lint.configuration.globs import Globs\n"
        "globs = Globs(['__pycache__/', '*.py[cod]', '.env', '/dist/', 'lib?', '!kept/**/x.py'])\n"
        "assert globs.decide('app/api/main.py') is None\n"
        "assert globs.decide('app/__pycache__/') is True\n"
        "assert globs.decide('.env') is True\n"
        "assert 'pathspec' not in sys.modules\n"
        "assert globs.decide('app/__pycache__') is None\n"
        "assert globs.decide('dist/') is True\n"
        "assert 'pathspec' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@given(st.lists(LINE.map("".join), max_size=4), PATHS, st.sampled_from(["", "/"]))
def test_what_does_not_concern_a_name_takes_no_effect_there(
    lines: list[str], parts: list[str], end: str
) -> None:
    globs = Globs(lines)
    if len(parts) > 1 and not globs.concerns(parts[-1]):
        above = globs.decide("/".join(parts[:-1]) + "/")
        assert globs.decide("/".join(parts) + end) == above

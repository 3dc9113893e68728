import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
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
@given(st.lists(LINE.map("".join), max_size=4), PATHS.map("/".join))
@example(["a **"], "a b")
def test_the_quick_look_never_changes_a_decision(lines: list[str], path: str) -> None:
    spec = GitIgnoreSpec.from_lines(filter(readable, lines))
    assert Globs(lines).decide(path) == spec.check_file(path).include


FILES = ["main.py", "src/main.py", "src/notes.txt", "src/app/main.py", "app/src/main.py", "app/c"]
WORDS = st.sampled_from(["src", "app", "*", "**", "main.py", "*.py", "c"])
RULES = st.tuples(
    st.sampled_from(["", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(WORDS, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "/"]),
).map("".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository that holds `FILES`, none of which it tracks."""
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "--quiet", root], check=True)
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def kept(globs: Globs, root: Path, at: str = "") -> Iterator[str]:
    """Yield the files that a walk finds which enters no directory that *globs* leave out."""
    for entry in sorted((root / at).iterdir()):
        place = at + entry.name + "/" * entry.is_dir()
        if entry.name.startswith(".git") or globs.decide(place):
            continue
        yield from kept(globs, root, place) if entry.is_dir() else [place]


# What ends with `**/` matches directories alone for git, and files as well for pathspec.
@given(st.lists(RULES.filter(lambda line: not line.endswith("**/")), max_size=4))
@example(["*", "!/src/", "!/src/main.py"])
@example(["*", "!*/", "!*.py"])
@example(["/**", "!/src/", "!/src/app/", "!main.py"])
@example(["/*", "!/src/"])
@example(["src/**", "!src/app/"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_walk_finds_what_git_would_add(repository: Path, lines: list[str]) -> None:
    (repository / ".gitignore").write_text("\n".join(lines) + "\n")
    listing = ["git", "-C", repository, "ls-files", "--others", "--exclude-standard"]
    others = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    assert sorted(kept(Globs(lines), repository)) == sorted(set(others) - {".gitignore"})


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

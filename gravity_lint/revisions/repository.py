"""A git repository, asked through git's own program. Nothing in it is ever changed."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from gravity_lint.errors import UsageError

_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
"""Ask nobody, lock nothing, speak English: what git says is read by a program."""
_ABROAD = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_DIFF_OPTS")
"""What a hook is told about another repository or index than the one that is asked."""
_PROGRAM = (
    *("git", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.quotePath=false", "-c", "diff.interHunkContext=0"),
)
"""Git, so that it starts none of the programs that settings of the repository name."""
_DIFF = (
    *("diff", "--find-renames=50%", "--text", "--no-ext-diff", "--no-textconv", "--no-color"),
    *("--no-relative", "--submodule=short", "--ignore-submodules=dirty"),
)
"""A comparison that says the same whatever settings and ``.gitattributes`` say."""


class Change(msgspec.Struct, frozen=True):
    """One file that is not what it was: paths below the top, with ``/``; None where it is not."""

    before: str | None
    after: str | None


class Blob(msgspec.Struct, frozen=True):
    """One file of a revision: its *path* below the top, git's *mode* and *object* name, its size.

    *size* is in bytes.
    """

    path: str
    mode: str
    object: str
    size: int


class Repository:
    """The repository whose working tree has its top at *top*."""

    def __init__(self, top: Path) -> None:
        self.top = top

    @classmethod
    def around(cls, place: Path) -> Repository:
        """Return the repository in which *place*, an existing path, lies.

        Raises UsageError where git is missing, and where *place* is in no working tree.
        """
        directory = place if place.is_dir() else place.parent
        said = _git(directory, "rev-parse", "--show-toplevel")
        if said.returncode:
            raise UsageError(
                f"{place}: in no git working tree ({_reason(said)}); revisions can only be"
                " compared inside of one"
            )
        return cls(Path(os.fsdecode(said.stdout.removesuffix(b"\n"))))

    def resolve(self, revision: str) -> str:
        """Return the full name of the commit that *revision* stands for.

        Raises UsageError where there is none, with what a shallow clone must do.
        """
        said = self._run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        if said.returncode == 0:
            return said.stdout.decode().strip()
        shallow = self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
        advice = (
            "this clone is shallow: fetch the history (on GitHub: actions/checkout with"
            " `fetch-depth: 0`)"
            if shallow
            else "see `git log` and `git branch --all` for what there is"
        )
        raise UsageError(f"no revision {revision!r} in the repository {self.top}: {advice}")

    def has(self, revision: str) -> bool:
        """Tell whether there is a commit for which *revision* stands."""
        said = self._run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        return said.returncode == 0

    def is_ancestor(self, one: str, other: str = "HEAD") -> bool:
        """Tell whether the commit *one* is part of the history of *other*, as far as in view."""
        return self._run("merge-base", "--is-ancestor", one, other).returncode == 0

    def merge_base(self, one: str, other: str = "HEAD") -> str:
        """Return the commit from which *one* and *other* went apart; *one* where there is none."""
        said = self._run("merge-base", one, other)
        return said.stdout.decode().strip() if said.returncode == 0 else one

    def changes(self, revision: str, to: str | None = None) -> tuple[Change, ...]:
        """Return the files that differ between *revision* and *to* (None: the working tree).

        Files that git does not track, and does not ignore, count as added. A
        renamed file is one change.
        """
        between = [revision] if to is None else [revision, to]
        said = self._asked(*_DIFF, "--name-status", "-z", *between, "--")
        found = list(_statuses(said.split(b"\0")))
        if to is None:
            others = self._asked("ls-files", "--others", "--exclude-standard", "-z")
            found += [Change(None, os.fsdecode(name)) for name in others.split(b"\0") if name]
        return tuple(found)

    def changed_lines(
        self, revision: str, to: str | None = None
    ) -> Mapping[str, tuple[range, ...]]:
        """Return the lines (from 1) that are new in each changed file, by its path in *to*.

        Where lines were only removed, the range is the line that follows them.
        """
        between = [revision] if to is None else [revision, to]
        shape = ("--unified=0", "--src-prefix=a/", "--dst-prefix=b/")
        said = self._asked(*_DIFF, *shape, *between, "--")
        found: dict[str, list[range]] = {}
        path = None
        for line in said.split(b"\n"):
            if line.startswith(b"+++ "):
                path = _target(line[4:])
            hunk = _HUNK.match(line)
            if hunk is not None and path is not None:
                start, count = int(hunk["start"]), int(hunk["count"] or 1)
                found.setdefault(path, []).append(
                    range(start, start + count) if count else range(start + 1, start + 2)
                )
        return {name: tuple(ranges) for name, ranges in found.items()}

    def files(self, revision: str) -> tuple[Blob, ...]:
        """Return every file of *revision*; submodules are none."""
        said = self._asked("ls-tree", "-r", "-z", "--long", "--full-tree", revision)
        found: list[Blob] = []
        for entry in said.split(b"\0"):
            head, _, name = entry.partition(b"\t")
            words = head.decode().split()
            if len(words) == 4 and words[1] == "blob":
                # What is missing here, as pictures may be in a partial clone, has no size.
                size = int(words[3]) if words[3].isdecimal() else 0
                found.append(Blob(os.fsdecode(name), words[0], words[2], size))
        return tuple(found)

    def contents(self, objects: Sequence[str]) -> Iterator[bytes]:
        """Yield the content of each of *objects*, in their order."""
        if not objects:
            return
        with subprocess.Popen(
            [*_PROGRAM, "cat-file", "--batch"],
            cwd=self.top,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for name in objects:
                process.stdin.write(name.encode() + b"\n")
                process.stdin.flush()
                head = process.stdout.readline().split()
                if len(head) != 3:
                    raise UsageError(f"git has lost the object {name} of the repository {self.top}")
                yield process.stdout.read(int(head[2]))
                process.stdout.read(1)

    def _asked(self, *arguments: str) -> bytes:
        said = self._run(*arguments)
        if said.returncode:
            raise UsageError(f"git {arguments[0]} failed in {self.top}: {_reason(said)}")
        return said.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return _git(self.top, *arguments)


def _git(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [*_PROGRAM, *arguments],
            cwd=directory,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise UsageError(
            f"git cannot be run: {error.strerror or error}; is it installed?"
        ) from error


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in _ABROAD} | _QUIET


def _reason(said: subprocess.CompletedProcess[bytes]) -> str:
    lines = [x.strip() for x in said.stderr.decode("utf-8", "replace").splitlines() if x.strip()]
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    # Whoever trusts a directory of somebody else's is told by git how to say so.
    advice = [line for line in lines if "safe.directory" in line]
    told = [*fatal[:1], *advice[-1:]] or lines[-1:]
    return ": ".join(dict.fromkeys(told)) or f"status {said.returncode}"


def _statuses(words: Sequence[bytes]) -> Iterator[Change]:
    """Read what ``git diff --name-status -z`` says."""
    rest = iter(words)
    for status in rest:
        if not status:
            return
        name = os.fsdecode(next(rest))
        match status[:1]:
            case b"R":
                yield Change(name, os.fsdecode(next(rest)))
            case b"C":
                yield Change(None, os.fsdecode(next(rest)))
            case b"A":
                yield Change(None, name)
            case b"D":
                yield Change(name, None)
            case _:
                yield Change(name, name)


def _target(name: bytes) -> str | None:
    """Return the path that a ``+++`` line names; None for a file that is gone."""
    name = name.rstrip(b"\t\r")
    if name.startswith(b'"'):  # git quotes what has quotes, backslashes or control characters
        name = name[1:-1].decode("unicode_escape").encode("latin-1")
    return os.fsdecode(name.removeprefix(b"b/")) if name.startswith(b"b/") else None

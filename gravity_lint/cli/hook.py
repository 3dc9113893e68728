"""``gravity-lint hook``: what pre-commit calls before a commit.

pre-commit hands over the files that are to be committed, whatever they are, but not
those that the commit deletes, although others may import them. So this command takes
options and files as ``check`` does, passes over files that concern no service, and
reports on the whole of a service that has lost a file or been configured anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from gravity_lint.cli.check_options import read
from gravity_lint.cli.check_run import run
from gravity_lint.configuration.files import FILES, Configurations
from gravity_lint.discovery.services import root_of
from gravity_lint.errors import UsageError


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = read(arguments, "gravity-lint hook")
    if options.stdin_filename is None:
        # What is mended is what is committed, and no file beside it.
        told = (".py",) if options.fix or options.diff else (".py", *FILES)
        bereft = () if options.fix or options.diff else _bereft()
        named = [path for path in options.paths if path.endswith(told)]
        options.paths = [*named, *dict.fromkeys(bereft)]
        if not options.paths:
            return 0
    return run(options, forgiving=True)


def _bereft() -> Iterator[str]:
    """Yield the roots of the services that lose a file."""
    for path in _deleted():
        if path.name.endswith((".py", *FILES)):
            directory = path.parent
            while not directory.is_dir():
                directory = directory.parent
            yield str(root_of(directory, Configurations().above))


def _deleted() -> Iterator[Path]:
    """Yield the absolute paths of the files that the commit, or the push, deletes or renames."""
    from gravity_lint.revisions.repository import Repository

    before = os.environ.get("PRE_COMMIT_FROM_REF") or "HEAD"
    after = os.environ.get("PRE_COMMIT_TO_REF") or None
    try:
        repository = Repository.around(Path.cwd())
        changes = repository.changes(repository.resolve(before), after)
    except UsageError:
        return  # no repository, or the first commit in it
    for change in changes:
        if change.before is not None and change.before != change.after:
            yield repository.top / change.before

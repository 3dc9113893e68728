"""What stands in the linter's way: the user's mistakes, and what it could not do for them."""

from pathlib import Path
from typing import NamedTuple


class UsageError(Exception):
    """The linter cannot do its job, and says why in words for the user.

    The message names the file and the key that are at fault and the likely
    cure. The command line prints it and exits with status 2.
    """


class ConfigurationError(UsageError):
    """A configuration file is wrong, and what it governs cannot be judged.

    *line* and *column* count from 1; None: the file as a whole.
    """

    def __init__(
        self, file: Path, words: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(file, words, line, column)
        self.file = file
        self.words = words
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = str(self.file)
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.words}"

    @property
    def problem(self) -> "Problem":
        """The same as a problem of the run, whose other services are judged all the same."""
        return Problem(str(self.file), self.words, line=self.line)


class Problem(NamedTuple):
    """Something the linter could not do; a run with problems exits with status 2.

    *path* is absolute, *line* counts from 1 (None: the file as a whole). *code*
    names the rule that crashed or, where it has *stopped*, took too long; None where no
    rule is involved. *trace* is for debugging only.
    """

    path: str
    message: str
    code: str | None = None
    line: int | None = None
    trace: str = ""
    stopped: bool = False

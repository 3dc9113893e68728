"""Showing what a run found: one module per format, each with a ``render``.

A renderer takes plain data and a text stream, and decides nothing. `rich` is
imported by what draws for people, and by nothing that a machine reads.
"""

import importlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from gravity_lint.findings.severities import Applicability

if TYPE_CHECKING:
    from gravity_lint.running.outcome import Report

FORMATS: Final = (
    "full", "concise", "json", "github", "github-summary", "gitlab", "junit", "rdjson", "sarif",
)  # fmt: skip
FOR_PEOPLE: Final = ("full", "concise", "json")
"""Those of them that are asked for by hand or by a program; the others are for gates."""
SUMMARY: Final = "github-summary"
"""That of the summary of a job on GitHub."""
SUMMARY_VARIABLE: Final = "GITHUB_STEP_SUMMARY"
"""The environment variable that names the file to which a step adds its summary."""
WITH_EDITS: Final = frozenset({"rdjson", "sarif"})
"""Those of them that show what a fix would change, line by line; JSON does where it is asked."""


class Renderer(Protocol):
    """How every format is called."""

    def __call__(
        self,
        report: "Report",
        stream: TextIO,
        *,
        plain: bool = False,
        tried: Collection[Applicability] = (),
    ) -> None:
        """Write *report* to *stream*.

        *plain* forbids colours whatever the stream is. *tried* are the kinds
        of fix that this run has already applied where it could: they are not
        advertised any more.
        """


def renderer(name: str) -> Renderer:
    """Return the renderer of the format *name*, one of `FORMATS`."""
    module = name.replace("-", "_")
    render: Renderer = importlib.import_module(f"{__name__}.{module}").render
    return render

"""What a migration has done: the files, the calls, and what is left for somebody to do."""

from collections import Counter
from typing import TextIO

from gravity_lint.migrating.migration import Migration
from gravity_lint.reporting.conformance import withheld
from gravity_lint.reporting.mending import refuse
from gravity_lint.reporting.text import counted, shown_path, visible


def render(migration: Migration, stream: TextIO, *, written: bool) -> None:
    """Write a line per file, then what stays and why; *written*: it is done, not only proposed."""
    for file in migration.files:
        path = visible(shown_path(file.path))
        done, would = ("wrote", "write") if file.path in migration.new else ("changed", "change")
        verb = done if written else f"would {would}"
        counts = Counter(finding.code for finding in file.findings)
        codes = ", ".join(f"{code} x{number}" for code, number in sorted(counts.items()))
        stream.write(f"{verb} {path}{': ' if codes else ''}{codes}\n")
    refuse(migration.mending, stream)
    report = migration.mending.report
    for problem in report.problems:
        stream.write(f"{visible(shown_path(problem.path))}: {visible(problem.message)}\n")
    for note in migration.notes:
        stream.write(f"note: {visible(note)}\n")
    reasons = withheld(report)
    left = sum(count for _, count in reasons)
    for reason, count in reasons:
        stream.write(f"{count} of {left} left: {visible(reason)}\n")
    number = sum(len(file.findings) for file in migration.files)
    if migration.files:
        done = "Mended" if written else "Would mend"
        stream.write(
            f"{done} {counted(number, 'finding')} in {counted(len(migration.files), 'file')}.\n"
        )
    else:
        stream.write("Nothing to migrate.\n")

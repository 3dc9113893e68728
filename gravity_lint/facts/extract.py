"""From a parsed file to its facts: one traversal of its tree.

`places`, `expression_reader` and `statement_reader` are the only modules behind the source stage
that know `ast`.
"""

from gravity_lint.facts import statements as s
from gravity_lint.facts.statement_reader import StatementReader
from gravity_lint.findings.suppressions import parse
from gravity_lint.sources.source import Source
from gravity_lint.sources.spans import Span


def extract(source: Source) -> s.ModuleFacts:
    """Return the facts of *source*; those of a file that does not parse hold only its fault."""
    suppressions = parse(source.text)
    if source.tree is None:
        fault = None
        if source.error is not None:
            at = source.error
            behind = len(source.lines[at.line - 1]) + 1 if source.lines else 1
            span = Span(at.line, at.column, at.line, min(at.column + 1, behind))
            fault = s.SyntaxFault(*span.place, at.message)
        return s.ModuleFacts(lines=len(source.lines), fault=fault, suppressions=suppressions)
    return StatementReader(source.lines).module(source.tree, suppressions)

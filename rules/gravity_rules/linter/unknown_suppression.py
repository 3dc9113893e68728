"""A suppression comment names rules that exist, does what it says, and says why where demanded.

A mistyped code suppresses nothing: the finding is still reported, or the comment stays behind as a
riddle. Codes are compared as they are spelled, as flake8 does. Words that other linters know
(`# gravity-lint: disable=GRV101`) suppress nothing either, and some suppress more than they name:
flake8 reads `# noqa: unversioned-route` and `# noqa GRV101` as a bare `# noqa`, which silences
every rule of every tool on the line. The right spellings are `# noqa: GRV101`,
`# gravity-lint: ignore[GRV101, unversioned-route]` and, for a whole file,
`# gravity-lint: ignore-file[GRV1]`. With `require-suppression-reason`
each suppression of a finding of this linter must say why, behind `--`; comments for other tools
need not.

## Bad
```python title=app/core/database.py
URL = "postgresql://db/orders"  # noqa: GRV7111
```

## Good
```python title=app/core/database.py
URL = "postgresql://db/orders"  # noqa: GRV711 -- replaced when the container starts
```
"""

from gravity_lint.model.code.comments import Comment, comments
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV002",
    severity=Severity.WARNING,
    scope=Scope.RUN,
    pattern="The linter itself",
    subjects=comments,
)
def check(comment: Comment) -> Answer:
    """A suppression can be understood."""
    if comment.correction is not None:
        return Violation(comment.correction)
    if comment.unknown:
        codes = " and ".join(f"`{code.text}`" for code in comment.unknown)
        kind = "is no rule's code" if len(comment.unknown) == 1 else "are no rules' codes"
        return Violation(
            f"{codes} {kind}, so nothing is suppressed by it; `gravity-lint rules` lists the codes",
            at=comment.suppression.place(comment.unknown[0]),
        )
    if not comment.ours:
        return None
    if comment.needs_reason and not comment.suppression.reason:
        return Violation(
            "this suppression does not say why; give the reason behind `--`, as this project's"
            " configuration demands"
        )
    return CONFORMS

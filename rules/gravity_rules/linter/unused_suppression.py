"""A suppression comment suppresses something.

The finding has been mended or has moved, the comment has stayed. It now says of good code that it
is bad, and will hide the next real finding on its line. Judged are only codes whose rules were all
asked about the file in this run: a rule that is not selected, is ignored for the file or has failed
says nothing about its comments, and neither does a service with a file that does not parse. Codes
of other tools and a bare `# noqa` are theirs.

The fix is safe: it removes the code, and with the last code the comment; what else the comment says
stays.

## Bad
```python title=app/core/database.py
POOL_SIZE = 20  # noqa: GRV711
```

## Good
```python title=app/core/database.py
POOL_SIZE = 20
```
"""

from gravity_lint.edits import ReplaceComment
from gravity_lint.model.code.comments import Comment, comments
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    rule,
)


@rule(
    code="GRV001",
    severity=Severity.WARNING,
    scope=Scope.RUN,
    pattern="The linter itself",
    subjects=comments,
)
def check(comment: Comment) -> Answer:
    """Each code of a suppression has something to suppress."""
    if not comment.idle:
        return CONFORMS if comment.used else None
    codes = " and ".join(f"`{code.text}`" for code in comment.idle)
    verb = "suppresses" if len(comment.idle) == 1 else "suppress"
    where = "in this file" if comment.suppression.whole_file else "here"
    return Violation(
        f"{codes} {verb} nothing {where}; a suppression that nobody needs hides the next finding",
        at=comment.suppression.place(comment.idle[0]),
    )


@check.fix(Applicability.SAFE)
def fix(comment: Comment) -> Edits:
    """Take the codes out of the comment."""
    return (ReplaceComment(comment.span.line, comment.without(comment.idle)),)

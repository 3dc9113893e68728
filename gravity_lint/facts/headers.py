"""What the head of a file says of it: whether a program has written it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gravity_lint.patterns import pattern

_GENERATED = pattern(
    r"(?i)(?:^|[.!:] )\W*(?:(?:this|the) )?(?:(?:file|code|module)s? )?(?:(?:is|was|has been) )?"
    r"(?:(?:auto(?:matically)?[- ]?)generated\b|generated (?:automatically |code |file )?"
    r"(?:by|from|with|using)\b|generated code\b|@generated\b)"
)
"""How generators begin a sentence about what they have written."""
_FORBIDDEN = pattern(r"(?i)\b(?:do not|don't|never) (?:edit|modify|change|touch)")
"""What they say in a docstring as well, and people who describe their own code do not."""


def is_generated(lines: Sequence[str], docstring: str) -> bool:
    """Tell whether the comments at the head of *lines*, or the *docstring*, say so."""
    if any(_GENERATED.search(comment) for comment in _head(lines)):
        return True
    return bool(_FORBIDDEN.search(docstring)) and any(
        _GENERATED.search(line.strip()) for line in docstring.splitlines()
    )


def _head(lines: Sequence[str]) -> Iterator[str]:
    """Yield the comments before the first statement, without their marks."""
    for line in lines:
        text = line.strip().removeprefix("\ufeff")
        if text and not text.startswith("#"):
            return
        yield text.strip("# \t")

"""What is wrong with a comment that looks like a suppression, and how it is spelled.

Some silence nothing (``# gravity-lint: disable=GRV101``), some everything although
they name a rule (``# noqa: unversioned-route``, which flake8 reads as a bare
``# noqa``). Both leave people in the belief that they have excused one thing.
"""

import re
from collections.abc import Mapping
from typing import Final

from gravity_lint.findings.suppressions import OWN_PREFIX, Suppression
from gravity_lint.patterns import pattern

_NOQA: Final = "# noqa"
_WORD = pattern(r"[A-Za-z][\w-]*")
_FILE = pattern(r"file|flake8|ruff", re.IGNORECASE)
_LONGEST = 60


def correction(suppression: Suppression, known: Mapping[str, str]) -> str | None:
    """Return what is wrong with *suppression* and what to write; None: it is as it seems.

    *known* are all rules, code to name.
    """
    if suppression.quoted or (suppression.codes and not suppression.inert):
        if suppression.own or not suppression.whole_file:
            return None
    text = suppression.text[suppression.start :]
    seen, *_ = re.split(r"\s#\s", text)[0].split(" -- ")
    seen = seen.rstrip()
    named = _named(seen, known)
    if not (named or suppression.inert):
        return None
    whole_file = suppression.whole_file or (suppression.inert and _FILE.search(seen) is not None)
    wrong = f"`{seen if len(seen) <= _LONGEST else seen[:_LONGEST] + '...'}`"
    if suppression.inert:
        wrong += " suppresses nothing"
    elif whole_file:
        wrong += " takes the whole file out of every rule and every tool, not of what it names"
    else:
        wrong += " silences everything on this line, not only what it names"
    return f"{wrong}; write `{_spelled(named, known, seen, whole_file)}`"


def _named(text: str, known: Mapping[str, str]) -> list[str]:
    """Return the codes, beginnings of codes and names of *known* rules in *text*."""
    names = set(known.values())
    found = []
    for word in _WORD.findall(text):
        code = word.upper()
        name = word.lower().replace("_", "-")
        if re.match(rf"{OWN_PREFIX}\d", code) and any(rule.startswith(code) for rule in known):
            found.append(code)
        elif name in names and "-" in name:
            found.append(name)
    return list(dict.fromkeys(found))


def _spelled(named: list[str], known: Mapping[str, str], seen: str, whole_file: bool) -> str:
    if whole_file:
        return f"# gravity-lint: ignore-file[{', '.join(named)}]" if named else _whole_file(seen)
    if (
        named
        and re.search("no[-_ ]?qa", seen, re.IGNORECASE)
        and all(word.startswith(OWN_PREFIX) for word in named)
    ):
        return f"{_NOQA}: {', '.join(named)}"
    return f"# gravity-lint: ignore[{', '.join(named) or next(iter(known))}]"


def _whole_file(seen: str) -> str:
    # Something behind it made it none: it may have been meant as the reason.
    behind = re.split("files?", seen, maxsplit=1, flags=re.IGNORECASE)[-1]
    return f"# gravity-lint: ignore-file{' -- why' if _WORD.search(behind) else ''}"

"""Where a rule is explained: its page in the documentation, and its text."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from typing import Final

from gravity_lint.installed import OWN_PACKS
from gravity_lint.running.packs import load_rules

_DISTRIBUTION: Final = "gravity-lint"
_PLACE: Final = "blob/main/docs/rules"


@cache
def link(name: str) -> str | None:
    """Return the address of the page of the rule called *name*; None for one of another pack."""
    repository = _repository()
    known = any(rule.name == name for rule in load_rules(OWN_PACKS))
    return f"{repository}/{_PLACE}/{name}.md" if repository is not None and known else None


@cache
def _repository() -> str | None:
    """Return the address of the repository, as the installed distribution states it."""
    try:
        stated = metadata(_DISTRIBUTION).get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    urls = dict(line.split(", ", 1) for line in stated)
    return urls.get("Repository")

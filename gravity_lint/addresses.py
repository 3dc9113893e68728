"""Where the linter lives, for people to follow: the one place that names it.

The documentation's own configuration, the rules' pages and every link in a report
take it from here; a test holds that ``pyproject.toml`` and the README agree.
"""

from typing import Final

REPOSITORY: Final = "https://git.example.com/platform/gravity-lint"
"""The source, with its branches below ``/blob/``."""

DOCUMENTATION: Final = "https://docs.example.com/gravity-lint"
"""The documentation site (`make site`)."""

RULE_PAGES: Final = f"{DOCUMENTATION}/rules/{{code}}/"
"""The page of a rule: one address per code, which stays."""

"""The packages from which configurations inherit, with the versions that reports show."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from gravity_lint.configuration.files import PACKAGE, Configuration
from gravity_lint.installed import package_version
from gravity_lint.running.outcome import PolicyPackage


def policy_packages(configurations: Iterable[Configuration]) -> tuple[PolicyPackage, ...]:
    """Return the packages from which *configurations* inherit, each once."""
    found: dict[str, Path] = {}
    for configuration in configurations:
        for (_, table), (file, _) in pairwise(configuration.layers):
            extend = table.get("extend", "")
            if extend.startswith(PACKAGE):
                found.setdefault(extend.removeprefix(PACKAGE), file)
    return tuple(
        PolicyPackage(name, package_version(name, file)) for name, file in sorted(found.items())
    )

"""What one configuration, with the command line's overrides, asks of its services."""

from __future__ import annotations

from pathlib import Path

from gravity_lint.configuration.files import Configuration, Configurations
from gravity_lint.configuration.files import options as read_options
from gravity_lint.configuration.selection import Selection, severities, validate, validate_selectors
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.rule import Scope
from gravity_lint.running.outcome import Effective, Overrides
from gravity_lint.running.packs import load_rules


class Policy:
    """What one configuration, with the command line's overrides, asks of its services."""

    def __init__(self, configuration: Configuration, overrides: Overrides) -> None:
        """Work out which rules are on.

        Raises UsageError for a rule that does not exist and for options that do not fit.
        """
        directory = configuration.directory
        rules = load_rules(
            configuration.settings.rule_packs,
            overrides.allowed_packs,
            () if directory is None else (directory,),
        )
        known = {rule.code: rule.name for rule in rules}
        validate(configuration, known)
        validate_selectors("--select", overrides.select or (), known)
        validate_selectors("--extend-select", overrides.extend_select, known)
        validate_selectors("--ignore", overrides.ignore, known)
        self.selection = Selection(
            configuration,
            known,
            [rule.code for rule in rules if rule.default],
            select=overrides.select or (),
            extend_select=overrides.extend_select,
            ignore=overrides.ignore,
        )
        self.known = known
        self.severities = severities(configuration, known)
        self.options = {
            rule.name: read_options(configuration, rule.name, rule.options)
            for rule in rules
            if rule.options is not None
        }
        chosen = [rule for rule in rules if rule.code in self.selection.codes]
        self.rules = [rule for rule in chosen if rule.scope is not Scope.RUN]
        self.closing_rules = [rule for rule in chosen if rule.scope is Scope.RUN]

    def codes(self, files: ServiceFiles) -> dict[str, frozenset[str]]:
        """Return the codes that are on in each of the reported files, by absolute path."""
        return {str(path): self.selection.codes_for(path) for path in files.reported}


def effective(path: Path, overrides: Overrides) -> Effective:
    """Return the settings that hold for *path*, and the rules that run there."""
    place = path.resolve()
    configuration = Configurations().above(place if place.is_dir() else place.parent)
    policy = Policy(configuration, overrides)
    return Effective(configuration, tuple(sorted(policy.selection.codes)))

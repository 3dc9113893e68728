"""What the configurations of one service, with the command line's overrides, ask of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from gravity_lint.configuration.files import Configuration, Configurations, mistake
from gravity_lint.configuration.files import options as read_options
from gravity_lint.configuration.locks import Known, hold
from gravity_lint.configuration.mistakes import quoted
from gravity_lint.configuration.selection import (
    Selection,
    applicabilities,
    severities,
    unfixable,
    validate,
    validate_selectors,
)
from gravity_lint.configuration.settings import FailOn
from gravity_lint.discovery.services import ServiceFiles, root_of
from gravity_lint.errors import ConfigurationError, Problem, UsageError
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.rule import Options, Rule, Scope
from gravity_lint.running.outcome import Effective, Overrides
from gravity_lint.running.packs import load_rules
from gravity_lint.running.ratchet import KEY, cure, speaks_of


class Policy:
    """What one configuration, with the command line's overrides, asks of its service.

    *rules* and *closing_rules* are those that are asked anywhere in it, be it
    only to count what the configuration excuses. *lenient*: warnings fail no run.
    *broken* are the directories whose own configuration cannot be used, with the
    reason.
    """

    def __init__(
        self,
        configuration: Configuration,
        overrides: Overrides,
        overlays: Sequence[Configuration] = (),
    ) -> None:
        """Work out which rules are on; *overlays* hold for the files below their directories.

        Raises UsageError for a rule that does not exist and for options that do
        not fit. In an overlay that is a problem: it stops the files there.
        """
        rules = _rules(configuration, overrides)
        known = {rule.code: rule.name for rule in rules}
        validate(configuration, known)
        if any("lock" in table for _, table in configuration.layers):
            hold(configuration, {r.code: Known(r.name, r.default, r.severity) for r in rules})
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
        _validate_floors(configuration, rules)
        self.severities = severities(configuration, known)
        self.unfixable = unfixable(configuration, known)
        self.applicabilities = applicabilities(configuration, known)
        self.lenient = configuration.settings.fail_on is FailOn.ERROR
        without = {rule.name for rule in rules if rule.options is None}
        for file, table in configuration.layers:
            for name in without.intersection(table.get("rules", {})):
                raise mistake(file, f"rules.{name}", "this rule has no options")
        self.options: Mapping[str, Options] = {
            rule.name: read_options(configuration, rule.name, rule.options)
            for rule in rules
            if rule.options is not None
        }
        self.broken: list[tuple[Path, Problem]] = []
        self._below: list[tuple[str, Policy | None]] = []
        for overlay in overlays:
            self._below.append(
                (os.path.join(str(overlay.directory), ""), self._inner(overlay, overrides))
            )
        self._below.sort(key=lambda one: -len(one[0]))
        everywhere = [self, *(policy for _, policy in self._below if policy is not None)]
        asked = frozenset[str]().union(*(p.selection.codes for p in everywhere))
        counted = frozenset[str]().union(*(p.selection.ignored for p in everywhere))
        self.telling = [r for r in rules if r.telling is not None]
        self.rules = [r for r in rules if r.code in asked | counted and r.scope is not Scope.RUN]
        self.closing_rules = [r for r in rules if r.code in asked and r.scope is Scope.RUN]

    def _inner(self, overlay: Configuration, overrides: Overrides) -> Policy | None:
        """Return the policy of an *overlay*; None, and a problem, where that cannot be used."""
        try:
            if overlay.fault is not None:
                raise overlay.fault
            return Policy(overlay, overrides)
        except ConfigurationError as error:
            self.broken.append((overlay.directory or Path(), error.problem))
            return None

    def at(self, path: str) -> Policy | None:
        """Return the policy that holds for the file at the absolute *path*; None: it is broken."""
        for prefix, policy in self._below:
            if path.startswith(prefix):
                return policy
        return self

    def only(self, codes: frozenset[str]) -> Policy:
        """Return the policy under which just the rules with *codes* are asked.

        The rules about the run must know what all others have found.
        """
        if any(rule.code in codes for rule in self.closing_rules):
            return self
        narrow = copy(self)
        narrow.rules = [rule for rule in self.rules if rule.code in codes]
        narrow.closing_rules = []
        return narrow

    def codes(self, files: ServiceFiles) -> dict[str, frozenset[str]]:
        """Return the codes that are on in each of the reported files, by absolute path."""
        return {
            str(path): policy.selection.codes_for(path, files.root)
            for path in files.reported
            if (policy := self.at(str(path))) is not None
        }

    def counted(self, files: ServiceFiles) -> dict[str, frozenset[str]]:
        """Return the codes that are on or excused in each of the reported files."""
        return {
            str(path): policy.selection.codes | policy.selection.ignored
            for path in files.reported
            if (policy := self.at(str(path))) is not None
        }

    def excuse(self, finding: Finding) -> str:
        """Return which setting excuses *finding*, whose rule is not on in its file."""
        policy = self.at(finding.path)
        on = policy is not None and finding.code in policy.selection.codes
        return "per-file-ignores" if on else "ignore"

    def options_at(self, path: str) -> Mapping[str, Options]:
        """Return the options of the rules in the file at *path*, by rule name."""
        policy = self.at(path) if self._below else self
        return self.options if policy is None else policy.options

    def fixing(self, finding: Finding) -> Applicability | None:
        """Return how safe the fix of *finding* is taken to be; None: it is not wanted."""
        policy = self.at(finding.path) if self._below else self
        given = finding.fix.applicability if finding.fix is not None else None
        if policy is None or given is None:
            return given
        if finding.code in policy.unfixable:
            return None
        return policy.applicabilities.get(finding.code, given)

    def severity(self, finding: Finding) -> Severity:
        """Return how much *finding* weighs."""
        policy = self.at(finding.path) if self._below else self
        return (
            finding.severity
            if policy is None
            else policy.severities.get(finding.code, finding.severity)
        )


def _validate_floors(configuration: Configuration, rules: Sequence[Rule[Any]]) -> None:
    """Raise ConfigurationError for a least rate of what is not there."""
    for file, table in configuration.layers:
        for key in table.get(KEY, {}):
            if not any(speaks_of(key, r.code, r.name, r.section, r.pattern) for r in rules):
                words = cure(key, {rule.section for rule in rules})
                raise mistake(file, f"{KEY}.{quoted(key)}", words)


def _rules(configuration: Configuration, overrides: Overrides) -> tuple[Rule[Any], ...]:
    """Return the rules of the configured packs; a pack that fails is the file's mistake."""
    directory = configuration.directory
    try:
        return load_rules(
            configuration.settings.rule_packs,
            overrides.allowed_packs,
            () if directory is None else (directory,),
        )
    except UsageError as error:
        file = configuration.origin("rule-packs")
        if file is None:
            raise
        raise mistake(file, "rule-packs", str(error).removeprefix("rule-packs: ")) from error


def effective(path: Path, overrides: Overrides) -> Effective:
    """Return the settings that hold for *path*, and the rules that run there."""
    place = path.resolve()
    directory = place if place.is_dir() else place.parent
    configurations = Configurations(overrides.imposed)
    root = root_of(directory, configurations.above)
    configuration = configurations.above(root)
    for step in [*reversed(directory.parents), directory]:
        if step != root and step.is_relative_to(root):
            configuration = configurations.overlay(step, root, configuration)
    if configuration.fault is not None:
        raise configuration.fault
    policy = Policy(configuration, overrides)
    return Effective(configuration, tuple(sorted(policy.selection.codes)))

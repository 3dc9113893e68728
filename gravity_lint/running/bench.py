"""Where cases are judged: the only room of a run that loads the rules and the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gravity_lint.configuration.files import Configuration
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.running.cases import Case, Gatherer
from gravity_lint.running.kept_facts import KeptFacts
from gravity_lint.running.loading import Loaded, Loader
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.phases import Phases
from gravity_lint.running.policy import Policy
from gravity_lint.running.verdict import judge_service


class Bench:
    """Judges cases by the policies of their configurations."""

    def __init__(
        self, overrides: Overrides, gatherer: Gatherer, former: Bench | None = None
    ) -> None:
        self._overrides = overrides
        self._gatherer = gatherer
        self.loader: Loader = Loader(gatherer, former.loader if former is not None else None)
        self._policies: dict[tuple[int, ...], tuple[Sequence[Configuration], Policy]] = {}

    def policy(self, layers: Sequence[Configuration]) -> Policy:
        """Return what the configurations of one service ask: its own, and those below its root.

        Services that share a configuration, as those of a fleet do, share the policy. Raises
        UsageError as `Policy` does.
        """
        key = tuple(map(id, layers))
        if key not in self._policies:
            self._policies[key] = layers, Policy(layers[0], self._overrides, layers[1:])
        return self._policies[key][1]

    def load(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        step: Callable[[], None] | None = None,
    ) -> Loaded:
        """Load one service, in which *texts* take the place of files."""
        return self.loader.load(files, texts, step)

    def judge(
        self,
        loaded: Loaded,
        layers: Sequence[Configuration],
        *,
        suppress: bool = True,
        phases: Phases | None = None,
        codes: frozenset[str] | None = None,
    ) -> Report:
        """Judge a loaded service by its configurations; *codes*: by these rules alone."""
        policy = self.policy(layers)
        if codes is not None:
            policy = policy.only(codes)
        return judge_service(loaded, policy, suppress=suppress, phases=phases)

    def dispatch(
        self,
        case: Case,
        layers: Sequence[Configuration],
        phases: Phases | None = None,
        *,
        suppress: bool = True,
        kept: KeptFacts | None = None,
        last: bool = False,
    ) -> Report:
        """Judge a case of which nobody will ask again, and forget it.

        After the *last* one nothing is taken apart: the process ends, and its memory with it.
        """
        loaded = self.loader.link(case, phases.read if phases is not None else None, kept)
        try:
            return self.judge(loaded, layers, suppress=suppress, phases=phases)
        finally:
            if not last:
                loaded.service.release()
                self.forget(case)

    def forget(self, case: Case) -> None:
        """Forget what is known of a case of which nobody will ask again."""
        self.loader.forget(case)
        self._gatherer.forget(case)

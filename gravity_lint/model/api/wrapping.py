"""What a response model holds, and which envelope is around it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.lookalikes import counts, is_lookalike, listed_in
from gravity_lint.model.api.schemas import is_list, is_wrapper
from gravity_lint.model.code.annotations import Alternative, Placed, unfold
from gravity_lint.model.code.names import resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class
from gravity_lint.model.code.service import Service


class Wrapping(Record, frozen=True):
    """A response model, asked about the envelope in which it comes.

    *alternatives* are the members of its union, aliases followed; none if there is no model.
    Which classes are envelopes, the vocabulary of *service* tells.
    """

    service: Service
    alternatives: tuple[Alternative, ...]

    @cached_property
    def wrapped(self) -> bool | None:
        """Tell whether the model is a response wrapper; None if it is not knowable."""
        verdicts = [verdict for _, verdict in self._verdicts]
        if False in verdicts:
            return False
        return None if None in verdicts or True not in verdicts else True

    @property
    def _verdicts(self) -> Iterator[tuple[Placed, bool | None]]:
        """Each alternative of the model, and whether it is a wrapper; beside one, an error's is."""
        words = self.service.settings.vocabulary
        names = words.response_wrappers
        if len(self.alternatives) > 1:
            names += words.error_wrappers
        for each in self.alternatives:
            placed = each.scope, each.expression
            yield placed, is_wrapper(self.service, resolve(*placed), names)

    @cached_property
    def bare(self) -> tuple[Placed, ...]:
        """The alternatives of the model that certainly are no wrappers."""
        return tuple(placed for placed, verdict in self._verdicts if verdict is False)

    @cached_property
    def other_envelope(self) -> Class | None:
        """The envelope of the service's own that the bare model is."""
        model = self._own_model
        return model if model is not None and is_lookalike(model) else None

    @cached_property
    def own_page(self) -> str | None:
        """The field in which the bare model, a page of the service's own, has what is on it."""
        return listed_in(self._own_model) if self._own_model is not None else None

    @property
    def counts(self) -> bool:
        """Tell whether the bare model has many, and says how many there are."""
        return self._own_model is not None and counts(self._own_model)

    @cached_property
    def _own_model(self) -> Class | None:
        """The bare model, if there is just one, and it is a class of the service."""
        symbol = resolve(*self.bare[0]) if len(self.bare) == 1 else None
        return symbol if isinstance(symbol, Class) else None

    @cached_property
    def content(self) -> Placed | None:
        """What the wrapper holds: ``X`` of ``ApiResponse[X]``; the model itself if bare."""
        if len(self.alternatives) != 1:
            return None
        (model,) = self.alternatives
        names = self.service.settings.vocabulary.response_wrappers
        if isinstance(model.expression, f.Subscript) and is_wrapper(
            self.service, resolve(model.scope, model.expression.value), names
        ):
            return model.arguments[0]
        return model.scope, model.expression

    @cached_property
    def paginated(self) -> bool | None:
        """Tell whether the model is a paginated wrapper, or wraps one; None if not knowable."""
        names = self.service.settings.vocabulary.paginated_wrappers
        rows = [(each.scope, each.expression) for each in self.alternatives]
        if self.content is not None and self.wrapped:
            rows += unfold(*self.content)
        verdicts = {is_wrapper(self.service, resolve(*placed), names) for placed in rows}
        if True in verdicts:
            return True
        return None if None in verdicts or not verdicts else False

    @cached_property
    def lists(self) -> bool | None:
        """Tell whether the content is a bare list, wrapped or not; None if not knowable."""
        if self.content is None:
            return None
        inner = [resolve(*placed) for placed in unfold(*self.content)]
        if len(inner) != 1 or inner[0] is None:
            return None
        return is_list(inner[0])

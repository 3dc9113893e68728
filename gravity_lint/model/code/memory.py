"""What a service has been asked so far, and what the answers were.

A question may lead back to itself: a name that is bound to itself by way of another module, a
function that returns what it calls itself, classes that are each other's base. Where it does, the
answer is first taken for a guess (mostly: not known). What was worked out with the guess is put
aside until the question is answered, and holds if the answer is what was guessed; if not, the
answer is the next guess. So an answer does not depend on which question was asked first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")

_TURNS = 8
"""How often a circle is gone round before its last answers hold."""
_NONE = 1 << 60
_MISSING: Any = object()


class Memory:
    """Answers by question."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}
        self._open: dict[Hashable, int] = {}
        """The questions that are being worked out, outermost first, each with its depth."""
        self._guesses: dict[Hashable, Any] = {}
        """The guesses at open questions that were taken so far."""
        self._aside: dict[Hashable, Any] = {}
        """What was worked out with guesses that are not confirmed yet."""
        self._floor = _NONE
        """The depth of the outermost question of which something in `_aside` took the guess."""
        self._reached = _NONE
        """The depth of the outermost question of which the work going on has taken the guess."""

    def ask(self, key: Hashable, guess: Any, work: Callable[..., T], *arguments: Any) -> T:
        """Return the answer to the question *key*, for which *work* is done the first time.

        Where that leads back to the question itself, *guess* is taken for the answer at first.
        """
        answer: T = self._known.get(key, _MISSING)
        if answer is not _MISSING:
            return answer
        if self._aside and key in self._aside:
            self._reached = min(self._reached, self._floor)
            return self._aside[key]  # type: ignore[no-any-return]
        depth = self._open.get(key)
        if depth is not None:
            self._reached = min(self._reached, depth)
            return self._guesses.setdefault(key, guess)  # type: ignore[no-any-return]
        outer, aside, guesses = self._reached, len(self._aside), len(self._guesses)
        depth = self._open[key] = len(self._open)
        self._reached = _NONE
        try:
            answer = work(*arguments)
            if self._reached != _NONE:
                answer = self._go_round(key, depth, aside, guesses, answer, work, arguments)
            if self._reached >= depth:
                self._known[key] = answer
                self._reached = outer
            elif outer < self._reached:
                self._reached = outer
        except BaseException:
            _forget(self._aside, aside)
            _forget(self._guesses, guesses)
            self._reached = outer
            raise
        finally:
            del self._open[key]
        return answer

    def known(self, key: Hashable) -> Any:
        """Return the answer to *key* if it is known for good, else None."""
        return self._known.get(key)

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Forget the answers to *keys*, which an answer to another question holds as well."""
        for key in keys:
            self._known.pop(key, None)

    def _go_round(
        self,
        key: Hashable,
        depth: int,
        aside: int,
        guesses: int,
        answer: T,
        work: Callable[..., T],
        arguments: tuple[Any, ...],
    ) -> T:
        """Close the circle that has led to *answer*, or put that aside if it begins further out."""
        floor = self._floor if aside else _NONE
        for turn in range(_TURNS, 0, -1):
            if self._reached < depth:
                self._aside[key] = answer
                self._floor = min(floor, self._reached)
                return answer
            wrong = self._wrong(guesses, key, answer)
            if turn == 1 or not wrong:
                break
            self._guesses.update(wrong)
            _forget(self._aside, aside)
            self._floor, self._reached = floor, _NONE
            answer = work(*arguments)
        for row in _after(self._aside, aside):
            self._known[row] = self._aside.pop(row)
        _forget(self._guesses, guesses)
        self._floor, self._reached = floor, _NONE
        return answer

    def _wrong(self, since: int, key: Hashable, answer: object) -> dict[Hashable, Any]:
        """Return what the guesses that are newer than *since* should have been, where not that."""
        wrong = {}
        for row in _after(self._guesses, since):
            guessed = self._guesses[row]
            found = answer if row == key else self._aside.get(row, guessed)
            if found != guessed:
                wrong[row] = found
        return wrong


def _after(rows: dict[Hashable, Any], number: int) -> list[Hashable]:
    """Return the keys of *rows* that were added after the first *number*."""
    return list(itertools.islice(rows, number, None))


def _forget(rows: dict[Hashable, Any], number: int) -> None:
    """Keep the first *number* of *rows*."""
    while len(rows) > number:
        rows.popitem()

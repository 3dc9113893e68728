"""Several fixes on one text: which of them can be carried out together, and the outcome."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from gravity_lint.edits import AddImport, RemoveImport
from gravity_lint.findings.finding import Fix
from gravity_lint.fixing import Applied, House
from gravity_lint.fixing.imports import Imports, Leftover, bound_name, leftovers
from gravity_lint.fixing.layout import Paper, laid_out
from gravity_lint.fixing.sheet import MisfitError, Sheet
from gravity_lint.fixing.splices import BEFORE, BEHIND, BELOW, Splice, Splices
from gravity_lint.fixing.verbs import Arguments, Draft


class Bench:
    """One text, and the fixes that have been accepted for it."""

    def __init__(self, text: str, house: House) -> None:
        """Parse *text*; raises MisfitError if that cannot be done without loss."""
        self.sheet = Sheet(text, house.width)
        self._house = house
        self._imports = Imports(self.sheet, house.own)
        self.clear()

    def clear(self) -> None:
        """Forget all fixes."""
        self._claimed = Splices()
        self._own = Splices()
        self._calls: dict[int, Arguments] = {}
        self._added: dict[str, AddImport] = {}
        self._removed: list[RemoveImport] = []
        self._limit = sys.maxsize

    def draft(self, fix: Fix) -> Draft:
        """Return what *fix* does; raises MisfitError if it cannot be done."""
        draft = Draft(self.sheet, fix.edits)
        draft.added = self._imports.needed(draft.added, draft.written)
        return draft

    def accept(self, draft: Draft) -> bool:
        """Take *draft*, unless it does not get along with those that were taken before."""
        if any(self._claimed.conflict(splice) for splice in draft.splices()):
            return False
        for key, change in draft.calls.items():
            if key in self._calls and not self._calls[key].agrees(change):
                return False
        for wanted in draft.added:
            if self._added.get(bound_name(wanted), wanted) != wanted:
                return False
        for splice in draft.splices():
            self._claimed.add(splice)
            if draft.added:
                self._limit = min(self._limit, splice.start)
        for splice in draft.own:
            self._own.add(splice)
        for key, change in draft.calls.items():
            if key in self._calls:
                self._calls[key].join(change)
            else:
                self._calls[key] = change
        self._added.update((bound_name(wanted), wanted) for wanted in draft.added)
        self._removed += draft.removed
        return True

    def outcome(self) -> str:
        """Return the text with all that was accepted; raises MisfitError if it does not parse."""
        splices = Splices(self._own)
        for change in self._calls.values():
            for splice in change.splices():
                splices.add(splice)
        splices = self._laid_out(splices)
        for splice in self._imports.add(self._added.values(), self._limit):
            splices.add(splice)
        text = splices.carry_out(self.sheet.text)
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise MisfitError(f"the file would not parse any more: {error}") from error
        gone = leftovers(text, self._removed)
        return bench_for(text, self._house).without(gone) if gone else text

    def _laid_out(self, splices: Splices) -> Splices:
        """Return *splices* with every logical line that they change laid out as it was before."""
        sheet = self.sheet
        lines: dict[tuple[int, int], Splices] = {}
        others = Splices()
        for splice in splices:
            line = sheet.logical_line(splice.start, splice.end)
            edge = splice.inserts and splice.rank in (BEFORE, BEHIND, BELOW)
            if line is None or (edge and splice.start in line):
                others.add(splice)
            else:
                lines.setdefault(line, Splices()).add(splice)
        for (start, end), changes in lines.items():
            before = sheet.text[start:end]
            after = changes.carry_out(sheet.text, start, end)
            rest = sheet.code_after(end)
            paper = Paper(sheet.indent(start), rest, sheet.unit, sheet.newline(start), sheet.width)
            text = laid_out(before, after, paper)
            if text == after:
                for splice in changes:
                    others.add(splice)
            else:
                others.add(Splice(start, end, text))
        return others

    def without(self, gone: Collection[Leftover]) -> str:
        """Return the text of the sheet without the imports *gone*."""
        return Splices(self._imports.remove(gone)).carry_out(self.sheet.text)


@lru_cache(maxsize=8)
def bench_for(text: str, house: House) -> Bench:
    """Return a bench for *text*, which is often asked for again before it changes."""
    return Bench(text, house)


def apply_together(bench: Bench, fixes: Sequence[Fix]) -> Applied:
    """Carry out as many of *fixes* as get along on the text of *bench*."""
    done, deferred, failed = _accepted(bench, fixes, range(len(fixes)))
    try:
        text = bench.outcome()
    except MisfitError as misfit:
        if len(done) == 1:
            failed[done[0]] = str(misfit)
            return Applied(bench.sheet.text, (), tuple(deferred), failed)
        text, done = bench.sheet.text, []
        for index in _accepted(bench, fixes, range(len(fixes)))[0]:
            _accepted(bench, fixes, [*done, index])
            try:
                text = bench.outcome()
            except MisfitError as reason:
                failed[index] = str(reason)
            else:
                done.append(index)
    if text == bench.sheet.text:
        failed.update(dict.fromkeys(done, "it would change nothing"))
        done = []
    return Applied(text, tuple(done), tuple(deferred), failed)


def _accepted(
    bench: Bench, fixes: Sequence[Fix], indices: Iterable[int]
) -> tuple[list[int], list[int], dict[int, str]]:
    """Put fixes on a cleared bench; return those taken, those deferred and those that failed."""
    bench.clear()
    done: list[int] = []
    deferred: list[int] = []
    failed: dict[int, str] = {}
    for index in indices:
        answer = _offer(bench, fixes[index])
        if isinstance(answer, str):
            failed[index] = answer
        else:
            (done if answer else deferred).append(index)
    return done, deferred, failed


def _offer(bench: Bench, fix: Fix) -> bool | str:
    """Tell whether *bench* takes *fix* now, or why it never will."""
    try:
        return bench.accept(bench.draft(fix))
    except MisfitError as misfit:
        return str(misfit)

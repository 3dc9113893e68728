"""What can be done about findings: mending, suppressing, reading why.

A fix is tried on the whole service before it is offered as the preferred one, as on the command
line: it must leave no finding that was not there. Where that would take too long, the fix is tried
when it is chosen.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any, Final

import msgspec
from lsprotocol import types as lsp

from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability
from gravity_lint.findings.suppressions import apply, parse
from gravity_lint.fixing.suppressing import suppressed
from gravity_lint.hosts.server.edits import edits, workspace_edit
from gravity_lint.hosts.server.pages import Pages
from gravity_lint.hosts.server.session import Session
from gravity_lint.running.phases import Progress

FIX_ALL: Final = "source.fixAll.gravityLint"
SHOW_RULE: Final = "gravity-lint.showRule"
SAY_WHY: Final = "gravity-lint.sayWhy"

REASON: Final = "say why"
"""What stands for the reason of a suppression until somebody writes one."""

_PATIENCE = 0.7
"""Seconds that may be spent on trying fixes before the menu opens."""
_TITLE = "Mend {code} {name}"
_UNSAFE = "Mend {code} {name} (unsafe: it may change what the program does)"


class Refused(msgspec.Struct, frozen=True):
    """Why a fix is not made."""

    reason: str


class Actions:
    """Answers what can be done in one file, as it stands."""

    def __init__(
        self,
        session: Session,
        pages: Pages,
        capabilities: lsp.ClientCapabilities,
        progress: Progress,
    ) -> None:
        self._session = session
        self._pages = pages
        self._progress = progress
        self._capabilities = capabilities
        text_document = capabilities.text_document
        able = text_document.code_action if text_document is not None else None
        resolving = able.resolve_support if able is not None else None
        self._may_wait = resolving is not None and "edit" in resolving.properties
        self._shows_reasons = able is not None and bool(able.disabled_support)

    def offered(self, path: str, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """Return what can be done in the range that is asked about."""
        page = self._pages.page(path)
        first, last = page.place(params.range.start), page.place(params.range.end)
        findings = self._session.findings(path, self._progress)
        here = [
            finding
            for finding in findings
            if (finding.span.line, finding.span.column) <= last
            and first <= (finding.span.end_line, finding.span.end_column)
        ]
        only = params.context.only
        found: list[lsp.CodeAction] = []
        if _wanted(lsp.CodeActionKind.QuickFix, only):
            end = time.monotonic() + _PATIENCE
            for finding in here:
                known = [x for x in params.context.diagnostics if self._is(x, finding)]
                found += self._about(path, finding, known, end)
        if _wanted(FIX_ALL, only) and any(_is_safe(finding) for finding in findings):
            asked_for = only is not None and _wanted(FIX_ALL, only)
            action = self._fix_all(path, at_once=asked_for or not self._may_wait)
            found += [action] if action is not None else []
        return found

    def resolved(self, action: lsp.CodeAction) -> lsp.CodeAction:
        """Return *action* with its edit, if the fix holds; it was not tried before."""
        data = action.data if isinstance(action.data, dict) else {}
        path = str(data.get("path"))
        if data.get("order") is None:
            mended = self._mend(path, (Applicability.SAFE,), None)
        else:
            finding = self._find(path, data["order"])
            if finding is None or finding.fix is None:
                return action
            mended = self._mend(path, (finding.fix.applicability,), finding)
        if isinstance(mended, Refused):
            action.disabled = lsp.CodeActionDisabled(mended.reason)
        else:
            action.edit = mended
        return action

    def _find(self, path: str, order: Any) -> Finding | None:
        findings = self._session.findings(path, self._progress)
        return next((x for x in findings if _order(x) == order), None)

    def _about(
        self, path: str, finding: Finding, known: list[lsp.Diagnostic], end: float
    ) -> Iterator[lsp.CodeAction]:
        if finding.fix is not None:
            action = self._fix(path, finding, known, at_once=time.monotonic() < end)
            if action is not None:
                yield action
        suppressing = self._suppressing(path, finding)
        if suppressing is not None:
            suppressing.diagnostics = known
            yield suppressing
        title = f"Show why: {finding.code} {finding.name}"
        yield lsp.CodeAction(
            title,
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=known,
            command=lsp.Command(title, SHOW_RULE, arguments=[self._pages.uri(path), finding.code]),
        )

    def _fix(
        self, path: str, finding: Finding, known: list[lsp.Diagnostic], *, at_once: bool
    ) -> lsp.CodeAction | None:
        assert finding.fix is not None
        safe = _is_safe(finding)
        title = (_TITLE if safe else _UNSAFE).format(code=finding.code, name=finding.name)
        action = lsp.CodeAction(title, kind=lsp.CodeActionKind.QuickFix, diagnostics=known)
        if self._may_wait and not at_once:
            action.data = {"path": path, "order": _order(finding)}
            return action
        mended = self._mend(path, (finding.fix.applicability,), finding)
        if isinstance(mended, Refused):
            action.disabled = lsp.CodeActionDisabled(mended.reason)
            return action if self._shows_reasons else None
        action.edit = mended
        action.is_preferred = safe
        return action

    def _fix_all(self, path: str, *, at_once: bool) -> lsp.CodeAction | None:
        action = lsp.CodeAction("Mend all that is safe in this file", kind=FIX_ALL)
        if not at_once:
            action.data = {"path": path, "order": None}
            return action
        mended = self._mend(path, (Applicability.SAFE,), None)
        if isinstance(mended, Refused):
            return None
        action.edit = mended
        return action

    def _mend(
        self, path: str, applicabilities: Collection[Applicability], wanted: Finding | None
    ) -> lsp.WorkspaceEdit | Refused:
        """Try fixes on the service; return the edit, or why there is none."""
        outcome = self._session.mended(path, applicabilities, wanted, self._progress)
        if outcome is None:
            return Refused("the file belongs to no service")
        if path not in outcome.after:
            reasons = [reason for _, reason in outcome.refused]
            return Refused(reasons[0] if reasons else "nothing would change")
        changes = edits(self._pages, path, outcome.before[path], outcome.after[path])
        return workspace_edit(self._pages, path, changes, self._capabilities)

    def _suppressing(self, path: str, finding: Finding) -> lsp.CodeAction | None:
        """Return what writes a comment behind the line, in the linter's own form."""
        before = self._pages.text(path)
        wanted = {finding.span.line: [finding.code]}
        try:
            after = suppressed(before, wanted, REASON, own=True)
        except ValueError:  # it does not parse
            return None
        comments = parse(after)
        comment = next((x for x in comments if x.own and x.covers(finding)), None)
        if comment is None or not apply([finding], comments).suppressed:
            return None
        title = f"Suppress {finding.code} here, with a reason"
        changes = edits(self._pages, path, before, after)
        edit = workspace_edit(self._pages, path, changes, self._capabilities)
        command = None
        if comment.reason == REASON:
            place = [comment.span.line, comment.span.end_column - len(REASON)]
            command = lsp.Command(title, SAY_WHY, arguments=[self._pages.uri(path), *place])
        return lsp.CodeAction(title, kind=lsp.CodeActionKind.QuickFix, edit=edit, command=command)

    def _is(self, diagnostic: lsp.Diagnostic, finding: Finding) -> bool:
        """Tell whether *diagnostic* is how the editor shows *finding*."""
        if (diagnostic.code, diagnostic.message) != (finding.code, finding.message):
            return False
        return diagnostic.range == self._pages.page(finding.path).range(finding.span)


def _is_safe(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.applicability is Applicability.SAFE


def _order(finding: Finding) -> list[Any]:
    """Return what tells *finding* from the others of its file, as the protocol carries it."""
    return [*msgspec.to_builtins(finding.span), finding.code, finding.message]


def _wanted(kind: str, only: Collection[str] | None) -> bool:
    """Tell whether actions of *kind* are asked for; one kind stands for those below it, too."""
    return only is None or any(kind == x or kind.startswith(f"{x}.") for x in only)

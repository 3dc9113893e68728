"""Log calls as they are to be written: the event first, the values as keywords."""

from __future__ import annotations

import keyword

from gravity_lint import facts as f
from gravity_lint.edits import Edit, RemoveArgument, ReplaceArgument, ReplaceExpression, SetKeyword
from gravity_lint.model.logs.calls import LogCall
from gravity_lint.model.logs.events import REFUSED, RESERVED
from gravity_lint.model.logs.kinds import LoggerKind
from gravity_lint.model.logs.origins import is_stdlib_factory, origins_of

WIDTH = 88
"""Where a call that is written anew is broken into lines: where formatters break by default."""


def spread(call: LogCall) -> tuple[tuple[str, str], ...] | None:
    """Return the entries of ``extra={...}`` as keywords; None if they cannot be told or given."""
    extra = call.call.keyword("extra")
    if not isinstance(extra, f.Mapping) or len(extra.literal_keys) != len(extra.keys):
        return None
    if unfit_names(call):
        return None
    indent = " " * (call.step.span.column - 1 + 4)
    if extra.span.line != call.span.line:
        indent = " " * (extra.span.column - 1 - len("extra="))
    found: list[tuple[str, str]] = []
    for key, value in zip(extra.keys, extra.values, strict=True):
        assert isinstance(key, f.Constant)
        name = str(key.value)
        found.append((name, f.laid_out(value, indent, WIDTH, len(f"{name}="))))
    return tuple(found)


def unfit_names(call: LogCall) -> tuple[str, ...]:
    """Return the literal keys of ``extra={...}`` that no new keyword of *call* can be called."""
    extra = call.call.keyword("extra")
    if not isinstance(extra, f.Mapping):
        return ()
    taken = {k.name for k in call.call.keywords} | RESERVED
    names = (str(key.value) for key in extra.keys if isinstance(key, f.Constant))
    return tuple(x for x in names if not x.isidentifier() or keyword.iskeyword(x) or x in taken)


def refused_names(call: LogCall) -> tuple[str, ...]:
    """Return the literal keys of ``extra={...}`` for which `logging` raises KeyError today.

    An adapter has an ``extra`` of its own, and gives that instead.
    """
    extra = call.call.keyword("extra")
    found = origins_of(call.module.service, call)
    if call.kind is not LoggerKind.STDLIB or not found or not isinstance(extra, f.Mapping):
        return ()
    if not all(
        is_stdlib_factory(x) and not (x.binding is not None and x.binding.mixed) for x in found
    ):
        return ()
    names = (str(key.value) for key in extra.keys if isinstance(key, f.Constant))
    return tuple(x for x in names if x in REFUSED)


def unspread(call: LogCall) -> str:
    """Say why `spread` gives nothing for *call*."""
    unfit = unfit_names(call)
    if unfit:
        names = ", ".join(f"`{name}`" for name in unfit)
        return f"`extra` holds {names}, which no new keyword can be called"
    return "the entries of `extra` are not all in view"


def unwritable(call: LogCall) -> str:
    """Say why `rewritten` gives nothing for *call*."""
    if call.call.unpacks:
        return "the call unpacks what it is given, which is not all in view"
    return "the event is given by its keyword"


def rewritten(
    call: LogCall,
    event: str | None,
    keywords: tuple[tuple[str, str], ...],
    dropped: tuple[str, ...] = (),
) -> tuple[Edit, ...] | None:
    """Return the edits that give *call* the *event* and the *keywords* in place of its values.

    Without *event* it keeps its own. *dropped* are keywords to leave out. A call of one line is
    written anew, and so is one whose `extra` opens on the first; in others of several lines there
    may be comments, so they are changed in place.
    """
    message, site = call.event, call.call
    if message is None or message not in site.arguments or site.unpacks:
        return None
    extra = site.keyword("extra") if "extra" in dropped else None
    anew = extra is not None and extra.span.line == call.span.line
    if call.span.line != call.span.end_line and not anew:
        removed = [RemoveArgument(site.span, value.span) for value in call.values]
        removed += [
            RemoveArgument(site.span, k.value.span) for k in site.keywords if k.name in dropped
        ]
        return (
            *([] if event is None else [ReplaceArgument(site.span, message.span, (f'"{event}"',))]),
            *removed,
            *(SetKeyword(site.span, name, text, leading=True) for name, text in keywords),
        )
    before = [f.render(x) for x in site.arguments[: call.event_position]]
    kept = [f"{k.name}={f.render(k.value)}" for k in site.keywords if k.name not in dropped]
    function = f.render(site.function)
    named = f.render(message) if event is None else f'"{event}"'
    parts = [*before, named, *(f"{name}={text}" for name, text in keywords), *kept]
    text = f"{function}({', '.join(parts)})"
    if len(parts) > 1 and ("\n" in text or call.span.column - 1 + len(text) > WIDTH):
        indent = " " * (call.step.span.column - 1)
        lines = "".join(f"{indent}    {part},\n" for part in parts)
        text = f"{function}(\n{lines}{indent})"
    return (ReplaceExpression(call.span, text),)

"""Times that a call gives: what becomes of them, as far as that is in view."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.words import saying

_READING = frozenset(
    {"astimezone", "ctime", "date", "isocalendar", "isoweekday", "strftime", "time"}
    | {"timestamp", "timetuple", "timetz", "toordinal", "utctimetuple", "weekday"}
    | {"year", "month", "day", "hour", "minute", "second", "microsecond"}
)
"""What gives a text, or a part, of a time, whether or not that has a zone."""
_CLAIMS = ("exp", "iat", "nbf", "auth_time")
"""What a token says of times: it takes any, and writes a number."""
_SPANS = ("timedelta", "relativedelta")


def meets_others(scope: Scope, step: Step, part: f.Expression) -> bool:
    """Tell whether the time *part*, which *step* of *scope* works out, may meet other times.

    It is compared, subtracted, handed over, returned or kept somewhere. It does not where only its
    text is taken, or where it is a claim of a token: neither asks for a zone.
    """
    return _meets_others(scope, step, part, set())


def _meets_others(scope: Scope, step: Step, part: f.Expression, seen: set[str]) -> bool:
    whole = next((x for x in step.expressions if any(y is part for y in f.walk(x))), None)
    if whole is None:
        return True
    around = {id(inner): outer for outer in f.walk(whole) for inner in f.children(outer)}
    while part is not whole:
        outer = around[id(part)]
        match outer:
            case f.Attribute(name="replace"):
                pass
            case f.Attribute(name="isoformat"):
                return _reads_texts(scope.module.service)
            case f.Attribute(name=name):
                return name not in _READING
            case f.Call(function=function) if function is part:
                if outer.keyword("tzinfo") is not None:
                    return False
            case f.Binary(operator="+") | f.Conditional() | f.Boolean():
                pass
            case f.Binary(operator="-", left=left, right=f.Call(function=f.Name(name=name))) if (
                left is part and name in _SPANS
            ):
                pass
            case f.Template():
                return False
            case f.Mapping(keys=keys, values=values):
                entries = zip(keys, values, strict=True)
                return not any(
                    value is part and isinstance(key, f.Constant) and key.value in _CLAIMS
                    for key, value in entries
                )
            case _:
                return True
        part = outer
    match step.statement:
        case f.Evaluate():
            return False
        case f.Assign(targets=targets, operator=""):
            return any(
                not isinstance(target, f.Name) or _named_meets_others(scope, target, seen)
                for target in targets
            )
    return True


def _named_meets_others(scope: Scope, target: f.Name, seen: set[str]) -> bool:
    """Tell whether the time that *target* names may meet others, wherever its module says so."""
    if target.name in seen:
        return False
    seen.add(target.name)
    return any(
        mention.step.scope is not scope
        or _meets_others(scope, mention.step, mention.expression, seen)
        for mention in scope.module.mentions(target.name)
        if mention.expression is not target and not _is_bound(mention.step, mention.expression)
    )


def _reads_texts(service: Service) -> bool:
    """Tell whether the service makes times of texts again, which would have a zone as well then."""
    return any(True for _ in saying(service, ("fromisoformat",)))


def _is_bound(step: Step, expression: f.Expression) -> bool:
    return isinstance(step.statement, f.Assign) and any(
        target is expression for target in step.statement.targets
    )

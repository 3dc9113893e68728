"""What a chain of calls cannot reach, because of what it gives or leaves out.

``get(key, strict=False)`` does not reach what stands under ``if strict:``, and
neither does a call seven functions up that hands the flag through, or an object
whose attribute was left at None when it was made.
"""

from __future__ import annotations

import itertools

from gravity_lint import facts as f
from gravity_lint.model.api.statuses import Frame, origin_of
from gravity_lint.model.code.endings import conditions
from gravity_lint.model.code.names import External, Variable, ancestors, resolve
from gravity_lint.model.code.references import attributes_called
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.signatures import decorator_names
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.values import field_default

_KINDS = ("bool", "int", "None", "str")
_MAKERS = ("pydantic.BaseModel", "pydantic_settings.BaseSettings")


def shuts_out(frame: Frame, step: Step, site: CallSite | None) -> bool:
    """Tell whether the call that *frame* stands for certainly does not reach *step*.

    With *site*, a call that *step* makes: whether it does not reach that.
    """
    return _unreached(frame, step) or (site is not None and _skipped(frame, site))


def _unreached(frame: Frame, step: Step) -> bool:
    return any(_holds(test, frame) is (not wanted) for test, wanted in conditions(step))


def _skipped(frame: Frame, site: CallSite) -> bool:
    """Tell whether the statement passes the call by: ``strict and check(key)``."""
    for outer, inner in itertools.pairwise((*site.around, site.call)):
        match outer:
            case f.Conditional(test=test, body=body, otherwise=otherwise):
                held = _holds(test, frame)
                if (held is False and inner is body) or (held is True and inner is otherwise):
                    return True
            case f.Boolean(operator=operator, values=values):
                for value in values:
                    if value is inner:
                        break
                    if _holds(value, frame) is (operator == "or"):
                        return True
    return False


def _holds(test: f.Expression, frame: Frame) -> bool | None:
    """Tell whether *test*, in the function of *frame*, is true; None if that is not known."""
    match test:
        case f.Name() | f.Attribute():
            given = _value(test, frame)
            if isinstance(given, f.Call):
                return True
            return None if given is None else bool(given.value)
        case f.Unary(operator="not", operand=operand):
            inner = _holds(operand, frame)
            return None if inner is None else not inner
        case f.Boolean(operator=operator, values=values):
            answers = [_holds(value, frame) for value in values]
            decides = operator == "or"
            if decides in answers:
                return decides
            return None if None in answers else not decides
        case f.Compare(
            left=f.Name() | f.Attribute() as left,
            operators=("is" | "is not" | "==" | "!=" as operator,),
            others=(f.Constant() as other,),
        ):
            given = _value(left, frame)
            if given is None:
                return None
            if isinstance(given, f.Call):
                return operator == "is not" if other.kind == "None" else None
            if given.kind != other.kind and "None" not in (given.kind, other.kind):
                return None  # 1 == True
            same = (given.kind, given.value) == (other.kind, other.value)
            return same is (operator in ("is", "=="))
    return None


def _value(expression: f.Expression, frame: Frame) -> f.Constant | f.Call | None:
    """Return the constant that *expression* is in the function of *frame*, or what makes an object.

    The object is that of a class of the service which is true as all objects are.
    """
    match expression:
        case f.Name():
            found = _origin(frame.function, expression, frame)
            if found is None:
                return None
            match found[1]:
                case f.Constant(kind=kind) as constant if kind in _KINDS:
                    return constant
                case f.Call() as made if _plain_class(found[0], made) is not None:
                    return made
        case f.Attribute(value=f.Name() as owner, name=name):
            return _attribute(owner, name, frame)
    return None


def _origin(scope: Scope, name: f.Name, frame: Frame | None) -> tuple[Scope, f.Expression] | None:
    """Return what the local *name* holds, seen through the calls that led here; None if unknown."""
    if frame is not None and name.name == frame.function.receiver:
        return _receiver(frame)
    if frame is None or frame.function.parameter(name.name) is None:
        return _made_once(scope, name)
    if _is_unbound(frame):
        return None
    found = origin_of(scope, name, frame)
    if found is None:
        return None
    where, given = found
    if given is None:
        return None
    if isinstance(given, f.Name):
        return _made_once(where, given)
    return where, given


def _receiver(frame: Frame) -> tuple[Scope, f.Expression] | None:
    """Return what makes the object whose method the call of *frame* calls."""
    match frame.call.function:
        case f.Attribute(value=f.Call() as made):
            return frame.scope, made
        case f.Attribute(value=f.Name() as owner):
            outer = frame.outer
            if isinstance(frame.scope, Function) and owner.name == frame.scope.receiver:
                return None if outer is None else _receiver(outer)
            return _made_once(frame.scope, owner)
    return None


def _made_once(scope: Scope, name: f.Name) -> tuple[Scope, f.Expression] | None:
    """Return the one value of a local variable that is read in one place only.

    What is done to an object elsewhere is not followed.
    """
    symbol = resolve(scope, name)
    if not isinstance(symbol, Variable) or symbol.scope is not scope:
        return None
    if not isinstance(scope, Function) or symbol.value is None:
        return None
    if isinstance(symbol.value, f.Constant):
        return scope, symbol.value
    said = [
        mention
        for inner in (scope, *scope.walk())
        for mention in inner.contents.mentions(name.name)
        if isinstance(mention.expression, f.Name)
    ]
    return (scope, symbol.value) if len(said) == 2 else None


def _is_unbound(frame: Frame) -> bool:
    """Tell whether a method is called on its class, so that the arguments stand elsewhere."""
    match frame.call.function:
        case f.Attribute(value=owner) if frame.function.receiver is not None:
            return isinstance(resolve(frame.scope, owner), Class)
    return False


# -- attributes of objects -------------------------------------------------------------------


def _attribute(owner: f.Name, name: str, frame: Frame) -> f.Constant | None:
    """Return the constant that the attribute *name* of *owner* was given, or left at."""
    found = _origin(frame.function, owner, frame)
    if found is None:
        return None
    scope, made = found
    cls = _plain_class(scope, made) if isinstance(made, f.Call) else None
    if cls is None or not isinstance(made, f.Call) or made.unpacks:
        return None
    init = next((a.methods["__init__"] for a in _line(cls) if "__init__" in a.methods), None)
    if init is not None:
        return _kept(cls, init, name, Frame(init, scope, made))
    if _times_assigned(cls.module.service, name):
        return None
    given = made.keyword(name)
    if given is not None:
        return given if isinstance(given, f.Constant) and given.kind in _KINDS else None
    if made.arguments:
        return None
    known = field_default(cls, name)
    if known is None or not isinstance(known.value, bool | int | str | None):
        return None
    kind = "None" if known.value is None else type(known.value).__name__
    return f.Constant(*made.span.place, known.value, kind)


def _kept(cls: Class, init: Function, name: str, frame: Frame) -> f.Constant | None:
    """Return the constant that the constructor *init* keeps as *name*, if nobody else sets it."""
    rows = cls.attributes.get(name, ())
    if len(rows) != 1 or rows[0][0] is not init or _times_assigned(cls.module.service, name) != 1:
        return None
    value = rows[0][1].value
    if isinstance(value, f.Name):
        found = origin_of(init, value, frame)
        value = found[1] if found is not None else None
    return value if isinstance(value, f.Constant) and value.kind in _KINDS else None


def _plain_class(scope: Scope, made: f.Call) -> Class | None:
    """Return the class of the service of which *made* makes an object, if nothing is odd about it.

    Validators may set what nobody gave, ``__bool__`` and ``__len__`` may make it false.
    """
    symbol = resolve(scope, made.function)
    if not isinstance(symbol, Class) or symbol.definition.keywords:
        return None
    for ancestor in ancestors(symbol):
        match ancestor:
            case Class():
                own = [m for m in ancestor.methods.values() if _is_odd(m)]
                if own:
                    return None
            case External(path=path):
                if path not in (*_MAKERS, "builtins.object", "typing.Generic"):
                    return None
            case None:
                return None
    return symbol


def _is_odd(method: Function) -> bool:
    if method.name in ("__init__", "__repr__", "__str__", "__eq__", "__hash__"):
        return False
    if method.name.startswith("__") or method.name == "model_post_init":
        return True
    return any("validator" in name for name in decorator_names(method))


def _line(cls: Class) -> list[Class]:
    return [a for a in ancestors(cls) if isinstance(a, Class)]


def _times_assigned(service: Service, name: str) -> int:
    """Return how often the service assigns an attribute called *name*, to whatever object."""
    return sum(
        isinstance(step.statement, f.Assign) and any(x is attribute for x in step.statement.targets)
        for step, attribute in attributes_called(service, name)
    )

"""What somebody has that permits things, and what a test asks of it, however that is written."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.names import written_out
from gravity_lint.model.code.scopes import Scope
from gravity_lint.patterns import pattern

RANKS = frozenset(
    {
        "access_level",
        "group",
        "groups",
        "permission",
        "permissions",
        "privileges",
        "role",
        "role_id",
        "role_name",
        "roles",
        "scopes",
        "user_role",
        "user_type",
    }
)
"""What a user has that permits things: compared with what is required."""
FLAGS = frozenset(
    {
        "is_admin",
        "is_administrator",
        "is_moderator",
        "is_owner",
        "is_staff",
        "is_super_admin",
        "is_super_user",
        "is_superadmin",
        "is_superuser",
    }
)
"""What a user is that permits things."""
_QUESTIONS = pattern(r"has_(?:any_)?(?:roles?|permissions?|perms?|scopes?)|is_in_role")
_SPELLINGS = ("casefold", "lower", "strip", "upper")
_MEMBERS = ("code", "id", "key", "level", "name", "slug", "title", "value")
"""What of a role it is known by, where that is an object of its own."""
_WORDS = pattern(r"\w+|[^\w\s]")
_POSITIVE = {"==": True, "in": True, "is": True, "!=": False, "not in": False, "is not": False}
"""Whether a comparison holds where its sides are the same."""


class Condition(msgspec.Struct, frozen=True):
    """Part of a test that has no ``and`` or ``or`` in it; *holds*: as it is, or negated."""

    expression: f.Expression
    holds: bool


def conditions(test: f.Expression, holds: bool = True) -> Iterator[Condition]:
    """Yield the parts of *test*, each with what it must be for the test to be *holds*."""
    match test:
        case f.Boolean(values=values):
            for value in values:
                yield from conditions(value, holds)
        case f.Unary(operator="not", operand=operand):
            yield from conditions(operand, not holds)
        case _:
            yield Condition(test, holds)


def asks_permission(expression: f.Expression) -> bool:
    """Tell whether *expression* asks for a rank or a flag of somebody: roles, permissions."""
    match expression:
        case f.Compare(left=left, others=(right,)):
            if any(map(f.is_none, (left, right))):
                return False
            return any(word_of(bare(x)) in RANKS | FLAGS for x in (left, right))
        case f.Call(function=f.Attribute(name=name)):
            return (
                name in FLAGS
                or _QUESTIONS.fullmatch(name) is not None
                or key_of(expression) in FLAGS
            )
    return word_of(expression) in FLAGS


def asked_in(test: str) -> frozenset[str]:
    """Return the ranks and flags of which *test* speaks, as the code writes it."""
    return (RANKS | FLAGS).intersection(_WORDS.findall(test))


def has_rank(condition: Condition) -> bool:
    """Tell whether *condition* is that somebody has a rank or a flag, not that they lack it."""
    match condition.expression:
        case f.Compare(operators=(operator,)):
            return condition.holds == (operator in ("==", "in", "is"))
    return condition.holds


class Meaning(msgspec.Struct, frozen=True):
    """What a test asks: whether what it is *about* is one of *values*, or all or one of *parts*."""

    word: str
    about: str = ""
    values: frozenset[str] = frozenset()
    parts: frozenset[Meaning] = frozenset()


def meaning_of(scope: Scope, test: f.Expression, user: str, holds: bool = True) -> Meaning:
    """Return what *test* asks of *user*: ``x != a and x != b`` is ``x not in (b, a)``.

    *holds*: as it is, or negated.
    """
    match test:
        case f.Unary(operator="not", operand=operand):
            return meaning_of(scope, operand, user, not holds)
        case f.Boolean(operator=operator, values=values):
            every = (operator == "and") == holds
            parts = frozenset(meaning_of(scope, value, user, holds) for value in values)
            return _together("not in" if every else "in", parts) or Meaning(
                "and" if every else "or", parts=parts
            )
        case f.Compare(left=left, operators=(operator,), others=(right,)):
            if operator in _POSITIVE:
                word = "in" if _POSITIVE[operator] == holds else "not in"
                options: tuple[f.Expression, ...] = (right,)
                if operator in ("in", "not in"):
                    _, whole = written_out((scope, right))
                    options = whole.items if isinstance(whole, f.Collection) else (right,)
                elif isinstance(left, f.Constant):
                    left, options = right, (left,)
                shown = frozenset(f.render(option) for option in options)
                return Meaning(word, _about(left, user), shown)
    return Meaning("in" if holds else "not in", _about(test, user), frozenset({"True"}))


def _together(word: str, parts: frozenset[Meaning]) -> Meaning | None:
    """Return *parts* as one, where each asks the same thing for a value in this *word*."""
    if {part.word for part in parts} != {word} or len({part.about for part in parts}) != 1:
        return None
    values = frozenset(value for part in parts for value in part.values)
    return Meaning(word, next(iter(parts)).about, values)


def _about(expression: f.Expression, user: str) -> str:
    """Return what *expression* says, as if the user were called ``user``."""
    said = _WORDS.findall(f.render(bare(expression)))
    return " ".join("user" if word == user else word for word in said)


def bare(expression: f.Expression) -> f.Expression:
    """Return *expression* without what only spells it: ``str(role).lower()``, ``role.name``."""
    match expression:
        case f.Call(function=f.Attribute(value=value, name=name)) if name in _SPELLINGS:
            return bare(value)
        case f.Call(function=f.Name(name="str" | "int"), arguments=(value,)):
            return bare(value)
        case f.Attribute(value=value, name=name) if name in _MEMBERS and word_of(value) in RANKS:
            return bare(value)
        case f.Call(
            function=f.Name(name="getattr"), arguments=(value, f.Constant(value=str(name)), *_)
        ) if name in _MEMBERS and word_of(value) in RANKS:
            return bare(value)
        case f.Boolean(operator="or", values=(value, f.Collection() | f.Constant())):
            return bare(value)  # ``user.roles or []``
    return expression


def word_of(expression: f.Expression) -> str:
    """Return the last word of what *expression* names: an attribute, a key, a name."""
    match expression:
        case f.Name(name=name) | f.Attribute(name=name):
            return name
        case f.Await(value=value):
            return word_of(value)
        case f.Call(function=f.Attribute(value=value, name=name)) if name in _SPELLINGS:
            return word_of(value)
    return key_of(expression)


def key_of(expression: f.Expression) -> str:
    """Return the key by which *expression* takes something out of a mapping; empty without one.

    Or the name by which it asks an object: ``getattr(user, "role", None)``.
    """
    match expression:
        case f.Call(function=f.Name(name="getattr"), arguments=(_, f.Constant(value=str(key)), *_)):
            return key
        case f.Subscript(index=f.Constant(value=str(key))):
            return key
        case f.Call(function=f.Attribute(name="get"), arguments=(f.Constant(value=str(key)), *_)):
            return key
    return ""

"""Envelopes of a service's own that the configuration does not name, known by their fields."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.schemas import field_names, list_fields
from gravity_lint.model.code.callables import is_dataclass
from gravity_lint.model.code.casing import in_snake_case
from gravity_lint.model.code.names import inherits
from gravity_lint.model.code.scopes import Class
from gravity_lint.patterns import pattern

_CONTENT = frozenset({"body", "content", "data", "items", "payload", "result", "results"})
_TELLING = frozenset(
    {
        *("code", "count", "error", "errors", "message", "meta", "msg", "ok", "status", "success"),
        "total",
    }
)
"""By which fields a schema shows that it wraps something, and says how it went."""
_WENT_WELL = frozenset({"ok", "success"})
_SAYING = frozenset({"detail", "error", "message", "msg"})
"""By which fields a schema that holds nothing shows that it is the envelope all the same."""
_ABOUT = frozenset(
    {
        *("correlation_id", "current_page", "cursor", "detail", "details", "duration_ms"),
        *("elapsed_ms", "error_code", "error_type", "extensions", "has_more", "has_next"),
        *("has_prev", "has_previous", "included", "jsonapi", "limit", "links", "metadata", "next"),
        *("next_cursor", "next_page", "next_page_token", "offset", "page_limit", "page_number"),
        *("page_size", "page_token", "pagination", "path", "per_page", "prev", "prev_cursor"),
        *("previous", "previous_cursor", "previous_page", "request_id", "size", "skip", "sort_by"),
        *("sort_order", "status_code", "timestamp", "took", "trace_id", "version", "warnings"),
    }
)
"""What else an envelope says; whatever has fields beside these is an entity with a status.

JSON:API's are among them: ``included``, ``jsonapi``, ``links``.
"""
_DURATION = pattern(r"\w+_(?:time|ms)")
"""How fields are called that tell how long the answer took."""
_PAGING = frozenset(
    {
        *("cursor", "has_more", "has_next", "limit", "next_cursor", "next_page", "offset"),
        *("page_size", "per_page", "size", "skip"),
    }
)
"""By which fields a page shows where it begins, or that another one follows."""
_COUNTING = frozenset(
    {
        *("count", "page", "pages", "total", "total_count", "total_items", "total_number"),
        *("total_pages", "total_results"),
    }
)


def is_lookalike(cls: Class) -> bool:
    """Tell whether *cls* wraps something, by a type parameter or by its fields, as envelopes do.

    And says how it went, or is a page; or says that alone, in a word and in words.
    """
    if not inherits(cls, "pydantic.BaseModel") and not is_dataclass(cls):
        return False
    names = _words(field_names(cls) or set())
    own = {x for x in _beside(names) if not _DURATION.fullmatch(x)}
    if names & _CONTENT and names & _TELLING and (not own or _is_generic(cls)):
        return True
    says = bool(names & _WENT_WELL and names & _SAYING)
    return listed_in(cls) is not None or (says and not names & _CONTENT and not own)


def listed_in(cls: Class) -> str | None:
    """Return the field in which *cls*, a page of the service's own, has what is on it.

    Besides that one list it only says how many there are, and where the page begins.
    """
    if not inherits(cls, "pydantic.BaseModel"):
        return None
    lists = list_fields(cls)
    said = _words((field_names(cls) or set()) - lists)
    if len(lists) != 1 or not said & (_COUNTING | _PAGING) or _beside(said):
        return None
    return next(iter(lists))


def counts(cls: Class) -> bool:
    """Tell whether *cls* has many, and says how many there are."""
    names = _words(field_names(cls) or set())
    return bool(names & _COUNTING and (names & _CONTENT or list_fields(cls)))


def _beside(names: set[str]) -> set[str]:
    """Return those of *names* that are no envelope's."""
    return names - _CONTENT - _TELLING - _COUNTING - _ABOUT


def _words(names: set[str]) -> set[str]:
    """Return *names* as Python writes them: ``pageSize`` is ``page_size``."""
    return set(map(in_snake_case, names))


def _is_generic(cls: Class) -> bool:
    """Tell whether *cls* itself says that it holds what it is given: ``Generic[T]``."""
    return bool(cls.definition.type_parameters) or any(
        isinstance(base, f.Subscript) and f.render(base.value).rpartition(".")[2] == "Generic"
        for base in cls.definition.bases
    )

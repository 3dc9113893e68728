"""Which endpoints make something new: by the paths beside them, and by what they return."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.patterns import pattern

_READING = frozenset(
    {
        *(
            "get",
            "list",
            "read",
            "fetch",
            "find",
            "search",
            "query",
            "filter",
            "lookup",
            "retrieve",
        ),
        *("count", "check", "validate", "preview", "calculate", "compute", "compare", "export"),
        *("analyse", "analyze", "evaluate", "execute", "handle", "predict", "process", "run"),
    }
)
"""First words of the names of functions that make nothing, or do not say that they do."""
_CHANGING = frozenset({"change", "replace", "save", "set", "store", "sync", "toggle", "update"})
"""First words of the names of functions that may change what is there."""
_MEMBER = pattern(r"(.*)/\{[^/}]+\}/?")
_MANY = pattern(r"(?:.*/)?[\w-]*[^\W_suia]s")
"""The path of a collection, where it says so itself: it ends with a word for many."""
_WHETHER = pattern(
    r"(?:is_|was_|newly_)?(?:created|new|inserted|existed|existing|reused|duplicate)|already_\w+"
)
"""What says whether something was made, or was there."""
_FOUND = pattern(r"(?:existing|already|duplicate|previous)(?:_|$)")
"""How what was there is called."""
_MAKING = frozenset({"add", "create", "insert", "make", "register", "save"})
"""First words of the names of functions that make something new."""
_WAYS = {"adds": ("add", "create"), "removes": ("delete", "remove")}
"""First words of the names of functions that add something, and of those that remove it."""


def creates_member(endpoint: Endpoint) -> bool:
    """Tell whether a POST to *endpoint* certainly makes a new member of a collection.

    Its path is the collection itself: the router also has a path to one of its members
    (``/{id}``), and is for the collection, or the path names many and the function no change. What
    is named for reading only takes its questions in the body.
    """
    verb = endpoint.name.partition("_")[0]
    if endpoint.own_path is None or verb in _READING:
        return False
    path = endpoint.own_path.rstrip("/")
    if path and (verb in _CHANGING or not _MANY.fullmatch(path)):
        return False
    return (endpoint.router, path) in _collections(endpoint.module.service)


@query
def _collections(service: Service) -> frozenset[tuple[Router | None, str]]:
    """Return the paths below which there is one to a single member, each with its router.

    What can only be posted to is no member, but the same done for one thing.
    """
    members = (
        (endpoint.router, _MEMBER.fullmatch(endpoint.own_path or ""))
        for endpoint in endpoints(service)
        if endpoint.router is not None and endpoint.methods != frozenset({"POST"})
    )
    return frozenset((router, found[1]) for router, found in members if found is not None)


def may_find(function: Function) -> bool:
    """Tell whether what *function*, a POST's, answers with may have been there before.

    It is told so beside it (``item, created = ...``), returns what it has found to exist
    (``if item: return item``), goes another way where something does (``if existing:``), or takes
    away in one case what it adds in the other.
    """
    if _adds_or_removes(function):
        return True
    for step in function.steps:
        match step.statement:
            case f.Assign(targets=(f.Collection(items=items),)):
                if any(isinstance(x, f.Name) and _WHETHER.fullmatch(x.name) for x in items):
                    return True
            case f.Return(value=value) if value is not None:
                asked = _asked_if_there(step)
                if _FOUND.match(asked) or any(_FOUND.match(x) for x in _names(value)):
                    return True
                if asked in _shown(value) and not _is_made(function, asked):
                    return True
    return False


def _names(expression: f.Expression) -> set[str]:
    return {x.name for x in f.walk(expression) if isinstance(x, f.Name)}


def _shown(value: f.Expression) -> set[str]:
    """Return the names of what *value* shows: itself, in a dict, or in what a class makes of it."""
    called = [x.function for x in f.walk(value) if isinstance(x, f.Call)]
    classes = [
        x.name for x in called if isinstance(x, f.Name | f.Attribute) and not x.name.islower()
    ]
    return _names(value) if len(classes) == len(called) else set()


def _asked_if_there(step: Step) -> str:
    """Return the name of what there has to be for *step* to run; empty if nothing is asked."""
    if not isinstance(step.block.owner, f.If) or step.block.part != "body":
        return ""
    match step.block.owner.test:
        case (
            f.Name(name=asked)
            | f.Walrus(target=f.Name(name=asked))
            | f.Compare(
                left=f.Name(name=asked),
                operators=("is not",),
                others=(f.Constant(kind="None"),),
            )
        ):
            return asked
    return ""


def _is_made(function: Function, name: str) -> bool:
    """Tell whether what *name* holds in *function* is given to it, or always said to be made."""
    held = [x.value for x in function.bindings.get(name, ()) if isinstance(x, Assigned)]
    return all(_verb(x) in _MAKING for x in held)


def _verb(value: f.Expression | None) -> str:
    """Return the first word of the name of what *value* calls; empty where it calls nothing."""
    match value.value if isinstance(value, f.Await) else value:
        case f.Call(function=f.Name(name=name) | f.Attribute(name=name)):
            return name.strip("_").partition("_")[0]
    return ""


def _adds_or_removes(function: Function) -> bool:
    """Tell whether one branch calls what adds a thing, and the other what removes such a thing."""
    there: set[tuple[int, str, str, str]] = set()
    for site in function.calls:
        called = site.call.function
        if not isinstance(called, f.Name | f.Attribute):
            continue
        verb, _, thing = called.name.strip("_").partition("_")
        does = next((way for way, verbs in _WAYS.items() if verb in verbs), None)
        if does is None or not thing:
            continue
        for block in site.step.block.ancestors():
            if isinstance(block.owner, f.If):
                there.add((id(block.owner), block.part, does, thing))
    return any(
        (owner, "otherwise" if part == "body" else "body", "removes", thing) in there
        for owner, part, does, thing in there
        if does == "adds"
    )

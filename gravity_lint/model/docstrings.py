"""What docstrings tell, and what they leave out.

The patterns document writes Google's sections (``Args:``, ``Returns:``,
``Raises:``). NumPy's underlined headings, reST's fields and Markdown headings
document the same things and are read as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.responses import answering
from gravity_lint.model.api.routing import endpoint_by_function, endpoint_functions
from gravity_lint.model.api.statuses import BODILESS
from gravity_lint.model.code.endings import NEVER, only_raises
from gravity_lint.model.code.names import ancestors, path_of
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import (
    decorator_names,
    gives_value,
    is_overridden,
    is_property,
    is_stub,
)
from gravity_lint.model.exceptions.classes import thrown_by
from gravity_lint.model.exceptions.escapes import passes, reraises
from gravity_lint.patterns import pattern

_HEADINGS = {
    **dict.fromkeys(
        (
            "arg",
            "args",
            "argument",
            "arguments",
            "body",
            "body parameter",
            "body parameters",
            "body params",
            "form parameters",
            "header parameters",
            "headers",
            "keyword arg",
            "keyword args",
            "keyword argument",
            "keyword arguments",
            "kwargs",
            "optional arguments",
            "optional parameters",
            "other parameter",
            "other parameters",
            "param",
            "parameter",
            "parameters",
            "params",
            "path param",
            "path parameter",
            "path parameters",
            "path params",
            "query param",
            "query parameter",
            "query parameters",
            "query params",
            "request body",
            "request param",
            "request parameter",
            "request parameters",
            "request params",
            "required arguments",
            "required parameters",
        ),
        "parameters",
    ),
    **dict.fromkeys(("return", "returns"), "returns"),
    **dict.fromkeys(("yield", "yields"), "yields"),
    **dict.fromkeys(("except", "exceptions", "raise", "raises", "throws"), "raises"),
    **dict.fromkeys(
        (
            "attributes",
            "example",
            "examples",
            "note",
            "notes",
            "references",
            "see also",
            "todo",
            "usage",
            "warning",
            "warnings",
            "warns",
        ),
        "other",
    ),
}
# These are no more than words of a sentence, or names of parameters, where anything follows them.
_ALONE = {"errors": "raises", "response": "returns", "responses": "returns"}
_HEADING = pattern(
    r"\s*(?P<mark>#+ |[*_]{1,3})?(?P<words>[A-Za-z]+(?: [A-Za-z]+)?)(?: \([^()]*\))?"
    r"(?P<end>[*_]{0,3}\s*:?[*_]{0,3})\s*(?P<rest>.*)"
)
_UNDERLINE = pattern(r"\s*(?:-{3,}|={3,}|~{3,})\s*")
_ITEM = pattern(r"\s*[-*+\u2022]\s+\S.*")
_FIELD = pattern(
    r"\s*[:@](?P<field>param|parameter|arg|argument|key|keyword|kwarg|returns?|rtype|yields?|ytype"
    r"|raises?|except|exception|throws)\b(?P<what>[^:]*)(?::|$)"
)
_NAME = r"[`*_\\]*[A-Za-z_]\w*[`*\\]*"
_ENTRY = pattern(rf"\s*(?:[-*+\u2022]\s+)?(?P<names>{_NAME}(?:\s*,\s*{_NAME})*)")


class Sections(msgspec.Struct, frozen=True):
    """The sections of a docstring: the *parameters* that it names, and what else it tells."""

    parameters: frozenset[str]
    returns: bool
    yields: bool
    raises: bool


_STARS = {f.ParameterKind.VARIADIC: "*", f.ParameterKind.VARIADIC_KEYWORD: "**"}


@lru_cache(maxsize=4096)
def sections_of(text: str) -> Sections:
    """Return the sections of the docstring *text*, in whichever style they are written."""
    names: set[str] = set()
    told: set[str] = set()
    section, depth, numpy = "", 0, False
    lines = text.splitlines()
    for number, line in enumerate(lines):
        field = _FIELD.match(line)
        if field:
            kind = _kind_of_field(field["field"])
            told.add(kind)
            if kind == "parameters" and field["what"].split():
                names.add(field["what"].split()[-1].strip("*`\\"))
            continue
        below = lines[number + 1] if number + 1 < len(lines) else ""
        underlined = _UNDERLINE.fullmatch(below) is not None
        indent = len(line) - len(line.lstrip())
        heading = _heading(line, underlined or _ITEM.fullmatch(below) is not None)
        # Below an underlined heading, ``params : dict`` is a parameter.
        if heading is not None and heading[1] and numpy and not underlined:
            heading = None
        # Deeper than the heading of the parameters, ``params:`` is one of them.
        if heading is not None and not (section == "parameters" and indent > depth):
            section, line = heading
            depth = indent
            numpy = underlined and section == "parameters"
            told.add(section)
        if section == "parameters":
            entry = _ENTRY.match(line)
            if entry:
                names.update(name.strip("`*\\ ") for name in entry["names"].split(","))
    return Sections(frozenset(names), "returns" in told, "yields" in told, "raises" in told)


_PROSE = pattern(r"[^\W\d_]|[\"'`(\u201c\u00ab]?[^\W\d_]|\d+\w* \w")
_SENTENCE_END = pattern(r"[.!?](?=\s+[^\Wa-z])|[\u3002\uff01\uff1f]|[.!?]$")
_ABBREVIATED = pattern(
    r"\b(?:e\.g|i\.e|etc|vs|cf|approx|incl|excl|resp|ca|[A-Z]|No|Nr|St|Dr|Mr|Mrs|Ms)\.$"
)
_MARKUP = pattern(r"[|<>{}*_~\\]|``|\]\(|^\w+:|://|^[A-Z]+ /|\?\w+=")
_GOING_ON = ("...", "\u2026")


def opening_sentence(text: str) -> str:
    """Return the sentence with which the docstring *text* begins, without its full stop.

    Empty where it does not begin with one whole sentence on one line of prose:
    a heading, a list, markup, a request (``POST /items?...``), or a sentence that goes on.
    """
    lines = text.strip().splitlines() or [""]
    first = lines[0].strip()
    following = lines[1].strip() if len(lines) > 1 else ""
    if not _PROSE.match(first) or _MARKUP.search(first) or _UNDERLINE.fullmatch(following):
        return ""
    if first.endswith(_GOING_ON):
        return ""
    for end in _SENTENCE_END.finditer(first):
        sentence = first[: end.end()]
        if not _ABBREVIATED.search(sentence):
            return sentence.rstrip(".\u3002").rstrip()
    if first.endswith((":", ",", ";", "-")):
        return ""
    # Without a full stop it is one where the line ends a paragraph.
    return first if not following or _starts_section(following) else ""


def _starts_section(line: str) -> bool:
    return _FIELD.match(line) is not None or _heading(line, set_apart=False) is not None


def _kind_of_field(field: str) -> str:
    if field.startswith(("return", "rtype")):
        return "returns"
    if field.startswith("y"):
        return "yields"
    return "raises" if field.startswith(("raise", "except", "throws")) else "parameters"


def _heading(line: str, set_apart: bool) -> tuple[str, str] | None:
    """Return the section that *line* opens and what stands behind the heading, if it opens one.

    *set_apart* tells whether a line or a list below shows that it is a heading.
    """
    found = _HEADING.fullmatch(line)
    if found is None:
        return None
    words = found["words"].lower()
    kind = _HEADINGS.get(words) or (None if found["rest"] else _ALONE.get(words))
    if kind is None:
        return None
    if ":" in found["end"] or (not found["rest"] and (set_apart or found["mark"])):
        return kind, found["rest"]
    return None


# -- what there is to document ---------------------------------------------------------------


class Documentation(msgspec.Struct, frozen=True):
    """What the docstring of a function leaves out.

    *written* tells whether there is a docstring at all; *parameters* are those
    that it does not name; *result* is the heading (``Returns`` or ``Yields``)
    that is missing, empty if none is; *raises* that the exceptions are missing.
    """

    written: bool
    parameters: tuple[str, ...]
    result: str
    raises: bool

    @property
    def complete(self) -> bool:
        """Tell whether nothing is left out."""
        return self.written and not (self.parameters or self.result or self.raises)

    @property
    def gaps(self) -> str:
        """What is left out, in words."""
        found = []
        if self.parameters:
            found.append(f"`Args:` for {_listed(self.parameters)}")
        if self.result:
            found.append(f"`{self.result}:`")
        if self.raises:
            found.append("`Raises:`")
        return " and ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def documentation_of(function: Function) -> Documentation:
    """Return what *function* documents of its parameters, its result and its exceptions.

    Parameters with a leading underscore are there to be ignored, as is what else a signature takes
    that is never read. A property is documented as the value that it is.
    """
    written = function.docstring is not None
    text = function.docstring.text if function.docstring is not None else ""
    sections = sections_of(text)
    parameters = tuple(
        f"{_STARS.get(p.kind, '')}{p.name}"
        for p in function.arguments
        if not p.name.startswith("_") and p.name not in sections.parameters
        if p.kind not in _STARS or is_stub(function) or _reads(function, p.name)
    )
    result = "" if sections.returns or sections.yields else _result(function)
    raises = not sections.raises and raises_itself(function)
    return Documentation(written, parameters, result, raises)


def _reads(function: Function, name: str) -> bool:
    return any(name in scope.contents.words for scope in (function, *function.walk()))


def endpoint_documentation(function: Function) -> Documentation:
    """Return what an endpoint documents.

    One that answers without content owes no ``Returns``.
    """
    found = documentation_of(function)
    if found.result and function in _bodiless(function.module.service):
        return msgspec.structs.replace(found, result="")
    return found


@query
def _bodiless(service: Service) -> frozenset[Function]:
    """Return the endpoints all of whose registrations declare a status without content."""
    statuses: dict[Function, set[int | None]] = {}
    for answer in answering(service):
        statuses.setdefault(answer.endpoint.function, set()).add(answer.status)
    return frozenset(f for f, found in statuses.items() if found <= set(BODILESS))


def inherits_docstring(function: Function) -> bool:
    """Tell whether a method without docstring overrides one that is documented elsewhere."""
    if "override" in decorator_names(function):
        return True
    return function.cls is not None and any(
        isinstance(ancestor, Class)
        and function.name in ancestor.methods
        and ancestor.methods[function.name].docstring is not None
        for ancestor in list(ancestors(function.cls))[1:]
    )


def _result(function: Function) -> str:
    """Return the heading under which the function's result belongs, empty if it has none.

    What only ever raises gives back nothing, whatever its annotation says, unless it is there to be
    written by subclasses.
    """
    if is_property(function):
        return ""
    if only_raises(function) and not (is_stub(function) or is_overridden(function)):
        return ""
    if function.is_generator:
        return "Yields"
    if function.returns is not None:
        if f.is_none(function.returns):
            return ""
        outside = function.parent or function.module
        return "" if path_of(outside, function.returns) in NEVER else "Returns"
    return "Returns" if any(gives_value(r) for _, r in function.returned) else ""


def raises_itself(function: Function) -> bool:
    """Tell whether the body itself raises something that leaves the function.

    Not what it only raises again, and not the ``NotImplementedError`` of a
    method that subclasses are to write.
    """
    for step, statement in function.raised:
        if reraises(step):
            continue
        thrown = thrown_by(function, statement.exception)
        if thrown is not None and thrown.name == "NotImplementedError":
            continue
        if not any(trial.handlers for trial in step.trying):
            return True
        if thrown is not None and passes(step, thrown.symbol):
            return True
    return False


@by_module
def served_functions(module: Module) -> Iterator[Function]:
    """Return the functions that are endpoints, each once, those for operation aside."""
    for function in endpoint_functions.of(module):
        if not endpoint_by_function(module.service)[function].operational:
            yield function

"""Rules as a list, and one rule explained: what `explain` shows and the page of the rule says."""

import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import msgspec

from gravity_lint.configuration.schema import json_schema
from gravity_lint.reporting.text import columns, counted, write_json
from gravity_lint.reporting.toml import value
from gravity_lint.rule import Rule, Scope
from gravity_lint.running.specimens import other_rules, settings_used

_UNKNOWN = (
    "what cannot be known from the source (a value that is computed, a class of a library that is"
    " not in view) is not judged"
)
_SCOPES = {
    Scope.FILE: f"one file, and what its names lead to; {_UNKNOWN}",
    Scope.SERVICE: f"the whole service; {_UNKNOWN}",
    Scope.FLEET: f"all services of the run; {_UNKNOWN}",
    Scope.RUN: "the outcome of the run: it is asked after all other rules",
}
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "nothing"}


def list_rules(rules: Sequence[Rule[Any]], stream: TextIO) -> None:
    """Write a line per rule, under the sections of the patterns document."""
    rows = [(rule.code, rule.name, _severity(rule), rule.scope.value, _fix(rule)) for rule in rules]
    header = ("code", "name", "severity", "scope", "fix")
    first, *lines = columns([header, *rows])
    stream.write(f"{first}\n")
    section = None
    for rule, line in zip(rules, lines, strict=True):
        if rule.pattern != section:
            section = rule.pattern
            stream.write(f"\n{section or 'Other'}\n")
        stream.write(f"{line}\n")
    off = sum(not rule.default for rule in rules)
    stream.write(f"\n{counted(len(rules), 'rule')}, {off} of them off unless selected.\n")


def list_rules_json(rules: Sequence[Rule[Any]], stream: TextIO) -> None:
    """Write the rules as a JSON array."""
    write_json([_metadata(rule) for rule in rules], stream, 2)


def explain(rule: Rule[Any], rules: Sequence[Rule[Any]], stream: TextIO) -> None:
    """Write the page of *rule*, one of *rules*: Markdown, drawn where it is a terminal."""
    if not stream.isatty():
        stream.writelines(f"{line}\n" for line in page(rule, rules))
        if rule.page:
            stream.write(f"\nThis page: <{rule.page}>\n")
        return
    from rich.markdown import Markdown

    from gravity_lint.reporting.console import Drawn

    canvas = Drawn(stream)
    heading, *rest = page(rule, rules)
    canvas.line((heading.lstrip("# "), "bold"))
    canvas.draw_page(Markdown("\n".join(rest), hyperlinks=False, code_theme="ansi_dark"))
    if rule.page:
        canvas.line()
        canvas.line(("This page: ", ""), (rule.page, canvas.link(rule.page)))
        canvas.flush()


def page_text(rule: Rule[Any], rules: Sequence[Rule[Any]]) -> str:
    """Return the page of *rule*, one of *rules*, as a file holds it."""
    return "".join(f"{line}\n" for line in page(rule, rules))


def page(rule: Rule[Any], rules: Sequence[Rule[Any]]) -> Iterator[str]:
    """Yield the lines of the page of *rule*, one of *rules*, as Markdown."""
    yield f"# {rule.code} {rule.name}"
    yield ""
    yield f"- **Severity:** {_severity(rule)}"
    yield f"- **Scope:** {_SCOPES[rule.scope]}"
    yield f"- **Fix:** {_fix_in_words(rule)}"
    if rule.pattern:
        yield f"- **Section of the patterns:** {rule.pattern}"
    used = settings_used(rule)
    if used:
        yield f"- **Settings that matter:** {', '.join(f'`{key}`' for key in used)}"
    yield ""
    yield rule.documentation or "This rule has no documentation."
    others = other_rules(rule, rules)
    if others:
        wish = f"{', '.join(others)} {'asks' if len(others) == 1 else 'ask'} for more"
        yield ""
        yield f"The good example is shortened to what this rule is about: {wish}."
    if rule.options is not None:
        yield ""
        yield "## Options and their defaults"
        yield ""
        yield "```toml"
        yield f"[tool.gravity-lint.rules.{rule.name}]"
        for name, kind, given, words in _settings(rule):
            yield from (f"# {line}" for line in words.splitlines())
            yield f"{name} = {given}  # {kind}" if given else f"# {name} = ...  # {kind}"
        yield "```"
    yield ""
    yield (
        f"One place is excused by `# gravity-lint: ignore[{rule.code}] -- why` or"
        f' `# noqa: {rule.code}`, all by `ignore = ["{rule.name}"]`.'
    )


def _metadata(rule: Rule[Any]) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "default": rule.default,
        "scope": rule.scope.value,
        "fix": None if rule.applicability is None else rule.applicability.value,
        "pattern": rule.pattern,
        "page": rule.page or None,
        "options": [
            {"name": name, "type": kind, "default": given or None, "description": words}
            for name, kind, given, words in _settings(rule)
        ],
    }


def _severity(rule: Rule[Any]) -> str:
    return f"{rule.severity.value}{'' if rule.default else ', off'}"


def _fix(rule: Rule[Any]) -> str:
    return "-" if rule.applicability is None else rule.applicability.value


def _fix_in_words(rule: Rule[Any]) -> str:
    if rule.applicability is None:
        return "none"
    if rule.applicability.value == "safe":
        return "safe (`--fix`)"
    return "unsafe (`--fix --unsafe-fixes`): it may change what clients or logs see"


def _settings(rule: Rule[Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type in words, default as TOML (empty: none) and docstring of every option."""
    options = rule.options
    if options is None:
        return
    schema = json_schema({rule.name: options})["properties"]["rules"]["properties"][rule.name]
    kinds = typing.get_type_hints(options)
    for field in msgspec.structs.fields(options):
        default: Any = field.default
        if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        given = "" if default is None or default is msgspec.NODEFAULT else value(default)
        words = schema["properties"][field.encode_name].get("description", "")
        yield field.encode_name, _kind(kinds[field.name]), given, words


def _kind(annotation: Any) -> str:
    if annotation in _TYPES:
        return _TYPES[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(_kind, arguments))
    if origin in (tuple, list, set, frozenset):
        return f"list of {_kind(arguments[0])}s"
    if origin is dict:
        return f"table of {_kind(arguments[1])}s"
    if origin is typing.Literal:
        return "one of " + ", ".join(map(value, arguments))
    return getattr(annotation, "__name__", str(annotation))

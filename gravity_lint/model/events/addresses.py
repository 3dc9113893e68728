"""Literal addresses of what a service talks to: brokers, caches, databases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.callables import constructor_of, is_dataclass
from gravity_lint.model.code.calls import calls_to, methods_called, thing_called
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import Variable, inherits, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import attributes_called, uses_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.scripts import is_main_block, is_script
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.words import saying
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_KINDS = {
    "amqp": "broker",
    "amqps": "broker",
    "kafka": "broker",
    "nats": "broker",
    "redis": "Redis server",
    "rediss": "Redis server",
    "memcached": "cache",
    "postgresql": "database",
    "postgres": "database",
    "mysql": "database",
    "mariadb": "database",
    "mongodb": "database",
    "mssql": "database",
    "oracle": "database",
}
_SCHEME = r"(?P<scheme>(?P<family>[a-z]+)(?:\+[a-z0-9_]+)?)://"
_ADDRESS = pattern(_SCHEME + r"(?![^\s/@]*@$)(?:[^\s/@]*@)?[A-Za-z0-9\[]")
_HOLE = "\0"
"""Stands for what an f-string fills in."""
_BEGINNING = pattern(_SCHEME + rf"(?:[^\s/@]*@)?[A-Za-z0-9.-]+(?::(?:\d+|{_HOLE}))?(?:[/?]|$)")
"""The beginning of an f-string whose host is written down as a whole."""
_BLANK = pattern(
    r"[{}<>$]|%[s(d]|\.\.\."
    r"|\[\^|\(\?|\([^()]*\|[^()]*\)|[\])][+*?]|\.[*+]|\\[wsdWDb./:@-]|\\S[+*{]"
)
"""What only stands in a text that is filled in elsewhere, or is looked for as a pattern."""
_STANDING_IN = pattern(r"_*(?:InMemory|Fake|Mock|Stub|Dummy|Null|NoOp|Noop)(?![a-z])")
"""How classes are called that are used where no server is at hand."""
_SETTINGS_WORDS = ("config", "settings", "conf", "configuration", "env", "environment")
_TEXT_METHODS = (
    *("startswith", "endswith", "replace", "split", "removeprefix", "removesuffix", "partition"),
    *("rpartition", "rsplit", "count", "find", "index", "match", "sub", "compile", "fullmatch"),
    *("search", "findall", "finditer", "subn"),
)
_DEFAULTING = ("get", "getattr", "getenv", "get_str", "pop", "setdefault", "str", "config", "env")
"""Calls that read a setting; what they fall back to is its default."""
_VARIABLE = pattern(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
"""How a variable of the environment is called."""
_WRITING = ("set", "add", "update", "write", "save", "store")
_TELLING = (
    *("description", "example", "examples", "openapi_examples", "json_schema_extra", "help"),
    *("schema_extra", "title", "default", "placeholder", "pattern", "regex", "help_text", "epilog"),
)
"""Keywords and keys under which a text is shown to people, or is a setting's default."""


class Address(AtStep, Record, frozen=True):
    """A string literal that is the address of a broker, a cache or a database."""

    text: str
    scheme: str
    expression: f.Constant | f.Template
    step: Step
    in_settings: bool

    @property
    def has_settings(self) -> bool:
        """Tell whether the service has settings, by that name, from which it could be read."""
        service = self.step.module.service
        return any(map(in_app, saying(service, ("settings", "Settings", "BaseSettings"))))

    @property
    def parameter(self) -> str | None:
        """The parameter of a function, or the field of a class, whose default value it is."""
        match self.step.statement:
            case f.Assign(targets=(f.Name(name=name),), annotation=annotation):
                cls = self.step.scope
                if annotation is not None and isinstance(cls, Class) and _has_fields(cls):
                    return name
        for function in self.step.scope.definitions:
            if isinstance(function, Function) and function.definition is self.step.statement:
                for parameter in function.arguments:
                    if parameter.default is self.expression:
                        return parameter.name
        return None

    @property
    def kind(self) -> str:
        """What it is the address of."""
        return _KINDS[self.scheme.partition("+")[0]]

    @property
    def span(self) -> Span:
        """The literal."""
        return self.expression.span


@by_module
def addresses(module: Module) -> Iterator[Address]:
    """Return the literal addresses in the app, those of the settings marked as such.

    Defaults of settings that are read by a call, texts that are only compared or
    replaced, descriptions and examples are none; nor is what a module does when
    it is run by hand, or what a class gives its base that talks to nobody.
    """
    if not in_app(module) or not _holds_a_url(module.facts.body):
        return
    if is_script(module):
        return
    for scope in module.scopes:
        if _stands_in(scope):
            continue
        settings = _holds_settings(scope)
        for step in scope.steps:
            for expression in step.expressions if _holds_a_url(step.expressions) else ():
                if _is_never_used(step, expression):
                    continue
                for literal, text in _literals(scope, expression):
                    pattern = _ADDRESS if isinstance(literal, f.Constant) else _BEGINNING
                    match = pattern.match(text)
                    if match is None or match["family"] not in _KINDS or _told(step):
                        continue
                    if _BLANK.search(text) or any("://" not in word for word in text.split()):
                        continue  # it is filled in elsewhere, or says something
                    if _is_default_alone(step) or _stands_back(step) or _returns_instead(step):
                        continue
                    if not is_main_block(step):
                        yield Address(text, match["scheme"], literal, step, settings)


def _has_fields(cls: Class) -> bool:
    """Tell whether what *cls* annotates are fields, with their defaults."""
    return is_dataclass(cls) or inherits(cls, "pydantic.BaseModel") is True


def _stands_in(scope: Scope) -> bool:
    """Tell whether *scope* is in a class that stands in for one that talks to a server."""
    around = scope.outward()
    return any(isinstance(x, Class) and bool(_STANDING_IN.match(x.name)) for x in around)


def _is_never_used(step: Step, expression: f.Expression) -> bool:
    """Tell whether *expression* is the default of a parameter that every call in view gives."""
    for function in step.scope.definitions:
        if isinstance(function, Function) and function.definition is step.statement:
            for position, parameter in enumerate(function.arguments):
                if parameter.default is expression:
                    calls = [site.call for site in _callers(function)]
                    return bool(calls) and all(
                        call.unpacks or call.argument(position, parameter.name) is not None
                        for call in calls
                    )
    return False


def _callers(function: Function) -> list[CallSite]:
    """Return the calls of the app that may run *function*; where there are none, those of others.

    A constructor also runs for the classes below that have none, or where one of them calls it. A
    method that is called of no known object may be that of one of which nothing is known.
    """
    service, cls = function.module.service, function.cls
    sites: Iterator[CallSite]
    if cls is None:
        sites = calls_to(service, function)
    elif function.name == "__init__":
        below = [x for x in heirs(service, cls) if constructor_of(x) is function]
        sites = calls_to(service, function, cls, *(x for x in below if x is not cls))
    else:
        sites = calls_to(service, function)
    found = list(sites)
    if not found and cls is not None:
        found = [x for x in methods_called(service, function.name) if _is_unknown(x)]
    return [site for site in found if in_app(site.module)] or found


def _is_unknown(site: CallSite) -> bool:
    """Tell whether nothing is known of the object whose method *site* calls."""
    thing = thing_called(site)
    return thing is None or (isinstance(thing, str) and thing.startswith("typing.Any."))


def _holds_a_url(facts: Sequence[f.Statement | f.Expression]) -> bool:
    """Tell whether there may be a URL in *facts*: packed, they are searched faster than walked."""
    return b"://" in msgspec.msgpack.encode(facts)


def _told(step: Step) -> bool:
    """Tell whether a statement only gives examples: ``json_schema_extra = {...}``."""
    match step.statement:
        case f.Assign(targets=(f.Name(name=name),)):
            return name in _TELLING
    return False


def _holds_settings(scope: Scope) -> bool:
    for current in scope.outward():
        if isinstance(current, Class) and inherits(current, "pydantic_settings.BaseSettings"):
            return True
        if isinstance(current, Class) and current.name.endswith(("Settings", "Config")):
            if current.name != "Config" or not isinstance(current.parent, Class):
                return True
    words = re.split(r"[/._]", scope.module.relative)
    return any(word in _SETTINGS_WORDS for word in words)


def _literals(
    scope: Scope, expression: f.Expression
) -> Iterator[tuple[f.Constant | f.Template, str]]:
    """Yield the texts of *expression* that look like URLs and are used as such."""
    for used in _used(scope, expression):
        match used:
            case f.Constant(value=str(text)) if "://" in text:
                yield used, text
            case f.Template(parts=(str(start), *_) as parts) if "://" in start:
                yield used, "".join(x if isinstance(x, str) else _HOLE for x in parts)


def _used(scope: Scope, expression: f.Expression) -> Iterator[f.Expression]:
    """Yield the parts of *expression* in which an address would be one that is used."""
    stack = [expression]
    while stack:
        current = stack.pop()
        yield current
        match current:
            case f.Compare():
                continue
            case f.Boolean(operator="or", values=values):
                # What follows on one that is read is what a setting falls back to.
                reads = (i for i, x in enumerate(values) if _is_read(scope, x))
                stack += values[: next(reads, len(values)) + 1]
                continue
            case f.Conditional(test=test, body=body, otherwise=otherwise) if any(
                _asks_environment(scope, x) for x in (test, body, otherwise)
            ):
                continue
            case f.Conditional(test=test, body=f.Attribute() as read) if any(
                f.render(x) == f.render(read) for x in f.walk(test)
            ) or _asks_whether_there(test, read):
                stack.append(read)  # ``settings.redis_url if settings.redis_url else ...``
                continue
            case f.Mapping(keys=keys, values=values):
                if any(_writes_settings(site.call) for site in scope.calls):
                    continue
                for key, value in zip(keys, values, strict=True):
                    if not (isinstance(key, f.Constant) and key.value in _TELLING):
                        stack.append(value)
                continue
            case f.Call():
                stack += _used_by(scope, current)
                continue
        stack.extend(f.children(current))


def _asks_whether_there(test: f.Expression, read: f.Attribute) -> bool:
    """Tell whether *test* asks if there is what *read* is read from: ``hasattr(s, "cache")``."""
    match test:
        case f.Call(function=f.Name(name="hasattr"), arguments=(asked, *_)):
            pass
        case f.Compare(left=asked, operators=("is not",), others=(f.Constant(kind="None"),)):
            pass
        case _:
            asked = test
    return isinstance(asked, f.Name | f.Attribute) and f.render(read).startswith(
        f"{f.render(asked)}."
    )


def _is_default_alone(step: Step) -> bool:
    """Tell whether *step* gives a name to what only settings fall back to, or people are shown."""
    match step.statement:
        case f.Assign(targets=(f.Name() as target,), operator=""):
            symbol = resolve(step.scope, target)
            if not isinstance(symbol, Variable) or isinstance(symbol.scope, Function):
                return False
            uses = [(at, named) for at, named in uses_of(symbol) if named is not target]
            if isinstance(symbol.scope, Class):
                uses += attributes_called(symbol.scope.module.service, symbol.name)
            return bool(uses) and not any(_uses(at, named) for at, named in uses)
    return False


def _stands_back(step: Step) -> bool:
    """Tell whether the name that *step* binds is also given what is set elsewhere."""
    match step.statement:
        case f.Assign(targets=(f.Name(name=name),), value=value):
            return any(
                isinstance(binding, Assigned)
                and binding.value is not value
                and _is_setting(step.scope, binding.value)
                for binding in step.scope.bindings.get(name, ())
            )
    return False


def _is_setting(scope: Scope, value: f.Expression | None) -> bool:
    """Tell whether *value* is read from the environment or, in a function, from an object."""
    match value:
        case None:
            return False
        case f.Await(value=f.Call() as call) | (f.Call() as call) if _asks_for_setting(scope, call):
            return True
        case f.Attribute() | f.Conditional(body=f.Attribute()) if isinstance(scope, Function):
            return True
    return _asks_environment(scope, value)


def _returns_instead(step: Step) -> bool:
    """Tell whether *step* returns what stands in for a setting that could not be returned.

    Or that is returned before, where there is one.
    """
    if not isinstance(step.statement, f.Return):
        return False
    trial, scope = step.block.owner, step.scope
    if isinstance(trial, f.Try) and step.block.handler is not None:
        return any(_returns_setting(scope, tried) for tried in trial.body)
    return any(
        isinstance(asked, f.If)
        and isinstance(last := asked.body[-1], f.Return)
        and last.value is not None
        and _returns_setting(scope, last)
        and any(f.render(x) == f.render(last.value) for x in f.walk(asked.test))
        for asked in step.block.before(step.statement)
    )


def _returns_setting(scope: Scope, statement: f.Statement) -> bool:
    """Tell whether *statement* returns a setting, or what a name has been given of one."""
    match statement:
        case f.Return(value=f.Name(name=name)):
            rows = scope.bindings.get(name, ())
            return any(isinstance(x, Assigned) and _is_setting(scope, x.value) for x in rows)
        case f.Return(value=value):
            return _is_setting(scope, value)
    return False


def _is_read(scope: Scope, value: f.Expression) -> bool:
    """Tell whether *value* is read from somewhere, or a local name for what is."""
    match value:
        case f.Call() | f.Attribute():
            return True
        case f.Boolean(values=values):
            return any(isinstance(x, f.Call | f.Attribute) for x in values)
        case f.Name(name=name) if isinstance(scope, Function):
            return any(
                isinstance(binding, Assigned)
                and isinstance(binding.value, f.Attribute | f.Boolean)
                and _is_read(scope, binding.value)
                for binding in scope.bindings.get(name, ())
            )
    return False


def _asks_environment(scope: Scope, expression: f.Expression) -> bool:
    for part in f.walk(expression):
        match part:
            case f.Call(function=f.Attribute(name="getenv")):
                return True
            case f.Call(function=function) if path_of(scope, function) == "os.getenv":
                return True
            case f.Attribute() | f.Name() if path_of(scope, part) == "os.environ":
                return True
    return False


def _asked_of_environment(scope: Scope, expression: f.Expression) -> Iterator[f.Expression]:
    """Yield by which names *expression* reads variables of the environment."""
    for part in f.walk(expression):
        match part:
            case f.Call(function=function, arguments=(asked, *_)):
                if path_of(scope, function) in ("os.getenv", "os.environ.get"):
                    yield asked
            case f.Subscript(value=value, index=asked):
                if path_of(scope, value) == "os.environ":
                    yield asked


def _uses(step: Step, named: f.Expression) -> bool:
    """Tell whether *step* uses the address that is *named*, or one of those."""
    if _stands_back(step) or _returns_instead(step):
        return False
    looked_through = _looked_through(step, named)
    if looked_through is not None:
        target, parts = looked_through
        return any(
            isinstance(used, f.Name) and used.name == target
            for part in parts
            for used in _used(step.scope, part)
        )
    return not _holds_settings(step.scope) and any(
        used is named
        for expression in step.expressions
        if not _is_never_used(step, expression)
        for used in _used(step.scope, expression)
    )


def _looked_through(step: Step, named: f.Expression) -> tuple[str, tuple[f.Expression, ...]] | None:
    """Return how *step* calls each of what is *named*, and where it may use that.

    None where it does not go through it.
    """
    match step.statement:
        case f.For(target=f.Name(name=name), iterable=iterable) if iterable is named:
            rest = (x for s in step.scope.steps if s is not step for x in s.expressions)
            return name, tuple(rest)
    for part in step.parts:
        if isinstance(part, f.Comprehension):
            for made in part.generators:
                if made.iterable is named and isinstance(made.target, f.Name):
                    return made.target.name, (part.element, *made.conditions)
    return None


def _used_by(scope: Scope, call: f.Call) -> Iterator[f.Expression]:
    """Yield the parts of *call* in which an address would be one that is used."""
    method = call.function.name if isinstance(call.function, f.Name | f.Attribute) else ""
    if isinstance(call.function, f.Attribute):
        if method in _TEXT_METHODS:
            return
        yield call.function.value
    if _writes_settings(call):
        return
    if method == "Field" and path_of(scope, call.function) == "pydantic.Field":
        if _holds_settings(scope):
            yield from (x for x in (call.argument(0, "default"),) if x is not None)
        return
    if call.keyword("envvar") is not None:
        return  # an option of a command, which falls back to the environment, and then to this
    if _asks_for_setting(scope, call):
        yield from call.arguments[:1]
        return
    reads = method in _DEFAULTING or method.startswith("get_")
    yield from call.arguments[:1] if reads else call.arguments
    yield from (k.value for k in call.keywords if k.name not in _TELLING)


def _asks_for_setting(scope: Scope, call: f.Call) -> bool:
    """Tell whether *call* reads what its first argument names from the environment.

    A function of the service is seen to do so; of others the name tells: ``"REDIS_URL"``.
    """
    callee = callee_of(scope, call)
    if isinstance(callee, Function):
        names = [parameter.name for parameter in callee.arguments[:1]]
        return any(
            isinstance(asked, f.Name) and asked.name in names
            for step in callee.steps
            for expression in step.expressions
            for asked in _asked_of_environment(callee, expression)
        )
    match call.arguments:
        case (f.Constant(value=str(name)), _, *_) if not isinstance(callee, Class):
            return _VARIABLE.fullmatch(name) is not None
    return False


def _writes_settings(call: f.Call) -> bool:
    """Tell whether *call* writes a line of ``.env``: that is where settings come from."""
    name = call.function.name if isinstance(call.function, f.Name | f.Attribute) else ""
    words = name.split("_")
    return name == "set_key" or (words[0] in _WRITING and "env" in words)

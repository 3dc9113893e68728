"""What cache keys are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from gravity_lint import facts as f
from gravity_lint.model.caching.keys import key_uses
from gravity_lint.model.caching.redis import RedisCall, client_of, knows_redis
from gravity_lint.model.caching.texts import key_text
from gravity_lint.model.code.bindings import Assigned, Received
from gravity_lint.model.code.callables import argument_for, is_dataclass
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Symbol,
    Variable,
    ancestors,
    inherits,
    look_up,
    path_of,
    resolve,
)
from gravity_lint.model.code.occurrences import readings
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import Type, callee_of, type_of, type_of_attribute
from gravity_lint.model.code.values import value_of
from gravity_lint.model.code.words import saying, words_ending, words_of
from gravity_lint.model.logs.calls import is_log_call
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_NUMBERS = (
    *(f"builtins.{name}" for name in ("int", "float", "bool")),
    *("decimal.Decimal", "fractions.Fraction", "uuid.UUID"),
)
"""What is its own hash, or that of its number."""
_SCALARS = (
    *_NUMBERS,
    *("builtins.str", "builtins.bytes"),
    *(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta")),
)
_ORDERING = ("builtins.list", "builtins.tuple", "builtins.sorted")
_COUNTING = ("builtins.int", "builtins.float", "builtins.bool", "builtins.len", "builtins.ord")
_DICTIONARIES = ("builtins.dict", "collections.OrderedDict", "collections.defaultdict")
_SHOWN = ("pydantic.BaseModel", "typing.NamedTuple", "enum.Enum")
"""What shows its fields or its name."""
_HOLDING = ("builtins.list", "builtins.tuple", "typing.Sequence")
_DEEPEST = 8
_KEEPING = ("builtins.", "hashlib.", "base64.", "zlib.", "binascii.", "json.")
"""Where functions come from that make a text of a text."""
_LOSING = (
    *("json.load", "json.loads"),
    *(f"builtins.{name}" for name in ("all", "any", "bool", "callable", "eval", "getattr")),
    *(f"builtins.{name}" for name in ("hasattr", "isinstance", "issubclass", "len", "type")),
)
"""Those of them of whose result the text is no part."""
_TEXT_METHODS = ("encode", "decode", "hexdigest", "digest", "format", "join", "replace", "strip")
_CALLED = ("cache_key", "redis_key")
"""How functions that make keys are called."""
_MAKING = pattern(r"key|hash|digest|fingerprint|signature|prefix|serial|normal|canonical|build")
"""How functions are called that make keys, or parts of them, for other modules."""
_SETTING = {"set": 1, "setnx": 1, "getset": 1, "setex": 2, "psetex": 2}
"""Methods of redis-py that write a value, and the place of that: the key is the first."""
_KEY = pattern(r"(?:\w*_)?key")
_VARIADIC = (f.ParameterKind.VARIADIC, f.ParameterKind.VARIADIC_KEYWORD)
_INGREDIENTS = ("builtins.hash", "builtins.id", "builtins.repr", "json.dumps")


class KeyIngredient(Record, frozen=True):
    """What goes into a cache key: a call of ``hash``, ``id``, ``repr`` or ``json.dumps``.

    A replacement field ``{x!r}`` is a call of ``repr``.
    """

    path: str
    expression: f.Expression
    content: f.Expression | None
    """What is hashed, shown or dumped."""
    place: Scope

    @property
    def module(self) -> Module:
        """The module that holds it."""
        return self.place.module

    @property
    def span(self) -> Span:
        """The call, or what the field shows."""
        return self.expression.span

    @property
    def extent(self) -> Span:
        """Its lines."""
        return self.span

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.place.label

    @property
    def shown(self) -> str:
        """How one writes it."""
        text = f.render(self.expression)
        return text if isinstance(self.expression, f.Call) else f"{{{text}!r}}"

    @cached_property
    def sorts(self) -> bool | None:
        """Tell whether ``json.dumps`` sorts its keys; None if that cannot be known."""
        if not isinstance(self.expression, f.Call):
            return None
        given = self.expression.keyword("sort_keys")
        if given is not None:
            known = value_of(self.place, given)
            return bool(known.value) if known is not None else None
        return None if self.expression.unpacks else False

    @cached_property
    def swapped_in(self) -> f.Call | None:
        """The call that writes it under its own text, and a key as the value; None if none does."""
        for site in self.place.calls:
            call, function = site.call, site.call.function
            if not isinstance(function, f.Attribute) or function.name not in _SETTING:
                continue
            key, value = call.arguments[:1], call.argument(_SETTING[function.name], "value")
            if key and value is not None and _stands_for(self.place, key[0], self.expression):
                named = f.called(value)
                if isinstance(named, f.Name | f.Attribute) and _KEY.fullmatch(named.name):
                    return call
        return None

    @cached_property
    def stable(self) -> bool:
        """Tell whether the content is such that each process makes the same of it."""
        if self.content is None or self.path == "builtins.id":
            return False
        plain = _NUMBERS if self.path == "builtins.hash" else _SCALARS
        return _is_made_of(self.place, self.content, plain)


def _stands_for(scope: Scope, expression: f.Expression, value: f.Expression) -> bool:
    """Tell whether *expression* is *value*, or a name for it alone."""
    if isinstance(expression, f.Name):
        bound = scope.bindings.get(expression.name, ())
        return len(bound) == 1 and isinstance(bound[0], Assigned) and bound[0].value is value
    return expression is value


def _is_made_of(
    scope: Scope, content: f.Expression, plain: tuple[str, ...], depth: int = _DEEPEST
) -> bool:
    """Tell whether *content* is of the types *plain*, or holds such values in an order of theirs.

    *depth* names are followed to what they stand for.
    """

    def are_made(*parts: f.Expression) -> bool:
        return all(_is_made_of(scope, part, plain, depth) for part in parts)

    match content:
        case f.Constant():
            return content.kind == "None" or f"builtins.{content.kind}" in plain
        case f.Collection(kind="list" | "tuple", items=items) if items:
            return are_made(*items)  # more may be put into an empty one
        case f.Starred(value=value) | f.Subscript(value=value, index=f.Slice()):
            return are_made(value)
        case f.Binary(left=left, right=right):
            return are_made(left, right)
        case f.Mapping(values=values):
            return not content.unpacks and are_made(*values)
        case f.Comprehension(kind="list" | "generator", element=element):
            made = _type_of_element(scope, content)
            return are_made(element) if made is None else made.path in plain
        case f.Call(function=f.Attribute(name="model_dump" | "dict", value=owner)):
            made = type_of(scope, owner)
            return made is not None and made.is_a("pydantic.BaseModel")
        case f.Call(arguments=arguments):
            path = path_of(scope, content.function)
            if path in _COUNTING or (path == "builtins.sorted" and plain is _SCALARS):
                return True
            if path in _ORDERING:
                return are_made(*arguments)
    made = type_of(scope, content)
    if made is not None and made.path in _HOLDING:
        held = [x.path for x in made.arguments if x is not None]
        if held and len(held) == len(made.arguments):
            return all(path in plain for path in held)
        made = None
    if made is not None and made.path in ("typing.Any", "builtins.object"):
        made = None
    symbol = look_up(scope, content.name) if isinstance(content, f.Name) and depth else None
    if made is None and isinstance(symbol, Variable) and symbol.bindings:
        return all(
            isinstance(row, Assigned)
            and row.value is not None
            and not row.unpacked
            and _is_made_of(symbol.scope, row.value, plain, depth - 1)
            for row in symbol.bindings
        ) or _is_given(symbol, plain, depth - 1)
    if made is None:
        return False
    return made.path in plain or (
        plain is _SCALARS and made.cls is not None and _shows_itself(made.cls)
    )


def _is_given(variable: Variable, plain: tuple[str, ...], depth: int) -> bool:
    """Tell whether *variable* is a parameter for which all callers give what is so made."""
    function = variable.scope
    if not isinstance(function, Function) or len(variable.bindings) > 1:
        return False
    parameter = function.parameter(variable.name)
    if parameter is None or parameter.kind in _VARIADIC:
        return False
    sites = list(calls_to(function.module.service, function))
    given = [(site.scope, argument_for(function, site.call, parameter)) for site in sites]
    return bool(given) and all(
        value is not None and _is_made_of(scope, value, plain, depth) for scope, value in given
    )


def _shows_itself(cls: Class) -> bool:
    """Tell whether the `repr` of objects of *cls* says what they hold, and no address of theirs."""
    return inherits(cls, *_SHOWN) is True or any(
        isinstance(x, Class) and (is_dataclass(x) or "__repr__" in x.bindings)
        for x in ancestors(cls)
    )


def _type_of_element(scope: Scope, made: f.Comprehension) -> Type | None:
    """Return the type of what *made* collects, where that is what it goes over, or a part of it."""
    for generator in made.generators:
        over = type_of(scope, generator.iterable)
        each = over.arguments[0] if over is not None and len(over.arguments) == 1 else None
        if each is None or not isinstance(generator.target, f.Name):
            continue
        match made.element:
            case f.Name(name=name) if name == generator.target.name:
                return each
            case f.Attribute(value=f.Name(name=name), name=part) if name == generator.target.name:
                return type_of_attribute(each, part)
    return None


@by_module
def key_ingredients(module: Module) -> Iterator[KeyIngredient]:
    """Return the calls whose results certainly become part of a cache key."""
    service = module.service
    if not in_app(module) or not (knows_redis(service) or _calling_keys(service)):
        return
    if not _makes_for_others(module):
        keys = (*_used_in(module), *_called_keys.of(module))
        yield from (made for made in _behind_all(keys) if made.module is module)
    elif _holds_ingredients(module):
        yield from _ingredients(service).get(module, ())


def is_swapped(entry: RedisCall) -> bool:
    """Tell whether *entry* is written under its own text, and what is its key as the value."""
    return any(x.swapped_in is entry.call for x in key_ingredients.of(entry.module))


def _makes_for_others(module: Module) -> bool:
    """Tell whether a key of another module may be made of what *module* returns or keeps."""
    if any(_MAKING.search(x.name) for x in module.functions if not x.is_async):
        return True
    kept = (b.value for rows in module.bindings.values() for b in rows if isinstance(b, Assigned))
    return any(
        made.module is module
        for made in _behind_all(_Key(module, value) for value in kept if value is not None)
    )


def _holds_ingredients(module: Module) -> bool:
    """Tell whether *module* says something that may be one, whatever becomes of it."""
    words = [word for path in _INGREDIENTS for word in words_of(module.service, path)]
    return any(word in module.calls_by_word for word in words) or any(
        isinstance(part, f.Hole) and part.conversion == "r"
        for scope in module.scopes
        for step in scope.steps
        for whole in step.parts
        if isinstance(whole, f.Template)
        for part in whole.parts
    )


@query
def _ingredients(service: Service) -> dict[Module, tuple[KeyIngredient, ...]]:
    """Return the calls whose results certainly become part of a cache key."""
    used = [_Key(use.site.scope, use.expression) for use in key_uses(service) if use.certain]
    placed: dict[Module, list[KeyIngredient]] = {}
    for made in _behind_all((*used, *_called_keys(service))):
        placed.setdefault(made.module, []).append(made)
    return {module: tuple(rows) for module, rows in placed.items()}


class _Key(NamedTuple):
    """An expression that is a cache key; one that *stays* is only asked for in this process."""

    scope: Scope
    expression: f.Expression
    stays: bool = False


def _behind_all(keys: Iterable[_Key]) -> Iterator[KeyIngredient]:
    """Yield what becomes part of one of *keys*, once.

    Of those that stay, keys of dictionaries of this process, the hash of a text is not: it is
    always the same there.
    """
    seen: set[int] = set()
    for key in sorted(keys, key=lambda x: x.stays):
        for place, part in _behind(key.scope, key.expression, set()):
            if id(part) in seen or isinstance(part, f.Name) or not in_app(place.module):
                continue
            if isinstance(part, f.Hole):
                made = KeyIngredient("builtins.repr", part.value, part.value, place)
            else:
                symbol = resolve(place, part.function)
                if not isinstance(symbol, External) or symbol.path not in _INGREDIENTS:
                    continue
                if key.stays and symbol.path == "builtins.hash":
                    continue
                made = KeyIngredient(symbol.path, part, part.argument(0, "obj"), place)
            seen.add(id(part))
            yield made


def _used_in(module: Module) -> Iterator[_Key]:
    """Yield the keys that *module* gives to the cache."""
    return (_Key(use.site.scope, use.expression) for use in key_uses.of(module) if use.certain)


@query
def _calling_keys(service: Service) -> dict[Module, None]:
    """Return the modules of the app in which something is called a key of the cache."""
    words = words_ending(service, _CALLED)
    return dict.fromkeys(module for module in saying(service, words) if in_app(module))


@by_module
def _called_keys(module: Module) -> Iterator[_Key]:
    """Yield what *module* calls a key of the cache, whatever kind of cache it is then given to.

    That is what functions called ``make_cache_key`` return, and texts (or hashes) that are
    bound to ``cache_key``. A tuple so called is the key of a dictionary in this process.
    """
    for scope in module.scopes if module in _calling_keys(module.service) else ():
        if isinstance(scope, Function) and scope.name.endswith(_CALLED):
            stays = _stays(scope)
            for _, statement in scope.returned:
                if statement.value is not None and not _is_tuple(scope, statement.value):
                    yield _Key(scope, statement.value, stays)
        for name, bindings in scope.bindings.items():
            if name.endswith(_CALLED):
                stays = _stays_in(scope, name)
                for binding in bindings:
                    if isinstance(binding, Assigned) and not binding.unpacked:
                        if binding.value is not None and _is_key(scope, binding.value):
                            yield _Key(scope, binding.value, stays)


def _stays(function: Function) -> bool:
    """Tell whether what *function* returns is no more than the key of a dictionary to all."""
    sites = list(calls_to(function.module.service, function))
    return bool(sites) and all(
        isinstance(site.step.statement, f.Assign)
        and site.step.statement.value is site.call
        and all(
            isinstance(target, f.Name) and _stays_in(site.scope, target.name)
            for target in site.step.statement.targets
        )
        for site in sites
    )


def _stays_in(scope: Scope, name: str) -> bool:
    """Tell whether *name* is only the key of a dictionary of this process: ``kept[name]``.

    It may be logged. Whatever else is done with it may hand it to others, be it another function.
    """
    indexed = False
    for inner in (scope, *scope.walk()):
        for _, mention, around in readings(inner, name):
            match around[-1:]:
                case (f.Subscript(value=kept, index=index),) if index is mention:
                    indexed = indexed or client_of(inner, kept) is None
                case (f.Compare(left=left, operators=("in" | "not in",)),) if left is mention:
                    pass
                case (
                    f.Call(
                        function=f.Attribute(name="get" | "pop" | "setdefault", value=kept),
                        arguments=(first, *_),
                    ),
                ) if first is mention and _is_dictionary(inner, kept):
                    indexed = True
                case _ if any(isinstance(x, f.Call) and is_log_call(inner, x) for x in around):
                    pass
                case _:
                    return False
    return indexed


def _is_dictionary(scope: Scope, kept: f.Expression) -> bool:
    """Tell whether *kept* is one, or *scope* writes into it as one does into a dictionary."""
    made = type_of(scope, kept)
    if made is not None:
        return made.path in _DICTIONARIES
    written = f.render(kept)
    return any(
        isinstance(target, f.Subscript) and f.render(target.value) == written
        for step in scope.steps
        if isinstance(step.statement, f.Assign)
        for target in step.statement.targets
    )


def _is_tuple(scope: Scope, value: f.Expression) -> bool:
    if isinstance(value, f.Collection):
        return value.kind == "tuple"
    made = type_of(scope, value)
    return made is not None and made.path == "builtins.tuple"


def _is_key(scope: Scope, value: f.Expression) -> bool:
    """Tell whether *value*, called a cache key, is one outside this process: a text, a hash."""
    if isinstance(value, f.Call) and path_of(scope, value.function) == "builtins.hash":
        return True
    made = type_of(scope, value)
    return key_text(scope, value) is not None or (made is not None and made.path == "builtins.str")


def _behind(
    scope: Scope, expression: f.Expression, seen: set[int]
) -> Iterator[tuple[Scope, f.Call | f.Hole | f.Name]]:
    """Yield the calls and fields ``{x!r}`` whose texts certainly become part of *expression*.

    Followed are variables, functions of the service that make keys, and what
    keeps a text: formatting, joining, encoding, digests. An attribute or an item of a thing
    is not the thing, and what an unknown function makes of its arguments is unknown. Names of
    parameters are yielded as well.
    """
    if id(expression) in seen:
        return
    seen.add(id(expression))
    match expression:
        case f.Name(name=name):
            symbol = look_up(scope, name)
            if isinstance(symbol, Variable):
                for binding in symbol.bindings:
                    if isinstance(binding, Received):
                        yield symbol.scope, expression
                    elif isinstance(binding, Assigned) and not binding.unpacked:
                        if binding.value is not None:
                            yield from _behind(symbol.scope, binding.value, seen)
        case f.Call():
            yield scope, expression
            callee = callee_of(scope, expression)
            if isinstance(callee, Function) and not _is_followed(callee, scope):
                return  # what some function of another module makes is no part of the key
            if isinstance(callee, Function):
                for _, statement in callee.returned:
                    if statement.value is not None:
                        yield from _behind(callee, statement.value, seen)
            for argument in _kept_by(scope, expression, callee):
                yield from _behind(scope, argument, seen)
        case f.Template(parts=parts):
            for part in parts:
                if isinstance(part, f.Hole):
                    if part.conversion == "r":
                        yield scope, part
                    yield from _behind(scope, part.value, seen)
        case f.Conditional(body=body, otherwise=otherwise):
            yield from _behind(scope, body, seen)
            yield from _behind(scope, otherwise, seen)
        case f.Subscript(value=value, index=f.Slice()):
            yield from _behind(scope, value, seen)
        case f.Await() | f.Attribute() | f.Lambda() | f.Compare() | f.Subscript():
            return
        case _:
            for inner in f.children(expression):
                yield from _behind(scope, inner, seen)


def _is_followed(callee: Function, scope: Scope) -> bool:
    """Tell whether what *callee* returns is part of what is made of it in *scope*."""
    here = callee.module is scope.module
    return not callee.is_async and (here or bool(_MAKING.search(callee.name)))


def _kept_by(scope: Scope, call: f.Call, callee: Symbol | None) -> Iterator[f.Expression]:
    """Yield what *call* is given, or called on, that becomes part of its result."""
    match callee:
        case Function() if not _MAKING.search(callee.name):
            for parameter in callee.arguments:
                if parameter.name in _kept(callee):
                    given = argument_for(callee, call, parameter)
                    if parameter.kind in _VARIADIC:
                        yield from call.given
                    elif given is not None:
                        yield given
            return
        case External(path=path) if not path.startswith(_KEEPING) or path in _LOSING:
            return
    match call.function:
        case f.Name(name=name) if callee is None and not _MAKING.search(name):
            return
        case f.Attribute(value=owner, name=name) if not isinstance(callee, Function):
            if callee is None and name not in _TEXT_METHODS:
                return
            yield owner
    yield from call.given


def _kept(function: Function) -> frozenset[str]:
    """Return the parameters that become part of what *function* returns."""
    memory = function.module.service.memory
    return memory.ask(("kept", function), frozenset[str](), _find_kept, function)


def _find_kept(function: Function) -> frozenset[str]:
    return frozenset(
        part.name
        for _, statement in function.returned
        if statement.value is not None
        for place, part in _behind(function, statement.value, set())
        if isinstance(part, f.Name) and place is function
    )

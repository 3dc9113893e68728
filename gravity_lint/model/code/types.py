"""What kind of thing a value is, as far as annotations and constructors tell.

This is no type checker: where the code leaves a doubt, the answer is None.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.annotations import Alternative, opened, symbol_of
from gravity_lint.model.code.bindings import Assigned, Binding, Caught, Entered, Iterated, Received
from gravity_lint.model.code.frameworks import RESULTS, canonical
from gravity_lint.model.code.mentions import is_left_at_none
from gravity_lint.model.code.names import (
    External,
    Symbol,
    Variable,
    ancestors,
    class_member,
    external_ancestors,
    look_up,
    resolve,
)
from gravity_lint.model.code.scopes import Class, Function, Module, Scope

_YIELDING = {
    "typing.AsyncGenerator",
    "typing.AsyncIterator",
    "typing.AsyncIterable",
    "typing.Generator",
    "typing.Iterator",
    "typing.Iterable",
    "contextlib.AbstractAsyncContextManager",
    "contextlib.AbstractContextManager",
    "typing.AsyncContextManager",
    "typing.ContextManager",
}
_AWAITABLE = {"typing.Awaitable", "typing.Coroutine"}
_LISTS = {
    "builtins.list",
    "builtins.set",
    "builtins.frozenset",
    "typing.Sequence",
    "typing.Iterable",
    "typing.Collection",
    "typing.Iterator",
    "typing.AsyncIterator",
    "typing.AsyncGenerator",
    "typing.Generator",
}
BARE = {"builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"}
"""Bases that bring no attributes of their own."""
_VALIDATING = {
    "model_validate",
    "model_validate_json",
    "model_construct",
    "from_orm",
    "parse_obj",
    "parse_raw",
    "construct",
}
"""What pydantic's classes make objects of themselves with."""
_LITERALS = {"str", "int", "float", "bool", "bytes"}


class Type(msgspec.Struct, frozen=True):
    """The class that a value is an instance of, with its type arguments where known.

    *of* is a class of the service or the canonical path of an external one.
    What calling an external function gives is ``path()``, when nothing better
    is known. A class object itself (not an instance) has *is_class* set.
    """

    of: Class | str
    arguments: tuple[Type | None, ...] = ()
    is_class: bool = False

    @property
    def cls(self) -> Class | None:
        """The class of the service, if it is one."""
        return self.of if isinstance(self.of, Class) else None

    @property
    def path(self) -> str:
        """The canonical path of an external class; empty for one of the service."""
        return self.of if isinstance(self.of, str) else ""

    @property
    def name(self) -> str:
        """The class's bare name."""
        return self.of.name if isinstance(self.of, Class) else self.of.rpartition(".")[2]

    @property
    def symbol(self) -> Class | External:
        """The class as a symbol."""
        return self.of if isinstance(self.of, Class) else External(self.of)

    def is_a(self, *paths: str) -> bool:
        """Tell whether the class certainly is or inherits one of *paths*."""
        return not external_ancestors(self.symbol).isdisjoint(paths)


def type_of(scope: Scope, expression: f.Expression | None) -> Type | None:
    """Return the type of the value of *expression* seen from *scope*; None if unknown."""
    if expression is None:
        return None
    return scope.module.service.memory.ask(
        ("type", scope, expression), None, _type_of, scope, expression
    )


def _type_of(scope: Scope, expression: f.Expression) -> Type | None:
    match expression:
        case f.Constant(kind=kind):
            return Type(f"builtins.{kind}") if kind in _LITERALS else None
        case f.Template():
            return Type("builtins.str")
        case f.Collection(kind=kind, items=items):
            inner = _common([type_of(scope, item) for item in items])
            return Type(f"builtins.{kind}", (inner,) if items and kind != "tuple" else ())
        case f.Mapping():
            return Type("builtins.dict")
        case f.Comprehension(kind="list", element=element):
            return Type("builtins.list", (type_of(scope, element),))
        case f.Comprehension(kind="dict"):
            return Type("builtins.dict")
        case f.Await(value=value) | f.Walrus(value=value):
            return type_of(scope, value)
        case f.Conditional(body=body, otherwise=otherwise):
            sides = [x for x in (body, otherwise) if not _is_nothing(scope, x)]
            return _common([type_of(scope, x) for x in sides])
        case f.Boolean(values=values):
            return _common([type_of(scope, x) for x in values if not _is_nothing(scope, x)])
        case f.Call():
            return _type_of_call(scope, expression)
        case f.Name(name=name):
            return _type_of_symbol(look_up(scope, name))
        case f.Attribute(value=value, name=name):
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable) and isinstance(symbol.scope, Class):
                return type_of_attribute(Type(symbol.scope), name)
            if symbol is not None and not isinstance(symbol, External):
                return _type_of_symbol(symbol)
            owner = type_of(scope, value)
            if owner is not None and owner.is_class and owner.cls is not None:
                if isinstance(class_member(owner.cls, name), Variable):
                    return type_of_attribute(Type(owner.of), name)
            if owner is not None and not owner.is_class:
                return type_of_attribute(owner, name)
            if isinstance(symbol, External):
                return _type_of_symbol(symbol)
        case f.Subscript(value=value, index=f.Slice()):
            return type_of(scope, value)
        case f.Subscript(value=value):
            owner = type_of(scope, value)
            if owner is not None and owner.path in _LISTS and owner.arguments:
                return owner.arguments[0]
            if owner is not None and owner.path == "builtins.dict" and len(owner.arguments) == 2:
                return owner.arguments[1]
    return None


def _is_nothing(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* certainly is None: also a parameter that no caller gives."""
    if isinstance(expression, f.Name) and isinstance(scope, Function):
        if scope.parameter(expression.name) is not None:
            only = len(scope.bindings[expression.name]) == 1
            return only and is_left_at_none(scope, expression.name)
    return f.is_none(expression)


def _common(types: list[Type | None]) -> Type | None:
    """Return the type on which all agree, else None."""
    if not types or any(t != types[0] for t in types):
        return None
    return types[0]


def _type_of_symbol(symbol: Symbol | None) -> Type | None:
    match symbol:
        case Class():
            return Type(symbol, is_class=True)
        case External(path=path) if symbol.name[:1].isupper():
            return Type(path, is_class=True)
        case Variable():
            return type_of_variable(symbol)
        case Function():
            is_property = any(
                isinstance(d, f.Name) and d.name in ("property", "cached_property")
                for d in symbol.decorators
            )
            return result_of(symbol) if is_property else None
    return None


def type_of_variable(variable: Variable) -> Type | None:
    """Return the type on which everything that *variable* is bound to agrees.

    ``db = db or self.db`` adds what stands in for a missing value to what the name is already. What
    an annotated parameter is given in that way is taken for what the annotation says, unless it is
    known to be something else. A module's ``producer = None`` is what functions bind it to.
    """
    types: list[Type | None] = []
    declared = any(isinstance(x, Received) and x.parameter.annotation for x in variable.bindings)
    for scope, binding in _bindings_of(variable):
        if isinstance(binding, Assigned):
            substitute = _substitute(variable.name, binding)
            if substitute is not None:
                found = type_of(scope, substitute)
                if found is not None or not declared:
                    types.append(found)
                continue
            if binding.operator:
                continue
            if binding.annotation is None and (binding.value is None or f.is_none(binding.value)):
                continue
        elif isinstance(binding, Received) and len(variable.bindings) > 1:
            # ``if client is None: client = get_client()``
            function, parameter = scope, binding.parameter
            if isinstance(function, Function) and parameter.annotation is None:
                if is_left_at_none(function, parameter.name):
                    continue
        types.append(_type_of_binding(scope, binding))
    return _common(types)


def _bindings_of(variable: Variable) -> Iterator[tuple[Scope, Binding]]:
    """Yield what *variable* is bound to, each with the scope in which that is said.

    What functions bind it to counts where the module leaves it at None.
    """
    for binding in variable.bindings:
        yield variable.scope, binding
    if isinstance(variable.scope, Module) and all(map(_is_left_open, variable.bindings)):
        yield from variable.scope.bound_inside.get(variable.name, ())


def _is_left_open(binding: Binding) -> bool:
    """Tell whether *binding* is ``name = None``, without an annotation."""
    return (
        isinstance(binding, Assigned)
        and binding.annotation is None
        and not (binding.unpacked or binding.operator)
        and f.is_none(binding.value)
    )


def _substitute(name: str, binding: Assigned) -> f.Expression | None:
    """Return what *binding* gives *name* where that has no value: ``x = x or this``."""
    if binding.annotation is not None or binding.unpacked or binding.operator:
        return None
    match binding.value:
        case f.Boolean(operator="or", values=(f.Name(name=kept), other)) if kept == name:
            return other
        case f.Conditional(body=f.Name(name=kept), otherwise=other) if kept == name:
            return other
        case f.Conditional(body=other, otherwise=f.Name(name=kept)) if kept == name:
            return other
    return None


def _type_of_binding(scope: Scope, binding: Binding) -> Type | None:
    match binding:
        case Assigned(value=value, annotation=annotation, unpacked=unpacked):
            if annotation is not None and not unpacked:
                return _declared(scope, annotation, value)
            found = type_of(scope, value)
            for index in unpacked:
                found = _element(found, index)
            return found
        case Received(parameter=parameter):
            return type_of_parameter(scope, parameter)
        case Iterated(iterable=iterable, unpacked=(), is_async=is_async):
            found = type_of(scope, iterable)
            if found is not None and found.path in _GENERATORS.values():
                return _generated(found, is_async=is_async)
            return _element(found, 0)
        case Entered(context=context):
            return _entered(scope, context)
        case Caught(handler=handler):
            if handler.type is None or isinstance(handler.type, f.Collection):
                return None
            symbol = resolve(scope, handler.type)
            if isinstance(symbol, Class):
                return Type(symbol)
            return Type(symbol.path) if isinstance(symbol, External) else None
    return None


def _declared(scope: Scope, annotation: f.Expression, value: f.Expression | None) -> Type | None:
    """Return what an annotation promises, or what is assigned if it leaves that open."""
    found = annotated_type(scope, annotation)
    if value is None or f.is_none(value):
        return found
    is_open = found is None or found.path == "typing.Any"
    given = type_of(scope, value) if is_open or isinstance(value, f.Call) else None
    return given if (is_open and given is not None) or given == _NOTHING else found


def _element(found: Type | None, index: int) -> Type | None:
    if found is None or not found.arguments:
        return None
    if found.path == "builtins.tuple":
        return found.arguments[index] if 0 <= index < len(found.arguments) else None
    return found.arguments[0] if found.path in _LISTS else None


def _entered(scope: Scope, context: f.Expression) -> Type | None:
    """Return what ``with context as x`` binds: most context managers give themselves."""
    found = type_of(scope, context)
    if found is not None and found.path in _GENERATORS.values():
        return None  # a generator is no context manager
    if isinstance(context, f.Call):
        callee = callee_of(scope, context)
        if isinstance(callee, Function) and callee.returns is not None:
            return annotated_type(callee, callee.returns)
    if found is not None and found.path == "sqlalchemy.ext.asyncio.AsyncEngine":
        return None
    if found is not None and found.cls is not None and not found.is_class:
        for name in ("__aenter__", "__enter__"):
            enter = class_member(found.cls, name)
            if isinstance(enter, Function):
                given = result_of(enter)
                return found if given is not None and given.path in _SELF else given
    return found


_OF_CLASSES = ("__new__", "__init_subclass__", "__class_getitem__")
"""Methods that Python calls on the class without being told so."""
_SELF = ("typing.Self", "typing_extensions.Self")


def type_of_parameter(scope: Scope, parameter: f.Parameter) -> Type | None:
    """Return the type of a parameter: its annotation's, or what its ``Depends`` provides.

    The receiver of a method has the class's type.
    """
    if isinstance(scope, Function) and scope.receiver == parameter.name and scope.cls is not None:
        is_class = scope.name in _OF_CLASSES or any(
            isinstance(d, f.Name) and d.name == "classmethod" for d in scope.decorators
        )
        return Type(scope.cls, is_class=is_class)
    outside = scope.parent if scope.parent is not None else scope
    if parameter.annotation is not None:
        found = annotated_type(outside, parameter.annotation)
        if parameter.kind is f.ParameterKind.VARIADIC:
            return Type("builtins.tuple", (found,) if found is not None else ())
        if found is not None:
            return found
    if isinstance(parameter.default, f.Call):
        provider = provider_of(outside, parameter.default)
        if isinstance(provider, Function):
            return result_of(provider)
        if isinstance(provider, Class):
            return Type(provider)
        if isinstance(provider, External):
            return Type(provider.path if provider.name[:1].isupper() else f"{provider.path}()")
    return None


def provider_of(scope: Scope, expression: f.Expression) -> Symbol | None:
    """Return what ``Depends(provider)`` or ``Security(provider)`` calls; None for anything else.

    That may be a method of an object: ``Depends(database.session)``.
    """
    if not isinstance(expression, f.Call):
        return None
    marker = resolve(scope, expression.function)
    if isinstance(marker, External) and marker.path in ("fastapi.Depends", "fastapi.Security"):
        given = expression.argument(0, "dependency")
        found = resolve(scope, given)
        if found is None and isinstance(given, f.Attribute):
            owner = type_of(scope, given.value)
            return method_of(owner, given.name) if owner is not None else None
        return found
    return None


def annotated_type(scope: Scope, annotation: f.Expression | None) -> Type | None:
    """Return the type that *annotation* promises, on which all its alternatives agree.

    Generators and context managers are what they yield, awaitables what they give.
    """
    if annotation is None:
        return None
    memory = scope.module.service.memory
    return memory.ask(("annotated", scope, annotation), None, _annotated_type, scope, annotation)


def _annotated_type(scope: Scope, annotation: f.Expression) -> Type | None:
    return _common([_type_of_alternative(x) for x in opened(scope, annotation).alternatives])


def _type_of_alternative(alternative: Alternative) -> Type | None:
    scope, expression = alternative.scope, alternative.expression
    match expression:
        case f.Subscript(value=value):
            symbol, arguments = symbol_of(scope, value), alternative.arguments
            if isinstance(symbol, External):
                if symbol.path in _YIELDING:
                    return annotated_type(*arguments[0])
                if symbol.path in _AWAITABLE:
                    return annotated_type(*arguments[-1])
                if symbol.path == "builtins.type":
                    inner = annotated_type(*arguments[0])
                    return Type(inner.of, inner.arguments, is_class=True) if inner else None
            of = _type_of_class(symbol)
            if of is None:
                return None
            # ``tuple[int, ...]`` holds numbers, however many.
            given = (x for x in arguments if not f.is_ellipsis(x[1]))
            return Type(of.of, tuple(annotated_type(*placed) for placed in given))
        case f.Name() | f.Attribute():
            return _type_of_class(symbol_of(scope, expression))
    return None


def _type_of_class(symbol: Symbol | None) -> Type | None:
    match symbol:
        case Class():
            return Type(symbol)
        case External(path=path):
            return Type(path)
    return None


def callee_of(scope: Scope, call: f.Call) -> Symbol | None:
    """Return the function or class that *call* calls, methods of known objects included."""
    return scope.module.service.memory.ask(("callee", scope, call), None, _callee_of, scope, call)


def _callee_of(scope: Scope, call: f.Call) -> Symbol | None:
    symbol = resolve(scope, call.function)
    if isinstance(symbol, Function | Class | External):
        return symbol
    match call.function:
        case f.Attribute(value=f.Call(function=f.Name(name="super"), arguments=()), name=name):
            cls = _enclosing_class(scope)
            if cls is not None:
                for ancestor in list(ancestors(cls))[1:]:
                    if isinstance(ancestor, Class) and name in ancestor.methods:
                        return ancestor.methods[name]
        case f.Attribute(value=value, name=name):
            owner = type_of(scope, value)
            if owner is not None:
                return method_of(owner, name)
    return None


def _enclosing_class(scope: Scope) -> Class | None:
    return next((x for x in scope.outward() if isinstance(x, Class)), None)


def method_of(owner: Type, name: str) -> Symbol | None:
    """Return the method *name* of objects of type *owner*."""
    for ancestor in ancestors(owner.symbol):
        if isinstance(ancestor, Class) and name in ancestor.bindings:
            return class_member(ancestor, name)
        if isinstance(ancestor, Class) and name in ancestor.attributes:
            return None
        if isinstance(ancestor, External) and ancestor.path not in BARE:
            return External(canonical(f"{ancestor.path}.{name}"))
        if ancestor is None:
            return None
    return None


def _type_of_call(scope: Scope, call: f.Call) -> Type | None:
    match call.function:
        case f.Name(name="super"):
            return None
        case f.Attribute(value=value, name=name) if name in _VALIDATING:
            owner = type_of(scope, value)
            if owner is not None and owner.is_class:
                # Of a class that is not in view, the method itself tells that it is a schema.
                if owner.is_a("pydantic.BaseModel") or (owner.path and name != "construct"):
                    return Type(owner.of, owner.arguments)
        case f.Attribute(name="__new__"):
            made = type_of(scope, call.argument(0))
            return Type(made.of, made.arguments) if made is not None and made.is_class else None
    callee = callee_of(scope, call)
    match callee:
        case Class():
            return Type(callee)
        case Function():
            return _given_by(callee)
        case External(path="contextvars.ContextVar.get"):
            return _element_of_variable(scope, call)
        case External(path=path) if path in _ADVANCING and isinstance(call.function, f.Attribute):
            return _generated(type_of(scope, call.function.value), is_async=_ADVANCING[path])
        case External(path=path):
            if path == "builtins.cast" or path == "typing.cast":
                return annotated_type(scope, call.argument(0))
            return _result_of_external(scope, call, path)
    made = type_of(scope, call.function)
    if made is not None and made.is_class:
        return Type(made.of, made.arguments)
    if made is not None and f"{made.path}()" in RESULTS:
        return Type(RESULTS[f"{made.path}()"])
    if made is not None and made.path == "typing.Callable" and made.arguments:
        return made.arguments[-1]
    return None


def _element_of_variable(scope: Scope, call: f.Call) -> Type | None:
    """Return what ``variable.get()`` gives for a `ContextVar` with a type argument."""
    if not isinstance(call.function, f.Attribute):
        return None
    owner = type_of(scope, call.function.value)
    return owner.arguments[0] if owner is not None and owner.arguments else None


SESSION_MAKERS = ("sqlalchemy.orm.sessionmaker", "sqlalchemy.ext.asyncio.async_sessionmaker")


def _result_of_external(scope: Scope, call: f.Call, path: str) -> Type:
    if path in SESSION_MAKERS:
        return _made_maker(scope, call, path)
    if path in RESULTS:
        return Type(RESULTS[path])
    if path in ("builtins.anext", "builtins.next"):
        generator = type_of(scope, call.argument(0))
        yielded = _generated(generator, is_async=path == "builtins.anext")
        return yielded if yielded is not None else Type(f"{path}()")
    name = path.rpartition(".")[2]
    return Type(path) if name[:1].isupper() else Type(f"{path}()")


def _made_maker(scope: Scope, call: f.Call, path: str) -> Type:
    """Return the kind of session maker that *call* makes: what counts is its ``class_``."""
    given = call.argument(1, "class_") if path == SESSION_MAKERS[0] else call.keyword("class_")
    if path == SESSION_MAKERS[1] or given is None:
        # Unpacked keywords may hold a class_ that is not seen.
        return Type(
            f"{path}()" if given is None and call.unpacks and path == SESSION_MAKERS[0] else path
        )
    kind = resolve(scope, given)
    if isinstance(kind, Class | External):
        of = Type(kind if isinstance(kind, Class) else kind.path)
        if of.is_a("sqlalchemy.ext.asyncio.AsyncSession"):
            return Type(SESSION_MAKERS[1])
        if of.is_a("sqlalchemy.orm.Session"):
            return Type(SESSION_MAKERS[0])
    return Type(f"{path}()")


_GENERATORS = {False: "typing.Generator", True: "typing.AsyncGenerator"}
"""What a call of a function that yields gives, by whether it is an ``async def``."""
_GENERATING = {
    "typing.Generator": False,
    "typing.Iterator": False,
    "typing.AsyncGenerator": True,
    "typing.AsyncIterator": True,
}
"""Annotations of a function that gives such a thing."""
_ADVANCING = {
    "typing.Generator.__next__": False,
    "typing.Generator.send": False,
    "typing.AsyncGenerator.__anext__": True,
    "typing.AsyncGenerator.asend": True,
}
_PLAIN = frozenset({"staticmethod", "classmethod", "override"})
"""Decorators that leave a generator what it is."""
_NOTHING = Type("typing.NoReturn")
"""What has no value: it raises."""


def _given_by(function: Function) -> Type | None:
    """Return the type of what a call of *function* gives, awaited: a generator is no value yet.

    What a decorator makes of a generator (a context manager, say) stands for what it yields.
    """
    if not all(isinstance(d, f.Name) and d.name in _PLAIN for d in function.decorators):
        return result_of(function)
    is_async = function.is_async if function.is_generator else None
    if isinstance(function.returns, f.Subscript) and not function.is_generator:
        symbol = resolve(function.parent or function, function.returns.value)
        is_async = _GENERATING.get(symbol.path) if isinstance(symbol, External) else None
    if is_async is None:
        return result_of(function)
    return Type(_GENERATORS[is_async], (result_of(function),))


def _generated(generator: Type | None, *, is_async: bool) -> Type | None:
    """Return the type of what *generator* gives next, be it asked for with or without ``await``.

    Whoever asks a generator of the other kind gets a `TypeError` and no value.
    """
    if generator is None or generator.path not in _GENERATORS.values():
        return None
    if generator.path != _GENERATORS[is_async]:
        return _NOTHING
    return generator.arguments[0]


def result_of(function: Function) -> Type | None:
    """Return the type of what calling (and awaiting) *function* gives."""
    # a function that returns what it calls itself: unknown
    return function.module.service.memory.ask(("result", function), None, _result_of, function)


def _result_of(function: Function) -> Type | None:
    if function.returns is not None:
        promised = annotated_type(function.parent or function, function.returns)
        if promised is None or promised.path != "typing.Any":
            return promised
    if function.is_generator:
        yielded = [x.value for _, x in function.contents.yields if not x.delegates]
        return _common([type_of(function, value) for value in yielded])
    returned = [r.value for _, r in function.returned if r.value and not f.is_none(r.value)]
    return _common([type_of(function, value) for value in returned])


def type_of_attribute(owner: Type, name: str) -> Type | None:
    """Return the type of the attribute *name* of objects of type *owner*."""
    for ancestor in ancestors(owner.symbol):
        if isinstance(ancestor, External) and ancestor.path in BARE:
            continue
        if not isinstance(ancestor, Class):
            return None
        if name in ancestor.bindings:
            symbol = class_member(ancestor, name)
            if isinstance(symbol, Class | External):
                return None
            found = _type_of_symbol(symbol)
            if found is not None:
                return found
        if name in ancestor.attributes:
            return _common(
                [
                    _declared(method, assign.annotation, assign.value)
                    if assign.annotation is not None
                    else type_of(method, assign.value)
                    for method, assign in ancestor.attributes[name]
                    if (assign.value is not None and not f.is_none(assign.value))
                    or assign.annotation is not None
                ]
            )
    return None


def module_of(symbol: Symbol | None) -> Module | None:
    """Return the module of the service in which *symbol* is defined."""
    match symbol:
        case Module():
            return symbol
        case Class() | Function():
            return symbol.module
        case Variable(scope=scope):
            return scope.module
    return None

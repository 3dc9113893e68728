"""The exceptions of a service: its classes, and what is known of their hierarchy.

A *domain exception* reaches the root that the patterns document calls
``GravityException`` ("Custom Exceptions"), be it a class of the service or one
of a shared library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from gravity_lint import facts as f
from gravity_lint.configuration.settings import Vocabulary
from gravity_lint.model.api.statuses import Frame, status_of, status_within
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.frameworks import external_bases
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    bases,
    inherits,
    path_of,
    resolve,
)
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.scripts import stands_alone
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.subjects import AtClass
from gravity_lint.model.code.types import Type, result_of, type_of
from gravity_lint.model.code.words import saying
from gravity_lint.model.logs.home import is_library

HTTP_EXCEPTION = "fastapi.HTTPException"
_SERVING = (
    *("fastapi", "starlette", "celery", "faststream", "taskiq", "aio_pika", "aiokafka", "arq"),
    *("dramatiq", "temporalio"),
)
"""Libraries of services and workers."""
_SHARED_STATUSES = {
    "BadRequestException": 400,
    "ValidationException": 400,
    "AuthenticationException": 401,
    "UnauthorizedException": 401,
    "AuthorizationException": 403,
    "ForbiddenException": 403,
    "NotFoundException": 404,
    "ResourceNotFoundException": 404,
    "ConflictException": 409,
    "DuplicateResourceException": 409,
}
"""The document's exceptions, and others that are called after a status. Where they come from a
shared library, their bases are out of view; that they are siblings is known all the same."""


def is_root(symbol: Class | External, words: Vocabulary) -> bool:
    """Tell whether *symbol* is the root of the domain exceptions."""
    if "." in words.exception_root:
        name = symbol.label if isinstance(symbol, Class) else symbol.path
        return name == words.exception_root
    return symbol.name == words.exception_root


def is_domain(service: Service, symbol: Class | External) -> bool | None:
    """Tell whether *symbol* is a domain exception; None if that is not knowable."""
    return service.memory.ask(("domain", symbol), False, _is_domain, service, symbol)


def _is_domain(service: Service, symbol: Class | External) -> bool | None:
    if is_root(symbol, service.settings.vocabulary) or _is_shared(service, symbol):
        return True
    if isinstance(symbol, Class):
        above: Sequence[object] = bases(symbol)
    else:
        above = ancestors(symbol)[1:]
    answers = [is_domain(service, x) if isinstance(x, Class | External) else None for x in above]
    return True if True in answers else None if None in answers else False


def _is_shared(service: Service, symbol: Class | External) -> bool:
    """Tell whether *symbol* is a class of a module that holds domain exceptions only.

    A shared one, or the service's own ``exceptions`` where that is not in view.
    """
    if isinstance(symbol, Class):
        return False
    words = service.settings.vocabulary
    module, _, name = symbol.path.rpartition(".")
    if not name[:1].isupper():
        return False
    if any(module == x or module.startswith(f"{x}.") for x in words.exception_modules):
        return True
    own = "exceptions" in module.split(".") and name.endswith(words.exception_suffixes)
    return own and service.misses(module)


def is_exception(service: Service, symbol: Class | External) -> bool | None:
    """Tell whether *symbol* is an exception class; None if that is not knowable."""
    if is_domain(service, symbol):
        return True
    return inherits(symbol, "builtins.BaseException")


def is_kind_of(service: Service, symbol: Class | External, kind: Class | External) -> bool | None:
    """Tell whether ``except kind`` takes an exception of class *symbol*; None if unknown."""
    above = ancestors(symbol)
    if kind in above:
        return True
    if isinstance(kind, External) and kind.path == "builtins.BaseException":
        return True
    if None not in above:
        return False
    if isinstance(kind, External) and kind.path == "builtins.Exception":
        return True
    # What lies behind an unknown base is not known, but for the shared domain exceptions.
    if is_domain(service, symbol):
        if is_root(kind, service.settings.vocabulary):
            return True
        return None if _may_inherit(symbol, kind) else False
    return None


def _may_inherit(symbol: Class | External, kind: Class | External) -> bool:
    """Tell whether *kind* may be among the bases of a domain exception that are out of view.

    Where the view ends at a class of a shared library, only classes of that
    library and HTTP exceptions may.
    """
    above = [a for a in ancestors(symbol) if a is not None]
    if any(isinstance(a, Class) and None in bases(a) for a in above):
        return True
    if isinstance(kind, Class):
        return False
    if kind.path == HTTP_EXCEPTION:
        return True
    shared = [a for a in above if isinstance(a, External) and external_bases(a.path) is None]
    package = kind.package
    return any(a.package == package for a in shared) and not any(
        _are_siblings(a, kind) for a in shared
    )


def _are_siblings(one: External, other: External) -> bool:
    """Tell whether two shared exceptions stand for different statuses, so that neither is both."""
    statuses = [_SHARED_STATUSES.get(symbol.name) for symbol in (one, other)]
    return None not in statuses and statuses[0] != statuses[1]


def method_resolution(symbol: Class | External) -> tuple[Class | External, ...] | None:
    """Return the ``__mro__`` of *symbol*; None if a base is unknown or there is none.

    An external class of which nothing is known stands for itself. Classes that
    are each other's base have no order.
    """
    if isinstance(symbol, External):
        return tuple([a for a in ancestors(symbol) if a is not None])
    return symbol.module.service.memory.ask(("mro", symbol), None, _method_resolution, symbol)


def _method_resolution(symbol: Class) -> tuple[Class | External, ...] | None:
    rows: list[list[Class | External]] = []
    own: list[Class | External] = []
    for base in bases(symbol):
        above = method_resolution(base) if isinstance(base, Class | External) else None
        if above is None or not isinstance(base, Class | External):
            return None
        rows.append(list(above))
        own.append(base)
    if len(rows) == 1:
        return (symbol, *rows[0])
    rows.append(own)
    merged: list[Class | External] = [symbol]
    while rows := [row for row in rows if row]:
        for row in rows:
            if not any(row[0] in other[1:] for other in rows):
                head = row[0]
                break
        else:
            return None
        merged.append(head)
        rows = [row[1:] if row[0] == head else row for row in rows]
    return tuple(merged)


# -- the classes that the service defines ----------------------------------------------------


class ExceptionClass(AtClass, Record, frozen=True):
    """An exception class that the app defines."""

    cls: Class

    @property
    def name(self) -> str:
        """Its bare name."""
        return self.cls.name

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings that this team gives the names of exceptions."""
        return self.module.service.settings.vocabulary.exception_suffixes

    @property
    def root_name(self) -> str:
        """What this team calls the root of the domain exceptions."""
        return self.module.service.settings.vocabulary.exception_root

    @property
    def documented(self) -> bool:
        """Tell whether it has a docstring that says something."""
        docstring = self.cls.docstring
        if docstring is None:
            return "__doc__" in self.cls.bindings
        return bool(docstring.text.strip())

    @cached_property
    def domain(self) -> bool | None:
        """Tell whether it is a domain exception; None if not knowable."""
        return is_domain(self.module.service, self.cls)

    @cached_property
    def topmost(self) -> bool:
        """Tell whether no other exception class of the app stands above it.

        Whoever gives the topmost one its root has given it to all below.
        """
        return not any(
            isinstance(ancestor, Class)
            and ancestor is not self.cls
            and in_app(ancestor.module)
            and inherits(ancestor, "builtins.Exception")
            for ancestor in ancestors(self.cls)
        )

    @property
    def serves_nobody(self) -> bool:
        """Tell whether it is of a library or a command, which knows neither servers nor the root.

        Known are only those that say what they are as a distribution.
        """
        service = self.module.service
        return (
            (is_library(service) or bool(service.distribution.scripts))
            and not any(service.distribution.requires(name) for name in _SERVING)
            and not any(saying(service, (*_SERVING, self.root_name)))
        )

    @property
    def written_bases(self) -> str:
        """Its bases as written."""
        return ", ".join(f.render(base) for base in self.cls.definition.bases)


@by_module
def exception_classes(module: Module) -> Iterator[ExceptionClass]:
    """Return the exception classes that the app defines, nested ones included.

    Warnings are none, nor is what derives from ``BaseException`` alone: that is
    control flow which ``except Exception`` shall not see; nor is a stand-in for
    a library's class where that cannot be imported, nor what a program that stands alone has, nor
    a function's own signal, which nobody else can name.
    """
    return (
        ExceptionClass(cls)
        for cls in (module.classes if in_app(module) and not stands_alone(module) else ())
        if cls.definition.bases
        and not isinstance(cls.parent, Function)
        and not _stands_in(cls)
        and (
            is_domain(module.service, cls)
            or (
                inherits(cls, "builtins.Exception")
                and inherits(cls, "builtins.Warning") is not True
            )
        )
    )


def _stands_in(cls: Class) -> bool:
    """Tell whether the class is only made where the import of another one has failed.

    So is one whose name an import of the same scope brings as well, whatever is asked for that.
    """
    scope = cls.parent or cls.module
    if any(isinstance(x, Imported) for x in scope.bindings.get(cls.name, ())):
        return True
    caught = [handler.type for handler in cls.step.handlers if handler.type is not None]
    kinds = [x for t in caught for x in (t.items if isinstance(t, f.Collection) else (t,))]
    return any(path_of(scope, kind) in _NOT_IMPORTED for kind in kinds)


_NOT_IMPORTED = ("builtins.ImportError", "builtins.ModuleNotFoundError")


# -- what an expression raises ---------------------------------------------------------------


class Thrown(msgspec.Struct, frozen=True):
    """What a ``raise`` throws: the class, and the status that an HTTP exception carries."""

    symbol: Class | External
    status: int | None = None

    @property
    def name(self) -> str:
        """The bare name of the class."""
        return self.symbol.name

    @property
    def is_http(self) -> bool:
        """Tell whether it certainly is an ``HTTPException``."""
        return inherits(self.symbol, HTTP_EXCEPTION) is True


def thrown_by(scope: Scope, expression: f.Expression | None) -> Thrown | None:
    """Return what ``raise expression`` in *scope* throws, None if unknown.

    A class, a call of one, a variable that holds one, or what a function of the
    service returns.
    """
    service = scope.module.service
    match expression:
        case f.Await(value=value):
            return thrown_by(scope, value)
        case f.Name() | f.Attribute():
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable) and isinstance(symbol.value, f.Call):
                return thrown_by(symbol.scope, symbol.value)
            if isinstance(symbol, Class | External):
                if not _may_be_raised(service, symbol):
                    return None
                # Python calls a class that is raised without anything.
                made = f.Call(*expression.span.place, expression, (), ())
                return Thrown(symbol, constructed_status(scope, made))
            return _of_type(service, type_of(scope, expression))
        case f.Call(function=f.Attribute(value=inner, name="with_traceback")):
            return thrown_by(scope, inner)
        case f.Call():
            symbol = resolve(scope, expression.function)
            if isinstance(symbol, Class | External):
                if not _may_be_raised(service, symbol):
                    return None
                return Thrown(symbol, constructed_status(scope, expression))
            found = symbol if isinstance(symbol, Function) else None
            if found is not None:
                return _of_result(found)
            return _of_type(service, type_of(scope, expression))
    return None


def _of_result(function: Function) -> Thrown | None:
    """Return what a function that makes an exception gives."""
    given = [thrown_by(function, r.value) for _, r in function.returned if _makes(function, r)]
    if given and all(x == given[0] for x in given):
        return given[0]
    return _of_type(function.module.service, result_of(function))


def _makes(function: Function, returned: f.Return) -> bool:
    """Tell whether a ``return`` constructs something on the spot; that cannot lead in a circle."""
    match returned.value:
        case f.Call(function=callee):
            return not isinstance(resolve(function, callee), Function)
    return False


def _of_type(service: Service, found: Type | None) -> Thrown | None:
    if found is None or not _may_be_raised(service, found.symbol):
        return None
    return Thrown(found.symbol)


def _may_be_raised(service: Service, symbol: Class | External) -> bool:
    if isinstance(symbol, Class):
        return is_exception(service, symbol) is not False
    return symbol.name[:1].isupper() and is_exception(service, symbol) is not False


# -- the status that an exception carries ----------------------------------------------------


def constructed_status(scope: Scope, call: f.Call) -> int | None:
    """Return the ``status_code`` of the exception that *call* constructs, None if unknown.

    An ``HTTPException`` gets it as its first argument. A class of the service
    hands it to its base through ``super().__init__``, keeps it as
    ``self.status_code`` or has it as an attribute of the class.
    """
    symbol = resolve(scope, call.function)
    if not isinstance(symbol, Class | External):
        return None
    return _status(symbol, scope, call, None, list(ancestors(symbol)))


def _status(
    symbol: Class | External,
    scope: Scope,
    call: f.Call,
    outer: Frame | None,
    line: list[Class | External | None],
) -> int | None:
    """Return the status that the constructors of *line* make of *call*, made in *scope*."""
    for index, ancestor in enumerate(line):
        if ancestor is None:
            return None
        if isinstance(ancestor, External):
            if ancestor.path == HTTP_EXCEPTION:
                return status_within(scope, call.argument(0, "status_code"), outer)
            continue
        init = ancestor.methods.get("__init__")
        if init is not None:
            frame = Frame(init, scope, call, outer)
            return _status_from(init, frame, line[index + 1 :], symbol)
    return _class_attribute(symbol)


def _status_from(
    init: Function, frame: Frame, above: list[Class | External | None], symbol: Class | External
) -> int | None:
    for site in init.calls:
        if isinstance(site.call.function, f.Attribute) and site.call.function.name == "__init__":
            found = _status(symbol, init, _bare(site.call), frame, above)
            if found is not None:
                return found
    for step in init.steps:
        match step.statement:
            case f.Assign(targets=(f.Attribute(value=f.Name(name=me), name="status_code"),)):
                if me == init.receiver:
                    return status_within(init, step.statement.value, frame)
    return _class_attribute(symbol)


def _bare(call: f.Call) -> f.Call:
    """Return ``Base.__init__(self, ...)`` as ``super().__init__(...)``: without the receiver."""
    match call.function:
        case f.Attribute(value=f.Call()):
            return call
    return f.Call(*call.span.place, call.function, call.arguments[1:], call.keywords)


def _class_attribute(symbol: Class | External) -> int | None:
    for ancestor in ancestors(symbol):
        if isinstance(ancestor, Class) and "status_code" in ancestor.bindings:
            return status_of(ancestor, Variable(ancestor, "status_code").value)
    return None

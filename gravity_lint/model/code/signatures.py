"""What a function's head says: its annotations, and what its decorators make of it."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import ancestors
from gravity_lint.model.code.scopes import Class, Function

_KEEPING = frozenset({"staticmethod", "classmethod", "override", "final"})
"""The decorators that leave a function's result as it is."""


def gives_value(statement: f.Return) -> bool:
    """Tell whether a ``return`` gives something other than a literal ``None``."""
    return statement.value is not None and not f.is_none(statement.value)


def decorator_names(function: Function) -> tuple[str, ...]:
    """Return the last words of the decorators: ``setter`` for ``@x.setter``; calls are opened."""
    found = []
    for decorator in function.decorators:
        named = f.called(decorator)
        found.append(named.name if isinstance(named, f.Name | f.Attribute) else "")
    return tuple(found)


def is_property(function: Function) -> bool:
    """Tell whether *function* is read like an attribute."""
    return any(
        name in ("property", "cached_property", "hybrid_property", "computed_field")
        for name in decorator_names(function)
    )


def is_abstract(function: Function) -> bool:
    """Tell whether *function* is there to be written by subclasses or by type checkers alone."""
    return any(
        name in ("abstractmethod", "abstractproperty", "overload")
        for name in decorator_names(function)
    )


def is_stub(function: Function) -> bool:
    """Tell whether the body does nothing: ``pass``, ``...``, or ``raise NotImplementedError``."""
    for statement in function.body:
        match statement:
            case f.Jump(kind="pass") | f.Evaluate(value=f.Constant()):
                continue
            case f.Raise(exception=f.Name(name="NotImplementedError")):
                continue
            case f.Raise(exception=f.Call(function=f.Name(name="NotImplementedError"))):
                continue
        return False
    return True


def bodies_of(function: Function) -> tuple[Function, ...]:
    """Return what may run where *function* is called: itself, or what stands in its place below.

    None where it is a method that is there to be written, and no class of the service does.
    """
    cls = function.cls
    if cls is None or cls.methods.get(function.name) is not function:
        return (function,)
    below = (x.methods.get(function.name) for x in heirs(function.module.service, cls))
    candidates = (function, *(x for x in below if x is not None))
    return tuple(x for x in candidates if not is_stub(x) and not is_abstract(x))


def is_special(function: Function) -> bool:
    """Tell whether Python itself calls the method: ``__aexit__``, ``__repr__``."""
    name = function.name
    return function.cls is not None and name.startswith("__") and name.endswith("__")


def is_overloaded(function: Function) -> bool:
    """Tell whether ``@overload`` signatures tell the types of *function*, or it is one of them."""
    definitions = function.parent.definitions if function.parent is not None else ()
    return any(
        "overload" in decorator_names(other)
        for other in definitions
        if isinstance(other, Function) and other.name == function.name
    )


def unannotated(function: Function) -> tuple[str, ...]:
    """Return the parameters without annotation as one writes them, the receiver aside."""
    stars = {f.ParameterKind.VARIADIC: "*", f.ParameterKind.VARIADIC_KEYWORD: "**"}
    return tuple(
        f"{stars.get(p.kind, '')}{p.name}" for p in function.arguments if p.annotation is None
    )


def returns_nothing(function: Function) -> bool:
    """Tell whether calling *function* certainly gives None, here and in every subclass.

    Not of a generator, nor of what only stands in for another body, is
    overridden, is wrapped by a decorator that may change it, or ends in a ``raise``.
    """
    if function.is_generator or is_stub(function) or is_abstract(function):
        return False
    if any(gives_value(r) for _, r in function.returned):
        return False
    if any(name not in _KEEPING for name in decorator_names(function)):
        return False
    if isinstance(function.body[-1], f.Raise | f.While):
        return False
    return not is_overridden(function)


def is_overridden(function: Function) -> bool:
    """Tell whether the service defines the method again below, or has done so above.

    Which of them a call means, its name alone does not tell.
    """
    if function.cls is None or function.cls.methods.get(function.name) is not function:
        return False
    above = list(ancestors(function.cls))[1:]
    near = (*above, *heirs(function.module.service, function.cls))
    return any(isinstance(x, Class) and function.name in x.methods for x in near)


def overridden(function: Function) -> tuple[Function, ...]:
    """Return the methods of classes above in whose place *function* stands, the nearest first."""
    if function.cls is None or function.cls.methods.get(function.name) is not function:
        return ()
    return tuple(
        ancestor.methods[function.name]
        for ancestor in list(ancestors(function.cls))[1:]
        if isinstance(ancestor, Class) and function.name in ancestor.methods
    )

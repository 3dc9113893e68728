"""What has the usual name of a module's logger, where another logger stands beside it."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, Symbol, Variable, bound
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.logs.kinds import LOGURU, LoggerKind, logger_kind
from gravity_lint.model.logs.loggers import LoggerBinding


class Namesake(Record, frozen=True):
    """What a name at the top of a module stands for: the module's logger, as a rule."""

    name: str
    symbol: Symbol | None

    @property
    def is_no_logger(self) -> bool:
        """Tell whether it is a function, a class or a module: a decorator called ``logger``."""
        return isinstance(self.symbol, Function | Class | Module)

    @property
    def is_of_others(self) -> bool:
        """Tell whether it is certainly a logger of ``logging`` or of loguru, and not structlog's.

        What is not known to be one may be structlog's.
        """
        match self.symbol:
            case Variable(scope=scope, value=value):
                return logger_kind(scope, value) is LoggerKind.STDLIB
            case External(path=path):
                return path == LOGURU
        return False

    def is_made_of(self, binding: LoggerBinding) -> bool:
        """Tell whether it holds what was made of the logger *binding*: ``_base.bind(part="x")``."""
        value = self.symbol.value if isinstance(self.symbol, Variable) else None
        return value is not None and any(
            isinstance(inner, f.Name) and inner.name == binding.name for inner in f.walk(value)
        )


def is_needed_before(binding: LoggerBinding, name: str) -> bool:
    """Tell whether *binding* is used while the module is loaded, and *name* only bound later."""
    module = binding.module
    bound_at = (
        step.index
        for step in module.steps
        if isinstance(step.statement, f.Assign)
        and any(isinstance(x, f.Name) and x.name == name for x in step.statement.targets)
    )
    first = next(bound_at, 0)
    return any(
        mention.step.scope is module and binding.step.index < mention.step.index < first
        for mention in module.mentions(binding.name)
    )


def namesake(module: Module, names: tuple[str, ...]) -> Namesake | None:
    """Return what is bound at the top of *module* to the first of *names* that is taken there.

    Not what a branch alone binds: elsewhere in the module it may not be there.
    """
    taken = [Namesake(name, bound(module, name)) for name in names if name in module.bindings]
    return next((x for x in taken if not _is_of_branch(module, x.symbol)), None)


def _is_of_branch(module: Module, symbol: Symbol | None) -> bool:
    value = symbol.value if isinstance(symbol, Variable) else None
    return value is not None and any(
        isinstance(step.statement, f.Assign)
        and step.statement.value is value
        and any(isinstance(block.owner, f.If) for block in step.block.ancestors())
        for step in module.steps
    )


def own_among(bindings: list[LoggerBinding]) -> LoggerBinding | None:
    """Return which of several loggers of a module is to stay: the first of structlog's, or of all.

    The calls of the others go through either; keywords only through structlog's.
    """
    structured = (x for x in bindings if x.kind is LoggerKind.STRUCTLOG)
    return next(structured, next(iter(bindings), None))

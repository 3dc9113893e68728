"""Calls of ``print`` in the app, and whether somebody at a terminal is meant to read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gravity_lint import facts as f
from gravity_lint.model.calls import calls_to
from gravity_lint.model.layers import Layer, in_app, layer_of
from gravity_lint.model.names import import_path, path_of
from gravity_lint.model.scopes import CallSite, Function, Imported, Module, Scope, Step
from gravity_lint.model.service import Service, query
from gravity_lint.spans import Span

# Migrations run under alembic's command line.
_COMMAND_LINES = frozenset(
    {"typer", "click", "argparse", "fire", "cyclopts", "rich_click", "alembic"}
)


@dataclass(frozen=True, eq=False)
class Print:
    """A call of ``print``."""

    site: CallSite

    @property
    def module(self) -> Module:
        """The module in which it stands."""
        return self.site.module

    @property
    def span(self) -> Span:
        """The call."""
        return self.site.span

    @property
    def extent(self) -> Span:
        """The lines of its statement."""
        return self.site.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.site.label

    @property
    def to_terminal(self) -> bool:
        """Tell whether it speaks to whoever runs the module, or into a file of its own."""
        target = self.site.call.keyword("file")
        if target is not None and path_of(self.site.scope, target) not in (
            "sys.stdout",
            "sys.stderr",
        ):
            return True
        if _is_command_line(self.module) or self.module in _scripts(self.module.service):
            return True
        return is_main_block(self.site.step) or runs_as_program(self.site.scope)


def is_main_block(step: Step) -> bool:
    """Tell whether *step* runs only when its module is the program."""
    for block in step.block.ancestors():
        match block.owner:
            case f.If(test=f.Compare(left=f.Name(name="__name__"))) if block.part == "body":
                return True
    return False


def _is_command_line(module: Module) -> bool:
    return module.name.rpartition(".")[2] == "__main__" or any(
        isinstance(binding, Imported)
        and binding.fact.module.partition(".")[0] in _COMMAND_LINES
        and not binding.fact.level
        for bindings in module.bindings.values()
        for binding in bindings
    )


def runs_as_program(scope: Scope) -> bool:
    """Tell whether *scope* is a function that runs only where its module is the program."""
    memory = scope.module.service.memory
    key = ("program", scope)
    if key not in memory:
        memory[key] = True  # a function that calls itself: who else calls it decides
        memory[key] = _runs_as_program(scope)
    answer: bool = memory[key]
    return answer


def _runs_as_program(scope: Scope) -> bool:
    if not isinstance(scope, Function):
        return False
    sites = [x for x in calls_to(scope.module.service, scope) if x.scope is not scope]
    return bool(sites) and all(
        site.module is scope.module and (is_main_block(site.step) or runs_as_program(site.scope))
        for site in sites
    )


@query
def _scripts(service: Service) -> frozenset[Module]:
    """Return the files that are run by hand: beside the package, no app, imported by nobody."""
    imported: set[Module] = set()
    for module in service.modules:
        for scope in module.scopes:
            for step in scope.steps:
                if isinstance(step.statement, f.Import) and in_app(module):
                    imported.update(_read(module, step.statement))
    making = {site.module for site in calls_to(service, "fastapi.FastAPI", "fastapi.APIRouter")}
    layered = {
        x.relative.partition("/")[0]
        for x in service.modules
        if layer_of(x) not in (Layer.OTHER, Layer.NONE, Layer.TESTS)
    }
    return frozenset(
        module
        for module in service.modules
        if module not in imported
        and module not in making
        and module.relative.partition("/")[0] not in layered
    )


def _read(module: Module, fact: f.Import) -> Iterator[Module]:
    """Yield the modules of the service that an import of *module* loads."""
    base = import_path(module, fact)
    if base is None:
        return
    for name in (base, f"{base}.{fact.name}"):
        found = module.service.find(name)
        if found is not None and found is not module:
            yield found


@query
def prints(service: Service) -> tuple[Print, ...]:
    """Return the calls of ``print`` in the app."""
    sites = calls_to(service, "builtins.print")
    return tuple(Print(site) for site in sites if in_app(site.module))

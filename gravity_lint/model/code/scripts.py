"""Files of a service that are run by hand, and blocks that only run then."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import Layer, in_app, layer_of
from gravity_lint.model.code.names import import_path
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step

_DIRECTORIES = frozenset(
    {
        "benchmarks",
        "bin",
        "ci",
        "deploy",
        "dev",
        "docs",
        "hack",
        "misc",
        "notebooks",
        "ops",
        "tools",
    }
)
"""Directories of a repository that hold no package."""
# Migrations run under alembic's command line.
_COMMAND_LINES = frozenset(
    {"typer", "click", "argparse", "fire", "cyclopts", "rich_click", "alembic"}
)


def is_script(module: Module) -> bool:
    """Tell whether *module* stands beside the package, makes no app, and nobody imports it."""
    return module in _scripts(module.service)


def is_command_line(module: Module) -> bool:
    """Tell whether *module* speaks to somebody at a terminal: it reads a command line."""
    return module.name.rpartition(".")[2] == "__main__" or any(
        isinstance(binding, Imported)
        and binding.fact.module.partition(".")[0] in _COMMAND_LINES
        and not binding.fact.level
        for bindings in module.bindings.values()
        for binding in bindings
    )


@query
def _scripts(service: Service) -> frozenset[Module]:
    imported: set[Module] = set()
    for scope in service.scopes:
        if in_app(scope.module):
            for step in scope.steps:
                if isinstance(step.statement, f.Import):
                    imported.update(_read(scope.module, step.statement))
    making = {site.module for site in calls_to(service, "fastapi.FastAPI", "fastapi.APIRouter")}
    packaged = any("/" in module.relative for module in service.modules)
    return frozenset(
        module
        for module in service.modules
        if module not in imported and module not in making and _lies_beside(module, packaged)
    )


def _lies_beside(module: Module, packaged: bool) -> bool:
    """Tell whether *module* lies where no package does; *packaged*: the service has one."""
    top, below, _ = module.relative.partition("/")
    if below:
        return top in _DIRECTORIES
    return packaged and layer_of(module) is Layer.OTHER


def _read(module: Module, fact: f.Import) -> Iterator[Module]:
    """Yield the modules of the service that an import of *module* loads."""
    base = import_path(module, fact)
    if base is None:
        return
    for name in (base, f"{base}.{fact.name}"):
        found = module.service.find(name)
        if found is not None and found is not module:
            yield found


def is_main_block(step: Step) -> bool:
    """Tell whether *step* runs only when its module is the program."""
    for block in step.block.ancestors():
        match block.owner:
            case f.If(test=f.Compare(left=f.Name(name="__name__"))) if block.part == "body":
                return True
    return False


def runs_as_program(scope: Scope) -> bool:
    """Tell whether *scope* is a function that runs only where its module is the program."""
    # a function that calls itself: who else calls it decides
    return scope.module.service.memory.ask(("program", scope), True, _runs_as_program, scope)


def _runs_as_program(scope: Scope) -> bool:
    if not isinstance(scope, Function):
        return False
    sites = [x for x in calls_to(scope.module.service, scope) if x.scope is not scope]
    return bool(sites) and all(
        site.module is scope.module and (is_main_block(site.step) or runs_as_program(site.scope))
        for site in sites
    )

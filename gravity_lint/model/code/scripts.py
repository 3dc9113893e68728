"""Files of a service that are run by hand, and blocks that only run then."""

from __future__ import annotations

from collections.abc import Callable

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Imported
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import Layer, in_app, layer_of
from gravity_lint.model.code.loading import loaded_by_name
from gravity_lint.model.code.names import (
    External,
    Symbol,
    ancestors,
    bases,
    bound,
    import_path,
    imported_modules,
    member,
    path_of,
    resolve,
)
from gravity_lint.model.code.questions import question
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.words import saying
from gravity_lint.model.code.workers import asks_for_work, imports_server, waits_for_work
from gravity_lint.patterns import pattern

_APP = "app"
_DIRECTORIES = frozenset(
    {
        *("ansible", "docker", "helm", "k8s", "terraform", "tilt"),
        *("benchmark", "benchmarks", "load_test", "load_tests", "loadtest", "loadtests"),
        *("locust", "perf", "qa"),
        *("bin", "dev", "devtools", "hack", "hooks", "misc", "noxfiles", "tool", "tools"),
        *("ci", "deploy", "deployment", "deployments", "ops"),
        *("doc", "docs", "notebook", "notebooks", "samples"),
        *("experiments", "playground", "playgrounds", "sandbox", "scratch", "scratchpad", "tmp"),
        *("seeders", "seeds"),
    }
)
"""Directories of a repository that hold no package."""
_PRINTING = "builtins.print"
_STARTING = ("asyncio.run", "anyio.run", "trio.run")
_RUNNING = "run_until_complete"
"""The method of a loop that does what those do."""
_FINDING = ("sys.path.append", "sys.path.insert", "sys.path.extend")
"""How a program is told where the packages are that it imports."""
# Migrations run under alembic's command line, load tests under locust's, and so on.
_COMMAND_LINES = frozenset(
    {
        *("typer", "click", "argparse", "fire", "cyclopts", "rich_click"),
        *("alembic", "aws_cdk", "locust", "nox", "pulumi", "streamlit"),
    }
)
_MIGRATING = ("op", "context")
"""What of alembic a migration takes; its commands may be those that the app runs when it starts."""
_CALLED_CLI = pattern(r".*_cli")
"""What modules may be called that speak to a terminal, or are a client of something."""
_CALLED_COMMAND = pattern(r"(?:.*_)?cli_commands?(?:_.*)?")
"""What modules are called that speak to a terminal; ``cli_settings`` may be the app's."""
_PLAIN = ("builtins.", "functools.", "contextlib.", "abc.", "typing.", "dataclasses.")
"""Where the decorators come from that hand a function to nobody."""
_SERVED = ("app", "application", "celery", "celery_app", "asgi", "broker")
"""How the object is called at which a server or a worker is pointed."""
_TAKEN = ("handler", "lambda_handler")
"""How the function is called that a platform takes from a module which nobody imports."""


def is_script(module: Module) -> bool:
    """Tell whether *module* is a program of its own: it makes no app, and nobody imports it.

    It stands beside the package, has a name that no import can say, or lies apart from the app and
    prints as soon as it runs, or has to be told where the app is.
    """
    return module in _scripts(module.service) or stands_alone(module)


def is_command_line(module: Module) -> bool:
    """Tell whether *module* speaks to somebody at a terminal: it reads a command line.

    So it does with a class of the service's own that is made of a library's, in a package that is
    called for it, and in a module of no layer that is, where nothing else imports that.
    """
    return _is_of_terminal(module) or module in _called_for_it(module.service)


def _is_of_terminal(module: Module) -> bool:
    """Tell whether where *module* lies, or what it imports, makes it one of a command line."""
    parts = module.name.split(".")
    return (
        parts[-1] == "__main__"
        or "cli" in parts
        or (_CALLED_COMMAND.fullmatch(parts[-1]) and layer_of(module) is Layer.OTHER)
        or any(
            isinstance(binding, Imported)
            and (_is_of_command_line(binding.fact) or _is_command_line_class(bound(module, name)))
            for name, bindings in module.bindings.items()
            for binding in bindings
        )
    )


@query
def _called_for_it(service: Service) -> frozenset[Module]:
    """Return the modules of no layer that are called ``..._cli``, and are no client of anything.

    That they are not, as long as nothing else of the app imports them.
    """
    called = {
        module
        for module in service.modules
        if _CALLED_CLI.fullmatch(module.name.rpartition(".")[2]) and layer_of(module) is Layer.OTHER
    }
    return frozenset(
        _imported_by_none(service, called, lambda x: in_app(x) and not _is_of_terminal(x))
    )


def _is_of_command_line(statement: f.Import) -> bool:
    """Tell whether *statement* imports what reads command lines, or is run by one."""
    if statement.level or not _reads_command_lines(statement.module):
        return False
    return statement.module.partition(".")[0] != "alembic" or statement.name in _MIGRATING


def _is_command_line_class(symbol: Symbol | None) -> bool:
    return isinstance(symbol, Class) and any(
        isinstance(ancestor, External) and _reads_command_lines(ancestor.path)
        for ancestor in ancestors(symbol)
    )


def _reads_command_lines(path: str) -> bool:
    return path.partition(".")[0] in _COMMAND_LINES


@query
def _making(service: Service) -> frozenset[Module]:
    """Return the modules that make an application, or a part of one."""
    sites = calls_to(service, "fastapi.FastAPI", "fastapi.APIRouter")
    return frozenset(site.module for site in sites)


@query
def _homes(service: Service) -> frozenset[str]:
    """Return the directories of the app: the usual one, and where applications are made."""
    return frozenset({_APP, *(m.relative.rpartition("/")[0] for m in _making(service))})


def _lies_below(module: Module, home: str) -> bool:
    return not home or module.relative.startswith(f"{home}/")


@query
def _scripts(service: Service) -> frozenset[Module]:
    making = _making(service)
    packaged = any("/" in module.relative for module in service.modules)
    alone = not making and not packaged
    homes = _homes(service)
    telling = {
        module
        for module in saying(service, ("print", "path"))
        if not any(_lies_below(module, home) for home in homes) and _tells(module)
    }
    beside = {
        module
        for module in service.modules
        if module not in making
        and (
            module in telling
            or _cannot_be_imported(module)
            or (_lies_beside(module, packaged or alone) and not _works_beside_app(module))
        )
    }
    reads = _works_beside_app if alone else in_app
    return frozenset(_imported_by_none(service, beside, reads))


def _tells(module: Module) -> bool:
    """Tell whether *module* prints as soon as it runs, or is told where the app is."""
    paths = {path_of(module, x.call.function) for x in module.calls if not is_main_block(x.step)}
    return _PRINTING in paths or (not paths.isdisjoint(_FINDING) and _has_main(module))


def _imported_by_none(
    service: Service, modules: set[Module], reads: Callable[[Module], bool]
) -> set[Module]:
    """Return those of *modules* that no other module loads; *reads* tells which others count.

    What only they load is part of them.
    """
    # ``from . import x`` reads the package without naming it.
    names = {".", *[module.name.rpartition(".")[2] for module in modules]}
    loaded = {
        (module, reader)
        for reader in (saying(service, names) if modules else ())
        if reads(reader)
        for module in imported_modules(reader)
    }
    if modules:
        loaded.update(pair for pair in loaded_by_name(service) if reads(pair[1]))
    left = modules
    while imported := left & {module for module, reader in loaded if reader not in left}:
        left = left - imported
    return left


@question
def _has_main(module: Module) -> bool:
    """Tell whether *module* has a block that only runs by hand, or starts a loop as it is run."""
    return any(is_main_block(step) for step in module.steps) or any(
        path_of(module, site.call.function) in _STARTING
        or (isinstance(site.call.function, f.Attribute) and site.call.function.name == _RUNNING)
        for site in module.calls
    )


def _cannot_be_imported(module: Module) -> bool:
    """Tell whether the name of the file is none that an import can say: ``1_clean.py``."""
    return not module.relative.rpartition("/")[2].removesuffix(".py").isidentifier()


def _lies_beside(module: Module, apart: bool) -> bool:
    """Tell whether *module* lies where no package does; *apart*: neither does it at the top."""
    top, below, _ = module.relative.partition("/")
    if below:
        return top in _DIRECTORIES
    return apart and layer_of(module) is Layer.OTHER


def _works_beside_app(module: Module) -> bool:
    """Tell whether *module* is a worker beside the app, from which it takes what it works with."""
    return (
        "/" not in module.relative
        and _has_main(module)
        and asks_for_work(module)
        and _imports_another(module)
    )


def is_main_block(step: Step) -> bool:
    """Tell whether *step* runs only when its module is the program."""
    for block in step.block.ancestors():
        match block.owner:
            case f.If(test=f.Compare(left=f.Name(name="__name__"))) if block.part == "body":
                return True
    scope = step.scope
    return isinstance(scope, Class | Function) and is_main_block(scope.step)


def runs_as_program(scope: Scope) -> bool:
    """Tell whether *scope* is a function that only runs where somebody starts a program.

    That is a console script of the distribution, or what is called in ``if
    __name__ == "__main__"`` blocks, scripts and such functions only. Tests call
    everything, and tell nothing of who else does.
    """
    # a function that calls itself: who else calls it decides
    return scope.module.service.memory.ask(("program", scope), True, _runs_as_program, scope)


def _runs_as_program(scope: Scope) -> bool:
    if not isinstance(scope, Function):
        return False
    steps = _uses(scope)
    if not steps and scope not in _console_scripts(scope.module.service):
        return False
    return all(_is_started(step) or runs_as_program(step.scope) for step in steps)


def is_of_program(scope: Scope) -> bool:
    """Tell whether *scope* is a file that somebody starts, and nobody imports, or a part of it.

    It lies in no layer, and ends in a ``__main__`` block or works as soon as it is run. What it has
    decorated may be run by whoever it is handed to (a worker, a server), a class by whoever knows
    its base, and then a function beside that as well; else those tell that call it. What only such
    files import is theirs in the same way, its functions with it.
    """
    module = scope.module
    if module in _parts(module.service):
        uses = _uses(scope) if isinstance(scope, Function) else []
        theirs = not any(_is_for_others(step.scope) for step in uses)
    else:
        in_class = isinstance(scope, Module) or any(isinstance(x, Class) for x in scope.outward())
        theirs = module in _programs(module.service) and (in_class or not _offers(module))
    return theirs and not is_worker(module) and not _is_for_others(scope)


@question
def _offers(module: Module) -> bool:
    """Tell whether somebody outside the program may run something that *module* defines."""
    called = any(name in module.bindings for name in _TAKEN)
    return called or any(map(_is_for_others, (*module.classes, *module.functions)))


def _is_for_others(scope: Scope) -> bool:
    """Tell whether somebody outside the program may run *scope*, or what it stands in.

    A decorator hands it to them, or they know the class by its base.
    """
    for current in scope.outward():
        if isinstance(current, Class):
            if not all(_is_home_made(current, base) for base in bases(current)):
                return True
        if isinstance(current, Function) and current.parent is not None:
            named = (path_of(current.parent, f.called(x)) for x in current.decorators)
            if not all(path is not None and path.startswith(_PLAIN) for path in named):
                return True
    return False


def _is_home_made(cls: Class, base: Symbol | None) -> bool:
    """Tell whether a base of *cls* stands in the same file, or is Python's own.

    What a program imports as its own may have a base that it imports so as well.
    """
    if isinstance(base, Class):
        parts = _parts(cls.module.service)
        return base.module is cls.module or (cls.module in parts and base.module in parts)
    return isinstance(base, External) and base.path.startswith(("builtins.", "abc.", "typing."))


@query
def _parts(service: Service) -> frozenset[Module]:
    """Return the modules of no layer that only programs import, or others of the kind.

    Programs are what ends in a ``__main__`` block or works as soon as it is run, scripts and
    command lines; none that takes work.
    """
    making = _making(service)
    started = {
        module
        for module in service.modules
        if module not in making
        and layer_of(module) in (Layer.OTHER, Layer.NONE)
        and (module in _programs(service) or is_at_hand(module))
        and not is_worker(module)
    }
    if not started:
        return frozenset()
    others = {
        module
        for module in service.modules
        if layer_of(module) is Layer.OTHER
        and module not in making
        and module not in started
        and not any(name in module.bindings for name in _SERVED)
        and not waits_for_work(module)
    }
    alone = _imported_by_none(service, started | others, in_app)
    found: set[Module] = set()
    named = loaded_by_name(service)
    new = alone & started
    while new:
        loaded = {module for module, reader in named if reader in new}
        loaded.update(x for module in new for x in imported_modules(module))
        new = (loaded & alone) - found
        found |= new
    return frozenset(found & others)


def is_at_hand(module: Module) -> bool:
    """Tell whether *module* is run by hand, whatever it ends in."""
    if layer_of(module) is Layer.NONE:
        return _has_main(module) and not module.facts.generated
    return is_script(module) or is_command_line(module)


@query
def _programs(service: Service) -> frozenset[Module]:
    """Return the modules that are started by hand, serve nothing, and are imported by none."""
    scripts = _scripts(service)
    found = {
        module
        for module in service.modules
        if layer_of(module) is Layer.OTHER
        and (_has_main(module) or _works_at_once(module))
        and not any(name in module.bindings and not _works_with(module, name) for name in _SERVED)
        and not imports_server(module)
    }
    return frozenset(_imported_by_none(service, found, lambda x: in_app(x) and x not in scripts))


def _works_at_once(module: Module) -> bool:
    """Tell whether *module* does its work as it is run: it calls its ``main``, or tells of more.

    One text that is always the same may be left behind where others were to take something, and so
    may one line where something is defined.
    """
    if module.is_package or any(name in module.bindings for name in _TAKEN):
        return False
    told = 0
    for site in module.calls:
        called = resolve(module, site.call.function)
        if site.deferred or next(site.step.handlers, None) is not None:
            continue
        if isinstance(called, Function):
            told += 2 * (called.module is module and called.name == "main")
        elif called == External(_PRINTING):
            fixed = all(isinstance(x, f.Constant) for x in site.call.given)
            told += 1 if fixed or module.definitions else 2
    return told > 1


def _works_with(module: Module, name: str) -> bool:
    """Tell whether *name* is nothing that *module* serves.

    It is what runs its commands, ``app = typer.Typer()``, or another module's, with which this one
    does something, but registers nothing on it.
    """
    rows = module.bindings[name]
    if all(isinstance(row, Imported) for row in rows):
        uses = [mention.step.statement for mention in module.mentions(name)]
        kinds = (f.FunctionDefinition, f.ClassDefinition)
        return bool(uses) and not any(isinstance(use, kinds) for use in uses)
    return all(
        isinstance(binding, Assigned)
        and isinstance(binding.value, f.Call)
        and _reads_command_lines(path_of(module, binding.value.function) or "")
        for binding in rows
    )


def stands_alone(module: Module) -> bool:
    """Tell whether *module* is a program that is no part of the service.

    It is started by hand, does what it is started for, and ends. It lies apart from the app, and in
    no package; where the app has no directory of its own, it imports nothing of the service.
    """
    may_be_one = layer_of(module) is Layer.OTHER and _has_main(module)
    return may_be_one and module in _alone(module.service)


@query
def _alone(service: Service) -> frozenset[Module]:
    """Return those of the programs that are no part of the service."""
    homes = [home for home in _homes(service) if home]
    return frozenset(
        module
        for module in _programs(service)
        if not waits_for_work(module)
        and not any(_lies_below(module, home) for home in homes)
        and not ("" in _homes(service) and _imports_another(module))
        and not _is_of_package(module)
    )


def _is_of_package(module: Module) -> bool:
    """Tell whether *module* lies in a package, be it one because others import from there."""
    service = module.service
    if any(_lies_below(module, home) for home in _packages(service)):
        return True
    top, below, _ = module.name.partition(".")
    return bool(below) and any(
        (import_path(reader, step.statement) or "").partition(".")[0] == top
        for reader in saying(service, (top,))
        if in_app(reader) and reader not in _programs(service)
        for scope in reader.importing()
        for step in scope.steps
        if isinstance(step.statement, f.Import)
    )


@query
def _packages(service: Service) -> frozenset[str]:
    """Return the directories below the root that say they are packages."""
    found = (m.relative.rpartition("/")[0] for m in service.modules if m.is_package)
    return frozenset(directory for directory in found if directory)


def _lies_in_app(module: Module) -> bool:
    return any(_lies_below(module, home) for home in _homes(module.service))


def _imports_another(module: Module) -> bool:
    """Tell whether *module* imports another one of the service."""
    return any(True for _ in imported_modules(module))


def is_run_by_hand(step: Step) -> bool:
    """Tell whether whoever has started the program hears what *step* says.

    It is of a command line, a script, a ``__main__`` block, or of what only those run in a module
    of no layer; not of a worker of the service, be it what starts or what is run.
    """
    module = step.module
    if is_command_line(module) or is_script(module):
        return True
    if is_main_block(step):
        # The app has other ways to be started, where it matters.
        return module in _making(module.service) or not is_worker(module)
    return _is_of_hand(step.scope)


@question
def is_worker(module: Module) -> bool:
    """Tell whether *module* is of a program that takes work as it comes, as a part of the service.

    What imports nothing of the service, and lies apart from the app, is a program of its own.
    """
    return waits_for_work(module) and (_lies_in_app(module) or _imports_another(module))


def _is_of_hand(scope: Scope) -> bool:
    # a function that calls itself: who else calls it decides
    return scope.module.service.memory.ask(("by hand", scope), True, _only_by_hand, scope)


def _only_by_hand(scope: Scope) -> bool:
    module = scope.module
    if not isinstance(scope, Function) or layer_of(module) is not Layer.OTHER:
        return False
    if is_worker(module):
        return False
    steps = _uses(scope)
    if not steps and scope not in _console_scripts(module.service):
        return False
    return all(
        (_is_started(step) and not is_worker(step.module)) or _is_of_hand(step.scope)
        for step in steps
    )


def serves_commands(scope: Scope) -> bool:
    """Tell whether *scope* is a function that only command lines and programs call, no worker."""
    # a function that calls itself: who else calls it decides
    return scope.module.service.memory.ask(("commands", scope), True, _serves_commands, scope)


def _serves_commands(scope: Scope) -> bool:
    if asks_for_work(scope.module):
        return False  # what starts it need not be called for work
    steps = _uses(scope) if isinstance(scope, Function) else []
    return bool(steps) and all(
        is_command_line(step.module)
        or ((_is_started(step) or _works_for(step, scope)) and not is_worker(step.module))
        or serves_commands(step.scope)
        for step in steps
    )


def _works_for(step: Step, scope: Scope) -> bool:
    """Tell whether *step* is done as soon as a program is run that *scope* is part of."""
    module = scope.module
    return step.scope is module and module in _programs(module.service)


def _uses(function: Function) -> list[Step]:
    """Return where *function* is called or handed on, tests and itself aside."""
    service = function.module.service
    steps = [site.step for site in calls_to(service, function)]
    if function.name == "__init__" and function.cls is not None:
        steps += [site.step for site in calls_to(service, function.cls)]
    steps += [step for step, _ in uses_of(function)]
    return [
        step
        for step in steps
        if step.scope is not function and layer_of(step.module) is not Layer.TESTS
    ]


def _is_started(step: Step) -> bool:
    """Tell whether *step* runs by hand: in a script, a ``__main__`` block, out of the app."""
    return is_main_block(step) or is_script(step.module) or not in_app(step.module)


@query
def _console_scripts(service: Service) -> frozenset[Function]:
    """Return the functions that installing the service makes programs of."""
    found = set()
    for target in service.distribution.scripts:
        name, _, function = target.partition(":")
        module = service.find(name)
        symbol = member(module, function) if module is not None else None
        if isinstance(symbol, Function):
            found.add(symbol)
    return frozenset(found)

"""The module that sends structlog's lines through logging: what it says, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from gravity_lint.edits import AddImport, Edit, InsertStatement
from gravity_lint.facts.extract import extract
from gravity_lint.facts.statements import Import
from gravity_lint.findings.finding import Fix
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing import House, apply
from gravity_lint.model import Module, Service
from gravity_lint.model.code.scripts import is_main_block
from gravity_lint.model.logs.home import start_of, starts_of
from gravity_lint.sources.source import from_text
from gravity_lint.sources.spans import Span

FUNCTION: Final = "configure_logging"
_NAMES = ("logging", "structured_logging", *(f"structured_logging_{n}" for n in range(2, 100)))
"""What the module may be called, the first that is free counts; ``logging`` only in a core."""
TEXT: Final = '''\
"""Structured logging: what structlog's loggers say goes through logging's handlers."""

from typing import Any

import structlog


def _as_record(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Make a record of an event: its text with the values, which are attributes as well.

    A handler that writes text shows `event key=value`; one that writes JSON, and a filter, find
    each value under its own name.
    """
    record = structlog.stdlib.render_to_log_kwargs(logger, method_name, event_dict)
    values = record["extra"]
    record["msg"] = " ".join([str(record["msg"]), *(f"{k}={v!r}" for k, v in values.items())])
    record["extra"] = {k: v for k, v in values.items() if k not in _TAKEN}
    return (record.pop("msg"),), record


_TAKEN = frozenset(
    {
        *("name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module"),
        *("exc_info", "exc_text", "stack_info", "lineno", "funcName", "created", "msecs"),
        *("relativeCreated", "thread", "threadName", "processName", "process", "taskName"),
        *("message", "asctime"),
    }
)
"""Attributes that a record has anyway."""


def configure_logging() -> None:
    """Let structlog's loggers speak through the standard library's.

    Levels, handlers, filters and formats stay those that `logging` is configured with.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _as_record,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
'''


_INIT = "__init__.py"
_STARTLESS = "no start of an application is in view, where structlog could be configured"


class Setup(msgspec.Struct, frozen=True):
    """The texts (by path) that set structlog up in a service; *notes* say what they leave open."""

    texts: dict[Path, str]
    notes: tuple[str, ...] = ()


def set_up(service: Service, texts: Mapping[str, str]) -> Setup:
    """Return the module that configures structlog, and the start of the application that calls it.

    *texts* are those of the service's files, by absolute path.
    """
    start = start_of(service)
    if start is None:
        return Setup({}, (_STARTLESS,))
    home, name = _home(service, start)
    new = {home: TEXT}
    opening = _opening(service, start)
    path = Path(opening.path)
    if opening.is_package:
        # Tests may import the package by another name than the application does.
        name = name.removeprefix(opening.name)
    openings = dict.fromkeys(_opening(service, other) for other in starts_of(service))
    others = tuple(
        f"call `{FUNCTION}` in {other.relative} as well, where that runs as a program of its own"
        for other in openings
        if other is not opening
    )
    called = calling(path, texts[opening.path], name)
    if called is None:
        return Setup(new, (f"call `{FUNCTION}` in {opening.relative}, above what logs", *others))
    new[path] = called
    return Setup(new, others)


def _opening(service: Service, start: Module) -> Module:
    """Return the module that runs before all others: the package of the application, or itself.

    Whatever of the package runs, the application, a worker or a test, then logs alike.
    """
    package = service.find(start.name.partition(".")[0])
    if package is not None and package.is_package and package is not start:
        return package
    return start


def _home(service: Service, start: Module) -> tuple[Path, str]:
    """Return where the new module goes, and the name that it is imported by."""
    top = start.name.partition(".")[0] if "." in start.name else ""
    package = service.find(top) if top else None
    if package is not None and package.is_package:
        folder = Path(package.path).parent
    elif _imports_neighbours(service, start):
        top, folder = "", Path(start.path).parent
    else:
        depth = start.name.count(".") + start.is_package
        folder = Path(start.path).parents[depth - 1] if top else Path(start.path).parent
    core = folder / "core"
    inner = service.find(f"{top}.core") if top else None
    quiet = inner is None or not inner.body
    names = _NAMES[1:]
    if top and quiet and any(m.name.startswith(f"{top}.core.") for m in service.modules):
        folder, top = core, f"{top}.core"
        names = names if _starts_programs(service, core) else _NAMES
    module = next(name for name in names if not _is_taken(service, folder, top, name))
    return folder / f"{module}.py", f"{top}.{module}" if top else module


def _imports_neighbours(service: Service, start: Module) -> bool:
    """Tell whether *start* runs in its own directory: it imports from there without its name."""
    folder = Path(start.path).parent
    for statement in start.body:
        if isinstance(statement, Import) and not statement.level:
            found = service.find(statement.module, start)
            below = folder.joinpath(*statement.module.split("."))
            if found is not None and Path(found.path) in (below.with_suffix(".py"), below / _INIT):
                return True
    return False


def _starts_programs(service: Service, folder: Path) -> bool:
    """Tell whether programs start in *folder*, which would take a ``logging.py`` there for ours."""
    return any(
        Path(module.path).parent == folder and any(map(is_main_block, module.steps))
        for module in service.modules
    )


def _is_taken(service: Service, folder: Path, package: str, name: str) -> bool:
    """Tell whether something in *folder*, which is *package*, is called *name* already."""
    if (folder / f"{name}.py").exists() or (folder / name).exists():
        return True
    return service.find(f"{package}.{name}" if package else name) is not None


def calling(path: Path, text: str, module: str) -> str | None:
    """Return *text* with a call of `configure_logging` from *module* below its imports.

    None if there is no place for it.
    """
    house = House(frozenset({module.partition(".")[0]}))
    text = _edited(text, AddImport(module, FUNCTION), house)
    after = _last_import(path, text)
    if after is None:
        return None
    called = _edited(text, InsertStatement(after, f"\n{FUNCTION}()"), house)
    return called if called != text else None


def _edited(text: str, edit: Edit, house: House) -> str:
    return apply(text, [Fix(Applicability.UNSAFE, (edit,))], house).text


def _last_import(path: Path, text: str) -> Span | None:
    """Return where the imports end among which that of `configure_logging` stands."""
    last, imported = None, False
    for statement in extract(from_text(path, text)).body:
        if isinstance(statement, Import):
            last = statement.span
            imported = imported or statement.name == FUNCTION
        elif imported:
            break
    return last if imported else None

"""Executes modules where not all that they import is there: ``stubbed.py LIST OUTCOMES``.

LIST is JSON: pairs of a directory and the path of a module below it. Each runs in a process of its
own; what cannot be imported is there all the same, and whatever is asked of it. OUTCOMES gets how
each ended: "ok", or the exception.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar


class Anything:
    """What can be called, read, entered, iterated and inherited from."""

    def __init__(self, *given: Any, **named: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *given: Any, **named: Any) -> Any:
        decorated = len(given) == 1 and isinstance(given[0], types.FunctionType | type)
        return given[0] if decorated and not named else Anything()

    def __getitem__(self, key: Any) -> Any:
        return Anything()

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return ()

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __enter__(self) -> Any:
        return Anything()

    def __exit__(self, *failed: Any) -> bool:
        return False

    def __get_pydantic_core_schema__(self, *given: Any) -> Any:
        return {"type": "any"}

    def __or__(self, other: Any) -> Any:
        return Anything()

    __ror__ = __add__ = __radd__ = __mul__ = __truediv__ = __sub__ = __mod__ = __or__


class Stub(types.ModuleType):
    """A module that is not there."""

    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class Missing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what nothing else finds, but for parts of what is there."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        parent = sys.modules.get(name.rpartition(".")[0])
        if parent is not None and not isinstance(parent, Stub):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return Stub(spec.name)

    def exec_module(self, module: types.ModuleType) -> None: ...


def ending(directory: str, module: str) -> str:
    """Execute *module* below *directory*; return how that ended."""
    os.chdir(directory)
    sys.path.insert(0, directory)
    sys.meta_path.append(Missing())
    name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    try:
        importlib.import_module(name)
    except BaseException as error:
        said = str(error).replace(directory, ".")
        return f"{type(error).__name__}: {said}"
    return "ok"


def main() -> None:
    for name in ("fastapi.testclient", "pytest_asyncio", "sqlalchemy.ext.asyncio", "structlog"):
        importlib.import_module(name)  # once, for all that follow
    outcomes: list[str] = []
    for directory, module in json.loads(Path(sys.argv[1]).read_text()):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            os.write(writing, ending(directory, module).encode()[:4000])
            os._exit(0)
        os.close(writing)
        with open(reading, encoding="utf-8") as stream:
            outcomes.append(stream.read())
        os.waitpid(child, 0)
    Path(sys.argv[2]).write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main()

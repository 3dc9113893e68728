"""What the services of one run import from each other, and that mending leaves it what it is.

Each service is judged alone, so nobody sees what another one makes of a logger
or a function that it imports: the statement that binds such a name stays.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from gravity_lint.discovery.imports import imports_in
from gravity_lint.sources.source import decoded

_ALL = "*"
"""Stands for all names of a module, which a star imports."""
_ASKED = re.compile(rb"\.\s*([A-Za-z_]\w*)")


class Sharing:
    """The services of one run: the *files* of each by its root."""

    def __init__(self, files: Mapping[str, Sequence[str]]) -> None:
        self._files = files
        self._before: dict[str, dict[str, list[str]]] = {}

    def objection(self, path: str, text: str) -> str | None:
        """Say why the file at *path* cannot hold *text*, if another service would notice."""
        shared = self._shared.get(path)
        if not shared:
            return None
        if path not in self._before:
            try:
                self._before[path] = _bound(decoded(Path(path).read_bytes()))
            except OSError:
                return None  # text that comes from elsewhere
        before, after = self._before[path], _bound(text)
        for name, importer in sorted(shared.items()):
            for one in before if name == _ALL else (name,):
                if before.get(one) != after.get(one):
                    return f"`{one}` is imported by another service ({importer})"
        return None

    @cached_property
    def _shared(self) -> dict[str, dict[str, str]]:
        """The names that others import from each file, each with one who does."""
        found: dict[str, dict[str, str]] = {}
        if len(self._files) < 2:
            return found
        top = os.path.commonpath(self._files)
        modules: dict[str, list[str]] = {}
        for root, files in self._files.items():
            for file in files:
                for name in _names(file, root, top):
                    modules.setdefault(name, []).append(file)
        for root, files in self._files.items():
            own = {name.partition(".")[0] for file in files for name in _names(file, root, root)}
            ours = frozenset(files)
            for file in files:
                data = _data(file)
                for dotted in imports_in(data, ()):
                    if dotted.partition(".")[0] in own:
                        continue
                    for owner, name in _found(dotted, modules):
                        if owner not in ours:
                            # What is asked of a module that is itself imported may be its.
                            names = [name] if name else [x.decode() for x in _ASKED.findall(data)]
                            importer = os.path.relpath(file, top)
                            found.setdefault(owner, {}).update(dict.fromkeys(names, importer))
        return found


def _data(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError:
        return b""


def _names(file: str, root: str, top: str) -> Iterator[str]:
    """Yield the dotted names by which *file* can be imported from *root* or a directory above."""
    places = [root, os.path.join(root, "src")]
    while len(root) > len(top):
        root = os.path.dirname(root)
        places.append(root)
    for place in places:
        if file.startswith(place + os.sep):
            parts = os.path.relpath(file, place).removesuffix(".py").split(os.sep)
            if parts[-1] == "__init__":
                parts.pop()
            if parts and all(map(str.isidentifier, parts)):
                yield ".".join(parts)


def _found(dotted: str, modules: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the files of which *dotted* may name something, and what; empty for all of it."""
    module, _, name = dotted.rpartition(".")
    yield from ((file, "") for file in modules.get(dotted, ()))
    yield from ((file, name) for file in modules.get(module, ()))


def _bound(text: str) -> dict[str, list[str]]:
    """Return how *text* binds each name at its top; what a function does inside is its own."""
    found: dict[str, list[str]] = {}
    nodes: list[Any] = list(ast.parse(text).body)
    while nodes:
        node = nodes.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                head = [type(node).__name__, ast.dump(node.args)]
                head += map(ast.dump, node.decorator_list)
                found.setdefault(node.name, []).append(" ".join(head))
            case ast.ClassDef():
                shown = [ast.dump(x) for x in (*node.bases, *node.decorator_list)]
                found.setdefault(node.name, []).append(" ".join(shown))
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                value = ast.dump(node.value) if node.value is not None else ""
                for target in targets:
                    for inner in ast.walk(target):
                        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                            given = f"{type(node).__name__} {ast.dump(target)} {value}"
                            found.setdefault(inner.id, []).append(given)
            case _:
                nodes += (x for x in ast.iter_child_nodes(node) if isinstance(x, ast.stmt))
                nodes += (x for y in getattr(node, "handlers", ()) for x in y.body)
    return found

"""Which layer of the service a file belongs to (patterns document: the architecture it implies)."""

from __future__ import annotations

import enum
import re
from functools import lru_cache

from gravity_lint.model.scopes import Module
from gravity_lint.model.service import Service


class Layer(enum.Enum):
    """The layers, by the part that a file plays."""

    API = "api"
    SERVICES = "services"
    REPOSITORIES = "repositories"
    MODELS = "models"
    SCHEMAS = "schemas"
    CORE = "core"
    TESTS = "tests"
    NONE = "none"
    """Generated code, migrations, scripts: judged by no rule about layers."""
    OTHER = "other"
    """The rest of the package: ``main.py``, ``config.py``."""


def matches(path: str, pattern: str) -> bool:
    """Tell whether the ``/``-separated *path* matches the glob *pattern*.

    ``*`` stays within one segment, ``**`` crosses any number of them.
    """
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    text = ""
    index = 0
    while index < len(pattern):
        if pattern.startswith("**/", index):
            text += "(?:.*/)?"
            index += 3
        elif pattern.startswith("**", index):
            text += ".*"
            index += 2
        elif pattern[index] == "*":
            text += "[^/]*"
            index += 1
        elif pattern[index] == "?":
            text += "[^/]"
            index += 1
        else:
            text += re.escape(pattern[index])
            index += 1
    return re.compile(text)


def layer_of(module: Module) -> Layer:
    """Return the layer of *module* by the configured globs over its path below the root.

    Tests and what is no layer come first: ``tests/services/x.py`` is a test.
    """
    memory = module.service.memory
    key = ("layer", module)
    if key not in memory:
        memory[key] = layer_of_path(module.service, module.relative)
    layer: Layer = memory[key]
    return layer


def layer_of_path(service: Service, relative: str) -> Layer:
    """Return the layer of a file at *relative* below the root, whether it exists or not."""
    globs = service.settings.layers
    order = (
        (Layer.NONE, globs.none),
        (Layer.TESTS, globs.tests),
        (Layer.SERVICES, globs.services),
        (Layer.REPOSITORIES, globs.repositories),
        (Layer.SCHEMAS, globs.schemas),
        (Layer.MODELS, globs.models),
        (Layer.API, globs.api),
        (Layer.CORE, globs.core),
    )
    for layer, patterns in order:
        if any(matches(relative, pattern) for pattern in patterns):
            return layer
    return Layer.OTHER


def in_app(module: Module) -> bool:
    """Tell whether *module* is part of the app: in a layer, and no test."""
    return layer_of(module) not in (Layer.TESTS, Layer.NONE)

"""Another judge of two OpenAPI documents: the rules of Optic for breaking changes.

They come from the npm registry (`.ci/run`); where that or Node is lacking, there is no such judge.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from tests.contract.pairs.effects import Operation, address_of

_MODULES = Path(__file__).parents[3] / ".venv/node/node_modules"
LACKING = shutil.which("node") is None or not (_MODULES / "@useoptic/standard-rulesets").is_dir()


class Break(NamedTuple):
    """What is called breaking: a part of an operation, by a rule."""

    operation: Operation
    part: str
    rule: str


def breaks(pairs: list[tuple[Any, Any]]) -> list[set[Break]]:
    """Return what breaks between the two documents of each of *pairs*."""
    done = subprocess.run(
        ["node", str(Path(__file__).with_suffix(".cjs"))],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NODE_PATH": str(_MODULES)},
    )
    assert done.returncode == 0, done.stderr
    return [{_broken(**row) for row in rows} for rows in json.loads(done.stdout)]


def _broken(where: str, name: str) -> Break:
    method, path, *rest = where.split(" ")
    part = "body" if rest[:1] == ["request"] else rest[0] if rest else ""
    if name == "prevent operation removal":
        part = "removed"
    elif name == "prevent response status code removal":
        part = "status"
    elif "parameter" in name:
        part = "parameters"
    return Break(address_of(method, path), part, name)


ELSEWHERE = {
    ("a body is removed", False): "an error that no longer comes (422) is no harm",
    ("a field of an answer becomes null", True): "what is never null any more is no harm",
    ("a union loses a member", True): "a request may hold more than before",
    ("a union of an answer gains a member", True): "an answer holds less than before",
    ("an alias generator is dropped", True): "the document does not tell that both names are taken",
}
"""What the rules call breaking and breaks nobody, by the title of the pair and the direction."""
UNSEEN = {
    "authentication-added": "they do not look at security",
    "authorization-added": "they do not look at security, and no document has roles",
    "authorization-changed": "they do not look at security, and no document has roles",
    "endpoint-shadowed": "no document tells which of two routes answers",
    "error-lost": "no document has the statuses of exceptions",
    "media-changed": "they compare no media types",
    "parameter-constraint-narrowed": "they do not look at bounds",
    "parameter-moved": "an optional parameter of that name elsewhere is another one to them",
    "parameter-value-removed": "they follow no enumerations inside of unions",
    "request-constraint-narrowed": "they do not look at bounds",
    "request-extra-fields": "they do not look at `additionalProperties`",
    "request-not-nullable": "a union that loses null among other members",
    "request-union-member-removed": "a union of which one member is left",
    "response-field-removed": "what `response_model_exclude` takes away is in no document",
    "response-nullable": "a type that becomes a union with null",
    "response-retyped": "they do not look at formats, nor at the values of maps",
}
"""The kinds that break and that the rules do not always see, and why."""

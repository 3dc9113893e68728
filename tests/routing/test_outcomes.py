"""An endpoint really answers with one of the statuses that the model knows for it.

Each directory of `tests/raising` is a service whose endpoints raise in some
way; every one of them is called through the real FastAPI (see `calling`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.model import Service
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.exceptions.swallowing import broad_clauses_of_endpoints
from gravity_lint.model.outcomes import outcomes

HERE = Path(__file__).parent
SERVICES = HERE.parent / "raising"
NAMES = sorted(path.name for path in SERVICES.iterdir() if path.is_dir())


@pytest.fixture(scope="session")
def called() -> dict[str, dict[str, int]]:
    """Path and status of every endpoint, by service."""
    command = [sys.executable, str(HERE / "calling.py"), *(str(SERVICES / n) for n in NAMES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, int]] = json.loads(done.stdout)
    return told


def service(name: str) -> Service:
    files = {
        path.relative_to(SERVICES / name).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((SERVICES / name).rglob("*.py"))
    }
    return cases.service_of(files, Settings())


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_was_foreseen(name: str, called: dict[str, dict[str, int]]) -> None:
    known = {e.paths[0].path: e for e in endpoints(service(name)) if e.paths}
    assert set(known) == set(called[name])
    for path, status in called[name].items():
        assert status in {o.status for o in outcomes(known[path])}, path


def test_what_is_reported_as_swallowed_answers_500(called: dict[str, dict[str, int]]) -> None:
    found = {
        catching.endpoint.name
        for catching in broad_clauses_of_endpoints(service("caught_on_the_way"))
        if catching.swallowed
    }
    assert found == {"swallowed", "swallowed_http"}
    answers = called["caught_on_the_way"]
    assert answers == {
        "/swallowed": 500,
        "/swallowed-http": 500,
        "/let-through": 404,
        "/translated": 409,
        "/narrow": 404,
    }

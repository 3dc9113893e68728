"""What fixes have written runs: no name that is not bound, no import that fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cases
from tests.rules.test_cases import HERE, RULES

FILES = [*sorted(HERE.glob("*.md")), Path(__file__).parent / "loggers.md"]
FIXED = [
    case
    for path in FILES
    if path.stem.replace("_", "-") in RULES or path.stem == "loggers"
    for case in cases.parse(path.read_text(encoding="utf-8"))
    if case.fixed
]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return where the cases that are mended stand as they were, and as they are to be."""
    home = tmp_path_factory.mktemp("services")
    for number, case in enumerate(FIXED):
        before = {name: cases.unmarked(code) for name, code in case.files.items()}
        for state, files in (("before", before), ("after", {**before, **case.fixed})):
            for name, code in files.items():
                path = home / state / str(number) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(code, encoding="utf-8")
    return home / "before", home / "after"


def unbound(directory: Path) -> set[tuple[str, str, str]]:
    """Return what ruff says of names below *directory* that nothing binds, or something else."""
    command = ["-m", "ruff", "check", "--isolated", "--select=F821,F823,F811", "--exit-zero"]
    command += ["--output-format=json", "--target-version=py310", "."]
    ran = subprocess.run(
        [sys.executable, *command], cwd=directory, capture_output=True, text=True, check=True
    )
    return {
        (Path(x["filename"]).relative_to(directory).as_posix(), str(x["code"]), x["message"])
        for x in json.loads(ran.stdout)
    }


def test_no_name_is_left_unbound(services: tuple[Path, Path]) -> None:
    before, after = (unbound(directory.resolve()) for directory in services)
    assert len(FIXED) > 100
    assert after - before == set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each module runs in a process of its own")
def test_modules_end_as_they_did(services: tuple[Path, Path], tmp_path: Path) -> None:
    def endings(directory: Path) -> dict[str, str]:
        asked = [
            (str(directory / str(number)), name)
            for number, case in enumerate(FIXED)
            for name in case.fixed
        ]
        wanted, outcomes = tmp_path / "wanted.json", tmp_path / "outcomes.json"
        wanted.write_text(json.dumps(asked))
        script = Path(__file__).parent / "stubbed.py"
        subprocess.run([sys.executable, str(script), str(wanted), str(outcomes)], check=True)
        found = zip(asked, json.loads(outcomes.read_text()), strict=True)
        return {f"{Path(root).name}/{name}": ending for (root, name), ending in found}

    before, after = (endings(directory) for directory in services)
    assert list(before.values()).count("ok") > len(before) * 0.8
    worse = {name: (before[name], x) for name, x in after.items() if x not in (before[name], "ok")}
    assert worse == {}

"""What a file is told depends on the service alone.

Not on the order of the paths, on which of them are named, on the working
directory, or on how Python's hashes fall.
"""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gravity_lint.findings.finding import Finding
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVICES = ["orders_service", "legacy_service"]
ALL = Overrides(select=("ALL",))


def findings(*paths: Path) -> tuple[Finding, ...]:
    return run(paths, ALL).findings


@pytest.mark.parametrize("service", SERVICES)
def test_a_named_file_has_the_findings_that_it_has_anyway(service: str) -> None:
    root = EXAMPLES / service
    whole = findings(root)
    files = sorted(root.rglob("*.py"))
    for file in random.Random(1).sample(files, min(4, len(files))):
        assert findings(file) == tuple(f for f in whole if f.path == str(file)), file


@pytest.mark.parametrize("service", SERVICES)
def test_the_order_of_paths_changes_nothing(service: str) -> None:
    files = sorted((EXAMPLES / service).rglob("*.py"))
    expected = findings(*files)
    shuffled = list(files)
    random.Random(2).shuffle(shuffled)
    assert findings(*shuffled) == findings(*shuffled, *files[:3]) == expected


def test_hashes_and_the_working_directory_change_nothing(tmp_path: Path) -> None:
    root = EXAMPLES / "legacy_service"
    outputs = set()
    for seed, directory in [("0", EXAMPLES), ("1", EXAMPLES), ("2", tmp_path)]:
        done = subprocess.run(
            [sys.executable, "-m", "gravity_lint", root, "--select", "ALL", "--format", "json"],
            cwd=directory,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        # How a path is written follows from the working directory; which file it is does not.
        outputs.add(re.sub(rb'"[^"\s]*legacy_service/', b'"legacy_service/', done.stdout))
    assert len(outputs) == 1

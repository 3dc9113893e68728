"""Measure linters in one run on the same files: python benchmarks/compare.py DIRECTORY [--runs N].

The floor is `ast.parse` of every file in one process with the garbage collector
off. Linters that are not installed are left out. Of several runs, the best counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLOOR = """
import ast, gc, pathlib, sys
gc.disable()
for path in pathlib.Path(sys.argv[1]).rglob("*.py"):
    ast.parse(path.read_bytes())
"""


class FailedError(Exception):
    """A command crashed or could not do its job: how long that took says nothing."""


def main() -> int:
    """Print a line per linter; return 1 where one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    directory = os.fspath(given.directory)
    python = sys.executable
    commands = {
        "floor": [python, "-c", FLOOR, directory],
        "gravity-lint": [python, "-m", "gravity_lint", directory, "--format", "concise"],
    }
    ruff = shutil.which("ruff", path=f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}")
    if ruff is not None:
        chosen = "--select=FAST,LOG,G,BLE,PT"
        commands["ruff"] = [ruff, "check", "--isolated", "--no-cache", chosen, directory]
    if importlib.util.find_spec("flake8") is not None:
        commands["flake8"] = [
            python,
            "-m",
            "flake8",
            "--isolated",
            "--extend-ignore=GRV",
            directory,
        ]
    floor = None
    failed = False
    for name, command in commands.items():
        try:
            seconds, memory = min(measured(command) for _ in range(given.runs))
        except FailedError as error:
            print(f"{name:14}failed: {error}")
            failed = True
            continue
        floor = floor or seconds
        print(f"{name:14}{seconds:8.2f} s {seconds / floor:7.2f} x floor {memory:7.0f} MB")
    return int(failed)


def measured(command: list[str]) -> tuple[float, float]:
    """Return how long *command* takes in seconds, and how much memory in MB.

    Raises FailedError for an exit status other than 0 and 1 (findings).
    """
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            words = said.read().decode("utf-8", "replace").strip().splitlines() or [""]
            told = [line for line in words if "error" in line.lower()] or words
            raise FailedError(f"exit status {process.returncode}: {told[-1]}")
    return seconds, usage.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())

"""A run that is killed, at whatever moment: each file is the old one or the new one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from gravity_lint.running.mending import mend
from gravity_lint.running.outcome import Overrides

KILLS = int(os.environ.get("GRAVITY_LINT_FUZZ", "0")) or 8
FILES = 300 if KILLS > 8 else 40
SELECT = "GRV108"
ROUTES = '''"""Items."""
from fastapi import APIRouter, HTTPException

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/{item_id}")
async def read(item_id: int) -> int:
    if item_id < 1:
        raise HTTPException(status_code=404, detail="none of number %d")
    return item_id
'''
COMMAND = (
    *(sys.executable, "-m", "gravity_lint", "--no-cache", "--jobs", "1", "--select", SELECT),
    *("--fix", "--exit-zero", "."),
)


def started(service: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        COMMAND, cwd=service, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def wait_for_the_first_write(service: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until some directory of *service* changes, or *process* ends."""
    directories = [service / "app" / "api", service / "app" / "api" / "more"]
    before = [path.stat().st_mtime_ns for path in directories]
    while process.poll() is None:
        if [path.stat().st_mtime_ns for path in directories] != before:
            return
        time.sleep(0.0005)


def test_a_killed_run_leaves_whole_files_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    old: dict[Path, str] = {}
    for number in range(FILES):
        folder = tmp_path / "app" / "api" / ("more" if number % 3 else "")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"items_{number}.py"
        old[path] = ROUTES.replace("%d", str(number)) + "# é\n" * (number * 37 % 400)
        path.write_text(old[path], encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.gravity-lint]\n")
    mending = mend([tmp_path], Overrides(select=(SELECT,)), write=False)
    new = {Path(one.path): one.after for one in mending.mended}
    assert new.keys() == old.keys()

    begun = time.monotonic()
    started(tmp_path).wait()
    whole = time.monotonic() - begun
    assert {path: path.read_text(encoding="utf-8") for path in old} == new

    chance = random.Random(KILLS)
    halves = 0
    for turn in range(KILLS):
        for path, text in old.items():
            path.write_text(text, encoding="utf-8")
        with started(tmp_path) as process:
            if turn % 4 == 0:
                time.sleep(chance.random() * whole)
            else:  # most of a run is no writing
                wait_for_the_first_write(tmp_path, process)
                time.sleep(chance.random() * whole * 0.1)
            process.send_signal(signal.SIGKILL)
        texts = {path: path.read_text(encoding="utf-8") for path in old}
        assert all(text in (old[path], new[path]) for path, text in texts.items())
        halves += texts not in (old, new)
        strange = [x for x in tmp_path.rglob("*") if x.is_file() and x not in old]
        assert {x.name.partition("-")[0] for x in strange} <= {".gravity", "pyproject.toml"}
    assert halves  # some were killed between two files

    started(tmp_path).wait()
    assert {path: path.read_text(encoding="utf-8") for path in old} == new
    files = {x for x in tmp_path.rglob("*") if x.is_file()}
    assert files == {*old, tmp_path / "pyproject.toml"}

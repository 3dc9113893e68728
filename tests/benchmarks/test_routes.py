"""The comparison of routing tables holds them against the application that runs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "benchmarks/routes.py"


def compared(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments], capture_output=True, text=True, check=False
    )


def test_the_example_is_equal_to_what_runs() -> None:
    done = compared(str(ROOT / "examples/orders_service"), "--app", "app.main:app", "--verbose")
    assert done.returncode == 0, done.stderr
    found = int(done.stdout.split(" routes of")[0])
    assert found > 15
    assert f"| gravity-lint | {found} | 0 | 0 |" in done.stdout, done.stderr


def test_what_is_missing_or_wrong_is_counted(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        "@app.get('/a/{b:path}')\ndef a(b): ...\n"
    )
    served = tmp_path / "served.txt"
    served.write_text("GET /a/{b}  # a remark\nPOST /other\nHEAD /a/{b}\n")
    done = compared(str(tmp_path), "--routes", str(served))
    assert "| gravity-lint | 1 | 1 | 0 |" in done.stdout, done.stderr


def test_an_application_that_does_not_start_is_no_measure(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("raise SystemExit('no')\n")
    done = compared(str(tmp_path), "--app", "main:app")
    assert done.returncode != 0
    assert "| gravity-lint" not in done.stdout

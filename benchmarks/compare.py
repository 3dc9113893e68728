"""Measure linters on the same files, whole processes in turn: python benchmarks/compare.py.

    python benchmarks/compare.py [DIRECTORY] [--lines N] [--runs N] [--output FILE]
    python benchmarks/compare.py --growth docs/growth.svg

Without a DIRECTORY a fleet is generated. Linters that are not installed are left out, and so is
one that ends with a status by which it says that it has failed: a crash is fast. The floor is
`ast.parse` of every file in one process with the garbage collector off. What is written is
Markdown: medians, and ratios to the floor.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from fleet import fleet

FLOOR = """
import ast, gc, pathlib, sys, warnings
gc.disable(); warnings.simplefilter("ignore")
for path in pathlib.Path(sys.argv[1]).rglob("*.py"):
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        pass
"""
RUFF = ("check", "--isolated", "--select=FAST,LOG,G,BLE,PT")


class Tool(NamedTuple):
    """A command to be measured: *statuses* are those by which it says that it has done its work.

    *before* is done before every run; *warm*: the first run is not counted.
    """

    name: str
    version: str
    command: Sequence[str]
    statuses: tuple[int, ...] = (0, 1)
    before: Callable[[], None] | None = None
    warm: bool = False


class Run(NamedTuple):
    """What one whole process took: CPU and wall time in seconds, and memory in MB."""

    cpu: float
    wall: float
    memory: float
    status: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--lines", type=int, default=38_000, help="of the generated fleet")
    parser.add_argument("--services", type=int, default=20, help="of the generated fleet")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--output", type=Path, help="where to write the table")
    parser.add_argument("--growth", type=Path, metavar="SVG", help="measure from 10k to 1M lines")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as home:
        if given.growth is not None:
            given.growth.write_text(growth(Path(home), given.runs))
            return
        directory = Path(home) / "files"
        if given.directory is None:
            write_fleet(directory, given.services, given.lines)
        else:
            shutil.copytree(given.directory, directory, symlinks=True, ignore=_IGNORED)
        text = table(directory, Path(home), given.runs)
    print(text)
    if given.output is not None:
        given.output.write_text(text)


_IGNORED = shutil.ignore_patterns(".venv", "__pycache__", "node_modules", ".gravity-lint-cache")


def write_fleet(directory: Path, services: int, lines: int) -> None:
    for path, text in fleet(services, lines):
        place = directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


# -- what is measured ----------------------------------------------------------------------------


def table(directory: Path, home: Path, runs: int) -> str:
    files = sorted(directory.rglob("*.py"))
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    rows = [
        f"{len(files)} files, {lines} lines; Python {sys.version.split()[0]}; medians of {runs}"
    ]
    rows += ["", "| | version | CPU | x floor | wall | memory |", "|---|---|---|---|---|---|"]
    tools = list(_tools(directory, home))
    found = measured(tools, runs)
    floor = statistics.median(run.cpu for run in found["floor"])
    for tool in tools:
        took = found[tool.name]
        failed = next((run.status for run in took if run.status not in tool.statuses), None)
        if failed is not None:
            rows.append(f"| {tool.name} | {tool.version} | failed with status {failed} | | | |")
            continue
        cpu, wall = (statistics.median(getattr(x, what) for x in took) for what in ("cpu", "wall"))
        memory = max(run.memory for run in took)
        rows.append(
            f"| {tool.name} | {tool.version} | {cpu:.3f} s | {cpu / floor:.2f} | {wall:.3f} s |"
            f" {memory:.0f} MB |"
        )
    return "\n".join(rows) + "\n"


def _tools(directory: Path, home: Path) -> Iterator[Tool]:
    python, place = sys.executable, os.fspath(directory)
    yield Tool("floor", sys.version.split()[0], [python, "-c", FLOOR, place])
    own = [python, "-m", "gravity_lint", "--format", "json", "--exit-zero"]
    version = importlib.metadata.version("gravity-lint")
    cache = ["--cache-dir", os.fspath(home / "cache")]
    yield Tool("gravity-lint", version, [*own, place, "--no-cache", "--jobs", "1"], (0,))
    yield Tool("gravity-lint, all processors", version, [*own, place, "--no-cache"], (0,))
    yield Tool("gravity-lint, nothing changed", version, [*own, place, *cache], (0,), warm=True)
    first = max(directory.rglob("*.py"), key=lambda path: path.stat().st_size)
    changed = home / "changed"
    shutil.copytree(directory, changed, symlinks=True)
    one = changed / first.relative_to(directory)

    def change() -> None:
        with one.open("a") as stream:
            stream.write(f"# {time.time_ns()}\n")

    named = [*own, os.fspath(one), *cache]
    yield Tool("gravity-lint, one changed file", version, named, (0,), change, warm=True)
    mended = home / "mended"

    def restore() -> None:
        shutil.rmtree(mended, ignore_errors=True)
        shutil.copytree(directory, mended, symlinks=True)

    fixing = [*own, os.fspath(mended), "--fix", "--unsafe-fixes"]
    yield Tool("gravity-lint --fix --unsafe-fixes", version, fixing, (0,), restore)
    yield from _others(place, home)


def _others(place: str, home: Path) -> Iterator[Tool]:
    """Yield the other linters that are installed beside this Python, or on the path."""
    ruff = _program("ruff")
    if ruff is not None:
        version = _version(ruff)
        yield Tool("ruff", version, [ruff, *RUFF, "--no-cache", place])
        cache = ["--cache-dir", os.fspath(home / "ruff")]
        yield Tool("ruff, nothing changed", version, [ruff, *RUFF, *cache, place], warm=True)
    flake8 = _program("flake8")
    if flake8 is not None:
        command = [flake8, "--isolated", "--extend-ignore=GRV", place]
        yield Tool("flake8 with its plugins", _version(flake8), command)
    for name, arguments, statuses in (
        ("pylint", ["--disable=all", "--enable=E,W", place], (0, *range(2, 32, 2), *range(1, 32))),
        ("semgrep", ["scan", "--metrics=off", "--config", f"{home}/semgrep.yml", place], (0, 1)),
        ("fixit", ["lint", place], (0, 1)),
        ("fastapi-lsp", ["check", place], (0, 1)),
    ):
        program = _program(name)
        if program is not None:
            (home / "semgrep.yml").write_text(_SEMGREP)
            yield Tool(name, _version(program), [program, *arguments], statuses)


_SEMGREP = """rules:
  - id: print
    languages: [python]
    severity: WARNING
    message: print
    pattern: print(...)
"""


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def _version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = (done.stdout or done.stderr).split()
    return next((word for word in words if word[:1].isdigit()), "?")


# -- how it is measured --------------------------------------------------------------------------


def measured(tools: Sequence[Tool], runs: int) -> dict[str, list[Run]]:
    """Run each of *tools* so many times, in turn, so that all see the same moods of the machine."""
    found: dict[str, list[Run]] = {tool.name: [] for tool in tools}
    for tool in tools:
        if tool.warm:
            once(tool)
    for _ in range(runs):
        for tool in tools:
            found[tool.name].append(once(tool))
    return found


def once(tool: Tool) -> Run:
    """Return what one run of *tool* took, from its start to its end."""
    if tool.before is not None:
        tool.before()
    begin = time.perf_counter()
    process = subprocess.Popen(tool.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(cpu, wall, usage.ru_maxrss / 1024, process.returncode)


# -- growth --------------------------------------------------------------------------------------


def growth(home: Path, runs: int) -> str:
    """Return a picture of time and memory over the number of lines, both on logarithmic scales."""
    points: list[tuple[int, float, float]] = []
    for lines in (10_000, 30_000, 100_000, 300_000, 1_000_000):
        directory = home / str(lines)
        write_fleet(directory, max(4, lines // 10_000), lines)
        real = sum(path.read_bytes().count(b"\n") for path in directory.rglob("*.py"))
        command = [sys.executable, "-m", "gravity_lint", os.fspath(directory), "--no-cache"]
        tool = Tool("x", "", [*command, "--jobs", "1", "--format", "json", "--exit-zero"], (0,))
        took = [once(tool) for _ in range(runs)]
        assert all(run.status in tool.statuses for run in took)
        cpu = statistics.median(run.cpu for run in took)
        points.append((real, cpu, max(run.memory for run in took)))
        print(f"{real:9} lines {cpu:8.2f} s {points[-1][2]:6.0f} MB", flush=True)
        shutil.rmtree(directory)
    return picture(points)


def picture(points: Sequence[tuple[int, float, float]]) -> str:
    """Draw CPU seconds and megabytes over lines as an SVG: two panels, all scales logarithmic.

    A dashed line shows what would grow as the code does.
    """
    lines = [point[0] for point in points]
    panels = [
        _panel(0, "CPU time in seconds", lines, [point[1] for point in points]),
        _panel(360, "memory in MB", lines, [point[2] for point in points]),
    ]
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 300" role="img"'
            ' font-family="sans-serif" font-size="12" fill="#333">',
            "<title>CPU time and memory of a check, by lines of code</title>",
            '<rect width="720" height="300" fill="#fff"/>',
            *(row for panel in panels for row in panel),
            "</svg>\n",
        ]
    )


def _panel(left: int, title: str, lines: Sequence[int], values: Sequence[float]) -> Iterator[str]:
    from math import ceil, floor, log10

    first, last = log10(lines[0]), log10(lines[-1])
    least = floor(log10(min(values)))
    most = max(ceil(log10(max(values))), ceil(log10(values[0] * lines[-1] / lines[0])))

    def across(number: float) -> float:
        return left + 50 + (log10(number) - first) / (last - first) * 280

    def up(value: float) -> float:
        return 260 - (log10(value) - least) / (most - least) * 210

    yield f'<text x="{left + 50}" y="24" font-weight="bold">{title}</text>'
    for power in range(least, most + 1):
        y = up(10.0**power)
        yield f'<path d="M{left + 50} {y:.0f}h280" stroke="#ddd"/>'
        yield f'<text x="{left + 44}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>'
    for number in lines:
        yield (
            f'<text x="{across(number):.0f}" y="280" text-anchor="middle">'
            f"{number / 1000:.0f}k</text>"
        )
    end = up(values[0] * lines[-1] / lines[0])
    yield (
        f'<path d="M{across(lines[0]):.0f} {up(values[0]):.0f}L{across(lines[-1]):.0f} {end:.0f}"'
        ' stroke="#999" stroke-dasharray="4 4"/>'
    )
    drawn = " ".join(f"{across(x):.0f},{up(y):.0f}" for x, y in zip(lines, values, strict=True))
    yield f'<polyline points="{drawn}" fill="none" stroke="#1a66cc" stroke-width="2"/>'
    for x, y in zip(lines, values, strict=True):
        yield f'<circle cx="{across(x):.0f}" cy="{up(y):.0f}" r="3" fill="#1a66cc"/>'
        yield (
            f'<text x="{across(x):.0f}" y="{up(y) + 18:.0f}" text-anchor="middle"'
            f' fill="#1a66cc">{y:.3g}</text>'
        )


if __name__ == "__main__":
    main()

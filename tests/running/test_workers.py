"""Several processes, and several machines, find what one finds."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gravity_lint.errors import UsageError
from gravity_lint.running import tasks
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run

EXAMPLES = Path(__file__).parents[2] / "examples"
ALL = Overrides(select=("ALL",))


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    for number in range(6):
        name = ("legacy_service", "orders_service")[number % 2]
        service = root / f"service_{number}"
        shutil.copytree(
            EXAMPLES / name, service, ignore=shutil.ignore_patterns("__pycache__", "*.db")
        )
        (service / "pyproject.toml").touch()
    return root


def same(one: Report, other: Report) -> bool:
    return (
        one.findings == other.findings
        and one.tallies == other.tallies
        and one.problems == other.problems
        and dict(one.sources) == dict(other.sources)
        and (one.files, one.services, one.suppressed)
        == (other.files, other.services, other.suppressed)
    )


@pytest.mark.parametrize("jobs", [2, 3, 16])
def test_any_number_of_processes_finds_the_same(fleet: Path, jobs: int, tmp_path: Path) -> None:
    expected = run([fleet], ALL)
    assert same(run([fleet], ALL, means=Means(jobs=jobs)), expected)
    kept = Means(keep=True, directory=tmp_path / "cache", jobs=jobs)
    assert same(run([fleet], ALL, means=kept), expected)
    assert same(run([fleet], ALL, means=kept), expected)


def test_processes_that_cannot_be_forked_are_given_what_they_need(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gravity_lint.running import workers

    expected = run([fleet], ALL)
    monkeypatch.setattr(workers, "forks", lambda: False)
    assert same(run([fleet], ALL, means=Means(jobs=2)), expected)


@pytest.mark.skipif(sys.platform != "linux", reason="the process is ended as Linux ends it")
def test_a_process_that_dies_is_missed_with_its_service(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run([fleet], ALL)
    perform = tasks.perform

    def dying(task: tasks.Task, *rest: object) -> tasks.Done:
        if task.case.files.root.name == "service_2":
            os.kill(os.getpid(), signal.SIGKILL)
        return perform(task, *rest)  # type: ignore[arg-type]

    from gravity_lint.running import workers

    monkeypatch.setattr(workers, "perform", dying)
    found = run([fleet], ALL, means=Means(jobs=2))
    (problem,) = found.problems
    assert problem.path == str(fleet / "service_2")
    assert "SIGKILL" in problem.message
    lost = str(fleet / "service_2")
    # What the lost service would have told the others is missing, so their questions stay open.
    assert found.findings == tuple(
        f for f in expected.findings if not f.path.startswith(lost) and f.code != "GRV710"
    )


def at_work(fleet: Path) -> tuple[subprocess.Popen[bytes], float]:
    """Start a run over a larger fleet; return it at work, and when it must be over."""
    for number in range(6, 30):
        shutil.copytree(fleet / "service_0", fleet / f"service_{number}")
    command = [
        *(sys.executable, "-m", "gravity_lint", str(fleet), "--no-cache", "--jobs", "2"),
        *("--format", "json"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 30
    while len(members(process.pid)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    return process, deadline


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_interrupted_run_leaves_no_process_behind(fleet: Path) -> None:
    process, deadline = at_work(fleet)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 130
    while members(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert members(process.pid) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_run_leaves_no_process_behind(fleet: Path) -> None:
    process, deadline = at_work(fleet)
    process.kill()
    process.wait()
    while members(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert members(process.pid) == []


def members(group: int) -> list[int]:
    """Return the processes of a session that are still running."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == group and fields[0] != "Z":
                found.append(int(place.name))
    return found


# -- a cluster -----------------------------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each a process of its own."""
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    environment = {
        **os.environ,
        "DASK_DISTRIBUTED__DASHBOARD__ENABLED": "false",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s",
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [
            *(sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"),
            *("--port", "0", "--no-dashboard", "--scheduler-file", str(file)),
        ],
        env=environment,
        **quiet,  # type: ignore[call-overload]
    )
    workers = [
        subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "distributed.cli.dask_worker",
                    "--scheduler-file",
                    str(file),
                ),
                *("--no-nanny", "--nthreads", "1", "--no-dashboard", "--death-timeout", "60"),
                *("--local-directory", str(tmp_path / f"worker_{number}")),
            ],
            env=environment,
            **quiet,  # type: ignore[call-overload]
        )
        for number in range(2)
    ]
    try:
        import json

        deadline = time.monotonic() + 60
        while not file.exists() or not file.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"].removeprefix("tcp://")
        yield f"dask://{address}", workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_a_cluster_finds_the_same_though_a_machine_fails(
    fleet: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    expected = run([fleet], ALL)
    assert same(run([fleet], ALL, means=Means(executor=address)), expected)

    done: list[str] = []

    def progress(phase: str, share: float) -> None:
        if not done:
            workers[0].kill()
        done.append(phase)

    assert same(run([fleet], ALL, means=Means(executor=address), progress=progress), expected)
    assert done


@pytest.mark.parametrize("address", ["dask://", "tcp://127.0.0.1:1", "nonsense"])
def test_what_is_no_cluster_is_said(fleet: Path, address: str) -> None:
    with pytest.raises(UsageError, match="--executor"):
        run([fleet], ALL, means=Means(executor=address))

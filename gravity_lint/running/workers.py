"""Processes that judge services side by side.

Each gets one service after the other, the large ones first. Where processes can be forked, they
find everything in place; elsewhere what they need is sent to them. One that dies is missed with
the service that it had before it, and another takes its place.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess

from gravity_lint.running.bench import Bench
from gravity_lint.running.means import forks
from gravity_lint.running.tasks import Done, Task, lost, perform


def work_off(tasks: Sequence[Task], jobs: int, bench: Bench) -> Iterator[tuple[int, Done]]:
    """Yield what comes of each of *tasks*, with its index, in the order in which they are done."""
    pool = _Pool(tasks, bench)
    try:
        yield from pool.run(min(jobs, len(tasks)))
    finally:
        pool.end()


class _Pool:
    def __init__(self, tasks: Sequence[Task], bench: Bench) -> None:
        self._tasks = tasks
        self._bench = bench
        self._context = multiprocessing.get_context("fork" if forks() else "spawn")
        self._pending = sorted(range(len(tasks)), key=lambda index: tasks[index].size)
        self._busy: dict[Connection, tuple[BaseProcess, int]] = {}
        self._idle: list[tuple[Connection, BaseProcess]] = []

    def run(self, jobs: int) -> Iterator[tuple[int, Done]]:
        for _ in range(jobs):
            self._start()
        while self._busy:
            for connection in wait(list(self._busy)):
                assert isinstance(connection, Connection)
                process, index = self._busy.pop(connection)
                try:
                    answer = connection.recv()
                except (EOFError, OSError):
                    connection.close()
                    process.join()
                    yield index, lost(self._tasks[index], _death(process.exitcode))
                    self._start()
                else:
                    done = answer if isinstance(answer, Done) else lost(self._tasks[index], answer)
                    yield index, done
                    self._give(connection, process)

    def end(self) -> None:
        """Let those go that have nothing to do, and end the others."""
        for connection, process in self._idle:
            connection.close()
            process.join()
        for connection, (process, _) in self._busy.items():
            process.kill()
            process.join()
            connection.close()

    def _start(self) -> None:
        """Start a process, if there is something to do for it."""
        if not self._pending:
            return
        ours, theirs = self._context.Pipe()
        forked = self._context.get_start_method() == "fork"
        # A forked process must not hold open what is ours: it would never see us go.
        others = [ours, *self._busy, *(connection for connection, _ in self._idle)]
        process = _process(
            self._context,
            (theirs, others, self._tasks, self._bench) if forked else (theirs, [], None, None),
        )
        process.start()
        theirs.close()
        self._give(ours, process)

    def _give(self, connection: Connection, process: BaseProcess) -> None:
        if not self._pending:
            self._idle.append((connection, process))
            return
        index = self._pending.pop()
        self._busy[connection] = process, index
        try:
            forked = self._context.get_start_method() == "fork"
            connection.send(index if forked else self._tasks[index])
        except OSError:
            pass  # it has died: reading from it will tell


def _process(context: BaseContext, arguments: tuple[object, ...]) -> BaseProcess:
    process: BaseProcess = context.Process(  # type: ignore[attr-defined]
        target=_serve, args=arguments, daemon=True, name="gravity-lint worker"
    )
    return process


def _serve(
    connection: Connection,
    others: Sequence[Connection],
    tasks: Sequence[Task] | None,
    bench: Bench | None,
) -> None:
    """Judge what comes in until nothing does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # an interrupted run has nothing to say
    for other in others:
        other.close()
    while True:
        try:
            asked = connection.recv()
        except (EOFError, OSError):
            break
        task = tasks[asked] if tasks is not None else asked
        if bench is None:
            from gravity_lint.running.cases import Gatherer

            bench = Bench(task.overrides, Gatherer())
        try:
            answer: Done | str = perform(task, bench)
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        try:
            connection.send(answer)
        except OSError:
            break
    os._exit(0)  # what the parent has opened is the parent's to close


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        return f"the process that judged it was ended by {name}"
    return f"the process that judged it ended with status {code}"

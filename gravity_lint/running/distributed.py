"""Services judged on the machines of a Dask cluster."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterator, Sequence

from gravity_lint.errors import UsageError
from gravity_lint.running.tasks import Done, Task, lost, perform

_SCHEME = "dask://"
_PATIENCE = "30s"
"""How long the cluster may take to answer at first."""


def work_off(tasks: Sequence[Task], address: str) -> Iterator[tuple[int, Done]]:
    """Yield what comes of each of *tasks* on the cluster at *address*, with its index.

    The contents of the files go with the task: the machines there see no file of this one. A
    task whose machine fails is tried on another one. Raises UsageError for no such cluster.
    """
    if not address.startswith(_SCHEME) or not address.removeprefix(_SCHEME).strip("/"):
        raise UsageError(f"--executor: {address!r} is no cluster: give dask://HOST:PORT")
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "--executor: Dask is not installed: pip install 'gravity-lint[distributed]'"
        ) from error
    host = address.removeprefix(_SCHEME).rstrip("/")
    try:
        client = Client(f"tcp://{host}", timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"--executor: no cluster answers at {host}: {error}") from error
    with client, client.get_executor(pure=False) as executor:
        largest_first = sorted(range(len(tasks)), key=lambda index: -tasks[index].size)
        futures = {executor.submit(perform, tasks[index]): index for index in largest_first}
        for future in concurrent.futures.as_completed(futures):
            index = futures[future]
            try:
                yield index, future.result()
            except Exception as error:
                yield index, lost(tasks[index], f"{type(error).__name__}: {error}")

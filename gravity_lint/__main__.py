"""The ``gravity-lint`` program, and ``python -m gravity_lint``."""

import gc
import os
import signal
import sys


def main() -> int:
    """Run the program; return its exit status.

    An interrupt ends it without a word also before there is anybody to hear it, and after. What is
    loaded and worked out is needed to the end, so the garbage collector looks at none of it.
    """
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gravity_lint.installed import withdrawn

    sys.path[:] = withdrawn(sys.path)
    from gravity_lint.cli import STOPPED
    from gravity_lint.cli import main as run

    status = run()
    gc.freeze()  # or it looks at everything once before the program ends
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if status in STOPPED:
        _leave(status)
    return status


def _leave(status: int) -> None:
    """End at once: the thread that was at work cannot be stopped, and not all code survives that.

    What it has started is stopped all the same.
    """
    processes = sys.modules.get("multiprocessing")
    for child in processes.active_children() if processes is not None else ():
        child.kill()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())

"""The command line. ``main`` is the ``gravity-lint`` program; each command has a module.

Only the module of the command that runs is imported, and that imports what its
options ask for.
"""

import contextlib
import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Final

from gravity_lint import __version__
from gravity_lint.cli.output import opened
from gravity_lint.errors import UsageError
from gravity_lint.reporting.text import visible

COMMANDS: Final = (
    "check",
    "routes",
    "contract",
    "report",
    "baseline",
    "migrate-logging",
    "explain",
    "rules",
    "hook",
    "new-pack",
    "new-rule",
    "server",
    "completion",
)
"""What may stand first on the command line; anything else belongs to ``check``."""

_ASKING: Final = {"help": "--help", "version": "--version"}

INTERRUPTED: Final = 130
TERMINATED: Final = 143
STOPPED: Final = (INTERRUPTED, TERMINATED)
CANNOT: Final = 2


class _Terminated(KeyboardInterrupt):
    """Somebody has asked the program to end; what lets an interrupt through lets it through."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``gravity-lint`` with *arguments* (default: the program's own); return its exit status.

    0: the code conforms. 1: findings. 2: the linter could not do its job. 130 and 143: it was
    interrupted, or asked to end.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    _tolerate_any_character()
    try:
        with _hearing():
            status = _run(given)
    except UsageError as error:
        _complain(str(error))
        status = CANNOT
    except _Terminated:
        status = TERMINATED
    except KeyboardInterrupt:
        status = INTERRUPTED
    except SystemExit as request:
        # --help and --version
        status = request.code if isinstance(request.code, int) else 0
        with opened(None):
            pass
    except BrokenPipeError:
        # Standard error has lost its reader: there is nobody left to tell anything.
        status = CANNOT
    except Exception as error:
        if os.environ.get("GRAVITY_LINT_DEBUG"):
            import traceback

            traceback.print_exc()
        _complain(_internal(error))
        status = CANNOT
    return status


def _run(arguments: list[str]) -> int:
    try:
        os.getcwd()
    except OSError as error:
        raise UsageError(f"the working directory is gone: {error.strerror}") from error
    command = "check"
    if arguments and arguments[0] in _ASKING and not os.path.lexists(arguments[0]):
        about = [word for word in arguments[1:2] if word in COMMANDS]
        arguments = [*about, _ASKING[arguments[0]]]
    if arguments and arguments[0] in COMMANDS:
        command, *arguments = arguments
    module = importlib.import_module(f"{__name__}.{command.replace('-', '_')}")
    status: int = module.execute(arguments)
    return status


@contextlib.contextmanager
def _hearing() -> Iterator[None]:
    """End in order when a signal says so: what was begun is cleared away, processes are ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in before:
            if before[number] is not signal.SIG_IGN:
                signal.signal(number, _end)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt if number == signal.SIGINT else _Terminated


def _tolerate_any_character() -> None:
    """Keep a terminal's or pipe's narrow encoding from ending a run in the middle of a report."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _complain(message: str) -> None:
    with contextlib.suppress(OSError):
        shown = "\n".join(map(visible, message.split("\n")))
        print(f"gravity-lint: error: {shown}", file=sys.stderr)


def _internal(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{type(error).__name__}: {error}{place}\n"
        "This is a defect of gravity-lint, not of the code it reads; nothing was judged to the end."
        " Please report it with this message, the command line and the traceback that"
        " GRAVITY_LINT_DEBUG=1 shows"
        f" (gravity-lint {__version__}, Python {python})."
    )

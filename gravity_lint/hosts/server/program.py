"""The program that an editor starts."""

from __future__ import annotations

import gc
import os
import sys
from typing import BinaryIO

from gravity_lint.hosts.server import features
from gravity_lint.hosts.server.speaker import GravityServer
from gravity_lint.running.outcome import Overrides


def create(overrides: Overrides) -> GravityServer:
    """Return a server that judges by *overrides*, ready to be started."""
    server = GravityServer(overrides)
    features.live(server)
    features.listen(server)
    features.act(server)
    features.tell(server)
    return server


def serve(overrides: Overrides) -> int:
    """Speak the protocol over standard input and output until the editor goes away.

    Returns the exit status that the protocol wants: 1 where the editor has not said so before.
    """
    gc.disable()  # the desk sees to it
    server = create(overrides)
    server.start_io(sys.stdin.buffer, _reserved_output())
    return 0 if server.is_shut_down else 1


def _reserved_output() -> BinaryIO:
    """Return standard output, which from now on nobody else reaches: it goes to standard error."""
    sys.stdout.flush()
    reserved = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = sys.stderr
    return reserved

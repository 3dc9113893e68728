"""What can become of a promise: kinds of change, and how much each weighs for callers."""

from __future__ import annotations

import enum

import msgspec

from gravity_lint.contract.description import Place


class Severity(enum.Enum):
    """What a change does to those who call."""

    BREAKING = "breaking"
    """Some caller that kept to the old promise fails."""
    POSSIBLY = "possibly breaking"
    """A caller fails that leans on more than it had to, or that is not careful."""
    SECURITY = "security"
    """More callers are let in than before."""
    COMPATIBLE = "compatible"
    """No caller notices."""


class Direction(enum.Enum):
    """Which way a value travels: what is harmless one way breaks the other."""

    REQUEST = "request"
    RESPONSE = "response"


class Change(msgspec.Struct, frozen=True):
    """One difference between two promises.

    *kind* is a stable slug (``response-field-removed``). *subject* is the operation, event or
    key concerned, of the *service* with that *root*, as today's (or, where it has gone,
    yesterday's) code has it. *place* is where it stands in the new code; *gone* tells that it
    stood there in the old. *why* names the edit that caused it, where it is another place.
    *callers* are the places in other services that certainly lean on what has changed, each with
    the service; *before* is what the subject was called where that is another name. *excuse* says
    why it may be.
    """

    kind: str
    severity: Severity
    subject: str
    message: str
    service: str = ""
    root: str = ""
    place: Place | None = None
    gone: bool = False
    why: str = ""
    callers: tuple[tuple[str, Place], ...] = ()
    before: str = ""
    excuse: str = ""


class NotCompared(msgspec.Struct, frozen=True):
    """Something on one side that the source does not tell, so that nothing is said of it.

    *always*: neither side tells it, so most likely no change has to do with it.
    """

    subject: str
    what: str
    always: bool = False
    service: str = ""
    root: str = ""
    place: Place | None = None

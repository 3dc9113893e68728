"""How much a finding weighs, and how much a fix may change."""

import enum


class Severity(enum.Enum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"


class Applicability(enum.Enum):
    """What applying a fix may change.

    A *safe* fix keeps what the program does and what its clients see; an
    *unsafe* one may change it (a status code, the text of a log line).
    """

    SAFE = "safe"
    UNSAFE = "unsafe"

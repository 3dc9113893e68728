"""How long the fuzzers go on: seconds in CI, as long as `make fuzz` is told to otherwise.

Without GRAVITY_LINT_FUZZ, the same examples come every time. With it, others come, and
`--hypothesis-seed` brings them back.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("GRAVITY_LINT_FUZZ", "0"))

settings.register_profile(
    "fuzz",
    max_examples=25 * max(TIMES, 1),
    derandomize=not TIMES,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True, scope="session")
def _profile() -> None:
    pass


def pytest_configure() -> None:
    settings.load_profile("fuzz")

"""Nothing is kept in the directories of whoever runs the tests, and slow machines may be slow."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.getbasetemp().parent / "gravity-lint"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "home"))
    monkeypatch.setenv("GRAVITY_LINT_CACHE_DIR", str(home / "cache"))

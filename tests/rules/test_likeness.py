"""What a missing name may have been meant for: only what is spelled nearly so."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run


@pytest.mark.parametrize(
    ("there", "name", "meant"),
    [
        (["get_settings"], "get_setings", "get_settings"),
        (["create_access_token"], "create_token", "create_access_token"),
        (["UserResponse", "User"], "UsersResponse", "UserResponse"),
        (["ValidationProtocol"], "ApplicationProtocol", None),
        (["PickleSerializerStats", "PickleCacheSerializer"], "PickleSerializer", None),
        (["verify"], "Base", None),
    ],
)
def test_of_what_is_there(tmp_path: Path, there: list[str], name: str, meant: str | None) -> None:
    package = tmp_path / "app"
    package.mkdir()
    (package / "__init__.py").touch()
    lines = [f"class {one}: ...\n" for one in there]
    (package / "things.py").write_text("".join(lines), encoding="utf-8")
    text = f"from app.things import {name}\n"
    (package / "main.py").write_text(text, encoding="utf-8")
    (finding,) = run([tmp_path], Overrides(select=("GRV004",))).findings
    _, _, hint = finding.message.partition("ImportError")
    assert hint == ("" if meant is None else f"; it has `{meant}`")

"""Rules of others in an editor: reported as ours are, and a failing one takes nothing with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts.server.editor import editing

from gravity_lint.scaffolding.writing import new_pack

CODE = """\
import os
from datetime import datetime

TOKEN = os.environ["TOKEN"]
NOW = datetime.utcnow()
"""
CRASHING = """\
from gravity_lint.model.code.files import File, files
from gravity_lint.rule import Answer, Scope, Severity, rule


@rule(code="ACM999", severity=Severity.ERROR, scope=Scope.FILE, pattern="", subjects=files)
def check(file: File) -> Answer:
    raise KeyError(file.module.relative)
"""


@pytest.mark.asyncio
@pytest.mark.parametrize("crashing", [False, True])
async def test_findings_of_a_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crashing: bool
) -> None:
    project, service = tmp_path / "acme-rules", tmp_path / "service"
    new_pack(project)
    if crashing:
        (project / "acme_rules/settings/crashing_rule.py").write_text(CRASHING)
    monkeypatch.setenv("PYTHONPATH", str(project))
    (service / "app").mkdir(parents=True)
    (service / "app/main.py").write_text(CODE)
    (service / "pyproject.toml").write_text(
        '[tool.gravity-lint]\nrule-packs = ["gravity_rules", "acme_rules"]\n'
        'select = ["ACM", "GRV191"]\n'
    )
    async with editing(service, options=["--allow-pack", "acme_rules"]) as editor:
        await editor.settled()
        assert {"ACM101", "GRV191"} <= set(editor.codes(service / "app/main.py"))

"""What another service of the run imports stays what it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gravity_lint.fixing.sharing import Sharing
from gravity_lint.running.mending import mend
from gravity_lint.running.outcome import Overrides

LOG = "import logging\n\nlogger = logging.getLogger(__name__)\nlogger.info('there')\n"
MAIN = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def refusals(root: Path, *named: str) -> dict[str, str]:
    """Return why fixes of the loggers are refused, by file."""
    paths = [root / name for name in named] or [root]
    mending = mend(paths, Overrides(select=("GRV901",)), unsafe=True, write=False)
    return {Path(x.finding.path).relative_to(root).as_posix(): x.reason for x in mending.refused}


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    for service in ("orders", "worker"):
        write(
            tmp_path / service,
            {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["structlog"]\n'},
        )
    write(tmp_path / "orders", {"orders/main.py": MAIN, "orders/core/log.py": LOG})
    return tmp_path


@pytest.mark.parametrize(
    "code",
    [
        "from orders.core.log import logger\n",
        "from orders.core import log\n\nlog.logger.info('here')\n",
        "import orders.core.log as log\n\nlog.logger.info('here')\n",
        "from orders.core.log import *\n",
        "def work():\n    from orders.core.log import (\n        logger,\n    )\n",
        "from orders.orders.core.log import logger\n",
    ],
)
def test_a_logger_that_another_service_imports_stays(fleet: Path, code: str) -> None:
    write(fleet / "worker", {"worker/main.py": code})
    reason = "`logger` is imported by another service (worker/worker/main.py)"
    assert refusals(fleet) == {"orders/orders/core/log.py": reason}
    # Of one service alone nobody knows.
    assert refusals(fleet, "orders") == {}


@pytest.mark.parametrize(
    "code",
    [
        "from orders.core.log import other\n",
        "from orders.core.logs import logger\n",
        "from core.log import logger\n",
        "from orders.core import log\n\nlog.work()\n",
        "# from orders.core.log import logger\n",
    ],
)
def test_what_another_service_does_not_import_goes(fleet: Path, code: str) -> None:
    write(fleet / "worker", {"worker/main.py": code})
    assert refusals(fleet) == {}


def test_a_package_of_ones_own_comes_first(fleet: Path) -> None:
    write(
        fleet / "worker",
        {"orders/main.py": "from orders.core.log import logger\n", "orders/core/__init__.py": ""},
    )
    assert refusals(fleet) == {}


@pytest.mark.parametrize(
    ("before", "after", "noticed"),
    [
        ("x = 1\n", "x = 2\n", True),
        ("def x(): return 1\n", "def x(): return 2\n", False),
        ("def x(): ...\n", "def x() -> None: ...\n", False),
        ("def x(): ...\n", "async def x(): ...\n", True),
        ("def x(a): ...\n", "def x(a=1): ...\n", True),
        ("def x(): ...\n", "@y\ndef x(): ...\n", True),
        ("class x: a = 1\n", "class x: a = 2\n", False),
        ("class x: ...\n", "class x(y): ...\n", True),
        (
            "try:\n    x = 1\nexcept E:\n    x = 2\n",
            "try:\n    x = 1\nexcept E:\n    x = 3\n",
            True,
        ),
        ("x = y = 1\n", "x = 1\n", False),
        ("import x\n", "pass\n", False),
        ("y = 1\n", "y = 2\n", False),
    ],
)
def test_what_counts_is_how_the_name_is_bound(
    tmp_path: Path, before: str, after: str, noticed: bool
) -> None:
    one, other = tmp_path / "one" / "one.py", tmp_path / "other" / "main.py"
    write(tmp_path, {"one/one.py": before, "other/main.py": "from one import x\n"})
    sharing = Sharing({str(one.parent): [str(one)], str(other.parent): [str(other)]})
    assert (sharing.objection(str(one), after) is not None) is noticed
    assert sharing.objection(str(one), before) is None
    assert sharing.objection(str(other), "") is None

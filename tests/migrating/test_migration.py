"""A service brought over to structlog: it starts, its handlers see every line, its tests pass."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gravity_lint.cli import main
from gravity_lint.migrating.migration import migrate

MAIN = '''\
"""Orders."""

import logging

from fastapi import FastAPI

from app.services.orders import OrderService

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
app = FastAPI()


@app.post("/api/v1/orders/{number}")
async def create_order(number: int) -> dict[str, int]:
    OrderService().create(number, "ada")
    return {"number": number}
'''
ORDERS = '''\
"""What orders need."""

import logging

logger = logging.getLogger(__name__)


class OrderService:
    """Keeps orders."""

    def create(self, number, name):
        logger.debug("creating order %s", number)
        logger.info(f"Creating order {number} for {name}")
        logger.warning("Stock is low: %d left", number, extra={"shelf": 3})
        try:
            [][number]
        except IndexError as e:
            logger.error(f"No shelf for {number}: {e}")
        logger.info("Order created")
'''
AUDIT = '''\
"""Who did what."""

import logging

audit = logging.getLogger("audit")


def note(name):
    audit.info("noted by %s", name)
'''
SET_UP = '''\
"""A file of its own for audits."""

import logging


def keep(path):
    logging.getLogger("audit").addHandler(logging.FileHandler(path))
'''
TEST = """\
import logging

from app.services.orders import OrderService


def test_every_line_is_seen(caplog):
    caplog.set_level(logging.INFO)
    OrderService().create(7, "ada")
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "ERROR", "INFO"]
    assert {record.name for record in caplog.records} == {"app.services.orders"}
    assert "7" in caplog.text and "ada" in caplog.text
    assert any(record.exc_info for record in caplog.records) is EXPECTED
    assert "Order created" in caplog.messages[-1]
"""
FILES = {
    "app/__init__.py": "",
    "app/main.py": MAIN,
    "app/core/__init__.py": "",
    "app/core/audit_file.py": SET_UP,
    "app/services/__init__.py": "",
    "app/services/orders.py": ORDERS,
    "app/services/audit.py": AUDIT,
    "pyproject.toml": '[project]\nname = "orders"  # ours\ndependencies = [\n    "fastapi",\n]\n',
    "requirements.txt": "fastapi==0.115.0\nuvicorn\n",
    "tests/test_orders.py": TEST.replace(" is EXPECTED", ""),
}
DRIVER = """\
import io, json, logging, sys

sys.path.insert(0, ".")
from app.main import app
from app.services.orders import OrderService
from fastapi.testclient import TestClient

lines = []


class Keeping(logging.Handler):
    def emit(self, record):
        self.format(record)
        lines.append(
            [record.levelname, record.name, record.getMessage(), bool(record.exc_info),
             getattr(record, "shelf", None), record.funcName]
        )


def refuse(record):
    return "low" not in record.getMessage()


logging.getLogger().addHandler(Keeping())
OrderService().create(7, "ada")
whole = list(lines)
lines.clear()
logging.getLogger("app.services.orders").setLevel(logging.ERROR)
OrderService().create(7, "ada")
quiet = list(lines)
lines.clear()
logging.getLogger("app.services.orders").setLevel(logging.NOTSET)
logging.getLogger("app.services.orders").addFilter(refuse)
OrderService().create(7, "ada")
print(json.dumps([whole, quiet, [x[:2] for x in lines]]))
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "orders" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "orders"


def lines_of(service: Path) -> list[list[list[object]]]:
    """Return what handlers of `logging` get when the service runs: all, at ERROR, filtered."""
    ran = subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=service, capture_output=True, text=True, check=True
    )
    found: list[list[list[object]]] = json.loads(ran.stdout)
    return found


def texts_of(service: Path) -> dict[str, str]:
    return {
        path.relative_to(service).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(service.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_handlers_levels_and_filters_see_what_they_saw(service: Path) -> None:
    before = lines_of(service)
    migrate([service])
    after = lines_of(service)
    for old, new in zip(before, after, strict=True):
        assert [line[:2] for line in old] == [line[:2] for line in new]
    messages = [str(line[2]) for line in after[0]]
    assert messages == [
        "creating_order number=7 name_value='ada'",
        "stock_is_low_left shelf=3 number=7",
        "no_shelf number=7 error='list index out of range'",
        "Order created",
    ]
    # The traceback that the clause left out, the value of `extra`, and the place of the call.
    assert [line[3] for line in after[0]] == [False, False, True, False]
    assert [line[4] for line in after[0]] == [None, 3, None, None]
    assert {line[5] for line in after[0]} == {"create"}


def test_the_services_own_tests_pass_before_and_after(service: Path) -> None:
    def passes() -> bool:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
        ]
        ran = subprocess.run(
            [*command, "-c", "/dev/null", "--rootdir", ".", "tests"],
            cwd=service,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": ".", "PATH": ""},
        )
        return ran.returncode == 0

    test = service / "tests" / "test_orders.py"
    test.write_text(TEST.replace("EXPECTED", "False"), encoding="utf-8")
    assert passes()
    migrate([service])
    assert not passes()  # the clause tells its traceback now
    test.write_text(TEST.replace("EXPECTED", "True"), encoding="utf-8")
    assert passes()


def test_a_second_run_changes_nothing(service: Path) -> None:
    assert migrate([service]).files
    texts = texts_of(service)
    again = migrate([service])
    assert again.files == ()
    assert texts_of(service) == texts


def test_what_is_written_where(service: Path) -> None:
    migration = migrate([service])
    texts = texts_of(service)
    assert texts["app/__init__.py"] == (
        "from .core.logging import configure_logging\n\nconfigure_logging()\n"
    )
    assert {Path(path).name for path in migration.new} == {"logging.py"}
    assert texts["pyproject.toml"] == FILES["pyproject.toml"].replace(
        '    "fastapi",\n', '    "fastapi",\n    "structlog>=24.1",\n'
    )
    assert texts["requirements.txt"] == "fastapi==0.115.0\nstructlog>=24.1\nuvicorn\n"
    # The module that configures logging keeps its own logger.
    assert texts["app/main.py"] == MAIN
    reasons = {finding.withheld for finding in migration.mending.report.findings}
    assert any("a test looks for its text" in str(reason) for reason in reasons)


def test_imports_may_stand_in_several_places(tmp_path: Path) -> None:
    """Where imports go on below the first statements, the call stands below the last of them."""
    main = MAIN.replace("\nfrom app.services.orders import OrderService\n", "").replace(
        "app = FastAPI()\n",
        "app = FastAPI()\n\n# Services\nfrom app.services.orders import OrderService\n",
    )
    main = main.replace('logging.basicConfig(level=logging.INFO, format="', 'SHAPE = ("')
    for name, text in {**FILES, "app/main.py": main}.items():
        if name != "app/__init__.py":
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
    migrate([tmp_path])
    written = texts_of(tmp_path)["app/main.py"]
    assert "import OrderService\n\nconfigure_logging()\n\n\n@app.post" in written
    completed = subprocess.run(
        [sys.executable, "-c", "import app.main, structlog; assert structlog.is_configured()"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert completed.returncode == 0, completed.stderr


def test_a_logger_keeps_what_is_set_up_by_its_name(service: Path, tmp_path: Path) -> None:
    migrate([service])
    audit = texts_of(service)["app/services/audit.py"]
    assert 'audit = structlog.get_logger("audit")' in audit
    kept = tmp_path / "audit.log"
    code = (
        "from app.core.audit_file import keep; from app.services.audit import note;"
        f" import app.main; keep({str(kept)!r}); note('ada')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=service, check=True)
    assert kept.read_text() == "noted name_value='ada'\n"


def test_a_logger_that_others_log_with_first_keeps_its_name(service: Path) -> None:
    """structlog would take the name of whoever logs first."""
    (service / "app" / "core" / "log.py").write_text(
        "import logging\n\nlogger = logging.getLogger(__name__)\n"
    )
    (service / "app" / "services" / "more.py").write_text(
        "from app.core.log import logger\n\n\ndef work():\n    logger.warning('worked')\n"
    )
    migrate([service])
    code = "import app.main; from app.services.more import work; work()"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=service, check=True, capture_output=True, text=True
    )
    assert ran.stderr == "WARNING app.core.log worked\n"


def test_a_logger_that_is_asked_for_its_level_answers_as_before(service: Path) -> None:
    """structlog's loggers for `logging` pass such questions on, once they are configured."""
    code = (
        "import logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef work(load):\n"
        "    logger.setLevel(logging.DEBUG)\n"
        "    if logger.isEnabledFor(logging.DEBUG) and logger.level:\n"
        "        logger.debug(f'worked {load()}')\n"
    )
    (service / "app" / "services" / "deep.py").write_text(code)
    (service / "app" / "services" / "loud.py").write_text(
        code.replace("logger.setLevel(logging.DEBUG)", "logger.propagate = True")
    )
    migrate([service])
    texts = texts_of(service)
    assert "logger = structlog.get_logger()" in texts["app/services/deep.py"]
    assert "logger = logging.getLogger(__name__)" in texts["app/services/loud.py"]
    script = (
        "import logging; logging.basicConfig(level=logging.WARNING);"
        " from app.services import deep; deep.work(lambda: 3);"
        " print(logging.getLogger('app.services.deep').level)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=service, check=True, capture_output=True, text=True
    )
    assert ran.stdout == "10\n"
    assert ran.stderr == "DEBUG:app.services.deep:worked load=3\n"


def test_the_patch_is_what_would_be_written(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = texts_of(service)
    assert main(["migrate-logging", "--diff", str(service)]) == 0
    patch = capsys.readouterr().out
    assert texts_of(service) == texts
    assert "+configure_logging()" in patch
    assert '+        logger.info("creating_order", number=number, name_value=name)' in patch
    assert main(["migrate-logging", str(service)]) == 0
    said = capsys.readouterr().out
    assert "wrote" in said
    assert "app/core/logging.py" in said
    for line in patch.splitlines():
        if line.startswith("+") and not line.startswith("+++"):
            assert any(line[1:] in text.splitlines() for text in texts_of(service).values())


def test_nothing_to_do_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("import structlog\n", encoding="utf-8")
    assert main(["migrate-logging", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Nothing to migrate.\n"


def test_the_package_may_be_imported_by_two_names(service: Path) -> None:
    """Tests that stand above ``src`` say ``src.app`` where the application says ``app``."""
    (service / "src").mkdir()
    (service / "app").rename(service / "src" / "app")
    migrate([service])
    for name, path in (("src.app.services", "."), ("app.services", "src")):
        code = f"import sys; sys.path.insert(0, {path!r}); import {name}; import structlog;"
        ran = subprocess.run(
            [sys.executable, "-c", f"{code} print(structlog.is_configured())"],
            cwd=service,
            capture_output=True,
            text=True,
        )
        assert ran.stdout == "True\n", ran.stderr


def test_a_package_for_others_is_left_to_them(service: Path) -> None:
    (service / "app").rename(service / "orders_common")
    for path in service.rglob("*.py"):
        path.write_text(path.read_text().replace("from app", "from orders_common"))
    (service / "orders_common" / "main.py").unlink()
    texts = texts_of(service)
    migration = migrate([service])
    assert migration.files == ()
    assert texts_of(service) == texts
    assert "whoever imports its loggers decides" in migration.notes[0]


def said_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["migrate-logging", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("missing", ["app/core", "app/core app", "app app/services app/core"])
def test_directories_need_no_init(
    service: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    """Nor anything that marks the root: one run does it all."""
    for directory in missing.split():
        (service / directory / "__init__.py").unlink()
    (service / "pyproject.toml").unlink()
    before = lines_of(service)
    patch = said_of(capsys, "--diff", str(service))
    said = said_of(capsys, str(service))
    assert "structlog is not among the dependencies" not in said
    assert '+        logger.info("creating_order", number=number, name_value=name)' in patch
    texts = texts_of(service)
    assert "logger = structlog.get_logger()" in texts["app/services/orders.py"]
    assert "structlog>=24.1" in texts["requirements.txt"]
    for old, new in zip(before, lines_of(service), strict=True):
        assert [line[:2] for line in old] == [line[:2] for line in new]
    said_of(capsys, str(service))
    assert texts_of(service) == texts


def test_a_service_without_a_core_has_the_module_in_its_package(service: Path) -> None:
    for file in (service / "app" / "core").iterdir():
        file.unlink()
    (service / "app" / "core").rmdir()
    (service / "app" / "__init__.py").unlink()
    migrate([service])
    texts = texts_of(service)
    assert "def configure_logging" in texts["app/structured_logging.py"]
    assert "logger = structlog.get_logger()" in texts["app/services/orders.py"]
    assert any(new[0][1] == "app.services.orders" for new in lines_of(service))


def test_several_services_go_over_in_one_run(service: Path) -> None:
    for name in ("orders", "payments"):
        shutil.copytree(service, service.parent / "all" / name)
        (service.parent / "all" / name / "app" / "core" / "__init__.py").unlink()
        (service.parent / "all" / name / "pyproject.toml").unlink()
    migrate([service.parent / "all"])
    for name in ("orders", "payments"):
        texts = texts_of(service.parent / "all" / name)
        assert "logger = structlog.get_logger()" in texts["app/services/orders.py"]
        assert "configure_logging()" in texts["app/__init__.py"]
        assert "structlog>=24.1" in texts["requirements.txt"]


def test_services_go_over_below_one_that_does_not(service: Path) -> None:
    """Scripts of the repository, say, which nothing starts that could configure structlog."""
    top = service.parent / "all"
    shutil.copytree(service, top / "orders")
    (top / "requirements.txt").write_text("fastapi\n")
    (top / "shared").mkdir()
    (top / "shared" / "jobs.py").write_text(
        "import logging\n\nlogger = logging.getLogger(__name__)\n\n\n"
        'def work() -> None:\n    logger.info("Work done")\n'
    )
    before = (top / "shared" / "jobs.py").read_text()
    migrate([top])
    assert (top / "shared" / "jobs.py").read_text() == before
    texts = texts_of(top / "orders")
    assert "logger = structlog.get_logger()" in texts["app/services/orders.py"]


def test_no_file_is_written_over(service: Path) -> None:
    core = service / "app" / "core"
    for name in ("logging", "structured_logging"):
        (core / f"{name}.py").write_text(f'"""Ours: {name}."""\n')
    migrate([service])
    texts = texts_of(service)
    assert texts["app/core/logging.py"] == '"""Ours: logging."""\n'
    assert texts["app/core/structured_logging.py"] == '"""Ours: structured_logging."""\n'
    assert "from .core.structured_logging_2 import" in texts["app/__init__.py"]
    assert lines_of(service)


def test_a_directory_that_programs_start_in_gets_no_module_called_logging(service: Path) -> None:
    """Python looks there first: they would get it for the standard library's."""
    (service / "app" / "core" / "worker.py").write_text(
        'import logging\n\nif __name__ == "__main__":\n    print(logging.INFO)\n'
    )
    migrate([service])
    assert "app/core/structured_logging.py" in texts_of(service)
    ran = subprocess.run(
        [sys.executable, "app/core/worker.py"], cwd=service, capture_output=True, text=True
    )
    assert ran.stdout == "20\n", ran.stderr


@pytest.mark.parametrize("place", ["pyproject.toml", ".gitignore"])
def test_a_module_that_no_run_would_see_is_not_written(
    service: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (service / ".git").mkdir()
    with (service / place).open("a") as file:
        left = '[tool.gravity-lint]\nextend-exclude = ["app/core/log*"]\n'
        file.write(left if place == "pyproject.toml" else "log*.py\n")
    texts = texts_of(service)
    said = said_of(capsys, str(service))
    assert texts_of(service) == texts
    assert "leaves out app/core/logging.py, where structlog would be configured" in said
    assert "migrate-logging brings it in" not in said
    assert "Nothing to migrate." in said


def test_what_starts_nowhere_is_said_to(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (service / "app" / "main.py").unlink()
    texts = texts_of(service)
    said = said_of(capsys, str(service))
    assert texts_of(service) == texts
    assert "no start of an application is in view, where structlog could be configured" in said
    assert "configure_logging" not in said


def test_an_app_that_may_do_without_structlog_is_left(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (service / "app" / "core" / "log.py").write_text(
        "try:\n    import structlog\n\n    structlog.configure()\nexcept ImportError:\n"
        "    structlog = None\n"
    )
    texts = texts_of(service)
    said = said_of(capsys, str(service))
    assert texts_of(service) == texts
    assert "the app does not import it on every way" in said
    assert "nothing imports it" not in said
    assert "migrate-logging brings it in" not in said


def test_programs_beside_the_application_are_named(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One package configures all that lies in it; what else starts may be deployed apart."""
    worker = 'from celery import Celery\n\nworker = Celery("orders")\n'
    (service / "app" / "worker.py").write_text(worker)
    (service / "mailing").mkdir()
    (service / "mailing" / "worker.py").write_text(worker)
    said = said_of(capsys, str(service))
    assert "call `configure_logging` in mailing/worker.py as well" in said
    assert "app/worker.py" not in said


def test_an_application_may_run_in_its_own_directory(tmp_path: Path) -> None:
    """What it imports tells from where, and the new module is imported from there too."""
    folder = tmp_path / "services" / "orders"
    (folder / "work").mkdir(parents=True)
    (folder / "work" / "orders.py").write_text(ORDERS)
    (folder / "main.py").write_text(MAIN.replace("app.services.orders", "work.orders"))
    (tmp_path / "requirements.txt").write_text("fastapi\n")
    migrate([tmp_path])
    assert "logger = structlog.get_logger()" in (folder / "work" / "orders.py").read_text()
    code = "import main, structlog; assert structlog.is_configured()"
    ran = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
